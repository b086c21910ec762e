// api/import/importer.cpp: the flow, and what node and relationship files share.
#include "api/import/importer.hpp"

#include <algorithm>

#include "api/boundary.hpp"
#include "core/memory_budget.hpp"
#include "kith/database.hpp"

namespace kith::import {
namespace {

// Reading the files is taken to be this share of the whole, sorting and writing the rest.
constexpr double kReadingShare = 0.7;

std::string temporary_beside(const std::string& path) { return path + ".replaced"; }

// The file and its logs, as far as they are there.
void remove_database(FileSystem& files, const std::string& path) {
  const auto name = file_name_of(path);
  for (const auto& entry : files.list(directory_of(path)))
    if (entry == name || entry.starts_with(name + "-wal."))
      files.remove(path + entry.substr(name.size()));
}

}  // namespace

Importer::Importer(const std::string& path, const ImportOptions& options)
    : path_(path),
      options_(options),
      environment_(posix_environment()),
      scheduler_(options.threads) {}

ImportReport Importer::run() {
  const auto start = std::chrono::steady_clock::now();
  auto& files = *environment_.files;
  const bool replaces = files.exists(path_);
  if (replaces && !options_.overwrite_destination)
    throw StorageError("AlreadyExists",
                       path_ + " exists already (--overwrite-destination replaces it)");
  if (options_.nodes.empty()) throw ImportError("NoInput", "there are no node files to import");
  for (const auto* groups : {&options_.nodes, &options_.relationships})
    for (const auto& group : *groups)
      for (const auto& file : group.files) bytes_total_ += open(file)->size();

  // Beside its place if there is an old file, which goes only when the new one is whole, or a
  // schema, which may yet refuse it.
  const bool aside = replaces || !options_.schema.empty();
  const auto target = aside ? temporary_beside(path_) : path_;
  if (aside) remove_database(files, target);
  const auto memory = options_.memory_limit != 0 ? options_.memory_limit : default_memory_limit();
  load_ = storage::BulkLoad::create(target, environment_, scheduler_, memory);
  for (const auto& group : options_.nodes) load_nodes(group);
  for (const auto& group : options_.relationships) load_relationships(group);
  const auto summary = load_->finish([&](double done) {
    if (options_.progress)
      options_.progress({"writing", rows_, kReadingShare + (1 - kReadingShare) * done});
  });
  report_.file_bytes = summary.file_bytes;
  if (!options_.schema.empty()) apply_schema(target);
  if (aside) {
    if (replaces) files.remove(path_);
    files.rename_no_replace(target, path_);
    files.sync_directory(directory_of(path_));
  }
  report_.nodes = summary.nodes;
  report_.relationships = summary.relationships;
  report_.properties = summary.properties;
  report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report_;
}

// All of the schema in one transaction; closing builds the indexes. Only then has the file a name
// that anybody asks for.
void Importer::apply_schema(const std::string& target) {
  auto& files = *environment_.files;
  if (options_.progress) options_.progress({"schema", rows_, 1});
  load_.reset();
  try {
    Database database = Database::open(
        target, {.threads = options_.threads, .memory_limit = options_.memory_limit});
    Connection connection = database.connect();
    for (const auto& statement : options_.schema)
      if (connection.prepare(statement).type() != StatementType::Schema)
        throw ImportError("NotSchema",
                          "the schema of an import takes CREATE INDEX and CREATE "
                          "CONSTRAINT, not: " +
                              statement);
    Transaction transaction = connection.begin(AccessMode::write);
    for (const auto& statement : options_.schema) transaction.execute(statement);
    transaction.commit();
    database.close();
  } catch (...) {
    remove_database(files, target);
    throw;
  }
  report_.file_bytes = files.open(target, OpenMode::ReadOnly)->size();
}

std::unique_ptr<CsvReader> Importer::open(const std::string& file) const {
  return std::make_unique<CsvReader>(environment_.files->open(file, OpenMode::ReadOnly), file,
                                     CsvOptions{.delimiter = options_.delimiter,
                                                .quote = options_.quote,
                                                .multiline_fields = options_.multiline_fields});
}

void Importer::check_width(const CsvReader& reader, const std::vector<CsvField>& row,
                           std::size_t columns) const {
  if (row.size() == columns) return;
  if (row.size() < columns)
    reader.fail("BadRow",
                "the row has " + std::to_string(row.size()) + " fields where the header has " +
                    std::to_string(columns),
                row.back().column);
  if (!options_.ignore_extra_columns)
    reader.fail("BadRow",
                "the row has more fields than the header's " + std::to_string(columns) +
                    " (--ignore-extra-columns lets it pass)",
                row[columns].column);
}

std::vector<std::size_t> Importer::stored_columns(const std::vector<ColumnSpec>& specs) const {
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const bool stored =
        specs[i].role == Role::Property || (specs[i].role == Role::Id && !specs[i].name.empty());
    if (stored) columns.push_back(i);
  }
  return columns;
}

std::vector<KeyId> Importer::keys_of(const std::vector<ColumnSpec>& specs,
                                     const std::vector<std::size_t>& columns) {
  std::vector<KeyId> keys;
  for (const auto column : columns) keys.push_back(load_->intern_key(specs[column].name));
  return keys;
}

void Importer::report_progress(std::string_view stage, std::uint64_t rows, std::uint64_t bytes,
                               bool now) {
  if (!options_.progress) return;
  const auto time = std::chrono::steady_clock::now();
  if (!now && time - last_progress_ < std::chrono::milliseconds(100)) return;
  last_progress_ = time;
  const auto done = static_cast<double>(bytes_done_ + bytes) /
                    static_cast<double>(std::max<std::uint64_t>(bytes_total_, 1));
  options_.progress({stage, rows, kReadingShare * done});
}

}  // namespace kith::import

namespace kith {

ImportReport import_csv(const std::string& path, const ImportOptions& options) {
  return api::guarded([&] { return import::Importer(path, options).run(); });
}

}  // namespace kith
