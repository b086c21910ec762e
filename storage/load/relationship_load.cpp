// storage/load/relationship_load.cpp: two distributions by segment, and short sorts within.
//
// Forward: rows go to the segments of their start nodes as they come; in each, a counting sort by
// slot and a sort of each list by (end, arrival) give the final order, which takes the place of
// the one of arrival. Backward: positions in that order are distributed to the segments of their
// end nodes, and memory of the one goes to the other on the way. Whoever distributes takes
// segments in ascending order, so positions ascend in what each of them leaves, and a counting
// sort by slot of all of it together leaves each list sorted by (start, id).
#include "storage/load/relationship_load.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <limits>
#include <mutex>

#include "core/assert.hpp"
#include "core/parallel.hpp"
#include "kith/error.hpp"
#include "storage/load/segment_rows.hpp"
#include "storage/load/spooled_load.hpp"

namespace kith::storage {

namespace {

// The other end of a relationship, and its place (forward) or position (backward).
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

using SlotOffsets = std::array<std::uint64_t, kSegmentSlots + 1>;

// The rows of a segment as a counting sort leaves them; a worker's, used again for each segment:
// one that is new costs its pages again.
template <class Key>
struct SortedKeys {
  static_assert(std::is_trivially_copyable_v<Key>);
  explicit SortedKeys(RowPool& of) : pool(of) {}
  ~SortedKeys() { pool.give(room); }
  SortedKeys(const SortedKeys&) = delete;
  SortedKeys& operator=(const SortedKeys&) = delete;

  RowPool& pool;
  RowPool::Room room;
  SlotOffsets offsets;                    // by slot
  std::vector<std::uint64_t> nodes, ids;  // of a list

  // for_each(f) calls f(slot, key) for all rows, in the order to keep, each time it is called.
  template <class ForEachSlot, class ForEach>
  std::span<Key> sort(std::uint64_t rows, ForEachSlot&& for_each_slot, ForEach&& for_each) {
    offsets.fill(0);
    for_each_slot([this](std::uint16_t slot) { ++offsets[slot + 1u]; });
    for (std::uint32_t slot = 0; slot < kSegmentSlots; ++slot) offsets[slot + 1] += offsets[slot];
    KITH_ASSERT(offsets[kSegmentSlots] == rows);
    room = pool.larger_room(std::exchange(room, {}), rows * sizeof(Key));
    const std::span<Key> keys(static_cast<Key*>(static_cast<void*>(room.memory)), rows);
    for_each([this, keys](std::uint16_t slot, Key key) { keys[offsets[slot]++] = key; });
    for (std::uint32_t slot = kSegmentSlots; slot > 0; --slot) offsets[slot] = offsets[slot - 1];
    offsets[0] = 0;
    return keys;
  }
};

// What is known of a relationship segment that is being gathered.
struct Gathered {
  std::vector<std::int64_t> starts, ends;
  std::vector<std::vector<Cell>> columns;  // in order of keys
  std::atomic<std::uint32_t> rows{0};

  void resize(std::uint32_t slots, std::size_t keys) {
    starts.resize(slots);
    ends.resize(slots);
    columns.resize(keys);
    for (auto& cells : columns) cells.resize(slots);
  }
};

template <class Id>
class SortedLoad final : public MemoryLoad {
  using Key = std::conditional_t<sizeof(Id) == 4, NarrowKey, WideKey>;
  using Forward = SegmentRows<Id, 1>;   // ends
  using Backward = SegmentRows<Id, 2>;  // starts, positions

 public:
  SortedLoad(TypeId type, std::uint64_t segments, RowPool& pool)
      : type_(type), pool_(pool), forward_(pool, segments) {}

  std::uint64_t rows() const override { return forward_.rows(); }

  std::uint64_t add(std::span<const std::uint64_t> starts, std::span<const std::uint64_t> ends,
                    std::span<const std::uint32_t> picked,
                    std::span<const BulkColumn> columns) override {
    KITH_ASSERT(starts.size() == ends.size());
    places_.clear();
    for (const std::uint32_t row : picked)
      places_.push_back(forward_.add(starts[row], {static_cast<Id>(ends[row])}));
    if (sizeof(Id) == 4 && forward_.places() > UINT32_MAX)
      throw ResourceError("TooManyRelationships",
                          "a bulk load takes about 4294000000 relationships of one type");
    std::uint64_t values = 0;
    for (const BulkColumn& column : columns)
      values += values_[column.key].put(places_, *column.values, picked);
    return values;
  }

  std::uint64_t bytes() const override {
    std::uint64_t bytes = forward_.bytes();
    for (const auto& [key, values] : values_) bytes += values.bytes();
    return bytes;
  }

