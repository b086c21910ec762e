// storage/load/spooled_load.cpp: forward lists, segments and backward lists from sorted rows.
#include "storage/load/spooled_load.hpp"

#include <algorithm>
#include <optional>

#include "core/assert.hpp"
#include "core/encode.hpp"
#include "core/parallel.hpp"

namespace kith::storage {

namespace {

// Shares of the limit, as divisors: rows being sorted; rows gathered for their segments.
constexpr std::uint64_t kSortShare = 4;
constexpr std::uint64_t kWaveShare = 8;
// Neighbours given to a list builder at once; a hub's list is given in pieces.
constexpr std::size_t kPiece = 4096;

std::uint64_t sort_share(const LoadMemory& memory) { return memory.budget.limit() / kSortShare; }

// One list after the other of ascending nodes, to one builder for each node segment.
class ListWriter {
 public:
  ListWriter(const RelationshipTarget& target, TypeId type, Direction direction)
      : target_(target), type_(type), direction_(direction) {}

  void add(std::uint64_t node, std::uint64_t neighbour, std::uint64_t relationship) {
    if (!builder_ || node != node_ || neighbours_.size() == kPiece) {
      give();
      if (!builder_ || node >> kSegmentBits != node_ >> kSegmentBits) {
        finish_segment();
        builder_.emplace(target_.writer.out(), type_, direction_, target_.limits);
      }
      node_ = node;
    }
    neighbours_.push_back(neighbour);
    relationships_.push_back(relationship);
  }
  void finish() {
    give();
    finish_segment();
  }

 private:
  void give() {
    if (neighbours_.empty()) return;
    const auto slot = static_cast<std::uint32_t>(node_ & (kSegmentSlots - 1));
    if (direction_ == Direction::Out) {
      builder_->append(slot, neighbours_, relationships_.front());
    } else {
      builder_->append(slot, neighbours_, relationships_);
    }
    neighbours_.clear();
    relationships_.clear();
  }
  void finish_segment() {
    if (!builder_) return;
    target_.nodes.set_adjacency(node_ >> kSegmentBits, builder_->finish());
    builder_.reset();
  }

  const RelationshipTarget& target_;
  TypeId type_;
  Direction direction_;
  std::uint64_t node_ = 0;
  std::optional<AdjacencyBuilder> builder_;  // of node_'s segment
  std::vector<std::uint64_t> neighbours_, relationships_;
};

}  // namespace

// Whole relationship segments that are encoded together, each on a thread.
class SpooledLoad::Wave {
 public:
  Wave(const RelationshipTarget& target, TypeId type, MemoryBudget& budget)
      : target_(target),
        type_(type),
        memory_(budget, "relationships on their way into segments"),
        share_(budget.limit() / kWaveShare) {}

  void add(std::uint64_t start, std::uint64_t end, std::string_view properties) {
    const std::size_t row = starts_.size();
    starts_.push_back(static_cast<std::int64_t>(start));
    ends_.push_back(static_cast<std::int64_t>(end));
    if (!properties.empty()) take_properties(row, arena_.copy(properties));
    const bool whole = starts_.size() % kSegmentSlots == 0;
    if (whole && (starts_.size() >= most_rows() || bytes() > share_)) flush();
  }

  void flush() {
    memory_.resize_anyway(bytes());
    const std::uint64_t segments = (starts_.size() + kSegmentSlots - 1) >> kSegmentBits;
    for (auto& [key, cells] : columns_) cells.resize(starts_.size());
    for_each_item(target_.scheduler, segments,
                  [&](std::uint64_t s, std::uint32_t) { encode(s << kSegmentBits); });
    done_ += segments;
    starts_.clear();
    ends_.clear();
    columns_.clear();
    arena_.reset();
  }

 private:
  std::size_t most_rows() const {
    return std::size_t{2} * std::max(1u, target_.scheduler.threads()) * kSegmentSlots;
  }
  std::uint64_t bytes() const {
    std::uint64_t bytes = starts_.capacity() * 2 * sizeof(std::int64_t) + arena_.bytes();
    for (const auto& [key, cells] : columns_) bytes += cells.capacity() * sizeof(Cell);
    return bytes;
  }

