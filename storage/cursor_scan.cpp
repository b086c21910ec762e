// storage/cursor_scan.cpp: nodes and relationships of a range of ids, a segment's bitmap at a time.
//
// The bitmap is the scan's own copy, so a scan over a running transaction stays safe (though not
// current) when that transaction changes the segment under it.
#include <algorithm>
#include <optional>

#include "core/assert.hpp"
#include "storage/column/column_reader.hpp"
#include "storage/cursor.hpp"
#include "storage/delta/lookup.hpp"
#include "storage/id_runs.hpp"

namespace kith::storage {

namespace {

// Set bits of a segment's bitmap, ascending, within slots [first, end).
class BitScan {
 public:
  SlotBits& bits() { return bits_; }

  void begin(std::uint32_t first, std::uint32_t end) {
    KITH_ASSERT(first <= end && end <= kSegmentSlots);
    word_ = first / 64;
    end_word_ = (end + 63) / 64;
    if (word_ == end_word_) return;
    bits_[word_] &= ~std::uint64_t{0} << (first % 64);
    if (end % 64 != 0) bits_[end_word_ - 1] &= ~std::uint64_t{0} >> (64 - end % 64);
  }
  void stop() { word_ = end_word_ = 0; }
  bool done() const { return word_ == end_word_; }

  // Appends `base` + slot for at most out.size() slots; the count.
  template <class T>
  std::size_t take(T base, std::span<T> out) {
    std::size_t count = 0;
    while (word_ < end_word_) {
      if (const std::uint32_t full = full_words((out.size() - count) / 64); full != 0) {
        number(base + static_cast<T>(word_ * 64), out.subspan(count, full * 64));
        count += full * 64;
        word_ += full;
        continue;
      }
      std::uint64_t left = bits_[word_];
      const T first = base + static_cast<T>(word_ * 64);
      for (; left != 0 && count < out.size(); left &= left - 1)
        out[count++] = first + static_cast<T>(std::countr_zero(left));
      bits_[word_] = left;
      if (left != 0) return count;
      ++word_;
    }
    return count;
  }

 private:
  // From the next word on, at most `most`: how many have all bits set.
  std::uint32_t full_words(std::size_t most) const {
    const std::size_t end = std::min<std::size_t>(end_word_, word_ + most);
    std::uint32_t word = word_;
    while (word < end && bits_[word] == ~std::uint64_t{0}) ++word;
    return word - word_;
  }
  static void number(std::uint64_t first, std::span<std::uint64_t> out) { count_up(first, out); }
  static void number(std::uint32_t first, std::span<std::uint32_t> out) {
    for (std::uint32_t i = 0; i < out.size(); ++i) out[i] = first + i;
  }

  SlotBits bits_{};
  std::uint32_t word_ = 0, end_word_ = 0;
};

void set_bit(SlotBits& bits, std::uint64_t slot, bool on) {
  const std::uint64_t mask = std::uint64_t{1} << (slot % 64);
  bits[slot / 64] = on ? bits[slot / 64] | mask : bits[slot / 64] & ~mask;
}

// The part of a segment that a range covers, as slots.
struct SlotRange {
  std::uint32_t first, end;
};
SlotRange slots_within(std::uint64_t segment, std::uint64_t at, std::uint64_t end) {
  const std::uint64_t begin = segment << kSegmentBits;
  KITH_ASSERT(at >= begin && at < end);
  return {static_cast<std::uint32_t>(at - begin),
          static_cast<std::uint32_t>(std::min<std::uint64_t>(end - begin, kSegmentSlots))};
}

}  // namespace

struct NodeScan::State {
  View view;
  std::vector<LabelId> labels;
  std::uint64_t at = 0, end = 0;  // segments from `at` on have not been looked at
  std::uint64_t base = 0;         // first id of the segment in `scan`
  BitScan scan;

  State(View v, std::vector<LabelId> l) : view(std::move(v)), labels(std::move(l)) {}

