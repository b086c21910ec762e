// storage/load/value_store.cpp: keeps values in 8 bytes each, and what is longer in an arena.
#include "storage/load/value_store.hpp"

#include <cstring>
#include <new>

#include "core/assert.hpp"

namespace kith::storage {

namespace {

std::uint64_t word_of(const void* pointer) {
  std::uint64_t word = 0;
  std::memcpy(&word, &pointer, sizeof pointer);
  return word;
}

const std::byte* pointer_of(std::uint64_t word) {
  const std::byte* pointer = nullptr;
  std::memcpy(&pointer, &word, sizeof pointer);
  return pointer;
}

bool fits(VectorType type, Kind kind) { return type == VectorType::Any || kind == kind_of(type); }

}  // namespace

std::uint64_t ValueStore::put(std::span<const std::uint64_t> rows, const Vector& values,
                              std::span<const std::uint32_t> picked) {
  KITH_ASSERT(rows.size() == picked.size());
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < picked.size(); ++i) {
    const std::uint32_t from = picked[i];
    const std::uint64_t to = rows[i];
    if (!values.valid(from)) continue;
    const std::size_t number = to >> kPageBits;
    if (number >= pages_.size()) pages_.resize(number + 1);
    const Cell cell = values.cell(from);
    if (!pages_[number]) {
      pages_[number] = std::make_unique<Page>();
      pages_[number]->type = narrow_type(cell.kind);
      pages_[number]->words = LargeArray<std::uint64_t>(kPageRows);
      pages_[number]->presence.resize(kPageRows / 64);
    }
    Page& page = *pages_[number];
    if (!fits(page.type, cell.kind)) widen(page);
    put(page, static_cast<std::uint32_t>(to & (kPageRows - 1)), cell);
    ++count;
  }
  return count;
}

void ValueStore::put(Page& page, std::uint32_t row, const Cell& cell) {
  KITH_ASSERT(!cell.is_null() && fits(page.type, cell.kind));
  page.presence[row / 64] |= std::uint64_t{1} << (row % 64);
  if (page.type == VectorType::String) {
    auto* to = static_cast<std::byte*>(page.arena.allocate(sizeof cell.aux + cell.aux, 4));
    std::memcpy(to, &cell.aux, sizeof cell.aux);
    if (cell.aux > 0) std::memcpy(to + sizeof cell.aux, cell.text, cell.aux);
    page.words[row] = word_of(to);
  } else if (page.type == VectorType::Any) {
    void* to = page.arena.allocate(sizeof(Cell), alignof(Cell));
    page.words[row] = word_of(new (to) Cell(copy_into(page.arena, cell)));
  } else {
    page.words[row] = cell.word;
  }
}

Cell ValueStore::get(const Page& page, std::uint32_t row) {
  if ((page.presence[row / 64] >> (row % 64) & 1) == 0) return Cell::null();
  const std::uint64_t word = page.words[row];
  switch (page.type) {
    case VectorType::Boolean:
      return Cell::boolean(word != 0);
    case VectorType::Integer:
      return Cell::of(static_cast<std::int64_t>(word));
    case VectorType::Float: {
      Cell cell = Cell::of(0.0);
      cell.word = word;
      return cell;
    }
    case VectorType::String: {
      const std::byte* from = pointer_of(word);
      std::uint32_t size;
      std::memcpy(&size, from, sizeof size);
      return Cell::of(std::string_view(
          static_cast<const char*>(static_cast<const void*>(from + sizeof size)), size));
    }
    default: {
      Cell cell;
      std::memcpy(&cell, pointer_of(word), sizeof cell);
      return cell;
    }
  }
}

// From one type to cells of any.
void ValueStore::widen(Page& page) {
  Page wide;
  wide.type = VectorType::Any;
  wide.words = LargeArray<std::uint64_t>(kPageRows);
  wide.presence.resize(kPageRows / 64);
  for (std::uint32_t row = 0; row < kPageRows; ++row)
    if (const Cell cell = get(page, row); !cell.is_null()) put(wide, row, cell);
  page = std::move(wide);
}

std::uint64_t ValueStore::bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& page : pages_)
    if (page) bytes += sizeof(Page) + kPageRows * 8 + kPageRows / 8 + page->arena.bytes();
  return bytes;
}

Cell ValueStore::cell(std::uint64_t row) const {
  const std::size_t number = row >> kPageBits;
  if (number >= pages_.size() || !pages_[number]) return Cell::null();
  return get(*pages_[number], static_cast<std::uint32_t>(row & (kPageRows - 1)));
}

}  // namespace kith::storage
