// cypher/plan/tree.cpp: what each operator holds, reads and introduces.
#include "cypher/plan/tree.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "cypher/plan/path_pattern.hpp"

namespace kith::plan {

namespace {

// Calls `see` with every expression of an operator that is not null: the one list of them.
template <class See>
struct Expressions {
  See see;

  void one(ExpressionPtr& e) {
    if (e) see(e);
  }
  void all(std::vector<ExpressionPtr>& list) {
    for (auto& e : list) one(e);
  }
  void items(std::vector<Item>& list) {
    for (auto& item : list) one(item.value);
  }
  void keys(std::vector<SortKey>& list) {
    for (auto& key : list) one(key.value);
  }
  void changes(std::vector<SetItem>& list) {
    for (auto& item : list) {
      one(item.subject);
      one(item.value);
      one(item.dynamic_key);
      all(item.dynamic_labels);
    }
  }
  void operator()(Create& op) {
    for (auto& node : op.nodes) {
      one(node.properties);
      all(node.dynamic_labels);
    }
    for (auto& relationship : op.relationships) {
      one(relationship.properties);
      one(relationship.dynamic_type);
    }
  }
  void operator()(NodeById& op) { one(op.ids); }
  void operator()(RelationshipById& op) { one(op.ids); }
  void operator()(IndexSeek& op) {
    for (auto& value : op.equal) one(value.value);
    one(op.lower);
    one(op.upper);
    one(op.prefix);
    all(op.conjuncts);
  }
  void operator()(VarExpand& op) {
    one(op.predicate);
    one(op.before.predicate);
    one(op.behind.predicate);
  }
  void operator()(ShortestPath& op) { one(op.predicate); }
  void operator()(PathExpand& op) {
    each_expression(op.path, [&](ExpressionPtr& e) { one(e); });
  }
  void operator()(Select& op) { all(op.conjuncts); }
  void operator()(Project& op) { items(op.items); }
  void operator()(Unwind& op) { one(op.list); }
  void operator()(CallProcedure& op) { all(op.arguments); }
  void operator()(LoadCsv& op) { one(op.source); }
  void operator()(CallInTransactions& op) { one(op.rows); }
  void tests(Weight& weight) {
    for (auto& term : weight.terms) tests(term.root);
  }
  void tests(WeightNode& node) {
    all(node.conjuncts);
    for (auto& closing : node.closings) all(closing.conjuncts);
    for (auto& step : node.steps) {
      all(step.conjuncts);
      tests(step.to);
    }
    for (auto& weight : node.weights) tests(weight);
  }
  void operator()(Fold& op) { tests(op.of); }
  void operator()(Aggregate& op) {
    items(op.keys);
    for (auto& call : op.calls) all(call.arguments);
  }
  void operator()(Sort& op) { keys(op.keys); }
  void operator()(Top& op) {
    keys(op.keys);
    one(op.skip);
    one(op.limit);
  }
  void operator()(Limit& op) {
    one(op.skip);
    one(op.limit);
  }
  void operator()(HashJoin& op) {
    for (auto& [first, second] : op.keys) {
      one(first);
      one(second);
    }
  }
  void operator()(Set& op) { changes(op.items); }
  void operator()(Delete& op) { all(op.targets); }
  void operator()(Merge& op) {
    (*this)(op.create);
    changes(op.on_create);
    changes(op.on_match);
  }
  void operator()(Foreach& op) { one(op.list); }
  void operator()(Unit&) {}
  void operator()(Argument&) {}
  void operator()(NodeScan&) {}
  void operator()(RelationshipScan&) {}
  void operator()(StoreCount&) {}
  void operator()(Expand&) {}
  void operator()(Intersect& op) {
    for (auto& leg : op.legs) one(leg.predicate);
    one(op.predicate);
  }
  void operator()(Sieve&) {}
  void operator()(ExpandBound&) {}
  void operator()(Distinct&) {}
  void operator()(Eager&) {}
  void operator()(Produce&) {}
  void operator()(CartesianProduct&) {}
  void operator()(Apply&) {}
  void operator()(Union&) {}
  void operator()(SchemaCommand&) {}
};

void add(std::vector<Slot>& slots, const std::vector<Slot>& more) {
  slots.insert(slots.end(), more.begin(), more.end());
}

std::vector<Slot> read_by(const Intersect& op) {
  std::vector<Slot> slots;
  for (const auto& leg : op.legs) {
    slots.push_back(leg.from);
    add(slots, leg.distinct_from);
  }
  return slots;
}

// Slots that an operator reads by number, not through an expression.
std::vector<Slot> direct_reads(const Node& node) {
  std::vector<Slot> slots;
  const auto created = [&](const Create& op) {
    for (const auto& r : op.relationships) add(slots, {r.start, r.end});
  };
  std::visit(Overload{
                 [&](const Expand& op) {
                   slots = {op.from};
                   if (op.into) slots.push_back(op.to);
                   add(slots, op.distinct_from);
                 },
                 [&](const ExpandBound& op) {
                   slots = {op.relationship};
                   if (op.from_bound) slots.push_back(op.from);
                   if (op.to_bound) slots.push_back(op.to);
                   add(slots, op.distinct_from);
                 },
                 [&](const VarExpand& op) {
                   slots = {op.from};
                   if (op.into) slots.push_back(op.to);
                   add(slots, op.distinct_from);
                 },
                 [&](const ShortestPath& op) {
                   slots = {op.from, op.to};
                 },
                 [&](const PathExpand& op) {
                   slots = {op.from};
                   if (op.into) slots.push_back(op.to);
                   add(slots, op.distinct_from);
                 },
                 [&](const Intersect& op) { slots = read_by(op); },
                 [&](const Sieve& op) {
                   slots = {op.node};
                   if (op.source) slots.push_back(*op.source);
                 },
                 [&](const Aggregate& op) { slots = op.weights; },
                 [&](const Distinct& op) { slots = op.slots; },
                 [&](const Produce& op) {
                   for (const auto& column : op.columns) slots.push_back(column.slot);
                 },
                 [&](const Apply& op) { slots = op.imports; },
                 [&](const CallInTransactions& op) { slots = op.imports; },
                 [&](const Union& op) {
                   for (const auto& input : op.inputs) add(slots, input);
                 },
                 [&](const Create& op) { created(op); },
                 [&](const Merge& op) {
                   created(op.create);
                   add(slots, op.imports);
                 },
                 [&](const Foreach& op) { slots = op.imports; },
                 [](const auto&) {},
             },
             node.op);
  return slots;
}

std::vector<Slot> found_by(const PathExpand& op) {
  std::vector<Slot> slots = added_slots(op.path, op.from, op.to).slots();
  slots.push_back(op.relationships);
  if (!op.into) slots.push_back(op.to);
  return slots;
}

std::vector<Slot> found_by(const Intersect& op) {
  std::vector<Slot> slots = {op.to};
  for (const auto& leg : op.legs) slots.push_back(leg.relationship);
  return slots;
}

std::vector<Slot> slots_created(const Create& op) {
  std::vector<Slot> slots;
  for (const auto& n : op.nodes) slots.push_back(n.slot);
  for (const auto& r : op.relationships) slots.push_back(r.slot);
  return slots;
}

}  // namespace

void edit_expressions(Node& node, const std::function<void(ExpressionPtr&)>& edit) {
  std::visit(Expressions<const std::function<void(ExpressionPtr&)>&>{edit}, node.op);
}

void for_each_expression(const Node& node, const std::function<void(const ExpressionPtr&)>& visit) {
  const auto look = [&](const ExpressionPtr& e) { visit(e); };  // nothing is written
  std::visit(Expressions<decltype(look)>{look}, const_cast<Node&>(node).op);
}

NodePtr clone(const Node& node) {
  auto copy = std::make_unique<Node>();
  copy->op = node.op;
  copy->live = node.live;
  copy->rows = node.rows;
  copy->id = node.id;
  for (const auto& child : node.children) copy->children.push_back(clone(*child));
  return copy;
}

NodePtr select(NodePtr input, std::vector<ExpressionPtr> conjuncts, double rows) {
  if (conjuncts.empty()) return input;
  return make_node(Select{std::move(conjuncts)}, rows, std::move(input));
}

NodePtr select_share(NodePtr input, std::vector<ExpressionPtr> conjuncts, double share) {
  const double rows = input->rows * share;
  return select(std::move(input), std::move(conjuncts), rows);
}

SlotSet reads_slots(const Node& node) {
  if (const auto* fold = as<Fold>(node)) return {fold->node};  // its tests are over its own nodes
  SlotSet slots(direct_reads(node));
  if (const auto* expand = as<PathExpand>(node)) {
    slots.insert(needed_slots(expand->path, expand->from, expand->to));
    return slots;
  }
  for_each_expression(node, [&](const ExpressionPtr& e) { slots.insert(slots_of(*e)); });
  if (const auto* expand = as<VarExpand>(node)) {
    if (expand->predicate) slots = slots.minus({expand->each});
    for (const auto* of_node : {&expand->before, &expand->behind}) {
      if (of_node->predicate) slots = slots.minus({of_node->node});
    }
    return slots;
  }
  if (const auto* path = as<ShortestPath>(node); path != nullptr && path->predicate) {
    return slots.minus({path->each});
  }
  // What Create and Merge make they also use; what an index or an Intersect finds is tested.
  const bool uses_own =
      writes(node) || as<IndexSeek>(node) != nullptr || as<Intersect>(node) != nullptr;
  return uses_own ? slots.minus(introduces_slots(node)) : slots;
}

SlotSet introduces_slots(const Node& node) {
  std::vector<Slot> slots;
  const auto items = [&](const std::vector<Item>& list) {
    for (const auto& item : list) slots.push_back(item.slot);
  };
  const auto reached = [&](Slot step, Slot to, bool into) {
    slots = {step};
    if (!into) slots.push_back(to);
  };
  std::visit(Overload{
                 [&](const Argument& op) { slots = op.slots; },
                 [&](const NodeScan& op) { slots = {op.node}; },
                 [&](const RelationshipScan& op) {
                   slots = {op.relationship, op.start, op.end};
                 },
                 [&](const StoreCount& op) { slots = {op.slot}; },
                 [&](const NodeById& op) { slots = {op.node}; },
                 [&](const RelationshipById& op) { slots = {op.relationship}; },
                 [&](const IndexSeek& op) {
                   slots = {op.element};
                   if (op.on == bound::ElementKind::Node) return;
                   add(slots, {op.start, op.end});
                 },
                 [&](const Expand& op) { reached(op.relationship, op.to, op.into); },
                 [&](const ExpandBound& op) {
                   if (!op.from_bound) slots.push_back(op.from);
                   if (!op.to_bound) slots.push_back(op.to);
                 },
                 [&](const VarExpand& op) { reached(op.relationships, op.to, op.into); },
                 [&](const ShortestPath& op) { slots = {op.relationships}; },
                 [&](const PathExpand& op) { slots = found_by(op); },
                 [&](const Intersect& op) { slots = found_by(op); },
                 [&](const Project& op) { items(op.items); },
                 [&](const Unwind& op) { slots = {op.slot}; },
                 [&](const CallProcedure& op) {
                   for (const auto& yield : op.yields) slots.push_back(yield.slot);
                 },
                 [&](const LoadCsv& op) {
                   add(slots, {op.slot, op.file, op.line});
                 },
                 [&](const Fold& op) { slots = {op.weight}; },
                 [&](const Aggregate& op) {
                   items(op.keys);
                   for (const auto& call : op.calls) slots.push_back(call.slot);
                 },
                 [&](const CallInTransactions& op) {
                   if (op.status) slots = {*op.status};
                 },
                 [&](const Apply& op) {
                   if (op.kind == Apply::Kind::Mark) slots = {op.mark};
                 },
                 [&](const Union& op) { slots = op.slots; },
                 [&](const Create& op) { slots = slots_created(op); },
                 [&](const Merge& op) { slots = slots_created(op.create); },
                 [](const auto&) {},
             },
             node.op);
  return SlotSet(std::move(slots));
}

SlotSet available_slots(const Node& node) {
  SlotSet slots = introduces_slots(node);
  if (as<Aggregate>(node) != nullptr || as<Union>(node) != nullptr) return slots;
  if (!node.children.empty()) slots.insert(available_slots(*node.children[0]));
  if (node.children.size() < 2) return slots;
  if (hands_on_second(node)) slots.insert(available_slots(*node.children[1]));
  return slots;
}

bool hands_on_second(const Node& node) {
  if (const auto* join = as<HashJoin>(node)) {
    return join->kind == HashJoin::Kind::Inner || join->kind == HashJoin::Kind::Left;
  }
  if (as<CartesianProduct>(node) != nullptr) return true;
  if (const auto* call = as<CallInTransactions>(node)) return call->returns;
  const auto* apply = as<Apply>(node);
  return apply != nullptr &&
         (apply->kind == Apply::Kind::Cross || apply->kind == Apply::Kind::Optional);
}

bool has_inner(const Node& node) {
  return as<Apply>(node) != nullptr || as<CallInTransactions>(node) != nullptr ||
         as<Merge>(node) != nullptr || as<Foreach>(node) != nullptr;
}

SlotSet argument_slots(const Node& node) {
  if (const auto* argument = as<Argument>(node)) return SlotSet(argument->slots);
  SlotSet slots;
  // The second child of these has its arguments from the first.
  const bool own_scope = has_inner(node);
  for (std::size_t i = 0; i < node.children.size() && (i == 0 || !own_scope); ++i) {
    slots.insert(argument_slots(*node.children[i]));
  }
  return slots;
}

bool writes(const Node& node) {
  return as<Create>(node) != nullptr || as<Set>(node) != nullptr || as<Delete>(node) != nullptr ||
         as<Merge>(node) != nullptr || as<CallInTransactions>(node) != nullptr ||
         as<SchemaCommand>(node) != nullptr;
}

bool is_blocking(const Node& node) {
  return as<Eager>(node) != nullptr || as<Sort>(node) != nullptr || as<Top>(node) != nullptr ||
         as<Aggregate>(node) != nullptr;
}

bool writes_anywhere(const Node& node) {
  return writes(node) || std::any_of(node.children.begin(), node.children.end(),
                                     [](const auto& child) { return writes_anywhere(*child); });
}

bool reads_store(const Node& node) {
  return as<NodeScan>(node) != nullptr || as<RelationshipScan>(node) != nullptr ||
         as<StoreCount>(node) != nullptr || as<NodeById>(node) != nullptr ||
         as<RelationshipById>(node) != nullptr || as<IndexSeek>(node) != nullptr ||
         as<Expand>(node) != nullptr || as<ExpandBound>(node) != nullptr ||
         as<VarExpand>(node) != nullptr || as<ShortestPath>(node) != nullptr ||
         as<PathExpand>(node) != nullptr || as<Intersect>(node) != nullptr ||
         as<CallProcedure>(node) != nullptr || as<Merge>(node) != nullptr ||
         as<Fold>(node) != nullptr;
}

bool reads_anywhere(const Node& node) {
  bool reads = reads_store(node);
  for_each_expression(node, [&](const ExpressionPtr& e) { reads = reads || reads_graph(*e); });
  return reads || std::any_of(node.children.begin(), node.children.end(),
                              [](const auto& child) { return reads_anywhere(*child); });
}

}  // namespace kith::plan
