// storage/delta/value_rows.hpp: the values of elements that were made or set together, in one piece
// of memory.
//
// Immutable. Elements share it, each with the number of its row, until one of their values changes
// (PropertyChanges): no element needs memory of its own for what was written by the thousand.
#pragma once

#include <cstdint>
#include <span>

#include "core/assert.hpp"
#include "core/cell.hpp"
#include "core/id.hpp"
#include "storage/delta/ref.hpp"

namespace kith::storage {

class ValueRows : public Shared {
 public:
  // A deep copy. `values`: row by row, one for each key; keys ascend.
  static Ref<const ValueRows> copy(std::span<const KeyId> keys, std::span<const Cell> values);
  static void destroy(const ValueRows* rows) noexcept;

  std::span<const KeyId> keys() const { return {keys_, key_count_}; }
  std::span<const Cell> row(std::uint32_t row) const {
    KITH_ASSERT(row < row_count_);
    return {cells_ + std::size_t{row} * key_count_, key_count_};
  }
  std::uint64_t bytes() const { return bytes_; }  // all of it

 private:
  ValueRows() : Shared(kNobody) {}

  const Cell* cells_ = nullptr;
  const KeyId* keys_ = nullptr;
  std::uint32_t key_count_ = 0, row_count_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace kith::storage
