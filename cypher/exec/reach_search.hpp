// cypher/exec/reach_search.hpp: the nodes that trails from a node lead to, each once, nearest
// first.
//
//   R1  With a least length of 0 or 1 the ends of trails are the ends of walks, but for the start:
//       a shortest walk to another node repeats nothing.
//   R2  A directed walk back to the start has a trail in it that comes back. Without direction it
//       may be a relationship there and back: what is wanted is a circle. One of least length is
//       found where two branches of the search tree meet, a branch being what lies behind one of
//       the start's relationships.
//
// A level with many relationships is found from the other side, by asking each node that has not
// been reached whether one of the level leads to it (S. Beamer, K. Asanović, D. Patterson, SC
// 2012). Large levels are bitmaps, found by several threads; which way a level is found, and the
// order of its nodes, does not depend on how many there are.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "cypher/exec/context.hpp"
#include "cypher/exec/node_set.hpp"
#include "storage/cursor.hpp"

namespace kith::exec {

class ReachSearch {
 public:
  struct Options {
    std::vector<TypeId> types;  // empty: all
    Direction direction = Direction::Out;
    std::uint64_t min = 1;  // 0 or 1
    std::uint64_t max = 0;
    std::uint32_t threads = 1;  // that may look at a large level
    // Drops relationships that must not be taken, and their places with them: the count that is
    // left. Null: all may be taken.
    std::function<std::size_t(std::size_t, std::uint64_t* places, std::uint64_t* relationships)>
        keep = nullptr;
  };
  ReachSearch(Execution& execution, Options options);

  // `forget`: otherwise what an earlier search has given is not given again. Only without `max`,
  // and with a direction.
  void begin(std::uint64_t source, bool forget);
  // The next nodes, not in order; false: that was all. level() is theirs until the next call.
  bool next();
  std::span<const std::uint64_t> level() const { return level_; }
  std::uint64_t bytes() const;
  // While `keep` is asked: the nodes of a step, by its place.
  std::uint64_t before(std::uint64_t place) const { return frontier_[step_rows_[place]]; }
  std::uint64_t behind(std::uint64_t place) const { return step_nodes_[place]; }

 private:
  struct Mark {  // of a node, while a circle is sought
    std::uint64_t branch;
    std::uint64_t depth;
  };

  void push_kept();
  std::size_t see_places(std::size_t count);
  void step();
  void push();
  void push_wide();
  template <class Id>
  void mark_fresh(std::span<const Id> ids);
  void pull();
  void pull_some(storage::NeighbourCursor& backward, std::uint64_t first, std::uint64_t end);
  void see_work();
  void take_fresh();
  bool is_pull_better();
  void find_segments();
  void clear(std::vector<std::uint64_t>& bits) const;
  // Calls work(cursor, begin, end) for pieces of 0 … size, by all threads.
  template <class Work>
  void share(Direction direction, std::size_t size, std::size_t piece, Work&& work);
  void see_circle(std::uint32_t from, std::uint64_t node, std::uint64_t relationship);

  using Cursor = std::unique_ptr<storage::NeighbourCursor>;
  Execution& execution_;
  Options options_;
  std::vector<Cursor> forward_, backward_;  // by thread; null: not needed yet
  NodeSet reached_;
  std::uint64_t source_ = 0, depth_ = 0;
  bool is_source_due_ = false;  // give it now
  bool seeks_circle_ = false;
  std::uint64_t work_ = 0, unexplored_ = 0;  // relationships: of the frontier; of what is left
  std::vector<std::uint64_t> segments_;      // where what steps lead to lies, once asked
  bool segments_are_known_ = false;
  std::span<const std::uint64_t> level_;  // frontier_ or given_
  std::vector<std::uint64_t> frontier_, given_, next_;
  std::vector<std::uint64_t> sample_, degrees_;
  // Bitmaps: the nodes of the frontier, if it was found as one, and those of the next level. They
  // have bits in segments_ alone.
  std::vector<std::uint64_t> frontier_bits_, fresh_bits_;
  bool frontier_is_wide_ = false;
  IdMap numbers_;  // in marks_
  std::vector<Mark> marks_;
  std::vector<std::uint32_t> step_rows_;
  std::vector<std::uint64_t> step_nodes_, step_relationships_, places_;
};

}  // namespace kith::exec
