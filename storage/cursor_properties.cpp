// storage/cursor_properties.cpp: one property of many elements.
//
// A read groups its rows by segment (a counting sort, so random ids cost little), settles the type
// that fits all of them, lets each segment's column fill its rows, and patches what changed.
#include <algorithm>
#include <array>
#include <bit>
#include <deque>
#include <numeric>
#include <optional>
#include <utility>

#include "core/assert.hpp"
#include "storage/column/column_reader.hpp"
#include "storage/cursor.hpp"
#include "storage/decoded_numbers.hpp"
#include "storage/delta/lookup.hpp"
#include "storage/id_runs.hpp"

namespace kith::storage {

namespace {

// Columns that a reader keeps open: room for few at first, and for more as more are read in turns;
// for many only while the blocks that this pins are a small part of what the pool may have.
// A reader's share of the pool's limit, beside the pool, for columns that are decoded as a whole.
constexpr std::uint64_t kShareOfDecoded = 64;
constexpr std::size_t kFewCached = 4, kSomeCached = 64, kMostCached = 1024;
constexpr std::uint64_t kPoolBytesPerCached = 32 * kMiB;  // 256 blocks of a plain column
constexpr std::uint64_t kNoSegmentCached = ~std::uint64_t{0};

// Rows of one segment: order[first … end).
struct Group {
  std::uint64_t segment = 0;
  std::uint32_t first = 0, end = 0;
};

// Bits in which any id differs from the first.
std::uint64_t differing_bits(std::span<const std::uint64_t> ids) {
  std::uint64_t bits = 0;
  for (const std::uint64_t id : ids) bits |= id ^ ids[0];
  return bits;
}

// One after another, in one segment: what scans give.
bool is_run_of_segment(std::span<const std::uint64_t> ids) {
  if (ids.empty() || ids.front() >> kSegmentBits != ids.back() >> kSegmentBits) return false;
  return are_consecutive(ids);
}

bool are_ascending(std::span<const std::uint64_t> ids) {
  std::uint64_t falls = 0;
  for (std::size_t i = 1; i < ids.size(); ++i) falls |= ids[i] < ids[i - 1] ? 1u : 0u;
  return falls == 0;
}

// Which rows are in which segment, the rows of each in ascending order.
class Groups {
 public:
  void sort(std::span<const std::uint64_t> ids, const std::uint8_t* valid) {
    groups_.clear();
    if (valid != nullptr) return sort_any(ids, valid);
    if (!are_in_order(ids) && !sort_near(ids)) sort_any(ids, valid);
  }

  std::span<const Group> groups() const { return groups_; }
  std::span<const std::uint32_t> rows(const Group& group) const {
    return std::span(order_).subspan(group.first, group.end - group.first);
  }
  // After sort() with `valid`.
  bool is_grouped(std::size_t row) const { return group_of_[row] != kNoGroup; }

 private:
  static constexpr std::uint32_t kNoGroup = ~std::uint32_t{0};
  struct Place {  // of a hash table that is emptied by a new stamp
    std::uint64_t segment = 0;
    std::uint64_t stamp = 0;
    std::uint32_t group = 0;
  };

  // True, and done, if the ids are of one segment or ascend: those that scans give, and what
  // filters leave of them.
  bool are_in_order(std::span<const std::uint64_t> ids) {
    if (ids.empty()) return true;
    const bool one_segment = differing_bits(ids) >> kSegmentBits == 0;
    if (!one_segment && !are_ascending(ids)) return false;
    const auto count = static_cast<std::uint32_t>(ids.size());
    for (std::uint32_t at = 0; at < count;) {
      const std::uint64_t segment = ids[at] >> kSegmentBits;
      const auto end = one_segment
                           ? ids.end()
                           : std::upper_bound(ids.begin() + at, ids.end(),
                                              (segment << kSegmentBits) | (kSegmentSlots - 1));
      groups_.push_back({segment, at, static_cast<std::uint32_t>(end - ids.begin())});
      at = groups_.back().end;
    }
    if (!is_identity_ || order_.size() < count) {
      order_.resize(std::max<std::size_t>(order_.size(), count));
      std::iota(order_.begin(), order_.end(), 0u);
      is_identity_ = true;
    }
    return true;
  }

