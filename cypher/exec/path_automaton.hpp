// cypher/exec/path_automaton.hpp: a path pattern as an automaton that reads relationships.
//
// A position is a step of a stretch. A state is the position whose step comes next, and how often
// its stretch has been repeated, as far as that matters; or the end, behind the last stretch.
#pragma once

#include <cstdint>
#include <vector>

#include "cypher/bind/bound.hpp"

namespace kith::exec {

class PathAutomaton {
 public:
  struct Position {
    std::uint32_t stretch, step;
  };
  struct State {
    std::uint32_t position = 0;  // or end()
    std::uint64_t count = 0;
    friend bool operator==(const State&, const State&) = default;
  };
  struct Move {
    State to;
    // Stretches without steps that lie between: their conditions on the node must hold.
    std::vector<std::uint32_t> checks;
  };

  explicit PathAutomaton(const bound::PathPattern& path);

  const std::vector<Position>& positions() const { return positions_; }
  std::uint32_t end() const { return static_cast<std::uint32_t>(positions_.size()); }
  std::uint32_t position_of(std::uint32_t stretch) const { return first_[stretch]; }
  // The stretch of a position; behind the last one at the end.
  std::uint32_t stretch_of(std::uint32_t position) const {
    return position == end() ? static_cast<std::uint32_t>(path_.stretches.size())
                             : positions_[position].stretch;
  }
  std::uint64_t max_length() const { return max_length_; }  // of a path, in relationships

  // The states to begin in, and those behind the step that comes next in a state: no state twice.
  std::vector<Move> begin() const;
  std::vector<Move> moves(State from) const;

 private:
  void enter(std::uint32_t stretch, std::vector<std::uint32_t> checks,
             std::vector<Move>& out) const;
  std::uint64_t counted(const bound::PathStretch::Times& times, std::uint64_t done) const;

  const bound::PathPattern& path_;
  std::vector<Position> positions_;
  std::vector<std::uint32_t> first_;  // positions, by stretch
  std::uint64_t max_length_ = 0;
  bool length_counts_ = false;  // one stretch alone: a path's length says how often it was repeated
};

}  // namespace kith::exec
