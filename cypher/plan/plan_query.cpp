// cypher/plan/plan_query.cpp: planning with the statistics of a view.
#include "cypher/plan/planner.hpp"
#include "cypher/prepare.hpp"

namespace kith::cypher {

plan::Plan plan_query(const bound::Query& query, const storage::View& statistics, bool optimise) {
  return plan::plan_query(query, *plan::statistics_of(statistics), optimise);
}

}  // namespace kith::cypher
