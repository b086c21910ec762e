// storage/neighbours/neighbour_list.hpp: a list of the base as cursors give it.
#pragma once

#include "storage/cursor.hpp"
#include "storage/graph/adjacency.hpp"

namespace kith::storage {

// Says where the relationships of a list are that begins at a position of the reader's chunk.
void add_relationships(AdjacencyReader& reader, std::uint64_t position, NeighbourList& list);
// A piece that begins there.
NeighbourList list_of(const NeighbourSpan& span, AdjacencyReader& reader, std::uint64_t position);

}  // namespace kith::storage
