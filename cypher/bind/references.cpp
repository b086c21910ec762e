// cypher/bind/references.cpp: constraints about relationships: what their patterns may say.
//
// docs/constraints.md describes them. A pattern is one step; what is too much in it is named.
#include <algorithm>

#include "core/assert.hpp"
#include "cypher/bind/binder.hpp"

namespace kith::cypher {

namespace {

constexpr std::string_view kDetail = "InvalidConstraint";

// A pattern of one relationship, taken apart.
class OneStep {
 public:
  OneStep(const Messages& fail, const ast::PatternPart& path) : fail_(fail), path_(path) {
    if (path.variable) refuse("the path of a constraint has no name", path.variable->at);
    if (path.kind != ast::PatternPart::Kind::Plain || path.relationships.size() != 1)
      refuse("a constraint is about patterns of one relationship", path.at);
    for (const ast::NodePattern& node : path.nodes) {
      if (node.properties || node.where)
        refuse("a constraint does not look at the properties of these nodes", node.at);
    }
    const ast::RelationshipPattern& r = relationship();
    if (r.properties || r.where)
      refuse("a constraint does not look at the properties of this relationship", r.at);
    if (r.range) refuse("a constraint is about patterns of one relationship", r.at);
  }

  const ast::RelationshipPattern& relationship() const { return path_.relationships[0]; }
  const ast::NodePattern& left() const { return path_.nodes[0]; }
  const ast::NodePattern& right() const { return path_.nodes[1]; }
  std::vector<std::string> types() const {
    return alternatives(relationship().types, relationship().at);
  }
  std::vector<std::string> labels(const ast::NodePattern& node) const {
    return alternatives(node.labels, node.at);
  }

  static bool is_named(const ast::NodePattern& node, const ast::Name& name) {
    return node.variable && node.variable->text == name.text;
  }
  // The step as the left or the right node sees it.
  bound::StepNames seen_from(const ast::NodePattern& near) const {
    const bool from_left = &near == &left();
    KITH_ASSERT(from_left || &near == &right());
    bound::StepNames step;
    const Direction written = relationship().direction;
    step.direction = from_left || written == Direction::Both ? written
                     : written == Direction::Out             ? Direction::In
                                                             : Direction::Out;
    step.types = types();
    step.others = labels(from_left ? right() : left());
    return step;
  }
  [[noreturn]] void refuse(const std::string& why, Position at) const {
    fail_.syntax(kDetail, why, at);
  }

 private:
  // A, A|B; nothing.
  std::vector<std::string> alternatives(const std::optional<ast::LabelExpression>& written,
                                        Position at) const {
    using Op = ast::LabelExpression::Op;
    if (!written) return {};
    if (written->op == Op::Name) return {written->name.text};
    std::vector<std::string> names;
    for (const ast::LabelExpression& operand : written->operands) {
      if (written->op != Op::Or || operand.op != Op::Name)
        refuse("a constraint takes names, or alternatives A|B of them", at);
      if (std::find(names.begin(), names.end(), operand.name.text) == names.end())
        names.push_back(operand.name.text);
    }
    if (names.empty()) refuse("a constraint takes names, or alternatives A|B of them", at);
    return names;
  }

  const Messages& fail_;
  const ast::PatternPart& path_;
};

}  // namespace

void Binder::bind_rule(const ast::EndsRule& rule, const ast::CreateConstraint& command,
                       bound::CreateConstraint& into) const {
  if (!command.pattern.relationship)
    fail_.syntax(kDetail, "this is about a relationship: FOR ()-[r:TYPE]->()", rule.at);
  into.kind = storage::ConstraintKind::Ends;
  into.target = schema_target(command.pattern, {});
  for (const ast::PatternPart& path : rule.patterns) {
    const OneStep step(fail_, path);
    const ast::RelationshipPattern& r = step.relationship();
    if (!r.variable || r.variable->text != command.pattern.variable.text || r.types)
      step.refuse("the relationship here is [" + command.pattern.variable.text + "]", r.at);
    if (r.direction == Direction::Both) step.refuse("the relationship here needs an arrow", r.at);
    for (const ast::NodePattern* node : {&step.left(), &step.right()})
      if (node->variable) step.refuse("the nodes here have labels and no names", node->at);
    const bool out = r.direction == Direction::Out;
    into.ends.push_back({step.labels(out ? step.left() : step.right()),
                         step.labels(out ? step.right() : step.left())});
  }
}

void Binder::bind_rule(const ast::CountRule& rule, const ast::CreateConstraint& command,
                       bound::CreateConstraint& into) const {
  const ast::Name& variable = command.pattern.variable;
  if (command.pattern.relationship)
    fail_.syntax(kDetail, "counts are of nodes: FOR (n:Label)", rule.at);
  into.kind = storage::ConstraintKind::Count;
  into.target = schema_target(command.pattern, {});
  const OneStep step(fail_, rule.pattern);
  const bool left = OneStep::is_named(step.left(), variable);
  const ast::NodePattern& near = left ? step.left() : step.right();
  const ast::NodePattern& far = left ? step.right() : step.left();
  if (!OneStep::is_named(near, variable))
    step.refuse("the pattern must begin or end at (" + variable.text + ")", rule.pattern.at);
  if (near.labels) step.refuse("the label of this node stands in FOR", near.at);
  if (far.variable) step.refuse("this node has labels and no name", far.at);
  if (step.relationship().variable)
    step.refuse("the relationship here has types and no name", step.relationship().at);
  into.step = step.seen_from(near);
  switch (rule.op) {
    case ast::BinaryOp::Equal:
      into.least = into.most = rule.number;
      break;
    case ast::BinaryOp::Less:
      if (rule.number == 0) step.refuse("no count is below 0", rule.at);
      into.most = rule.number - 1;
      break;
    case ast::BinaryOp::LessEqual:
      into.most = rule.number;
      break;
    case ast::BinaryOp::Greater:
      into.least = rule.number + 1;
      break;
    default:
      into.least = rule.number;
      break;
  }
  if (into.least == 0 && into.most == storage::kNoMost)
    step.refuse("every count is at least 0: this says nothing", rule.at);
}

void Binder::bind_rule(const ast::DeleteRule& rule, const ast::CreateConstraint& command,
                       bound::CreateConstraint& into) const {
  KITH_ASSERT(command.path.has_value());
  into.kind = storage::ConstraintKind::OnDelete;
  into.cascades = rule.cascades;
  const OneStep step(fail_, *command.path);
  const bool left = OneStep::is_named(step.left(), rule.of);
  const ast::NodePattern& near = left ? step.left() : step.right();
  const ast::NodePattern& far = left ? step.right() : step.left();
  if (!OneStep::is_named(near, rule.of))
    step.refuse("`" + rule.of.text + "` is not one of the nodes in FOR", rule.of.at);
  if (left && OneStep::is_named(far, rule.of))
    step.refuse("the two nodes need names of their own", far.at);
  if (rule.to && !OneStep::is_named(far, *rule.to))
    step.refuse("`" + rule.to->text + "` is not the other node in FOR", rule.to->at);
  const std::vector<std::string> labels = step.labels(near);
  if (labels.size() != 1) step.refuse("the deleted node needs one label", near.at);
  into.target.on = bound::ElementKind::Node;
  into.target.token = labels[0];
  into.step = step.seen_from(near);
}

}  // namespace kith::cypher
