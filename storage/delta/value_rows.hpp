// storage/delta/value_rows.hpp: the values of elements that were made or set together, in one piece
// of memory.
//
// Immutable. Elements share it, each with the number of its row, until one of their values changes
// (PropertyChanges): no element needs memory of its own for what was written by the thousand. The
// values of a key that are all the same are there once; numbers, dates and the like of one kind are
// words.
#pragma once

#include <cstdint>
#include <optional>
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
  // Of a row, the value of key number `key`.
  Cell cell(std::uint32_t row, std::size_t key) const {
    KITH_ASSERT(row < row_count_ && key < key_count_);
    const Column& column = columns_[key];
    if (column.form == Form::Same) return *static_cast<const Cell*>(column.values);
    if (column.form == Form::Cells) return static_cast<const Cell*>(column.values)[row];
    Cell cell;
    cell.kind = column.kind;
    cell.word = static_cast<const std::uint64_t*>(column.values)[row];
    return cell;
  }
  // The same; nothing: it is none of the keys.
  std::optional<Cell> find(std::uint32_t row, KeyId key) const;
  // Values of rows from one on, as words of one kind: one after another, or all the same.
  struct Words {
    Kind kind = Kind::Null;  // they are not like that
    const std::uint64_t* each = nullptr;
    std::uint64_t same = 0;  // without `each`
  };
  // Nothing: it is none of the keys.
  std::optional<Words> words(std::uint32_t row, KeyId key) const;
  std::uint64_t bytes() const { return bytes_; }  // all of it

 private:
  enum class Form : std::uint8_t { Same, Words, Cells };
  struct Column {
    const void* values = nullptr;  // of all rows, or one for all
    Form form = Form::Cells;
    Kind kind = Kind::Null;  // of words
  };
  ValueRows() : Shared(kNobody) {}
  std::optional<std::size_t> number_of(KeyId key) const;
  static Column form_of(std::span<const Cell> values, std::size_t key, std::size_t keys);
  static std::size_t bytes_of(const Column& column, std::size_t rows);

  const Column* columns_ = nullptr;  // by key
  const KeyId* keys_ = nullptr;
  std::uint32_t key_count_ = 0, row_count_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace kith::storage
