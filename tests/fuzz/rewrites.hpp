// tests/fuzz/rewrites.hpp: ways to write a query otherwise that must not change its answer.
#pragma once

#include <string>
#include <vector>

#include "cypher/parse/ast.hpp"

namespace kith::fuzz {

struct Rewrite {
  const char* name;
  // Changes all of the query that it can; false if there was nothing.
  bool (*apply)(ast::Query& query);
};
const std::vector<Rewrite>& all_rewrites();

// rewrites_expressions.cpp
bool aggregates_by_collect(ast::Query& query);
bool exists_as_count(ast::Query& query);
bool exists_as_collect(ast::Query& query);
bool count_as_collect(ast::Query& query);
bool predicate_as_exists(ast::Query& query);
bool double_negation(ast::Query& query);
bool distinct_as_groups(ast::Query& query);

// rewrites_values.cpp
bool properties_in_lists(ast::Query& query);
bool constants_in_lists(ast::Query& query);
bool properties_by_name(ast::Query& query);
bool sides_swapped(ast::Query& query);
bool conditions_negated(ast::Query& query);
bool lists_as_choices(ast::Query& query);
bool quantifiers_as_others(ast::Query& query);
bool labels_by_functions(ast::Query& query);
bool matches_in_subqueries(ast::Query& query);
bool conditions_computed(ast::Query& query);

}  // namespace kith::fuzz
