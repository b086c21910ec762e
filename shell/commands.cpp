// shell/commands.cpp: the commands of the shell: one row each in kCommands, their code above it.
//
// The names are those of cypher-shell (`:`) and of sqlite3 and duckdb (`.`); either sign works for
// all of them.
#include <algorithm>
#include <charconv>

#include "shell/query_shell.hpp"

namespace kith::shell {
namespace {

struct CommandDef {
  std::string_view name, arguments, summary;
  void (*run)(QueryShell& shell, std::string_view arguments);
};
const std::vector<CommandDef>& all_commands();

[[noreturn]] void bad_use(const std::string& message) {
  throw QueryError("ArgumentError", "BadCommand", message);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == ';')) text.remove_suffix(1);
  return text;
}

// Paths and names may stand in quotes.
std::string unquoted(std::string_view text) {
  if (text.size() >= 2 && (text.front() == '\'' || text.front() == '"') &&
      text.back() == text.front())
    text = text.substr(1, text.size() - 2);
  return std::string(text);
}

bool on_or_off(std::string_view text) {
  if (text == "on" || text == "true" || text == "yes" || text == "1") return true;
  if (text == "off" || text == "false" || text == "no" || text == "0") return false;
  bad_use("on or off is wanted, not '" + std::string(text) + "'");
}

void help(QueryShell& shell, std::string_view) {
  std::string text;
  for (const auto& command : all_commands()) {
    std::string left = "  " + std::string(command.name) + " " + std::string(command.arguments);
    left.resize(std::max<std::size_t>(left.size() + 2, 40), ' ');
    text += left + std::string(command.summary) + "\n";
  }
  shell.say(text + "Statements end with a semicolon; formats are" + [] {
    std::string names;
    for (const auto& format : all_formats()) names += " " + std::string(format.name);
    return names;
  }() + ".");
}

void begin(QueryShell& shell, std::string_view mode) {
  if (mode.empty()) return shell.begin(AccessMode::automatic);
  if (mode == "read") return shell.begin(AccessMode::read);
  if (mode == "write") return shell.begin(AccessMode::write);
  bad_use(":begin takes read or write, not '" + std::string(mode) + "'");
}
void commit(QueryShell& shell, std::string_view) { shell.commit(); }
void rollback(QueryShell& shell, std::string_view) { shell.rollback(); }

void parameters(QueryShell& shell, std::string_view) {
  std::string text;
  for (const auto& [name, value] : shell.parameters())
    text += name + " => " + value.to_string() + "\n";
  if (!text.empty()) text.pop_back();
  shell.say(text.empty() ? "no parameters are set" : text);
}

void parameter(QueryShell& shell, std::string_view text) {
  if (text.empty() || text == "list") return parameters(shell, {});
  if (text == "clear") return shell.parameters().clear();
  if (text.front() == '{') {
    const auto map = shell.evaluate(std::string(text));
    for (const auto& [name, value] : map.as_map()) shell.parameters()[name] = value;
    return;
  }
  const auto arrow = text.find("=>");
  if (arrow == std::string_view::npos) bad_use(":param {name: value} or :param name => expression");
  const auto name = trimmed(text.substr(0, arrow));
  shell.parameters()[std::string(name)] =
      shell.evaluate(std::string(trimmed(text.substr(arrow + 2))));
}

void show_if_any(QueryShell& shell, const std::string& statement) {
  if (shell.execute(statement, {}).next() == nullptr) return;
  shell.show(shell.execute(statement, {}));
}

void schema(QueryShell& shell, std::string_view) {
  shell.show(shell.execute(
      "MATCH (n) UNWIND labels(n) AS label RETURN label, count(*) AS nodes ORDER BY label", {}));
  shell.show(shell.execute(
      "MATCH ()-[r]->() RETURN type(r) AS type, count(*) AS relationships ORDER BY type", {}));
  show_if_any(shell,
              "SHOW INDEXES YIELD createStatement, owningConstraint WHERE owningConstraint IS NULL "
              "RETURN createStatement AS indexes");
  show_if_any(shell,
              "SHOW CONSTRAINTS YIELD createStatement RETURN createStatement AS constraints");
}

