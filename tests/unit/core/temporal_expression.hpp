// tests/unit/core/temporal_expression.hpp: enough of Cypher to write temporal tests as tables.
//
// Literals, lists and maps of them, calls of the temporal functions (on the core functions, without
// the registry), + - * /, a minus sign, `.part`, parentheses. The clock stands still.
#pragma once

#include <string>
#include <string_view>

#include "core/cell.hpp"

namespace kith::test {

inline constexpr std::int64_t kTestNow = 1'580'468'400'123'456'789;  // 2020-01-31T11:00:00.123…Z

// The value; throws what the functions throw, and std::logic_error for what this cannot read.
Cell evaluate_temporal(std::string_view expression, Arena& arena);

// Numbers as they are, strings bare, temporal values as ISO text, null; the error's code if it is
// an error.
std::string temporal_text(std::string_view expression);

}  // namespace kith::test
