// shell/dump_command.cpp: `kith dump DB`.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "kith/kith.hpp"
#include "shell/subcommands.hpp"

namespace kith::shell {
namespace {

struct Arguments {
  std::string database, output;
  DatabaseOptions options;
};

// Standard output, or a file that is gone again if it was not completed.
class Output {
 public:
  explicit Output(const std::string& path) : path_(path), file_(stdout) {
    if (path.empty()) return;
    file_ = std::fopen(path.c_str(), "wbx");
    if (!file_) fail("make");
    made_ = true;
  }
  ~Output() {
    if (!made_) return;
    std::fclose(file_);
    if (!complete_) std::remove(path_.c_str());
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void write(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) fail("write");
  }
  void finish() {
    if (std::fflush(file_) != 0) fail("write");
    complete_ = true;
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    throw StorageError("IoError", std::string("cannot ") + what + " '" +
                                      (path_.empty() ? "standard output" : path_) +
                                      "': " + std::strerror(errno));
  }

  std::string path_;
  std::FILE* file_;
  bool made_ = false, complete_ = false;
};

int run(const Arguments& arguments) {
  const auto database = Database::open(arguments.database, arguments.options);
  if (!database.open_note().empty())
    std::fprintf(stderr, "kith: %s\n", database.open_note().c_str());
  try {
    Output output(arguments.output);
    database.dump([&](std::string_view text) { output.write(text); });
    output.finish();
    return kOk;
  } catch (const Error& e) {
    std::fprintf(stderr, "kith dump: %s\n", e.what());
    return kFailed;
  }
}

}  // namespace

void add_dump(CLI::App& app, int& status) {
  auto* command = app.add_subcommand(
      "dump", "write a graph as a Cypher script that `kith shell` can replay, schema first");
  auto arguments = std::make_shared<Arguments>();  // shared with the callbacks CLI11 keeps
  arguments->options.read_only = true;
  command->add_option("DB", arguments->database, "a database file")->required();
  command->add_option("-o,--output", arguments->output,
                      "a file to make instead of standard output; must not be there");
  command
      ->add_option("--memory-limit", arguments->options.memory_limit,
                   "bytes, or a number with KB, MB, GB")
      ->transform(CLI::AsSizeValue(false));
  command->footer(
      "Replay: kith shell NEW -f FILE. Ids are new, all else is equal.\n"
      "Exit status: 0 done, 1 not completely written, 2 DB cannot be opened.");
  command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace kith::shell
