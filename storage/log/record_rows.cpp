// storage/log/record_rows.cpp: by the bytes of texts and lists.
#include "storage/log/record_rows.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace kith::storage {

namespace {

// Bytes of values after which rows go to another record.
constexpr std::size_t kRecordBytes = std::size_t{1} << 20;

std::size_t text_bytes(const Cell& value) {
  if (value.kind == Kind::String) return value.aux;
  if (value.kind != Kind::List) return 0;
  std::size_t bytes = 0;
  for (const Cell& item : value.items()) bytes += sizeof(Cell) + text_bytes(item);
  return bytes;
}

}  // namespace

std::size_t record_rows(std::span<const Cell> values, std::size_t count, std::size_t begin,
                        std::size_t most) {
  KITH_ASSERT(begin < count);
  const std::size_t end = begin + std::min(count - begin, most), keys = values.size() / count;
  std::size_t bytes = 0;
  for (std::size_t at = begin; at < end; ++at) {
    for (const Cell& value : values.subspan(at * keys, keys)) bytes += text_bytes(value);
    if (bytes >= kRecordBytes) return at + 1 - begin;
  }
  return end - begin;
}

}  // namespace kith::storage
