// api/import/nodes.cpp: node files: external ids, labels, properties.
#include <algorithm>

#include "api/import/importer.hpp"
#include "core/assert.hpp"

namespace kith::import {

namespace {

constexpr std::uint64_t kIdShare = 2;  // of the limit: what ids may have while nodes come

}  // namespace

void Importer::load_nodes() {
  stage_ = "nodes";
  run_blocks(
      sources_.nodes, [](RowBlock& block) { block.parse(); },
      [this](RowBlock& block) {
        take_nodes(block);
        return true;
      });
}

void Importer::take_nodes(RowBlock& block) {
  const FileGroup& group = block.plan->group;
  if (group.changes) return change_nodes(block);
  begin_picking(block);
  if (!group.ids.empty()) {
    register_ids(block, spaces_.at(group.space), 0, block.rows);
  } else {
    for (std::uint32_t row = 0; row < block.rows; ++row) pick(block, row);
  }
  create_nodes(block);
  if (block.fault) raise_fault(block);
}

// Of the picked rows.
void Importer::create_nodes(RowBlock& block) {
  const bool has_ids = !block.plan->group.ids.empty();
  const auto columns = columns_of(block);
  for (std::size_t word = 0; word < picked_.size(); ++word) {
    const auto& rows = picked_[word];
    if (rows.empty()) continue;
    nodes_.resize(rows.size());
    load_->add_nodes(labels_of(block, word), rows, columns, nodes_);
    KITH_ASSERT(std::is_sorted(nodes_.begin(), nodes_.end()));
    if (!has_ids) continue;
    IdSpace& space = spaces_.at(block.plan->group.space);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      KITH_ASSERT(places_[rows[i]] != nullptr);
      *places_[rows[i]] = nodes_[i];
      space.entered(block.ids.ids[rows[i]], nodes_[i]);
    }
  }
}

// The ids of rows [begin, end). When a table has to grow, it grows once for the whole file, if what
// is left of that is like this block and there is room.
IdCounts Importer::ids_to_come(const RowBlock& block, const IdSpace& space, std::uint32_t begin,
                               std::uint32_t end) const {
  const auto ids = std::span(block.ids.ids).subspan(begin, end - begin);
  const auto numbers = static_cast<std::uint64_t>(std::count_if(
      ids.begin(), ids.end(), [](const ExternalId& id) { return id.is_number != 0; }));
  const IdCounts here{numbers, end - begin - numbers};
  if (space.bytes_to_grow(here) == 0) return here;
  const double blocks = 1 + static_cast<double>(block.bytes_left) /
                                static_cast<double>(std::max<std::size_t>(1, block.text.size()));
  const auto in_all = [&](std::uint64_t few) {
    return static_cast<std::uint64_t>(static_cast<double>(few) * blocks);
  };
  const IdCounts all{in_all(here.numbers), in_all(here.texts)};
  std::uint64_t bytes = space.bytes_to_grow(all);
  for (const auto& [name, other] : spaces_) bytes += other.bytes();
  return bytes <= budget_->limit() / kIdShare ? all : here;
}

// Enters the external ids of rows [begin, end) and picks the rows whose ids are new.
void Importer::register_ids(RowBlock& block, IdSpace& space, std::uint32_t begin,
                            std::uint32_t end) {
  constexpr std::uint32_t kAhead = 16;  // ids whose memory is on its way
  const IdCounts more = ids_to_come(block, space, begin, end);
  keep_ids_within(&space, more);
  space.reserve(more);
  places_.resize(block.rows);
  std::fill(places_.begin() + begin, places_.begin() + end, nullptr);
  if (into_ != nullptr) into_->find_existing(block.plan->group.space, block.ids, begin, end);
  for (std::uint32_t row = begin; row < end; ++row) {
    if (row + kAhead < end) __builtin_prefetch(space.home_of(block.ids.ids[row + kAhead]));
    const bool exists = into_ != nullptr && block.ids.nodes[row] != IdSpace::kNone;
    if (!exists) places_[row] = space.add(block.ids.ids[row]);
    if (places_[row] != nullptr) {
      pick(block, row);
    } else {
      bad_.duplicate({*block.path, block.line_of(row)}, block.bad_id(block.ids, row));
    }
  }
}

const std::vector<LabelId>& Importer::labels_of(RowBlock& block, std::size_t word) {
  GroupState& state = state_of(block);
  const FileGroup& group = block.plan->group;
  const std::string_view written = block.words.empty() ? std::string_view() : block.words[word];
  const auto found = state.labels.find(written);
  if (found != state.labels.end()) return found->second;
  std::vector<LabelId> labels;
  for (const auto& label : group.names) labels.push_back(load_->intern_label(label));
  for (const auto label : parts_of(written)) labels.push_back(load_->intern_label(label));
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  return state.labels.emplace(std::string(written), std::move(labels)).first->second;
}

// What ids grow by is there besides what they have.
// However much the filters of runs take, what is written at a time stays long.
void Importer::keep_ids_within(IdSpace* grows, const IdCounts& more) {
  constexpr std::uint64_t kLeastShare = 8;
  std::uint64_t bytes = 0, runs = 0, ids = 0, order = 0;
  for (const auto& [name, space] : spaces_) {
    bytes += space.bytes();
    order += space.order_bytes();
    runs += space.run_bytes();
    ids += space.size();
  }
  std::uint64_t growth = grows->bytes_to_grow(more);
  const std::uint64_t limit = budget_->limit();
  const std::uint64_t most = std::max(limit / kIdShare, runs + limit / kLeastShare);
  if (bytes + growth > most && order > 0) {
    for (auto& [name, space] : spaces_) space.forget_order();
    bytes -= order;
  }
  if (bytes + growth > most && ids > 0) {
    spill_ids();
    bytes = 0;
    for (const auto& [name, space] : spaces_) bytes += space.bytes();
    growth = grows->bytes_to_grow(more);
  }
  ids_memory_.resize_anyway(bytes + growth);
}

void Importer::spill_ids() {
  for (auto& [name, space] : spaces_) space.spill(id_file());
}

IdFile& Importer::id_file() {
  if (!id_file_) {
    const std::string folder =
        options_.temp_path.empty() ? directory_of(path_) : options_.temp_path;
    temp_file_ = TempFile::open({environment_.files, {folder}});
    id_file_.emplace(IdFile{temp_file_->file()});
  }
  return *id_file_;
}

// No more nodes come: ids are all in memory, or all on disk.
void Importer::settle_ids() {
  std::uint64_t bytes = 0;
  for (auto& [name, space] : spaces_) {
    if (id_file_) space.spill(*id_file_);
    if (id_file_) space.settle(*id_file_);
    bytes += space.bytes();
  }
  ids_memory_.resize_anyway(bytes);
}

void Importer::forget_ids() {
  spaces_.clear();
  temp_file_.reset();
  ids_memory_.clear();
}

}  // namespace kith::import
