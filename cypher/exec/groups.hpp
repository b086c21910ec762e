// cypher/exec/groups.hpp: the groups of an aggregation: their keys, where each was first seen, and
// a state of each call for each of them.
//
// Of many groups, parts by the first bits of the keys' hashes can be merged on their own: sealed
// groups lie in that order, so that a part of them is one range. docs/execution.md says when.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "cypher/exec/accumulator.hpp"
#include "cypher/exec/group_table.hpp"

namespace kith::exec {

struct Groups {
  GroupTable table;
  std::vector<FirstSeen> first;                      // by group
  std::vector<std::unique_ptr<Accumulator>> states;  // by call

  std::uint32_t size() const { return table.size(); }
  std::uint64_t bytes() const;
  // Whether parts of them can be merged: all their states have ranges.
  bool have_ranges() const;

  // Takes over `count` groups of another from `begin` on; `into` is scratch. Their rows stay where
  // they are: see GroupTable::find_or_share().
  void merge(Groups& from, std::uint32_t begin, std::uint32_t count,
             std::vector<std::uint32_t>& into);
  // All of them, and their rows too.
  void take(Groups& from, std::vector<std::uint32_t>& into);
};

class SealedGroups {
 public:
  static constexpr unsigned kPartBits = 8;
  static constexpr std::uint32_t kParts = 1 << kPartBits;

  // `heir`: groups to come, which get the memory that these need no more.
  explicit SealedGroups(Groups groups, Groups* heir = nullptr);

  Groups& groups() { return groups_; }
  const Groups& groups() const { return groups_; }
  // Of parts [from, to).
  std::uint32_t begin_of(std::uint32_t part) const { return begins_[part]; }
  std::uint32_t count_of(std::uint32_t from, std::uint32_t to) const {
    return begins_[to] - begins_[from];
  }

 private:
  Groups groups_;
  std::array<std::uint32_t, kParts + 1> begins_{};
};

// Roughly how many different keys there are for each group: 1 if none is in two of them.
double share_of_different(const std::vector<SealedGroups>& all);

}  // namespace kith::exec
