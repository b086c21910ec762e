// cypher/plan/updates.cpp: CREATE, MERGE, SET, REMOVE, DELETE, FOREACH.
#include <algorithm>

#include "core/assert.hpp"
#include "cypher/plan/planner.hpp"

namespace kith::plan {

namespace {

Create ready_create(Context& context, const Scope& scope, const bound::NewPattern& pattern) {
  Create op{pattern.nodes, pattern.relationships};
  for (auto& node : op.nodes) {
    node.properties = ready(context, scope.labels, node.properties);
    node.dynamic_labels = ready(context, scope.labels, node.dynamic_labels);
  }
  for (auto& relationship : op.relationships) {
    relationship.properties = ready(context, scope.labels, relationship.properties);
    relationship.dynamic_type = ready(context, scope.labels, relationship.dynamic_type);
  }
  return op;
}

std::vector<SetItem> ready_items(Context& context, const Scope& scope,
                                 const std::vector<SetItem>& written) {
  std::vector<SetItem> items = written;
  for (auto& item : items) {
    item.subject = ready(context, scope.labels, item.subject);
    item.value = ready(context, scope.labels, item.value);
    item.dynamic_key = ready(context, scope.labels, item.dynamic_key);
    item.dynamic_labels = ready(context, scope.labels, item.dynamic_labels);
  }
  return items;
}

// What is made becomes known; of new nodes, their labels too.
void see_created(Scope& scope, const Create& op) {
  for (const auto& node : op.nodes) {
    scope.bound.insert(node.slot);
    if (!node.labels.empty()) scope.labels[node.slot] = node.labels;
  }
  for (const auto& relationship : op.relationships) scope.bound.insert(relationship.slot);
}

// Two CREATEs in a row are one if the second computes nothing from what the first makes.
bool append(Node& top, const Create& more) {
  auto* create = as<Create>(top);
  if (create == nullptr) return false;
  const SlotSet made = introduces_slots(top);
  bool depends = false;
  const auto check = [&](const ExpressionPtr& e) {
    depends = depends || (e && (slots_of(*e).intersects(made) || reads_graph(*e)));
  };
  for (const auto& node : more.nodes) {
    check(node.properties);
    for (const auto& label : node.dynamic_labels) check(label);
  }
  for (const auto& relationship : more.relationships) {
    check(relationship.properties);
    check(relationship.dynamic_type);
  }
  if (depends) return false;
  create->nodes.insert(create->nodes.end(), more.nodes.begin(), more.nodes.end());
  create->relationships.insert(create->relationships.end(), more.relationships.begin(),
                               more.relationships.end());
  return true;
}

// What may be merged for many rows at once (exec/merge_rows.hpp): a node by its properties.
bool may_merge_batches(const bound::Merge& clause) {
  const auto is_plain = [](const bound::SetItem& item) {
    return item.kind == bound::SetItem::Kind::Property && !item.dynamic_key;
  };
  return clause.create.nodes.size() == 1 && clause.create.relationships.empty() &&
         std::ranges::all_of(clause.on_create, is_plain) &&
         std::ranges::all_of(clause.on_match, is_plain);
}

}  // namespace

void plan(Context& context, Scope& scope, const bound::Create& clause) {
  Create op = ready_create(context, scope, clause.pattern);
  see_created(scope, op);
  const bool is_empty = op.nodes.empty() && op.relationships.empty();
  if (!is_empty && !append(*scope.plan, op)) put_above(scope.plan, std::move(op));
  make_paths(context, scope, clause.pattern.paths);
}

void plan(Context& context, Scope& scope, const bound::Merge& clause) {
  const SlotSet imports = slots_in(clause.match).common(scope.bound);
  bound::Pattern pattern = clause.match;
  pattern.paths.clear();  // made above, of what was found or created
  Scope inner = begin(imports, scope.labels,
                      may_merge_batches(clause) ? Scope::Repeats::Batch : Scope::Repeats::Row);
  {
    const Growing growing(context.statistics);
    plan_match(context, inner, {&pattern});
  }
  const double rows = std::max(scope.rows(), inner.rows() * scope.rows());
  for_each_node(*inner.plan, [&](Node& node) { node.rows *= scope.rows(); });
  Merge op{ready_create(context, scope, clause.create), {}, {}, imports.slots()};
  see_created(scope, op.create);
  op.on_create = ready_items(context, scope, clause.on_create);
  op.on_match = ready_items(context, scope, clause.on_match);
  scope.plan = make_node(std::move(op), rows, std::move(scope.plan), std::move(inner.plan));
  make_paths(context, scope, clause.match.paths);
}

void plan(Context& context, Scope& scope, const bound::Set& clause) {
  put_above(scope.plan, Set{ready_items(context, scope, clause.items)});
}

void plan(Context& context, Scope& scope, const bound::Delete& clause) {
  put_above(scope.plan, Delete{ready(context, scope.labels, clause.targets), clause.detach});
}

void plan(Context& context, Scope& scope, const bound::Foreach& clause) {
  SlotSet imports(clause.imports);
  imports.insert(clause.slot);
  Scope inner = begin(imports, scope.labels, Scope::Repeats::Row);
  plan_clauses(context, inner, clause.body);
  Foreach op{clause.slot, ready(context, scope.labels, clause.list), clause.imports};
  for_each_node(*inner.plan, [&](Node& node) {
    edit_expressions(node,
                     [&](const ExpressionPtr& e) { op.asks_graph |= bound::has_subquery(*e); });
  });
  const double rows = scope.rows();
  scope.plan = make_node(std::move(op), rows, std::move(scope.plan), std::move(inner.plan));
}

}  // namespace kith::plan
