// cypher/exec/pair_search.hpp: one shortest way from a node to another, by nodes alone.
//
// Breadth first from both ends, as in path_search.hpp (P1, P2), where it does not matter by which
// relationships: lists of neighbours are read where they lie, and the relationships of the one way
// that was found are looked up by who asked.
#pragma once

#include <cstdint>
#include <vector>

#include "core/id.hpp"
#include "cypher/exec/search_side.hpp"

namespace kith::exec {

class PairSearch {
 public:
  using Watch = SearchSide::Watch;
  PairSearch(const storage::View& view, Direction direction, const std::vector<TypeId>& types,
             Watch watch);

  // The nodes of a way of at most `max` steps between two that are not the same; empty: there is
  // none. Which one depends on the graph alone.
  const std::vector<std::uint64_t>& find(std::uint64_t from, std::uint64_t to, std::uint64_t max);
  // Relationships that the last one looked at.
  std::uint64_t looked_at() const { return looked_at_; }
  std::uint64_t bytes() const { return forward_.bytes() + backward_.bytes(); }
  // Reads relationships in the direction of the way; no search is under way.
  storage::NeighbourCursor& relationships() { return forward_.cursor; }

 private:
  bool meets(SearchSide& side, const SearchSide& other);
  void read_way(bool ahead);

  std::uint64_t limit_;  // of ids
  SearchSide forward_, backward_;
  Watch watch_;
  std::uint64_t looked_at_ = 0;
  std::uint32_t met_from_ = 0;  // the place of a node of one side, from where a step leads
  std::uint64_t met_ = 0;       // to one that the other side has
  std::vector<std::uint64_t> way_;
};

}  // namespace kith::exec
