// core/cell_copy.hpp: copying cells into memory that the caller has measured.
#pragma once

#include <cstddef>
#include <cstring>

#include "core/cell.hpp"

namespace kith {

std::size_t measure(const Cell& cell);
Cell copy_any_to(std::byte*& at, const Cell& cell);

inline bool is_number_or_text(Kind kind) {  // nearly all are
  return kind == Kind::Integer || kind == Kind::Float || kind == Kind::String;
}

// What a deep copy takes beside the cell itself: a multiple of 8.
inline std::size_t bytes_beside(const Cell& cell) {
  if (!is_number_or_text(cell.kind)) return measure(cell);
  return cell.kind == Kind::String ? (std::size_t{cell.aux} + 7) & ~std::size_t{7} : 0;
}
// Whose every byte lies from `at` on, a multiple of 8, which goes on by as much.
inline Cell copy_to(std::byte*& at, const Cell& cell) {
  if (!is_number_or_text(cell.kind)) return copy_any_to(at, cell);
  if (cell.kind != Kind::String) return cell;
  if (cell.aux == 0) return Cell::of("");  // not null
  std::byte* const text = at;
  std::memcpy(text, cell.text, cell.aux);
  at += bytes_beside(cell);
  return Cell::of(std::string_view(static_cast<const char*>(static_cast<void*>(text)), cell.aux));
}

}  // namespace kith
