// cypher/bind/create.cpp: CREATE and MERGE: patterns to be made.
//
// A CREATE whose properties use what the same CREATE makes becomes several, one after the other, so
// that whoever executes one finds all it reads in its input rows.
#include <algorithm>
#include <utility>

#include "core/assert.hpp"
#include "cypher/bind/binder.hpp"
#include "cypher/bind/walk.hpp"

namespace kith::cypher {

using namespace bound;  // kNodeType, make …: the words of this file

struct Binder::NewElements {
  bound::NewPattern pattern;
  Position at;
  Clauses& into;

  bool makes(Slot slot) const {
    const auto is_it = [slot](const auto& element) { return element.slot == slot; };
    return std::any_of(pattern.nodes.begin(), pattern.nodes.end(), is_it) ||
           std::any_of(pattern.relationships.begin(), pattern.relationships.end(), is_it) ||
           std::any_of(pattern.paths.begin(), pattern.paths.end(), is_it);
  }
  // Before what reads something of the pattern: that is made first.
  void finish_before(const Expression& value) {
    const std::vector<Slot> read = free_slots(value);
    if (std::any_of(read.begin(), read.end(), [&](Slot slot) { return makes(slot); })) finish();
  }
  void finish() {
    const bool is_empty =
        pattern.nodes.empty() && pattern.relationships.empty() && pattern.paths.empty();
    if (!is_empty) into.push_back({bound::Create{std::move(pattern)}, at});
    pattern = {};
  }
};

// ---- what both check

void Binder::check_new_part(const ast::PatternPart& part, std::string_view clause) const {
  KITH_ASSERT(part.nodes.size() == part.relationships.size() + 1);
  const auto refuse = [&](std::string_view what, Position at) {
    fail_.syntax("UnexpectedSyntax", std::string(what) + " cannot stand in " + std::string(clause),
                 at);
  };
  if (part.kind != ast::PatternPart::Kind::Plain) refuse("a shortest path", part.at);
  if (part.selector) refuse("a path selector", part.selector->at);
  if (!part.wheres.empty()) refuse("WHERE", part.wheres[0]->at);
  for (const ast::NodePattern& node : part.nodes) {
    if (node.where) refuse("WHERE", node.where->at);
  }
  for (const ast::RelationshipPattern& relationship : part.relationships) {
    if (relationship.where) refuse("WHERE", relationship.where->at);
    if (relationship.quantifier) refuse("a quantified path pattern", relationship.at);
  }
}

// The slot of a node that exists already; then the pattern may not say more about it.
std::optional<Slot> Binder::existing_node(const ast::NodePattern& node, bool alone) {
  if (!node.variable) return {};
  const auto slot = names_.find(node.variable->text);
  if (!slot) return {};
  const std::string name = "`" + node.variable->text + "`";
  if (!possible(names_.facts(*slot).types, kNodeType)) {
    fail_.syntax(
        "VariableTypeConflict",
        name + " is " + describe(names_.facts(*slot).types) + " and cannot stand for a node",
        node.variable->at);
  }
  if (alone || node.labels || node.properties) {
    fail_.syntax("VariableAlreadyBound",
                 name +
                     " exists already: it can be an end of a new relationship, but not be "
                     "created again, with other labels or properties",
                 node.variable->at);
  }
  return slot;
}

void Binder::check_new_relationship(const ast::RelationshipPattern& relationship,
                                    bool directed) const {
  if (relationship.variable && names_.peek(relationship.variable->text)) {
    fail_.syntax("VariableAlreadyBound",
                 "`" + relationship.variable->text +
                     "` already has a value, and a new relationship needs a new name",
                 relationship.variable->at);
  }
  if (relationship.range) {
    fail_.syntax("CreatingVarLength",
                 "a relationship of variable length can be matched, but not created",
                 relationship.at);
  }
  check_new_type(relationship);
  if (directed && relationship.direction == Direction::Both) {
    fail_.syntax("RequiresDirectedRelationship",
                 "a relationship is created in one direction: write -[…]-> or <-[…]-",
                 relationship.at);
  }
}

void Binder::check_new_type(const ast::RelationshipPattern& relationship) const {
  using Op = ast::LabelExpression::Op;
  const auto& types = relationship.types;
  const bool is_one =
      types && (types->op == Op::Name || (types->op == Op::Dynamic && !types->dynamic.any));
  if (is_one) return;
  fail_.syntax("NoSingleRelationshipType",
               "a relationship is created with exactly one type, such as -[:KNOWS]->",
               relationship.at);
}

// `check_new_type` has passed.
Binder::MadeNames Binder::new_type(const ast::RelationshipPattern& relationship) {
  MadeNames result;
  const bool is_one = add_names(*relationship.types, result);
  KITH_ASSERT(is_one && result.names.size() + result.dynamic.size() == 1);
  return result;
}

// False if it is more than a list of names.
bool Binder::add_names(const ast::LabelExpression& labels, MadeNames& into) {
  using Op = ast::LabelExpression::Op;
  const auto add = [&](const std::string& name) {
    if (std::find(into.names.begin(), into.names.end(), name) == into.names.end()) {
      into.names.push_back(name);
    }
  };
  if (labels.op == Op::Name) {
    add(labels.name.text);
    return true;
  }
  if (labels.op == Op::Dynamic && !labels.dynamic.any) {
    ExpressionPtr value = bind_name(labels.dynamic);
    const auto name = constant_name(value);
    if (name) add(*name);
    if (!name) into.dynamic.push_back(std::move(value));
    return true;
  }
  if (labels.op != Op::And) return false;
  return std::all_of(labels.operands.begin(), labels.operands.end(),
                     [&](const auto& operand) { return add_names(operand, into); });
}

Binder::MadeNames Binder::new_labels(const ast::NodePattern& node) {
  MadeNames result;
  if (node.labels && !add_names(*node.labels, result)) {
    fail_.syntax("UnexpectedSyntax",
                 "a node is created with a list of labels, such as :A:B, not with a choice of them",
                 node.at);
  }
  return result;
}

Slot Binder::declare_element(const std::optional<ast::Name>& name, TypeSet types) {
  const Slot slot = names_.add_slot(name ? name->text : "", types);
  if (name) names_.declare(name->text, slot);
  return slot;
}

// ---- CREATE

void Binder::bind(const ast::Create& clause, Position at, Clauses& into) {
  note_write(at);
  NewElements made{{}, at, into};
  for (const ast::PatternPart& part : clause.pattern) create_part(part, made);
  made.finish();
}

void Binder::create_part(const ast::PatternPart& part, NewElements& made) {
  check_new_part(part, "CREATE");
  MakePath path;
  Slot left = path.start = create_node(part.nodes[0], part.relationships.empty(), made);
  for (std::size_t i = 0; i < part.relationships.size(); ++i) {
    check_new_relationship(part.relationships[i], true);
    const Slot right = create_node(part.nodes[i + 1], false, made);
    const Slot slot = create_relationship(part.relationships[i], left, right, made);
    path.steps.push_back({slot, false, right});
    left = right;
  }
  if (!part.variable) return;
  const Slot slot = declare_path(*part.variable);
  made.pattern.paths.push_back({slot, make(std::move(path), kPathType, part.at)});
}

Slot Binder::create_node(const ast::NodePattern& node, bool alone, NewElements& made) {
  if (const auto slot = existing_node(node, alone)) return *slot;
  ExpressionPtr properties = created_properties(node.properties.get(), made);
  MadeNames labels = new_labels(node);
  for (const ExpressionPtr& label : labels.dynamic) made.finish_before(*label);
  const Slot slot = declare_element(node.variable, kNodeType);
  made.pattern.nodes.push_back(
      {slot, std::move(labels.names), std::move(properties), std::move(labels.dynamic)});
  return slot;
}

Slot Binder::create_relationship(const ast::RelationshipPattern& relationship, Slot left,
                                 Slot right, NewElements& made) {
  check_new_relationship(relationship, true);  // once more: its ends may have taken its name
  ExpressionPtr properties = created_properties(relationship.properties.get(), made);
  KITH_ASSERT(relationship.direction != Direction::Both);
  MadeNames type = new_type(relationship);
  for (const ExpressionPtr& value : type.dynamic) made.finish_before(*value);
  const Slot slot = declare_element(relationship.variable, kRelationshipType);
  const bool is_out = relationship.direction == Direction::Out;
  bound::NewRelationship created{slot, "", is_out ? left : right, is_out ? right : left,
                                 std::move(properties)};
  if (!type.names.empty()) created.type = std::move(type.names[0]);
  if (!type.dynamic.empty()) created.dynamic_type = std::move(type.dynamic[0]);
  made.pattern.relationships.push_back(std::move(created));
  return slot;
}

ExpressionPtr Binder::created_properties(const ast::Expression* properties, NewElements& made) {
  if (properties == nullptr) return nullptr;
  ExpressionPtr result;
  if (const auto* written = std::get_if<ast::MapLiteral>(&properties->node)) {
    bound::Map map;  // even a constant one stays a map: each value knows where it stands
    for (const auto& entry : written->entries) {
      map.entries.emplace_back(entry.key.text, bind_expression(*entry.value));
    }
    result = make(std::move(map), kMapType, properties->at);
  } else {
    result = bind_expression(*properties);
  }
  require(result, kMapType, "a set of properties");
  made.finish_before(*result);
  return result;
}

// ---- MERGE

void Binder::bind(const ast::Merge& clause, Position at, Clauses& into) {
  note_write(at);
  reads_ = true;
  bound::Merge made;
  merge_part(clause.pattern, made);
  for (const ast::SetItem& item : clause.on_create) made.on_create.push_back(bind_set_item(item));
  for (const ast::SetItem& item : clause.on_match) made.on_match.push_back(bind_set_item(item));
  into.push_back({std::move(made), at});
}

// Properties and values of labels are bound before any name of the pattern is declared: they decide
// whether it exists.
void Binder::merge_part(const ast::PatternPart& part, bound::Merge& merge) {
  check_new_part(part, "MERGE");
  std::vector<MergedElement> of_nodes, of_relationships;
  for (const auto& node : part.nodes) {
    of_nodes.push_back({merged_properties(node.properties.get()), new_labels(node)});
  }
  for (const auto& relationship : part.relationships) {
    check_new_relationship(relationship, false);
    of_relationships.push_back(
        {merged_properties(relationship.properties.get()), new_type(relationship)});
  }
  MakePath path;
  const bool alone = part.relationships.empty();
  Slot left = path.start = merge_node(part.nodes[0], alone, std::move(of_nodes[0]), merge);
  for (std::size_t i = 0; i < part.relationships.size(); ++i) {
    check_new_relationship(part.relationships[i], false);
    const Slot right = merge_node(part.nodes[i + 1], false, std::move(of_nodes[i + 1]), merge);
    const Slot slot = merge_relationship(part.relationships[i], left, right,
                                         std::move(of_relationships[i]), merge);
    path.steps.push_back({slot, false, right});
    left = right;
  }
  if (!part.variable) return;
  const Slot slot = declare_path(*part.variable);
  merge.match.paths.push_back({slot, make(std::move(path), kPathType, part.at)});
}

Binder::Entries Binder::merged_properties(const ast::Expression* properties) {
  Entries result;
  if (properties == nullptr) return result;
  const auto* map = std::get_if<ast::MapLiteral>(&properties->node);
  if (map == nullptr) {
    fail_.syntax("InvalidParameterUse",
                 "MERGE cannot take properties from a parameter as a whole: name them, such as "
                 "{id: $map.id}",
                 properties->at);
  }
  for (const auto& entry : map->entries) {
    result.emplace_back(entry.key.text, bind_expression(*entry.value));
  }
  return result;
}

void Binder::add_entry_conjuncts(const ExpressionPtr& subject, const Entries& entries,
                                 std::vector<ExpressionPtr>& into) const {
  for (const auto& [key, value] : entries) {
    ExpressionPtr property = make(bound::Property{subject, key}, TypeSet::any(), value->at);
    into.push_back(operation(Operator::Equal, {std::move(property), value}, value->at));
  }
}

void Binder::add_name_conjuncts(const ExpressionPtr& subject, const MadeNames& names, Position at,
                                std::vector<ExpressionPtr>& into) const {
  for (const std::string& name : names.names) {
    bound::LabelExpression label;
    label.name = name;
    into.push_back(make(bound::HasLabels{subject, std::move(label)}, kBooleanType, at));
  }
  for (const ExpressionPtr& value : names.dynamic) {
    bound::LabelExpression label;
    label.op = bound::LabelExpression::Op::Dynamic;
    label.value = value;
    into.push_back(make(bound::HasLabels{subject, std::move(label)}, kBooleanType, value->at));
  }
}

Slot Binder::merge_node(const ast::NodePattern& node, bool alone, MergedElement element,
                        bound::Merge& merge) {
  auto& nodes = merge.match.nodes;
  if (const auto slot = existing_node(node, alone)) {
    const bool is_listed = std::any_of(nodes.begin(), nodes.end(),
                                       [&](const auto& other) { return other.slot == *slot; });
    if (!is_listed) nodes.push_back({*slot, true});
    return *slot;
  }
  const Slot slot = declare_element(node.variable, kNodeType);
  KITH_ASSERT(nodes.size() >= merge.create.nodes.size());
  nodes.push_back({slot, false});
  const ExpressionPtr subject =
      make(Variable{slot, node.variable ? node.variable->text : ""}, kNodeType, node.at);
  add_name_conjuncts(subject, element.names, node.at, merge.match.conjuncts);
  add_entry_conjuncts(subject, element.properties, merge.match.conjuncts);
  bound::NewNode made{slot, std::move(element.names.names), nullptr,
                      std::move(element.names.dynamic)};
  if (!element.properties.empty()) {
    made.properties = make(bound::Map{std::move(element.properties)}, kMapType, node.at);
  }
  merge.create.nodes.push_back(std::move(made));
  return slot;
}

Slot Binder::merge_relationship(const ast::RelationshipPattern& relationship, Slot left, Slot right,
                                MergedElement element, bound::Merge& merge) {
  check_new_relationship(relationship, false);
  const Slot slot = declare_element(relationship.variable, kRelationshipType);
  bound::PatternRelationship matched;
  matched.slot = slot;
  matched.left = left;
  matched.right = right;
  matched.direction = relationship.direction;
  matched.types = element.names.names;
  merge.match.relationships.push_back(std::move(matched));
  const std::string name = relationship.variable ? relationship.variable->text : "";
  const ExpressionPtr subject = make(Variable{slot, name}, kRelationshipType, relationship.at);
  add_name_conjuncts(subject, {{}, element.names.dynamic}, relationship.at, merge.match.conjuncts);
  add_entry_conjuncts(subject, element.properties, merge.match.conjuncts);
  const bool is_in = relationship.direction == Direction::In;
  bound::NewRelationship made{slot, "", is_in ? right : left, is_in ? left : right, nullptr};
  if (!element.names.names.empty()) made.type = std::move(element.names.names[0]);
  if (!element.names.dynamic.empty()) made.dynamic_type = std::move(element.names.dynamic[0]);
  if (!element.properties.empty()) {
    made.properties = make(bound::Map{std::move(element.properties)}, kMapType, relationship.at);
  }
  merge.create.relationships.push_back(std::move(made));
  KITH_ASSERT(merge.create.relationships.size() == merge.match.relationships.size());
  return slot;
}

}  // namespace kith::cypher
