// tests/shell/program.cpp: see program.hpp.
#include "tests/shell/program.hpp"

#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

namespace kith::test {

namespace {

std::string quoted(const std::string& argument) {
  std::string out = "'";
  for (const char c : argument) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace

Ran run_kith(const std::vector<std::string>& arguments, const std::string& input) {
  const Folder folder;
  folder.write("in", input);
  std::string command = quoted(KITH_PROGRAM);
  for (const auto& argument : arguments) command += " " + quoted(argument);
  command +=
      " <" + quoted(folder / "in") + " >" + quoted(folder / "out") + " 2>" + quoted(folder / "err");
  const int result = std::system(command.c_str());
  Ran ran;
  ran.status = WIFEXITED(result) ? WEXITSTATUS(result) : 128 + WTERMSIG(result);
  ran.out = read_file(folder / "out");
  ran.err = read_file(folder / "err");
  return ran;
}

Ran run_shell(const std::string& input, const std::string& format) {
  return run_kith({"shell", ":memory:", "--format", format}, input);
}

namespace {

std::string rows_of(const std::string& file, const std::string& statements,
                    const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"shell", file, "--format", "csv"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  arguments.insert(arguments.end(), {"-c", ".headers off\n" + statements});
  const Ran ran = run_kith(arguments);
  INFO(statements);
  CHECK(ran.err == "");
  CHECK(ran.status == 0);
  return ran.out;
}

}  // namespace

std::string ask(const std::string& file, const std::string& query) {
  return rows_of(file, query, {"--read-only"});
}

std::string change(const std::string& file, const std::string& statements) {
  return rows_of(file, statements, {});
}

std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> steady_lines(const std::string& jsonl) {
  static const std::regex kElapsed("\"elapsed_us\":[0-9]+");
  return lines_of(std::regex_replace(jsonl, kElapsed, "\"elapsed_us\":0"));
}

}  // namespace kith::test
