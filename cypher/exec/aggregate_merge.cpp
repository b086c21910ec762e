// cypher/exec/aggregate_merge.cpp: groups from their parts, in the order of the hashes of their
// keys; then sorted by their first rows.
//
// All parts of a group follow each other in the merged runs, so only the groups being put together
// are in memory. Distinct values are made distinct by their own hash first, and then sorted by the
// hash of the keys and by where they came in, to meet their groups.
#include "cypher/exec/aggregate_merge.hpp"

#include <algorithm>

namespace kith::exec {

namespace {

using Partials = std::vector<std::unique_ptr<AggregatePartial>>;

constexpr std::string_view kWho = "the groups of an aggregation";

std::vector<Run> all_runs(const Partials& partials, auto&& runs_of) {
  std::vector<Run> all;
  for (const auto& partial : partials) {
    std::vector<Run>& runs = runs_of(*partial);
    std::move(runs.begin(), runs.end(), std::back_inserter(all));
    runs.clear();
  }
  return all;
}

// The distinct values of one call: hash of the keys, keys, values, position.
class Values {
 public:
  Values(std::vector<Run> runs, std::size_t keys, std::size_t width, Execution& execution) {
    const std::size_t columns = 1 + width + 1;
    FirstOfKey distinct(std::make_unique<MergedRows>(SortOrder(1, columns), std::move(runs),
                                                     std::vector<std::unique_ptr<RowBuffer>>(),
                                                     execution, ~std::uint64_t{0}),
                        width, execution.budget);
    RowSorter by_group(SortOrder(1, columns), columns, execution, kWho);
    while (const Cell* row = distinct.next()) {
      Cell* copy = by_group.rows().append_copy(row);
      copy[0] = Cell::of(static_cast<std::int64_t>(hash_key({copy + 1, keys})));
      by_group.added();
    }
    rows_ = by_group.sorted();
    row_ = rows_->next();
  }

  const Cell* row() const { return row_; }  // nullptr at the end
  void step() { row_ = rows_->next(); }

 private:
  RowStreamPtr rows_;
  const Cell* row_ = nullptr;
};

}  // namespace

RowStreamPtr merge_aggregates(const plan::Aggregate& op, Execution& execution, Partials& partials) {
  for (const auto& partial : partials) partial->spill();
  const std::size_t keys = op.keys.size(), calls = op.calls.size();
  std::vector<std::unique_ptr<Values>> values(calls);
  for (std::size_t i = 0; i < calls; ++i) {
    auto runs = all_runs(
        partials, [i](AggregatePartial & p) -> auto& { return p.value_runs(i); });
    if (runs.empty()) continue;
    values[i] = std::make_unique<Values>(std::move(runs), keys, keys + op.calls[i].arguments.size(),
                                         execution);
  }
  const std::size_t columns = 1 + keys + calls + 1;
  MergedRows parts(SortOrder(1, columns),
                   all_runs(
                       partials, [](AggregatePartial & p) -> auto& { return p.runs(); }),
                   std::vector<std::unique_ptr<RowBuffer>>(), execution, ~std::uint64_t{0});
  RowSorter results(SortOrder(0, keys + calls + 1), keys + calls + 1, execution, kWho);
  AggregatePartial& into = *partials[0];
  into.expect_fed();
  const Cell* row = parts.next();
  while (row != nullptr) {
    const std::uint64_t hash = row[0].word;
    for (; row != nullptr && row[0].word == hash; row = parts.next()) into.load(row);
    for (std::size_t i = 0; i < calls; ++i) {
      if (!values[i]) continue;
      for (; values[i]->row() != nullptr && values[i]->row()[0].word == hash; values[i]->step()) {
        into.feed(i, values[i]->row());
      }
    }
    if (row != nullptr && !into.is_full()) continue;
    into.finish_into(results);
    into.expect_fed();
  }
  return results.sorted();
}

}  // namespace kith::exec
