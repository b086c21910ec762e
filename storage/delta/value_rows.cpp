// storage/delta/value_rows.cpp: header, columns, their values, what these point to, keys: one after
// another.
#include "storage/delta/value_rows.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <vector>

#include "core/bulk_memory.hpp"
#include "core/cell_copy.hpp"

namespace kith::storage {

namespace {

// The word is all there is to a value of this kind.
bool is_word(Kind kind) {
  return kind == Kind::Integer || kind == Kind::Float || kind == Kind::Boolean ||
         kind == Kind::Date || kind == Kind::LocalTime;
}

// The same value for sure: what they point to is the same, too.
bool is_same(const Cell& a, const Cell& b) {
  return a.kind == b.kind && a.aux == b.aux && a.word == b.word;
}

}  // namespace

ValueRows::Column ValueRows::form_of(std::span<const Cell> values, std::size_t key,
                                     std::size_t keys) {
  const Cell& first = values[key];
  bool same = true, words = is_word(first.kind);
  for (std::size_t at = key + keys; at < values.size() && (same || words); at += keys) {
    same = same && is_same(values[at], first);
    words = words && values[at].kind == first.kind;
  }
  return {nullptr, same ? Form::Same : words ? Form::Words : Form::Cells, first.kind};
}

std::size_t ValueRows::bytes_of(const Column& column, std::size_t rows) {
  if (column.form == Form::Same) return sizeof(Cell);
  return rows * (column.form == Form::Words ? sizeof(std::uint64_t) : sizeof(Cell));
}

Ref<const ValueRows> ValueRows::copy(std::span<const KeyId> keys, std::span<const Cell> values) {
  KITH_ASSERT(!keys.empty() && !values.empty() && values.size() % keys.size() == 0);
  KITH_ASSERT(std::is_sorted(keys.begin(), keys.end()));
  const std::size_t width = keys.size(), count = values.size() / width;
  std::vector<Column> forms;
  std::size_t bytes = sizeof(ValueRows) + keys.size_bytes();
  for (std::size_t key = 0; key < width; ++key) {
    forms.push_back(form_of(values, key, width));
    bytes += sizeof(Column) + bytes_of(forms[key], count);
    if (forms[key].form == Form::Same) bytes += bytes_beside(values[key]);
    for (std::size_t at = key; forms[key].form == Form::Cells && at < values.size(); at += width)
      bytes += bytes_beside(values[at]);
  }
  static_assert(sizeof(ValueRows) % alignof(Cell) == 0 && sizeof(Column) % alignof(Cell) == 0);
  auto* const memory = take_bulk(bytes);
  auto* const rows = new (memory) ValueRows;
  auto* const columns = reinterpret_cast<Column*>(memory + sizeof(ValueRows));
  std::byte* to = memory + sizeof(ValueRows) + width * sizeof(Column);
  std::byte* beside = to;
  for (const Column& form : forms) beside += bytes_of(form, count);
  for (std::size_t key = 0; key < width; ++key) {
    Column& column = *new (columns + key) Column(forms[key]);
    column.values = to;
    const std::size_t stored = column.form == Form::Same ? 1 : count;
    for (std::size_t i = 0; i < stored; ++i) {
      const Cell& value = values[i * width + key];
      if (column.form == Form::Words) {
        new (to + i * sizeof(std::uint64_t)) std::uint64_t(value.word);
      } else {
        new (to + i * sizeof(Cell)) Cell(copy_to(beside, value));
      }
    }
    to += bytes_of(column, count);
  }
  KITH_ASSERT(beside == memory + bytes - keys.size_bytes());
  auto* const ids = reinterpret_cast<KeyId*>(beside);
  std::uninitialized_copy(keys.begin(), keys.end(), ids);
  rows->columns_ = columns;
  rows->keys_ = ids;
  rows->key_count_ = static_cast<std::uint32_t>(width);
  rows->row_count_ = static_cast<std::uint32_t>(count);
  rows->bytes_ = bytes;
  return Ref<const ValueRows>(rows);
}

std::optional<std::size_t> ValueRows::number_of(KeyId key) const {
  const auto at = std::lower_bound(keys().begin(), keys().end(), key);
  if (at == keys().end() || *at != key) return std::nullopt;
  return static_cast<std::size_t>(at - keys().begin());
}

std::optional<Cell> ValueRows::find(std::uint32_t row, KeyId key) const {
  const auto number = number_of(key);
  return number ? std::optional(cell(row, *number)) : std::nullopt;
}

std::optional<ValueRows::Words> ValueRows::words(std::uint32_t row, KeyId key) const {
  const auto number = number_of(key);
  if (!number) return std::nullopt;
  const Column& column = columns_[*number];
  if (column.form == Form::Cells || !is_word(column.kind)) return Words{};
  if (column.form == Form::Same)
    return Words{column.kind, nullptr, static_cast<const Cell*>(column.values)->word};
  return Words{column.kind, static_cast<const std::uint64_t*>(column.values) + row, 0};
}

// Its parts are plain data.
void ValueRows::destroy(const ValueRows* rows) noexcept {
  auto* const mine = const_cast<ValueRows*>(rows);
  const std::uint64_t bytes = mine->bytes_;
  mine->~ValueRows();
  give_bulk(static_cast<std::byte*>(static_cast<void*>(mine)), bytes);
}

}  // namespace kith::storage
