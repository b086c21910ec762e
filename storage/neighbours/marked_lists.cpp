// storage/neighbours/marked_lists.cpp: base lists read with the ids of their relationships.
#include "storage/neighbours/marked_lists.hpp"

#include "core/assert.hpp"

namespace kith::storage {

void append_marked(const Root& root, SegmentLists& lists, std::uint64_t node,
                   ExistingRelationships& existing, std::vector<Neighbour>& out) {
  KITH_ASSERT(lists.segment == segment_of(NodeId{node}));
  existing.follow(root);
  for (BaseList& list : lists.base) {
    const AdjacencyReader::List positions = list.reader.list(slot_of(NodeId{node}));
    for (std::uint64_t at = positions.first; at < positions.end;) {
      const NeighbourSpan span = list.reader.span(at, positions.end);
      for (std::uint64_t i = 0; i < span.count; ++i)
        if (const std::uint64_t id = span.relationship(i); existing.has(root, id))
          out.push_back({span.neighbour(i), id});
      at += span.count;
    }
  }
}

}  // namespace kith::storage
