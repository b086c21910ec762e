// cypher/exec/path_bindings.cpp: variables of a path that was found, and conditions over all of it.
#include "cypher/exec/path_bindings.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "cypher/plan/path_pattern.hpp"

namespace kith::exec {

// ---- variables

PathBindings::PathBindings(const plan::PathExpand& op, const PathAutomaton& automaton)
    : op_(op), automaton_(automaton) {
  for (std::uint32_t s = 0; s < op.path.stretches.size(); ++s) {
    const auto& stretch = op.path.stretches[s];
    for (const auto& group : stretch.groups) {
      PathVariable variable = inside(s, group.inside);
      variable.slot = group.list;
      variable.is_list = true;
      visible_.push_back(variable);
    }
    if (stretch.times) continue;
    const auto add = [&](Slot slot) {
      const bool is_end = slot == op.from || slot == op.to;
      if (!is_end && find_visible(slot) == nullptr) visible_.push_back(inside(s, slot));
    };
    add(stretch.start);
    for (const auto& step : stretch.steps) {
      add(step.relationship);
      add(step.node);
    }
  }
}

const PathVariable* PathBindings::find_visible(Slot slot) const {
  const auto found = std::find_if(visible_.begin(), visible_.end(),
                                  [&](const auto& variable) { return variable.slot == slot; });
  return found == visible_.end() ? nullptr : &*found;
}

PathVariable PathBindings::inside(std::uint32_t stretch, Slot slot) const {
  const auto& of = op_.path.stretches[stretch];
  PathVariable variable{.slot = slot, .is_node = true, .stretch = stretch};
  if (slot == of.start) return variable;
  for (std::uint32_t i = 0; i < of.steps.size(); ++i) {
    variable.step = i;
    variable.is_node = of.steps[i].relationship != slot;
    variable.is_behind = of.steps[i].node == slot;
    if (!variable.is_node || variable.is_behind) return variable;
  }
  KITH_ASSERT(false && "a variable of another stretch");
  return variable;
}

void PathBindings::collect(const FoundPath& path, const PathVariable& variable,
                           std::vector<std::uint64_t>& ids) const {
  ids.clear();
  const bool has_steps = !op_.path.stretches[variable.stretch].steps.empty();
  for (std::size_t j = 0; j < path.positions.size(); ++j) {
    const std::uint32_t position = path.positions[j];
    if (!has_steps) {
      if (automaton_.stretch_of(position) < variable.stretch) continue;
      ids.push_back(path.nodes[j]);
      return;
    }
    if (position == automaton_.end()) break;
    const auto& at = automaton_.positions()[position];
    if (at.stretch != variable.stretch || at.step != variable.step) continue;
    const std::size_t node = j + (variable.is_behind ? 1 : 0);
    ids.push_back(variable.is_node ? path.nodes[node] : path.relationships[j]);
  }
  if (op_.reversed) std::reverse(ids.begin(), ids.end());
}

// ---- conditions

PathConditions::PathConditions(const plan::PathExpand& op, const PathAutomaton& automaton,
                               const PathBindings& bindings, Worker& worker)
    : op_(op), automaton_(automaton), bindings_(bindings) {
  own_ = plan::inner_slots(op.path);
  for (const PathVariable& variable : bindings.visible()) own_.insert(variable.slot);
  own_.insert(op.to);
  own_ = own_.minus(op.into ? plan::SlotSet{op.from, op.to} : plan::SlotSet{op.from});
  of_steps_.resize(automaton.end());
  for (std::uint32_t s = 0; s < op.path.stretches.size(); ++s) place_in_stretch(s, worker);
  for (const auto& condition : op.path.conjuncts) place_whole(condition, worker);
}

std::optional<std::uint32_t> PathConditions::step_with(std::uint32_t stretch,
                                                       const plan::SlotSet& slots) const {
  const auto& of = op_.path.stretches[stretch];
  Slot before = of.start;
  for (std::uint32_t i = 0; i < of.steps.size(); ++i) {
    const auto& step = of.steps[i];
    if (plan::SlotSet{before, step.relationship, step.node}.contains_all(slots)) return i;
    before = step.node;
  }
  return std::nullopt;
}

void PathConditions::place_in_stretch(std::uint32_t stretch, Worker& worker) {
  for (const auto& condition : op_.path.stretches[stretch].conjuncts) {
    const auto slots = plan::slots_of(*condition).common(own_);
    if (const auto step = step_with(stretch, slots)) {
      of_steps_[automaton_.position_of(stretch) + *step].push_back(condition);
    } else {
      of_repetitions_.push_back({stretch, {condition, own_.slots(), worker}});
    }
  }
}

void PathConditions::place_whole(const bound::ExpressionPtr& condition, Worker& worker) {
  const auto slots = plan::slots_of(*condition).common(own_);
  for (std::uint32_t s = 0; s < op_.path.stretches.size() && !slots.empty(); ++s) {
    const auto& stretch = op_.path.stretches[s];
    if (stretch.times) continue;
    if (const auto step = step_with(s, slots)) {
      of_steps_[automaton_.position_of(s) + *step].push_back(condition);
      return;
    }
    if (!stretch.steps.empty() || !plan::SlotSet{stretch.start}.contains_all(slots)) continue;
    of_nodes_.push_back({s, {condition, own_.slots(), worker}});
    return;
  }
  whole_.emplace_back(condition, own_.slots(), worker);
}

void PathConditions::set_row(const Batch& outer, std::uint32_t row) {
  width_ = outer.columns.size();
  for (auto* tests : {&of_nodes_, &of_repetitions_}) {
    for (OfStretch& test : *tests) test.condition.set_row(outer, row);
  }
  for (PathCondition& condition : whole_) condition.set_row(outer, row);
}

Vector& PathConditions::value() {
  if (values_used_ == values_.size()) values_.emplace_back();
  return values_[values_used_++];
}

bool PathConditions::passes(std::uint32_t stretch, std::uint64_t node) {
  for (OfStretch& test : of_nodes_) {
    if (test.stretch != stretch) continue;
    values_used_ = 0;
    inner_.rows = 1;
    inner_.columns.assign(width_, Column{});
    test.condition.put_row(inner_);
    Vector& values = value();
    values.reset(VectorType::Node, 1);
    values.data<std::uint64_t>()[0] = node;
    inner_.set(op_.path.stretches[stretch].start, values);
    if (!test.condition.holds_always(inner_)) return false;
  }
  return true;
}

bool PathConditions::accepts(const FoundPath& path) {
  return std::all_of(of_repetitions_.begin(), of_repetitions_.end(),
                     [&](OfStretch& test) { return holds_for_each(test, path); }) &&
         std::all_of(whole_.begin(), whole_.end(),
                     [&](PathCondition& condition) { return holds(condition, path); });
}

// One row for each repetition.
bool PathConditions::holds_for_each(OfStretch& test, const FoundPath& path) {
  const auto& stretch = op_.path.stretches[test.stretch];
  values_used_ = 0;
  inner_.columns.assign(width_, Column{});
  inner_.rows = 0;
  test.condition.put_row(inner_);
  const auto put_all = [&](Slot slot) {
    const PathVariable variable = bindings_.inside(test.stretch, slot);
    bindings_.collect(path, variable, ids_);
    inner_.rows = static_cast<std::uint32_t>(ids_.size());
    Vector& values = value();
    values.reset(variable.is_node ? VectorType::Node : VectorType::Relationship, inner_.rows);
    std::copy(ids_.begin(), ids_.end(), values.data<std::uint64_t>());
    inner_.set(slot, values);
  };
  put_all(stretch.start);
  for (const auto& step : stretch.steps) {
    put_all(step.relationship);
    put_all(step.node);
  }
  return inner_.rows == 0 || test.condition.holds_always(inner_);
}

bool PathConditions::holds(PathCondition& condition, const FoundPath& path) {
  values_used_ = 0;
  inner_.rows = 1;
  inner_.columns.assign(width_, Column{});
  condition.put_row(inner_);
  for (const PathVariable& variable : bindings_.visible()) {
    if (condition.reads(variable.slot)) put(path, variable, inner_);
  }
  if (!op_.into && condition.reads(op_.to)) {
    Vector& values = value();
    values.reset(VectorType::Node, 1);
    values.data<std::uint64_t>()[0] = path.nodes.back();
    inner_.set(op_.to, values);
  }
  return condition.holds_always(inner_);
}

void PathConditions::put(const FoundPath& path, const PathVariable& variable, Batch& inner) {
  bindings_.collect(path, variable, ids_);
  Vector& values = value();
  if (!variable.is_list) {
    KITH_ASSERT(ids_.size() == 1);
    values.reset(variable.is_node ? VectorType::Node : VectorType::Relationship, 1);
    values.data<std::uint64_t>()[0] = ids_[0];
  } else {
    items_.clear();
    for (const std::uint64_t id : ids_) {
      items_.push_back(variable.is_node ? Cell::of(NodeId{id}) : Cell::of(RelationshipId{id}));
    }
    values.reset(VectorType::Any, 1);
    values.data<Cell>()[0] = make_list(values.arena(), items_);
  }
  inner.set(variable.slot, values);
}

}  // namespace kith::exec
