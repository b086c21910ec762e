// storage/delta/value_rows.cpp: header, cells, what cells point to, keys: one after another.
#include "storage/delta/value_rows.hpp"

#include <algorithm>
#include <memory>
#include <new>

#include "core/bulk_memory.hpp"
#include "core/cell_copy.hpp"

namespace kith::storage {

Ref<const ValueRows> ValueRows::copy(std::span<const KeyId> keys, std::span<const Cell> values) {
  KITH_ASSERT(!keys.empty() && values.size() % keys.size() == 0);
  KITH_ASSERT(std::is_sorted(keys.begin(), keys.end()));
  std::size_t beside = 0;
  for (const Cell& value : values) beside += bytes_beside(value);
  const std::size_t bytes = sizeof(ValueRows) + values.size_bytes() + beside + keys.size_bytes();
  static_assert(sizeof(ValueRows) % alignof(Cell) == 0 && sizeof(Cell) % 8 == 0);
  auto* const memory = take_bulk(bytes);
  auto* const rows = new (memory) ValueRows;
  auto* const cells = reinterpret_cast<Cell*>(memory + sizeof(ValueRows));
  std::byte* at = memory + sizeof(ValueRows) + values.size_bytes();
  for (std::size_t i = 0; i < values.size(); ++i) new (cells + i) Cell(copy_to(at, values[i]));
  KITH_ASSERT(at == memory + bytes - keys.size_bytes());
  auto* const ids = reinterpret_cast<KeyId*>(at);
  std::uninitialized_copy(keys.begin(), keys.end(), ids);
  rows->cells_ = cells;
  rows->keys_ = ids;
  rows->key_count_ = static_cast<std::uint32_t>(keys.size());
  rows->row_count_ = static_cast<std::uint32_t>(values.size() / keys.size());
  rows->bytes_ = bytes;
  return Ref<const ValueRows>(rows);
}

// Its parts are plain data.
void ValueRows::destroy(const ValueRows* rows) noexcept {
  auto* const mine = const_cast<ValueRows*>(rows);
  const std::uint64_t bytes = mine->bytes_;
  mine->~ValueRows();
  give_bulk(static_cast<std::byte*>(static_cast<void*>(mine)), bytes);
}

}  // namespace kith::storage
