// storage/load/node_load.cpp: fills node segments row by row and encodes them when they are full.
#include "storage/load/node_load.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/assert.hpp"
#include "core/parallel.hpp"

namespace kith::storage {

namespace {

constexpr std::size_t kLeastTextPage = 4 * 1024, kMostTextPage = 256 * 1024;
constexpr std::size_t kLongText = 32 * 1024;  // what a page should not end early for

}  // namespace

Cell NodeLoad::Filling::keep(const Cell& cell) {
  if (cell.kind != Kind::String || cell.aux > kLongText) return copy_into(arena, cell);
  const std::string_view text = cell.string();
  while (pages_used == 0 || text.size() > pages[pages_used - 1].bytes - page_bytes) {
    if (pages_used == pages.size()) {
      const std::size_t bytes = std::max(
          text.size(),
          std::min(kLeastTextPage << std::min<std::size_t>(pages_used, 16), kMostTextPage));
      pages.push_back({std::make_unique_for_overwrite<char[]>(bytes), bytes});
    }
    ++pages_used;
    page_bytes = 0;
  }
  char* const to = pages[pages_used - 1].memory.get() + page_bytes;
  text.copy(to, text.size());
  page_bytes += text.size();
  return Cell::of(std::string_view(to, text.size()));
}

std::unique_ptr<NodeLoad::Filling> NodeLoad::start_segment(bool follows) {
  std::unique_ptr<Filling> segment;
  {
    const std::lock_guard lock(mutex_);
    builders_.emplace_back();
    if (follows && !spare_.empty()) {
      segment = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  if (!segment) segment = std::make_unique<Filling>();
  segment->number = slots_.size();
  slots_.push_back(0);
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
    const bool full = segment && segment->slots == kSegmentSlots;
    if (full) retire(std::exchange(segment, nullptr));
    if (!segment) segment = start_segment(full);
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
      cells.push_back(valid ? segment.keep(values.cell(row)) : Cell::null());
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
  {
    const std::lock_guard lock(mutex_);
    full_.push_back(std::move(segment));
    if (full_.size() <= scheduler_.threads()) return;
  }
  help();
}

// The largest: whoever comes last has the least to do. nullptr if none waits.
std::unique_ptr<NodeLoad::Filling> NodeLoad::next_full() {
  const std::lock_guard lock(mutex_);
  if (full_.empty()) return nullptr;
  const auto largest = std::max_element(
      full_.begin(), full_.end(), [](const auto& a, const auto& b) { return a->slots < b->slots; });
  std::unique_ptr<Filling> segment = std::move(*largest);
  full_.erase(largest);
  encoding_bytes_ += segment->bytes();
  return segment;
}

bool NodeLoad::help() {
  std::unique_ptr<Filling> segment = next_full();
  if (!segment) return false;
  encode(std::move(segment));
  return true;
}

void NodeLoad::encode(std::unique_ptr<Filling> segment) {
  const std::uint64_t bytes = segment->bytes();
  NodeSegmentBuilder builder = writer_.node_segment(segment->number);
  fill_builder(builder, *segment);
  const std::uint64_t number = segment->number;
  segment->clear();
  const std::lock_guard lock(mutex_);
  KITH_ASSERT(encoding_bytes_ >= bytes && !builders_[number]);
  encoding_bytes_ -= bytes;
  builders_[number].emplace(std::move(builder));
  if (keeps_spare_ && spare_.size() < scheduler_.threads()) spare_.push_back(std::move(segment));
}

void NodeLoad::fill_builder(NodeSegmentBuilder& builder, Filling& segment) const {
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
  for (const auto& [key, cells] : segment.columns)
    if (!cells.empty()) builder.set_column(key, cells);
}

std::uint64_t NodeLoad::Filling::bytes() const {
  std::uint64_t bytes = sizeof *this + arena.bytes();
  for (const TextPage& page : pages) bytes += page.bytes;
  for (const auto& [key, cells] : columns) bytes += cells.capacity() * sizeof(Cell);
  return bytes;
}

void NodeLoad::Filling::clear() {
  slots = 0;
  runs.clear();
  for (auto& [key, cells] : columns) cells.clear();
  pages_used = page_bytes = 0;
  arena.reset();
}

std::uint64_t NodeLoad::waiting_bytes() const {
  std::uint64_t bytes = shared_ ? shared_->bytes() : 0;
  for (const auto& [labels, segment] : filling_) bytes += segment ? segment->bytes() : 0;
  const std::lock_guard lock(mutex_);
  for (const auto* segments : {&full_, &spare_})
    for (const auto& segment : *segments) bytes += segment->bytes();
  return bytes + encoding_bytes_;
}

std::uint64_t NodeLoad::directory_bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t bytes = builders_.capacity() * sizeof(builders_[0]);
  for (const auto& builder : builders_) bytes += builder ? builder->memory_bytes() : 0;
  return bytes;
}

void NodeLoad::forget_spare() {
  const std::lock_guard lock(mutex_);
  keeps_spare_ = false;
  spare_.clear();
}

void NodeLoad::shed(std::uint64_t most) {
  forget_spare();
  while (waiting_bytes() > most) {
    if (help()) continue;
    std::unique_ptr<Filling>* largest = &shared_;
    for (auto& [labels, segment] : filling_)
      if (segment && (!*largest || segment->bytes() > (*largest)->bytes())) largest = &segment;
    if (!*largest) return;
    const std::lock_guard lock(mutex_);
    full_.push_back(std::move(*largest));
  }
}

void NodeLoad::close() {
  forget_spare();
  const std::lock_guard lock(mutex_);
  for (auto& [labels, segment] : filling_) {
    if (!segment) continue;
    if (segment->slots < kSegmentSlots) open_.push_back({labels, segment->number});
    full_.push_back(std::move(segment));
  }
  if (shared_) full_.push_back(std::move(shared_));
}

void NodeLoad::set_adjacency(std::uint64_t segment, AdjacencyChunk adjacency) {
  const std::lock_guard lock(mutex_);
  KITH_ASSERT(builders_[segment].has_value());
  builders_[segment]->set_adjacency(std::move(adjacency));
}

void NodeLoad::finish() {
  close();
  for_each_item(scheduler_, full_.size(), [&](std::uint64_t, std::uint32_t) { help(); });
  KITH_ASSERT(full_.empty() && encoding_bytes_ == 0);
}

}  // namespace kith::storage
