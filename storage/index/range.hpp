// storage/index/range.hpp: what is looked for, as bounds of key bytes.
#pragma once

#include <string>

#include "storage/index.hpp"

namespace kith::storage {

// Keys k with low <= k < high, for whole keys; no `high`: all above.
struct KeyBounds {
  std::string low, high;
  bool has_high = false;
  bool nothing = false;  // no key can be meant
  // A bound is a list, which `<` and ORDER BY compare differently: each value is compared.
  bool compare_lists = false;

  bool contains(std::string_view whole) const {
    return whole >= low && (!has_high || whole < high);
  }
};

// Reuses the memory of `bounds`.
void bounds_of(const IndexRange& range, KeyBounds& bounds);
// Of one key that is equal in all parts; false: nothing is equal to it.
bool equal_key(std::span<const Cell> values, std::string& key);
// Whether `value` is within a range whose bounds are lists, by compare().
bool within(const IndexRange& range, const Cell& value);

// Bounds for entries, whose keys may be cut: they hold all entries that may be meant, and others
// only if those are cut. Empty `high`: all above.
void entry_bounds(const KeyBounds& bounds, std::string& low, std::string& high);

}  // namespace kith::storage
