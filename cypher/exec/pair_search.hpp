// cypher/exec/pair_search.hpp: one shortest way from a node to another, by nodes alone.
//
// Breadth first from both ends, as in path_search.hpp (P1, P2), where it does not matter by which
// relationships: lists of neighbours are read where they lie, and the relationships of the one way
// that was found are looked up by who asked.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/id.hpp"
#include "cypher/exec/node_set.hpp"
#include "storage/cursor.hpp"

namespace kith::exec {

class PairSearch {
 public:
  // Told from time to time how much memory the search takes; throws to end it.
  using Watch = std::function<void(std::uint64_t bytes)>;
  PairSearch(const storage::View& view, Direction direction, const std::vector<TypeId>& types,
             Watch watch);

  // The nodes of a way of at most `max` steps between two that are not the same; empty: there is
  // none. Which one depends on the graph alone.
  const std::vector<std::uint64_t>& find(std::uint64_t from, std::uint64_t to, std::uint64_t max);
  // Reads relationships in the direction of the way; no search is under way.
  storage::NeighbourCursor& relationships() { return forward_.cursor; }

 private:
  struct Side {
    Side(const storage::View& view, Direction direction, const std::vector<TypeId>& types)
        : cursor(view, direction, types) {}
    void begin(std::uint64_t node, std::uint64_t limit);
    std::size_t place_of(std::uint64_t node) const;  // in `nodes`, where it is
    std::uint64_t work();                            // relationships of the last level

    storage::NeighbourCursor cursor;
    NodeSet seen;
    std::vector<std::uint64_t> nodes;   // those, as they were found
    std::vector<std::uint32_t> before;  // the one that led there; of the first: itself
    std::size_t level = 0;              // where the last level begins
    std::uint64_t known_work = 0;
    bool is_work_known = false;
    std::vector<std::uint64_t> frontier, degrees;
  };
  bool meets(Side& side, const Side& other);
  void grow(Side& side);
  template <class See>
  void each_list(Side& side, std::size_t level, See&& see);
  void read_way(bool ahead);
  std::uint64_t bytes() const;

  std::uint64_t limit_;  // of ids
  Side forward_, backward_;
  Watch watch_;
  std::uint32_t met_from_ = 0;  // the place of a node of one side, from where a step leads
  std::uint64_t met_ = 0;       // to one that the other side has
  std::vector<std::uint64_t> way_;
};

}  // namespace kith::exec
