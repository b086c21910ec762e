// cypher/parse/unparse.hpp: an AST as Cypher text.
#pragma once

#include <string>

#include "cypher/parse/ast.hpp"

namespace kith::cypher {

// One clause a line; every operation inside another in parentheses. Parsing it gives the same AST
// (but for positions, and the text of unnamed columns).
std::string unparse(const ast::Query& query);
std::string unparse(const ast::Expression& expression);

// A name, in backticks where it needs them.
std::string quoted_name(std::string_view name);

}  // namespace kith::cypher
