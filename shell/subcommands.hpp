// shell/subcommands.hpp: the subcommands of `kith`: each adds its arguments and what it runs.
#pragma once

#include <CLI/CLI.hpp>

namespace kith::shell {

// Exit statuses of the program.
inline constexpr int kOk = 0, kFailed = 1, kBadUse = 2;

// `status` receives the exit status when the subcommand has run.
void add_shell(CLI::App& app, int& status);
void add_import(CLI::App& app, int& status);
void add_check(CLI::App& app, int& status);
void add_inspect(CLI::App& app, int& status);
void add_backup(CLI::App& app, int& status);
void add_dump(CLI::App& app, int& status);

}  // namespace kith::shell
