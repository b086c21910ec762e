// shell/query_shell.hpp: one session: statements in, formatted results out.
#pragma once

#include <cstdio>
#include <istream>
#include <memory>
#include <optional>
#include <string>

#include "kith/kith.hpp"
#include "shell/format.hpp"
#include "shell/statements.hpp"

namespace kith::shell {

struct SessionOptions {
  std::string format;       // empty: table on a terminal, else jsonl
  bool keep_going = false;  // go on after an error
  double timeout_seconds = 0;
  bool interactive = false;  // lines come from a terminal
};

class QueryShell {
 public:
  QueryShell(Database& database, SessionOptions options);
  ~QueryShell();

  // Each runs until its input ends, an error stops it, or :exit; false if a statement failed.
  bool run_text(std::string_view text);
  bool run_stream(int input);  // a file descriptor
  bool run_terminal();

  // For the commands of commands.cpp.
  Database& database() { return database_; }
  Connection& connection() { return connection_; }
  Parameters& parameters() { return parameters_; }
  FormatOptions& format_options() { return format_options_; }
  void set_format(std::string_view name);
  void remake_formatter();                            // after a change of format_options()
  void write_to(const std::string& path, bool once);  // empty path: standard output
  void begin(AccessMode mode);
  void commit();
  void rollback();
  bool run_file(const std::string& path);
  Result execute(const std::string& statement, const Parameters& parameters);
  void show(Result result);         // with the current format
  void say(std::string_view text);  // for people: not in formats for tools
  Value evaluate(const std::string& expression);
  void exit() { exited_ = true; }

 private:
  bool run_inputs(StatementReader& reader, bool at_end);
  bool run_input(const StatementReader::Input& input);
  void run_statement(const std::string& statement);
  void report(const Error& error);
  void flush();

  Database& database_;
  SessionOptions options_;
  Connection connection_;
  std::optional<Transaction> transaction_;
  Parameters parameters_;
  FormatOptions format_options_;
  std::string format_name_;
  std::unique_ptr<Formatter> formatter_;
  std::string out_;  // not yet written
  std::FILE* output_ = stdout;
  bool output_once_ = false;
  bool exited_ = false, failed_ = false;
  int source_depth_ = 0;
};

// Runs a `:` or `.` line; throws Error where it makes no sense.
void run_command(QueryShell& shell, const std::string& line);

}  // namespace kith::shell
