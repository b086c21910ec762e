// cypher/plan/planner.hpp: from a bound query to the algebra, clause by clause.
//
// Each plan_x takes the Scope that the clauses before made, and leaves it as the next one finds
// it. One file for reading clauses (match.cpp and what it stands on), one for projections, one for
// updates.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "cypher/bind/bound.hpp"
#include "cypher/plan/cardinality.hpp"
#include "cypher/plan/late_reads.hpp"
#include "cypher/plan/logical.hpp"
#include "cypher/plan/slot_set.hpp"
#include "cypher/plan/statistics.hpp"
#include "cypher/plan/tree.hpp"
#include "kith/folding.hpp"

namespace kith::plan {

// The whole way: plan and rewrite. `optimise` false: only the rules that correctness needs.
// `without`: a rule that is left out.
Plan plan_query(const bound::Query& query, const Statistics& statistics, bool optimise,
                Folding folding = Folding::automatic, std::string_view without = {});

// What all parts of one statement's planning share.
struct Context {
  const Statistics& statistics;
  bool optimise = true;
  Folding folding = Folding::automatic;
  Slot next_slot = 0;                              // beyond the binder's
  std::uint32_t next_id = 0;                       // of plan nodes
  std::vector<std::uint32_t> fixed_literals = {};  // see Plan
  std::string_view without = {};                   // a rule
  bool may_fall_back = true;  // plans may rest on conditions that fail for no row; see plan_folded

  Slot fresh_slot() { return next_slot++; }
};

// What a line of clauses has made so far.
struct Scope {
  // A join puts the side that holds the rows so far first where the line runs for many rows of an
  // enclosing Apply at once (the other side is then built once), and second where it runs for each
  // row anew.
  enum class Repeats : std::uint8_t { No, Batch, Row } repeats = Repeats::No;
  NodePtr plan;
  SlotSet bound;    // variables in sight
  SlotSet imports;  // of them, those of the row around (a subquery's, a FOREACH body's)
  Labels labels;
  std::vector<Slot> weights = {};  // rows count as often as these say, until they are aggregated

  double rows() const { return plan->rows; }
};

// A line's beginning: Argument over the imports, or Unit if there are none.
Scope begin(const SlotSet& imports, const Labels& labels, Scope::Repeats repeats);

void plan_clauses(Context& context, Scope& scope, const std::vector<bound::Clause>& clauses);
// The rows of a query without its Produce; `outputs` are the slots of its columns.
NodePtr plan_body(Context& context, const bound::Query& query, const SlotSet& imports,
                  const Labels& labels);

// `reads`: of the rows that it makes, by what comes next.
void plan_match(Context& context, Scope& scope, const std::vector<const bound::Pattern*>& run,
                LateReads reads = {});
// `may_be_cut`: not all rows may be asked for.
void plan_optional_match(Context& context, Scope& scope, const bound::Pattern& pattern,
                         bool may_be_cut);
// An OPTIONAL MATCH with the projection behind it, if that asks no more of it than how many matches
// there are around one node; false: it does.
bool plan_optional_count(Context& context, Scope& scope, const bound::Pattern& pattern,
                         const bound::Projection& body);
// MATCHes and OPTIONAL MATCHes with the aggregation behind them, if that makes use of a part of the
// matches only (fold.cpp): the number of clauses planned, 0 if it is not so. Where conditions that
// may fail are part of what is counted the plan falls back to one that asks them of matches alone.
std::size_t plan_folded(Context& context, Scope& scope, std::span<const bound::Clause> clauses);
// MATCH clauses planned as one, see planner.cpp.
struct Run {
  std::vector<bound::Pattern> patterns;
  std::size_t end = 0;  // the first clause behind it
};
Run take_run(std::span<const bound::Clause> clauses, std::size_t begin, bool optimise);
void plan_projection(Context& context, Scope& scope, const bound::Projection& body);

void plan(Context& context, Scope& scope, const bound::Create& clause);
void plan(Context& context, Scope& scope, const bound::Merge& clause);
void plan(Context& context, Scope& scope, const bound::Set& clause);
void plan(Context& context, Scope& scope, const bound::Delete& clause);
void plan(Context& context, Scope& scope, const bound::Foreach& clause);
void plan(Context& context, Scope& scope, const bound::Unwind& clause);
void plan(Context& context, Scope& scope, const bound::ProcedureCall& clause);
void plan(Context& context, Scope& scope, const bound::LoadCsv& clause);
void plan(Context& context, Scope& scope, const bound::CallSubquery& clause);
void plan(Context& context, Scope& scope, const bound::SchemaCommand& clause);

// The expression with the plans of its subqueries set; null stays null.
ExpressionPtr ready(Context& context, const Labels& labels, const ExpressionPtr& e);
std::vector<ExpressionPtr> ready(Context& context, const Labels& labels,
                                 const std::vector<ExpressionPtr>& list);
// A Select of the condition's conjuncts on top of the scope's plan.
void filter(Context& context, Scope& scope, const ExpressionPtr& condition);
// MakePath projections on top.
void make_paths(Context& context, Scope& scope, const std::vector<bound::PatternPath>& paths);
// All that a pattern refers to: its variables and those of its conditions.
SlotSet slots_in(const bound::Pattern& pattern);

}  // namespace kith::plan
