// shell/literal.cpp: see literal.hpp.
#include "shell/literal.hpp"

#include <cctype>
#include <charconv>
#include <cmath>

namespace kith::shell {
namespace {

constexpr int kMaxDepth = 100;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class LiteralReader {
 public:
  explicit LiteralReader(std::string_view text) : left_(text) {}

  std::optional<Value> read_all() {
    auto value = read(0);
    spaces();
    if (!left_.empty()) return std::nullopt;
    return value;
  }

 private:
  void spaces() {
    while (!left_.empty() && std::isspace(static_cast<unsigned char>(left_.front())) != 0)
      left_.remove_prefix(1);
  }
  bool accept(char c) {
    spaces();
    if (left_.empty() || left_.front() != c) return false;
    left_.remove_prefix(1);
    return true;
  }

  std::optional<Value> read(int depth) {
    spaces();
    if (left_.empty() || depth > kMaxDepth) return std::nullopt;
    const char c = left_.front();
    if (c == '{') return read_map(depth);
    if (c == '[') return read_list(depth);
    if (c == '\'' || c == '"') return read_string(c);
    if (c == '-' || c == '.' || std::isdigit(static_cast<unsigned char>(c)) != 0)
      return read_number();
    return read_word();
  }

  // Strings with escapes are left to the database's own parser.
  std::optional<Value> read_string(char quote) {
    left_.remove_prefix(1);
    const auto end = left_.find_first_of(quote == '\'' ? "'\\" : "\"\\");
    if (end == std::string_view::npos || left_[end] == '\\') return std::nullopt;
    Value value(std::string(left_.substr(0, end)));
    left_.remove_prefix(end + 1);
    return value;
  }

  std::optional<Value> read_number() {
    std::size_t n = 1;
    while (n < left_.size() &&
           (is_word(left_[n]) || left_[n] == '.' ||
            ((left_[n] == '-' || left_[n] == '+') && (left_[n - 1] == 'e' || left_[n - 1] == 'E'))))
      ++n;
    const auto word = left_.substr(0, n);
    left_.remove_prefix(n);
    const char* end = word.data() + word.size();
    std::int64_t integer = 0;
    const auto as_integer = std::from_chars(word.data(), end, integer);
    if (as_integer.ec == std::errc{} && as_integer.ptr == end) return Value(integer);
    double real = 0;
    const auto as_float = std::from_chars(word.data(), end, real);
    if (as_float.ec == std::errc{} && as_float.ptr == end &&
        word.find_first_of(".eE") != std::string_view::npos)
      return Value(real);
    return std::nullopt;
  }

  std::string_view take_word() {
    std::size_t n = 0;
    while (n < left_.size() && is_word(left_[n])) ++n;
    const auto word = left_.substr(0, n);
    left_.remove_prefix(n);
    return word;
  }

  std::optional<Value> read_word() {
    const auto word = take_word();
    if (word == "null") return Value();
    if (word == "true") return Value(true);
    if (word == "false") return Value(false);
    return std::nullopt;
  }

  std::optional<Value> read_list(int depth) {
    left_.remove_prefix(1);
    List list;
    if (accept(']')) return Value(std::move(list));
    do {
      auto item = read(depth + 1);
      if (!item) return std::nullopt;
      list.push_back(std::move(*item));
    } while (accept(','));
    if (!accept(']')) return std::nullopt;
    return Value(std::move(list));
  }

  std::optional<Value> read_map(int depth) {
    left_.remove_prefix(1);
    Map map;
    if (accept('}')) return Value(std::move(map));
    do {
      spaces();
      const std::string key(take_word());
      if (key.empty() || !accept(':')) return std::nullopt;
      auto value = read(depth + 1);
      if (!value) return std::nullopt;
      map[key] = std::move(*value);
    } while (accept(','));
    if (!accept('}')) return std::nullopt;
    return Value(std::move(map));
  }

  std::string_view left_;
};

}  // namespace

std::optional<Value> parse_literal(std::string_view text) { return LiteralReader(text).read_all(); }

}  // namespace kith::shell
