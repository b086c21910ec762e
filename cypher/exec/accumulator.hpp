// cypher/exec/accumulator.hpp: the states of one aggregate call, for all groups.
//
// count, sum, avg, min, max, collect and percentiles have states of their own, small and quick; the
// others keep an AggregateState a group, in parts: one for each morsel, which are joined in the
// morsels' order, so that the number of threads makes no difference to collect() and its like.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cypher/bind/bound.hpp"
#include "cypher/exec/context.hpp"
#include "cypher/exec/group_table.hpp"

namespace kith::exec {

// The rows of a batch, sorted into groups.
struct GroupedRows {
  std::uint32_t rows = 0;
  const std::uint32_t* groups = nullptr;   // nullptr: all rows are of group 0
  const std::uint64_t* weights = nullptr;  // how many rows each stands for; nullptr: one
  std::uint32_t group_count = 1;
  std::uint64_t sequence = 0;
  std::uint64_t before = 0;  // rows that came before in the same sequence, or more

  std::uint32_t group(std::uint32_t row) const { return groups == nullptr ? 0 : groups[row]; }
  std::uint64_t weight(std::uint32_t row) const { return weights == nullptr ? 1 : weights[row]; }
};

// The state of a later row's group, asked for while `row` is worked on: those of many groups are
// not in the caches.
template <class State>
inline void fetch_early(const std::vector<State>& states, const GroupedRows& rows,
                        std::uint32_t row) {
  constexpr std::uint32_t kAhead = 16;
  if (rows.groups == nullptr || row + kAhead >= rows.rows) return;
  const State* state = &states[rows.groups[row + kAhead]];
  __builtin_prefetch(state, 1);
  __builtin_prefetch(reinterpret_cast<const char*>(state + 1) - 1, 1);
}

// What an aggregate over distinct values keeps besides the states of the groups.
class DistinctValues {
 public:
  virtual ~DistinctValues() = default;
  using Visit = std::function<void(std::uint32_t group, std::span<const Cell> values, FirstSeen)>;
  virtual void each(const Visit& visit) const = 0;
  // From now on distinct values come through feed() alone: rows of cells, in their order.
  virtual void expect_fed() = 0;
  virtual void feed(Worker& worker, std::span<Cell* const> rows,
                    std::span<const std::uint32_t> groups, std::uint32_t group_count) = 0;
};

class Accumulator {
 public:
  virtual ~Accumulator() = default;
  virtual void add(Worker& worker, const GroupedRows& rows, std::span<const Column> arguments) = 0;
  // Whether values of one kind that lie between two could make a difference to group 0.
  virtual bool may_change(const Cell& /*least*/, const Cell& /*greatest*/) const { return true; }
  // Of one that keeps the first values of each group alone: the rows, ascending, of which it may
  // want a value.
  virtual void choose(const GroupedRows& rows, std::vector<std::uint32_t>& wanted) const;
  // Takes over what another accumulator of the same call has for its groups from `first` on:
  // into[i] is where its group first + i belongs. All of its groups, unless it has_ranges().
  virtual void merge(Accumulator& other, std::uint32_t first, std::span<const std::uint32_t> into,
                     std::uint32_t group_count) = 0;
  // Whether some of the groups can be taken over alone, while other threads take over others.
  virtual bool has_ranges() const { return false; }
  // Of one that has_ranges(): its group g becomes group numbers[g].
  virtual void renumber(std::span<const std::uint32_t> /*numbers*/) {}
  // After all rows, once, before the first finish(). `group_count`: groups without rows count, too.
  virtual void complete(Worker&, std::uint32_t /*group_count*/) {}
  // The results of all groups will be put into this arena: what they point to may go there, too.
  virtual void give_values_to(Arena& /*arena*/) {}
  virtual Cell finish(std::uint32_t group, Arena& arena) = 0;
  virtual std::uint64_t bytes() const = 0;

  // The state of a group as bytes; and from there into a group, whose rows so far came before.
  // Distinct values are not part of it.
  virtual void save(std::uint32_t group, std::string& out) const = 0;
  virtual void load(std::uint32_t group, std::uint32_t group_count, ByteReader& in) = 0;
  virtual DistinctValues* distinct_values() { return nullptr; }
};

inline constexpr std::uint64_t kAllValues = ~std::uint64_t{0};
// `most`: how many values of each group collect() keeps, the first ones.
std::unique_ptr<Accumulator> make_accumulator(const bound::AggregateCall& call, Position at,
                                              MemoryBudget& budget,
                                              std::uint64_t most = kAllValues);
std::unique_ptr<Accumulator> make_collect_accumulator(Position at, std::uint64_t most);
// How many values of a list are looked at.
std::uint64_t values_looked_at(const bound::AggregateCall& call, Worker& worker);
// Of a percentile whose share is the same for all rows; null: of something else.
std::unique_ptr<Accumulator> make_percentile_accumulator(const bound::AggregateCall& call,
                                                         Position at);
std::unique_ptr<Accumulator> make_sum_accumulator(const AggregateDef& function, Position at);
QueryError aggregate_too_large(Position at);
// The same over the distinct values of the arguments.
std::unique_ptr<Accumulator> make_distinct_accumulator(std::unique_ptr<Accumulator> inner,
                                                       std::size_t arguments, bool counts,
                                                       MemoryBudget& budget);

}  // namespace kith::exec
