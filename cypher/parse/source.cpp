// cypher/parse/source.cpp: positions, caret lines, and errors that carry them.
#include "cypher/parse/source.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/assert.hpp"
#include "core/text.hpp"
#include "cypher/prepare.hpp"

namespace kith::cypher {

namespace {

constexpr std::size_t kShown = 100;  // code points of a long line

std::string_view line_of(std::string_view text, std::uint32_t line) {
  std::size_t begin = 0;
  for (std::uint32_t i = 1; i < line; ++i) {
    const std::size_t newline = text.find('\n', begin);
    if (newline == std::string_view::npos) return {};
    begin = newline + 1;
  }
  std::string_view rest = text.substr(begin);
  rest = rest.substr(0, rest.find('\n'));
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  return rest;
}

// What a terminal would not show as one column becomes a space.
std::string printable(std::string_view text) {
  std::string out(text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return out;
}

}  // namespace

std::string caret(std::string_view text, Position at) {
  if (at.line == 0 || at.column == 0) return {};
  const std::string_view line = line_of(text, at.line);
  const std::size_t column = std::min<std::size_t>(at.column - 1, count_code_points(line));
  const std::size_t from = column > kShown * 3 / 4 ? column - kShown * 3 / 4 : 0;
  const std::string_view shown = code_points(line, from, kShown);
  const bool more = shown.data() + shown.size() < line.data() + line.size();
  return fmt::format("line {}, column {}:\n  {}{}{}\n  {:>{}}^", at.line, at.column,
                     from > 0 ? "…" : "", printable(shown), more ? "…" : "", "",
                     column - from + (from > 0 ? 1 : 0));
}

void throw_syntax_error(std::string_view text, std::string detail, std::string_view what,
                        Position at) {
  KITH_ASSERT(at.line > 0 && at.column > 0);
  throw SyntaxError(std::move(detail), fmt::format("{}, at {}", what, caret(text, at)), at);
}

void throw_too_deep(std::string_view text, Position at) {
  throw ResourceError("NestingTooDeep",
                      fmt::format("the query nests too deeply, at {}", caret(text, at)), at);
}

void throw_too_long(std::string_view text, Position at) {
  throw ResourceError(
      "QueryTooLong",
      fmt::format("one query takes no more than {} clauses and nodes of patterns: make several "
                  "statements of it, or UNWIND a list, at {}",
                  kMaxQuerySteps, caret(text, at)),
      at);
}

Position position_of(std::string_view text, std::size_t byte) {
  KITH_ASSERT(byte <= text.size());
  const std::string_view before = text.substr(0, byte);
  const std::size_t newline = before.rfind('\n');
  const std::size_t line_begin = newline == std::string_view::npos ? 0 : newline + 1;
  return {static_cast<std::uint32_t>(1 + std::count(before.begin(), before.end(), '\n')),
          static_cast<std::uint32_t>(1 + count_code_points(before.substr(line_begin)))};
}

}  // namespace kith::cypher