  // The distribution of one direction turns into that of the other, when the values are gone. A
  // busy segment may be a good part.
  std::uint64_t bytes_to_write() const override {
    const std::uint64_t more = rows() * (Backward::row_bytes() - Forward::row_bytes());
    return std::max(bytes(), forward_.bytes() + more) + rows() * sizeof(Key) / 2;
  }

  void drain(SpooledLoad& to) override {
    std::string properties;
    std::uint64_t drained = 0;
    forward_.drain([&](std::uint64_t segment, const typename Forward::Rows& from) {
      for (std::uint32_t i = 0; i < from.count; ++i) {
        properties.clear();
        for (const auto& [key, values] : values_)
          if (const Cell cell = values.cell(from.first_place + i); !cell.is_null())
            SpooledLoad::put_property(properties, key, cell);
        to.add_row((segment << kSegmentBits) + from.slots[i], from.ids[0][i], properties);
      }
      if ((drained += from.count) < kDrained) return;
      drained = 0;
      for (auto& [key, values] : values_) values.forget_below(from.first_place);
      pool_.release_unused();
    });
    values_.clear();
    pool_.release_unused();
  }

  void write(const RelationshipTarget& target) override {
    if (rows() == 0) return;
    Steps steps(target.progress);
    begins_.clear();
    std::uint64_t begin = 0;
    for (std::uint64_t s = 0; s < forward_.segments(); ++s) {
      begins_.push_back(begin);
      begin += forward_.rows_of(s);
    }
    write_forward(target, steps);
    values_.clear();
    std::deque<Backward> streams;
    distribute_backward(target, streams);
    write_backward(target, streams, steps);
  }

 private:
  std::uint64_t id_of(const RelationshipTarget& target, std::uint64_t position) const {
    return (target.first_segment << kSegmentBits) + position;
  }
  static std::size_t workers_of(const RelationshipTarget& target) {
    return std::max(1u, target.scheduler.threads());
  }

  struct ForwardWorker {
    explicit ForwardWorker(RowPool& pool) : sorted(pool) {}
    SortedKeys<Key> sorted;
    Gathered gathered;
  };

  void write_forward(const RelationshipTarget& target, Steps& steps) {
    std::deque<ForwardWorker> workers;
    for (std::size_t w = 0; w < workers_of(target); ++w) workers.emplace_back(pool_);
    for_each_item(target.scheduler, forward_.segments(), [&](std::uint64_t s, std::uint32_t w) {
      if (forward_.rows_of(s) == 0) return;
      ForwardWorker& mine = workers[w];
      const std::span<Key> keys = write_lists(target, s, mine.sorted);
      put_back(s, keys, mine.sorted.offsets);
      write_segments(target, s, keys, mine);
      steps.add(2 * keys.size(), w);
    });
    KITH_ASSERT(shared_.empty());
  }

  // Forward lists of a segment; the order that they give.
  std::span<Key> write_lists(const RelationshipTarget& target, std::uint64_t s,
                             SortedKeys<Key>& sorted) {
    const auto slots = [&](const auto& f) {
      forward_.for_each_block(s, [&](const typename Forward::Rows& rows) {
        for (std::uint32_t i = 0; i < rows.count; ++i) f(rows.slots[i]);
      });
    };
    const auto all = [&](const auto& f) {
      forward_.for_each_block(s, [&](const typename Forward::Rows& rows) {
        for (std::uint32_t i = 0; i < rows.count; ++i)
          f(rows.slots[i], Key::of(rows.ids[0][i], rows.first_place + i));
      });
    };
    const std::span<Key> keys = sorted.sort(forward_.rows_of(s), slots, all);
    AdjacencyBuilder builder(target.writer.out(), type_, Direction::Out, target.limits);
    for (std::uint32_t slot = 0; slot < kSegmentSlots; ++slot) {
      const std::uint64_t first = sorted.offsets[slot];
      const auto list = keys.subspan(first, sorted.offsets[slot + 1] - first);
      if (list.empty()) continue;
      if (list.size() > 1) std::sort(list.begin(), list.end());
      sorted.nodes.clear();
      for (const Key& key : list) sorted.nodes.push_back(key.node());
      builder.append(slot, sorted.nodes, id_of(target, begins_[s] + first));
    }
    target.nodes.set_adjacency(s, builder.finish());
    return keys;
  }

  // The rows of a segment in their final order.
  void put_back(std::uint64_t s, std::span<const Key> keys, const SlotOffsets& offsets) {
    std::uint64_t at = 0;
    std::uint16_t slot = 0;
    forward_.for_each_block(s, [&](const typename Forward::Rows& rows) {
      for (std::uint32_t i = 0; i < rows.count; ++i, ++at) {
        while (offsets[slot + 1u] <= at) ++slot;
        rows.slots[i] = slot;
        rows.ids[0][i] = static_cast<Id>(keys[at].node());
      }
    });
    KITH_ASSERT(at == keys.size());
  }

