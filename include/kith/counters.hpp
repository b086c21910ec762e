// include/kith/counters.hpp: what a statement changed.
#pragma once

#include <cstdint>

namespace kith {

struct Counters {
  std::uint64_t nodes_created = 0, nodes_deleted = 0;
  std::uint64_t relationships_created = 0, relationships_deleted = 0;
  std::uint64_t properties_set = 0;
  std::uint64_t labels_added = 0, labels_removed = 0;
  std::uint64_t indexes_added = 0, indexes_removed = 0;
  std::uint64_t constraints_added = 0, constraints_removed = 0;

  friend bool operator==(const Counters&, const Counters&) = default;
};

}  // namespace kith
