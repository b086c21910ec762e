// core/temporal_scanner.hpp: reading ISO 8601 text from left to right; for core/temporal_*.cpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "core/assert.hpp"
#include "core/cell.hpp"

namespace kith {

// Letters are matched without regard to case. What does not fit throws an error that tells the
// whole text and what it was read as.
class TextScanner {
 public:
  TextScanner(Kind wanted, std::string_view text) : wanted_(wanted), text_(text) {}

  bool at_end() const { return at_ == text_.size(); }
  bool at(char c) const { return !at_end() && upper(text_[at_]) == c; }
  bool accept(char c) {
    if (!at(c)) return false;
    ++at_;
    return true;
  }
  void skip() {
    KITH_ASSERT(!at_end());
    ++at_;
  }
  // What stands so far ahead; NUL past the end.
  char peek(std::size_t ahead) const {
    return at_ + ahead < text_.size() ? upper(text_[at_ + ahead]) : '\0';
  }
  int count_digits() const { return static_cast<int>(digits_from(at_)); }
  // Exactly so many digits, at most nine.
  int number(int digits) {
    KITH_ASSERT(digits >= 1 && digits <= 9);
    int value = 0;
    for (int i = 0; i < digits; ++i) {
      if (at_end() || !is_digit(text_[at_])) fail();
      value = value * 10 + (text_[at_++] - '0');
    }
    return value;
  }
  // All digits here, maybe none.
  std::string_view digits() {
    const auto found = text_.substr(at_, digits_from(at_));
    at_ += found.size();
    return found;
  }
  // One to nine digits after a decimal point.
  std::int64_t fraction_in_nanoseconds() {
    const int count = count_digits();
    if (count < 1 || count > 9) fail();
    std::int64_t value = number(count);
    for (int i = count; i < 9; ++i) value *= 10;
    return value;
  }
  // The text before `end`, which is passed.
  std::string_view until(char end) {
    const auto found = text_.find(end, at_);
    if (found == std::string_view::npos) fail();
    const auto part = text_.substr(at_, found - at_);
    at_ = found + 1;
    return part;
  }

  [[noreturn]] void fail() const;        // not the form of such a value
  [[noreturn]] void fail_range() const;  // the form is right, but there is no such day, hour, …

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
  std::size_t digits_from(std::size_t from) const {
    auto end = from;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    return end - from;
  }

  Kind wanted_;  // Null: an offset
  std::string_view text_;
  std::size_t at_ = 0;
};

Cell parse_duration(std::string_view text, Arena& arena);

}  // namespace kith
