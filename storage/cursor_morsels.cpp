// storage/cursor_morsels.cpp: ranges of about equal work.
//
// Work comes from the base's CSR offsets; of what changed since, only the slots count.
#include <algorithm>
#include <vector>

#include "core/assert.hpp"
#include "storage/cursor.hpp"
#include "storage/delta/lookup.hpp"

namespace kith::storage {

namespace {

// Cuts a growing sum of work into ranges.
class Cutter {
 public:
  explicit Cutter(std::uint64_t target) : target_(std::max<std::uint64_t>(target, 1)) {}

  // Slots [0, slots) of the segment whose first id is `base`; work(slot): that of all below it.
  template <class Work>
  void segment(std::uint64_t base, std::uint32_t slots, Work&& work) {
    if (slots == 0) return;
    if (!open_) begin_ = base;
    open_ = true;
    std::uint32_t from = 0;
    while (from < slots && done_ + work(slots) - work(from) >= target_) {
      const std::uint64_t wanted = work(from) + target_ - done_;
      std::uint32_t low = from + 1, high = slots;  // where enough is done for the first time
      while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        if (work(middle) >= wanted) {
          high = middle;
        } else {
          low = middle + 1;
        }
      }
      ranges_.push_back({begin_, base + low});
      begin_ = base + low;
      from = low;
      done_ = 0;
    }
    open_ = from < slots;
    if (open_) done_ += work(slots) - work(from);
    end_ = base + slots;
  }

  std::vector<IdRange> finish() {
    KITH_ASSERT(!open_ || begin_ < end_);
    if (open_) ranges_.push_back({begin_, end_});
    return std::move(ranges_);
  }

 private:
  std::uint64_t target_;
  std::uint64_t begin_ = 0, end_ = 0;  // of the range that is open
  std::uint64_t done_ = 0;             // work in it
  bool open_ = false;
  std::vector<IdRange> ranges_;
};

// Slots in use, in the base or by what changed.
template <class Tree>
std::uint32_t slots_in_use(std::uint32_t base, const typename Tree::Node* changes) {
  std::uint32_t slots = base;
  if (changes)
    Tree::for_each_in(*changes, [&](std::uint64_t slot, const auto&) {
      slots = std::max(slots, static_cast<std::uint32_t>(slot + 1));
    });
  return slots;
}

std::vector<AdjacencyReader> lists_to_weigh(const Root& root, const NodeSegment* segment,
                                            const MorselOptions& options) {
  std::vector<AdjacencyReader> lists;
  if (!segment || !options.weigh) return lists;
  for (const AdjacencyChunk& chunk : segment->adjacencies()) {
    const bool wanted_type =
        options.types.empty() ||
        std::find(options.types.begin(), options.types.end(), chunk.type()) != options.types.end();
    const bool wanted_direction =
        options.direction == Direction::Both || options.direction == chunk.direction();
    if (wanted_type && wanted_direction) lists.emplace_back(root.base().pool(), chunk);
  }
  return lists;
}

}  // namespace

std::vector<IdRange> node_morsels(const View& view, const MorselOptions& options) {
  const Root& root = view.root();
  Cutter cutter(options.target);
  for (std::uint64_t number = 0; number < root.node_ids().segments(); ++number) {
    const NodeId first{number << kSegmentBits};
    const bool look = options.label || options.weigh;  // else its directory need not be read
    SegmentPin<NodeSegment> segment;
    if (look) segment = base_segment(root, first);
    const NodeTree::Node* changes = root.nodes().segment(number);
    const SlotSet* set = segment && options.label ? segment->label(*options.label) : nullptr;
    if (options.label && !changes && (!set || set->empty())) continue;
    const std::vector<AdjacencyReader> lists = lists_to_weigh(root, segment.get(), options);
    const std::uint32_t base =
        number < root.base().node_segments() ? root.base().node_segment_brief(number).slots : 0;
    const std::uint32_t slots = slots_in_use<NodeTree>(base, changes);
    cutter.segment(first.value, slots, [&](std::uint32_t slot) {
      std::uint64_t work = slot;
      for (const AdjacencyReader& list : lists) work += list.work_before(slot);
      return work;
    });
  }
  return cutter.finish();
}

std::vector<IdRange> relationship_morsels(const View& view, std::optional<TypeId> type,
                                          std::uint64_t target) {
  const Root& root = view.root();
  Cutter cutter(target);
  for (std::uint64_t number = 0; number < root.relationship_ids().segments(); ++number) {
    const RelationshipId first{number << kSegmentBits};
    if (type && type_of(root, first) != *type) continue;
    const std::uint32_t base = number < root.base().relationship_segments()
                                   ? root.base().relationship_segment_brief(number).slots
                                   : 0;
    const std::uint32_t slots =
        slots_in_use<RelationshipTree>(base, root.relationships().segment(number));
    cutter.segment(first.value, slots, [](std::uint32_t slot) { return std::uint64_t{slot}; });
  }
  return cutter.finish();
}

}  // namespace kith::storage