  bool has_all(const NodeChange& change) const {
    return std::all_of(labels.begin(), labels.end(),
                       [&](LabelId label) { return change.has_label(label); });
  }

  // False if the base has nobody there.
  bool load_base(const NodeSegment& segment) {
    SlotBits& bits = scan.bits();
    if (labels.empty()) {
      segment.alive().copy_to(bits);
      return !segment.alive().empty();
    }
    bool first = true;
    for (const LabelId label : labels) {
      const SlotSet* set = segment.label(label);
      if (!set || set->empty()) return false;
      if (first) {
        set->copy_to(bits);
      } else {
        for (std::uint32_t word = 0; word < kSetWords; ++word) bits[word] &= set->word(word);
      }
      first = false;
    }
    return true;
  }

  void load(std::uint64_t number) {
    const Root& root = view.root();
    base = number << kSegmentBits;
    const auto segment = base_segment(root, NodeId{base});
    const NodeTree::Node* changes = root.nodes().segment(number);
    const bool any = segment && load_base(*segment);
    if (!any && !changes) return scan.stop();
    if (!any) scan.bits().fill(0);
    const SlotRange slots = slots_within(number, at, end);
    const auto apply = [&](std::uint64_t slot, const Ref<NodeChange>& change) {
      if (change->existence == Existence::Deleted) {
        set_bit(scan.bits(), slot, false);
      } else if (change->labels_changed) {
        set_bit(scan.bits(), slot, has_all(*change));
      }
    };
    if (changes) NodeTree::for_each_in(*changes, slots.first, slots.end, apply);
    scan.begin(slots.first, slots.end);
  }

  std::size_t next(std::span<std::uint64_t> out) {
    std::size_t count = 0;
    while (count < out.size()) {
      if (!scan.done()) {
        count += scan.take(base, out.subspan(count));
        continue;
      }
      if (at >= end) break;
      load(at >> kSegmentBits);
      at = (at | (kSegmentSlots - 1)) + 1;
    }
    return count;
  }
};

NodeScan::NodeScan(View view, std::vector<LabelId> labels)
    : state_(std::make_unique<State>(std::move(view), std::move(labels))) {}
NodeScan::~NodeScan() = default;

void NodeScan::begin(IdRange range) {
  state_->at = range.begin;
  state_->end = std::min(range.end, state_->view.node_id_limit());
  state_->scan.stop();
}

std::size_t NodeScan::next(std::span<std::uint64_t> out) { return state_->next(out); }

struct RelationshipScan::State {
  View view;
  std::optional<TypeId> type;
  std::uint64_t at = 0, end = 0;
  std::uint64_t base = 0;
  BitScan scan;
  std::shared_ptr<const Base> read_from;                 // shared: a writer may fold meanwhile
  SegmentPin<RelationshipSegment> segment;               // in `scan`, of that base
  std::optional<ColumnReader> start_reader, end_reader;  // of the segment
  std::vector<std::uint32_t> slots;

  State(View v, std::optional<TypeId> t) : view(std::move(v)), type(t) {}

  void load(std::uint64_t number) {
    const Root& root = view.root();
    base = number << kSegmentBits;
    open_ends();
    const RelationshipTree::Node* changes = root.relationships().segment(number);
    if (!segment && !changes) return scan.stop();
    if (type && type_of(root, RelationshipId{base}) != *type) return scan.stop();
    scan.bits().fill(0);
    if (segment) segment->alive().copy_to(scan.bits());
    const SlotRange range = slots_within(number, at, end);
    const auto apply = [&](std::uint64_t slot, const Ref<RelationshipChange>& change) {
      if (change->existence != Existence::InBase)
        set_bit(scan.bits(), slot, change->existence == Existence::Created);
    };
    if (changes) RelationshipTree::for_each_in(*changes, range.first, range.end, apply);
    scan.begin(range.first, range.end);
  }

