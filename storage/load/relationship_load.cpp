// storage/load/relationship_load.cpp: two stable distributions by segment, and short sorts within.
//
// Forward: rows are distributed to the segments of their start nodes; in each, a counting sort by
// slot and a sort of each list by (end, row) give the final order. Backward: positions in that
// order are distributed to the segments of their end nodes; as the distribution is stable, a
// counting sort by slot leaves each list sorted by (start, id).
#include "storage/load/relationship_load.hpp"

#include <algorithm>
#include <array>

#include "core/assert.hpp"
#include "core/page_memory.hpp"
#include "core/parallel.hpp"
#include "kith/error.hpp"
#include "storage/load/spooled_load.hpp"

namespace kith::storage {

namespace {

// The other end of a relationship, and its row (forward) or position (backward).
struct NarrowKey {
  std::uint64_t word;
  static NarrowKey of(std::uint64_t node, std::uint64_t index) { return {node << 32 | index}; }
  std::uint64_t node() const { return word >> 32; }
  std::uint64_t index() const { return word & UINT32_MAX; }
  friend bool operator<(NarrowKey a, NarrowKey b) { return a.word < b.word; }
};
struct WideKey {
  std::uint64_t first, second;
  static WideKey of(std::uint64_t node, std::uint64_t index) { return {node, index}; }
  std::uint64_t node() const { return first; }
  std::uint64_t index() const { return second; }
  friend bool operator<(const WideKey& a, const WideKey& b) {
    return a.first != b.first ? a.first < b.first : a.second < b.second;
  }
};

// Rows distributed to segments: of each, the slot in its segment and the key.
template <class Key>
struct Distributed {
  LargeArray<std::uint16_t> slots;
  LargeArray<Key> keys;
  std::vector<std::uint64_t> begins;  // by segment, and the end

  void reset() { *this = Distributed(); }
};

// Distributes rows 0 … count - 1, stably. node_of(row) says to which segment and slot, key_of(row)
// what to keep; both take rows in ascending order within a worker's range (`cursor`).
template <class Key, class Cursor>
Distributed<Key> distribute(Scheduler& scheduler, std::uint64_t count, std::uint64_t segments,
                            const Cursor& cursor) {
  Distributed<Key> result;
  result.slots = LargeArray<std::uint16_t>(count);
  result.keys = LargeArray<Key>(count);
  result.begins.assign(segments + 1, 0);
  const std::uint64_t workers = std::max(1u, scheduler.threads());
  const auto range = [&](std::uint64_t worker) { return count / workers * worker; };
  const auto range_end = [&](std::uint64_t worker) {
    return worker + 1 == workers ? count : range(worker + 1);
  };
  std::vector<std::vector<std::uint64_t>> places(workers);
  for_each_item(scheduler, workers, [&](std::uint64_t w, std::uint32_t) {
    places[w].assign(segments, 0);
    auto at = cursor(range(w));
    for (std::uint64_t row = range(w); row < range_end(w); ++row, at.advance())
      ++places[w][at.node() >> kSegmentBits];
  });
  std::uint64_t place = 0;
  for (std::uint64_t segment = 0; segment < segments; ++segment) {
    result.begins[segment] = place;
    for (auto& mine : places) place += std::exchange(mine[segment], place);
  }
  KITH_ASSERT(place == count);
  result.begins[segments] = place;
  for_each_item(scheduler, workers, [&](std::uint64_t w, std::uint32_t) {
    auto at = cursor(range(w));
    for (std::uint64_t row = range(w); row < range_end(w); ++row, at.advance()) {
      const std::uint64_t node = at.node();
      const std::uint64_t to = places[w][node >> kSegmentBits]++;
      result.slots[to] = static_cast<std::uint16_t>(node & (kSegmentSlots - 1));
      result.keys[to] = at.key();
    }
  });
  return result;
}

using SlotOffsets = std::array<std::uint64_t, kSegmentSlots + 1>;

template <class Id>
class SortedLoad final : public MemoryLoad {
  using Key = std::conditional_t<sizeof(Id) == 4, NarrowKey, WideKey>;

 public:
  explicit SortedLoad(TypeId type) : type_(type) {}

  std::uint64_t rows() const override { return starts_.size(); }

  std::uint64_t add(std::span<const std::uint64_t> starts, std::span<const std::uint64_t> ends,
                    std::span<const std::uint32_t> picked,
                    std::span<const BulkColumn> columns) override {
    KITH_ASSERT(starts.size() == ends.size());
    if (sizeof(Id) == 4 && rows() + picked.size() > UINT32_MAX)
      throw ResourceError("TooManyRelationships",
                          "a bulk load takes at most 4294967295 relationships of one type");
    std::uint64_t values = 0;
    for (const BulkColumn& column : columns)
      values += values_[column.key].append(rows(), *column.values, picked);
    starts_.append(picked.size(),
                   [&](std::size_t i) { return static_cast<Id>(starts[picked[i]]); });
    ends_.append(picked.size(), [&](std::size_t i) { return static_cast<Id>(ends[picked[i]]); });
    return values;
  }

