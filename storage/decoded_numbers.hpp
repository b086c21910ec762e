// storage/decoded_numbers.hpp: whole columns of integers, decoded once they were asked for in any
// order as often as they have values.
//
// A join or a search comes to the same elements again and again: what they have is then an array.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/id.hpp"
#include "core/vector.hpp"
#include "storage/column/column_reader.hpp"

namespace kith::storage {

// Of one property, by segment. Which columns may be decoded is for the caller to say: those that
// have a value of every slot and no changes.
class DecodedNumbers {
 public:
  // `bytes`: the most that arrays may take; none is made beyond.
  explicit DecodedNumbers(std::uint64_t bytes)
      : most_(std::min<std::uint64_t>(kMost, bytes / (kSegmentSlots * sizeof(std::int64_t)))) {}
  // False if one of them is not decoded; `out` is then of no meaning.
  bool read(std::span<const std::uint64_t> ids, Vector& out);
  // So many values of the column were read in any order.
  void was_asked(std::uint64_t segment, std::uint64_t count, const ColumnReader& reader);

 private:
  static constexpr std::size_t kMost = 32;  // segments, of 128 KiB each at most
  // So many reads in vain, one after the other, are the last.
  static constexpr std::uint32_t kMostVain = 64;
  struct Segment {
    std::uint64_t asked = 0;
    std::uint32_t rows = 0;  // 0: not decoded
    std::unique_ptr<std::int64_t[]> values;
  };

  std::uint64_t most_;             // segments
  std::vector<Segment> segments_;  // by number
  std::size_t decoded_ = 0;
  std::uint32_t vain_ = 0;
};

}  // namespace kith::storage
