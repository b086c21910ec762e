// storage/check/adjacency.hpp: the lists of one adjacency chunk are whole, in order, and of nodes
// that exist.
#pragma once

#include <string>

#include "storage/check/edges.hpp"
#include "storage/check/findings.hpp"
#include "storage/graph/segment.hpp"

namespace kith::storage::check {

struct IdLimits {
  std::uint64_t nodes = 0, relationships = 0;
};

// K8. Adds the chunk's relationships to `sum`, as start and end. `segment` begins at node `first`.
// False if a list cannot be read.
bool check_adjacency(Findings& findings, const std::string& where, const AdjacencyChunk& chunk,
                     const NodeSegment& segment, std::uint64_t first, IdLimits limits,
                     EdgeSum& sum);

}  // namespace kith::storage::check
