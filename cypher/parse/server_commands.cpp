// cypher/parse/server_commands.cpp: commands for a server, and what there is instead.
#include "cypher/parse/server_commands.hpp"

#include <fmt/format.h>

#include <cctype>
#include <string>

#include "cypher/parse/source.hpp"
#include "cypher/words.hpp"

namespace kith::cypher {

namespace {

struct Command {
  std::string_view words, instead;
};

constexpr std::string_view kFiles =
    "a database is a file, made where it is opened and deleted as a file";
constexpr std::string_view kRights = "whoever may open the file may do everything";
constexpr std::string_view kInterrupt =
    "a program ends a statement by Connection::interrupt() or a timeout, the shell by Ctrl-C";
constexpr std::string_view kOne = "there is one process, which has the database open";

constexpr Command kCommands[] = {
    {"ALTER ALIAS", kFiles},
    {"ALTER CURRENT USER", kRights},
    {"ALTER DATABASE", kFiles},
    {"ALTER SERVER", kOne},
    {"ALTER USER", kRights},
    {"CREATE ALIAS", kFiles},
    {"CREATE COMPOSITE DATABASE", kFiles},
    {"CREATE DATABASE", kFiles},
    {"CREATE OR REPLACE DATABASE", kFiles},
    {"CREATE OR REPLACE USER", kRights},
    {"CREATE ROLE", kRights},
    {"CREATE USER", kRights},
    {"DEALLOCATE", kOne},
    {"DENY", kRights},
    {"DROP ALIAS", kFiles},
    {"DROP COMPOSITE DATABASE", kFiles},
    {"DROP DATABASE", kFiles},
    {"DROP ROLE", kRights},
    {"DROP SERVER", kOne},
    {"DROP USER", kRights},
    {"ENABLE SERVER", kOne},
    {"GRANT", kRights},
    {"REALLOCATE", kOne},
    {"RENAME ROLE", kRights},
    {"RENAME SERVER", kOne},
    {"RENAME USER", kRights},
    {"REVOKE", kRights},
    {"START DATABASE", kFiles},
    {"STOP DATABASE", kFiles},
    {"TERMINATE TRANSACTION", kInterrupt},
    {"TERMINATE TRANSACTIONS", kInterrupt},
};

// The first words in capitals, one space between them.
std::string beginning_of(std::string_view text) {
  constexpr std::size_t kWords = 4;
  std::string out;
  std::size_t words = 0;
  bool in_word = false;
  for (const char c : text) {
    const bool letter = std::isalpha(static_cast<unsigned char>(c)) != 0;
    if (!letter && std::isspace(static_cast<unsigned char>(c)) == 0) break;
    if (letter && !in_word && ++words > kWords) break;
    if (letter && !in_word && !out.empty()) out += ' ';
    if (letter) out += c;
    in_word = letter;
  }
  return upper_ascii(out);
}

}  // namespace

void refuse_server_command(std::string_view text) {
  const std::string beginning = beginning_of(text) + " ";
  for (const Command& command : kCommands) {
    if (!beginning.starts_with(std::string(command.words) + " ")) continue;
    const std::size_t at = text.find_first_not_of(" \t\r\n");
    throw_syntax_error(text, "UnsupportedFeature",
                       fmt::format("{} is a command for a server, and kith is none: {}",
                                   command.words, command.instead),
                       position_of(text, at));
  }
}

}  // namespace kith::cypher
