// cypher/exec/path_search.hpp: shortest trails between two nodes, breadth first from both ends.
//
//   P1  The two sides grow by whole levels, the one with fewer nodes first. Where they first meet,
//       the sum of their depths is the length of a shortest trail, and every shortest trail crosses
//       exactly one of the nodes that were met.
//   P2  A walk of least length repeats no relationship, so the search need not look for trails.
//   Only
//       one that returns to its start does: its first relationship is excluded from the rest.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/id.hpp"
#include "cypher/exec/id_map.hpp"

namespace kith::exec {

struct SearchLimits {
  std::uint64_t min = 1, max = UINT64_MAX;
  bool all = false;  // all of the least length, not one
};

// A trail's relationships, from its start to its end.
using Trail = std::vector<std::uint64_t>;

class PathSearch {
 public:
  // Calls found(row in `nodes`, neighbour, relationship) for each step from `nodes`, against the
  // pattern's direction if `backward`.
  using Found = std::function<void(std::uint32_t, std::uint64_t, std::uint64_t)>;
  using Steps =
      std::function<void(const std::vector<std::uint64_t>& nodes, bool backward, const Found&)>;

  // Told from time to time how much memory the search takes; throws to end it.
  using Watch = std::function<void(std::uint64_t bytes)>;

  PathSearch(Steps steps, Watch watch) : steps_(std::move(steps)), watch_(std::move(watch)) {}

  // The shortest trails, in an order that the graph alone determines; one, unless `all`.
  std::vector<Trail> find(std::uint64_t from, std::uint64_t to, const SearchLimits& limits);

 private:
  static constexpr std::uint32_t kNone = IdMap::kNone;
  static constexpr std::uint64_t kNoRelationship = UINT64_MAX;

  struct Link {  // one way into a visited node from the level before
    std::uint32_t visit;
    std::uint32_t next;
    std::uint64_t relationship;
  };
  struct Visit {
    std::uint64_t node;
    std::uint32_t depth;
    std::uint32_t links;  // first of a list; kNone: where the side began
  };
  struct Side {
    IdMap numbers;  // node -> visit
    std::vector<Visit> visits;
    std::vector<Link> links;
    std::size_t level = 0;  // the first visit of the last level
    std::uint32_t depth = 0;

    void begin(std::uint64_t node);
    std::size_t width() const { return visits.size() - level; }
    std::uint64_t bytes() const {
      return numbers.bytes() + visits.capacity() * sizeof(Visit) + links.capacity() * sizeof(Link);
    }
  };

  // From a node to another one; the trails have `excluded` nowhere. Their length, or 0 if none.
  std::uint64_t search(std::uint64_t from, std::uint64_t to, std::uint64_t max, bool all,
                       std::uint64_t excluded, std::vector<Trail>& trails);
  void grow(Side& side, bool backward, bool all, std::uint64_t excluded);
  void collect(bool all, std::vector<Trail>& trails);
  void parts(const Side& side, std::uint32_t visit, bool all, std::vector<Trail>& out);
  void made(const Trail& trail);
  void watch() const { watch_(forward_.bytes() + backward_.bytes() + trail_bytes_); }
  std::vector<Trail> closed(std::uint64_t node, const SearchLimits& limits);
  std::vector<Trail> by_length(std::uint64_t from, std::uint64_t to, const SearchLimits& limits);
  bool of_length(std::uint64_t from, std::uint64_t to, std::uint64_t length, bool all,
                 std::vector<Trail>& trails);

  Steps steps_;
  Watch watch_;
  std::uint64_t trail_bytes_ = 0, trails_made_ = 0;
  Side forward_, backward_;
  std::vector<std::uint64_t> frontier_;
};

}  // namespace kith::exec
