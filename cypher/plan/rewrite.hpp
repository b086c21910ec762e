// cypher/plan/rewrite.hpp: the rules that make a plan better, and those that make it right.
//
// Each rule is one function in one file of cypher/plan/rules/, listed in rewrite.cpp with its name.
#pragma once

#include <span>
#include <string_view>

#include "cypher/plan/planner.hpp"

namespace kith::plan {

// What a rule may use besides the tree.
struct RuleContext {
  Context& context;
  const SlotSet& wanted;  // of the root's rows, beyond what the root itself reads
};

struct Rule {
  std::string_view name;
  void (*apply)(NodePtr& root, RuleContext& context);
  bool required;  // for correctness: runs without optimisation too
};
std::span<const Rule> rules();  // in the order they run

// All rules (without context.optimise the required ones), then ids. `wanted`: slots of the root's
// rows that somebody outside reads.
void rewrite(NodePtr& root, const SlotSet& wanted, Context& context);

// ---- the rules
namespace rule {
void constant_folding(NodePtr& root, RuleContext& context);
void predicate_pushdown(NodePtr& root, RuleContext& context);
void semi_apply(NodePtr& root, RuleContext& context);
void uncorrelated(NodePtr& root, RuleContext& context);
void index_order(NodePtr& root, RuleContext& context);
void index_extremes(NodePtr& root, RuleContext& context);
void list_keys(NodePtr& root, RuleContext& context);
void path_lengths(NodePtr& root, RuleContext& context);
void first_values(NodePtr& root, RuleContext& context);
void top_k(NodePtr& root, RuleContext& context);
void project_late(NodePtr& root, RuleContext& context);
void count_weights(NodePtr& root, RuleContext& context);
void count_from_store(NodePtr& root, RuleContext& context);
void shared_reads(NodePtr& root, RuleContext& context);
void keys_of_nodes(NodePtr& root, RuleContext& context);
void eager(NodePtr& root, RuleContext& context);
void dead_variables(NodePtr& root, RuleContext& context);
void frontiers(NodePtr& root, RuleContext& context);
}  // namespace rule

}  // namespace kith::plan