  // True, and done, if there are about as many segments between the first and the last as ids.
  bool sort_near(std::span<const std::uint64_t> ids) {
    constexpr std::uint64_t kFew = 256;
    const auto [least, greatest] = std::minmax_element(ids.begin(), ids.end());
    const std::uint64_t first = *least >> kSegmentBits;
    const std::uint64_t span = (*greatest >> kSegmentBits) - first + 1;
    if (span > std::max<std::uint64_t>(kFew, ids.size())) return false;
    ends_.assign(span, 0);
    for (const std::uint64_t id : ids) ++ends_[(id >> kSegmentBits) - first];
    std::uint32_t at = 0;
    for (std::uint64_t i = 0; i < span; ++i) {
      const std::uint32_t begin = at;
      at += std::exchange(ends_[i], begin);
      if (at != begin) groups_.push_back({first + i, begin, at});
    }
    is_identity_ = false;
    order_.resize(ids.size());
    for (std::uint32_t i = 0; i < ids.size(); ++i) {
      order_[ends_[(ids[i] >> kSegmentBits) - first]++] = i;
    }
    return true;
  }

  void sort_any(std::span<const std::uint64_t> ids, const std::uint8_t* valid) {
    is_identity_ = false;
    group_of_.resize(ids.size());
    order_.resize(ids.size());
    if (table_.size() < 2 * ids.size()) table_.assign(std::bit_ceil(2 * ids.size()), Place{});
    ++stamp_;
    std::uint32_t last = kNoGroup;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      group_of_[i] = kNoGroup;
      if (valid && valid[i] == 0) continue;
      const std::uint64_t segment = ids[i] >> kSegmentBits;
      if (last == kNoGroup || groups_[last].segment != segment) last = find(segment);
      group_of_[i] = last;
      ++groups_[last].end;
    }
    std::uint32_t at = 0;
    for (Group& group : groups_) at += std::exchange(group.end, group.first = at);
    for (std::size_t i = 0; i < ids.size(); ++i)
      if (group_of_[i] != kNoGroup)
        order_[groups_[group_of_[i]].end++] = static_cast<std::uint32_t>(i);
    KITH_ASSERT(groups_.empty() || groups_.back().end == at);
  }

  std::uint32_t find(std::uint64_t segment) {
    const std::size_t mask = table_.size() - 1;
    for (std::size_t at = segment * 0x9E3779B97F4A7C15u >> 32;; ++at) {
      Place& place = table_[at & mask];
      if (place.stamp != stamp_) {
        place = {segment, stamp_, static_cast<std::uint32_t>(groups_.size())};
        groups_.push_back({segment, 0, 0});
        return place.group;
      }
      if (place.segment == segment) return place.group;
    }
  }

  std::vector<Place> table_;
  std::uint64_t stamp_ = 0;
  std::vector<Group> groups_;
  std::vector<std::uint32_t> group_of_, order_;
  std::vector<std::uint32_t> ends_;  // by segment, of sort_near()
  bool is_identity_ = false;         // order_ is 0, 1, 2 …
};

// A column, and what keeps it in memory.
struct PinnedColumn {
  SegmentPin<NodeSegment> node;
  SegmentPin<RelationshipSegment> relationship;
  const ColumnChunk* column = nullptr;  // nullptr: the segment has none
};

// The columns of the segments read last, with what they pinned for the read that is going on.
class Columns {
 public:
  void begin_read(const Root& root) {
    ++read_;
    retired_.clear();
    release_texts();
    if (base_ == root.shared_base()) return;
    cached_.clear();
    cached_.resize(kFewCached);
    base_ = root.shared_base();
    const std::uint64_t limit = base_->pool().limit_bytes();
    most_ = kSomeCached;
    while (most_ < kMostCached && 2 * most_ * kPoolBytesPerCached <= limit) most_ *= 2;
  }

