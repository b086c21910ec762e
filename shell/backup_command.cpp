// shell/backup_command.cpp: `kith backup DB FILE`.
#include <cinttypes>
#include <cstdio>
#include <memory>
#include <string>

#include "kith/kith.hpp"
#include "shell/subcommands.hpp"

namespace kith::shell {
namespace {

struct Arguments {
  std::string database, file;
  DatabaseOptions options;
};

int run(const Arguments& arguments) {
  const auto database = Database::open(arguments.database, arguments.options);
  if (!database.open_note().empty())
    std::fprintf(stderr, "kith: %s\n", database.open_note().c_str());
  try {
    const auto report = database.backup(arguments.file);
    std::printf("%s: commit %" PRIu64 ", %" PRIu64 " nodes, %" PRIu64 " relationships, %" PRIu64
                " bytes, checked\n",
                arguments.file.c_str(), report.position, report.nodes, report.relationships,
                report.file_bytes);
    return kOk;
  } catch (const Error& e) {
    std::fprintf(stderr, "kith backup: %s\n", e.what());
    return kFailed;
  }
}

}  // namespace

void add_backup(CLI::App& app, int& status) {
  auto* command = app.add_subcommand(
      "backup", "copy a database, which may be in use, to a new file, and check the copy");
  auto arguments = std::make_shared<Arguments>();  // shared with the callbacks CLI11 keeps
  arguments->options.read_only = true;
  command->add_option("DB", arguments->database, "a database file")->required();
  command->add_option("FILE", arguments->file, "the copy to make; must not be there")->required();
  command
      ->add_option("--memory-limit", arguments->options.memory_limit,
                   "bytes, or a number with KB, MB, GB")
      ->transform(CLI::AsSizeValue(false));
  command->footer("Exit status: 0 done, 1 there is no backup, 2 DB cannot be opened.");
  command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace kith::shell
