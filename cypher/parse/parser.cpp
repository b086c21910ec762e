// cypher/parse/parser.cpp: text -> ast::Query.
//
//   valid UTF-8?  ->  recognize (grammar)  ->  Builder (AST)
#include <fmt/format.h>

#include "core/text.hpp"
#include "cypher/parse/builder.hpp"
#include "cypher/parse/source.hpp"
#include "cypher/parse/syntax.hpp"
#include "cypher/prepare.hpp"

namespace kith::cypher {

namespace {
constexpr std::size_t kMaxTextBytes =
    256 * kMiB;  // positions are 32-bit; ANTLR needs 100 times that
}

ast::Query parse(std::string_view text) {
  if (text.size() > kMaxTextBytes) {
    throw ResourceError("QueryTooLong",
                        fmt::format("a query of {} bytes is too long (the most is {})", text.size(),
                                    kMaxTextBytes));
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
  const std::size_t invalid = find_invalid_utf8(text);
  if (invalid != kValidUtf8) {
    const Position at = position_of(text, invalid);
    throw SyntaxError("InvalidUnicodeCharacter",
                      fmt::format("the query is not valid UTF-8 at byte {} (line {}, column {})",
                                  invalid, at.line, at.column),
                      at);
  }
  const SyntaxTree tree = recognize(text);
  return Builder(text).script(*tree.root);
}

}  // namespace kith::cypher
