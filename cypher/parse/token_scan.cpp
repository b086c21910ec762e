// cypher/parse/token_scan.cpp: broken words, nesting, and what `(`, `-`, `<` and `|` stand for.
#include "cypher/parse/token_scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>

#include "core/assert.hpp"
#include "core/text.hpp"
#include "cypher/parse/source.hpp"

namespace kith::cypher {

using grammar::Token;

namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

class TokenScan {
 public:
  TokenScan(std::string_view text, std::vector<ScannedToken>& tokens)
      : text_(text), tokens_(tokens), partner_(tokens.size(), kNone) {
    KITH_ASSERT(!tokens.empty() && tokens.back().token == Token::None);
  }

  void run() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      refuse_broken(tokens_[i]);
      follow_nesting(i);
      mark_trim(i);
    }
    for (std::size_t i = 0; i < tokens_.size(); ++i) mark_pattern(i);
  }

 private:
  // Never past the end: what follows the last token is the last token.
  Token token(std::size_t i) const { return tokens_[std::min(i, tokens_.size() - 1)].token; }
  std::string_view word(std::size_t i) const {
    return text_.substr(tokens_[i].begin, tokens_[i].end - tokens_[i].begin);
  }

  [[noreturn]] void fail(std::string detail, std::string_view what, Position at) const {
    throw_syntax_error(text_, std::move(detail), what, at);
  }

  void refuse_broken(const ScannedToken& t) const {
    const std::string_view word = text_.substr(t.begin, t.end - t.begin);
    switch (t.token) {
      case Token::BAD_NUMBER:
        fail("InvalidNumberLiteral", fmt::format("'{}' is not a number", word), t.at);
      case Token::UNTERMINATED_STRING:
        fail("UnexpectedSyntax", "this string has no closing quote", t.at);
      case Token::UNTERMINATED_NAME:
        fail("UnexpectedSyntax", "this quoted name has no closing backtick", t.at);
      case Token::UNTERMINATED_COMMENT:
        fail("UnexpectedSyntax", "this comment has no closing */", t.at);
      case Token::BANG_EQUAL:
        fail("UnexpectedSyntax", "unexpected '!=', inequality is written '<>'", t.at);
      case Token::DOUBLE_EQUAL:
        fail("UnexpectedSyntax", "unexpected '==', equality is written '='", t.at);
      case Token::ERROR_CHARACTER:
        if (first_code_point(word).value < 0x80) {
          const bool shown = std::isprint(static_cast<unsigned char>(word[0])) != 0;
          fail("UnexpectedSyntax",
               shown ? fmt::format("unexpected '{}'", word)
                     : fmt::format("unexpected character U+{:04X}", static_cast<unsigned>(word[0])),
               t.at);
        }
        fail("InvalidUnicodeCharacter",
             fmt::format("the character '{}' (U+{:04X}) has no meaning outside of strings and "
                         "quoted names",
                         word, static_cast<std::uint32_t>(first_code_point(word).value)),
             t.at);
      default:
        break;
    }
  }

  void enter(std::size_t i) {
    open_.push_back(i);
    if (open_.size() > kMaxBracketDepth) throw_too_deep(text_, tokens_[i].at);
  }

  // An END in the place of an operand is a name. If in doubt it does not close: too deep a count
  // refuses a text, too low a one would let the parser overflow the stack.
  bool closes_case(std::size_t i) const {
    if (i == 0 || open_.empty() || token(open_.back()) != Token::K_CASE) return false;
    switch (token(i - 1)) {
      case Token::CLOSE:
      case Token::LIST_CLOSE:
      case Token::MAP_CLOSE:
      case Token::INTEGER:
      case Token::HEX_INTEGER:
      case Token::OCTAL_INTEGER:
      case Token::FLOAT:
      case Token::STRING:
      case Token::K_NULL:
      case Token::K_TRUE:
      case Token::K_FALSE:
      case Token::PERCENT:
      case Token::BANG:
        return true;
      default:
        return is_name(token(i - 1)) ||
               (i >= 2 && (token(i - 2) == Token::DOT || token(i - 2) == Token::COLON ||
                           token(i - 2) == Token::DOLLAR));
    }
  }

  void close(std::size_t i, Token opener) {
    while (!open_.empty() && token(open_.back()) == Token::K_CASE) open_.pop_back();
    if (open_.empty() || token(open_.back()) != opener) return;  // the parser will say so
    KITH_ASSERT(open_.back() < i);
    partner_[open_.back()] = i;
    open_.pop_back();
  }

  void follow_nesting(std::size_t i) {
    switch (token(i)) {
      case Token::OPEN:
      case Token::LIST_OPEN:
      case Token::MAP_OPEN:
      case Token::K_CASE:
        enter(i);
        break;
      case Token::CLOSE:
        close(i, Token::OPEN);
        break;
      case Token::LIST_CLOSE:
        close(i, Token::LIST_OPEN);
        break;
      case Token::MAP_CLOSE:
        close(i, Token::MAP_OPEN);
        break;
      case Token::K_END:
        if (closes_case(i)) open_.pop_back();
        break;
      case Token::BAR:
        if (joins_labels()) tokens_[i].token = Token::LABEL_BAR;
        break;
      default:
        break;
    }
    count_runs(i);
  }

  // Inside [ … ], reduce(…) and FOREACH (…) a bar ends the list that is walked.
  bool joins_labels() const {
    std::size_t depth = open_.size();
    while (depth > 0 && token(open_[depth - 1]) == Token::K_CASE) --depth;
    if (depth == 0) return true;
    const std::size_t opener = open_[depth - 1];
    if (token(opener) == Token::LIST_OPEN) return false;
    if (token(opener) != Token::OPEN || opener == 0) return true;
    if (token(opener - 1) == Token::K_FOREACH) return false;
    return !is_word(opener - 1, "reduce");
  }
  bool is_word(std::size_t i, std::string_view lower) const {
    const std::string_view given = word(i);
    return std::equal(given.begin(), given.end(), lower.begin(), lower.end(), [](char a, char b) {
      return std::tolower(static_cast<unsigned char>(a)) == b;
    });
  }

  // trim(BOTH x FROM y): no operator follows, as one would a variable of that name.
  void mark_trim(std::size_t i) {
    if (i < 2 || token(i) != Token::IDENTIFIER || token(i - 1) != Token::OPEN) return;
    if (!is_word(i, "both") && !is_word(i, "leading") && !is_word(i, "trailing")) return;
    const Token next = token(i + 1);
    const bool operand = next == Token::STRING || next == Token::DOLLAR || next == Token::OPEN ||
                         next == Token::K_CASE || next == Token::K_NULL || next == Token::INTEGER ||
                         is_name(next);
    if (operand && is_word(i - 2, "trim")) tokens_[i].token = Token::TRIM_SIDE;
  }

  // NOT NOT … and LIST<LIST<… nest without brackets.
  void count_runs(std::size_t i) {
    const Token t = token(i);
    const bool prefix = t == Token::K_NOT || t == Token::MINUS || t == Token::PLUS;
    prefixes_ = prefix ? prefixes_ + 1 : 0;
    const bool type_word = is_name(t) || t == Token::LABEL_BAR || t == Token::K_NOT ||
                           t == Token::K_NULL || t == Token::BANG;
    if (t == Token::LESS) {
      ++types_;
    } else if (!type_word) {
      types_ = 0;
    }
    if (prefixes_ > kMaxBracketDepth || types_ > kMaxBracketDepth) {
      throw_too_deep(text_, tokens_[i].at);
    }
  }

  // The tokens from `i` on could be what stands between the parentheses of a node.
  bool node_shaped(std::size_t i) const {
    if (is_name(token(i))) ++i;
    switch (token(i)) {
      case Token::CLOSE:
      case Token::COLON:
      case Token::MAP_OPEN:
      case Token::K_WHERE:
      case Token::K_IS:
        return true;
      default:
        return token(i) == Token::DOLLAR && token(i - 1) != Token::OPEN;
    }
  }

  bool begins_relationship(std::size_t i) const {
    std::size_t dash = i;
    if (token(dash) == Token::LESS) ++dash;
    if (token(dash) != Token::MINUS) return false;
    if (token(dash + 1) == Token::LIST_OPEN) return true;
    if (token(dash + 1) != Token::MINUS) return false;
    switch (token(dash + 2)) {
      case Token::OPEN:
      case Token::GREATER:
      case Token::STAR:      // (a)--*(b)
      case Token::MAP_OPEN:  // (a)--{1,3}(b)
        return true;
      default:
        return token(dash + 2) == Token::PLUS && token(dash + 3) == Token::OPEN;
    }
  }

  void mark_pattern(std::size_t i) {
    const Token t = token(i);
    const std::size_t end = partner_[i];
    if (t != Token::OPEN || end == kNone || !begins_relationship(end + 1)) return;
    if (node_shaped(i + 1) && !is_call(i)) {
      KITH_ASSERT(end + 1 < tokens_.size());
      tokens_[i].token = Token::PATTERN_OPEN;
      ScannedToken& first = tokens_[end + 1];
      first.token = first.token == Token::LESS ? Token::PATTERN_LESS : Token::PATTERN_DASH;
    }
  }

  // f(x) - -(y). The words are names too, but of no function.
  bool is_call(std::size_t i) const {
    if (i == 0) return false;
    const Token before = token(i - 1);
    if (before == Token::K_FOR || before == Token::K_ON || before == Token::K_REQUIRE ||
        before == Token::K_ASSERT || before == Token::K_INSERT || before == Token::K_FILTER ||
        ends_prefix(before)) {
      return false;
    }
    const bool is_parameter = i >= 2 && token(i - 2) == Token::DOLLAR;  // SHORTEST $k (a)-->(b)
    return is_name(before) && !is_parameter;
  }

  // The last word of a path selector or a match mode.
  static bool ends_prefix(Token t) {
    switch (t) {
      case Token::K_ALL:
      case Token::K_ANY:
      case Token::K_BINDINGS:
      case Token::K_ELEMENT:
      case Token::K_ELEMENTS:
      case Token::K_GROUP:
      case Token::K_GROUPS:
      case Token::K_PATH:
      case Token::K_PATHS:
      case Token::K_RELATIONSHIP:
      case Token::K_RELATIONSHIPS:
      case Token::K_SHORTEST:
        return true;
      default:
        return false;
    }
  }

  std::string_view text_;
  std::vector<ScannedToken>& tokens_;
  std::vector<std::size_t> partner_;  // of an opening bracket: its closing one
  std::vector<std::size_t> open_;     // brackets and CASEs around the current token
  std::uint32_t prefixes_ = 0, types_ = 0;
};

}  // namespace

bool is_name(Token token) {
  return token == Token::IDENTIFIER || token == Token::QUOTED_NAME ||
         (token >= Token::K_ALL && token <= Token::K_YIELD);
}

void scan_tokens(std::string_view text, std::vector<ScannedToken>& tokens) {
  TokenScan(text, tokens).run();
}

}  // namespace kith::cypher