  void open_ends() {
    const Root& root = view.root();
    start_reader.reset();
    end_reader.reset();
    segment.reset();
    read_from = root.shared_base();
    segment = base_segment(root, RelationshipId{base});
    if (!segment) return;
    start_reader.emplace(root.base().pool(), segment->starts());
    end_reader.emplace(root.base().pool(), segment->ends());
  }

  // True if the ends of all slots are as the base says.
  bool are_in_base(const RelationshipTree::Node& changes) const {
    return std::all_of(slots.begin(), slots.end(), [&](std::uint32_t slot) {
      const Ref<RelationshipChange>* change = RelationshipTree::find_in(changes, slot);
      return !change || (*change)->existence == Existence::InBase;
    });
  }

  void fill(std::span<std::uint64_t> ids, std::span<std::uint64_t> starts,
            std::span<std::uint64_t> ends) {
    if (read_from != view.root().shared_base()) open_ends();
    for (std::size_t i = 0; i < slots.size(); ++i) ids[i] = base + slots[i];
    const RelationshipTree::Node* changes =
        view.root().relationships().segment(base >> kSegmentBits);
    if (starts.empty() && ends.empty()) return;
    if (!changes && !segment) {  // all were deleted, and folded, after the scan had seen them
      std::fill(starts.begin(), starts.end(), 0);
      std::fill(ends.begin(), ends.end(), 0);
      return;
    }
    if (segment && (!changes || are_in_base(*changes))) {
      // Signed and unsigned numbers of one size may share memory.
      if (!starts.empty())
        start_reader->read_integers(slots, reinterpret_cast<std::int64_t*>(starts.data()));
      if (!ends.empty())
        end_reader->read_integers(slots, reinterpret_cast<std::int64_t*>(ends.data()));
      return;
    }
    for (std::size_t i = 0; i < slots.size(); ++i) {
      const Ref<RelationshipChange>* change = RelationshipTree::find_in(*changes, slots[i]);
      if (change && (*change)->knows_ends()) {
        const EndPair of = (*change)->ends(slots[i]);
        if (!starts.empty()) starts[i] = of.start;
        if (!ends.empty()) ends[i] = of.end;
      } else {
        KITH_ASSERT(start_reader && end_reader);
        if (!starts.empty())
          starts[i] = static_cast<std::uint64_t>(start_reader->integer(slots[i]));
        if (!ends.empty()) ends[i] = static_cast<std::uint64_t>(end_reader->integer(slots[i]));
      }
    }
  }

  std::size_t next(std::span<std::uint64_t> ids, std::span<std::uint64_t> starts,
                   std::span<std::uint64_t> ends) {
    std::size_t count = 0;
    while (count < ids.size()) {
      if (!scan.done()) {
        slots.resize(ids.size() - count);
        slots.resize(scan.take(std::uint32_t{0}, std::span(slots)));
        const auto rest = [&](std::span<std::uint64_t> all) {
          return all.empty() ? all : all.subspan(count, slots.size());
        };
        fill(ids.subspan(count), rest(starts), rest(ends));
        count += slots.size();
        continue;
      }
      if (at >= end) break;
      load(at >> kSegmentBits);
      at = (at | (kSegmentSlots - 1)) + 1;
    }
    return count;
  }
};

RelationshipScan::RelationshipScan(View view, std::optional<TypeId> type)
    : state_(std::make_unique<State>(std::move(view), type)) {}
RelationshipScan::~RelationshipScan() = default;

void RelationshipScan::begin(IdRange range) {
  state_->at = range.begin;
  state_->end = std::min(range.end, state_->view.relationship_id_limit());
  state_->scan.stop();
}

std::size_t RelationshipScan::next(std::span<std::uint64_t> ids, std::span<std::uint64_t> starts,
                                   std::span<std::uint64_t> ends) {
  KITH_ASSERT(starts.empty() || ids.size() == starts.size());
  KITH_ASSERT(ends.empty() || ids.size() == ends.size());
  return state_->next(ids, starts, ends);
}

}  // namespace kith::storage
