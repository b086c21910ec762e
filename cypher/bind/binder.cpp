// cypher/bind/binder.cpp: statements, the parts of a UNION, and subqueries in expressions.
#include "cypher/bind/binder.hpp"

#include <algorithm>
#include <utility>

#include "core/assert.hpp"

namespace kith::cypher {

namespace {

template <class... Clause>
bool is_one_of(const ast::Clause& clause) {
  return (std::holds_alternative<Clause>(clause.node) || ...);
}

bool is_update(const ast::Clause& clause) {
  return is_one_of<ast::Create, ast::Merge, ast::Set, ast::Remove, ast::Delete, ast::Foreach>(
      clause);
}

std::string_view clause_name(const ast::Clause& clause) {
  return std::visit(
      Overload{
          [](const ast::Match& match) -> std::string_view {
            return match.optional ? "OPTIONAL MATCH" : "MATCH";
          },
          [](const ast::Unwind&) -> std::string_view { return "UNWIND"; },
          [](const ast::With&) -> std::string_view { return "WITH"; },
          [](const ast::Return&) -> std::string_view { return "RETURN"; },
          [](const ast::Create&) -> std::string_view { return "CREATE"; },
          [](const ast::Set&) -> std::string_view { return "SET"; },
          [](const ast::Remove&) -> std::string_view { return "REMOVE"; },
          [](const ast::Delete&) -> std::string_view { return "DELETE"; },
          [](const ast::Merge&) -> std::string_view { return "MERGE"; },
          [](const ast::Foreach&) -> std::string_view { return "FOREACH"; },
          [](const ast::Call&) -> std::string_view { return "CALL"; },
          [](const ast::CallSubquery&) -> std::string_view { return "CALL"; },
          [](const ast::SchemaCommand&) -> std::string_view { return "a schema command"; },
          [](const ast::LoadCsv&) -> std::string_view { return "LOAD CSV"; },
          [](const ast::Use&) -> std::string_view { return "USE"; },
          [](const ast::Finish&) -> std::string_view { return "FINISH"; },
      },
      clause.node);
}

std::string count_of(std::size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace

bound::Query bind(const ast::Query& query, const BindContext& context) {
  return Binder(context).bind_statement(query);
}

bound::Query Binder::bind_statement(const ast::Query& query) {
  bound::Query result = bind_query(query, Use::Statement);
  KITH_ASSERT(result.imports.empty() && sink_ == nullptr && depth_ == 0 && nesting_ == 0);
  check_transactions(result);
  for (const SlotFacts& facts : names_.slots()) result.slots.push_back({facts.name, facts.types});
  result.slot_count = static_cast<std::uint32_t>(result.slots.size());
  result.parameters.assign(parameters_.begin(), parameters_.end());
  for (const bound::Column& column : result.columns) KITH_ASSERT(column.slot < result.slot_count);
  return result;
}

// ---- queries

bound::Query Binder::bind_query(const ast::Query& query, Use use, std::span<const Start> starts) {
  KITH_ASSERT(starts.empty() || starts.size() == query.parts.size());
  KITH_ASSERT(!query.parts.empty() && query.union_all.size() + 1 == query.parts.size());
  const bool outer_reads = std::exchange(reads_, false);
  const bool outer_writes = std::exchange(writes_, false);
  for (const bool all : query.union_all) {
    if (all == query.union_all.front()) continue;
    fail_.syntax("InvalidClauseComposition",
                 "UNION and UNION ALL cannot be mixed in one query: use one of them throughout",
                 query.union_at);
  }
  ++nesting_;
  bound::Query result;
  std::vector<BoundPart> parts;
  for (std::size_t i = 0; i < query.parts.size(); ++i) {
    parts.push_back(bind_part(query.parts[i], use, starts.empty() ? Start{} : starts[i]));
  }
  join_parts(result, parts, query);
  --nesting_;
  result.reads = std::exchange(reads_, outer_reads || reads_);
  result.writes = std::exchange(writes_, outer_writes || writes_);
  result.changes_schema = changes_schema_;
  return result;
}

Binder::BoundPart Binder::bind_part(const ast::SingleQuery& single, Use use, const Start& start) {
  check_composition(single, use);
  const std::vector<NamedSlot> outside = names_.local();
  const auto outside_csv = names_.local_csv();
  for (const NamedSlot& entry : start.names) names_.declare(entry.name, entry.slot);
  BoundPart result;
  for (std::size_t i = start.skips_with ? 1 : 0; i < single.clauses.size(); ++i) {
    bind_clause(single.clauses[i], result.part.clauses);
  }
  if (!result.part.clauses.empty()) {
    if (const auto* last = std::get_if<bound::Return>(&result.part.clauses.back().node)) {
      for (const bound::NewItem& item : last->body.items) {
        result.part.outputs.push_back(item.slot);
        result.names.push_back(item.name);
        result.names_at.push_back(item.name_at);
      }
    }
  }
  KITH_ASSERT(result.names.size() == result.part.outputs.size());
  names_.replace_local(outside);  // the next part of a UNION starts anew
  names_.set_csv(outside_csv);
  return result;
}

void Binder::join_parts(bound::Query& query, std::vector<BoundPart>& parts,
                        const ast::Query& from) {
  KITH_ASSERT(!parts.empty() && query.parts.empty());
  const std::vector<std::string> names = parts.front().names;
  const auto names_at = parts.front().names_at;
  for (BoundPart& each : parts) {
    std::vector<Slot> ordered;
    for (const std::string& name : names) {
      const auto found = std::find(each.names.begin(), each.names.end(), name);
      if (found == each.names.end()) break;
      ordered.push_back(each.part.outputs[static_cast<std::size_t>(found - each.names.begin())]);
    }
    if (ordered.size() != each.names.size() || ordered.size() != names.size()) {
      fail_.syntax("DifferentColumnsInUnion",
                   "all parts of a UNION must return the same columns: name them alike with AS",
                   from.union_at);
    }
    each.part.outputs = std::move(ordered);
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (parts.size() == 1) {
      query.columns.push_back({parts[0].part.outputs[i], names[i], names_at[i]});
      continue;
    }
    TypeSet types, elements;
    for (const BoundPart& each : parts) {
      const SlotFacts& facts = names_.facts(each.part.outputs[i]);
      types = types | facts.types;
      elements = elements | facts.elements;
    }
    query.columns.push_back({names_.add_slot(names[i], types, elements), names[i], names_at[i]});
  }
  for (BoundPart& each : parts) query.parts.push_back(std::move(each.part));
  query.union_distinct = !from.union_all.empty() && !from.union_all.front();
}

// ---- what may follow what

void Binder::check_composition(const ast::SingleQuery& single, Use use) const {
  if (single.clauses.empty()) {
    fail_.syntax("InvalidClauseComposition", "a query needs at least one clause", {});
  }
  for (std::size_t i = 1; i < single.clauses.size(); ++i) {
    const bool behind_import =
        i == 1 && use == Use::Call && is_one_of<ast::With>(single.clauses[0]);
    if (!is_one_of<ast::Use>(single.clauses[i]) || behind_import) continue;
    fail_.syntax("InvalidClauseComposition", "USE stands before all other clauses of a query",
                 single.clauses[i].at);
  }
  for (std::size_t i = 0; i + 1 < single.clauses.size(); ++i) {
    if (!is_one_of<ast::Return, ast::Finish>(single.clauses[i])) continue;
    fail_.syntax("InvalidClauseComposition",
                 std::string(clause_name(single.clauses[i])) + " ends a query, but " +
                     std::string(clause_name(single.clauses[i + 1])) +
                     " follows it: use WITH to go on with its rows",
                 single.clauses[i + 1].at);
  }
  check_end(single.clauses.back(), use);
}

void Binder::check_end(const ast::Clause& last, Use use) const {
  if (is_one_of<ast::Return, ast::SchemaCommand, ast::Finish>(last)) return;
  if (use == Use::Collect) {
    fail_.syntax("InvalidClauseComposition", "COLLECT { … } must end with a RETURN of one column",
                 last.at);
  }
  const bool rows_are_enough = use == Use::Exists || use == Use::Count;
  if (rows_are_enough || is_update(last) || is_one_of<ast::Call>(last)) return;
  if (const auto* call = std::get_if<ast::CallSubquery>(&last.node)) {
    const auto& inside = call->query->parts.back().clauses;
    if (inside.empty() || !is_one_of<ast::Return>(inside.back())) return;
    fail_.syntax("InvalidClauseComposition",
                 "a query cannot end with a subquery that returns rows: say with RETURN what "
                 "becomes of them, or FINISH",
                 last.at);
  }
  fail_.syntax("InvalidClauseComposition",
               "a query cannot end with " + std::string(clause_name(last)) +
                   ": it must end with RETURN or with an update such as CREATE or SET",
               last.at);
}

void Binder::bind_clause(const ast::Clause& clause, Clauses& into) {
  KITH_ASSERT(sink_ == nullptr);
  std::visit([&](const auto& node) { bind(node, clause.at, into); }, clause.node);
}

void Binder::note_write(Position at) {
  if (!may_write_) {
    fail_.syntax("InvalidClauseComposition", "a subquery in an expression cannot change the graph",
                 at);
  }
  writes_ = true;
}

// ---- EXISTS { … }, COUNT { … }, COLLECT { … }

ExpressionPtr Binder::bind_subquery(const ast::Subquery& node, Position at) {
  using Kind = bound::Subquery::Kind;
  const WithoutAggregates guard(*this);
  const bool outer_in_aggregate = std::exchange(in_aggregate_, false);
  const bool outer_may_write = std::exchange(may_write_, false);
  const Use use = node.kind == ast::Subquery::Kind::Exists  ? Use::Exists
                  : node.kind == ast::Subquery::Kind::Count ? Use::Count
                                                            : Use::Collect;
  bound::Subquery result{use == Use::Exists  ? Kind::Exists
                         : use == Use::Count ? Kind::Count
                                             : Kind::Collect,
                         nullptr,
                         nullptr,
                         {},
                         0};
  bound::Query query;
  {
    const Names::Inner inner(names_, &result.imports);
    query = bind_query(*node.query, use);
  }
  TypeSet types = use == Use::Exists  ? bound::kBooleanType
                  : use == Use::Count ? bound::kIntegerType
                                      : bound::kListType;
  if (use == Use::Collect) {
    if (query.columns.size() != 1) {
      fail_.syntax("InvalidClauseComposition",
                   "COLLECT { … } must return one column, and this one returns " +
                       count_of(query.columns.size(), "column"),
                   at);
    }
    result.result = query.columns.front().slot;
  }
  query.imports = result.imports;
  result.query = std::make_shared<const bound::Query>(std::move(query));
  in_aggregate_ = outer_in_aggregate;
  may_write_ = outer_may_write;
  reads_ = true;
  return bound::make(std::move(result), types, at);
}

}  // namespace kith::cypher
