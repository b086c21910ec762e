// storage/cursor.cpp: labels, types and ends of many elements.
#include "storage/cursor.hpp"

#include <optional>

#include "core/assert.hpp"
#include "storage/column/column_reader.hpp"
#include "storage/delta/lookup.hpp"

namespace kith::storage {

namespace {

constexpr std::uint64_t kNoSegmentSeen = ~std::uint64_t{0};

// As those are that a scan gives.
bool are_of_one_segment(std::span<const std::uint64_t> ids) {
  if ((ids.front() ^ ids.back()) >> kSegmentBits != 0) return false;
  std::uint64_t differing = 0;
  for (const std::uint64_t id : ids) differing |= id ^ ids[0];
  return differing >> kSegmentBits == 0;
}

// The ends of relationships, one segment at a time.
class Ends {
 public:
  explicit Ends(const Root& root) : root_(root) {}

  void read(std::uint64_t id, std::uint64_t& start, std::uint64_t& end) {
    enter(id >> kSegmentBits);
    const std::uint32_t slot = slot_of(RelationshipId{id});
    const auto* change = changes_ ? RelationshipTree::find_in(*changes_, slot) : nullptr;
    if (change && (*change)->knows_ends()) {
      const EndPair of = (*change)->ends(id);
      start = of.start;
      end = of.end;
      return;
    }
    const bool there = slot < slots_;  // rows that are null may carry any id
    start = there ? static_cast<std::uint64_t>(starts_->integer(slot)) : 0;
    end = there ? static_cast<std::uint64_t>(ends_->integer(slot)) : 0;
  }

 private:
  void enter(std::uint64_t segment) {
    if (segment == segment_) return;
    segment_ = kNoSegmentSeen;  // should reading fail
    starts_.reset();
    ends_.reset();
    slots_ = 0;
    changes_ = root_.relationships().segment(segment);
    base_ = base_segment(root_, RelationshipId{segment << kSegmentBits});
    if (base_) {
      starts_.emplace(root_.base().pool(), base_->starts());
      ends_.emplace(root_.base().pool(), base_->ends());
      slots_ = base_->slots();
    }
    segment_ = segment;
  }

  const Root& root_;
  std::uint64_t segment_ = kNoSegmentSeen;
  const RelationshipTree::Node* changes_ = nullptr;
  SegmentPin<RelationshipSegment> base_;
  std::optional<ColumnReader> starts_, ends_;  // of base_
  std::uint32_t slots_ = 0;                    // that the two have
};

}  // namespace

struct LabelReader::State {
  struct Seen {
    std::uint64_t segment = kNoSegmentSeen;
    bool is_plain = false;  // slots below `all_below` have it, and no others
    std::uint32_t all_below = 0;
    SegmentPin<NodeSegment> base;
    const SlotSet* set = nullptr;  // of base
    const NodeTree::Node* changes = nullptr;
  };

  State(View v, LabelId l) : view(std::move(v)), label(l) {}

  // Neighbours come from many segments, again and again.
  void prepare(std::size_t nodes) {
    constexpr std::size_t kLeast = 1, kSome = 64, kMost = 256;
    const Root& root = view.root();
    const std::size_t wanted = nodes < kSome ? kLeast : nodes < 4 * kMost ? kSome : kMost;
    if (base == root.shared_base() && edition == root.edition() && seen.size() >= wanted) return;
    seen = std::vector<Seen>(std::max(wanted, seen.size()));
    base = root.shared_base();
    edition = root.edition();
    all_below.clear();
  }

  void look_at(std::uint64_t segment, Seen& of) const {
    const Root& root = view.root();
    of.segment = kNoSegmentSeen;  // should reading fail
    of.base = base_segment(root, NodeId{segment << kSegmentBits});
    of.set = of.base ? of.base->label(label) : nullptr;
    of.changes = root.nodes().segment(segment);
    of.all_below = of.set ? of.set->count() : 0;
    of.is_plain = of.changes == nullptr && (of.set == nullptr || of.set->is_all(of.all_below));
    of.segment = segment;
  }

  const Seen& seen_of(std::uint64_t segment) {
    Seen& of = seen[segment & (seen.size() - 1)];
    if (of.segment != segment) look_at(segment, of);
    return of;
  }

