// cypher/exec/integer_set.hpp: distinct 64-bit integers, in flat arrays.
//
// The top bits of a value's hash say in which part it is. A part puts new values aside until they
// are many, and then looks for all of them in its table, which is small enough for the processor's
// caches where a table of all values would not be. Sets are united part by part, by many threads.
//
//   S1  What size() and has() say holds for a set whose parts are all settled.
//   S2  Values that are put aside are at most four times as many as those in the table, or few.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/assert.hpp"
#include "core/hash.hpp"

namespace kith::exec {

class IntegerSet {
 public:
  static constexpr std::uint32_t kParts = 128;

  void add(std::int64_t value) {
    if (value == kFree) {
      has_free_ = true;
      return;
    }
    parts_[part_of(value)].add(value);
  }
  static std::uint32_t part_of(std::int64_t value) {
    return static_cast<std::uint32_t>(hash_integer(value) >> kShift);
  }
  // For whoever decides himself which part a value is in; such a set is not asked has().
  void add_to(std::uint32_t part, std::int64_t value) {
    KITH_ASSERT(value != kFree);
    parts_[part].add(value);
  }
  void add(std::span<const std::int64_t> values) {
    for (const std::int64_t value : values) add(value);
  }
  bool has(std::int64_t value) const {
    if (value == kFree) return has_free_;
    const std::uint64_t hash = hash_integer(value);
    return parts_[hash >> kShift].has(value, hash);
  }
  void settle_part(std::uint32_t part) { parts_[part].settle(); }
  void clear_part(std::uint32_t part) { parts_[part] = {}; }
  // Adds one part of another set; it has that part no longer. Different parts may be added at the
  // same time.
  void take_part(IntegerSet& other, std::uint32_t part) {
    Part& mine = parts_[part];
    Part& theirs = other.parts_[part];
    if (mine.size() < theirs.size()) std::swap(mine, theirs);
    mine.take(theirs);
    theirs = {};
  }
  // The rest of it, that no part has.
  void take_rest(const IntegerSet& other) { has_free_ |= other.has_free_; }

  // Perhaps more than once, those that are put aside.
  template <class Visit>
  void each(Visit visit) const {
    if (has_free_) visit(kFree);
    for (const Part& part : parts_) part.each(visit);
  }
  template <class Visit>
  void each_of(std::uint32_t part, Visit visit) const {
    parts_[part].each(visit);
  }
  std::uint64_t size() const {
    std::uint64_t size = has_free_ ? 1 : 0;
    for (const Part& part : parts_) {
      KITH_ASSERT(part.aside() == 0);  // S1
      size += part.size();
    }
    return size;
  }
  // At least as many as there are.
  std::uint64_t most() const {
    std::uint64_t most = has_free_ ? 1 : 0;
    for (const Part& part : parts_) most += part.size() + part.aside();
    return most;
  }
  std::uint64_t bytes() const {
    std::uint64_t bytes = 0;
    for (const Part& part : parts_) bytes += part.bytes();
    return bytes;
  }

 private:
  static constexpr std::int64_t kFree = INT64_MIN;  // the one value that no slot holds
  static constexpr std::uint32_t kShift = 57;
  static_assert(kParts == std::uint64_t{1} << (64 - kShift));

  class Part {
   public:
    void add(std::int64_t value) {
      if (count_ == aside_.size()) make_room();
      aside_[count_++] = value;
    }
    void settle() {
      insert({aside_.data(), count_});
      count_ = 0;
    }
    void take(const Part& other) {
      settle();
      insert({other.aside_.data(), other.count_});
      insert(other.slots_);
    }
    bool has(std::int64_t value, std::uint64_t hash) const {
      return !slots_.empty() && slots_[find(value, hash)] == value;
    }
    template <class Visit>
    void each(Visit visit) const {
      for (const std::int64_t value : slots_) {
        if (value != kFree) visit(value);
      }
      for (std::size_t i = 0; i < count_; ++i) visit(aside_[i]);
    }
    void add_all(const Part& other) {
      insert_some({other.aside_.data(), other.count_});
      insert_some(other.slots_);
    }
    // Empty, with room for so many values.
    void start(std::uint64_t values) {
      slots_.assign(std::bit_ceil(std::max<std::size_t>(16, 2 * values)), kFree);
      size_ = count_ = 0;
    }
    std::uint64_t size() const { return size_; }
    std::uint64_t aside() const { return count_; }
    std::uint64_t bytes() const {
      return (slots_.capacity() + aside_.capacity()) * sizeof(std::int64_t);
    }

