// storage/log/record_columns.cpp: what many rows have in common is written once.
#include "storage/log/record_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/assert.hpp"
#include "core/bits.hpp"
#include "kith/error.hpp"

namespace kith::storage {

namespace {

enum class Form : std::uint8_t { Values, Same, Words };  // their numbers are in logs

bool is_word(Kind kind) {
  return kind == Kind::Integer || kind == Kind::Float || kind == Kind::Date;
}

[[noreturn]] void corrupt(std::string_view what) {
  throw StorageError("CorruptLog", fmt::format("a record of the log cannot be read: {}", what));
}

std::size_t take_count(ByteReader& in, std::string_view what) {
  const std::uint64_t count = in.varint();
  if (count > kMostInColumns) corrupt(fmt::format("{} {}", count, what));
  return static_cast<std::size_t>(count);
}

// Every `step`th cell from the first on.
struct CellColumn {
  const Cell* first;
  std::size_t step, rows;

  const Cell& operator[](std::size_t row) const { return first[row * step]; }
};

// Of equal text, lists and the like only what lies at the same place.
Form form_of(const CellColumn& column) {
  const Cell& first = column[0];
  bool same = true, words = is_word(first.kind);
  for (std::size_t row = 1; row < column.rows && (same || words); ++row) {
    const Cell& cell = column[row];
    same = same && cell.kind == first.kind && cell.aux == first.aux && cell.word == first.word;
    words = words && cell.kind == first.kind;
  }
  return same ? Form::Same : words ? Form::Words : Form::Values;
}

// How far each is above the least, as signed numbers, in as few bytes as all fit.
void put_words(std::string& out, const CellColumn& column) {
  std::int64_t least = column[0].integer, most = least;
  for (std::size_t row = 1; row < column.rows; ++row) {
    least = std::min(least, column[row].integer);
    most = std::max(most, column[row].integer);
  }
  const auto base = static_cast<std::uint64_t>(least);
  const std::uint64_t range = static_cast<std::uint64_t>(most) - base;
  std::size_t width = 1;
  while (width < sizeof range && range >> (8 * width) != 0) ++width;
  out.push_back(static_cast<char>(column[0].kind));
  out.push_back(static_cast<char>(width));
  put_signed(out, least);
  const std::size_t begin = out.size();
  out.resize(begin + column.rows * width + sizeof range);  // each is written whole
  char* to = out.data() + begin;
  for (std::size_t row = 0; row < column.rows; ++row, to += width) {
    const std::uint64_t above = column[row].word - base;
    std::memcpy(to, &above, sizeof above);  // little-endian
  }
  out.resize(begin + column.rows * width);
}

// Into every `step`th cell.
void take_words(ByteReader& in, std::span<Cell> cells, std::size_t first, std::size_t step) {
  const auto kind = static_cast<Kind>(in.byte());
  const std::size_t width = in.byte(), rows = cells.size() / step;
  if (!is_word(kind)) corrupt(fmt::format("words of kind {}", static_cast<unsigned>(kind)));
  if (width == 0 || width > sizeof(std::uint64_t)) corrupt(fmt::format("words of {} bytes", width));
  const auto base = static_cast<std::uint64_t>(in.signed_varint());
  if (rows > in.left() / width) corrupt(fmt::format("{} words in {} bytes", rows, in.left()));
  const std::byte* from = in.bytes(rows * width).data();
  for (std::size_t at = first; at < cells.size(); at += step, from += width) {
    std::uint64_t above = 0;
    std::memcpy(&above, from, width);
    cells[at].kind = kind;
    cells[at].word = base + above;
  }
}

}  // namespace

void put_runs(std::string& out, std::span<const std::uint64_t> ids) {
  KITH_ASSERT(ids.size() <= kMostInColumns);
  put_varint(out, ids.size());
  std::uint64_t expected = 0;
  for (std::size_t at = 0; at < ids.size();) {
    std::size_t end = at + 1;
    while (end < ids.size() && ids[end] == ids[end - 1] + 1) ++end;
    put_signed(out, static_cast<std::int64_t>(ids[at] - expected));
    put_varint(out, end - at);
    expected = ids[end - 1] + 1;
    at = end;
  }
}

std::span<const std::uint64_t> take_runs(ByteReader& in, Arena& arena) {
  const auto ids = arena.make_array<std::uint64_t>(take_count(in, "ids"));
  std::uint64_t next = 0;
  for (std::size_t at = 0; at < ids.size();) {
    next += static_cast<std::uint64_t>(in.signed_varint());
    const std::uint64_t count = in.varint();
    if (count == 0 || count > ids.size() - at) corrupt(fmt::format("a run of {} ids", count));
    for (const std::size_t end = at + static_cast<std::size_t>(count); at < end; ++at)
      ids[at] = next++;
  }
  return ids;
}

void put_columns(std::string& out, const ValueColumns& columns) {
  const auto& [keys, values] = columns;
  KITH_ASSERT(values.size() <= kMostInColumns);
  KITH_ASSERT(keys == 0 ? values.empty() : values.size() % keys == 0);
  put_varint(out, keys);
  put_varint(out, keys == 0 ? 0 : values.size() / keys);
  for (std::size_t key = 0; key < keys && !values.empty(); ++key) {
    const CellColumn column{values.data() + key, keys, values.size() / keys};
    const Form form = form_of(column);
    out.push_back(static_cast<char>(form));
    if (form == Form::Words) {
      put_words(out, column);
    } else {
      for (std::size_t row = 0; row < (form == Form::Same ? 1 : column.rows); ++row)
        encode(out, column[row]);
    }
  }
}

ValueColumns take_columns(ByteReader& in, Arena& arena) {
  const std::size_t keys = take_count(in, "keys"), rows = take_count(in, "rows");
  if (keys * rows > kMostInColumns) corrupt(fmt::format("{} rows of {} values", rows, keys));
  const auto cells = arena.make_array<Cell>(keys * rows);
  std::fill(cells.begin(), cells.end(), Cell::null());
  for (std::size_t key = 0; key < keys && rows > 0; ++key) {
    const std::uint8_t form = in.byte();
    if (form == static_cast<std::uint8_t>(Form::Words)) {
      take_words(in, cells, key, keys);
    } else if (form == static_cast<std::uint8_t>(Form::Same)) {
      const Cell value = decode(in, arena);
      for (std::size_t at = key; at < cells.size(); at += keys) cells[at] = value;
    } else if (form == static_cast<std::uint8_t>(Form::Values)) {
      for (std::size_t at = key; at < cells.size(); at += keys) cells[at] = decode(in, arena);
    } else {
      corrupt(fmt::format("values of form {}", form));
    }
  }
  return {keys, cells};
}

}  // namespace kith::storage