  // `of`: the column with the pin on its segment's directory.
  ColumnReader& reader(BufferPool& pool, PinnedColumn of, std::uint64_t segment) {
    const ColumnChunk& column = *of.column;
    while (is_taken(segment) && cached_.size() < most_) grow();
    Cached& cached = place_of(segment);
    if (cached.segment != segment) {
      if (cached.reader && cached.read == read_)
        retired_.emplace_back(std::move(cached.of), std::move(*cached.reader));
      cached.segment = kNoSegmentCached;  // should reading fail
      cached.reader.emplace(pool, column);
      cached.of = std::move(of);
      cached.segment = segment;
      cached.read = 0;
    }
    if (cached.read != read_ && !column.heap.empty()) with_texts_.push_back(segment);
    cached.read = read_;
    KITH_ASSERT(&cached.reader->column() == &column);
    return *cached.reader;
  }

 private:
  struct Cached {
    std::uint64_t segment = kNoSegmentCached;
    std::uint64_t read = 0;  // which used it last
    PinnedColumn of;
    std::optional<ColumnReader> reader;
  };
  // What one read pins of texts may be a large part of the pool: not of each segment that is kept.
  void release_texts() {
    for (const std::uint64_t segment : with_texts_)
      if (Cached& cached = place_of(segment); cached.segment == segment) cached.reader->release();
    with_texts_.clear();
  }
  Cached& place_of(std::uint64_t segment) { return cached_[segment & (cached_.size() - 1)]; }
  bool is_taken(std::uint64_t segment) {
    const std::uint64_t there = place_of(segment).segment;
    return there != segment && there != kNoSegmentCached;
  }
  void grow() {
    KITH_ASSERT(std::has_single_bit(cached_.size()));
    std::vector<Cached> old(2 * cached_.size());
    old.swap(cached_);
    for (Cached& cached : old) {
      if (cached.segment == kNoSegmentCached) continue;
      Cached& place = place_of(cached.segment);
      place.segment = cached.segment;
      place.read = cached.read;
      place.of = std::move(cached.of);
      place.reader.emplace(std::move(*cached.reader));
    }
  }

  std::shared_ptr<const Base> base_;  // of the columns; shared: a writer may fold meanwhile
  std::uint64_t read_ = 0;
  std::vector<Cached> cached_;             // a power of two, by the lowest bits of the segment
  std::vector<std::uint64_t> with_texts_;  // segments whose texts the read that is going on pinned
  std::size_t most_ = 0;
  // Pushed out during a read whose strings are in use.
  std::deque<std::pair<PinnedColumn, ColumnReader>> retired_;
};

// The value that a delta has for an element: nothing if it leaves that to the base.
template <class Change>
std::optional<Cell> override_of(const Change& change, std::uint64_t id, KeyId key) {
  if (change.existence == Existence::Deleted) return Cell::null();
  return change.properties.find(key, change.row_of(id));
}

}  // namespace

struct PropertyReader::State {
  View view;
  const ElementKind kind;
  const KeyId key;
  Groups groups;
  Columns columns;
  DecodedNumbers decoded{0};
  std::uint64_t decoded_at = ~std::uint64_t{0};  // Root::edition()
  std::optional<VectorType> type;  // that fits what was seen so far; nothing: only nulls
  struct Patch {
    std::uint32_t row;
    Cell cell;
  };
  // Rows of a run whose values are words of a delta.
  struct WordRun {
    std::uint32_t row, count;
    ValueRows::Words words;
  };
  std::vector<Patch> patches;
  std::vector<WordRun> words;  // of a run
  std::vector<Group> based;    // groups that not patches alone say all of
  std::vector<std::uint32_t> slots;

  State(View v, ElementKind k, KeyId p) : view(std::move(v)), kind(k), key(p) {}

  void fit(VectorType seen) {
    if (!type) type = seen;
    if (*type != seen) type = VectorType::Any;
  }

