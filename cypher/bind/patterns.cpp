// cypher/bind/patterns.cpp: patterns to be found: graphs of variables, and conditions on them.
//
// First the shape: every name of all parts is declared. Then the conditions, which may use any of
// them: `MATCH (a), (b {x: a.x})`.
#include <algorithm>
#include <utility>

#include "core/assert.hpp"
#include "cypher/bind/shaping.hpp"
#include "cypher/bind/walk.hpp"

namespace kith::cypher {

using namespace bound;  // kListType, make …: the words of this file

namespace {

bool contains(const std::vector<Slot>& slots, Slot slot) {
  return std::find(slots.begin(), slots.end(), slot) != slots.end();
}

// MATCH pattern, and RETURN value if there is one.
bound::Query query_of(bound::Pattern pattern, std::optional<bound::NewItem> value, Position at) {
  bound::Query query;
  query.reads = true;
  bound::Part part;
  part.clauses.push_back({bound::Match{std::move(pattern), false}, at});
  if (value) {
    query.columns.push_back({value->slot, value->name});
    part.outputs.push_back(value->slot);
    bound::Return result;
    result.body.items.push_back(std::move(*value));
    part.clauses.push_back({std::move(result), at});
  }
  query.parts.push_back(std::move(part));
  return query;
}

}  // namespace

bound::Pattern Binder::bind_pattern(std::span<const ast::PatternPart> parts,
                                    const ast::Expression* where, NewNames new_names,
                                    ast::Match::Mode mode, std::vector<bound::NewItem>* once) {
  const WithoutAggregates guard(*this);
  check_parts(parts, mode);
  Shaping shaping{.new_names = new_names,
                  .first_slot = static_cast<Slot>(names_.slots().size()),
                  .repeats = mode == ast::Match::Mode::RepeatableElements,
                  .once = once};
  for (const ast::PatternPart& part : parts) shape_part(part, shaping);
  check_interior(shaping);
  KITH_ASSERT(!parts.empty() && !shaping.pattern.nodes.empty());
  add_conditions(shaping);
  if (where != nullptr) bind_conjuncts(*where, shaping.pattern.conjuncts);
  reads_ = true;
  return std::move(shaping.pattern);
}

// ---- the shape

void Binder::shape_part(const ast::PatternPart& part, Shaping& shaping) {
  KITH_ASSERT(part.nodes.size() == part.relationships.size() + 1);
  const bool is_shortest = part.kind != ast::PatternPart::Kind::Plain;
  const bool selects = part.selector && part.selector->kind != ast::PathSelector::Kind::All;
  if (selects && !part.relationships.empty()) return shape_selective(part, shaping);
  for (const auto& where : part.wheres) shaping.wheres.push_back(where.get());
  if (is_shortest && part.relationships.size() != 1) {
    fail_.syntax("InvalidRelationshipPattern",
                 "a shortest path is asked for with one relationship between two nodes, such as "
                 "shortestPath((a)-[*]-(b))",
                 part.at);
  }
  MakePath path;
  path.start = shape_node(part.nodes[0], shaping);
  Slot left = path.start;
  for (std::size_t i = 0; i < part.relationships.size(); ++i) {
    const ast::RelationshipPattern& written = part.relationships[i];
    bound::PatternRelationship made;
    if (written.quantifier) {
      shape_repeated(written, made, shaping);
    } else if (is_shortest || written.range) {
      const std::size_t index =
          is_shortest ? shaping.pattern.shortest.size() : shaping.pattern.relationships.size();
      shape_trail(written, made, shaping);
      shaping.each.push_back({&written, {}, index, is_shortest});
    } else {
      shape_single(written, made, shaping);
    }
    made.left = left;
    made.right = left = shape_node(part.nodes[i + 1], shaping);
    path.steps.push_back({made.slot, made.length.has_value(), made.right});
    if (is_shortest) {
      shaping.pattern.shortest.push_back(
          {std::move(made), part.kind == ast::PatternPart::Kind::AllShortestPaths});
    } else {
      shaping.pattern.relationships.push_back(std::move(made));
    }
  }
  if (!part.variable) return;
  const Slot slot = declare_path(*part.variable);
  shaping.pattern.paths.push_back({slot, make(std::move(path), kPathType, part.at)});
}

Slot Binder::declare_path(const ast::Name& name) {
  if (names_.peek(name.text)) {
    fail_.syntax("VariableAlreadyBound",
                 "`" + name.text + "` already has a value, and a path needs a new name", name.at);
  }
  const Slot slot = names_.add_slot(name.text, kPathType);
  names_.declare(name.text, slot);
  return slot;
}

Slot Binder::shape_node(const ast::NodePattern& node, Shaping& shaping) {
  std::optional<Slot> slot;
  const std::string name = node.variable ? node.variable->text : "";
  if (node.variable) slot = names_.find(name);
  if (slot && !possible(names_.facts(*slot).types, kNodeType)) {
    fail_.syntax(
        "VariableTypeConflict",
        "`" + name + "` is " + describe(names_.facts(*slot).types) + " and cannot stand for a node",
        node.variable->at);
  }
  if (node.variable && !slot && shaping.new_names == NewNames::Forbidden) {
    undefined(name, node.variable->at);
  }
  const bool known = slot.has_value();
  if (!slot) {
    slot = names_.add_slot(name, kNodeType);
    if (node.variable) names_.declare(name, *slot);
  }
  auto& nodes = shaping.pattern.nodes;
  const bool is_listed = std::any_of(nodes.begin(), nodes.end(),
                                     [&](const auto& other) { return other.slot == *slot; });
  if (!is_listed) nodes.push_back({*slot, known});
  if (node.labels || node.properties || node.where) {
    shaping.conditions.push_back({variable(*slot, name, kNodeType, node.at),
                                  node.labels ? &*node.labels : nullptr, node.properties.get(),
                                  node.where.get()});
  }
  return *slot;
}

void Binder::shape_single(const ast::RelationshipPattern& relationship,
                          bound::PatternRelationship& made, Shaping& shaping) {
  const std::string name = relationship.variable ? relationship.variable->text : "";
  const Position at = relationship.variable ? relationship.variable->at : relationship.at;
  std::optional<Slot> slot;
  if (relationship.variable) slot = names_.find(name);
  if (slot && !possible(names_.facts(*slot).types, kRelationshipType)) {
    fail_.syntax("VariableTypeConflict",
                 "`" + name + "` is " + describe(names_.facts(*slot).types) +
                     " and cannot stand for a relationship",
                 at);
  }
  const bool is_twice = slot && contains(shaping.relationships, *slot);
  if (is_twice && !shaping.repeats) {
    fail_.syntax("RelationshipUniquenessViolation",
                 "`" + name +
                     "` stands for two relationships of one MATCH, which are never the "
                     "same one",
                 at);
  }
  if (is_twice) {  // REPEATABLE ELEMENTS: another one that must be the same
    const Slot again = names_.add_slot("", kRelationshipType);
    shaping.trails_bound_before.push_back(
        make(Operation{Operator::Equal,
                       {variable(again, "", kRelationshipType, at),
                        variable(*slot, name, kRelationshipType, at)}},
             kBooleanType, at));
    slot = again;
  }
  if (relationship.variable && !slot && shaping.new_names == NewNames::Forbidden) {
    undefined(name, at);
  }
  made.bound_before = slot.has_value() && !is_twice;
  made.repeats = shaping.repeats;
  if (!slot) {
    slot = names_.add_slot(name, kRelationshipType);
    if (relationship.variable) names_.declare(name, *slot);
  }
  if (relationship.variable) shaping.relationships.push_back(*slot);
  KITH_ASSERT(!relationship.range && !made.length);
  made.slot = *slot;
  made.direction = relationship.direction;
  Condition condition{variable(*slot, name, kRelationshipType, at), nullptr,
                      relationship.properties.get(), relationship.where.get()};
  if (relationship.types && !names_of_types(*relationship.types, made.types)) {
    made.types.clear();
    condition.labels = &*relationship.types;
  }
  if (condition.labels || condition.properties || condition.where) {
    shaping.conditions.push_back(std::move(condition));
  }
}

// Variable length. A list that was bound before is compared with the trail that is found.
void Binder::shape_trail(const ast::RelationshipPattern& relationship,
                         bound::PatternRelationship& made, Shaping& shaping) {
  const std::string name = relationship.variable ? relationship.variable->text : "";
  const Position at = relationship.variable ? relationship.variable->at : relationship.at;
  std::optional<Slot> known;
  if (relationship.variable) known = names_.find(name);
  if (known) {
    const SlotFacts& facts = names_.facts(*known);
    if (!possible(facts.types, kListType) || !possible(facts.elements, kRelationshipType)) {
      fail_.syntax("VariableTypeConflict",
                   "`" + name + "` is " + describe(facts.types) +
                       " and cannot stand for the relationships of a path",
                   at);
    }
    if (contains(shaping.relationships, *known)) {
      fail_.syntax("RelationshipUniquenessViolation",
                   "`" + name +
                       "` stands for the relationships of two paths of one MATCH, which "
                       "are never the same ones",
                   at);
    }
  } else if (relationship.variable && shaping.new_names == NewNames::Forbidden) {
    undefined(name, at);
  }
  made.slot = names_.add_slot(known ? "" : name, kListType, kRelationshipType);
  if (known) {
    shaping.trails_bound_before.push_back(
        make(Operation{Operator::Equal,
                       {variable(made.slot, "", kListType, at),
                        variable(*known, name, names_.facts(*known).types, at)}},
             kBooleanType, at));
    shaping.relationships.push_back(*known);
  } else if (relationship.variable) {
    names_.declare(name, made.slot);
    shaping.relationships.push_back(made.slot);
  }
  made.direction = relationship.direction;
  const ast::Range once{1, 1};
  const ast::Range& range = relationship.range ? *relationship.range : once;
  made.length = {range.min.value_or(1), range.max};
  KITH_ASSERT(!made.bound_before);
  if (relationship.types && !names_of_types(*relationship.types, made.types)) made.types.clear();
}

// ---- the conditions

void Binder::add_conditions(Shaping& shaping) {
  auto& conjuncts = shaping.pattern.conjuncts;
  for (const Condition& condition : shaping.conditions) {
    if (condition.labels) add_label_conjuncts(condition.subject, *condition.labels, conjuncts);
    if (condition.properties) {
      const std::size_t known = conjuncts.size();
      add_property_conjuncts(condition.subject, *condition.properties, conjuncts);
      compute_once(std::span(conjuncts).subspan(known), shaping);
    }
    if (condition.where) bind_conjuncts(*condition.where, conjuncts);
  }
  for (const ast::Expression* where : shaping.wheres) bind_conjuncts(*where, conjuncts);
  for (ExpressionPtr& equal : shaping.trails_bound_before) conjuncts.push_back(std::move(equal));
  for (const Shaping::Each& each : shaping.each) {
    auto& made = each.is_shortest ? shaping.pattern.shortest[each.index].relationship
                                  : shaping.pattern.relationships[each.index];
    bind_each(*each.written, each.wheres, made);
    const bool is_quantified = !each.is_shortest && !each.written->range;
    if (is_quantified && made.predicate) check_reach(*made.predicate, {made.each}, shaping);
  }
  for (const Inside& inside : shaping.inside) bind_inside(inside, shaping);
}

// In `(n {id: toInteger(rand() * 10)})` the map is what is looked for, one value for each row that
// comes in, and not one for each node that may be it: so an index can be asked, and with or without
// it as many are found.
void Binder::compute_once(std::span<ExpressionPtr> conjuncts, Shaping& shaping) {
  if (shaping.once == nullptr) return;
  for (ExpressionPtr& conjunct : conjuncts) {
    if (!bound::is_volatile(*conjunct)) continue;
    const auto& equal = std::get<Operation>(conjunct->node);
    const auto& property = std::get<bound::Property>(equal.operands[0]->node);
    const ExpressionPtr& value = equal.operands[1];
    const std::vector<Slot> read = bound::free_slots(*value);
    if (!read.empty() && read.back() >= shaping.first_slot) continue;  // of another element
    const Slot slot = names_.add_slot(property.key, value->types, elements_of(*value));
    shaping.once->push_back({slot, value, property.key});
    conjunct = operation(Operator::Equal,
                         {equal.operands[0], variable(slot, property.key, value->types, value->at)},
                         conjunct->at);
  }
}

void Binder::add_property_conjuncts(const ExpressionPtr& subject, const ast::Expression& properties,
                                    std::vector<ExpressionPtr>& into) {
  const auto* map = std::get_if<ast::MapLiteral>(&properties.node);
  if (map == nullptr) {
    fail_.syntax("InvalidParameterUse",
                 "a pattern to be matched cannot take its properties from a parameter as a whole: "
                 "name them, such as {id: $map.id}",
                 properties.at);
  }
  for (const auto& entry : map->entries) {
    ExpressionPtr property =
        make(bound::Property{subject, entry.key.text}, TypeSet::any(), entry.key.at);
    into.push_back(operation(Operator::Equal, {std::move(property), bind_expression(*entry.value)},
                             entry.key.at));
  }
}

// The conditions on each relationship of a trail, whose name means the single one in them.
void Binder::bind_each(const ast::RelationshipPattern& relationship,
                       std::span<const ast::ExpressionPtr> wheres,
                       bound::PatternRelationship& made) {
  KITH_ASSERT(made.length.has_value() && made.predicate == nullptr);
  const bool types_left = relationship.types && made.types.empty();
  const bool has_condition = relationship.properties || relationship.where || !wheres.empty();
  if (!types_left && !has_condition) return;
  const std::string name = relationship.variable ? relationship.variable->text : "";
  made.each = names_.add_slot(name, kRelationshipType);
  const Names::Inner inner(names_);
  if (relationship.variable) names_.declare(name, made.each);
  std::vector<ExpressionPtr> conjuncts;
  const ExpressionPtr subject = variable(made.each, name, kRelationshipType, relationship.at);
  if (types_left) add_label_conjuncts(subject, *relationship.types, conjuncts);
  if (relationship.properties) {
    add_property_conjuncts(subject, *relationship.properties, conjuncts);
  }
  if (relationship.where) bind_conjuncts(*relationship.where, conjuncts);
  for (const auto& where : wheres) bind_conjuncts(*where, conjuncts);
  if (conjuncts.empty()) return;  // {}
  made.predicate = conjuncts.size() == 1
                       ? conjuncts[0]
                       : operation(Operator::And, std::move(conjuncts), relationship.at);
}

// ---- patterns as expressions

ExpressionPtr Binder::bind_pattern_predicate(const ast::PatternPart& part, Position at) {
  bound::Subquery result{bound::Subquery::Kind::Exists, nullptr, nullptr, {}, 0};
  const Names::Inner inner(names_, &result.imports);
  bound::Query query = query_of(bind_pattern({&part, 1}, nullptr, NewNames::Forbidden), {}, at);
  query.imports = result.imports;
  result.query = std::make_shared<const bound::Query>(std::move(query));
  return make(std::move(result), kBooleanType, at);
}

// shortestPath(…) as a value: the first of the paths found, or null; allShortestPaths(…): all.
ExpressionPtr Binder::bind_shortest_value(const ast::PatternPart& part, Position at) {
  bound::Subquery result{bound::Subquery::Kind::Collect, nullptr, nullptr, {}, 0};
  const Names::Inner inner(names_, &result.imports);
  const WithoutAggregates guard(*this);
  Shaping shaping{.new_names = NewNames::Forbidden};
  shape_part(part, shaping);
  add_conditions(shaping);
  reads_ = true;
  const auto& step = shaping.pattern.shortest.at(0).relationship;
  const Slot path = names_.add_slot("", kPathType);
  shaping.pattern.paths.push_back(
      {path, make(MakePath{step.left, {{step.slot, true, step.right}}}, kPathType, at)});
  bound::Query query =
      query_of(std::move(shaping.pattern),
               bound::NewItem{path, variable(path, "", kPathType, at), "path"}, at);
  query.imports = result.imports;
  result.result = path;
  result.query = std::make_shared<const bound::Query>(std::move(query));
  ExpressionPtr all = make(std::move(result), kListType, at);
  if (part.kind == ast::PatternPart::Kind::AllShortestPaths) return all;
  ExpressionPtr first = make(Constant{OwnedCell(Cell::of(std::int64_t{0}))}, kIntegerType, at);
  return make(bound::Index{std::move(all), std::move(first)}, kPathType, at);
}

ExpressionPtr Binder::bind_comprehension(const ast::PatternComprehension& node, Position at) {
  bound::Subquery result{bound::Subquery::Kind::Collect, nullptr, nullptr, {}, 0};
  const Names::Inner inner(names_, &result.imports);
  const WithoutAggregates guard(*this);
  bound::Pattern pattern =
      bind_pattern({node.pattern.get(), 1}, node.where.get(), NewNames::Declared);
  ExpressionPtr value = bind_expression(*node.projection);
  const auto* passed_on = std::get_if<bound::Variable>(&value->node);
  result.result =
      passed_on ? passed_on->slot : names_.add_slot("", value->types, elements_of(*value));
  bound::Query query =
      query_of(std::move(pattern), bound::NewItem{result.result, std::move(value), "value"}, at);
  query.imports = result.imports;
  result.query = std::make_shared<const bound::Query>(std::move(query));
  return make(std::move(result), kListType, at);
}

}  // namespace kith::cypher