  void take_properties(std::size_t row, std::string_view properties) {
    ByteReader in(std::as_bytes(std::span(properties)));
    while (!in.at_end()) {
      const KeyId key{static_cast<std::uint32_t>(in.varint())};
      std::vector<Cell>& cells = columns_[key];
      cells.resize(row);
      cells.push_back(decode(in, arena_));
    }
  }

  void encode(std::size_t first) {
    const std::size_t rows = std::min<std::size_t>(kSegmentSlots, starts_.size() - first);
    const std::uint64_t number = target_.first_segment + done_ + (first >> kSegmentBits);
    RelationshipSegmentBuilder builder = target_.writer.relationship_segment(number, type_);
    builder.set_slots(static_cast<std::uint32_t>(rows));
    builder.set_alive(SlotSet::first(static_cast<std::uint32_t>(rows)));
    builder.set_ends(std::span(starts_).subspan(first, rows),
                     std::span(ends_).subspan(first, rows));
    for (const auto& [key, cells] : columns_)
      builder.set_column(key, std::span(cells).subspan(first, rows));
    target_.writer.put(number, std::move(builder));
  }

  const RelationshipTarget& target_;
  TypeId type_;
  Reservation memory_;
  const std::uint64_t share_;
  std::uint64_t done_ = 0;  // segments
  std::vector<std::int64_t> starts_, ends_;
  std::map<KeyId, std::vector<Cell>> columns_;
  Arena arena_;
};

SpooledLoad::SpooledLoad(TypeId type, const LoadMemory& memory)
    : type_(type),
      memory_(memory),
      forward_(memory.spool, memory.scheduler, memory.budget, sort_share(memory)) {}

void SpooledLoad::put_property(std::string& properties, KeyId key, const Cell& value) {
  KITH_ASSERT(!value.is_null());
  put_varint(properties, key.value);
  encode(properties, value);
}

std::uint64_t SpooledLoad::add(std::span<const std::uint64_t> starts,
                               std::span<const std::uint64_t> ends,
                               std::span<const std::uint32_t> picked,
                               std::span<const BulkColumn> columns) {
  KITH_ASSERT(starts.size() == ends.size());
  std::uint64_t values = 0;
  for (const std::uint32_t i : picked) {
    properties_.clear();
    for (const BulkColumn& column : columns) {
      if (!column.values->valid(i)) continue;
      put_property(properties_, column.key, column.values->cell(i));
      ++values;
    }
    add_row(starts[i], ends[i], properties_);
  }
  return values;
}

void SpooledLoad::write(const RelationshipTarget& target) {
  if (rows_ == 0) return;
  Steps steps(target.progress);
  Spool spool(memory_.environment, memory_.path);  // its room is given back with the type
  ExternalSort backward(spool, memory_.scheduler, memory_.budget, sort_share(memory_));
  {
    ListWriter lists(target, type_, Direction::Out);
    Wave wave(target, type_, memory_.budget);
    forward_.finish();
    SpoolRow row;
    std::uint64_t position = 0;
    for (; forward_.next(row); ++position) {
      lists.add(row.major, row.minor, (target.first_segment << kSegmentBits) + position);
      wave.add(row.major, row.minor, row.payload);
      backward.add(row.minor, row.major, position);
      if (position % kSegmentSlots == 0) steps.add(2 * kSegmentSlots, 0);
    }
    KITH_ASSERT(position == rows_);
    lists.finish();
    wave.flush();
  }
  write_backward(target, backward, steps);
  bytes_spooled_ = spool.bytes_written();
}

void SpooledLoad::write_backward(const RelationshipTarget& target, ExternalSort& backward,
                                 Steps& steps) {
  ListWriter lists(target, type_, Direction::In);
  backward.finish();
  SpoolRow row;
  for (std::uint64_t i = 0; backward.next(row); ++i) {
    lists.add(row.major, row.minor, (target.first_segment << kSegmentBits) + row.order);
    if (i % kSegmentSlots == 0) steps.add(kSegmentSlots, 0);
  }
  lists.finish();
}

}  // namespace kith::storage
