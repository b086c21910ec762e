// cypher/plan/path_pattern.cpp: the variables of a path pattern, and its mirror image.
#include "cypher/plan/path_pattern.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace kith::plan {

SlotSet inner_slots(const bound::PathPattern& path) {
  SlotSet slots;
  for (const auto& stretch : path.stretches) {
    slots.insert(stretch.start);
    for (const auto& step : stretch.steps) {
      slots.insert(step.relationship);
      slots.insert(step.node);
    }
  }
  return slots;
}

SlotSet needed_slots(const bound::PathPattern& path, Slot left, Slot right) {
  SlotSet slots, own = inner_slots(path);
  own.insert(added_slots(path, left, right));
  each_expression(path, [&](const ExpressionPtr& e) { slots.insert(slots_of(*e)); });
  slots = slots.minus(own);
  return path.selector ? slots.minus({left, right}) : slots;
}

SlotSet added_slots(const bound::PathPattern& path, Slot left, Slot right) {
  SlotSet slots;
  for (const auto& stretch : path.stretches) {
    for (const auto& group : stretch.groups) slots.insert(group.list);
    if (stretch.times) continue;
    slots.insert(stretch.start);
    for (const auto& step : stretch.steps) {
      slots.insert(step.relationship);
      slots.insert(step.node);
    }
  }
  return slots.minus({left, right});
}

Direction turned(Direction direction) {
  if (direction == Direction::Both) return direction;
  return direction == Direction::Out ? Direction::In : Direction::Out;
}

bound::PathPattern turned(const bound::PathPattern& path) {
  bound::PathPattern result = path;
  std::reverse(result.stretches.begin(), result.stretches.end());
  for (auto& stretch : result.stretches) {
    if (stretch.steps.empty()) continue;
    const Slot first = stretch.start;
    stretch.start = stretch.steps.back().node;
    for (std::size_t i = stretch.steps.size(); i-- > 0;) {
      stretch.steps[i].node = i == 0 ? first : stretch.steps[i - 1].node;
      stretch.steps[i].direction = turned(stretch.steps[i].direction);
    }
    std::reverse(stretch.steps.begin(), stretch.steps.end());
  }
  KITH_ASSERT(result.stretches.size() == path.stretches.size());
  return result;
}

}  // namespace kith::plan
