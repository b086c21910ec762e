// cypher/exec/ties_between.cpp: see ties_between.hpp.
#include "cypher/exec/ties_between.hpp"

#include "core/assert.hpp"
#include "cypher/exec/direction.hpp"

namespace kith::exec {

namespace {

NodeTies ties_of(const storage::View& view, Direction direction, const std::vector<TypeId>& types,
                 FoldAccount& account) {
  return {std::make_unique<storage::NeighbourCursor>(view, direction, types), view.node_id_limit(),
          account};
}

// How often the node changes.
std::size_t runs_of(std::span<const std::uint64_t> nodes) {
  std::size_t runs = 1;
  for (std::size_t i = 1; i < nodes.size(); ++i) runs += nodes[i] != nodes[i - 1] ? 1 : 0;
  return runs;
}

}  // namespace

TiesBetween::TiesBetween(const storage::View& view, Direction direction,
                         const std::vector<TypeId>& types, MemoryBudget& budget)
    : account_(budget, "relationships between two nodes"),
      from_(ties_of(view, direction, types, account_)),
      to_(ties_of(view, turned(direction), types, account_)) {}

bool TiesBetween::has_long_runs(std::span<const std::uint64_t> nodes,
                                std::span<const std::uint64_t> others) {
  constexpr std::size_t kLongRun = 16;  // rows
  if (nodes.size() < kLongRun) return false;
  return std::min(runs_of(nodes), runs_of(others)) * kLongRun <= nodes.size();
}

void TiesBetween::begin(std::span<const std::uint64_t> nodes,
                        std::span<const std::uint64_t> others) {
  KITH_ASSERT(nodes.size() == others.size());
  const bool holds_from = runs_of(nodes) <= runs_of(others);
  held_ = holds_from ? &from_ : &to_;
  nodes_ = holds_from ? nodes : others;
  others_ = holds_from ? others : nodes;
  row_ = 0;
  left_ = {};
}

std::size_t TiesBetween::next(std::size_t limit, std::uint32_t* rows,
                              std::uint64_t* relationships) {
  KITH_ASSERT(held_ != nullptr);
  std::size_t count = 0;
  while (count < limit) {
    if (left_.begin == left_.end) {
      if (row_ == nodes_.size()) break;
      held_->enter(nodes_[row_]);
      left_ = held_->leading_to(others_[row_++]);
      continue;
    }
    rows[count] = static_cast<std::uint32_t>(row_ - 1);
    if (relationships != nullptr) relationships[count] = held_->relationship(left_.begin);
    ++left_.begin;
    ++count;
  }
  return count;
}

}  // namespace kith::exec
