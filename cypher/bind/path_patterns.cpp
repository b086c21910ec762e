// cypher/bind/path_patterns.cpp: quantified path patterns, paths with a selector, match modes.
//
// docs/paths.md says what they mean. Inside a quantified part a variable is one element, and
// outside the list of all: two slots. What conditions inside may read besides it was bound before
// the MATCH, so that a search can test them on its way.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "core/assert.hpp"
#include "cypher/bind/shaping.hpp"
#include "cypher/bind/walk.hpp"

namespace kith::cypher {

using namespace bound;  // kListType, make …: the words of this file

namespace {

bool selects(const ast::PatternPart& part) {
  return part.selector && part.selector->kind != ast::PathSelector::Kind::All;
}

bool is_bare(const ast::NodePattern& node) {
  return !node.variable && !node.labels && !node.properties && !node.where;
}

// ((  )-[r:T WHERE …]->(  )){1,3}: as good as -[r:T WHERE …]->{1,3}.
bool is_one_relationship(const ast::PatternPart& part) {
  return part.relationships.size() == 1 && is_bare(part.nodes[0]) && is_bare(part.nodes[1]);
}

std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  return a != 0 && b > kMost / a ? kMost : a * b;
}

// What a path is like as one relationship of variable length: for estimates, and for the rule that
// relationships of one MATCH differ.
void summarize(bound::PatternRelationship& made) {
  made.length = {0, 0};
  bool any_type = false;
  std::optional<Direction> direction;
  for (const PathStretch& stretch : made.path->stretches) {
    const std::uint64_t steps = stretch.steps.size();
    const PathStretch::Times how_often = stretch.times.value_or(PathStretch::Times{1, 1});
    made.length->min += times(how_often.min, steps);
    if (!how_often.max) made.length->max.reset();
    if (made.length->max) *made.length->max += times(*how_often.max, steps);
    for (const PathStep& step : stretch.steps) {
      any_type = any_type || step.types.empty();
      made.types.insert(made.types.end(), step.types.begin(), step.types.end());
      if (direction && *direction != step.direction) direction = Direction::Both;
      if (!direction) direction = step.direction;
    }
  }
  if (any_type) made.types.clear();
  std::sort(made.types.begin(), made.types.end());
  made.types.erase(std::unique(made.types.begin(), made.types.end()), made.types.end());
  KITH_ASSERT(direction.has_value());
  made.direction = *direction;
}

}  // namespace

bool names_of_types(const ast::LabelExpression& types, std::vector<std::string>& into) {
  if (types.op == ast::LabelExpression::Op::Name) {
    into.push_back(types.name.text);
    return true;
  }
  if (types.op != ast::LabelExpression::Op::Or) return false;
  return std::all_of(types.operands.begin(), types.operands.end(),
                     [&](const auto& operand) { return names_of_types(operand, into); });
}

// ---- what may stand together

void Binder::check_parts(std::span<const ast::PatternPart> parts, ast::Match::Mode mode) const {
  const bool repeats = mode == ast::Match::Mode::RepeatableElements;
  const ast::RelationshipPattern* quantified = nullptr;
  const ast::RelationshipPattern* variable_length = nullptr;
  const ast::PatternPart* selective = nullptr;
  for (const ast::PatternPart& part : parts) {
    if (part.selector) selective = &part;
    if (selects(part) && parts.size() > 1 && !repeats) {
      fail_.syntax("InvalidPathSelector",
                   "a path with a selector must be the only path of its MATCH: use another MATCH, "
                   "or MATCH REPEATABLE ELEMENTS",
                   part.selector->at);
    }
    for (const ast::RelationshipPattern& relationship : part.relationships) {
      if (relationship.range) variable_length = &relationship;
      if (!relationship.quantifier) continue;
      quantified = &relationship;
      if (!repeats || selects(part) || relationship.quantifier->max) continue;
      fail_.syntax("InvalidQuantifier",
                   "REPEATABLE ELEMENTS finds endlessly many paths without an upper bound: write "
                   "one, as in {1,10}",
                   relationship.at);
    }
    if (part.kind == ast::PatternPart::Kind::Plain || mode == ast::Match::Mode::Unsaid) continue;
    fail_.syntax("InvalidMatchMode",
                 "a match mode does not go with shortestPath(…) and allShortestPaths(…): write "
                 "SHORTEST 1 or ALL SHORTEST before the pattern",
                 part.at);
  }
  if (variable_length == nullptr) return;
  if (quantified == nullptr && selective == nullptr && mode == ast::Match::Mode::Unsaid) return;
  fail_.syntax("InvalidRelationshipPattern",
               "a variable-length relationship such as -[*1..3]-> does not go with quantifiers, "
               "path selectors and match modes: write -[…]->{1,3}",
               variable_length->at);
}