  void read(std::span<const std::uint64_t> nodes, std::span<std::uint8_t> out) {
    constexpr std::size_t kMany = 64;
    prepare(nodes.size());
    if (nodes.size() >= kMany) return read_many(nodes, out);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const Seen& of = seen_of(nodes[i] >> kSegmentBits);
      const std::uint32_t slot = slot_of(NodeId{nodes[i]});
      out[i] = (of.is_plain ? slot < of.all_below : has(of, slot)) ? 1 : 0;
    }
  }
  static void compare(std::span<const std::uint64_t> nodes, std::uint32_t below,
                      std::span<std::uint8_t> out) {
    const std::uint64_t* ids = nodes.data();
    std::uint8_t* has = out.data();
    for (std::size_t i = 0, size = nodes.size(); i < size; ++i) {
      has[i] = slot_of(NodeId{ids[i]}) < below ? 1 : 0;
    }
  }
  // By a number for each segment: those of all segments are in the caches, whatever the order.
  void read_many(std::span<const std::uint64_t> nodes, std::span<std::uint8_t> out) {
    constexpr std::uint64_t kMostSegments = std::uint64_t{1} << 20;
    if (all_below.empty()) {
      const std::uint64_t segments = (view.node_id_limit() >> kSegmentBits) + 1;
      all_below.assign(std::min(segments, kMostSegments), kUnknown);
    }
    const std::size_t known = all_below.size();
    if (are_of_one_segment(nodes)) {
      const Seen& of = seen_of(nodes[0] >> kSegmentBits);
      if (of.is_plain) return compare(nodes, of.all_below, out);
    }
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const std::uint64_t segment = nodes[i] >> kSegmentBits;
      const std::uint32_t below = segment < known ? all_below[segment] : kMixed;
      const std::uint32_t slot = slot_of(NodeId{nodes[i]});
      if (below >= kMixed) [[unlikely]] {
        const Seen& of = seen_of(segment);
        if (below == kUnknown) all_below[segment] = of.is_plain ? of.all_below : kMixed;
        out[i] = has(of, slot) ? 1 : 0;
      } else {
        out[i] = slot < below ? 1 : 0;
      }
    }
  }

  bool has(const Seen& of, std::uint32_t slot) const {
    const auto* found = of.changes ? NodeTree::find_in(*of.changes, slot) : nullptr;
    const NodeChange* change = found ? found->get() : nullptr;
    const bool known = change && change->labels_changed;  // deleted nodes have no labels
    return known ? change->has_label(label) : of.set && of.set->contains(slot);
  }

  const View view;
  const LabelId label;
  std::shared_ptr<const Base> base;  // of `seen`; shared: a writer may fold meanwhile
  std::uint64_t edition = 0;         // of `seen`
  std::vector<Seen> seen;            // a power of two, by the lowest bits of the segment
  // By segment, of what is as old as `seen`: slots below that have the label, and no others.
  static constexpr std::uint32_t kUnknown = ~std::uint32_t{0}, kMixed = kUnknown - 1;
  std::vector<std::uint32_t> all_below;
};

LabelReader::LabelReader(View view, LabelId label)
    : state_(std::make_unique<State>(std::move(view), label)) {}
LabelReader::~LabelReader() = default;

void LabelReader::read(std::span<const std::uint64_t> nodes, std::span<std::uint8_t> out) {
  KITH_ASSERT(nodes.size() == out.size());
  state_->read(nodes, out);
}

void has_label(const View& view, LabelId label, std::span<const std::uint64_t> nodes,
               std::span<std::uint8_t> out) {
  LabelReader(view, label).read(nodes, out);
}

void read_ends(const View& view, std::span<const std::uint64_t> relationships,
               std::span<std::uint64_t> starts, std::span<std::uint64_t> ends) {
  KITH_ASSERT(relationships.size() == starts.size() && relationships.size() == ends.size());
  Ends reader(view.root());
  for (std::size_t i = 0; i < relationships.size(); ++i)
    reader.read(relationships[i], starts[i], ends[i]);
}

TypeId type_of(const View& view, RelationshipId relationship) {
  return type_of(view.root(), relationship);
}

}  // namespace kith::storage
