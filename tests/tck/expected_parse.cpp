// tests/tck/expected_parse.cpp: a small recursive-descent reader of the TCK's value notation.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <limits>
#include <stdexcept>

#include "tests/tck/expected.hpp"

namespace kith::tck {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : whole_(text), left_(text) {}

  Expected read() {
    auto value = read_value();
    spaces();
    if (!left_.empty()) fail("text behind the value");
    return value;
  }

 private:
  [[noreturn]] void fail(const char* why) const {
    throw std::runtime_error("not a TCK value (" + std::string(why) + "): " + std::string(whole_));
  }
  void spaces() {
    while (!left_.empty() && left_.front() == ' ') left_.remove_prefix(1);
  }
  bool accept(std::string_view token) {
    spaces();
    if (!left_.starts_with(token)) return false;
    left_.remove_prefix(token.size());
    return true;
  }
  void expect(std::string_view token) {
    if (!accept(token)) fail("something is missing");
  }

  Expected read_value() {
    spaces();
    if (left_.empty()) fail("nothing there");
    switch (left_.front()) {
      case '\'':
        return {read_string()};
      case '{':
        return {read_map()};
      case '(':
        return {read_node()};
      case '<':
        return {read_path()};
      case '[':
        return read_bracket();
      default:
        return read_word();
    }
  }

  std::string read_string() {
    std::string out;
    expect("'");
    while (!left_.empty() && left_.front() != '\'') {
      if (left_.front() == '\\' && left_.size() > 1) left_.remove_prefix(1);
      out += left_.front();
      left_.remove_prefix(1);
    }
    expect("'");
    return out;
  }

  std::string read_name() {
    spaces();
    if (accept("`")) {
      const auto end = left_.find('`');
      if (end == std::string_view::npos) fail("an open backtick");
      std::string name(left_.substr(0, end));
      left_.remove_prefix(end + 1);
      return name;
    }
    std::size_t n = 0;
    while (n < left_.size() && (std::isalnum(static_cast<unsigned char>(left_[n])) ||
                                left_[n] == '_' || (left_[n] & 0x80)))
      ++n;
    std::string name(left_.substr(0, n));
    left_.remove_prefix(n);
    return name;
  }

  ExpectedMap read_map() {
    ExpectedMap map;
    expect("{");
    if (accept("}")) return map;
    do {
      auto key = read_name();
      expect(":");
      map.emplace_back(std::move(key), read_value());
    } while (accept(","));
    expect("}");
    return map;
  }

  ExpectedNode read_node() {
    ExpectedNode node;
    expect("(");
    while (accept(":")) node.labels.push_back(read_name());
    std::sort(node.labels.begin(), node.labels.end());
    spaces();
    if (left_.starts_with("{")) node.properties = read_map();
    expect(")");
    return node;
  }

  ExpectedRelationship read_relationship() {  // after "["
    ExpectedRelationship relationship;
    expect(":");
    relationship.type = read_name();
    spaces();
    if (left_.starts_with("{")) relationship.properties = read_map();
    expect("]");
    return relationship;
  }

  Expected read_bracket() {
    expect("[");
    spaces();
    if (left_.starts_with(":")) return {read_relationship()};
    std::vector<Expected> items;
    if (accept("]")) return {std::move(items)};
    do items.push_back(read_value());
    while (accept(","));
    expect("]");
    return {std::move(items)};
  }

  ExpectedPath read_path() {
    ExpectedPath path;
    expect("<");
    path.nodes.push_back(read_node());
    while (!accept(">")) {
      const bool backward = accept("<");
      expect("-");
      expect("[");
      path.relationships.push_back(read_relationship());
      expect("-");
      if (!backward) expect(">");
      path.forward.push_back(!backward);
      path.nodes.push_back(read_node());
    }
    return path;
  }

  Expected read_word() {
    std::size_t n = 0;
    while (n < left_.size() && left_[n] != ',' && left_[n] != ']' && left_[n] != '}' &&
           left_[n] != ')' && left_[n] != ' ')
      ++n;
    const auto word = left_.substr(0, n);
    left_.remove_prefix(n);
    if (word == "null") return {};
    if (word == "true") return {true};
    if (word == "false") return {false};
    if (word == "NaN") return {std::numeric_limits<double>::quiet_NaN()};
    if (word == "Inf" || word == "Infinity") return {std::numeric_limits<double>::infinity()};
    if (word == "-Inf" || word == "-Infinity") return {-std::numeric_limits<double>::infinity()};
    return read_number(word);
  }

  Expected read_number(std::string_view word) {
    const char* end = word.data() + word.size();
    std::int64_t integer = 0;
    if (const auto r = std::from_chars(word.data(), end, integer);
        r.ec == std::errc{} && r.ptr == end)
      return {integer};
    double real = 0;
    if (const auto r = std::from_chars(word.data(), end, real); r.ec == std::errc{} && r.ptr == end)
      return {real};
    fail("an unknown word");
  }

  std::string_view whole_, left_;
};

}  // namespace

Expected parse_expected(std::string_view text) { return Reader(text).read(); }

}  // namespace kith::tck
