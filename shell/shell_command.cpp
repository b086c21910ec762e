// shell/shell_command.cpp: `kith shell DB`.
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kith/kith.hpp"
#include "shell/heap.hpp"
#include "shell/query_shell.hpp"
#include "shell/subcommands.hpp"

namespace kith::shell {
namespace {

struct Arguments {
  std::string database;
  std::vector<std::string> statements, files;
  SessionOptions session;
  DatabaseOptions options;
};

int run(Arguments& arguments) {
  const bool from_input = arguments.statements.empty() && arguments.files.empty();
  arguments.session.interactive = from_input && isatty(STDIN_FILENO) == 1;
  if (!arguments.session.format.empty() && find_format(arguments.session.format) == nullptr) {
    std::fprintf(stderr, "kith: there is no format '%s'\n", arguments.session.format.c_str());
    return kBadUse;
  }
  keep_in_heap(arguments.options.memory_limit);
  auto database = Database::open(arguments.database, arguments.options);
  if (!database.open_note().empty())
    std::fprintf(stderr, "kith: %s\n", database.open_note().c_str());
  bool ok = true;
  {
    QueryShell shell(database, arguments.session);
    if (arguments.session.interactive)
      ok = shell.run_terminal();
    else if (from_input)
      ok = shell.run_stream(STDIN_FILENO);
    for (const auto& file : arguments.files)
      if (ok || arguments.session.keep_going) ok = shell.run_file(file) && ok;
    for (const auto& statement : arguments.statements)
      if (ok || arguments.session.keep_going) ok = shell.run_text(statement) && ok;
  }
  try {
    database.close();
  } catch (const Error& e) {
    std::fprintf(stderr, "kith: closing %s: %s\n", arguments.database.c_str(), e.what());
    return kFailed;
  }
  return ok ? kOk : kFailed;
}

}  // namespace

void add_shell(CLI::App& app, int& status) {
  auto* command = app.add_subcommand(
      "shell", "run statements on a database: from a terminal, a pipe, -c or -f");
  auto arguments = std::make_shared<Arguments>();  // shared with the callbacks CLI11 keeps
  command
      ->add_option("DB", arguments->database,
                   "a database file (made if there is none), or :memory:")
      ->required();
  command->add_option("-c,--command", arguments->statements, "statements to run")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("-f,--file", arguments->files, "a file of statements to run")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--format", arguments->session.format,
                      "table, box, csv, tsv, markdown, json or jsonl");
  command->add_flag("--keep-going", arguments->session.keep_going,
                    "go on after a statement that failed");
  command->add_flag("--read-only", arguments->options.read_only, "refuse to write");
  command
      ->add_option("--memory-limit", arguments->options.memory_limit,
                   "bytes, or a number with KB, MB, GB")
      ->transform(CLI::AsSizeValue(false));
  command->add_option("--threads", arguments->options.threads, "threads a query may use");
  arguments->options.import_directory = ".";
  command
      ->add_option("--import-dir", arguments->options.import_directory,
                   "what LOAD CSV may read: the files beneath this directory; '' for none")
      ->capture_default_str();
  command->add_option("--timeout", arguments->session.timeout_seconds,
                      "seconds a statement may take");
  command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace kith::shell
