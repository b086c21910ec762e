// shell/import_command.cpp: `kith import DB`, with the arguments of neo4j-admin database import.
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "kith/kith.hpp"
#include "shell/import_arguments.hpp"
#include "shell/import_progress.hpp"
#include "shell/subcommands.hpp"

namespace kith::shell {
namespace {

struct Arguments {
  std::string database;
  std::vector<std::string> nodes, relationships;
  std::string schema, memory_limit, input_type = "csv";
  std::string delimiter = ",", array_delimiter = ";", quote = "\"", id_type = "string";
  std::string pattern_style = "regex", multiline_fields = "false", multiline_format = "v1";
  std::string read_buffer_size = "4MiB";
  bool strict = false, normalize_types = true, skip_logging = false, verbose = false;
  ImportOptions options;
};

void print_summary(const Arguments& arguments, const ImportReport& report) {
  const auto count = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
  const auto& options = arguments.options;
  std::printf("%s %llu nodes, %llu relationships, %llu properties %s %s\n",
              options.dry_run ? "would import" : "imported", count(report.nodes),
              count(report.relationships), count(report.properties), "into",
              arguments.database.c_str());
  if (report.updated_nodes + report.updated_relationships > 0)
    std::printf("updated %llu nodes, %llu relationships\n", count(report.updated_nodes),
                count(report.updated_relationships));
  if (report.deleted_nodes + report.deleted_relationships > 0)
    std::printf("deleted %llu nodes, %llu relationships\n", count(report.deleted_nodes),
                count(report.deleted_relationships));
  if (report.skipped_nodes + report.skipped_relationships > 0)
    std::printf("skipped %llu duplicate nodes, %llu relationships without an end\n",
                count(report.skipped_nodes), count(report.skipped_relationships));
  const auto rows = static_cast<double>(report.nodes + report.relationships);
  std::printf("%.1f s, %.0f rows/s", report.seconds, rows / std::max(report.seconds, 1e-3));
  if (!options.dry_run)
    std::printf(", %.1f MB on disk", static_cast<double>(report.file_bytes) / 1e6);
  if (report.spooled_bytes > 0)
    std::printf(", %.1f MB sorted on disk", static_cast<double>(report.spooled_bytes) / 1e6);
  if (arguments.verbose)
    std::printf(", %.1f MB of memory at most", static_cast<double>(report.peak_memory_bytes) / 1e6);
  std::printf("\n");
}

// What the words of the command line mean.
void interpret(Arguments& arguments) {
  auto& options = arguments.options;
  if (arguments.input_type != "csv")
    throw CLI::ValidationError("--input-type", "must be csv; parquet is not supported");
  if (arguments.multiline_format != "v1" && arguments.multiline_format != "v2")
    throw CLI::ValidationError("--multiline-fields-format", "must be v1 or v2");
  if (arguments.nodes.empty() && !options.into) throw CLI::RequiredError("--nodes");
  options.delimiter = parse_character("--delimiter", arguments.delimiter);
  options.array_delimiter = parse_character("--array-delimiter", arguments.array_delimiter);
  options.quote = parse_character("--quote", arguments.quote);
  options.id_type = parse_id_type(arguments.id_type);
  options.path_pattern_style = parse_pattern_style(arguments.pattern_style);
  options.read_buffer_size = parse_size("--read-buffer-size", arguments.read_buffer_size);
  parse_memory_limit(arguments.memory_limit, options);
  if (arguments.multiline_fields == "true" || arguments.multiline_fields == "false") {
    options.multiline_fields = parse_boolean("--multiline-fields", arguments.multiline_fields);
  } else {
    options.multiline_files = split(arguments.multiline_fields, ',');
  }
  if (arguments.skip_logging) options.report_file.clear();
  for (const auto& nodes : arguments.nodes) options.nodes.push_back(parse_files(nodes, ':'));
  for (const auto& relationships : arguments.relationships)
    options.relationships.push_back(parse_files(relationships, '\0'));
  if (!arguments.schema.empty()) options.schema = read_schema(arguments.schema);
}

int run(Arguments& arguments) {
  using Style = ImportProgressView::Style;
  interpret(arguments);
  auto& options = arguments.options;
  ImportProgressView view(arguments.verbose ? Style::Lines : Style::Bar);
  if (arguments.verbose || isatty(STDERR_FILENO) == 1)
    options.progress = [&](const ImportProgress& progress) { view.show(progress); };
  try {
    const auto report = import_csv(arguments.database, options);
    view.clear();
    print_summary(arguments, report);
    return kOk;
  } catch (const Error& e) {
    view.clear();
    std::fprintf(stderr, "kith import: %s\n", e.what());
    return kFailed;
  }
}

void add_files(CLI::App& command, Arguments& arguments) {
  command.add_option("DB", arguments.database, "the database file to make")->required();
  command.add_option("--nodes", arguments.nodes, "[Label[:Label…]=]FILE[,FILE…]")
      ->take_all()
      ->allow_extra_args(false);
  command.add_option("--relationships", arguments.relationships, "[TYPE=]FILE[,FILE…]")
      ->take_all()
      ->allow_extra_args(false);
  command
      .add_option("--path-pattern-style", arguments.pattern_style,
                  "how files are named that no file is called: regex, glob or none")
      ->capture_default_str();
  command.add_option("--schema", arguments.schema,
                     "CREATE INDEX and CREATE CONSTRAINT statements, for the loaded data");
  command.add_option("--input-type", arguments.input_type, "csv")->capture_default_str();
}

void add_format(CLI::App& command, Arguments& arguments) {
  auto& options = arguments.options;
  command
      .add_option("--delimiter", arguments.delimiter,
                  "between fields: a character, TAB, \\44 or U+20AC")
      ->capture_default_str();
  command
      .add_option("--array-delimiter", arguments.array_delimiter,
                  "between array elements and labels")
      ->capture_default_str();
  command.add_option("--quote", arguments.quote, "around fields")->capture_default_str();
  command.add_flag("--legacy-style-quoting", options.legacy_style_quoting,
                   "a backslash escapes a quote, too");
  command.add_option("--id-type", arguments.id_type, "string, integer or actual")
      ->capture_default_str();
  command.add_flag("--multiline-fields", arguments.multiline_fields,
                   "quoted fields may span lines: in all files, or =FILE[,FILE…]");
  command
      .add_option("--multiline-fields-format", arguments.multiline_format,
                  "v1 or v2; they are read alike")
      ->capture_default_str();
  command.add_flag("--ignore-empty-strings", options.ignore_empty_strings,
                   "an empty string is no value");
  command.add_flag("--trim-strings", options.trim_strings, "strip spaces around unquoted strings");
  command.add_flag("--ignore-extra-columns", options.ignore_extra_columns,
                   "let rows be longer than the header");
  command.add_flag("--normalize-types", arguments.normalize_types,
                   "has no effect: integers have 64 bits, floats too");
  command.add_flag("--auto-skip-subsequent-headers", options.auto_skip_subsequent_headers,
                   "leave the header out of files that repeat it");
  command.add_option("--input-encoding", options.input_encoding, "UTF-8, UTF-16, ISO-8859-1")
      ->capture_default_str();
  command.add_option("--read-buffer-size", arguments.read_buffer_size, "the longest row, in bytes")
      ->capture_default_str();
}

void add_behaviour(CLI::App& command, Arguments& arguments) {
  auto& options = arguments.options;
  command.add_flag("--overwrite-destination", options.overwrite_destination,
                   "replace an existing database");
  command.add_flag("--into", options.into, "add to an existing database, in one transaction");
  command.add_flag("--dry-run", options.dry_run, "read and check everything, make nothing");
  command.add_flag("--skip-bad-relationships", options.skip_bad_relationships,
                   "leave out those without an end");
  command.add_flag("--skip-duplicate-nodes", options.skip_duplicate_nodes,
                   "keep the first of each id");
  command
      .add_option("--bad-tolerance", options.bad_tolerance,
                  "the most entries to leave out; -1: any number")
      ->capture_default_str();
  command.add_flag("--strict", arguments.strict,
                   "has no effect: an end that does not exist is always found");
  command.add_option("--report-file", options.report_file,
                     "what was left out, a JSON object a line");
  command.add_flag("--skip-bad-entries-logging", arguments.skip_logging, "write no report");
  command.add_option("--threads", options.threads, "threads to use");
  command.add_option("--memory-limit,--max-off-heap-memory", arguments.memory_limit,
                     "bytes, a number with KB, MB, GB, or a percentage; what does not fit is "
                     "sorted on disk");
  command.add_option("--temp-path", options.temp_path, "a folder for temporary files");
  command.add_flag("--verbose", arguments.verbose, "tell of the progress in lines");
}

}  // namespace

void add_import(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("import", "make a database from CSV files");
  command->footer("@FILE stands for the arguments that are written in a file.");
  auto arguments = std::make_shared<Arguments>();  // shared with the callbacks CLI11 keeps
  add_files(*command, *arguments);
  add_format(*command, *arguments);
  add_behaviour(*command, *arguments);
  command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace kith::shell
