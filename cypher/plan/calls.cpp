// cypher/plan/calls.cpp: UNWIND, LOAD CSV, CALL of procedures and subqueries, schema commands.
#include <algorithm>

#include "core/assert.hpp"
#include "cypher/plan/cardinality.hpp"
#include "cypher/plan/planner.hpp"

namespace kith::plan {

namespace {

// The inner plan for each row of the scope's, or a row of nulls where it gives none.
void apply_optional(Scope& scope, NodePtr inner, const SlotSet& imports) {
  const double outer_rows = scope.rows();
  for_each_node(*inner, [&](Node& node) { node.rows *= outer_rows; });
  Apply op;
  op.kind = Apply::Kind::Optional;
  op.imports = imports.slots();
  op.introduced = available_slots(*inner).minus(imports).slots();
  const double rows = std::max(outer_rows, inner->rows);
  scope.plan = make_node(std::move(op), rows, std::move(scope.plan), std::move(inner));
}

}  // namespace

void plan(Context& context, Scope& scope, const bound::Unwind& clause) {
  const auto list = ready(context, scope.labels, clause.list);
  const double items = list_items(list, context.statistics);
  const double rows = std::min(kMostRows, scope.rows() * items);
  scope.plan = make_node(Unwind{clause.slot, list}, rows, std::move(scope.plan));
  scope.bound.insert(clause.slot);
}

void plan(Context& context, Scope& scope, const bound::LoadCsv& clause) {
  constexpr double kUsualRows = 1000;
  LoadCsv op{ready(context, scope.labels, clause.source),
             clause.slot,
             clause.file,
             clause.line,
             clause.headers,
             clause.terminator};
  const double rows = std::min(kMostRows, scope.rows() * kUsualRows);
  scope.plan = make_node(std::move(op), rows, std::move(scope.plan));
  for (const Slot slot : {clause.slot, clause.file, clause.line}) scope.bound.insert(slot);
}

void plan(Context& context, Scope& scope, const bound::ProcedureCall& clause) {
  if (clause.optional && !clause.is_void) {
    bound::ProcedureCall plain = clause;
    plain.optional = false;
    SlotSet used;
    for (const auto& argument : clause.arguments) used.insert(slots_of(*argument));
    if (clause.where) used.insert(slots_of(*clause.where));
    const SlotSet imports = used.common(scope.bound);
    Scope inner = begin(imports, scope.labels, Scope::Repeats::Batch);
    plan(context, inner, plain);
    apply_optional(scope, std::move(inner.plan), imports);
    for (const auto& yield : clause.yields) scope.bound.insert(yield.slot);
    return;
  }
  CallProcedure op{
      clause.procedure, ready(context, scope.labels, clause.arguments), {}, clause.is_void};
  for (const auto& yield : clause.yields) {
    op.yields.push_back({yield.slot, yield.column});
    scope.bound.insert(yield.slot);
  }
  const double rows = scope.rows() * (clause.is_void ? 1 : 10);
  scope.plan = make_node(std::move(op), rows, std::move(scope.plan));
  filter(context, scope, clause.where);
}

void plan(Context& context, Scope& scope, const bound::CallSubquery& clause) {
  const SlotSet imports(clause.imports);
  KITH_ASSERT(scope.bound.contains_all(imports));
  NodePtr body = plan_body(context, *clause.query, imports, scope.labels);
  const bool optional = clause.optional && clause.returns;
  const double outer_rows = scope.rows();
  if (clause.transactions) {
    const bound::InTransactions& how = *clause.transactions;
    for_each_node(*body, [&](Node& node) { node.rows *= outer_rows; });
    const double rows = clause.returns ? body->rows : outer_rows;
    CallInTransactions op{ready(context, scope.labels, how.rows),
                          how.on_error,
                          how.status,
                          clause.returns,
                          optional,
                          imports.slots()};
    scope.plan = make_node(std::move(op), rows, std::move(scope.plan), std::move(body));
    if (how.status) scope.bound.insert(*how.status);
  } else if (optional) {
    apply_optional(scope, std::move(body), imports);
  } else {
    for_each_node(*body, [&](Node& node) { node.rows *= outer_rows; });
    Apply op;
    op.kind = clause.returns ? Apply::Kind::Cross : Apply::Kind::Unit;
    op.imports = imports.slots();
    const double rows = clause.returns ? body->rows : outer_rows;
    scope.plan = make_node(std::move(op), rows, std::move(scope.plan), std::move(body));
  }
  for (const auto& column : clause.query->columns) scope.bound.insert(column.slot);
}

void plan(Context&, Scope& scope, const bound::SchemaCommand& clause) {
  KITH_ASSERT(as<Unit>(*scope.plan) != nullptr);  // it stands alone
  scope.plan = make_node(clause, 0);
}

}  // namespace kith::plan