  PinnedColumn column_of(std::uint64_t segment) const {
    const std::uint64_t first = segment << kSegmentBits;
    PinnedColumn found;
    if (kind == ElementKind::Node) {
      found.node = base_segment(view.root(), NodeId{first});
      if (found.node) found.column = found.node->column(key);
    } else {
      found.relationship = base_segment(view.root(), RelationshipId{first});
      if (found.relationship) found.column = found.relationship->column(key);
    }
    return found;
  }

  // How many rows have one; a leaf of the changes is looked up once for those that follow one
  // another.
  template <class Tree>
  std::size_t collect_patches(const Tree& tree, const Group& group,
                              std::span<const std::uint64_t> ids) {
    const auto* changes = tree.segment(group.segment);
    if (!changes) return 0;
    const std::size_t before = patches.size();
    const typename Tree::Node* leaf = nullptr;
    std::uint64_t leaf_keys = ~std::uint64_t{0};
    for (const std::uint32_t row : groups.rows(group)) {
      if (ids[row] / kTreeFan != leaf_keys) {
        leaf_keys = ids[row] / kTreeFan;
        leaf = Tree::leaf_of(*changes, static_cast<std::uint32_t>(ids[row] & (kSegmentSlots - 1)));
      }
      const auto* change = leaf ? Tree::find_in_leaf(*leaf, ids[row]) : nullptr;
      if (!change) continue;
      const std::optional<Cell> cell = override_of(**change, ids[row], key);
      if (!cell) continue;
      patches.push_back({row, *cell});
      if (!cell->is_null()) fit(narrow_type(cell->kind));
    }
    return patches.size() - before;
  }
  std::size_t collect_patches(const Group& group, std::span<const std::uint64_t> ids) {
    return kind == ElementKind::Node ? collect_patches(view.root().nodes(), group, ids)
                                     : collect_patches(view.root().relationships(), group, ids);
  }

  // True if the base has to be read, too.
  bool look_at(const Group& group, std::span<const std::uint64_t> ids) {
    if (collect_patches(group, ids) == groups.rows(group).size()) return false;
    if (const auto found = column_of(group.segment); found.column) fit(found.column->vector_type());
    return true;
  }

  void fill(const Group& group, std::span<const std::uint64_t> ids, Vector& out) {
    const std::span<const std::uint32_t> rows = groups.rows(group);
    PinnedColumn found = column_of(group.segment);
    if (!found.column) {
      for (const std::uint32_t row : rows) out.set_null(row);
      return;
    }
    ColumnReader& reader =
        columns.reader(view.root().base().pool(), std::move(found), group.segment);
    const auto count = static_cast<std::uint32_t>(rows.size());
    slots.resize(count);
    const bool adjacent = rows[count - 1] - rows[0] == count - 1;
    if (adjacent) {
      const auto slot = [](std::uint64_t id) {
        return static_cast<std::uint32_t>(id & (kSegmentSlots - 1));
      };
      std::transform(&ids[rows[0]], &ids[rows[0]] + count, slots.begin(), slot);
    } else {
      for (std::uint32_t i = 0; i < count; ++i)
        slots[i] = static_cast<std::uint32_t>(ids[rows[i]] & (kSegmentSlots - 1));
    }
    std::uint32_t jumps = 0;
    for (std::uint32_t i = 0; i < count; ++i) jumps |= slots[i] - i - slots[0];
    if (adjacent && jumps == 0) {
      reader.read_run(slots[0], count, rows[0], out);
    } else {
      reader.read(slots, rows, out);
      const bool is_whole = is_quick(reader.column()) && !is_changed(group.segment);
      if (is_whole) decoded.was_asked(group.segment, count, reader);
    }
  }

  bool is_changed(std::uint64_t segment) const {
    const Root& root = view.root();
    return kind == ElementKind::Node ? root.nodes().segment(segment) != nullptr
                                     : root.relationships().segment(segment) != nullptr;
  }

