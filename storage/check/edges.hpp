// storage/check/edges.hpp: relationships of a type as a sum that does not depend on their order.
//
// Every relationship is told three times: in its segment, in a list of its start node, in a list of
// its end node. Equal sums of all three mean, but for a chance that can be neglected, equal sets.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/hash.hpp"
#include "core/id.hpp"

namespace kith::storage::check {

struct EdgeSum {
  std::uint64_t count = 0, low = 0, high = 0;

  void add(std::uint64_t start, std::uint64_t end, std::uint64_t relationship) {
    const std::uint64_t first = combine_hashes(combine_hashes(start, end), relationship);
    ++count;
    low += first;
    high += combine_hashes(combine_hashes(relationship ^ 0x6a09e667f3bcc909, start), end ^ first);
  }
  friend bool operator==(const EdgeSum&, const EdgeSum&) = default;
};

struct TypeSums {
  EdgeSum stored, outgoing, incoming;
  bool agree() const { return stored == outgoing && stored == incoming; }
};

// By type id.
class EdgeSums {
 public:
  TypeSums& of(TypeId type) {
    if (sums_.size() <= type.value) sums_.resize(type.value + std::size_t{1});
    return sums_[type.value];
  }
  const std::vector<TypeSums>& all() const { return sums_; }

 private:
  std::vector<TypeSums> sums_;
};

}  // namespace kith::storage::check
