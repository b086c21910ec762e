// cypher/plan/planner.cpp: a query, its parts and clauses, and the subqueries inside them.
#include "cypher/plan/planner.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "cypher/plan/path_pattern.hpp"
#include "cypher/plan/rewrite.hpp"
#include "cypher/plan/verify.hpp"

namespace kith::plan {

namespace {

// ---- runs of MATCH

SlotSet relationships_in(const bound::Pattern& pattern) {
  SlotSet slots;
  for (const auto& r : pattern.relationships) slots.insert(r.slot);
  for (const auto& s : pattern.shortest) slots.insert(s.relationship.slot);
  return slots;
}

// Null: it is no projection.
const bound::Projection* body_of(const bound::Clause& clause) {
  if (const auto* with = std::get_if<bound::With>(&clause.node)) return &with->body;
  if (const auto* returned = std::get_if<bound::Return>(&clause.node)) return &returned->body;
  return nullptr;
}

// Whether a LIMIT may stop the rows that come to these clauses before all are asked for.
bool may_be_cut(const std::vector<bound::Clause>& clauses, std::size_t begin) {
  for (std::size_t i = begin; i < clauses.size(); ++i) {
    const bound::Projection* body = body_of(clauses[i]);
    if (body == nullptr) continue;
    if (body->aggregating || !body->order.empty()) return false;
    if (body->limit != nullptr) return true;
  }
  return false;
}

// A WITH that neither computes, groups, orders nor cuts: it hands variables on.
bool only_hands_on(const bound::Projection& body) {
  if (body.aggregating || body.distinct || !body.order.empty() || body.skip || body.limit) {
    return false;
  }
  return std::all_of(body.items.begin(), body.items.end(), [](const bound::NewItem& item) {
    const auto* same = as_variable(*item.value);
    return same != nullptr && same->slot == item.slot;
  });
}

// A WITH's condition joins the run's conjuncts if that moves nothing fallible.
bool absorb(const bound::With& with, bound::Pattern& into) {
  if (!only_hands_on(with.body)) return false;
  if (!with.body.where) return true;
  std::vector<ExpressionPtr> conjuncts;
  bound::split_conjuncts(with.body.where, conjuncts);
  for (const auto& e : conjuncts) {
    if (condition_can_fail(*e) || is_volatile(*e)) return false;
  }
  into.conjuncts.insert(into.conjuncts.end(), conjuncts.begin(), conjuncts.end());
  return true;
}

bool has_search(const bound::Pattern& pattern) {
  return std::any_of(pattern.relationships.begin(), pattern.relationships.end(),
                     [](const auto& r) { return r.path && r.path->selector; });
}
// A search begins at nodes that are bound, and conditions inside a path read what is.
bool begins_run(const bound::Pattern& pattern) {
  return has_search(pattern) ||
         std::any_of(pattern.relationships.begin(), pattern.relationships.end(), [](const auto& r) {
           return r.path && !needed_slots(*r.path, r.left, r.right).empty();
         });
}

// Nothing may slip in front of a search, a volatile condition, one over a whole path, or one that
// is asked of whole matches only.
bool ends_run(const bound::Pattern& pattern) {
  SlotSet paths;
  for (const auto& path : pattern.paths) paths.insert(path.slot);
  return !pattern.shortest.empty() || has_search(pattern) ||
         std::any_of(pattern.conjuncts.begin(), pattern.conjuncts.end(), [&](const auto& e) {
           return is_volatile(*e) || may_be_no_truth(*e) || slots_of(*e).intersects(paths);
         });
}

// ---- queries

NodePtr rename_outputs(NodePtr plan, const bound::Part& part, const bound::Query& query) {
  std::vector<Item> items;
  for (std::size_t i = 0; i < query.columns.size(); ++i) {
    KITH_ASSERT(i < part.outputs.size());
    const Slot to = query.columns[i].slot, from = part.outputs[i];
    if (to != from) items.push_back({to, variable(from)});
  }
  if (items.empty()) return plan;
  put_above(plan, Project{std::move(items)});
  return plan;
}

NodePtr plan_part(Context& context, const bound::Part& part, const SlotSet& imports,
                  const Labels& labels) {
  Scope scope = begin(imports, labels, Scope::Repeats::Batch);
  plan_clauses(context, scope, part.clauses);
  return std::move(scope.plan);
}

ExpressionPtr plan_subquery(Context& context, const Labels& labels, const ExpressionPtr& e,
                            const bound::Subquery& written) {
  KITH_ASSERT(written.query != nullptr);
  bound::Subquery planned = written;
  NodePtr body = plan_body(context, *written.query, SlotSet(written.imports), labels);
  SlotSet wanted;
  if (written.kind == bound::Subquery::Kind::Collect) wanted.insert(written.result);
  rewrite(body, wanted, context);
  planned.imports = argument_slots(*body).slots();
  planned.plan = std::move(body);
  return bound::make(std::move(planned), e->types, e->at);
}

}  // namespace

SlotSet slots_in(const bound::Pattern& pattern) {
  SlotSet slots;
  const auto see = [&](const bound::PatternRelationship& r) {
    for (const Slot slot : {r.slot, r.left, r.right}) slots.insert(slot);
    if (r.predicate) slots.insert(slots_of(*r.predicate).minus({r.each}));
    if (r.path) slots.insert(needed_slots(*r.path, r.left, r.right));
  };
  for (const auto& node : pattern.nodes) slots.insert(node.slot);
  for (const auto& r : pattern.relationships) see(r);
  for (const auto& s : pattern.shortest) see(s.relationship);
  for (const auto& path : pattern.paths) {
    slots.insert(path.slot);
    slots.insert(slots_of(*path.path));
  }
  for (const auto& conjunct : pattern.conjuncts) slots.insert(slots_of(*conjunct));
  return slots;
}

// With optimisation a run reaches over WITHs that only hand variables on; their conditions become
// conjuncts of the pattern before.
Run take_run(std::span<const bound::Clause> clauses, std::size_t begin, bool optimise) {
  Run run;
  run.patterns.push_back(std::get<bound::Match>(clauses[begin].node).pattern);
  run.end = begin + 1;
  SlotSet relationships = relationships_in(run.patterns[0]);
  for (; optimise && run.end < clauses.size(); ++run.end) {
    if (ends_run(run.patterns.back())) break;
    const auto& clause = clauses[run.end].node;
    if (const auto* with = std::get_if<bound::With>(&clause)) {
      if (!absorb(*with, run.patterns.back())) break;
      continue;
    }
    const auto* match = std::get_if<bound::Match>(&clause);
    if (match == nullptr || match->optional || begins_run(match->pattern)) break;
    const SlotSet more = relationships_in(match->pattern);
    if (more.intersects(relationships)) break;  // bound by the run itself
    relationships.insert(more);
    run.patterns.push_back(match->pattern);
  }
  return run;
}

Scope begin(const SlotSet& imports, const Labels& labels, Scope::Repeats repeats) {
  Scope scope;
  scope.repeats = repeats;
  scope.bound = scope.imports = imports;
  scope.labels = labels;
  scope.plan = imports.empty() ? make_node(Unit{}, 1) : make_node(Argument{imports.slots()}, 1);
  return scope;
}

ExpressionPtr ready(Context& context, const Labels& labels, const ExpressionPtr& e) {
  if (e == nullptr) return nullptr;
  if (const auto* subquery = as_subquery(*e)) {
    return subquery->plan ? e : plan_subquery(context, labels, e, *subquery);
  }
  return bound::map_children(
      e, [&](const ExpressionPtr& child) { return ready(context, labels, child); });
}

std::vector<ExpressionPtr> ready(Context& context, const Labels& labels,
                                 const std::vector<ExpressionPtr>& list) {
  std::vector<ExpressionPtr> all;
  all.reserve(list.size());
  for (const auto& e : list) all.push_back(ready(context, labels, e));
  return all;
}

void filter(Context& context, Scope& scope, const ExpressionPtr& condition) {
  if (condition == nullptr) return;
  std::vector<ExpressionPtr> conjuncts;
  bound::split_conjuncts(ready(context, scope.labels, condition), conjuncts);
  const double share = selectivity(conjuncts, scope.labels, context.statistics);
  scope.plan = select_share(std::move(scope.plan), std::move(conjuncts), share);
}

void make_paths(Context& context, Scope& scope, const std::vector<bound::PatternPath>& paths) {
  std::vector<Item> items;
  for (const auto& path : paths) {
    items.push_back({path.slot, ready(context, scope.labels, path.path)});
    scope.bound.insert(path.slot);
  }
  if (!items.empty()) put_above(scope.plan, Project{std::move(items)});
}

void plan_clauses(Context& context, Scope& scope, const std::vector<bound::Clause>& clauses) {
  for (std::size_t i = 0; i < clauses.size();) {
    const auto& clause = clauses[i].node;
    const auto* match = std::get_if<bound::Match>(&clause);
    if (match != nullptr && !match->optional) {
      if (const std::size_t planned = plan_folded(context, scope, std::span(clauses).subspan(i))) {
        i += planned;
        continue;
      }
      const Run run = take_run(clauses, i, context.optimise);
      std::vector<const bound::Pattern*> patterns;
      for (const auto& pattern : run.patterns) patterns.push_back(&pattern);
      const bound::Projection* next =
          run.end < clauses.size() ? body_of(clauses[run.end]) : nullptr;
      plan_match(context, scope, patterns, next == nullptr ? LateReads() : late_reads_of(*next));
      i = run.end;
      continue;
    }
    const bound::Projection* next = i + 1 < clauses.size() ? body_of(clauses[i + 1]) : nullptr;
    if (match != nullptr && next != nullptr &&
        plan_optional_count(context, scope, match->pattern, *next)) {
      i += 2;
      continue;
    }
    std::visit(Overload{
                   [&](const bound::Match& c) {
                     const bool cut = may_be_cut(clauses, i + 1);
                     plan_optional_match(context, scope, c.pattern, cut);
                   },
                   [&](const bound::With& c) { plan_projection(context, scope, c.body); },
                   [&](const bound::Return& c) { plan_projection(context, scope, c.body); },
                   [&](const auto& c) { plan(context, scope, c); },
               },
               clause);
    ++i;
  }
}

NodePtr plan_body(Context& context, const bound::Query& query, const SlotSet& imports,
                  const Labels& labels) {
  KITH_ASSERT(!query.parts.empty());
  if (query.parts.size() == 1) {
    NodePtr plan = plan_part(context, query.parts[0], imports, labels);
    return rename_outputs(std::move(plan), query.parts[0], query);
  }
  Union op;
  auto node = std::make_unique<Node>();
  node->rows = 0;
  for (const auto& column : query.columns) op.slots.push_back(column.slot);
  for (const auto& part : query.parts) {
    op.inputs.push_back(part.outputs);
    node->children.push_back(plan_part(context, part, imports, labels));
    node->rows += node->children.back()->rows;
  }
  const std::vector<Slot> slots = op.slots;
  node->op = std::move(op);
  if (query.union_distinct) put_above(node, Distinct{slots});
  return node;
}

Plan plan_query(const bound::Query& query, const Statistics& statistics, bool optimise,
                Folding folding, std::string_view without) {
  Context context{.statistics = statistics,
                  .optimise = optimise,
                  .folding = folding,
                  .next_slot = query.slot_count,
                  .without = without};
  NodePtr root = plan_body(context, query, {}, {});
  Produce produce;
  for (const auto& column : query.columns) produce.columns.push_back({column.slot, column.name});
  put_above(root, std::move(produce));
  rewrite(root, {}, context);
  KITH_ASSERT(defect_of(*root).empty());
  Plan plan;
  plan.reads = reads_anywhere(*root);
  plan.writes = writes_anywhere(*root);
  plan.changes_schema = query.changes_schema;
  for_each_node(*root, [&](const Node& node) {
    plan.in_transactions = plan.in_transactions || as<CallInTransactions>(node) != nullptr;
  });
  plan.root = std::move(root);
  plan.slot_count = context.next_slot;
  plan.parameters = query.parameters;
  plan.slots = query.slots;
  plan.fixed_literals = std::move(context.fixed_literals);
  return plan;
}

}  // namespace kith::plan