  // False if there is more to it than a column, or if it should be and is not of fixed numbers.
  bool read_run(std::span<const std::uint64_t> ids, bool numbers_alone, Vector& out) {
    const std::uint64_t segment = ids.front() >> kSegmentBits;
    if (is_changed(segment)) return false;
    PinnedColumn found = column_of(segment);
    if (!found.column) return false;
    if (numbers_alone && !is_quick(*found.column)) return false;
    const auto slot = static_cast<std::uint32_t>(ids.front() & (kSegmentSlots - 1));
    const auto count = static_cast<std::uint32_t>(ids.size());
    out.reset(found.column->vector_type(), count);
    ColumnReader& reader = columns.reader(view.root().base().pool(), std::move(found), segment);
    reader.read_run(slot, count, 0, out);
    return true;
  }

  // Of rows of a segment with changes, those that have words of one kind; leaf by leaf. False: some
  // have other values, or entries of their own.
  template <class Tree>
  bool collect_words(const Tree& tree, std::span<const std::uint64_t> ids) {
    const auto* changes = tree.segment(ids.front() >> kSegmentBits);
    KITH_ASSERT(changes);
    const auto first = static_cast<std::uint32_t>(ids.front() & (kSegmentSlots - 1));
    const auto end = first + static_cast<std::uint32_t>(ids.size());
    words.clear();
    for (std::uint32_t slot = first; slot < end;) {
      const std::uint32_t next = std::min(end, (slot / kTreeFan + 1) * kTreeFan);
      const auto* leaf = Tree::leaf_of(*changes, slot);
      if (leaf) {
        const std::uint32_t all = ~std::uint32_t{0} >> (kTreeFan - (next - slot));
        const std::uint32_t places = all << (slot % kTreeFan);
        if (!leaf->is_alike() || (leaf->places().bits() & places) != places) return false;
        const auto& change = *leaf->value(0);
        if (!change.is_common() || change.existence == Existence::Deleted) return false;
        const auto found = change.properties.words(key, change.row_of(slot));
        if (!found && change.existence != Existence::InBase) return false;
        if (found) words.push_back({slot - first, next - slot, *found});
      }
      slot = next;
    }
    return !words.empty() && std::all_of(words.begin(), words.end(), [&](const WordRun& run) {
      return run.words.kind == words.front().words.kind;
    });
  }

  // The same as read(), of one run. False: it is not that simple.
  bool read_changed_run(std::span<const std::uint64_t> ids, Vector& out) {
    const std::uint64_t segment = ids.front() >> kSegmentBits;
    if (!is_changed(segment)) return false;
    const bool simple = kind == ElementKind::Node ? collect_words(view.root().nodes(), ids)
                                                  : collect_words(view.root().relationships(), ids);
    if (!simple) return false;
    const VectorType wanted = narrow_type(words.front().words.kind);
    if (wanted != VectorType::Integer && wanted != VectorType::Float) return false;
    const auto count = static_cast<std::uint32_t>(ids.size());
    std::uint32_t known = 0;
    for (const WordRun& run : words) known += run.count;
    out.reset(wanted, count);
    if (known < count) {
      PinnedColumn found = column_of(segment);
      if (!found.column || found.column->vector_type() != wanted) return false;
      const auto slot = static_cast<std::uint32_t>(ids.front() & (kSegmentSlots - 1));
      columns.reader(view.root().base().pool(), std::move(found), segment)
          .read_run(slot, count, 0, out);
      if (out.may_have_nulls()) return false;
    }
    auto* const values = out.data<std::uint64_t>();
    for (const auto& [row, size, of] : words) {
      if (of.each) {
        std::copy_n(of.each, size, values + row);
      } else {
        std::fill_n(values + row, size, of.same);
      }
    }
    return true;
  }

  // A run of it is read in much less time than as many rows one by one.
  static bool is_quick(const ColumnChunk& column) {
    return column.vector_type() == VectorType::Integer &&
           (column.header.flags & (kHasValidity | kSparseRows)) == 0;
  }

