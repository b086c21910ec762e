// cypher/exec/integer_set.hpp: distinct 64-bit integers, in flat arrays.
//
// The top bits of a value's hash say in which part it is, so that sets can be united by many
// threads, each taking some of the parts.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/assert.hpp"
#include "core/hash.hpp"

namespace kith::exec {

class IntegerSet {
 public:
  static constexpr std::uint32_t kParts = 64;

  void add(std::int64_t value) {
    if (value == kFree) {
      has_free_ = true;
      return;
    }
    const std::uint64_t hash = hash_integer(value);
    part_of(hash).add(value, hash);
  }
  // The same for many: memory is asked for their places before they are looked at.
  void add(std::span<const std::int64_t> values) {
    constexpr std::size_t kAtOnce = 64;
    std::array<std::uint64_t, kAtOnce> hashes;
    for (; !values.empty(); values = values.subspan(std::min(kAtOnce, values.size()))) {
      const std::size_t count = std::min(kAtOnce, values.size());
      for (std::size_t i = 0; i < count; ++i) {
        hashes[i] = hash_integer(values[i]);
        part_of(hashes[i]).prefetch(hashes[i]);
      }
      for (std::size_t i = 0; i < count; ++i) {
        if (values[i] == kFree) {
          has_free_ = true;
        } else {
          part_of(hashes[i]).add(values[i], hashes[i]);
        }
      }
    }
  }
  bool has(std::int64_t value) const {
    if (value == kFree) return has_free_;
    const std::uint64_t hash = hash_integer(value);
    return parts_[hash >> kShift].has(value, hash);
  }
  // Adds one part of another set; it has that part no longer. Different parts may be added at the
  // same time.
  void take_part(IntegerSet& other, std::uint32_t part) {
    Part& mine = parts_[part];
    Part& theirs = other.parts_[part];
    if (mine.size() < theirs.size()) std::swap(mine, theirs);
    theirs.each([&](std::int64_t value) { mine.add(value, hash_integer(value)); });
    theirs = {};
  }
  // The rest of it, that no part has.
  void take_rest(const IntegerSet& other) { has_free_ |= other.has_free_; }

  template <class Visit>
  void each(Visit visit) const {
    if (has_free_) visit(kFree);
    for (const Part& part : parts_) part.each(visit);
  }
  std::uint64_t size() const {
    std::uint64_t size = has_free_ ? 1 : 0;
    for (const Part& part : parts_) size += part.size();
    return size;
  }
  std::uint64_t bytes() const {
    std::uint64_t bytes = 0;
    for (const Part& part : parts_) bytes += part.bytes();
    return bytes;
  }

 private:
  static constexpr std::int64_t kFree = INT64_MIN;  // the one value that no slot holds
  static constexpr std::uint32_t kShift = 58;
  static_assert(kParts == std::uint64_t{1} << (64 - kShift));

  class Part {
   public:
    void prefetch(std::uint64_t hash) const {
      if (!slots_.empty()) __builtin_prefetch(&slots_[hash & (slots_.size() - 1)], 1);
    }
    void add(std::int64_t value, std::uint64_t hash) {
      if (2 * (size_ + 1) > slots_.size()) grow();
      std::int64_t& slot = slots_[find(value, hash)];
      size_ += slot == kFree ? 1 : 0;
      slot = value;
    }
    bool has(std::int64_t value, std::uint64_t hash) const {
      return !slots_.empty() && slots_[find(value, hash)] == value;
    }
    template <class Visit>
    void each(Visit visit) const {
      for (const std::int64_t value : slots_) {
        if (value != kFree) visit(value);
      }
    }
    std::uint64_t size() const { return size_; }
    std::uint64_t bytes() const { return slots_.capacity() * sizeof(std::int64_t); }

   private:
    // The slot of the value, or the free one where it would go.
    std::size_t find(std::int64_t value, std::uint64_t hash) const {
      const std::size_t mask = slots_.size() - 1;
      std::size_t at = hash & mask;
      while (slots_[at] != kFree && slots_[at] != value) at = (at + 1) & mask;
      return at;
    }
    void grow() {
      std::vector<std::int64_t> old(slots_.empty() ? 16 : 2 * slots_.size(), kFree);
      old.swap(slots_);
      KITH_ASSERT((slots_.size() & (slots_.size() - 1)) == 0);
      for (const std::int64_t value : old) {
        if (value != kFree) slots_[find(value, hash_integer(value))] = value;
      }
    }

    std::vector<std::int64_t> slots_;  // a power of two, at most half full
    std::uint64_t size_ = 0;
  };

  Part& part_of(std::uint64_t hash) { return parts_[hash >> kShift]; }

  std::array<Part, kParts> parts_;
  bool has_free_ = false;
};

}  // namespace kith::exec
