// shell/inspect_command.cpp: `kith inspect DB [WHAT [N]]`.
#include <cstdio>
#include <memory>
#include <string>

#include "kith/kith.hpp"
#include "shell/subcommands.hpp"

namespace kith::shell {
namespace {

struct Arguments {
  std::string database;
  InspectOptions options;
};

int run(const Arguments& arguments) {
  try {
    const auto unreadable =
        inspect(arguments.database, arguments.options, [](std::string_view line) {
          std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
        });
    return unreadable == 0 ? kOk : kFailed;
  } catch (const Error& e) {
    std::fflush(stdout);
    std::fprintf(stderr, "kith inspect: %s\n", e.what());
    return kBadUse;
  }
}

std::string topics_help() {
  std::string help = "WHAT is one of\n";
  for (const InspectTopic& topic : inspect_topics()) {
    std::string name(topic.name);
    if (topic.takes_number) name += topic.needs_number ? " N" : " [N]";
    name.resize(std::max<std::size_t>(name.size(), 24), ' ');
    help.append("  ").append(name).append(topic.help).append("\n");
  }
  return help +
         "Nothing is changed. Exit status: 0 shown, 1 some of it cannot be read (lines that begin\n"
         "with \"unreadable:\"), 2 bad usage or no such file.";
}

}  // namespace

void add_inspect(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("inspect", "show what lies in a database file, as text");
  auto arguments = std::make_shared<Arguments>();  // shared with the callbacks CLI11 keeps
  command->add_option("DB", arguments->database, "a database file")->required();
  command->add_option("WHAT", arguments->options.topic, "what to show; see below");
  command->add_option("N", arguments->options.number, "which one")->check(CLI::NonNegativeNumber);
  command->footer(topics_help());
  command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace kith::shell