// ---- quantified

// A variable inside a quantified part, as it is seen outside.
Slot Binder::declare_group(const ast::Name& name, TypeSet elements) {
  if (names_.peek(name.text)) {
    fail_.syntax("VariableAlreadyBound",
                 "`" + name.text +
                     "` already has a value, and a variable inside a quantified path pattern needs "
                     "a new name",
                 name.at);
  }
  const Slot list = names_.add_slot(name.text, kListType, elements);
  names_.declare(name.text, list);
  return list;
}

// One relationship, whose conditions look at nothing else: the expansion of variable length.
void Binder::shape_quantified(const ast::RelationshipPattern& relationship, const ast::Range& times,
                              bound::PatternRelationship& made, Shaping& shaping) {
  const auto& name = relationship.variable;
  made.slot = name ? declare_group(*name, kRelationshipType)
                   : names_.add_slot("", kListType, kRelationshipType);
  if (name) shaping.relationships.push_back(made.slot);
  made.direction = relationship.direction;
  made.length = {*times.min, times.max};
  if (relationship.types && !names_of_types(*relationship.types, made.types)) made.types.clear();
}

void Binder::shape_repeated(const ast::RelationshipPattern& written,
                            bound::PatternRelationship& made, Shaping& shaping) {
  KITH_ASSERT(written.quantifier.has_value());
  const std::size_t index = shaping.pattern.relationships.size();
  const bool is_simple = !written.repeated || is_one_relationship(*written.repeated);
  if (is_simple && !shaping.repeats) {
    const ast::PatternPart* around = written.repeated.get();
    const auto& relationship = around == nullptr ? written : around->relationships[0];
    shape_quantified(relationship, *written.quantifier, made, shaping);
    shaping.each.push_back({&relationship, {}, index, false});
    if (around != nullptr) shaping.each.back().wheres = around->wheres;
    return;
  }
  Inside inside{.at = written.at, .relationship = index, .stretch = 0};
  made.path.emplace();
  made.path->repeats = made.repeats = shaping.repeats;
  made.path->stretches.push_back(shape_stretch(written, inside, shaping));
  shaping.inside.push_back(std::move(inside));
  made.slot = names_.add_slot("", kListType, kRelationshipType);
  summarize(made);
}

bound::PathStretch Binder::shape_stretch(const ast::RelationshipPattern& written, Inside& inside,
                                         Shaping& shaping) {
  PathStretch stretch;
  stretch.times = {*written.quantifier->min, written.quantifier->max};
  if (!written.repeated) {
    const ast::NodePattern bare;
    stretch.start = inside_node(bare, stretch, inside);
    PathStep step = inside_relationship(written, stretch, inside, shaping);
    step.node = inside_node(bare, stretch, inside);
    stretch.steps.push_back(std::move(step));
    return stretch;
  }
  const ast::PatternPart& part = *written.repeated;
  stretch.start = inside_node(part.nodes[0], stretch, inside);
  for (std::size_t i = 0; i < part.relationships.size(); ++i) {
    PathStep step = inside_relationship(part.relationships[i], stretch, inside, shaping);
    step.node = inside_node(part.nodes[i + 1], stretch, inside);
    stretch.steps.push_back(std::move(step));
  }
  for (const auto& where : part.wheres) inside.wheres.push_back(where.get());
  return stretch;
}