  std::uint32_t slots_of(std::uint64_t segment) const {
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(kSegmentSlots, rows() - (segment << kSegmentBits)));
  }

  // Relationship segments, as far as they are of node segment s; who comes last to one that
  // several node segments share writes it.
  void write_segments(const RelationshipTarget& target, std::uint64_t s, std::span<const Key> keys,
                      ForwardWorker& mine) {
    for (std::uint64_t at = 0; at < keys.size();) {
      const std::uint64_t position = begins_[s] + at, segment = position >> kSegmentBits;
      const auto first = static_cast<std::uint32_t>(position & (kSegmentSlots - 1));
      const std::uint32_t slots = slots_of(segment);
      const auto count =
          static_cast<std::uint32_t>(std::min<std::uint64_t>(keys.size() - at, slots - first));
      const bool whole = count == slots;
      if (whole) mine.gathered.resize(slots, values_.size());
      Gathered& to = whole ? mine.gathered : shared(segment, slots);
      gather(s, keys, mine.sorted.offsets, at, count, to, first);
      at += count;
      if (whole) {
        write_segment(target, segment, to);
      } else if (to.rows.fetch_add(count, std::memory_order_acq_rel) + count == slots) {
        write_segment(target, segment, to);
        const std::lock_guard lock(shared_mutex_);
        shared_.erase(segment);
      }
    }
  }

  Gathered& shared(std::uint64_t segment, std::uint32_t slots) {
    const std::lock_guard lock(shared_mutex_);
    auto& gathered = shared_[segment];
    if (!gathered) {
      gathered = std::make_unique<Gathered>();
      gathered->resize(slots, values_.size());
    }
    return *gathered;
  }

  // Rows [from, from + count) of node segment s go to slots `first` and up.
  void gather(std::uint64_t s, std::span<const Key> keys, const SlotOffsets& offsets,
              std::uint64_t from, std::uint32_t count, Gathered& to, std::uint32_t first) const {
    const auto after = std::upper_bound(offsets.begin(), offsets.end(), from);
    auto slot = static_cast<std::uint32_t>(after - offsets.begin()) - 1;
    for (std::uint32_t i = 0; i < count; ++i) {
      while (offsets[slot + 1] <= from + i) ++slot;
      to.starts[first + i] = static_cast<std::int64_t>((s << kSegmentBits) + slot);
      to.ends[first + i] = static_cast<std::int64_t>(keys[from + i].node());
    }
    auto cells = to.columns.begin();
    for (const auto& [key, values] : values_) {
      for (std::uint32_t i = 0; i < count; ++i)
        (*cells)[first + i] = values.cell(keys[from + i].index());
      ++cells;
    }
  }

  void write_segment(const RelationshipTarget& target, std::uint64_t segment,
                     const Gathered& rows) const {
    const auto slots = static_cast<std::uint32_t>(rows.starts.size());
    const std::uint64_t number = target.first_segment + segment;
    RelationshipSegmentBuilder builder = target.writer.relationship_segment(number, type_);
    builder.set_slots(slots);
    builder.set_alive(SlotSet::first(slots));
    builder.set_ends(rows.starts, rows.ends);
    auto cells = rows.columns.begin();
    for (const auto& [key, values] : values_) builder.set_column(key, *cells++);
    target.writer.put(number, std::move(builder));
  }

  // One stream for each worker. Few rows are not worth a block of each worker for each segment.
  void distribute_backward(const RelationshipTarget& target, std::deque<Backward>& streams) {
    const std::uint64_t segments = forward_.segments();
    const auto workers = static_cast<std::uint32_t>(
        std::clamp<std::uint64_t>(rows() / (segments * kRowsForWorker), 1, workers_of(target)));
    for (std::uint32_t w = 0; w < workers; ++w) streams.emplace_back(pool_, segments);
    std::atomic<std::uint64_t> next{0};
    target.scheduler.run(workers, [&](std::uint32_t w) {
      for (std::uint64_t s = next++; s < segments; s = next++) distribute(s, streams[w]);
    });
  }

  void distribute(std::uint64_t s, Backward& to) {
    std::uint64_t position = begins_[s];
    forward_.for_each_block(s, [&](const typename Forward::Rows& rows) {
      for (std::uint32_t i = 0; i < rows.count; ++i, ++position)
        to.add(rows.ids[0][i],
               {static_cast<Id>((s << kSegmentBits) + rows.slots[i]), static_cast<Id>(position)});
    });
    forward_.forget(s);
  }

