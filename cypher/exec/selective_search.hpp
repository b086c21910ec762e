// cypher/exec/selective_search.hpp: the shortest paths of a pattern from one node.
//
// Breadth first over pairs of a graph node and a state of the pattern's automaton, here called
// places. docs/paths.md tells why it is right, and what it costs.
//
//   S1  `Mode::First`: each place is reached once, at its least length, and its links are all
//       shortest ways into it. Enough for whoever wants but the least length, unless every shortest
//       walk to a goal repeats a relationship or is not accepted: then the search begins again as
//   S2  `Mode::All`: a place has every length at which some path reaches it. Once no new place is
//       found, those that lead to no goal that still wants paths are left out.
//   S3  Paths come by length; of one goal and length in an order that the graph alone determines.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "cypher/exec/id_map.hpp"
#include "cypher/exec/path_automaton.hpp"

namespace kith::exec {

// A path that was found: states and nodes, one more than relationships.
struct FoundPath {
  std::vector<std::uint32_t> positions;  // of the step that comes next
  std::vector<std::uint64_t> nodes, relationships;
};

struct WantedPaths {
  std::uint64_t count = 1;
  bool groups = false;   // all of the `count` least lengths
  bool repeats = false;  // walks, not trails
};

class SelectiveSearch {
 public:
  // What it asks of the graph. `steps`: calls found(number in `nodes`, neighbour, relationship) for
  // each step at a position. `passes`: whether a stretch without steps lets a node pass. `accepts`:
  // whether a whole path counts. `watch`: told from time to time how much memory the search takes;
  // throws to end it.
  using Found = std::function<void(std::uint32_t, std::uint64_t, std::uint64_t)>;
  struct Graph {
    std::function<void(std::uint32_t position, std::span<const std::uint64_t> nodes, const Found&)>
        steps;
    std::function<bool(std::uint32_t stretch, std::uint64_t node)> passes;
    std::function<bool(const FoundPath&)> accepts;
    std::function<void(std::uint64_t bytes)> watch;
  };

  SelectiveSearch(const PathAutomaton& automaton, Graph graph)
      : automaton_(automaton), graph_(std::move(graph)) {}

  // `goal`: paths to this node only.
  void begin(std::uint64_t from, std::optional<std::uint64_t> goal, const WantedPaths& wanted);
  // The next path; false: there is none. The path stays until the next call.
  bool next();
  const FoundPath& path() const { return path_; }

 private:
  enum class Mode : std::uint8_t { First, All };
  static constexpr std::uint32_t kNone = IdMap::kNone;

  struct Link {  // a relationship from one place to another
    std::uint32_t from, to;
    std::uint32_t next_in, next_out;
    std::uint32_t relationship;  // in relationships_
  };
  struct Place {
    std::uint64_t node;
    std::uint32_t state;  // in states_
    std::uint32_t in = kNone, out = kNone;
    std::uint32_t length = 0;  // the least one, of a walk
    std::uint32_t marked = 0;  // Mode::All: 1 + the length it was last offered
    bool is_start = false;
    bool is_useful = true;
  };
  struct KnownState {
    PathAutomaton::State state;
    std::vector<PathAutomaton::Move> moves;
    std::vector<std::uint32_t> targets;  // of the moves; filled when first needed
    IdMap places;                        // by node
  };
  struct Goal {
    std::uint64_t paths = 0, lengths = 0;
    bool done = false;
  };
  struct Frame {  // of the way back from a goal
    std::uint32_t place, length, link;
  };

  void restart(Mode mode);
  std::uint32_t state_number(PathAutomaton::State state);
  void find_targets(std::uint32_t state);
  std::uint32_t place(std::uint64_t node, std::uint32_t state, std::uint32_t length);
  void arrive(std::uint32_t from, std::uint64_t node, std::uint64_t relationship);
  void expand(std::span<const std::uint32_t> places);
  void link(std::uint32_t from, std::uint32_t to, std::uint64_t relationship);
  bool passes(const PathAutomaton::Move& move, std::uint64_t node) const;

  bool advance();
  bool advance_first();
  bool advance_all();
  bool wants(std::uint32_t place);
  void offer_goals(std::span<const std::uint32_t> places);
  bool any_goal_open();
  void find_useful();
  bool has_length(std::uint32_t place, std::uint32_t length) const;
  bool is_end(std::uint32_t place) const {
    return states_[places_[place].state].state.position == automaton_.end();
  }

  void push_way(std::uint32_t place, std::uint32_t length, std::uint32_t relationship);
  void pop_way();
  void begin_way(std::uint32_t place, std::uint32_t length);
  bool next_way();
  bool has_way(std::uint32_t place, std::uint32_t length);
  void read_path();
  void end_goal();
  void watch();

  const PathAutomaton& automaton_;
  Graph graph_;
  std::uint64_t from_ = 0;
  std::optional<std::uint64_t> goal_;
  WantedPaths wanted_;
  Mode mode_ = Mode::First;

  std::vector<KnownState> states_;
  std::vector<Place> places_;
  std::vector<Link> links_;
  std::vector<std::uint64_t> relationships_;         // that links have
  IdMap relationship_numbers_;                       // in there
  std::vector<std::uint8_t> is_on_way_;              // those of way_
  std::vector<std::vector<std::uint32_t>> lengths_;  // Mode::All: ascending, by place
  std::unordered_map<std::uint64_t, Goal> goals_;    // by node
  std::vector<std::uint32_t> level_;                 // places of the present length
  std::vector<std::uint32_t> fresh_;                 // found, not expanded yet
  std::vector<std::uint32_t> ends_;                  // places at the end, in the order found
  std::uint32_t length_ = 0;
  std::uint64_t length_bytes_ = 0;
  std::size_t open_when_pruned_ = 0;
  bool is_pruned_ = false;

  std::vector<std::uint32_t> offered_;  // goals of the present length
  std::size_t next_offered_ = 0;
  bool on_goal_ = false;            // offered_[next_offered_ - 1] is being enumerated
  std::uint64_t paths_before_ = 0;  // of that goal, when that began
  std::vector<Frame> way_;
  std::vector<std::uint32_t> way_relationships_;
  std::uint32_t ways_tried_ = 0;
  FoundPath path_;

  std::vector<std::uint32_t> members_, next_level_;
  std::vector<std::uint64_t> nodes_;
};

}  // namespace kith::exec
