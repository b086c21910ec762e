// storage/constraints/check.hpp: which elements break a constraint, many at once.
//
// Enforcement asks about what a transaction touched, the making of a constraint about all there is.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "storage/view.hpp"

namespace kith::storage {

struct IndexSeed;
struct SortOptions;

// Existence (of a key constraint, too), type, labels of ends, counts. The view must not change
// during its life. Not thread-safe.
class ElementCheck {
 public:
  ElementCheck(const View& view, const ConstraintDef& constraint);
  ~ElementCheck();
  // Appends those of `ids` that break the constraint; they exist and have its label or type.
  void check(std::span<const std::uint64_t> ids, std::vector<std::uint64_t>& broken);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// How many relationships of the step each node has.
void count_step(const View& view, const PatternStep& step, std::span<const std::uint64_t> nodes,
                std::span<std::uint64_t> counts);

// An element that agrees with one of `ids` in all keys of a unique or key constraint, if there is
// one: the one that is not in `ids`, or else has the lower id. `ids` ascend, exist, and have the
// label or type.
std::optional<std::uint64_t> find_double(const View& view, const ConstraintDef& constraint,
                                         std::span<const std::uint64_t> ids);

// How many of the elements that break a constraint are named when it is made.
inline constexpr std::size_t kNamedElements = 3;

// All elements against a constraint that is being made: ConstraintError naming the first that break
// it, and how many do.
void check_all(const View& view, const ConstraintDef& constraint);  // but for what is unique
// Gives the sorted entries that its index has in this state.
std::shared_ptr<const IndexSeed> check_all_unique(const View& view, const ConstraintDef& constraint,
                                                  const SortOptions& options);

}  // namespace kith::storage
