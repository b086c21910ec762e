// storage/load/value_store.hpp: values of one property by row, until rows are sorted.
//
// Pages of kPageRows rows, each of one type as long as its values are; absent rows cost a bit.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/arena.hpp"
#include "core/cell.hpp"
#include "core/page_memory.hpp"
#include "core/vector.hpp"

namespace kith::storage {

class ValueStore {
 public:
  // Row rows[i] becomes values.cell(picked[i]); rows that never do are null. The number of values
  // that are not null.
  std::uint64_t put(std::span<const std::uint64_t> rows, const Vector& values,
                    std::span<const std::uint32_t> picked);
  // Strings and the rest point into this store.
  Cell cell(std::uint64_t row) const;
  std::uint64_t bytes() const;
  // Nobody asks for these rows any more; whole pages of them go.
  void forget_below(std::uint64_t row) {
    const std::uint64_t end = std::min<std::uint64_t>(row >> kPageBits, pages_.size());
    for (; forgotten_ < end; ++forgotten_) pages_[forgotten_].reset();
  }

 private:
  static constexpr std::uint32_t kPageBits = 14;
  static constexpr std::uint32_t kPageRows = 1u << kPageBits;
  struct Page {
    VectorType type = VectorType::Any;
    LargeArray<std::uint64_t> words;      // of rows that are present: the value, or a pointer
    std::vector<std::uint64_t> presence;  // one bit a row
    Arena arena;
  };
  static void put(Page& page, std::uint32_t row, const Cell& cell);
  static Cell get(const Page& page, std::uint32_t row);
  static void widen(Page& page);

  std::vector<std::unique_ptr<Page>> pages_;
  std::uint64_t forgotten_ = 0;  // pages
};

}  // namespace kith::storage
