// cypher/explain.cpp: one name and one line of details for each operator.
#include "cypher/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "core/assert.hpp"
#include "core/print.hpp"
#include "cypher/bind/print.hpp"
#include "cypher/explain_schema.hpp"
#include "cypher/plan/tree.hpp"
#include "cypher/show.hpp"

namespace kith::cypher {

namespace {

using plan::Node;

template <class List, class Write>
std::string joined(const List& list, Write&& write, std::string_view between = ", ") {
  std::string text;
  for (const auto& item : list) {
    if (!text.empty()) text += between;
    text += write(item);
  }
  return text;
}

std::string quoted(std::string_view name) {
  std::string text;
  append_name(text, name);
  return text;
}

std::string labels_text(const std::vector<std::string>& labels) {
  std::string text;
  for (const auto& label : labels) text += ":" + quoted(label);
  return text;
}

// Writes the label of one operator. Overloads in the order of logical.hpp.
class Labeller {
 public:
  explicit Labeller(std::span<const bound::SlotInfo> slots) : slots_(slots) {}

  Label operator()(const plan::Unit&) { return {"SingleRow", ""}; }
  Label operator()(const plan::Argument& op) { return {"Argument", names(op.slots)}; }
  Label operator()(const plan::NodeScan& op) {
    return {op.labels.empty() ? "AllNodesScan" : "NodeByLabelScan",
            name(op.node) + labels_text(op.labels)};
  }
  Label operator()(const plan::RelationshipScan& op) {
    const std::vector<std::string> types =
        op.type ? std::vector{*op.type} : std::vector<std::string>();
    return {op.type ? "DirectedRelationshipTypeScan" : "DirectedAllRelationshipsScan",
            step(op.start, op.relationship, types, Direction::Out, op.end)};
  }
  Label operator()(const plan::StoreCount& op) {
    const std::string label = op.name ? ":" + quoted(*op.name) : "";
    const std::string what = op.relationships ? "()-[" + label + "]->()" : "(" + label + ")";
    return {op.relationships ? "RelationshipCountFromCountStore" : "NodeCountFromCountStore",
            fmt::format("count({}) AS {}", what, name(op.slot))};
  }
  Label operator()(const plan::NodeById& op) {
    return {"NodeByIdSeek", fmt::format("id({}) IN {}", name(op.node), text(op.ids))};
  }
  Label operator()(const plan::RelationshipById& op) {
    return {"RelationshipByIdSeek",
            fmt::format("id({}) IN {}", name(op.relationship), text(op.ids))};
  }
  Label operator()(const plan::IndexSeek& op) {
    const bool is_range = op.lower || op.upper || op.prefix;
    const bool is_scan = op.equal.empty() && !is_range;
    const bool all_equal = op.equal.size() == op.keys.size();
    const bool is_node = op.on == bound::ElementKind::Node;
    std::string kind = is_node        ? "Node"
                       : op.both_ways ? "UndirectedRelationship"
                                      : "DirectedRelationship";
    if (op.unique && is_node && all_equal) kind += "Unique";
    kind += is_scan ? "IndexScan" : is_range ? "IndexSeekByRange" : "IndexSeek";
    const std::string on = name(op.element) + ":" + quoted(op.token) + "(" +
                           joined(op.keys, [](const auto& key) { return quoted(key); }) + ")";
    const std::string pattern = is_node ? on
                                        : fmt::format("({})-[{}]-{}({})", name(op.start), on,
                                                      op.both_ways ? "" : ">", name(op.end));
    std::string details = (op.unique ? "UNIQUE " : "RANGE INDEX ") + pattern;
    if (op.with_absent) {
      details += " and the rest";
    } else {
      details += " WHERE " + index_conditions(op);
    }
    if (op.order == plan::IndexSeek::Order::Any) return {std::move(kind), std::move(details)};
    const std::size_t first = std::min(op.equal.size(), op.keys.size() - 1);
    details += " ORDER BY " + quoted(op.keys[first]) +
               (op.order == plan::IndexSeek::Order::Ascending ? " ASC" : " DESC");
    return {std::move(kind), std::move(details)};
  }
  Label operator()(const plan::Expand& op) {
    return {
        op.into ? "Expand(Into)" : "Expand(All)",
        step(op.from, op.relationship, op.types, op.direction, op.to) + trail(op.distinct_from)};
  }
  Label operator()(const plan::ExpandBound& op) {
    return {"ProjectEndpoints", step(op.from, op.relationship, op.types, op.direction, op.to) +
                                    trail(op.distinct_from)};
  }
  Label operator()(const plan::VarExpand& op) {
    const char* kind = op.each_end_once ? "VarLengthExpand(Pruning)" : "VarLengthExpand(All)";
    return {op.into ? "VarLengthExpand(Into)" : kind,
            step(op.from, op.relationships, op.types, op.direction, op.to, length(op)) +
                each_of(conditions(op)) + trail(op.distinct_from)};
  }
  Label operator()(const plan::ShortestPath& op) {
    return {op.all ? "AllShortestPaths" : "ShortestPath",
            step(op.from, op.relationships, op.types, op.direction, op.to, length(op)) +
                each(op.predicate)};
  }
  Label operator()(const plan::PathExpand& op) {
    std::string details;
    if (const auto& selector = op.path.selector) {
      details = "SHORTEST " + (selector->count ? text(selector->count) : "1") +
                (selector->groups ? " GROUPS " : " ");
    }
    details += path(op) + trail(op.distinct_from);
    if (op.path.selector) {
      return {op.into ? "StatefulShortestPath(Into)" : "StatefulShortestPath(All)",
              std::move(details)};
    }
    return {op.path.repeats ? "Repeat(Walk)" : "Repeat(Trail)", std::move(details)};
  }
  Label operator()(const plan::Intersect& op) {
    return {"Intersect", joined(op.legs, [&](const auto& leg) {
                           return step(leg.from, leg.relationship, leg.types, leg.direction,
                                       op.to) +
                                  each(leg.predicate) + trail(leg.distinct_from);
                         }) + each(op.predicate)};
  }
  Label operator()(const plan::Sieve& op) {
    return {"PruneDuplicates", name(op.node) + (op.source ? " BY " + name(*op.source) : "") +
                                   (op.exact ? ", EACH ONCE" : "")};
  }
  Label operator()(const plan::Select& op) { return {"Filter", texts(op.conjuncts, " AND ")}; }
  Label operator()(const plan::Project& op) { return {"Projection", items(op.items)}; }
  Label operator()(const plan::Unwind& op) {
    return {"Unwind", text(op.list) + " AS " + name(op.slot)};
  }
  Label operator()(const plan::CallProcedure& op) {
    const auto yields = [&] {
      return joined(op.yields, [&](const auto& y) { return name(y.slot); });
    };
    if (op.name == kShowIndexes) return {"ShowIndexes", yields()};
    if (op.name == kShowConstraints) return {"ShowConstraints", yields()};
    std::string details = op.name + "(" + texts(op.arguments, ", ") + ")";
    if (!op.yields.empty()) details += " :: " + yields();
    return {"ProcedureCall", std::move(details)};
  }
  Label operator()(const plan::LoadCsv& op) {
    return {"LoadCSV",
            text(op.source) + (op.headers ? " WITH HEADERS AS " : " AS ") + name(op.slot)};
  }
  Label operator()(const plan::Fold& op) {
    return {"Fold", weight(op.of) + " AS " + name(op.weight) + (op.in_all ? " IN ALL" : "") +
                        (op.keeps_all ? " OR 0" : "")};
  }
  Label operator()(const plan::Aggregate& op) {
    std::string details = items(op.keys);
    if (!details.empty() && !op.calls.empty()) details += ", ";
    details += joined(op.calls, [&](const auto& call) { return aggregate(call); });
    if (!op.weights.empty()) {
      details += " WEIGHT " + joined(
                                  op.weights, [&](Slot slot) { return name(slot); }, " * ");
    }
    if (op.of_node && op.of_node->looks_up) details += "; groups by " + name(op.of_node->node);
    if (op.calls.empty() && !op.keys.empty()) return {"Distinct", std::move(details)};
    return {"EagerAggregation", std::move(details)};
  }
  Label operator()(const plan::Distinct& op) { return {"Distinct", names(op.slots)}; }
  Label operator()(const plan::Sort& op) { return {"Sort", keys(op.keys)}; }
  Label operator()(const plan::Top& op) {
    std::string details = keys(op.keys) + " LIMIT " + text(op.limit);
    if (op.skip) details += " + " + text(op.skip);
    return {"Top", std::move(details)};
  }
  Label operator()(const plan::Limit& op) {
    if (!op.limit) return {"Skip", text(op.skip)};
    return {"Limit", op.skip ? fmt::format("SKIP {} LIMIT {}", text(op.skip), text(op.limit))
                             : text(op.limit)};
  }
  Label operator()(const plan::Eager&) { return {"Eager", ""}; }
  Label operator()(const plan::Produce& op) {
    return {"ProduceResults", joined(op.columns, [](const auto& c) { return quoted(c.name); })};
  }
  Label operator()(const plan::CartesianProduct&) { return {"CartesianProduct", ""}; }
  Label operator()(const plan::HashJoin& op) {
    bool on_nodes = true;
    const auto write = [&](const auto& key) {
      const auto* one = plan::as_variable(*key.first);
      const auto* two = plan::as_variable(*key.second);
      if (one != nullptr && two != nullptr && one->slot == two->slot) return name(one->slot);
      on_nodes = false;
      return text(key.first) + " = " + text(key.second);
    };
    std::string details = joined(op.keys, write);
    using Kind = plan::HashJoin::Kind;
    if (op.kind == Kind::Semi) return {"SemiHashJoin", std::move(details)};
    if (op.kind == Kind::Anti) return {"AntiHashJoin", std::move(details)};
    if (op.kind == Kind::Left) {
      return {on_nodes ? "NodeLeftOuterHashJoin" : "LeftOuterHashJoin", std::move(details)};
    }
    return {on_nodes ? "NodeHashJoin" : "ValueHashJoin", std::move(details)};
  }
  Label operator()(const plan::Apply& op) {
    using Kind = plan::Apply::Kind;
    switch (op.kind) {
      case Kind::Cross:
        return {"Apply", ""};
      case Kind::Optional:
        return {"Apply(Optional)", names(op.introduced)};
      case Kind::Semi:
        return {"SemiApply", ""};
      case Kind::Anti:
        return {"AntiSemiApply", ""};
      case Kind::Mark:
        return {"LetSemiApply", name(op.mark)};
      case Kind::Unit:
        return {"SubqueryForeach", ""};
    }
    return {"Apply", ""};
  }
  Label operator()(const plan::CallInTransactions& op) {
    std::string details = "OF " + (op.rows ? text(op.rows) : std::string("1000")) + " ROWS";
    if (op.on_error == plan::OnError::Continue) details += " ON ERROR CONTINUE";
    if (op.on_error == plan::OnError::Break) details += " ON ERROR BREAK";
    if (op.status) details += " REPORT STATUS AS " + name(*op.status);
    return {op.returns ? "TransactionApply" : "TransactionForeach", std::move(details)};
  }
  Label operator()(const plan::Union& op) {
    return {op.is_fallback ? "Fallback" : "Union", names(op.slots)};
  }
  Label operator()(const plan::Create& op) { return {"Create", create(op)}; }
  Label operator()(const plan::Set& op) { return set(op); }
  Label operator()(const plan::Delete& op) {
    return {op.detach ? "DetachDelete" : "Delete", texts(op.targets, ", ")};
  }
  Label operator()(const plan::Merge& op) {
    std::string details = create(op.create);
    const auto write = [&](const auto& item) { return change(item); };
    if (!op.on_create.empty()) details += " ON CREATE SET " + joined(op.on_create, write);
    if (!op.on_match.empty()) details += " ON MATCH SET " + joined(op.on_match, write);
    return {"Merge", std::move(details)};
  }
  Label operator()(const plan::Foreach& op) {
    return {"Foreach", name(op.slot) + " IN " + text(op.list)};
  }
  Label operator()(const plan::SchemaCommand& op) { return describe_command(op); }

