// cypher/functions/arguments.hpp: what kernels need of their arguments, or a TypeError that says
// so.
//
// The binder has refused what can never fit; here arrive values whose type nobody knew before.
#pragma once

#include <fmt/format.h>

#include <string_view>

#include "core/arena.hpp"
#include "core/assert.hpp"
#include "core/cell.hpp"
#include "core/print.hpp"
#include "kith/error.hpp"

namespace kith {

// "size() takes LIST or STRING, not INTEGER: 5"
[[noreturn]] inline void wrong_argument(std::string_view function, std::string_view wanted,
                                        const Cell& given,
                                        std::string_view detail = "InvalidArgumentType") {
  throw TypeError(std::string(detail), fmt::format("{}() takes {}, not {}: {}", function, wanted,
                                                   kind_name(given.kind), to_short_cypher(given)));
}

inline std::string_view need_text(std::string_view function, const Cell& given) {
  if (given.kind != Kind::String) wrong_argument(function, "STRING", given);
  return given.string();
}

inline std::int64_t need_integer(std::string_view function, const Cell& given) {
  if (given.kind != Kind::Integer) wrong_argument(function, "INTEGER", given);
  return given.integer;
}

inline double need_number(std::string_view function, const Cell& given) {
  if (given.kind == Kind::Integer) return static_cast<double>(given.integer);
  if (given.kind != Kind::Float) wrong_argument(function, "INTEGER or FLOAT", given);
  return given.real;
}

// A count or an index: an integer that is not negative.
inline std::size_t need_count(std::string_view function, const Cell& given) {
  const std::int64_t number = need_integer(function, given);
  if (number < 0) {
    throw QueryError(
        "ArgumentError", "NumberOutOfRange",
        fmt::format("{}() takes no negative number, and this is {}", function, number));
  }
  KITH_ASSERT(number >= 0);
  return static_cast<std::size_t>(number);
}

// A string made in the arena, if it is not too long for a cell.
inline Cell text_cell(std::string_view text) {
  if (text.size() > UINT32_MAX) {
    throw ResourceError("StringTooLong", "a string of more than 4 GiB would come about");
  }
  return Cell::of(text);
}
inline Cell text_cell(Arena& arena, std::string_view text) { return text_cell(arena.copy(text)); }

}  // namespace kith
