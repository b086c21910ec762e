// api/import/relationships.cpp: relationship files: ends, types, properties.
#include <algorithm>
#include <numeric>

#include "api/import/importer.hpp"
#include "core/assert.hpp"

namespace kith::import {

void Importer::load_relationships() {
  stage_ = "relationships";
  const bool on_disk = id_file_.has_value();
  run_blocks(
      sources_.relationships,
      [this, on_disk](RowBlock& block) {
        block.parse();
        if (!on_disk && !block.failure) look_up(block);
      },
      [this](RowBlock& block) { return take_relationships(block); });
}

// While ids are in memory: on any thread.
void Importer::look_up(RowBlock& block) const {
  const FileGroup& group = block.plan->group;
  space_named(group.start_space).find(block.starts);
  space_named(group.end_space).find(block.ends);
}

// Whether the block is done with.
bool Importer::take_relationships(RowBlock& block) {
  if (!id_file_) {
    add_relationships(block);
    return true;
  }
  constexpr std::uint64_t kWaitingShare = 8;
  waiting_.push_back(&block);
  waiting_bytes_ += block.bytes();
  if (waiting_bytes_ > budget_->limit() / kWaitingShare || block.fault) resolve_waiting();
  return false;
}

// Looks the ends of all blocks that wait up, in one go through the ids of each space.
void Importer::resolve_waiting() {
  std::map<const IdSpace*, std::vector<IdLookup*>> by_space;
  std::vector<std::vector<IdLookup>> lookups;
  lookups.reserve(2 * waiting_.size());
  for (RowBlock* block : waiting_) {
    const FileGroup& group = block->plan->group;
    for (IdColumn* ids : {&block->starts, &block->ends}) {
      const IdSpace& space =
          space_named(ids == &block->starts ? group.start_space : group.end_space);
      auto& mine = lookups.emplace_back();
      mine.reserve(block->rows);
      for (std::uint32_t row = 0; row < block->rows; ++row) {
        mine.push_back(IdSpace::lookup_of(ids->ids[row]));
        if (ids->ids[row].size > 0) by_space[&space].push_back(&mine.back());
      }
    }
  }
  for (auto& [space, wanted] : by_space)
    if (space->is_spilled()) space->find_all(wanted);
  auto found = lookups.begin();
  for (RowBlock* block : waiting_)
    for (IdColumn* ids : {&block->starts, &block->ends}) {
      ids->nodes.clear();
      for (const IdLookup& lookup : *found) ids->nodes.push_back(lookup.node);
      ++found;
    }
  std::vector<RowBlock*> blocks;
  blocks.swap(waiting_);
  waiting_bytes_ = 0;
  for (RowBlock* block : blocks) {
    add_relationships(*block);
    reader_->give_back(block);
  }
}

void Importer::add_relationships(RowBlock& block) {
  const FileGroup& group = block.plan->group;
  IdColumn &starts = block.starts, &ends = block.ends;
  if (into_ != nullptr) {
    into_->find_existing(group.start_space, starts, 0, block.rows);
    into_->find_existing(group.end_space, ends, 0, block.rows);
  }
  KITH_ASSERT(starts.nodes.size() == block.rows && ends.nodes.size() == block.rows);
  if (group.changes) return change_relationships(block);
  begin_picking(block);
  const auto all_there = [](const IdColumn& ids) {
    return std::find(ids.nodes.begin(), ids.nodes.end(), IdSpace::kNone) == ids.nodes.end();
  };
  if (block.word_of_row.empty() && all_there(starts) && all_there(ends)) {
    picked_[0].resize(block.rows);
    std::iota(picked_[0].begin(), picked_[0].end(), 0u);
  } else {
    for (std::uint32_t row = 0; row < block.rows; ++row)
      if (has_ends(block, row)) pick(block, row);
  }
  create_relationships(block);
  if (block.fault) raise_fault(block);
}

// Whether both ends are there; counts the row among the bad ones if not.
bool Importer::has_ends(const RowBlock& block, std::uint32_t row) {
  const bool no_start = block.starts.nodes[row] == IdSpace::kNone;
  const bool no_end = block.ends.nodes[row] == IdSpace::kNone;
  if (!no_start && !no_end) return true;
  const BadId start = block.bad_id(block.starts, row);
  const BadId end = block.bad_id(block.ends, row);
  bad_.dangling({*block.path, block.line_of(row)}, no_start ? &start : nullptr,
                no_end ? &end : nullptr);
  return false;
}

// Of the picked rows.
void Importer::create_relationships(RowBlock& block) {
  const auto columns = columns_of(block);
  for (std::size_t word = 0; word < picked_.size(); ++word) {
    if (picked_[word].empty()) continue;
    load_->add_relationships(type_of(block, word), block.starts.nodes, block.ends.nodes,
                             picked_[word], columns);
  }
}

std::string_view Importer::type_name(const RowBlock& block, std::size_t word) {
  const std::string_view name = block.words.empty() ? std::string_view() : block.words[word];
  return name.empty() ? std::string_view(block.plan->group.names.front()) : name;
}

TypeId Importer::type_of(RowBlock& block, std::size_t word) {
  GroupState& state = state_of(block);
  const std::string_view name = type_name(block, word);
  const auto found = state.types.find(name);
  if (found != state.types.end()) return found->second;
  return state.types.emplace(std::string(name), load_->intern_type(name)).first->second;
}

}  // namespace kith::import