 private:
  std::string name(Slot slot) const { return bound::print_slot(slot, slots_); }
  std::string names(const std::vector<Slot>& list) const {
    return joined(list, [&](Slot slot) { return name(slot); });
  }
  std::string text(const bound::ExpressionPtr& e) const {
    return e ? bound::print_expression(*e, slots_) : "";
  }
  std::string texts(const std::vector<bound::ExpressionPtr>& list, std::string_view between) const {
    const bool is_and = between == " AND " && list.size() > 1;
    return joined(
        list,
        [&](const auto& e) {
          const bool wraps = is_and && (plan::as_operation(*e, bound::Operator::Or) != nullptr ||
                                        plan::as_operation(*e, bound::Operator::Xor) != nullptr);
          return wraps ? "(" + text(e) + ")" : text(e);
        },
        between);
  }
  // ---- trees of folds
  std::string weight(const plan::Weight& weight) const {
    using Kind = plan::Weight::Kind;
    std::string text;
    for (const auto& term : weight.terms) {
      if (!text.empty() || term.factor < 0) text += term.factor < 0 ? " - " : " + ";
      text += tree(term.root);
    }
    if (weight.kind == Kind::Times) return text;
    const std::string_view kind = weight.kind == Kind::Optional ? "OPTIONAL"
                                  : weight.kind == Kind::Exists ? "EXISTS"
                                                                : "NOT EXISTS";
    return fmt::format("{} {{{}}}", kind, text);
  }
  std::string tree(const plan::WeightNode& node) const {
    std::string tests = texts(node.conjuncts, " AND ");
    for (const auto& closing : node.closings) {
      if (!tests.empty()) tests += " AND ";
      if (closing.kind == plan::Closing::Kind::Absent) tests += "NOT ";
      if (closing.kind == plan::Closing::Kind::Exists) tests += "EXISTS ";
      const std::string of =
          arrow(closing.types, closing.direction, closing.relationship, closing.conjuncts);
      tests += fmt::format("^{}{}()", closing.depth, of);
    }
    std::string text = "(" + name(node.slot) + labels_text(node.labels) +
                       (tests.empty() ? "" : " WHERE " + tests) + ")";
    std::vector<std::string> branches;
    for (const auto& step : node.steps) {
      branches.push_back(arrow(step.types, step.direction, step.relationship, step.conjuncts) +
                         tree(step.to));
    }
    for (const auto& inner : node.weights) branches.push_back(weight(inner));
    const bool one = branches.size() == 1 && node.weights.empty();
    if (one) return text + branches[0];
    if (branches.empty()) return text;
    return text + "{" + joined(branches, [](const std::string& branch) { return branch; }) + "}";
  }
  std::string arrow(const std::vector<std::string>& types, Direction direction, Slot relationship,
                    const std::vector<bound::ExpressionPtr>& conjuncts) const {
    std::string of = types.empty() ? "" : ":" + joined(types, quoted, "|");
    if (!conjuncts.empty()) of = name(relationship) + of + " WHERE " + texts(conjuncts, " AND ");
    return fmt::format("{}-[{}]-{}", direction == Direction::In ? "<" : "", of,
                       direction == Direction::Out ? ">" : "");
  }
  std::string items(const std::vector<plan::Item>& list) const {
    return joined(list, [&](const plan::Item& item) {
      const std::string value = text(item.value), own = name(item.slot);
      return value == own ? value : value + " AS " + own;
    });
  }
  std::string keys(const std::vector<plan::SortKey>& list) const {
    return joined(list, [&](const auto& key) {
      return text(key.value) + (key.ascending ? " ASC" : " DESC");
    });
  }
  std::string aggregate(const bound::AggregateCall& call) const {
    const std::string arguments = call.arguments.empty() ? "*" : texts(call.arguments, ", ");
    return fmt::format("{}({}{}){} AS {}", call.function->name, call.distinct ? "DISTINCT " : "",
                       arguments, call.looked_at.empty() ? "" : "[..]", name(call.slot));
  }
  std::string trail(const std::vector<Slot>& others) const {
    return others.empty() ? "" : " distinct from " + names(others);
  }
  std::string each(const bound::ExpressionPtr& predicate) const {
    return predicate ? " WHERE " + text(predicate) : "";
  }

