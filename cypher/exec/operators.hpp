// cypher/exec/operators.hpp: the operators: the table of contents of the executor.
#pragma once

#include "cypher/exec/lower.hpp"
#include "cypher/exec/operator.hpp"

namespace kith::exec {

// ---- leaves: source.cpp, store_count.cpp, scan.cpp
OperatorPtr make_unit(const Lowering& lowering);
OperatorPtr make_argument(const Lowering& lowering);
OperatorPtr make_store_count(const plan::StoreCount& op, const Lowering& lowering);
OperatorPtr make_scan(const plan::Node& node, const plan::NodeScan& op, const Lowering& lowering);
OperatorPtr make_scan(const plan::Node& node, const plan::RelationshipScan& op,
                      const Lowering& lowering);

// ---- reading: a file each
OperatorPtr make_by_id(const plan::Node& node, const plan::NodeById& op, const Lowering& lowering);
OperatorPtr make_by_id(const plan::Node& node, const plan::RelationshipById& op,
                       const Lowering& lowering);
OperatorPtr make_index_seek(const plan::Node& node, const plan::IndexSeek& op,
                            const Lowering& lowering);
OperatorPtr make_expand(const plan::Node& node, const plan::Expand& op, const Lowering& lowering);
OperatorPtr make_expand_bound(const plan::Node& node, const plan::ExpandBound& op,
                              const Lowering& lowering);
OperatorPtr make_expand_var(const plan::Node& node, const plan::VarExpand& op,
                            const Lowering& lowering);
OperatorPtr make_shortest_path(const plan::Node& node, const plan::ShortestPath& op,
                               const Lowering& lowering);
OperatorPtr make_repeat(const plan::Node& node, const plan::PathExpand& op,
                        const Lowering& lowering);
OperatorPtr make_stateful_shortest_path(const plan::Node& node, const plan::PathExpand& op,
                                        const Lowering& lowering);
OperatorPtr make_fold(const plan::Node& node, const plan::Fold& op, const Lowering& lowering);
OperatorPtr make_expand_reach(const plan::Node& node, const plan::VarExpand& op,
                              const Lowering& lowering);
OperatorPtr make_intersect(const plan::Node& node, const plan::Intersect& op,
                           const Lowering& lowering);
OperatorPtr make_sieve(const plan::Node& node, const plan::Sieve& op, const Lowering& lowering);
OperatorPtr make_filter(const plan::Node& node, const plan::Select& op, const Lowering& lowering);
OperatorPtr make_project(const plan::Node& node, const plan::Project& op, const Lowering& lowering);
OperatorPtr make_unwind(const plan::Node& node, const plan::Unwind& op, const Lowering& lowering);
OperatorPtr make_load_csv(const plan::Node& node, const plan::LoadCsv& op,
                          const Lowering& lowering);
OperatorPtr make_call_procedure(const plan::Node& node, const plan::CallProcedure& op,
                                const Lowering& lowering);

// ---- shaping
OperatorPtr make_aggregate(const plan::Node& node, const plan::Aggregate& op,
                           const Lowering& lowering);
// The same rows as `counted`, from the store's counts where they are known.
OperatorPtr with_known_count(const plan::Node& node, const plan::Aggregate& op,
                             const Lowering& lowering, OperatorPtr counted);
// Whether an aggregation keeps no groups: it gives rows as its input does, on all threads.
bool passes_rows(const plan::Node& node, const plan::Aggregate& op, const Execution& execution);
// Whether each row of `input` is a group of its own; and what gives them then, else nullptr.
bool has_own_groups(const plan::Aggregate& op, const Execution& execution, const plan::Node& input);
OperatorPtr make_own_groups(const plan::Node& node, const plan::Aggregate& op,
                            const Lowering& lowering, const plan::Node& input,
                            const std::vector<const plan::Expand*>& steps);
// An aggregation without keys has a row for each outer row, also for those of which `counted` has
// none, as nothing came in for them.
OperatorPtr with_row_for_each(const plan::Aggregate& op, const Lowering& lowering,
                              OperatorPtr counted);
OperatorPtr make_distinct(const plan::Node& node, const plan::Distinct& op,
                          const Lowering& lowering);
// Read by all workers: what is above needs no other columns.
OperatorPtr make_shared_distinct(const plan::Node& node, const plan::Distinct& op,
                                 const Lowering& lowering);
OperatorPtr make_sort(const plan::Node& node, const plan::Sort& op, const Lowering& lowering);
OperatorPtr make_top(const plan::Node& node, const plan::Top& op, const Lowering& lowering);
// The same for each of several outer rows on its own, where the plan runs for them at once.
OperatorPtr make_sort_of_each(const plan::Node& node, const std::vector<plan::SortKey>& keys,
                              const bound::Expression* skip, const bound::Expression* limit,
                              const Lowering& lowering);
// The rows of `source`, those of one outer row one after the other.
OperatorPtr make_in_order_of_each(const plan::Node& node, const Lowering& lowering,
                                  OperatorPtr source);
OperatorPtr make_limit(const plan::Node& node, const plan::Limit& op, const Lowering& lowering);
OperatorPtr make_eager(const plan::Node& node, const Lowering& lowering);
// All rows of the input of `reader`, a write or Eager, read when it is opened.
OperatorPtr make_read_first(const plan::Node& reader, const Lowering& lowering);
OperatorPtr make_spread(const plan::Node& node, const Lowering& lowering);
OperatorPtr make_gather(const plan::Node& node, const Lowering& lowering);

// ---- more than one input
OperatorPtr make_cartesian_product(const plan::Node& node, const Lowering& lowering);
OperatorPtr make_hash_join(const plan::Node& node, const plan::HashJoin& op,
                           const Lowering& lowering);
OperatorPtr make_apply(const plan::Node& node, const plan::Apply& op, const Lowering& lowering);
OperatorPtr make_call_in_transactions(const plan::Node& node, const plan::CallInTransactions& op,
                                      const Lowering& lowering);
OperatorPtr make_union(const plan::Node& node, const plan::Union& op, const Lowering& lowering);

// ---- writing
OperatorPtr make_create(const plan::Node& node, const plan::Create& op, const Lowering& lowering);
OperatorPtr make_set(const plan::Node& node, const plan::Set& op, const Lowering& lowering);
OperatorPtr make_delete(const plan::Node& node, const plan::Delete& op, const Lowering& lowering);
OperatorPtr make_merge(const plan::Node& node, const plan::Merge& op, const Lowering& lowering);
OperatorPtr make_foreach(const plan::Node& node, const plan::Foreach& op, const Lowering& lowering);
OperatorPtr make_schema_command(const plan::SchemaCommand& op, const Lowering& lowering);

}  // namespace kith::exec
