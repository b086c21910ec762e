// cypher/plan/rewrite.cpp: the list of rules, and running them.
#include "cypher/plan/rewrite.hpp"

#include <array>

#include "core/assert.hpp"

namespace kith::plan {

namespace {

constexpr auto kRules = std::to_array<Rule>({
    {"constant_folding", rule::constant_folding, false},
    {"path_lengths", rule::path_lengths, false},
    {"predicate_pushdown", rule::predicate_pushdown, false},
    {"semi_apply", rule::semi_apply, false},
    {"uncorrelated", rule::uncorrelated, false},
    {"index_order", rule::index_order, false},
    {"index_extremes", rule::index_extremes, false},
    {"list_keys", rule::list_keys, false},
    {"first_values", rule::first_values, false},
    {"top_k", rule::top_k, false},
    {"project_late", rule::project_late, false},
    {"count_weights", rule::count_weights, false},
    {"count_from_store", rule::count_from_store, false},
    {"shared_reads", rule::shared_reads, false},
    {"keys_of_nodes", rule::keys_of_nodes, false},
    {"eager", rule::eager, true},
    {"dead_variables", rule::dead_variables, true},  // it says what each node carries
    {"frontiers", rule::frontiers, false},           // looks at that
});

}  // namespace

std::span<const Rule> rules() { return kRules; }

void rewrite(NodePtr& root, const SlotSet& wanted, Context& context) {
  RuleContext rule_context{context, wanted};
  for (const auto& rule : kRules) {
    const bool is_on = context.optimise && rule.name != context.without;
    if (rule.required || is_on) rule.apply(root, rule_context);
    KITH_ASSERT(root != nullptr);
  }
  for_each_node(*root, [&](Node& node) { node.id = context.next_id++; });
}

}  // namespace kith::plan
