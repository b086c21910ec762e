// cypher/exec/node_groups.hpp: the group of each node that was seen, where all keys of an
// aggregation are of one node.
//
// Of a node that comes again neither are the keys read nor are they hashed and compared.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/id.hpp"
#include "core/vector.hpp"

namespace kith::exec {

class NodeGroups {
 public:
  // Whether nodes come in any order, each of them: not some few for many rows, as where an
  // expansion begins, whose keys are looked up once for all their rows.
  static bool are_apart(const Column& nodes, std::uint32_t rows);

  // groups[i]: that of row i's node, where it is known; the other rows are put into `missing`.
  void find(const Column& nodes, std::uint32_t rows, std::span<std::uint32_t> groups,
            std::vector<std::uint32_t>& missing);
  void remember(std::uint64_t node, std::uint32_t group) {
    segments_[node >> kSegmentBits][node & (kSegmentSlots - 1)] = group + 1;
  }
  void clear() {
    segments_.clear();
    bytes_ = 0;
  }
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::uint32_t* make_segment(std::uint64_t number);

  // By segment of nodes and slot: the group, plus one; 0: none. Null: no node of it was seen.
  std::vector<std::unique_ptr<std::uint32_t[]>> segments_;
  std::uint64_t bytes_ = 0;
};

}  // namespace kith::exec
