# Writes NAMES, a header with `enum class Token` and `enum class Rule`, from the two enums that ANTLR
# put into PARSER.
file(READ ${PARSER} text)
string(REGEX MATCHALL "enum {[^}]*}" enums "${text}")
list(GET enums 0 tokens)
list(GET enums 1 rules)
string(REGEX REPLACE "enum {|}" "" tokens "${tokens}")
string(REGEX REPLACE "enum {|}" "" rules "${rules}")
string(REGEX REPLACE "Rule([A-Z])" "\\1" rules "${rules}")
file(WRITE ${NAMES} "// cypher_names.hpp: generated from the grammar: the numbers of its tokens and rules.
#pragma once

#include <cstdint>

namespace kith::grammar {
// 0 is no token: a rule.
enum class Token : std::uint16_t { None = 0,${tokens}};
enum class Rule : std::uint16_t {${rules}};
}  // namespace kith::grammar
")
