// api/import/importer.cpp: the flow, and what node and relationship files share.
#include "api/import/importer.hpp"

#include <algorithm>

#include "api/boundary.hpp"
#include "api/import/dry_load.hpp"
#include "core/assert.hpp"
#include "core/in_order.hpp"
#include "core/memory_budget.hpp"
#include "kith/database.hpp"

namespace kith::import {
namespace {

// Reading the files is taken to be this share of the whole, sorting and writing the rest.
constexpr double kReadingShare = 0.7;

std::uint64_t memory_limit_of(const ImportOptions& options) {
  if (options.memory_limit != 0) return options.memory_limit;
  constexpr std::uint64_t kHalf = 50;  // in percent: what the default is
  const std::uint64_t percent = options.memory_percent == 0 ? kHalf : options.memory_percent;
  return std::max<std::uint64_t>(1, default_memory_limit() / kHalf * percent);
}

}  // namespace

Importer::Importer(const std::string& path, const ImportOptions& options)
    : path_(path),
      options_(options),
      environment_(posix_environment()),
      scheduler_(options.threads),
      budget_(std::make_shared<MemoryBudget>(limit_of_data(memory_limit_of(options)))),
      sources_((check_options(), open_sources(*environment_.files, options))),
      bad_(options, *environment_.files),
      ids_memory_(*budget_, "the ids of nodes"),
      blocks_memory_(*budget_, "rows that are read") {}

void Importer::check_options() const {
  const auto fail = [](const std::string& message) { throw ImportError("BadOption", message); };
  if (options_.nodes.empty() && !options_.into)
    throw ImportError("NoInput", "there are no node files to import");
  const bool exists = environment_.files->exists(path_);
  if (options_.into && !exists)
    throw StorageError("NotFound", path_ + " does not exist (--into adds to a database)");
  if (options_.into && options_.overwrite_destination)
    fail("--into adds to a database and does not replace it");
  if (options_.into && !options_.schema.empty())
    fail("--into takes no schema: create constraints and indexes in the database");
  if (exists && !options_.into && !options_.overwrite_destination && !options_.dry_run)
    throw StorageError("AlreadyExists",
                       path_ + " exists already (--overwrite-destination replaces it)");
  for (const char32_t mark : {options_.delimiter, options_.quote, options_.array_delimiter})
    if (mark > 0x10ffff || (mark >= 0xd800 && mark <= 0xdfff) || mark == U'\n' || mark == U'\r')
      fail("a delimiter or quote is one character, and no line end");
  if (options_.delimiter == options_.quote)
    fail("the delimiter and the quote are the same character");
  if (options_.report_file == path_) fail("the report would replace the database");
  if (options_.read_buffer_size == 0) fail("the read buffer has no size");
}

void Importer::open_target() {
  if (options_.into) {
    auto into =
        std::make_unique<IntoLoad>(path_, environment_, budget_, sources_, options_.dry_run);
    into_ = into.get();
    load_ = std::move(into);
  } else if (options_.dry_run) {
    load_ = std::make_unique<DryLoad>();
  } else {
    const auto schema = [this](const std::string& file) { return apply_schema(file); };
    load_ = storage::BulkLoad::create(
        path_, environment_, scheduler_,
        {.budget = budget_,
         .replace = options_.overwrite_destination,
         .temp_path = options_.temp_path,
         .complete = options_.schema.empty() ? storage::BulkOptions::Complete() : schema});
  }
}

ImportReport Importer::run() {
  const auto start = std::chrono::steady_clock::now();
  open_target();
  for (const auto& [name, plan] : sources_.spaces) spaces_.try_emplace(name);
  load_nodes();
  settle_ids();
  load_relationships();
  forget_ids();
  bad_.finish();
  stage_ = "writing";
  const auto summary = load_->finish([&](double done) {
    if (options_.progress)
      options_.progress({stage_, rows_, kReadingShare + (1 - kReadingShare) * done});
  });
  report_.nodes = summary.nodes;
  report_.relationships = summary.relationships;
  report_.properties = summary.properties;
  report_.file_bytes = summary.file_bytes;
  report_.spooled_bytes = summary.spooled_bytes + (id_file_ ? id_file_->end : 0);
  if (into_ != nullptr) into_->count_changes(report_);
  report_.skipped_nodes = bad_.duplicates();
  report_.skipped_relationships = bad_.danglings();
  report_.peak_memory_bytes = budget_->peak();
  report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report_;
}

// All of the schema in one transaction; closing builds the indexes. Only then does the file get the
// name that anybody asks for. The bytes of the file.
std::uint64_t Importer::apply_schema(const std::string& target) {
  stage_ = "schema";
  if (options_.progress) options_.progress({stage_, rows_, 1});
  Database database = Database::open(
      target, {.threads = options_.threads, .memory_limit = memory_limit_of(options_)});
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

// A small part of the memory limit: several are on their way at a time, each with its columns.
std::size_t Importer::block_bytes() const {
  constexpr std::uint64_t kShare = 256, kLeast = 32 * 1024, kMost = 1 << 18;
  const std::uint64_t bytes = std::clamp<std::uint64_t>(budget_->limit() / kShare, kLeast, kMost);
  return static_cast<std::size_t>(std::min(bytes, options_.read_buffer_size));
}

void Importer::run_blocks(const std::vector<FileGroup>& groups,
                          const std::function<void(RowBlock&)>& work,
                          const std::function<bool(RowBlock&)>& take) {
  std::vector<RowPlan> plans;
  plans.reserve(groups.size());
  for (const FileGroup& group : groups) plans.emplace_back(group, sources_, options_);
  BlockReader reader(*environment_.files, plans, block_bytes());
  reader_ = &reader;
  groups_.assign(groups.size(), std::nullopt);
  const std::uint32_t in_flight = 4 * std::max(1u, scheduler_.threads());
  const auto take_block = [&](void* item) {
    auto& block = *static_cast<RowBlock*>(item);
    begin_block(block);
    blocks_memory_.resize_anyway(reader.blocks() * block.bytes());
    if (take(block)) reader.give_back(&block);
    report_progress(false);
  };
  run_in_order(scheduler_, in_flight,
               {.make = [&]() -> void* { return reader.next(); },
                .work = [&](void* item) { work(*static_cast<RowBlock*>(item)); },
                .take = take_block,
                .help = [&] { return load_->help(); }});
  if (!waiting_.empty()) resolve_waiting();
  reader_ = nullptr;
  bytes_before_ = bytes_done_;
  blocks_memory_.clear();
  report_progress(true);
}

void Importer::begin_block(RowBlock& block) {
  if (block.failure) {
    if (!waiting_.empty()) resolve_waiting();  // a bad row before it is told of first
    try {
      std::rethrow_exception(block.failure);
    } catch (CsvFault& fault) {
      fault.line += block.begins_file ? 0 : file_lines_;
      fault.raise(*block.path);
    }
  }
  KITH_ASSERT(block.begins_file || file_lines_ > 0);
  if (block.begins_file) file_lines_ = 0;
  block.first_line = file_lines_;
  file_lines_ += block.line_count;
  bytes_done_ = bytes_before_ + block.bytes_read;
  rows_ += block.rows;
}

Importer::GroupState& Importer::state_of(const RowBlock& block) {
  KITH_ASSERT(block.group_number < groups_.size());
  auto& state = groups_[block.group_number];
  if (!state) {
    state.emplace();
    const FileGroup& group = block.plan->group;
    for (const auto column : group.stored)
      state->keys.push_back(load_->intern_key(group.specs[column].name));
  }
  return *state;
}

std::vector<storage::BulkColumn> Importer::columns_of(const RowBlock& block) {
  const GroupState& state = state_of(block);
  std::vector<storage::BulkColumn> columns;
  for (std::size_t i = 0; i < state.keys.size(); ++i)
    columns.push_back({state.keys[i], block.columns[i].get()});
  return columns;
}

void Importer::raise_fault(const RowBlock& block) {
  CsvFault fault = *block.fault;
  fault.line += block.first_line;
  fault.raise(*block.path);
}

void Importer::begin_picking(const RowBlock& block) {
  const std::size_t words = std::max<std::size_t>(1, block.words.size());
  if (picked_.size() < words) picked_.resize(words);
  for (auto& rows : picked_) rows.clear();
}

std::size_t Importer::word_of(const RowBlock& block, std::uint32_t row) {
  return block.word_of_row.empty() ? 0 : block.word_of_row[row];
}

void Importer::pick(const RowBlock& block, std::uint32_t row) {
  const std::size_t word = word_of(block, row);
  KITH_ASSERT(row < block.rows && word < picked_.size());
  picked_[word].push_back(row);
}

void Importer::report_progress(bool now) {
  if (!options_.progress) return;
  const auto time = std::chrono::steady_clock::now();
  if (!now && time - last_progress_ < std::chrono::milliseconds(100)) return;
  last_progress_ = time;
  const auto done = static_cast<double>(bytes_done_) /
                    static_cast<double>(std::max<std::uint64_t>(sources_.bytes, 1));
  options_.progress({stage_, rows_, kReadingShare * std::min(1.0, done)});
}

}  // namespace kith::import

namespace kith {

ImportReport import_csv(const std::string& path, const ImportOptions& options) {
  return api::guarded([&] { return import::Importer(path, options).run(); });
}

}  // namespace kith
