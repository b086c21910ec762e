// core/number.cpp: numbers from text and to text.
#include "core/number.hpp"

#include <fast_float/fast_float.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "core/assert.hpp"
#include "core/digits.hpp"

namespace kith {

namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The digit's value, or 16.
constexpr std::uint64_t digit_value(char c) {
  if (is_digit(c)) return static_cast<std::uint64_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint64_t>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<std::uint64_t>(c - 'A') + 10;
  return 16;
}

struct Magnitude {
  std::uint64_t value = 0;
  NumberFault fault = NumberFault::None;
};

// Digits of one base, with single underscores between them.
Magnitude parse_digits(std::string_view digits, std::uint64_t base) {
  if (digits.empty() || digits.front() == '_' || digits.back() == '_') {
    return {0, NumberFault::Malformed};
  }
  Magnitude result;
  char before = '0';
  for (const char c : digits) {
    const bool grouping = c == '_' && before != '_';
    before = c;
    if (grouping) continue;
    const std::uint64_t digit = digit_value(c);
    if (digit >= base) return {0, NumberFault::Malformed};
    if (result.value > (UINT64_MAX - digit) / base) {
      result.fault = NumberFault::Overflow;  // go on: a bad digit later is the greater fault
    } else {
      result.value = result.value * base + digit;
    }
  }
  return result;
}

IntegerLiteral with_sign(Magnitude magnitude, bool negative) {
  if (magnitude.fault != NumberFault::None) return {0, magnitude.fault};
  const std::uint64_t most = static_cast<std::uint64_t>(INT64_MAX) + (negative ? 1 : 0);
  if (magnitude.value > most) return {0, NumberFault::Overflow};
  const std::uint64_t bits = negative ? ~magnitude.value + 1 : magnitude.value;
  return {static_cast<std::int64_t>(bits), NumberFault::None};
}

bool equal_ignoring_case(std::string_view text, std::string_view lower) {
  const auto same = [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b;
  };
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), same);
}

// The whole of `text`, which begins with a digit or a point and a digit.
std::optional<double> parse_float(std::string_view text) {
  const std::string_view first = text.substr(0, 2);
  const bool number =
      !first.empty() &&
      (is_digit(first[0]) || (first[0] == '.' && first.size() > 1 && is_digit(first[1])));
  if (!number) return {};
  double value = 0;
  const auto [end, error] = fast_float::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return {};
  if (error == std::errc::result_out_of_range) return value;  // zero or infinite already
  return error == std::errc{} ? std::optional(value) : std::nullopt;
}

struct Digits {
  std::array<char, 32> text;  // without sign and point
  int count = 0;
  int exponent = 0;  // of the first digit: d.ddd × 10^exponent
};

Digits shortest_digits(double value) {
  KITH_ASSERT(std::isfinite(value));
  std::array<char, 40> buffer;
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                          std::abs(value), std::chars_format::scientific);
  KITH_ASSERT(error == std::errc{});
  Digits digits;
  const char* at = buffer.data();
  for (; at != end && *at != 'e'; ++at) {
    if (*at != '.') digits.text[static_cast<std::size_t>(digits.count++)] = *at;
  }
  at += at[1] == '+' ? 2 : 1;  // "e+09", "e-05"
  std::from_chars(at, end, digits.exponent);
  return digits;
}

void append_plain(std::string& out, const Digits& digits) {
  const char* text = digits.text.data();
  const int whole = digits.exponent + 1;  // digits before the point
  if (whole <= 0) {
    out.append("0.").append(static_cast<std::size_t>(-whole), '0');
    out.append(text, static_cast<std::size_t>(digits.count));
    return;
  }
  const int given = std::min(whole, digits.count);
  out.append(text, static_cast<std::size_t>(given));
  out.append(static_cast<std::size_t>(whole - given), '0').push_back('.');
  if (given == digits.count) {
    out.push_back('0');
  } else {
    out.append(text + given, static_cast<std::size_t>(digits.count - given));
  }
}

void append_scientific(std::string& out, const Digits& digits, std::string_view plus) {
  out.push_back(digits.text[0]);
  if (digits.count > 1) {
    out.push_back('.');
    out.append(digits.text.data() + 1, static_cast<std::size_t>(digits.count - 1));
  }
  out.push_back('e');
  if (digits.exponent >= 0) out.append(plus);
  append_integer(out, digits.exponent);
}

void append_finite(std::string& out, double value, std::string_view plus) {
  constexpr int kSmallestPlain = -6, kLargestPlain = 15;  // exponents written without 'e'
  if (std::signbit(value)) out.push_back('-');
  const Digits digits = shortest_digits(value);
  if (digits.exponent >= kSmallestPlain && digits.exponent <= kLargestPlain) {
    append_plain(out, digits);
  } else {
    append_scientific(out, digits, plus);
  }
}

}  // namespace

