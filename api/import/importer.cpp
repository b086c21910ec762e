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

}  // namespace

Importer::Importer(const std::string& path, const ImportOptions& options)
    : path_(path),
      options_(options),
      environment_(posix_environment()),
      scheduler_(options.threads),
      budget_(std::make_shared<MemoryBudget>(options.memory_limit != 0 ? options.memory_limit
                                                                       : default_memory_limit())),
      ids_memory_(*budget_, "the ids of nodes") {}

ImportReport Importer::run() {
  const auto start = std::chrono::steady_clock::now();
  if (environment_.files->exists(path_) && !options_.overwrite_destination)
    throw StorageError("AlreadyExists",
                       path_ + " exists already (--overwrite-destination replaces it)");
  if (options_.nodes.empty()) throw ImportError("NoInput", "there are no node files to import");
  for (const auto* groups : {&options_.nodes, &options_.relationships})
    for (const auto& group : *groups)
      for (const auto& file : group.files) bytes_total_ += open(file)->size();

  const bool has_schema = !options_.schema.empty();
  load_ = storage::BulkLoad::create(
      path_, environment_, scheduler_,
      {.budget = budget_,
       .replace = options_.overwrite_destination,
       .complete = has_schema ? [this](const std::string& file) { return apply_schema(file); }
                              : storage::BulkOptions::Complete()});
  for (const auto& group : options_.nodes) load_nodes(group);
  settle_ids();
  for (const auto& group : options_.relationships) load_relationships(group);
  forget_ids();
  const auto summary = load_->finish([&](double done) {
    if (options_.progress)
      options_.progress({"writing", rows_, kReadingShare + (1 - kReadingShare) * done});
  });
  report_.nodes = summary.nodes;
  report_.relationships = summary.relationships;
  report_.properties = summary.properties;
  report_.file_bytes = summary.file_bytes;
  report_.spooled_bytes = summary.spooled_bytes + (id_file_ ? id_file_->end : 0);
  report_.peak_memory_bytes = budget_->peak();
  report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report_;
}

// All of the schema in one transaction; closing builds the indexes. Only then does the file get the
// name that anybody asks for. The bytes of the file.
std::uint64_t Importer::apply_schema(const std::string& target) {
  if (options_.progress) options_.progress({"schema", rows_, 1});
  Database database =
      Database::open(target, {.threads = options_.threads, .memory_limit = options_.memory_limit});
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
  return environment_.files->open(target, OpenMode::ReadOnly)->size();
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

// For the loader: there are as many rows as are gathered, or their texts are long.
bool Importer::is_ready(const ColumnBuffer& columns) const {
  constexpr std::uint64_t kTextShare = 16, kRowsBetweenLooks = 64;
  if (columns.full()) return true;
  return columns.rows() % kRowsBetweenLooks == 0 &&
         columns.text_bytes() > budget_->limit() / kTextShare;
}

// Rows of a buffer, at most `most`: fewer where memory is little or buffers are many.
std::uint32_t Importer::rows_to_gather(std::size_t columns, std::size_t buffers,
                                       std::uint32_t most) const {
  constexpr std::uint64_t kShare = 32, kLeast = 512, kFewBuffers = 8;
  const std::uint64_t row = ColumnBuffer::row_bytes(columns) + 2 * sizeof(std::uint64_t);
  const std::uint64_t fit = budget_->limit() / kShare / row / (1 + buffers / kFewBuffers);
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(fit, kLeast, most));
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
