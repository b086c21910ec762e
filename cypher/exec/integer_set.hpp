// cypher/exec/integer_set.hpp: distinct 64-bit integers, in one flat array.
#pragma once

#include <cstdint>
#include <vector>

#include "core/assert.hpp"
#include "core/hash.hpp"

namespace kith::exec {

class IntegerSet {
 public:
  void add(std::int64_t value) {
    if (value == kFree) {
      has_free_ = true;
      return;
    }
    if (2 * (size_ + 1) > slots_.size()) grow();
    std::int64_t& slot = slots_[find(value)];
    size_ += slot == kFree ? 1 : 0;
    slot = value;
  }
  bool has(std::int64_t value) const {
    if (value == kFree) return has_free_;
    return !slots_.empty() && slots_[find(value)] == value;
  }
  void add_all(const IntegerSet& other) {
    has_free_ |= other.has_free_;
    for (const std::int64_t value : other.slots_) {
      if (value != kFree) add(value);
    }
  }
  template <class Visit>
  void each(Visit visit) const {
    if (has_free_) visit(kFree);
    for (const std::int64_t value : slots_) {
      if (value != kFree) visit(value);
    }
  }
  std::uint64_t size() const { return size_ + (has_free_ ? 1 : 0); }
  std::uint64_t bytes() const { return slots_.capacity() * sizeof(std::int64_t); }

 private:
  static constexpr std::int64_t kFree = INT64_MIN;  // the one value that no slot holds

  // The slot of the value, or the free one where it would go.
  std::size_t find(std::int64_t value) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash_integer(value) & mask;
    while (slots_[at] != kFree && slots_[at] != value) at = (at + 1) & mask;
    return at;
  }
  void grow() {
    std::vector<std::int64_t> old(slots_.empty() ? 256 : 2 * slots_.size(), kFree);
    old.swap(slots_);
    KITH_ASSERT((slots_.size() & (slots_.size() - 1)) == 0);
    for (const std::int64_t value : old) {
      if (value != kFree) slots_[find(value)] = value;
    }
  }

  std::vector<std::int64_t> slots_;  // a power of two, at most half full
  std::uint64_t size_ = 0;
  bool has_free_ = false;
};

}  // namespace kith::exec
