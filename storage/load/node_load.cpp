// storage/load/node_load.cpp: fills node segments row by row and encodes them when they are full.
#include "storage/load/node_load.hpp"

#include <algorithm>
#include <numeric>

#include "core/assert.hpp"
#include "core/parallel.hpp"

namespace kith::storage {

namespace {

Cell keep(Arena& arena, const Cell& cell) {
  if (cell.kind == Kind::String) return Cell::of(arena.copy(cell.string()));
  return copy_into(arena, cell);
}

}  // namespace

std::unique_ptr<NodeLoad::Filling> NodeLoad::start_segment() {
  auto segment = std::make_unique<Filling>();
  segment->number = slots_.size();
  slots_.push_back(0);
  builders_.emplace_back();
  return segment;
}

void NodeLoad::add(std::span<const LabelId> labels, std::span<const std::uint32_t> picked,
                   std::span<const BulkColumn> columns, std::span<std::uint64_t> ids) {
  KITH_ASSERT(ids.size() == picked.size());
  if (picked.empty()) return;
  const LabelKey key(labels.begin(), labels.end());
  KITH_ASSERT(std::is_sorted(key.begin(), key.end()));
  auto own = filling_.find(key);
  if (own == filling_.end() && filling_.size() < kOwnSegments)
    own = filling_.emplace(key, nullptr).first;
  std::unique_ptr<Filling>& segment = own != filling_.end() ? own->second : shared_;

  for (std::size_t done = 0; done < picked.size();) {
    if (segment && segment->slots == kSegmentSlots) retire(std::move(segment));
    if (!segment) segment = start_segment();
    const auto n = std::min<std::size_t>(picked.size() - done, kSegmentSlots - segment->slots);
    const std::uint64_t first = (segment->number << kSegmentBits) + segment->slots;
    std::iota(ids.begin() + static_cast<std::ptrdiff_t>(done),
              ids.begin() + static_cast<std::ptrdiff_t>(done + n), first);
    add_rows(*segment, key, picked.subspan(done, n), columns);
    done += n;
  }
  nodes_ += picked.size();
  for (const LabelId label : key) {
    if (label.value >= by_label_.size()) by_label_.resize(label.value + 1);
    by_label_[label.value] += picked.size();
  }
}

void NodeLoad::add_rows(Filling& segment, const LabelKey& labels,
                        std::span<const std::uint32_t> picked,
                        std::span<const BulkColumn> columns) {
  KITH_ASSERT(segment.slots + picked.size() <= kSegmentSlots);
  const auto rows = static_cast<std::uint32_t>(picked.size());
  for (const BulkColumn& column : columns) {
    const Vector& values = *column.values;
    std::vector<Cell>& cells = segment.columns[column.key];
    cells.resize(segment.slots);
    for (const std::uint32_t row : picked) {
      const bool valid = values.valid(row);
      cells.push_back(valid ? keep(segment.arena, values.cell(row)) : Cell::null());
      properties_ += valid ? 1 : 0;
    }
  }
  if (!segment.runs.empty() && segment.runs.back().labels == labels)
    segment.runs.back().count += rows;
  else
    segment.runs.push_back({segment.slots, rows, labels});
  segment.slots += rows;
  slots_[segment.number] = segment.slots;
}

void NodeLoad::retire(std::unique_ptr<Filling> segment) {
  full_.push_back(std::move(segment));
  if (full_.size() >= std::size_t{2} * scheduler_.threads()) encode_full();
}

void NodeLoad::encode_full() {
  for (const auto& segment : full_)
    builders_[segment->number].emplace(writer_.node_segment(segment->number));
  for_each_item(scheduler_, full_.size(),
                [&](std::uint64_t i, std::uint32_t) { encode(*full_[i]); });
  full_.clear();
}

void NodeLoad::encode(Filling& segment) {
  NodeSegmentBuilder& builder = *builders_[segment.number];
  builder.set_slots(segment.slots);
  builder.set_alive(SlotSet::first(segment.slots));
  std::map<LabelId, SlotBits> labels;
  for (const Run& run : segment.runs)
    for (const LabelId label : run.labels) {
      SlotBits& bits = labels[label];
      for (std::uint32_t slot = run.first; slot < run.first + run.count; ++slot)
        bits[slot / 64] |= std::uint64_t{1} << (slot % 64);
    }
  for (const auto& [label, bits] : labels) builder.set_label(label, SlotSet::of(bits));
  for (auto& [key, cells] : segment.columns) {
    builder.set_column(key, cells);
    std::vector<Cell>().swap(cells);
  }
}

std::uint64_t NodeLoad::Filling::bytes() const {
  std::uint64_t bytes = sizeof *this + arena.bytes();
  for (const auto& [key, cells] : columns) bytes += cells.capacity() * sizeof(Cell);
  return bytes;
}

std::uint64_t NodeLoad::waiting_bytes() const {
  std::uint64_t bytes = shared_ ? shared_->bytes() : 0;
  for (const auto& [labels, segment] : filling_) bytes += segment ? segment->bytes() : 0;
  for (const auto& segment : full_) bytes += segment->bytes();
  return bytes;
}

std::uint64_t NodeLoad::directory_bytes() const {
  std::uint64_t bytes = builders_.capacity() * sizeof(builders_[0]);
  for (const auto& builder : builders_) bytes += builder ? builder->memory_bytes() : 0;
  return bytes;
}

void NodeLoad::shed(std::uint64_t most) {
  while (waiting_bytes() > most) {
    if (full_.empty()) {
      std::unique_ptr<Filling>* largest = &shared_;
      for (auto& [labels, segment] : filling_)
        if (segment && (!*largest || segment->bytes() > (*largest)->bytes())) largest = &segment;
      if (!*largest) return;
      full_.push_back(std::move(*largest));
    }
    encode_full();
  }
}

void NodeLoad::finish() {
  for (auto& [labels, segment] : filling_) {
    if (!segment) continue;
    if (segment->slots < kSegmentSlots) open_.push_back({labels, segment->number});
    retire(std::move(segment));
  }
  if (shared_) retire(std::move(shared_));
  encode_full();
}

}  // namespace kith::storage
