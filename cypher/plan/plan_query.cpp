// cypher/plan/plan_query.cpp: planning with the statistics of a view.
#include "cypher/plan/planner.hpp"
#include "cypher/prepare.hpp"

namespace kith::cypher {

plan::Plan plan_query(const bound::Query& query, const storage::View& statistics, bool optimise,
                      Folding folding, std::string_view without) {
  const auto known = plan::statistics_of(statistics);
  plan::Plan plan = plan::plan_query(query, *known, optimise, folding, without);
  plan.premises = plan::premises_of(*known);
  return plan;
}

}  // namespace kith::cypher
