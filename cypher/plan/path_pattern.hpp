// cypher/plan/path_pattern.hpp: the variables of a path that one operator finds, and its mirror
// image.
#pragma once

#include "cypher/plan/expressions.hpp"
#include "cypher/plan/slot_set.hpp"

namespace kith::plan {

// Calls `see` with every expression of the path that is not null.
template <class Path, class See>
void each_expression(Path& path, See&& see) {
  for (auto& stretch : path.stretches) {
    for (auto& e : stretch.conjuncts) see(e);
  }
  for (auto& e : path.conjuncts) see(e);
  if (path.selector && path.selector->count) see(path.selector->count);
}

// The variables of its stretches, as they are called inside. Those of the ends are among them where
// an end stretch is not repeated.
SlotSet inner_slots(const bound::PathPattern& path);
// What its conditions read that was bound before. (Those of a quantified part read its ends only if
// these were, those of a path with a selector in any case.)
SlotSet needed_slots(const bound::PathPattern& path, Slot left, Slot right);
// What it binds between its ends, as it is called outside.
SlotSet added_slots(const bound::PathPattern& path, Slot left, Slot right);

Direction turned(Direction direction);
// The same paths walked from the other end.
bound::PathPattern turned(const bound::PathPattern& path);

}  // namespace kith::plan