  // Calls f(slot, key) for the rows of segment s in order of their positions, of which each stream
  // has some runs.
  template <class F>
  static void merge(const std::deque<Backward>& streams, std::uint64_t s, F&& f) {
    std::vector<typename Backward::Cursor> cursors;
    cursors.reserve(streams.size());
    for (const Backward& stream : streams) cursors.emplace_back(stream, s);
    for (;;) {
      typename Backward::Cursor* least = nullptr;
      Id first = 0, end = std::numeric_limits<Id>::max();  // of its run: the least of the others
      for (auto& cursor : cursors) {
        if (!cursor.valid()) continue;
        const Id position = cursor.rows().ids[1][0];
        if (least != nullptr && position > first) {
          end = std::min(end, position);
          continue;
        }
        if (least != nullptr) end = first;
        least = &cursor;
        first = position;
      }
      if (least == nullptr) return;
      const typename Backward::Rows& rows = least->rows();
      const auto positions = std::span(rows.ids[1], rows.count);
      const auto count = static_cast<std::uint32_t>(
          positions.back() <= end
              ? rows.count
              : std::lower_bound(positions.begin(), positions.end(), end) - positions.begin());
      for (std::uint32_t i = 0; i < count; ++i)
        f(rows.slots[i], Key::of(rows.ids[0][i], positions[i]));
      least->skip(count);
    }
  }

  void write_backward(const RelationshipTarget& target, std::deque<Backward>& streams,
                      Steps& steps) {
    std::deque<SortedKeys<Key>> workers;
    for (std::size_t w = 0; w < workers_of(target); ++w) workers.emplace_back(pool_);
    for_each_item(target.scheduler, forward_.segments(), [&](std::uint64_t s, std::uint32_t w) {
      std::uint64_t size = 0;
      for (const Backward& stream : streams) size += stream.rows_of(s);
      if (size == 0) return;
      write_backward_lists(target, streams, s, size, workers[w]);
      for (Backward& stream : streams) stream.forget(s);
      steps.add(size, w);
    });
  }

  void write_backward_lists(const RelationshipTarget& target, const std::deque<Backward>& streams,
                            std::uint64_t s, std::uint64_t size, SortedKeys<Key>& sorted) {
    const auto slots = [&](const auto& f) {
      for (const Backward& stream : streams)
        stream.for_each_block(s, [&](const typename Backward::Rows& rows) {
          for (std::uint32_t i = 0; i < rows.count; ++i) f(rows.slots[i]);
        });
    };
    const auto all = [&](const auto& f) { merge(streams, s, f); };
    const std::span<const Key> keys = sorted.sort(size, slots, all);
    AdjacencyBuilder builder(target.writer.out(), type_, Direction::In, target.limits);
    for (std::uint32_t slot = 0; slot < kSegmentSlots; ++slot) {
      const std::uint64_t first = sorted.offsets[slot];
      const auto list = keys.subspan(first, sorted.offsets[slot + 1] - first);
      if (list.empty()) continue;
      KITH_ASSERT(std::is_sorted(list.begin(), list.end()));
      sorted.nodes.clear();
      sorted.ids.clear();
      for (const Key& key : list) {
        sorted.nodes.push_back(key.node());
        sorted.ids.push_back(id_of(target, key.index()));
      }
      builder.append(slot, sorted.nodes, sorted.ids);
    }
    target.nodes.set_adjacency(s, builder.finish());
  }

  static constexpr std::uint64_t kDrained = std::uint64_t{1} << 16;  // rows between frees
  // A worker's rows in a segment, about, from which on it pays to have one more of them.
  static constexpr std::uint64_t kRowsForWorker = 1024;

  TypeId type_;
  RowPool& pool_;
  Forward forward_;
  std::map<KeyId, ValueStore> values_;  // by place
  std::vector<std::uint64_t> places_;   // of the rows that are added
  std::vector<std::uint64_t> begins_;   // the first position of each node segment
  std::mutex shared_mutex_;             // guards the map
  std::map<std::uint64_t, std::unique_ptr<Gathered>> shared_;  // by relationship segment
};

}  // namespace

std::unique_ptr<MemoryLoad> make_memory_load(TypeId type, std::uint64_t node_id_limit,
                                             RowPool& pool) {
  const std::uint64_t segments = (node_id_limit + kSegmentSlots - 1) >> kSegmentBits;
  if (node_id_limit <= UINT32_MAX)
    return std::make_unique<SortedLoad<std::uint32_t>>(type, segments, pool);
  return std::make_unique<SortedLoad<std::uint64_t>>(type, segments, pool);
}

}  // namespace kith::storage