Slot Binder::inside_node(const ast::NodePattern& node, PathStretch& stretch, Inside& inside) {
  const std::string name = node.variable ? node.variable->text : "";
  const Slot slot = names_.add_slot(name, kNodeType);
  inside.own.push_back(slot);
  if (node.variable) {
    const auto known = std::find_if(inside.names.begin(), inside.names.end(),
                                    [&](const NamedSlot& other) { return other.name == name; });
    if (known == inside.names.end()) {
      stretch.groups.push_back({slot, declare_group(*node.variable, kNodeType), true});
      inside.names.push_back({name, slot});
    } else if (!possible(names_.facts(known->slot).types, kNodeType)) {
      fail_.syntax("VariableTypeConflict",
                   "`" + name + "` is a relationship and cannot stand for a node",
                   node.variable->at);
    } else {
      inside.equal.push_back(operation(
          Operator::Equal,
          {variable(slot, "", kNodeType, node.at), variable(known->slot, name, kNodeType, node.at)},
          node.variable->at));
    }
  }
  if (node.labels || node.properties || node.where) {
    inside.conditions.push_back({variable(slot, name, kNodeType, node.at),
                                 node.labels ? &*node.labels : nullptr, node.properties.get(),
                                 node.where.get()});
  }
  return slot;
}

bound::PathStep Binder::inside_relationship(const ast::RelationshipPattern& relationship,
                                            PathStretch& stretch, Inside& inside,
                                            const Shaping& shaping) {
  const std::string name = relationship.variable ? relationship.variable->text : "";
  PathStep step;
  step.direction = relationship.direction;
  step.relationship = names_.add_slot(name, kRelationshipType);
  inside.own.push_back(step.relationship);
  const auto known = std::find_if(inside.names.begin(), inside.names.end(),
                                  [&](const NamedSlot& other) { return other.name == name; });
  if (relationship.variable && known != inside.names.end()) {
    if (!possible(names_.facts(known->slot).types, kRelationshipType)) {
      fail_.syntax("VariableTypeConflict",
                   "`" + name + "` is a node and cannot stand for a relationship",
                   relationship.variable->at);
    }
    if (!shaping.repeats) {
      fail_.syntax(
          "RelationshipUniquenessViolation",
          "`" + name + "` stands for two relationships of one MATCH, which are never the same one",
          relationship.variable->at);
    }
    inside.equal.push_back(
        operation(Operator::Equal,
                  {variable(step.relationship, "", kRelationshipType, relationship.at),
                   variable(known->slot, name, kRelationshipType, relationship.at)},
                  relationship.variable->at));
  } else if (relationship.variable) {
    stretch.groups.push_back(
        {step.relationship, declare_group(*relationship.variable, kRelationshipType), false});
    inside.names.push_back({name, step.relationship});
  }
  Condition condition{variable(step.relationship, name, kRelationshipType, relationship.at),
                      nullptr, relationship.properties.get(), relationship.where.get()};
  if (relationship.types && !names_of_types(*relationship.types, step.types)) {
    step.types.clear();
    condition.labels = &*relationship.types;
  }
  if (condition.labels || condition.properties || condition.where) {
    inside.conditions.push_back(std::move(condition));
  }
  return step;
}

// ---- with a selector

