// cypher/exec/source_tree.hpp: shortest ways between one node and many others.
//
// A tree that grows by whole levels, as far as it is asked to. Which way leads to a node depends
// on the graph alone.
#pragma once

#include <cstdint>
#include <vector>

#include "core/assert.hpp"
#include "cypher/exec/id_map.hpp"
#include "cypher/exec/search_side.hpp"

namespace kith::exec {

class SourceTree {
 public:
  // `direction`: away from the one node.
  SourceTree(const storage::View& view, Direction direction, const std::vector<TypeId>& types)
      : limit_(view.node_id_limit()), side_(view, direction, types) {}

  void begin(std::uint64_t source);  // as it was, if that is where it begins
  // Whether the first levels have that node. The source alone is level 0.
  bool has(std::uint64_t node, std::uint64_t depth) const {
    const std::uint32_t place = place_of(node);
    return place < ends_[depth] && side_.nodes[place] == node;
  }
  // Relationships that the level after that one looks at; 0: it would find nothing.
  std::uint64_t work(std::uint64_t depth);
  void grow_to(std::uint64_t depth, const SearchSide::Watch& watch);
  // The relationships from a node that the tree has back to where it begins.
  void read_way(std::uint64_t node, std::vector<std::uint64_t>& relationships);
  std::uint64_t bytes() const;

 private:
  static constexpr std::uint64_t kUnknown = UINT64_MAX;
  static constexpr std::size_t kLookedUpAtOnce = 256;
  static constexpr std::uint64_t kFewShare = 64;  // of all ids

  // In side_.nodes, if it is the node's that is there: else the node is not in the tree.
  std::uint32_t place_of(std::uint64_t node) const {
    if (places_.empty()) return few_.find(node);
    return node < places_.size() ? places_[node] : IdMap::kNone;
  }
  void note_places(std::size_t begin);
  void look_up(std::size_t place);

  std::uint64_t limit_;  // of ids
  SearchSide side_;
  std::vector<std::size_t> ends_;      // of levels, in side_.nodes
  std::vector<std::uint64_t> works_;   // of levels, once asked
  IdMap few_;                          // places by node, until there are many
  std::vector<std::uint32_t> places_;  // then this; also those of earlier trees
  std::vector<std::uint64_t> by_;      // the relationship by which a node was come to, once asked
  std::vector<std::uint64_t> from_, to_, found_;
  std::vector<std::uint32_t> rows_;
};

}  // namespace kith::exec
