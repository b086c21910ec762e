// shell/literal.hpp: literal values as Cypher writes them, read without asking the database.
#pragma once

#include <optional>
#include <string_view>

#include "kith/value.hpp"

namespace kith::shell {

// null, true, false, numbers, strings, lists and maps of them; nothing for any other expression.
std::optional<Value> parse_literal(std::string_view text);

}  // namespace kith::shell