void Binder::shape_selective(const ast::PatternPart& part, Shaping& shaping) {
  const std::size_t index = shaping.pattern.relationships.size();
  bound::PatternRelationship made;
  made.left = shape_node(part.nodes.front(), shaping);
  made.right = shape_node(part.nodes.back(), shaping);
  made.slot = names_.add_slot("", kListType, kRelationshipType);
  made.path.emplace();
  PathPattern& path = *made.path;
  path.repeats = made.repeats = shaping.repeats;
  path.selector = bind_selector(*part.selector);
  Inside whole{.at = part.at, .relationship = index};
  bool is_open = false;  // the last stretch takes more steps
  Slot at = made.left;
  for (std::size_t i = 0; i < part.relationships.size(); ++i) {
    const ast::RelationshipPattern& written = part.relationships[i];
    const ast::NodePattern& behind = part.nodes[i + 1];
    const bool is_last = i + 1 == part.relationships.size();
    if (!written.quantifier) {
      if (!is_open) path.stretches.push_back({.start = at});
      is_open = true;
      PathStep step = interior_relationship(written, whole, shaping);
      step.node = at = is_last ? made.right : interior_node(behind, whole, shaping);
      path.stretches.back().steps.push_back(std::move(step));
      continue;
    }
    is_open = false;
    Inside inside{.at = written.at, .relationship = index, .stretch = path.stretches.size()};
    path.stretches.push_back(shape_stretch(written, inside, shaping));
    shaping.inside.push_back(std::move(inside));
    for (const auto& group : path.stretches.back().groups) whole.own.push_back(group.list);
    at = is_last ? made.right : interior_node(behind, whole, shaping);
    const bool is_between = !is_last && part.relationships[i + 1].quantifier.has_value();
    if (is_between && !is_bare(behind)) path.stretches.push_back({.start = at});
  }
  for (const auto& where : part.wheres) whole.wheres.push_back(where.get());
  for (const Slot end : {made.left, made.right}) whole.own.push_back(end);
  shaping.inside.push_back(std::move(whole));
  summarize(made);
  MakePath steps{made.left, {{made.slot, true, made.right}}};
  shaping.pattern.relationships.push_back(std::move(made));
  if (!part.variable) return;
  const Slot slot = declare_path(*part.variable);
  shaping.pattern.paths.push_back({slot, make(std::move(steps), kPathType, part.at)});
}

// A node between others. One that is known already is another one that must be the same.
Slot Binder::interior_node(const ast::NodePattern& node, Inside& whole, const Shaping& shaping) {
  const std::string name = node.variable ? node.variable->text : "";
  const Slot slot = names_.add_slot(name, kNodeType);
  whole.own.push_back(slot);
  KITH_ASSERT(slot >= shaping.first_slot);
  if (node.variable) {
    if (const auto known = names_.find(name)) {
      if (!possible(names_.facts(*known).types, kNodeType)) {
        fail_.syntax("VariableTypeConflict",
                     "`" + name + "` is " + describe(names_.facts(*known).types) +
                         " and cannot stand for a node",
                     node.variable->at);
      }
      whole.equal.push_back(operation(Operator::Equal,
                                      {variable(slot, "", kNodeType, node.variable->at),
                                       variable(*known, name, kNodeType, node.variable->at)},
                                      node.variable->at));
    } else {
      names_.declare(name, slot);
    }
  }
  if (node.labels || node.properties || node.where) {
    whole.conditions.push_back({variable(slot, name, kNodeType, node.at),
                                node.labels ? &*node.labels : nullptr, node.properties.get(),
                                node.where.get()});
  }
  return slot;
}

bound::PathStep Binder::interior_relationship(const ast::RelationshipPattern& relationship,
                                              Inside& whole, Shaping& shaping) {
  bound::PatternRelationship made;
  const std::string name = relationship.variable ? relationship.variable->text : "";
  std::optional<Slot> known;
  if (relationship.variable) known = names_.peek(name);
  const std::size_t conditions = shaping.conditions.size();
  shape_single(relationship, made, shaping);
  // Its conditions are tested on the way.
  for (std::size_t i = conditions; i < shaping.conditions.size(); ++i) {
    whole.conditions.push_back(std::move(shaping.conditions[i]));
  }
  shaping.conditions.resize(conditions);
  PathStep step{made.slot, 0, made.direction, std::move(made.types)};
  if (known && *known == made.slot) {  // bound before: another one that must be the same
    step.relationship = names_.add_slot("", kRelationshipType);
    const Position at = relationship.variable->at;
    whole.equal.push_back(operation(Operator::Equal,
                                    {variable(step.relationship, "", kRelationshipType, at),
                                     variable(*known, name, kRelationshipType, at)},
                                    at));
  } else if (known) {  // shape_single has made that condition last
    whole.equal.push_back(std::move(shaping.trails_bound_before.back()));
    shaping.trails_bound_before.pop_back();
  }
  whole.own.push_back(step.relationship);
  return step;
}