  static std::vector<bound::ExpressionPtr> conditions(const plan::VarExpand& op) {
    std::vector<bound::ExpressionPtr> all;
    for (const auto& e : {op.before.predicate, op.predicate, op.behind.predicate}) {
      if (e != nullptr) all.push_back(e);
    }
    return all;
  }

  template <class Op>
  static std::string length(const Op& op) {
    if (!op.max && op.min <= 1) return op.min == 1 ? "*" : "*0..";
    if (op.max && *op.max == op.min) return fmt::format("*{}", op.min);
    return op.max ? fmt::format("*{}..{}", op.min, *op.max) : fmt::format("*{}..", op.min);
  }
  std::string step(Slot from, Slot relationship, const std::vector<std::string>& types,
                   Direction direction, Slot to, const std::string& length = {}) const {
    return fmt::format("({}){}({})", name(from), arrow(relationship, types, direction, length),
                       name(to));
  }
  std::string arrow(Slot relationship, const std::vector<std::string>& types, Direction direction,
                    const std::string& length = {}) const {
    return arrow(name(relationship), types, direction, length);
  }
  static std::string arrow(const std::string& relationship, const std::vector<std::string>& types,
                           Direction direction, const std::string& length = {}) {
    const std::string of = types.empty() ? "" : ":" + joined(types, quoted, "|");
    return fmt::format("{}-[{}{}{}]-{}", direction == Direction::In ? "<" : "", relationship, of,
                       length, direction == Direction::Out ? ">" : "");
  }
  // (a) ((x)-[r:T]->(y) WHERE …){1,3} (b)
  std::string path(const plan::PathExpand& op) const {
    const auto node = [&](Slot slot) { return "(" + name(slot) + ")"; };
    const auto& stretches = op.path.stretches;
    std::string details = stretches[0].times ? node(op.from) : "";
    for (const auto& stretch : stretches) {
      if (!details.empty()) details += " ";
      details += (stretch.times ? "(" : "") + node(stretch.start);
      for (const auto& s : stretch.steps) {
        details += arrow(s.relationship, s.types, s.direction) + node(s.node);
      }
      if (!stretch.times) continue;
      details += each_of(stretch.conjuncts) + ")" + times(*stretch.times);
    }
    if (stretches.back().times) details += " " + node(op.to);
    return details + each_of(op.path.conjuncts);
  }
  std::string each_of(const std::vector<bound::ExpressionPtr>& conjuncts) const {
    return conjuncts.empty() ? "" : " WHERE " + texts(conjuncts, " AND ");
  }
  static std::string times(const bound::PathStretch::Times& times) {
    if (!times.max && times.min < 2) return times.min == 0 ? "*" : "+";
    if (times.max == times.min) return fmt::format("{{{}}}", times.min);
    return fmt::format("{{{},{}}}", times.min, times.max ? std::to_string(*times.max) : "");
  }
  std::string index_conditions(const plan::IndexSeek& op) const {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < op.keys.size(); ++i) {
      const std::string key = quoted(op.keys[i]);
      const auto add = [&](std::string_view how, const bound::ExpressionPtr& value) {
        parts.push_back(key + std::string(how) + text(value));
      };
      const bool is_range = i == op.equal.size() && (op.lower || op.upper || op.prefix);
      if (i < op.equal.size()) {
        add(op.equal[i].any_of ? " IN " : " = ", op.equal[i].value);
      } else if (!is_range) {
        parts.push_back(key + " IS NOT NULL");
      } else {
        if (op.prefix) add(" STARTS WITH ", op.prefix);
        if (op.lower) add(op.lower_inclusive ? " >= " : " > ", op.lower);
        if (op.upper) add(op.upper_inclusive ? " <= " : " < ", op.upper);
      }
    }
    return joined(
        parts, [](const std::string& part) { return part; }, " AND ");
  }
  std::string values_text(const std::vector<bound::ExpressionPtr>& labels) const {
    std::string all;
    for (const auto& label : labels) all += ":$(" + text(label) + ")";
    return all;
  }
  std::string key(const plan::SetItem& item) const {
    return item.dynamic_key ? "[" + text(item.dynamic_key) + "]" : "." + quoted(item.key);
  }
  std::string properties(const bound::ExpressionPtr& e) const { return e ? " " + text(e) : ""; }
  std::string create(const plan::Create& op) const {
    std::vector<std::string> parts;
    for (const auto& n : op.nodes) {
      parts.push_back("(" + name(n.slot) + labels_text(n.labels) + values_text(n.dynamic_labels) +
                      properties(n.properties) + ")");
    }
    for (const auto& r : op.relationships) {
      parts.push_back(
          fmt::format("({})-[{}:{}{}]->({})", name(r.start), name(r.slot),
                      r.dynamic_type ? "$(" + text(r.dynamic_type) + ")" : quoted(r.type),
                      properties(r.properties), name(r.end)));
    }
    return joined(parts, [](const std::string& part) { return part; });
  }
  std::string change(const plan::SetItem& item) const {
    using Kind = plan::SetItem::Kind;
    const std::string subject = text(item.subject);
    switch (item.kind) {
      case Kind::Property:
        return subject + key(item) + " = " + text(item.value);
      case Kind::Replace:
        return subject + " = " + text(item.value);
      case Kind::Merge:
        return subject + " += " + text(item.value);
      case Kind::RemoveProperty:
        return "REMOVE " + subject + key(item);
      case Kind::AddLabels:
        return subject + labels_text(item.labels) + values_text(item.dynamic_labels);
      case Kind::RemoveLabels:
        return "REMOVE " + subject + labels_text(item.labels) + values_text(item.dynamic_labels);
    }
    return {};
  }
  Label set(const plan::Set& op) const {
    using Kind = plan::SetItem::Kind;
    bool labels = true, removals = true;
    for (const auto& item : op.items) {
      labels = labels && (item.kind == Kind::AddLabels || item.kind == Kind::RemoveLabels);
      removals = removals && item.kind == Kind::RemoveLabels;
    }
    std::string name = op.items.size() == 1 ? "SetProperty" : "SetProperties";
    if (labels) name = removals ? "RemoveLabels" : "SetLabels";
    return {std::move(name), joined(op.items, [&](const auto& item) { return change(item); })};
  }

