// cypher/parse/literal_scan.cpp: words, quotes, comments and numbers, as the grammar's lexer has
// them; what is unusual (a number with `_`, an escape by code point) is passed over.
#include "cypher/parse/literal_scan.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "core/assert.hpp"
#include "core/number.hpp"
#include "core/text.hpp"

namespace kith::cypher {

namespace {

// A text with more has these literals left open and the others fixed.
constexpr std::size_t kMostLiterals = 200;
constexpr std::size_t kMostNested = 30;

// Bytes of names. Those beyond ASCII are, as far as this pass goes, parts of names.
constexpr std::array<bool, 256> kNameByte = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 256; ++c) {
    table[c] = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c >= 0x80;
  }
  return table;
}();

bool is_name_byte(char c) { return kNameByte[static_cast<unsigned char>(c)]; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_word(std::string_view written, std::string_view upper) {
  return written.size() == upper.size() &&
         std::equal(written.begin(), written.end(), upper.begin(), [](char a, char b) {
           return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 32) : a) == b;
         });
}

// A `[` behind these words begins a list; behind other words it picks an element.
bool takes_operand(std::string_view word) {
  constexpr std::array<std::string_view, 11> kWords = {
      "IN", "RETURN", "UNWIND", "WITH", "THEN", "ELSE", "WHEN", "AND", "OR", "XOR", "NOT"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view upper) { return is_word(word, upper); });
}

class Scan {
 public:
  Scan(std::string_view text, Arena& arena) : text_(text), arena_(arena) {}

  LiteralScan run() {
    if (text_.starts_with("\xEF\xBB\xBF")) return {};  // positions would be others
    while (at_ < text_.size()) token();
    // A quoted name with a digit or a quote in it may equal the text of a column.
    if (doubtful_names_) result_.literals.clear();
    return std::move(result_);
  }

 private:
  enum class Before : std::uint8_t { Operator, Operand };  // what stands before this token

  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  void stop() { at_ = text_.size(); }

