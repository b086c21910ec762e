// cypher/parse/literal_scan.hpp: the pass over a text that finds candidates.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/arena.hpp"
#include "core/cell.hpp"

namespace kith::cypher {

struct ScannedLiteral {
  std::uint32_t begin, end;  // bytes of the text
  Cell value;                // in the text or in the arena
};

struct LiteralScan {
  std::vector<ScannedLiteral> literals;
  bool is_shown = false;  // begins with EXPLAIN or PROFILE
};

// Linear time. `text` need not be a query, nor UTF-8.
LiteralScan scan_literals(std::string_view text, Arena& arena);

// What a backslash and one letter stand for in a string; none: another escape, or nothing.
std::optional<char> simple_escape(char c);

}  // namespace kith::cypher
