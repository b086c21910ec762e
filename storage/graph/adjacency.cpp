// storage/graph/adjacency.cpp: finding lists, and reading them across blocks.
//
// The main payload begins with the index: which slots have a list (Ranked: 256 words of bitmap and
// 256 ranks, u16; Listed: the slots, u16, padded to 8), then the offsets, padded to 8. In a short
// chunk both sequences follow in the same payload.
#include "storage/graph/adjacency.hpp"

#include <utility>

#include "core/assert.hpp"
#include "kith/error.hpp"
#include "storage/graph/adjacency_layout.hpp"

namespace kith::storage {

namespace {

std::uint64_t load_word(const std::byte* words, std::uint32_t index) {
  std::uint64_t word;
  std::memcpy(&word, words + std::size_t{index} * sizeof word, sizeof word);
  return word;
}

std::uint16_t load_short(const std::byte* shorts, std::uint32_t index) {
  std::uint16_t value;
  std::memcpy(&value, shorts + std::size_t{index} * sizeof value, sizeof value);
  return value;
}

// As the baseline of x86-64 has no instruction for it, a call would be made.
std::uint32_t count_bits(std::uint64_t word) {
  constexpr std::uint64_t kOdd = 0x5555555555555555, kPairs = 0x3333333333333333;
  constexpr std::uint64_t kNibbles = 0x0f0f0f0f0f0f0f0f, kBytes = 0x0101010101010101;
  word -= word >> 1 & kOdd;
  word = (word & kPairs) + (word >> 2 & kPairs);
  return static_cast<std::uint32_t>(((word + (word >> 4)) & kNibbles) * kBytes >> 56);
}

void widen(const std::byte* from, std::uint8_t width, std::uint64_t first, std::uint64_t n,
           std::uint64_t* out) {
  if (width == 8) {
    std::memcpy(out, from + first * 8, n * 8);
    return;
  }
  const auto* narrow = static_cast<const std::uint32_t*>(static_cast<const void*>(from)) + first;
  for (std::uint64_t i = 0; i < n; ++i) out[i] = narrow[i];
}

}  // namespace

std::uint64_t NeighbourSpan::relationship(std::uint64_t i) const {
  KITH_ASSERT(i < count);
  if (!relationship_bytes) return first_relationship + i;
  std::uint64_t id;
  widen(relationship_bytes, relationship_width, i, 1, &id);
  return id;
}

void NeighbourSpan::copy_neighbours(std::uint64_t first, std::uint64_t n,
                                    std::uint64_t* out) const {
  KITH_ASSERT(first + n <= count);
  widen(neighbour_bytes, neighbour_width, first, n, out);
}

void NeighbourSpan::copy_relationships(std::uint64_t first, std::uint64_t n,
                                       std::uint64_t* out) const {
  KITH_ASSERT(first + n <= count);
  if (relationship_bytes) {
    widen(relationship_bytes, relationship_width, first, n, out);
    return;
  }
  for (std::uint64_t i = 0; i < n; ++i) out[i] = first_relationship + first + i;
}

void AdjacencyReader::corrupt() {
  throw StorageError("CorruptBlock", "an adjacency chunk contradicts itself");
}

AdjacencyReader::AdjacencyReader(BufferPool& pool, const AdjacencyChunk& chunk)
    : pool_(&pool), chunk_(&chunk), main_(pool, chunk.chunk, BlockKind::Adjacency) {
  const AdjacencyHeader& header = chunk.header;
  KITH_ASSERT(header.edges > 0);
  const std::size_t slots = list_slots_bytes(header.form, header.lists);
  if (main_.size() < slots + list_offsets_bytes(header.offset_width, header.lists)) corrupt();
  slots_ = main_.data();
  offsets_ = main_.data() + slots;
}

std::uint32_t AdjacencyReader::sparse_index(std::uint32_t slot) const {
  const AdjacencyHeader& header = chunk_->header;
  if (header.form == ListForm::Ranked) {
    const bool has_list = (load_word(slots_, slot / 64) >> (slot % 64) & 1) != 0;
    return has_list ? lists_before(slot) : kNoList;
  }
  const std::uint32_t before = lists_before(slot);
  return before < header.lists && load_short(slots_, before) == slot ? before : kNoList;
}

// Lists of slots below `slot`.
std::uint32_t AdjacencyReader::lists_before(std::uint32_t slot) const {
  const AdjacencyHeader& header = chunk_->header;
  if (slot >= header.slots) return header.lists;
  if (header.form == ListForm::Dense) return slot;
  if (header.form == ListForm::Ranked) {
    const std::uint64_t below =
        load_word(slots_, slot / 64) & ((std::uint64_t{1} << slot % 64) - 1);
    return std::min(header.lists,
                    load_short(slots_ + kRankedBitmapBytes, slot / 64) + count_bits(below));
  }
  const auto* list = static_cast<const std::uint16_t*>(static_cast<const void*>(slots_));
  return static_cast<std::uint32_t>(std::lower_bound(list, list + header.lists, slot) - list);
}

std::uint32_t AdjacencyReader::next_list(std::uint32_t slot) const {
  const AdjacencyHeader& header = chunk_->header;
  if (slot >= header.slots) return kSegmentSlots;
  if (header.form == ListForm::Dense) return slot;
  if (header.form == ListForm::Listed) {
    const std::uint32_t index = lists_before(slot);
    return index < header.lists ? load_short(slots_, index) : kSegmentSlots;
  }
  std::uint32_t word = slot / 64;
  std::uint64_t bits = load_word(slots_, word) & ~((std::uint64_t{1} << slot % 64) - 1);
  while (bits == 0 && ++word < kSetWords) bits = load_word(slots_, word);
  return bits == 0 ? kSegmentSlots : word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
}

std::uint64_t AdjacencyReader::work_before(std::uint32_t slot) const {
  return offset(lists_before(slot));
}

void AdjacencyReader::find_slowly(const std::vector<Part>& parts, std::uint64_t position,
                                  std::uint32_t width, Run& run) {
  const auto after =
      std::upper_bound(parts.begin(), parts.end(), position,
                       [](std::uint64_t p, const Part& part) { return p < part.first; });
  if (after == parts.begin()) corrupt();
  const auto number = static_cast<std::size_t>(after - parts.begin()) - 1;
  auto& kept = &run == &neighbours_ ? kept_ : kept_relationships_;
  if (!kept.empty()) {
    if (run.end > 0) kept[run.part % kept.size()] = std::exchange(run, Run());
    run = std::exchange(kept[number % kept.size()], Run());
    if (run.has(position)) return;
  }
  run = Run();
  run = load(parts, number, width);
}

// The part of that number; pinned, if it is not in the main block.
AdjacencyReader::Run AdjacencyReader::load(const std::vector<Part>& parts, std::size_t number,
                                           std::uint32_t width) {
  const Part& part = parts[number];
  const auto& blocks = chunk_->chunk.blocks;
  const std::uint64_t end =
      number + 1 == parts.size() ? chunk_->header.edges : parts[number + 1].first;
  Run run;
  run.part = number;
  const std::byte* payload = main_.data();
  std::uint64_t size = main_.size();
  if (part.block > 0) {
    if (part.block >= blocks.size()) corrupt();
    run.pin = pool_->pin(blocks[part.block], BlockKind::Adjacency);
    payload = run.pin.data();
    size = run.pin.size();
  }
  if (part.byte > size || part.byte % width != 0 || (end - part.first) > (size - part.byte) / width)
    corrupt();
  run.data = payload + part.byte;
  run.first = part.first;
  run.end = end;
  return run;
}

std::size_t AdjacencyReader::keep_pinned(std::size_t blocks) {
  KITH_ASSERT(blocks > 0 && kept_.empty() && kept_relationships_.empty());
  const std::size_t parts = chunk_->neighbours.size(), others = chunk_->relationships.size();
  if (blocks > 1 && parts > 1) kept_.resize(std::min(blocks, parts));
  if (blocks > 1 && others > 1) kept_relationships_.resize(std::min(blocks, others));
  return std::max<std::size_t>(1, kept_.size() + kept_relationships_.size());
}

const std::uint32_t* AdjacencyReader::ids(List list, Pin& held) {
  KITH_ASSERT(list.first < list.end && list.end <= chunk_->header.edges);
  if (chunk_->header.neighbour_width != sizeof(std::uint32_t)) return nullptr;
  const std::uint32_t* const at_hand = ids_in(neighbours_, list);
  if (at_hand != nullptr) return at_hand;
  std::size_t number = 0;  // of its part; without branches, as there are few
  for (const Part& part : chunk_->neighbours) number += part.first <= list.first ? 1 : 0;
  if (number == 0) corrupt();
  --number;
  Run* kept = kept_.empty() ? nullptr : &kept_[number % kept_.size()];
  if (kept != nullptr && kept->end == 0) *kept = load(chunk_->neighbours, number, 4);
  if (kept != nullptr && kept->part == number) return ids_in(*kept, list);
  Run run = load(chunk_->neighbours, number, 4);
  const std::uint32_t* const found = ids_in(run, list);
  held = std::move(run.pin);
  return found;
}

NeighbourSpan AdjacencyReader::span(std::uint64_t first, std::uint64_t end,
                                    bool with_relationships) {
  NeighbourSpan span = neighbours(first, end);
  const AdjacencyHeader& header = chunk_->header;
  if (with_relationships && header.relationship_width != 0) {
    find(chunk_->relationships, first, header.relationship_width, relationships_);
    span.relationship_width = header.relationship_width;
    span.relationship_bytes =
        relationships_.data + (first - relationships_.first) * header.relationship_width;
    span.count = std::min(span.count, relationships_.end - first);
  }
  return span;
}

std::span<const std::byte> AdjacencyReader::raw(bool neighbour_ids, std::uint64_t first,
                                                std::uint64_t end) {
  const AdjacencyHeader& header = chunk_->header;
  KITH_ASSERT(first < end && end <= header.edges);
  const auto& parts = neighbour_ids ? chunk_->neighbours : chunk_->relationships;
  const std::uint32_t width = neighbour_ids ? header.neighbour_width : header.relationship_width;
  KITH_ASSERT(width > 0);
  Run& run = neighbour_ids ? neighbours_ : relationships_;
  find(parts, first, width, run);
  return {run.data + (first - run.first) * width, (std::min(end, run.end) - first) * width};
}

std::uint64_t AdjacencyReader::lower_bound(List list, std::uint64_t neighbour) {
  std::uint64_t low = list.first, high = list.end;
  while (low < high) {
    const bool one_run = neighbours_.first <= low && high <= neighbours_.end;
    if (one_run) {
      const NeighbourSpan run = span(low, high, false);
      const auto count = static_cast<std::size_t>(run.count);
      if (!run.narrow()) {
        const auto ids = run.neighbours64().first(count);
        return low + static_cast<std::uint64_t>(
                         std::lower_bound(ids.begin(), ids.end(), neighbour) - ids.begin());
      }
      const auto ids = run.neighbours32().first(count);
      return low + static_cast<std::uint64_t>(std::lower_bound(ids.begin(), ids.end(), neighbour) -
                                              ids.begin());
    }
    const std::uint64_t middle = low + (high - low) / 2;
    if (this->neighbour(middle) < neighbour)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

std::uint64_t AdjacencyReader::lower_bound(List list, std::uint64_t neighbour,
                                           std::uint64_t relationship) {
  std::uint64_t low = lower_bound(list, neighbour);
  std::uint64_t high = list.end;
  if (low < high && this->neighbour(low) != neighbour) return low;
  if (neighbour != ~std::uint64_t{0}) high = lower_bound({low, list.end}, neighbour + 1);
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (this->relationship(middle) < relationship)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

}  // namespace kith::storage
