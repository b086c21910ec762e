// cypher/exec/row_count.hpp: the numbers after SKIP and LIMIT.
#pragma once

#include <cstdint>
#include <string_view>

#include "cypher/exec/evaluate.hpp"

namespace kith::exec {

// Of SKIP or LIMIT (`clause`); SyntaxError at run time if it is no integer, or negative.
std::uint64_t row_count(const bound::Expression& expression, std::string_view clause,
                        Worker& worker);

}  // namespace kith::exec
