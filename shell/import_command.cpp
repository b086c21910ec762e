// shell/import_command.cpp: `kith import DB`, with the arguments of neo4j-admin database import.
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "kith/kith.hpp"
#include "shell/statements.hpp"
#include "shell/subcommands.hpp"

namespace kith::shell {
namespace {

struct Arguments {
  std::string database;
  std::vector<std::string> nodes, relationships;
  std::string schema;
  std::string delimiter = ",", array_delimiter = ";", quote = "\"", id_type = "string";
  ImportOptions options;
};

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(at, begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// [Label[:Label…]=]FILE[,FILE…]
ImportFiles parse_files(const std::string& argument, char between_names) {
  ImportFiles files;
  const auto equals = argument.find('=');
  if (equals != std::string::npos) files.names = split(argument.substr(0, equals), between_names);
  files.files = split(equals == std::string::npos ? argument : argument.substr(equals + 1), ',');
  if (files.files.empty()) throw CLI::ValidationError(argument, "names no file");
  return files;
}

// One character, or TAB, \t.
char parse_character(const std::string& name, const std::string& text) {
  if (text == "TAB" || text == "\\t") return '\t';
  if (text.size() == 1) return text[0];
  throw CLI::ValidationError(name, "must be one character, or TAB");
}

IdType parse_id_type(const std::string& text) {
  if (text == "string" || text == "STRING") return IdType::string;
  if (text == "integer" || text == "INTEGER") return IdType::integer;
  if (text == "actual" || text == "ACTUAL") return IdType::actual;
  throw CLI::ValidationError("--id-type", "must be string, integer or actual");
}

std::vector<std::string> read_schema(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw CLI::ValidationError("--schema", "cannot read " + file);
  StatementReader reader;
  for (std::string line; std::getline(in, line);) reader.add_line(line);
  std::vector<std::string> statements;
  while (auto input = reader.next()) {
    if (input->is_command) throw CLI::ValidationError("--schema", "no statement: " + input->text);
    statements.push_back(std::move(input->text));
  }
  if (auto last = reader.rest()) statements.push_back(std::move(last->text));
  return statements;
}

class ProgressBar {
 public:
  void show(const ImportProgress& progress) {
    const auto elapsed =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    const auto rate = elapsed > 0 ? static_cast<double>(progress.rows) / elapsed : 0;
    const auto filled = static_cast<int>(progress.fraction * kWidth);
    std::string bar(static_cast<std::size_t>(filled), '#');
    bar.resize(kWidth, '.');
    std::fprintf(stderr, "\r[%s] %3d%%  %-13.13s %11llu rows  %9.0f rows/s ", bar.c_str(),
                 static_cast<int>(progress.fraction * 100), std::string(progress.stage).c_str(),
                 static_cast<unsigned long long>(progress.rows), rate);
    drawn_ = true;
  }
  void clear() {
    if (drawn_) std::fprintf(stderr, "\r%*s\r", kWidth + 60, "");
    drawn_ = false;
  }

 private:
  static constexpr int kWidth = 30;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  bool drawn_ = false;
};

void print_summary(const std::string& database, const ImportReport& report) {
  const auto count = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
  std::printf("imported %llu nodes, %llu relationships, %llu properties into %s\n",
              count(report.nodes), count(report.relationships), count(report.properties),
              database.c_str());
  if (report.skipped_nodes + report.skipped_relationships > 0)
    std::printf("skipped %llu duplicate nodes, %llu relationships without an end\n",
                count(report.skipped_nodes), count(report.skipped_relationships));
  const auto rows = static_cast<double>(report.nodes + report.relationships);
  std::printf("%.1f s, %.0f rows/s, %.1f MB on disk", report.seconds,
              rows / std::max(report.seconds, 1e-3), static_cast<double>(report.file_bytes) / 1e6);
  if (report.spooled_bytes > 0)
    std::printf(", %.1f MB sorted on disk", static_cast<double>(report.spooled_bytes) / 1e6);
  std::printf("\n");
}

int run(Arguments& arguments) {
  auto& options = arguments.options;
  options.delimiter = parse_character("--delimiter", arguments.delimiter);
  options.array_delimiter = parse_character("--array-delimiter", arguments.array_delimiter);
  options.quote = parse_character("--quote", arguments.quote);
  options.id_type = parse_id_type(arguments.id_type);
  for (const auto& nodes : arguments.nodes) options.nodes.push_back(parse_files(nodes, ':'));
  for (const auto& relationships : arguments.relationships)
    options.relationships.push_back(parse_files(relationships, '\0'));
  if (!arguments.schema.empty()) options.schema = read_schema(arguments.schema);
  ProgressBar bar;
  if (isatty(STDERR_FILENO) == 1)
    options.progress = [&](const ImportProgress& progress) { bar.show(progress); };
  try {
    const auto report = import_csv(arguments.database, options);
    bar.clear();
    print_summary(arguments.database, report);
    return kOk;
  } catch (const Error& e) {
    bar.clear();
    std::fprintf(stderr, "kith import: %s\n", e.what());
    return kFailed;
  }
}

}  // namespace

void add_import(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("import", "make a database from CSV files");
  auto arguments = std::make_shared<Arguments>();  // shared with the callbacks CLI11 keeps
  auto& options = arguments->options;
  command->add_option("DB", arguments->database, "the database file to make")->required();
  command->add_option("--nodes", arguments->nodes, "[Label[:Label…]=]FILE[,FILE…]")
      ->required()
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--relationships", arguments->relationships, "[TYPE=]FILE[,FILE…]")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--schema", arguments->schema,
                      "CREATE INDEX and CREATE CONSTRAINT statements, for the loaded data");
  command->add_option("--delimiter", arguments->delimiter, "between fields; one character or TAB")
      ->capture_default_str();
  command
      ->add_option("--array-delimiter", arguments->array_delimiter,
                   "between array elements and labels")
      ->capture_default_str();
  command->add_option("--quote", arguments->quote, "around fields")->capture_default_str();
  command->add_option("--id-type", arguments->id_type, "string, integer or actual")
      ->capture_default_str();
  command->add_flag("--multiline-fields", options.multiline_fields, "quoted fields may span lines");
  command->add_flag("--ignore-empty-strings", options.ignore_empty_strings,
                    "an empty string is no value");
  command->add_flag("--trim-strings", options.trim_strings, "strip spaces around unquoted strings");
  command->add_flag("--ignore-extra-columns", options.ignore_extra_columns,
                    "let rows be longer than the header");
  command->add_flag("--overwrite-destination", options.overwrite_destination,
                    "replace an existing database");
  command->add_flag("--skip-bad-relationships", options.skip_bad_relationships,
                    "leave out those without an end");
  command->add_flag("--skip-duplicate-nodes", options.skip_duplicate_nodes,
                    "keep the first of each id");
  command->add_option("--threads", options.threads, "threads to use");
  command
      ->add_option("--memory-limit,--max-off-heap-memory", options.memory_limit,
                   "bytes, or a number with KB, MB, GB; what does not fit is sorted on disk")
      ->transform(CLI::AsSizeValue(false));
  command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace kith::shell
