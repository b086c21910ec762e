// storage/load/value_store.hpp: values of one property in order of arrival, until they are sorted.
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
#include "core/vector.hpp"

namespace kith::storage {

class ValueStore {
 public:
  // Row `first` + i becomes values.cell(picked[i]); rows never appended are null. Rows ascend. The
  // number of values that are not null.
  std::uint64_t append(std::uint64_t first, const Vector& values,
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
    std::vector<std::uint64_t> words;     // the value, or a pointer into the arena
    std::vector<std::uint64_t> presence;  // one bit a row
    Arena arena;
  };
  static void put(Page& page, std::uint32_t row, const Cell& cell);
  static Cell get(const Page& page, std::uint32_t row);
  static void widen(Page& page);

  std::vector<std::unique_ptr<Page>> pages_;
  std::uint64_t forgotten_ = 0;  // pages
};

// An array that grows without moving what it has.
template <class T>
class PagedArray {
 public:
  // make(0), …, make(count - 1).
  template <class Make>
  void append(std::size_t count, const Make& make) {
    for (std::size_t done = 0; done < count;) {
      if (size_ >> kBits == pages_.size()) pages_.emplace_back(new T[std::size_t{1} << kBits]);
      T* const page = pages_.back().get() + (size_ & kMask);
      const auto n = static_cast<std::size_t>(
          std::min<std::uint64_t>(count - done, kMask + 1 - (size_ & kMask)));
      for (std::size_t i = 0; i < n; ++i) page[i] = make(done + i);
      done += n;
      size_ += n;
    }
  }
  T operator[](std::uint64_t i) const { return pages_[i >> kBits][i & kMask]; }
  std::uint64_t size() const { return size_; }
  // Nobody asks for these any more; whole pages of them go.
  void forget_below(std::uint64_t i) {
    for (std::uint64_t page = i >> kBits; page-- > 0 && pages_[page];) pages_[page].reset();
  }
  void clear() {
    pages_.clear();
    size_ = 0;
  }

 private:
  static constexpr std::uint32_t kBits = 18;
  static constexpr std::uint64_t kMask = (std::uint64_t{1} << kBits) - 1;
  std::vector<std::unique_ptr<T[]>> pages_;
  std::uint64_t size_ = 0;
};

}  // namespace kith::storage