  std::uint64_t bytes() const override {
    std::uint64_t bytes = rows() * 2 * sizeof(Id);
    for (const auto& [key, values] : values_) bytes += values.bytes();
    return bytes;
  }

  // The distributions of both directions are there together, when the values are gone; before
  // that, values and the ends as they came with one of them. A busy segment may be a good part.
  std::uint64_t bytes_to_write() const override {
    const std::uint64_t distributed = rows() * (sizeof(std::uint16_t) + sizeof(Key));
    return std::max(bytes() + distributed, 2 * distributed) + rows() * sizeof(Key) / 2;
  }

  void drain(SpooledLoad& to) override {
    std::string properties;
    const std::uint64_t count = rows();
    for (std::uint64_t row = 0; row < count; ++row) {
      properties.clear();
      for (const auto& [key, values] : values_)
        if (const Cell cell = values.cell(row); !cell.is_null())
          SpooledLoad::put_property(properties, key, cell);
      to.add_row(starts_[row], ends_[row], properties);
      if ((row + 1) % kDrained != 0) continue;
      starts_.forget_below(row + 1);
      ends_.forget_below(row + 1);
      for (auto& [key, values] : values_) values.forget_below(row + 1);
    }
    starts_.clear();
    ends_.clear();
    values_.clear();
  }

  void write(const RelationshipTarget& target) override {
    if (rows() == 0) return;
    count_ = rows();
    Steps steps(target.progress);
    distribute_forward(target);
    starts_.clear();
    ends_.clear();
    write_forward(target, steps);
    write_segments(target, steps);
    values_.clear();
    write_backward(target, steps);
    forward_.reset();
  }

 private:
  struct RowCursor {
    const SortedLoad* load;
    std::uint64_t row;
    std::uint64_t node() const { return load->starts_[row]; }
    Key key() const { return Key::of(load->ends_[row], row); }
    void advance() { ++row; }
  };

  // Walks positions of the forward order.
  struct PositionCursor {
    const SortedLoad* load;
    std::uint64_t position;
    std::uint64_t segment;
    std::uint64_t node() const { return load->forward_.keys[position].node(); }
    std::uint64_t start() const {
      return (segment << kSegmentBits) + load->forward_.slots[position];
    }
    Key key() const { return Key::of(start(), position); }
    void advance() {
      ++position;
      while (segment + 1 < load->forward_.begins.size() &&
             position >= load->forward_.begins[segment + 1])
        ++segment;
    }
  };

  PositionCursor cursor_at(std::uint64_t position) const {
    const auto& begins = forward_.begins;
    const auto after = std::upper_bound(begins.begin(), begins.end() - 1, position);
    KITH_ASSERT(after != begins.begin());
    return {this, position, static_cast<std::uint64_t>(after - begins.begin()) - 1};
  }

  void distribute_forward(const RelationshipTarget& target) {
    forward_ = distribute<Key>(target.scheduler, count_, target.nodes.segments(),
                               [this](std::uint64_t row) {
                                 return RowCursor{this, row};
                               });
  }

  // A worker's, used again for each segment: one that is new costs its pages again.
  struct Sorted {
    std::vector<Key> room;
    SlotOffsets offsets;
    std::vector<std::uint64_t> nodes, ids;  // of a list
  };
  static std::vector<Sorted> sorted_by_workers(const RelationshipTarget& target) {
    return std::vector<Sorted>(std::max(1u, target.scheduler.threads()));
  }

  // Sorts one segment's part of `from` by slot, stably.
  static std::span<Key> sort_by_slot(const Distributed<Key>& from, std::uint64_t segment,
                                     Sorted& to) {
    SlotOffsets& offsets = to.offsets;
    const std::uint64_t begin = from.begins[segment], end = from.begins[segment + 1];
    offsets.fill(0);
    for (std::uint64_t i = begin; i < end; ++i) ++offsets[from.slots[i] + 1u];
    for (std::uint32_t slot = 0; slot < kSegmentSlots; ++slot) offsets[slot + 1] += offsets[slot];
    if (to.room.size() < end - begin) to.room.resize(end - begin);
    const auto keys = std::span(to.room).first(end - begin);
    for (std::uint64_t i = begin; i < end; ++i) keys[offsets[from.slots[i]]++] = from.keys[i];
    for (std::uint32_t slot = kSegmentSlots; slot > 0; --slot) offsets[slot] = offsets[slot - 1];
    offsets[0] = 0;
    return keys;
  }

  std::uint64_t id_of(const RelationshipTarget& target, std::uint64_t position) const {
    return (target.first_segment << kSegmentBits) + position;
  }

