// storage/check/directions.cpp: looks up each relationship in its lists, and each list entry in its
// relationship's segment.
#include "storage/check/directions.hpp"

#include <fmt/format.h>

#include <memory>
#include <unordered_map>

#include "core/assert.hpp"
#include "storage/column/column_reader.hpp"

namespace kith::storage::check {

namespace {

constexpr std::size_t kKept = 256;  // directories in memory

// Directories by number; a number that has none, or one that cannot be read, gives nullptr.
template <class Segment>
class Directories {
 public:
  using Loaded = std::shared_ptr<const Segment>;  // shared: as the reader makes it
  using Load = Loaded (*)(BlockFile&, BlockPtr, std::vector<BlockPtr>*);

  Directories(BlockFile& file, const std::vector<LeafEntry>& entries, Load load)
      : file_(file), entries_(entries), load_(load) {}

  Loaded get(std::uint64_t number) {
    if (number >= entries_.size() || !entries_[number].directory.is_set()) return nullptr;
    const auto [at, fresh] = kept_.try_emplace(number);
    if (!fresh) return at->second;
    try {
      at->second = load_(file_, entries_[number].directory, nullptr);
    } catch (const StorageError&) {  // it was said when the segment was checked
    }
    Loaded result = at->second;
    if (kept_.size() > kKept) kept_.clear();
    return result;
  }

 private:
  BlockFile& file_;
  const std::vector<LeafEntry>& entries_;
  Load load_;
  std::unordered_map<std::uint64_t, Loaded> kept_;
};

struct Ends {
  std::uint64_t start = 0, end = 0;
};

class Search {
 public:
  Search(Findings& findings, const Tally& tally, TypeId type, const std::string& name)
      : findings_(findings),
        tally_(tally),
        type_(type),
        name_(name),
        nodes_(findings.file, tally.node_entries, load_node_segment),
        relationships_(findings.file, tally.relationship_entries, load_relationship_segment) {}

  bool run() {
    const std::uint64_t before = findings_.counts().problems;
    for (std::uint64_t n = 0; n < tally_.relationship_entries.size(); ++n)
      if (const LeafEntry& entry = tally_.relationship_entries[n];
          entry.directory.is_set() && entry.type == type_.value)
        passing([&] { stored(n); });
    for (std::uint64_t n = 0; n < tally_.node_entries.size(); ++n)
      for (const Direction direction : {Direction::Out, Direction::In})
        passing([&] { listed(n, direction); });
    return findings_.counts().problems > before;
  }

 private:
  // What cannot be read was said when it was checked.
  template <class Look>
  static void passing(Look&& look) {
    try {
      look();
    } catch (const StorageError&) {
    }
  }

  static const char* word(Direction direction) {
    return direction == Direction::In ? "incoming" : "outgoing";
  }

  // Each relationship of a segment in the lists of its ends.
  void stored(std::uint64_t number) {
    const auto segment = relationships_.get(number);
    if (!segment) return;
    const ColumnReader starts(findings_.pool, segment->starts());
    const ColumnReader ends(findings_.pool, segment->ends());
    segment->alive().for_each([&](std::uint32_t slot) {
      if (slot >= segment->slots()) return;
      const std::uint64_t id = (number << kSegmentBits) + slot;
      const Ends of{static_cast<std::uint64_t>(starts.integer(slot)),
                    static_cast<std::uint64_t>(ends.integer(slot))};
      passing([&] { in_list(id, of, of.start, of.end, Direction::Out); });
      passing([&] { in_list(id, of, of.end, of.start, Direction::In); });
    });
  }

  void in_list(std::uint64_t id, Ends ends, std::uint64_t node, std::uint64_t neighbour,
               Direction direction) {
    const std::uint64_t number = node >> kSegmentBits;
    const auto segment = nodes_.get(number);
    if (!segment && number < tally_.node_entries.size() &&
        tally_.node_entries[number].directory.is_set())
      return;  // unreadable
    const AdjacencyChunk* chunk = segment ? segment->adjacency(type_, direction) : nullptr;
    bool found = false;
    if (chunk) {
      AdjacencyReader reader(findings_.pool, *chunk);
      const auto list = reader.list(static_cast<std::uint32_t>(node % kSegmentSlots));
      const std::uint64_t at = reader.lower_bound(list, neighbour, id);
      found = at < list.end && reader.neighbour(at) == neighbour && reader.relationship(at) == id;
    }
    if (!found)
      findings_.problem(fmt::format("relationship {} of type {}", id, name_),
                        fmt::format("it goes from node {} to node {}, but is not in the {} list of "
                                    "node {}",
                                    ends.start, ends.end, word(direction), node));
  }

  // Each entry of a chunk's lists in its relationship's segment.
  void listed(std::uint64_t number, Direction direction) {
    const auto segment = nodes_.get(number);
    const AdjacencyChunk* chunk = segment ? segment->adjacency(type_, direction) : nullptr;
    if (!chunk) return;
    AdjacencyReader reader(findings_.pool, *chunk);
    for (std::uint32_t slot = reader.next_list(0); slot < kSegmentSlots;
         slot = reader.next_list(slot + 1)) {
      const auto list = reader.list(slot);
      const std::uint64_t node = (number << kSegmentBits) + slot;
      for (std::uint64_t at = list.first; at < list.end; ++at) {
        const std::uint64_t neighbour = reader.neighbour(at), id = reader.relationship(at);
        const Ends said =
            direction == Direction::Out ? Ends{node, neighbour} : Ends{neighbour, node};
        passing([&] { in_segment(id, said, node, direction); });
      }
    }
  }

  void in_segment(std::uint64_t id, Ends said, std::uint64_t node, Direction direction) {
    const std::uint64_t number = id >> kSegmentBits;
    const auto slot = static_cast<std::uint32_t>(id % kSegmentSlots);
    const auto segment = relationships_.get(number);
    if (!segment && number < tally_.relationship_entries.size() &&
        tally_.relationship_entries[number].directory.is_set())
      return;  // unreadable
    const std::string where =
        fmt::format("the {} list of node {}, type {}", word(direction), node, name_);
    if (!segment || segment->type() != type_ || !segment->exists(slot))
      return findings_.problem(where, fmt::format("it has relationship {} from node {} to node {}, "
                                                  "which does not exist",
                                                  id, said.start, said.end));
    const Ends real{
        static_cast<std::uint64_t>(ColumnReader(findings_.pool, segment->starts()).integer(slot)),
        static_cast<std::uint64_t>(ColumnReader(findings_.pool, segment->ends()).integer(slot))};
    if (real.start != said.start || real.end != said.end)
      findings_.problem(where, fmt::format("it has relationship {} from node {} to node {}, which "
                                           "goes from node {} to node {}",
                                           id, said.start, said.end, real.start, real.end));
  }

  Findings& findings_;
  const Tally& tally_;
  TypeId type_;
  const std::string& name_;
  Directories<NodeSegment> nodes_;
  Directories<RelationshipSegment> relationships_;
};

}  // namespace

bool name_differences(Findings& findings, const Tally& tally, TypeId type,
                      const std::string& type_name) {
  KITH_ASSERT(type.value < tally.edges.all().size());
  return Search(findings, tally, type, type_name).run();
}

}  // namespace kith::storage::check
