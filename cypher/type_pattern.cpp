// cypher/type_pattern.cpp: parsing of type names by longest match of words.
#include "cypher/type_pattern.hpp"

#include <algorithm>
#include <cctype>
#include <string>

#include "core/assert.hpp"
#include "cypher/words.hpp"

namespace kith::cypher {

namespace {

constexpr TypeSet bit(Kind kind) { return TypeSet::of(kind); }
constexpr TypeSet kAll = TypeSet::any();
constexpr TypeSet kStorable = bit(Kind::Boolean) | bit(Kind::Integer) | bit(Kind::Float) |
                              bit(Kind::String) | bit(Kind::List) | bit(Kind::Date) |
                              bit(Kind::LocalTime) | bit(Kind::Time) | bit(Kind::LocalDateTime) |
                              bit(Kind::DateTime) | bit(Kind::Duration) | bit(Kind::Point);

struct TypeName {
  std::string_view words;
  TypeSet kinds;
};
// A name that begins with another name stands before it.
constexpr TypeName kNames[] = {
    {"ANY PROPERTY VALUE", kStorable},
    {"PROPERTY VALUE", kStorable},
    {"ANY VALUE", kAll},
    {"ANY NODE", bit(Kind::Node)},
    {"ANY VERTEX", bit(Kind::Node)},
    {"ANY RELATIONSHIP", bit(Kind::Relationship)},
    {"ANY EDGE", bit(Kind::Relationship)},
    {"ANY MAP", bit(Kind::Map)},
    {"ANY", kAll},
    {"NOTHING", {}},
    {"NULL", {}},
    {"BOOLEAN", bit(Kind::Boolean)},
    {"BOOL", bit(Kind::Boolean)},
    {"STRING", bit(Kind::String)},
    {"VARCHAR", bit(Kind::String)},
    {"INTEGER64", bit(Kind::Integer)},
    {"INTEGER", bit(Kind::Integer)},
    {"INT64", bit(Kind::Integer)},
    {"INT", bit(Kind::Integer)},
    {"SIGNED INTEGER", bit(Kind::Integer)},
    {"FLOAT64", bit(Kind::Float)},
    {"FLOAT", bit(Kind::Float)},
    {"DATE", bit(Kind::Date)},
    {"LOCAL TIME", bit(Kind::LocalTime)},
    {"LOCAL DATETIME", bit(Kind::LocalDateTime)},
    {"ZONED TIME", bit(Kind::Time)},
    {"ZONED DATETIME", bit(Kind::DateTime)},
    {"TIME WITHOUT TIME ZONE", bit(Kind::LocalTime)},
    {"TIME WITHOUT TIMEZONE", bit(Kind::LocalTime)},
    {"TIME WITH TIME ZONE", bit(Kind::Time)},
    {"TIME WITH TIMEZONE", bit(Kind::Time)},
    {"TIMESTAMP WITHOUT TIME ZONE", bit(Kind::LocalDateTime)},
    {"TIMESTAMP WITHOUT TIMEZONE", bit(Kind::LocalDateTime)},
    {"TIMESTAMP WITH TIME ZONE", bit(Kind::DateTime)},
    {"TIMESTAMP WITH TIMEZONE", bit(Kind::DateTime)},
    {"DURATION", bit(Kind::Duration)},
    {"POINT", bit(Kind::Point)},
    {"NODE", bit(Kind::Node)},
    {"VERTEX", bit(Kind::Node)},
    {"RELATIONSHIP", bit(Kind::Relationship)},
    {"EDGE", bit(Kind::Relationship)},
    {"MAP", bit(Kind::Map)},
    {"PATHS", bit(Kind::Path)},
    {"PATH", bit(Kind::Path)},
};

}  // namespace

class TypeParser {
 public:
  TypeParser(std::string_view text, Position at) : at_(at) {
    for (const char c : text) {  // upper case, one space between words
      const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
      if (space && (text_.empty() || text_.back() == ' ')) continue;
      text_ += space ? ' ' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    left_ = text_;
  }

  TypePattern parse_all() {
    TypePattern result = parse_union();
    skip_space();
    if (!left_.empty()) fail();
    return result;
  }

 private:
  [[noreturn]] void fail() const {
    std::vector<std::string> known;
    for (const TypeName& each : kNames) known.emplace_back(each.words);
    const std::string_view rest = left_.substr(0, left_.find_first_of("<>|"));
    throw SyntaxError("InvalidSyntax",
                      "'" + text_ + "' is not the name of a type" + did_you_mean(rest, known), at_);
  }
  void skip_space() {
    while (left_.starts_with(' ')) left_.remove_prefix(1);
  }
  bool accept(std::string_view words) {
    skip_space();
    if (!left_.starts_with(words)) return false;
    const std::string_view rest = left_.substr(words.size());
    const bool is_word = std::isalnum(static_cast<unsigned char>(words.back())) != 0;
    if (is_word && !rest.empty() && std::isalnum(static_cast<unsigned char>(rest.front())) != 0) {
      return false;
    }
    left_ = rest;
    return true;
  }

  TypePattern parse_union() {
    TypePattern result = parse_one();
    while (accept("|")) result.others.push_back(parse_one());
    return result;
  }

  TypePattern parse_one() {
    TypePattern result;
    if (accept("LIST") || accept("ARRAY")) {
      result.lists = true;
      if (accept("<")) result.element.push_back(parse_union());
      if (!result.element.empty() && !accept(">")) fail();
    } else {
      parse_name(result);
    }
    if (accept("NOT NULL")) result.nullable = false;
    return result;
  }

  void parse_name(TypePattern& result) {
    if (accept("ANY")) {  // ANY<INTEGER | FLOAT>, or a name that begins with it
      if (accept("<")) {
        result.others.push_back(parse_union());
        if (!accept(">")) fail();
        return;
      }
      const auto back = static_cast<std::size_t>(left_.data() - text_.data()) - 3;
      left_ = std::string_view(text_).substr(back);
    }
    for (const TypeName& name : kNames) {
      if (!accept(name.words)) continue;
      result.kinds = name.kinds;
      if (name.words == "NOTHING") result.nullable = false;
      return;
    }
    fail();
  }

  std::string text_;
  std::string_view left_;
  Position at_;
};

TypePattern TypePattern::parse(std::string_view text, Position at) {
  return TypeParser(text, at).parse_all();
}

bool TypePattern::matches(const Cell& cell) const {
  const auto any_of_others = [&] {
    return std::any_of(others.begin(), others.end(),
                       [&](const TypePattern& other) { return other.matches(cell); });
  };
  if (cell.is_null())
    return (nullable && (others.empty() || kinds.bits != 0 || lists)) || any_of_others();
  if (kinds.may_be(cell.kind)) return true;
  if (lists && cell.kind == Kind::List) {
    const auto items = cell.items();
    if (element.empty()) return true;
    return std::all_of(items.begin(), items.end(),
                       [&](const Cell& item) { return element[0].matches(item); });
  }
  return any_of_others();
}

}  // namespace kith::cypher