IntegerLiteral parse_integer_literal(std::string_view text, bool negative) {
  const bool prefixed = text.size() >= 2 && text[0] == '0';
  if (prefixed && (text[1] == 'x' || text[1] == 'X')) {
    return with_sign(parse_digits(text.substr(2), 16), negative);
  }
  if (prefixed && (text[1] == 'o' || text[1] == 'O')) {
    return with_sign(parse_digits(text.substr(2), 8), negative);
  }
  // "017" was octal once and is decimal elsewhere: nobody should have to guess.
  if (prefixed) return {0, NumberFault::Malformed};
  return with_sign(parse_digits(text, 10), negative);
}

FloatLiteral parse_float_literal(std::string_view text) {
  std::string bare;
  if (text.find('_') != text.npos) {
    bare = text;
    std::erase(bare, '_');
    text = bare;
  }
  const std::optional<double> value = parse_float(text);
  if (!value) return {0, NumberFault::Malformed};
  if (std::isinf(*value)) return {0, NumberFault::Overflow};
  return {*value, NumberFault::None};
}

namespace {

constexpr std::uint64_t kZeros = 0x3030303030303030u;  // as text

// One to seven characters, behind as many zeros as make them eight.
inline std::uint64_t load_few(const char* text, std::size_t count) {
  KITH_ASSERT(count > 0 && count < 8);
  const auto byte = [&](std::size_t i) {
    return std::uint64_t{static_cast<unsigned char>(text[i])};
  };
  std::uint64_t word = 0;
  if (count >= 4) {  // two halves, which may overlap
    std::uint32_t first = 0, last = 0;
    std::memcpy(&first, text, sizeof first);
    std::memcpy(&last, text + count - sizeof last, sizeof last);
    word = first | std::uint64_t{last} << (count - sizeof last) * 8;
  } else {
    word = byte(0) | byte(count / 2) << count / 2 * 8 | byte(count - 1) << (count - 1) * 8;
  }
  return word << (8 - count) * 8 | kZeros >> count * 8;
}

constexpr std::size_t kAlwaysFits = 18;  // digits

// Digits alone, few enough not to overflow. False: something else is among them.
inline bool short_integer(std::string_view digits, std::uint64_t& value) {
  if (digits.size() > 8 && digits.size() <= 16) {  // most ids: the first, behind zeros, and eight
    const std::size_t zeros = 16 - digits.size();
    std::uint64_t first = load_eight(digits.data());
    if (zeros > 0) first = first << zeros * 8 | kZeros >> (8 - zeros) * 8;
    std::uint64_t high = 0, low = 0;
    const bool good = eight_digits(first, high) &&
                      eight_digits(load_eight(digits.data() + digits.size() - 8), low);
    value = high * 100'000'000 + low;
    return good;
  }
  value = 0;
  if (const std::size_t few = digits.size() % 8; few > 0) {
    if (!eight_digits(load_few(digits.data(), few), value)) return false;
    digits.remove_prefix(few);
  }
  for (; !digits.empty(); digits.remove_prefix(8)) {
    std::uint64_t eight = 0;
    if (!eight_digits(load_eight(digits.data()), eight)) return false;
    value = value * 100'000'000 + eight;
  }
  return true;
}

}  // namespace

std::optional<std::uint64_t> number_written_as(std::string_view text) {
  if (text.empty() || text.size() > kAlwaysFits || (text.front() == '0' && text.size() > 1))
    return {};
  std::uint64_t value = 0;
  return short_integer(text, value) ? std::optional(value) : std::nullopt;
}

std::optional<std::int64_t> integer_from_text(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return {};
  if (text.size() <= kAlwaysFits) {
    std::uint64_t value = 0;
    if (!short_integer(text, value)) return {};
    const auto number = static_cast<std::int64_t>(value);
    return negative ? -number : number;
  }
  if (!std::all_of(text.begin(), text.end(), is_digit)) return {};
  const IntegerLiteral literal = with_sign(parse_digits(text, 10), negative);
  return literal.fault == NumberFault::None ? std::optional(literal.value) : std::nullopt;
}

std::optional<double> float_from_text(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::optional<double> value = parse_float(text);
  if (!value && equal_ignoring_case(text, "nan")) value = std::nan("");
  if (!value && (equal_ignoring_case(text, "infinity") || equal_ignoring_case(text, "inf"))) {
    value = HUGE_VAL;
  }
  return value && negative ? std::optional(-*value) : value;
}

std::optional<std::int64_t> integer_from_float(double value) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  if (!(value >= -kLimit && value < kLimit)) return {};
  return static_cast<std::int64_t>(value);
}

void append_float(std::string& out, double value) {
  if (std::isfinite(value)) return append_finite(out, value, "");
  out.append(std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
}

void append_json_float(std::string& out, double value) { append_finite(out, value, "+"); }

void append_integer(std::string& out, std::int64_t value) {
  std::array<char, 24> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  KITH_ASSERT(result.ec == std::errc{});
  out.append(buffer.data(), result.ptr);
}

}  // namespace kith
