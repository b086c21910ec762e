// cypher/parse/token_scan.hpp: one look at all tokens before the parser sees them.
//
// Refuses broken words and too deep nesting (the parser recurses on it), and settles what would
// need look-ahead without bound: see the invented tokens in grammar/CypherLexer.g4.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "cypher_names.hpp"
#include "kith/error.hpp"

namespace kith::cypher {

struct ScannedToken {
  grammar::Token token;
  Position at;
  std::uint32_t begin, end;  // bytes of the text
};

// Changes `token` of some. The last is the end of the text (Token::None). Linear time.
void scan_tokens(std::string_view text, std::vector<ScannedToken>& tokens);

// IDENTIFIER, QUOTED_NAME or a keyword that is a name too: the rule `name` of the grammar.
bool is_name(grammar::Token token);

}  // namespace kith::cypher