void source(QueryShell& shell, std::string_view path) {
  if (path.empty()) bad_use(":source FILE");
  if (!shell.run_file(unquoted(path))) bad_use("a statement of " + unquoted(path) + " failed");
}

void format(QueryShell& shell, std::string_view name) {
  if (name.empty()) bad_use(":format NAME");
  shell.set_format(name);
}

void headers(QueryShell& shell, std::string_view text) {
  shell.format_options().headers = on_or_off(text);
}
void timer(QueryShell& shell, std::string_view text) {
  shell.format_options().timer = on_or_off(text);
}
void null_value(QueryShell& shell, std::string_view text) {
  shell.format_options().null_value = unquoted(text);
}
void output(QueryShell& shell, std::string_view path) {
  shell.write_to(path == "stdout" ? "" : unquoted(path), false);
}
void once(QueryShell& shell, std::string_view path) {
  if (path.empty()) bad_use(".once FILE");
  shell.write_to(unquoted(path), true);
}
void max_rows(QueryShell& shell, std::string_view text) {
  std::size_t rows = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), rows);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size())
    bad_use(".maxrows NUMBER (0: all)");
  shell.format_options().max_rows = rows;
}
void indexes(QueryShell& shell, std::string_view) { shell.show(shell.execute("SHOW INDEXES", {})); }
void constraints(QueryShell& shell, std::string_view) {
  shell.show(shell.execute("SHOW CONSTRAINTS", {}));
}
void exit_shell(QueryShell& shell, std::string_view) { shell.exit(); }

// name(…) :: (…) [{column: value, …}, …]
void procedure(QueryShell& shell, std::string_view text) {
  const auto rows_at = text.find('[');
  std::vector<Map> rows;
  if (rows_at != std::string_view::npos) {
    const auto list = shell.evaluate(std::string(text.substr(rows_at)));
    for (const auto& row : list.as_list()) rows.push_back(row.as_map());
  }
  shell.database().add_table_procedure(trimmed(text.substr(0, rows_at)), rows);
}

const std::vector<CommandDef>& all_commands() {
  static const std::vector<CommandDef> kCommands = {
      {"help", "", "this list", help},
      {"begin", "[read|write]", "begin a transaction", begin},
      {"commit", "", "make its changes durable", commit},
      {"rollback", "", "undo them", rollback},
      {"param", "{x: 1} | x => 1 + 1 | clear", "set parameters", parameter},
      {"params", "", "show them", parameters},
      {"schema", "", "labels and types with their counts, indexes, constraints", schema},
      {"tables", "", "the same", schema},
      {"indexes", "", "the indexes", indexes},
      {"constraints", "", "the constraints", constraints},
      {"source", "FILE", "run the statements of a file", source},
      {"read", "FILE", "the same", source},
      {"format", "NAME", "how results are written", format},
      {"mode", "NAME", "the same", format},
      {"headers", "on|off", "column names above tables and CSV", headers},
      {"nullvalue", "TEXT", "what CSV shows for null", null_value},
      {"timer", "on|off", "elapsed time below tables", timer},
      {"maxrows", "N", "tables show so many rows (0: all)", max_rows},
      {"output", "FILE|stdout", "write results to a file", output},
      {"once", "FILE", "write the next result to a file", once},
      {"procedure", "SIGNATURE [ROWS]", "a procedure answered from a table", procedure},
      {"exit", "", "leave", exit_shell},
      {"quit", "", "leave", exit_shell},
  };
  return kCommands;
}

}  // namespace

void run_command(QueryShell& shell, const std::string& line) {
  const auto space = std::min(line.find(' '), line.size());
  auto name = std::string_view(line).substr(1, space - 1);
  while (name.ends_with(';')) name.remove_suffix(1);
  const auto& all = all_commands();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const CommandDef& c) { return c.name == name; });
  if (found == all.end())
    bad_use("there is no command '" + line.substr(0, space) + "' (:help lists them)");
  found->run(shell, trimmed(std::string_view(line).substr(space)));
  if (name == "headers" || name == "timer" || name == "nullvalue" || name == "maxrows")
    shell.remake_formatter();
}

}  // namespace kith::shell