  std::span<const bound::SlotInfo> slots_;
};

class Describer {
 public:
  Describer(std::span<const bound::SlotInfo> slots, const Measurements* measurements)
      : slots_(slots), measurements_(measurements) {}

  PlanDescription describe(const Node& node) const {
    if (const Node* expand = optional_step(node)) return describe_optional(node, *expand);
    PlanDescription made = own(node);
    for (const auto& child : node.children) made.children.push_back(describe(*child));
    add_subqueries(node, made);
    return made;
  }

 private:
  PlanDescription own(const Node& node) const {
    Label label = std::visit(Labeller(slots_), node.op);
    PlanDescription made;
    made.name = std::move(label.name);
    made.details = std::move(label.details);
    made.estimated_rows = node.rows;
    measure(node, made);
    return made;
  }

  void measure(const Node& node, PlanDescription& made) const {
    if (measurements_ == nullptr) return;
    const auto found = measurements_->find(node.id);
    const Measured measured = found == measurements_->end() ? Measured{} : found->second;
    made.rows = measured.rows;
    made.elapsed_ns = made.elapsed_ns.value_or(0) + measured.elapsed_ns;
    made.memory_bytes = made.memory_bytes.value_or(0) + measured.memory_bytes;
  }

  // OPTIONAL MATCH of one step is one operator to readers: its Expand, if the Apply has that shape.
  static const Node* optional_step(const Node& node) {
    const auto* apply = plan::as<plan::Apply>(node);
    if (apply == nullptr || apply->kind != plan::Apply::Kind::Optional) return nullptr;
    const Node* inner = node.children[1].get();
    if (plan::as<plan::Select>(*inner) != nullptr) inner = inner->children[0].get();
    if (plan::as<plan::Expand>(*inner) == nullptr) return nullptr;
    return plan::as<plan::Argument>(*inner->children[0]) != nullptr ? inner : nullptr;
  }