  void find_presence(const Group& group, std::span<const std::uint64_t> ids,
                     std::span<std::uint8_t> out) {
    const std::span<const std::uint32_t> rows = groups.rows(group);
    if (PinnedColumn found = column_of(group.segment); found.column) {
      const ColumnReader& reader =
          columns.reader(view.root().base().pool(), std::move(found), group.segment);
      for (const std::uint32_t row : rows) {
        const auto slot = static_cast<std::uint32_t>(ids[row] & (kSegmentSlots - 1));
        out[row] = reader.has_value(slot) ? 1 : 0;
      }
    }
    patches.clear();
    collect_patches(group, ids);
    for (const Patch& patch : patches) out[patch.row] = patch.cell.is_null() ? 0 : 1;
  }

  // True only if the column says so of all its slots.
  bool all_present(std::span<const std::uint64_t> run) const {
    const std::uint64_t segment = run.front() >> kSegmentBits;
    if (is_changed(segment)) return false;
    const PinnedColumn found = column_of(segment);
    if (!found.column) return false;
    const ColumnHeader& header = found.column->header;
    const auto last = static_cast<std::uint32_t>(run.back() & (kSegmentSlots - 1));
    return (header.flags & (kHasValidity | kSparseRows)) == 0 && last < header.rows;
  }

  void read_presence(std::span<const std::uint64_t> ids, const std::uint8_t* valid,
                     std::span<std::uint8_t> out) {
    columns.begin_read(view.root());
    if (valid == nullptr && is_run_of_segment(ids) && all_present(ids)) {
      std::fill(out.begin(), out.end(), std::uint8_t{1});
      return;
    }
    std::fill(out.begin(), out.end(), std::uint8_t{0});
    groups.sort(ids, valid);
    for (const Group& group : groups.groups()) find_presence(group, ids, out);
  }

  void read(std::span<const std::uint64_t> ids, const std::uint8_t* valid, Vector& out) {
    columns.begin_read(view.root());
    if (valid == nullptr && is_run_of_segment(ids) &&
        (read_run(ids, false, out) || read_changed_run(ids, out)))
      return;
    if (decoded_at != view.root().edition())
      decoded = DecodedNumbers(view.root().base().pool().limit_bytes() / kShareOfDecoded);
    decoded_at = view.root().edition();
    if (valid == nullptr && decoded.read(ids, out)) return;
    groups.sort(ids, valid);
    patches.clear();
    type.reset();
    based.clear();
    for (const Group& group : groups.groups())
      if (look_at(group, ids)) based.push_back(group);
    out.reset(type.value_or(VectorType::Any), static_cast<std::uint32_t>(ids.size()));
    for (std::uint32_t row = 0; valid && row < ids.size(); ++row)
      if (!groups.is_grouped(row)) out.set_null(row);
    for (const Group& group : based) fill(group, ids, out);
    // Copies: a statement that writes may free what it read before it uses it, by a fold as well.
    const bool numbers = type == VectorType::Integer || type == VectorType::Float;
    for (const Patch& patch : patches) {
      if (numbers && !patch.cell.is_null() && !out.may_have_nulls()) {
        out.data<std::uint64_t>()[patch.row] = patch.cell.word;
      } else {
        out.set(patch.row, copy_into(out.arena(), patch.cell));
      }
    }
  }
};

PropertyReader::PropertyReader(View view, ElementKind kind, KeyId key)
    : state_(std::make_unique<State>(std::move(view), kind, key)) {}
PropertyReader::~PropertyReader() = default;

void PropertyReader::read(std::span<const std::uint64_t> ids, const std::uint8_t* valid,
                          Vector& out) {
  KITH_ASSERT(ids.size() <= UINT32_MAX);
  state_->read(ids, valid, out);
}

bool PropertyReader::read_around(std::span<const std::uint64_t> ids, Vector& out) {
  if (!is_run_of_segment(ids)) return false;
  state_->columns.begin_read(state_->view.root());
  return state_->read_run(ids, true, out);
}

void PropertyReader::read_presence(std::span<const std::uint64_t> ids, const std::uint8_t* valid,
                                   std::span<std::uint8_t> out) {
  KITH_ASSERT(ids.size() == out.size() && ids.size() <= UINT32_MAX);
  state_->read_presence(ids, valid, out);
}

}  // namespace kith::storage
