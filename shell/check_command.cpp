// shell/check_command.cpp: `kith check DB`.
#include <cinttypes>
#include <cstdio>
#include <memory>
#include <string>

#include "kith/kith.hpp"
#include "shell/subcommands.hpp"

namespace kith::shell {
namespace {

struct Arguments {
  std::string database;
  CheckOptions options;
  bool quiet = false;
};

int run(Arguments& arguments) {
  arguments.options.problem = [](const CheckProblem& problem) {
    std::printf("problem: %s: %s\n", problem.where.c_str(), problem.what.c_str());
  };
  CheckReport report;
  try {
    report = check(arguments.database, arguments.options);
  } catch (const Error& e) {
    std::fprintf(stderr, "kith check: %s\n", e.what());
    return kBadUse;
  }
  if (!arguments.quiet) {
    for (const auto& [name, count] : report.counts)
      std::printf("%-22.*s %14" PRIu64 "\n", static_cast<int>(name.size()), name.data(), count);
    for (const auto& note : report.notes) std::printf("note: %s\n", note.c_str());
  }
  if (report.sound())
    std::printf("%s is sound\n", arguments.database.c_str());
  else
    std::printf("%s is damaged: %" PRIu64 " problems\n", arguments.database.c_str(),
                report.problems);
  return report.sound() ? kOk : kFailed;
}

}  // namespace

void add_check(CLI::App& app, int& status) {
  auto* command = app.add_subcommand(
      "check", "verify every checksum and every structural invariant of a database file");
  auto arguments = std::make_shared<Arguments>();  // shared with the callbacks CLI11 keeps
  command->add_option("DB", arguments->database, "a database file")->required();
  command->add_flag("-q,--quiet", arguments->quiet, "print problems and the verdict alone");
  command
      ->add_option("--memory-limit", arguments->options.memory_limit,
                   "bytes, or a number with KB, MB, GB")
      ->transform(CLI::AsSizeValue(false));
  command->footer("Exit status: 0 sound, 1 problems found, 2 it cannot be opened.");
  command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace kith::shell