bound::PathSelector Binder::bind_selector(const ast::PathSelector& selector) {
  using Kind = ast::PathSelector::Kind;
  bound::PathSelector made;
  made.groups = selector.kind == Kind::AllShortest || selector.kind == Kind::ShortestGroups;
  if (!selector.count) return made;
  const auto* literal = std::get_if<ast::Literal>(&selector.count->node);
  if (literal != nullptr && literal->value.cell().integer == 1) return made;
  made.count = bind_expression(*selector.count);
  return made;
}

// ---- conditions

void Binder::bind_inside(const Inside& inside, Shaping& shaping) {
  bound::PatternRelationship& made = shaping.pattern.relationships[inside.relationship];
  KITH_ASSERT(made.path.has_value());
  std::vector<ExpressionPtr> conjuncts;
  {
    const Names::Inner inner(names_);
    for (const NamedSlot& entry : inside.names) names_.declare(entry.name, entry.slot);
    for (const Condition& condition : inside.conditions) {
      if (condition.labels) add_label_conjuncts(condition.subject, *condition.labels, conjuncts);
      if (condition.properties) {
        add_property_conjuncts(condition.subject, *condition.properties, conjuncts);
      }
      if (condition.where) bind_conjuncts(*condition.where, conjuncts);
    }
    conjuncts.insert(conjuncts.end(), inside.equal.begin(), inside.equal.end());
    for (const ast::Expression* where : inside.wheres) bind_conjuncts(*where, conjuncts);
  }
  for (const ExpressionPtr& conjunct : conjuncts) check_reach(*conjunct, inside.own, shaping);
  if (inside.stretch) {
    made.path->stretches[*inside.stretch].conjuncts = std::move(conjuncts);
    return;
  }
  // Paths are selected for each pair of ends: what looks at the ends alone may come before or
  // after.
  for (ExpressionPtr& conjunct : conjuncts) {
    const auto slots = free_slots(*conjunct);
    const bool of_ends = std::all_of(slots.begin(), slots.end(), [&](Slot slot) {
      return slot < shaping.first_slot || slot == made.left || slot == made.right;
    });
    auto& into = of_ends ? shaping.pattern.conjuncts : made.path->conjuncts;
    into.push_back(std::move(conjunct));
  }
}

void Binder::check_reach(const bound::Expression& condition, const std::vector<Slot>& own,
                         const Shaping& shaping) const {
  for (const Slot slot : free_slots(condition)) {
    if (slot < shaping.first_slot || std::find(own.begin(), own.end(), slot) != own.end()) continue;
    fail_.syntax("UndefinedVariable",
                 fmt::format("`{}` belongs to the same MATCH: conditions inside a quantified path "
                             "pattern, or a path with a selector, can read what stands in it and "
                             "what an earlier clause has bound",
                             names_.facts(slot).name),
                 condition.at);
  }
}

// What a search for a path binds on its way no other part of the MATCH can share.
void Binder::check_interior(const Shaping& shaping) const {
  for (const Inside& inside : shaping.inside) {
    if (inside.stretch) continue;
    const auto& made = shaping.pattern.relationships[inside.relationship];
    const auto check = [&](Slot slot) {
      const bool is_own = std::find(inside.own.begin(), inside.own.end(), slot) != inside.own.end();
      if (!is_own || slot == made.left || slot == made.right) return;
      fail_.syntax("VariableAlreadyBound",
                   fmt::format("`{}` stands between the ends of a path with a selector and cannot "
                               "stand in another path of the same MATCH",
                               names_.facts(slot).name),
                   inside.at);
    };
    for (const auto& node : shaping.pattern.nodes) check(node.slot);
    for (const auto& other : shaping.pattern.relationships) check(other.slot);
  }
}

}  // namespace kith::cypher