   private:
    static constexpr std::size_t kFewAside = 4096;
    static constexpr std::size_t kAtOnce = 64, kSample = 256;
    static constexpr std::size_t kCachedSlots = 1 << 15;

    // S2
    void make_room() {
      if (aside_.size() >= std::max<std::size_t>(kFewAside, 4 * size_)) return settle();
      aside_.resize(std::max<std::size_t>(kAtOnce, 2 * aside_.size()));
    }

    // Values of this part; kFree is none. If most of the first ones are new, so will others be: the
    // table does not grow step by step.
    void insert(std::span<const std::int64_t> values) {
      if (values.size() > 2 * kSample) {
        const std::uint64_t before = size_;
        insert_some(values.first(kSample));
        values = values.subspan(kSample);
        reserve(size_ + values.size() * (size_ - before) / kSample);
      }
      insert_some(values);
    }
    void insert_some(std::span<const std::int64_t> values) {
      for (; !values.empty(); values = values.subspan(std::min(kAtOnce, values.size()))) {
        const auto some = values.first(std::min(kAtOnce, values.size()));
        reserve(size_ + some.size());
        if (slots_.size() > kCachedSlots) {  // memory is asked for their places first
          for (const std::int64_t value : some)
            __builtin_prefetch(&slots_[hash_integer(value) & (slots_.size() - 1)], 1);
        }
        for (const std::int64_t value : some) {
          if (value == kFree) continue;
          std::int64_t& slot = slots_[find(value, hash_integer(value))];
          size_ += slot == kFree ? 1 : 0;
          slot = value;
        }
      }
    }
    void reserve(std::uint64_t values) {
      if (2 * values <= slots_.size()) return;
      std::vector<std::int64_t> old(std::bit_ceil(std::max<std::size_t>(16, 2 * values)), kFree);
      old.swap(slots_);
      for (const std::int64_t value : old) {
        if (value != kFree) slots_[find(value, hash_integer(value))] = value;
      }
    }

    // The slot of the value, or the free one where it would go.
    std::size_t find(std::int64_t value, std::uint64_t hash) const {
      const std::size_t mask = slots_.size() - 1;
      std::size_t at = hash & mask;
      while (slots_[at] != kFree && slots_[at] != value) at = (at + 1) & mask;
      return at;
    }

    std::vector<std::int64_t> slots_;  // a power of two, at most half full
    std::uint64_t size_ = 0;           // of the values in them
    std::vector<std::int64_t> aside_;  // of which the first count_ are values
    std::size_t count_ = 0;
  };

  std::array<Part, kParts> parts_;
  bool has_free_ = false;

 public:
  // Counts what sets have together, without uniting them: its table is used for one part after the
  // other, and is never larger than what one of them needs.
  class Counter {
   public:
    std::uint64_t count(std::span<const IntegerSet* const> sets, std::uint32_t part) {
      std::uint64_t most = 0;
      for (const IntegerSet* set : sets)
        most += set->parts_[part].size() + set->parts_[part].aside();
      if (most == 0) return 0;
      table_.start(most);
      for (const IntegerSet* set : sets) table_.add_all(set->parts_[part]);
      return table_.size();
    }
    // Of what no part has.
    static std::uint64_t count_rest(std::span<const IntegerSet* const> sets) {
      return std::any_of(sets.begin(), sets.end(), [](const auto* set) { return set->has_free_; });
    }

   private:
    Part table_;
  };
};

}  // namespace kith::exec
