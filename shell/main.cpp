// shell/main.cpp: the `kith` program.
#include <algorithm>
#include <cstdio>
#include <string>

#include "kith/kith.hpp"
#include "shell/heap.hpp"
#include "shell/import_arguments.hpp"
#include "shell/subcommands.hpp"

int main(int argc, char** argv) {
  using namespace kith::shell;
  set_up_heap();
  CLI::App app("kith, an embedded property graph database that speaks openCypher", "kith");
  app.set_version_flag("--version", "kith " + std::string(kith::version()));
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::help);
  int status = kOk;
  add_shell(app, status);
  add_import(app, status);
  add_check(app, status);
  add_inspect(app, status);
  add_backup(app, status);
  add_dump(app, status);
  try {
    auto arguments = expand_import_arguments(argc, argv);
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kOk : kBadUse;
  } catch (const kith::Error& e) {
    std::fprintf(stderr, "kith: %s\n", e.what());
    return kBadUse;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "kith: %s\n", e.what());
    return kBadUse;
  }
  return status;
}
