// cypher/exec/path_search.hpp: shortest trails between two nodes, breadth first from both ends.
//
//   P1  The two sides grow by whole levels, the one with fewer nodes first. Where they first meet,
//       the sum of their depths is the length of a shortest trail, and every shortest trail crosses
//       exactly one of the nodes that were met.
//   P2  A walk of least length repeats no relationship, so the search need not look for trails.
//       Only one that returns to its start does: its first relationship is excluded from the rest.
//   P3  Trails are given one after the other, read back along the links into each visited node; so
//       memory is that of the search, however many there are.
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
  // pattern's direction if `backward`, until it returns false.
  using Found = std::function<bool(std::uint32_t, std::uint64_t, std::uint64_t)>;
  using Steps =
      std::function<void(const std::vector<std::uint64_t>& nodes, bool backward, const Found&)>;
  // How many steps there are from `nodes`.
  using Work = std::function<std::uint64_t(const std::vector<std::uint64_t>& nodes, bool backward)>;
  // Told from time to time how much memory the search takes; throws to end it.
  using Watch = std::function<void(std::uint64_t bytes)>;

  PathSearch(Steps steps, Work work, Watch watch)
      : steps_(std::move(steps)), work_(std::move(work)), watch_(std::move(watch)) {}

  void begin(std::uint64_t from, std::uint64_t to, const SearchLimits& limits);
  // The next of the shortest trails, in an order that the graph alone determines; one, unless
  // `all`. False: there is none.
  bool next(Trail& trail);

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

  // The ways from a visit back to where its side began, one after the other.
  struct Way {
    const Side* side = nullptr;
    std::uint32_t visit = 0;
    bool is_begun = false;
    std::vector<std::uint32_t> taken;  // links
    Trail part;

    void begin(const Side& of, std::uint32_t at);
    bool next();
  };
  struct Step {
    std::uint64_t node, relationship;
    std::uint64_t length = 0;  // of a shortest circle that begins with it; 0: none
  };
  enum class Mode : std::uint8_t { Done, Empty, Meeting, Circles, Lengths };

  std::uint64_t meet(std::uint64_t from, std::uint64_t to, std::uint64_t max,
                     std::uint64_t excluded);
  bool have_met() const;
  bool goes_back();
  void grow(Side& side, const Side& other, bool backward, std::uint64_t excluded);
  void level_of(const Side& side, std::vector<std::uint64_t>& nodes) const;
  bool next_meeting(Trail& trail);
  void find_circles();
  bool next_circle(Trail& trail);
  void push_frame(std::uint64_t node);
  bool next_of_length(Trail& trail);
  void watch() const;

  Steps steps_;
  Work work_;
  Watch watch_;
  SearchLimits limits_;
  std::uint64_t from_ = 0, to_ = 0;
  Mode mode_ = Mode::Done;
  Side forward_, backward_;
  std::vector<std::uint64_t> frontier_;
  bool is_met_early_ = false;  // one way is enough, and there is one

  // Mode::Meeting, and of the rest of a circle: the nodes of the nearer side's last level.
  std::size_t meeting_ = 0;
  bool on_meeting_ = false;
  Way start_, end_;
  // Mode::Circles: those of least length.
  std::vector<Step> firsts_;
  std::size_t first_ = 0;
  bool on_first_ = false;
  // Mode::Lengths: depth first.
  std::vector<std::vector<Step>> frames_;
  Trail taken_;
  std::uint64_t length_ = 0;
  bool any_ = false, any_arrived_ = false;  // of that length
};

}  // namespace kith::exec