  PlanDescription describe_optional(const Node& node, const Node& expand) const {
    PlanDescription made = own(expand);
    made.name = "Optional" + made.name;
    made.estimated_rows = node.rows;
    const Node& inner = *node.children[1];
    if (&inner != &expand) {
      made.details += " WHERE " + own(inner).details;
      add_subqueries(inner, made);
      measure(inner, made);
    }
    measure(node, made);
    made.children.insert(made.children.begin(), describe(*node.children[0]));
    return made;
  }

  // Plans that expressions run.
  void add_subqueries(const Node& node, PlanDescription& made) const {
    plan::for_each_expression(node, [&](const bound::ExpressionPtr& e) {
      bound::any_in(*e, [&](const bound::Expression& part) {
        const auto* subquery = plan::as_subquery(part);
        if (subquery != nullptr && subquery->plan != nullptr) {
          PlanDescription body;
          body.name = "Subquery";
          body.details = bound::print_expression(part, slots_);
          body.estimated_rows = subquery->plan->rows;
          measure(*subquery->plan, body);
          body.children.push_back(describe(*subquery->plan));
          made.children.push_back(std::move(body));
        }
        return false;
      });
    });
  }

  std::span<const bound::SlotInfo> slots_;
  const Measurements* measurements_;
};

}  // namespace

PlanDescription describe(const plan::Node& node, std::span<const bound::SlotInfo> slots,
                         const Measurements* measurements) {
  return Describer(slots, measurements).describe(node);
}

}  // namespace kith::cypher