  void found(std::size_t begin, const Cell& value) {
    if (result_.literals.size() >= kMostLiterals) return;
    result_.literals.push_back(
        {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at_), value});
  }

  void token() {
    const char c = text_[at_];
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      const std::size_t begin = at_;
      if (const auto value = number()) found(begin, *value);
      before_ = Before::Operand;
    } else if (is_name_byte(c)) {
      word();
    } else if (is_blank(c)) {
      ++at_;
    } else if (c == '\'' || c == '"') {
      const std::size_t begin = at_;
      if (const auto value = string()) found(begin, *value);
      before_ = Before::Operand;
    } else {
      punctuation(c);
    }
  }

  void word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_name_byte(text_[at_])) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (is_first_) result_.is_shown = is_word(word, "EXPLAIN") || is_word(word, "PROFILE");
    is_first_ = false;
    before_ = takes_operand(word) ? Before::Operator : Before::Operand;
  }

  void punctuation(char c) {
    switch (c) {
      case '`':
        quoted_name();
        before_ = Before::Operand;
        return;
      case '$':
        ++at_;
        parameter();
        before_ = Before::Operand;
        return;
      case '/':
        if (peek(1) == '/' || peek(1) == '*') return comment();
        break;
      case '.':
        at_ += peek(1) == '.' ? 2 : 1;
        before_ = Before::Operator;
        return;
      case ')':
      case ']':
      case '}':
        ++at_;
        before_ = Before::Operand;
        return;
      case '[':
        if (before_ == Before::Operator && at_ >= no_list_before_) return list();
        break;
      default:
        break;
    }
    ++at_;
    before_ = Before::Operator;
  }

  // $name, $1, $`name`
  void parameter() {
    if (peek() == '`') return quoted_name();
    while (at_ < text_.size() && is_name_byte(text_[at_])) ++at_;
  }

  void comment() {
    if (peek(1) == '/') {
      at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
      return;
    }
    const std::size_t end = text_.find("*/", at_ + 2);
    at_ = end == std::string_view::npos ? text_.size() : end + 2;
  }

  void quoted_name() {
    const std::size_t end = text_.find('`', at_ + 1);  // `` in a name: two names, to this pass
    if (end == std::string_view::npos) return stop();
    for (const char c : text_.substr(at_ + 1, end - at_ - 1)) {
      doubtful_names_ |= is_digit(c) || c == '\'' || c == '"';
    }
    at_ = end + 1;
  }

  // ---- numbers
  void digits() {
    while (is_digit(peek())) ++at_;
  }
  std::optional<Cell> odd_number() {
    while (at_ < text_.size() && is_name_byte(text_[at_])) ++at_;
    return std::nullopt;
  }

  std::optional<Cell> number() {
    const std::size_t begin = at_;
    digits();
    bool is_float = false;
    if (peek() == '.' && is_digit(peek(1))) {
      is_float = true;
      ++at_;
      digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
      if (!is_digit(peek(1 + sign))) return odd_number();
      is_float = true;
      at_ += 1 + sign;
      digits();
    }
    if (is_name_byte(peek())) return odd_number();
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (is_float) {
      const FloatLiteral number = parse_float_literal(word);
      if (number.fault != NumberFault::None) return std::nullopt;
      return Cell::of(number.value);
    }
    if (word.size() > 1 && word[0] == '0') return std::nullopt;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{}) return std::nullopt;
    KITH_ASSERT(end == word.data() + word.size());
    return Cell::of(value);
  }

  // ---- strings
  std::optional<Cell> string() {
    const char quote = text_[at_];
    const std::size_t begin = ++at_;
    bool escapes = false, ascii = true;
    for (; at_ < text_.size() && text_[at_] != quote; ++at_) {
      ascii &= static_cast<unsigned char>(text_[at_]) < 0x80;
      if (text_[at_] != '\\') continue;
      escapes = true;
      ++at_;
    }
    if (at_ >= text_.size()) {
      stop();
      return std::nullopt;
    }
    const std::string_view inside = text_.substr(begin, at_ - begin);
    ++at_;
    if (!ascii && find_invalid_utf8(inside) != kValidUtf8) return std::nullopt;
    return escapes ? unescaped(inside) : Cell::of(inside);
  }

  std::optional<Cell> unescaped(std::string_view inside) {
    std::string out;
    out.reserve(inside.size());
    for (std::size_t i = 0; i < inside.size(); ++i) {
      if (inside[i] != '\\') {
        out += inside[i];
        continue;
      }
      const auto c = simple_escape(inside[++i]);
      if (!c) return std::nullopt;
      out += *c;
    }
    return Cell::of(arena_.copy(out));
  }

  // ---- lists that are constant from end to end
  void list() {
    const std::size_t begin = at_;
    const auto value = constant_list(0);
    if (value) {
      found(begin, *value);
      before_ = Before::Operand;
      return;
    }
    no_list_before_ = at_;  // not tried again from inside: linear time
    at_ = begin + 1;
    before_ = Before::Operator;
  }

  void blanks() {
    while (is_blank(peek())) ++at_;
  }

  std::optional<Cell> constant_list(std::size_t depth) {
    if (depth > kMostNested) return std::nullopt;
    std::vector<Cell> items;
    ++at_;
    blanks();
    while (peek() != ']') {
      const auto item = constant(depth + 1);
      if (!item) return std::nullopt;
      items.push_back(*item);
      if (!separated(']')) return std::nullopt;
    }
    ++at_;
    return make_list(arena_, items);
  }

  std::optional<Cell> constant_map(std::size_t depth) {
    if (depth > kMostNested) return std::nullopt;
    std::vector<MapEntry> entries;
    ++at_;
    blanks();
    while (peek() != '}') {
      const std::size_t begin = at_;
      while (is_name_byte(peek()) && static_cast<unsigned char>(peek()) < 0x80) ++at_;
      const std::string_view key = text_.substr(begin, at_ - begin);
      blanks();
      if (key.empty() || is_digit(key[0]) || peek() != ':') return std::nullopt;
      ++at_;
      blanks();
      const auto value = constant(depth + 1);
      if (!value) return std::nullopt;
      entries.push_back({key, *value});
      if (!separated('}')) return std::nullopt;
    }
    ++at_;
    return make_map(arena_, entries);
  }

  // A comma with something behind it, or the end.
  bool separated(char end) {
    blanks();
    if (peek() == end) return true;
    if (peek() != ',') return false;
    ++at_;
    blanks();
    return peek() != end;
  }

  std::optional<Cell> constant(std::size_t depth) {
    const char c = peek();
    if (c == '[') return constant_list(depth);
    if (c == '{') return constant_map(depth);
    if (c == '\'' || c == '"') return string();
    if (c == '-') return negative();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    const std::size_t begin = at_;
    while (is_name_byte(peek())) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (is_word(word, "NULL")) return Cell::null();
    if (is_word(word, "TRUE")) return Cell::boolean(true);
    if (is_word(word, "FALSE")) return Cell::boolean(false);
    return std::nullopt;
  }

  std::optional<Cell> negative() {
    ++at_;
    if (!is_digit(peek()) && !(peek() == '.' && is_digit(peek(1)))) return std::nullopt;
    auto value = number();
    if (!value) return std::nullopt;
    return value->kind == Kind::Float ? Cell::of(-value->real) : Cell::of(-value->integer);
  }

  std::string_view text_;
  Arena& arena_;
  std::size_t at_ = 0;
  LiteralScan result_;
  Before before_ = Before::Operator;
  bool is_first_ = true;         // no word so far
  bool doubtful_names_ = false;  // a quoted name that could be the text of an expression
  std::size_t no_list_before_ = 0;
};

}  // namespace

LiteralScan scan_literals(std::string_view text, Arena& arena) { return Scan(text, arena).run(); }

std::optional<char> simple_escape(char c) {
  switch (c) {
    case '\\':
    case '\'':
    case '"':
    case '`':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return std::nullopt;
  }
}

}  // namespace kith::cypher
