// cypher/plan/text.hpp: expressions in Cypher again, for EXPLAIN and for telling whether two are
// the same.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cypher/bind/expression.hpp"

namespace kith::plan {

using Names = std::span<const std::string>;  // of variables, by slot; may be short or have gaps

std::string to_text(const bound::Expression& expression, Names names = {});
std::string to_text(const bound::LabelExpression& labels);
std::string to_text(const Cell& cell);                            // a constant
std::string name_of(Slot slot, Names names);                      // "n", or "anon_7" without a name
std::string quoted(std::string_view name);                        // `in backticks` where it must be
std::string labels_text(const std::vector<std::string>& labels);  // ":A:B"

}  // namespace kith::plan
