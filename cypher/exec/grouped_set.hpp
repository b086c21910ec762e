// cypher/exec/grouped_set.hpp: distinct small integers, each of a group.
//
// A value and its group are one integer of an IntegerSet. Which part that is in depends on the
// value alone, so it stays in its part when the groups get other numbers: sets are united part by
// part, by many threads.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/assert.hpp"
#include "cypher/exec/integer_set.hpp"

namespace kith::exec {

class GroupedSet {
 public:
  static constexpr std::uint32_t kParts = IntegerSet::kParts;

  // Others do not go into one integer with their group.
  static bool fits(std::uint64_t value, std::uint32_t group) {
    return value >> 32 == 0 && group >> 31 == 0;
  }
  void add(std::uint64_t value, std::uint32_t group) {
    KITH_ASSERT(fits(value, group));
    set_.add_to(part_of(value), packed(value, group));
  }
  // Adds what another set has; `into`: the numbers that its groups have here.
  void take(GroupedSet& other, std::span<const std::uint32_t> into) {
    if (other.set_.most() != 0) {
      others_.push_back({std::move(other.set_), {into.begin(), into.end()}});
    }
    for (Renumbered& more : other.others_) {
      for (std::uint32_t& group : more.into) group = into[group];
      others_.push_back(std::move(more));
    }
    other.others_.clear();
  }
  // To the counts of groups, how many values of each this part has. Different parts may be counted
  // at the same time, into different counts.
  void count_part(std::uint32_t part, std::span<std::uint64_t> counts) {
    for (Renumbered& other : others_) {
      other.set.each_of(part, [&](std::int64_t both) {
        set_.add_to(part, packed(value_of(both), other.into[group_of(both)]));
      });
      other.set.clear_part(part);
    }
    set_.settle_part(part);
    set_.each_of(part, [&](std::int64_t both) { ++counts[group_of(both)]; });
  }
  // At least as many as there are.
  std::uint64_t most() const {
    std::uint64_t most = set_.most();
    for (const Renumbered& other : others_) most += other.set.most();
    return most;
  }
  std::uint64_t bytes() const {
    std::uint64_t bytes = set_.bytes();
    for (const Renumbered& other : others_) {
      bytes += other.set.bytes() + other.into.capacity() * sizeof(std::uint32_t);
    }
    return bytes;
  }
  // visit(value, group), perhaps more than once.
  template <class Visit>
  void each(Visit visit) const {
    set_.each([&](std::int64_t both) { visit(value_of(both), group_of(both)); });
    for (const Renumbered& other : others_) {
      other.set.each([&](std::int64_t both) { visit(value_of(both), other.into[group_of(both)]); });
    }
  }

 private:
  struct Renumbered {
    IntegerSet set;
    std::vector<std::uint32_t> into;
  };

  static std::int64_t packed(std::uint64_t value, std::uint32_t group) {
    return static_cast<std::int64_t>(std::uint64_t{group} << 32 | value);
  }
  static std::uint64_t value_of(std::int64_t both) { return static_cast<std::uint32_t>(both); }
  static std::uint32_t group_of(std::int64_t both) {
    return static_cast<std::uint32_t>(static_cast<std::uint64_t>(both) >> 32);
  }
  static std::uint32_t part_of(std::uint64_t value) {
    return IntegerSet::part_of(static_cast<std::int64_t>(value));
  }

  IntegerSet set_;
  std::vector<Renumbered> others_;  // taken over, until parts are counted
};

}  // namespace kith::exec
