// cypher/parse/source.hpp: errors that show where in the text they arose.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kith/error.hpp"

namespace kith::cypher {

// How deep brackets, CASE, prefix operators and expressions may nest.
inline constexpr std::uint32_t kMaxBracketDepth = 500;
inline constexpr std::uint32_t kMaxExpressionHeight = 1000;
// How many clauses and nodes of patterns that are read one query (a part of a UNION) may have, its
// subqueries included: each is a level of its plan. A MERGE counts more.
inline constexpr std::uint32_t kMaxQuerySteps = 8000;

// `what` is followed by the position and a caret line.
[[noreturn]] void throw_syntax_error(std::string_view text, std::string detail,
                                     std::string_view what, Position at);
[[noreturn]] void throw_too_deep(std::string_view text, Position at);

[[noreturn]] void throw_too_long(std::string_view text, Position at);

// Line and column of a byte.
Position position_of(std::string_view text, std::size_t byte);

}  // namespace kith::cypher