  void write_forward(const RelationshipTarget& target, Steps& steps) {
    std::vector<Sorted> workers = sorted_by_workers(target);
    for_each_item(target.scheduler, target.nodes.segments(), [&](std::uint64_t s, std::uint32_t w) {
      const std::uint64_t begin = forward_.begins[s], size = forward_.begins[s + 1] - begin;
      if (size == 0) return;
      Sorted& mine = workers[w];
      const std::span<Key> keys = sort_by_slot(forward_, s, mine);
      const SlotOffsets& offsets = mine.offsets;
      AdjacencyBuilder builder(target.writer.out(), type_, Direction::Out, target.limits);
      for (std::uint32_t slot = 0; slot < kSegmentSlots; ++slot) {
        const auto list = keys.subspan(offsets[slot], offsets[slot + 1] - offsets[slot]);
        if (list.empty()) continue;
        std::sort(list.begin(), list.end());
        mine.nodes.clear();
        for (const Key& key : list) mine.nodes.push_back(key.node());
        builder.append(slot, mine.nodes, id_of(target, begin + offsets[slot]));
        std::fill_n(forward_.slots.data() + begin + offsets[slot], list.size(),
                    static_cast<std::uint16_t>(slot));
      }
      std::copy(keys.begin(), keys.end(), forward_.keys.data() + begin);
      target.nodes.set_adjacency(s, builder.finish());
      steps.add(size, w);
    });
  }

  void write_segments(const RelationshipTarget& target, Steps& steps) {
    for_each_item(target.scheduler, segments_of(count_), [&](std::uint64_t s, std::uint32_t w) {
      const std::uint64_t first = s << kSegmentBits;
      const auto slots =
          static_cast<std::uint32_t>(std::min<std::uint64_t>(kSegmentSlots, count_ - first));
      const std::uint64_t number = target.first_segment + s;
      RelationshipSegmentBuilder builder = target.writer.relationship_segment(number, type_);
      builder.set_slots(slots);
      builder.set_alive(SlotSet::first(slots));
      std::vector<std::int64_t> starts(slots), ends(slots);
      PositionCursor at = cursor_at(first);
      for (std::uint32_t i = 0; i < slots; ++i, at.advance()) {
        starts[i] = static_cast<std::int64_t>(at.start());
        ends[i] = static_cast<std::int64_t>(at.node());
      }
      builder.set_ends(starts, ends);
      std::vector<Cell> cells(slots);
      for (const auto& [key, values] : values_) {
        for (std::uint32_t i = 0; i < slots; ++i)
          cells[i] = values.cell(forward_.keys[first + i].index());
        builder.set_column(key, cells);
      }
      target.writer.put(number, std::move(builder));
      steps.add(slots, w);
    });
  }

  void write_backward(const RelationshipTarget& target, Steps& steps) {
    Distributed<Key> backward =
        distribute<Key>(target.scheduler, count_, target.nodes.segments(),
                        [this](std::uint64_t position) { return cursor_at(position); });
    forward_.reset();
    std::vector<Sorted> workers = sorted_by_workers(target);
    for_each_item(target.scheduler, target.nodes.segments(), [&](std::uint64_t s, std::uint32_t w) {
      const std::uint64_t size = backward.begins[s + 1] - backward.begins[s];
      if (size == 0) return;
      Sorted& mine = workers[w];
      const std::span<Key> keys = sort_by_slot(backward, s, mine);
      const SlotOffsets& offsets = mine.offsets;
      AdjacencyBuilder builder(target.writer.out(), type_, Direction::In, target.limits);
      for (std::uint32_t slot = 0; slot < kSegmentSlots; ++slot) {
        const auto list = keys.subspan(offsets[slot], offsets[slot + 1] - offsets[slot]);
        if (list.empty()) continue;
        KITH_ASSERT(std::is_sorted(list.begin(), list.end()));  // the distribution was stable
        mine.nodes.clear();
        mine.ids.clear();
        for (const Key& key : list) {
          mine.nodes.push_back(key.node());
          mine.ids.push_back(id_of(target, key.index()));
        }
        builder.append(slot, mine.nodes, mine.ids);
      }
      target.nodes.set_adjacency(s, builder.finish());
      steps.add(size, w);
    });
  }

  static std::uint64_t segments_of(std::uint64_t rows) {
    return (rows + kSegmentSlots - 1) >> kSegmentBits;
  }

  static constexpr std::uint64_t kDrained = std::uint64_t{1} << 16;  // rows between frees

  TypeId type_;
  std::map<KeyId, ValueStore> values_;
  PagedArray<Id> starts_, ends_;
  std::uint64_t count_ = 0;
  Distributed<Key> forward_;
};

}  // namespace

std::unique_ptr<MemoryLoad> make_memory_load(TypeId type, std::uint64_t node_id_limit) {
  if (node_id_limit <= (std::uint64_t{1} << 32))
    return std::make_unique<SortedLoad<std::uint32_t>>(type);
  return std::make_unique<SortedLoad<std::uint64_t>>(type);
}

}  // namespace kith::storage
