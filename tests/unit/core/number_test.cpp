// tests/unit/core/number_test.cpp: numbers from text and to text.
#include "core/number.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <random>

#include "core/digits.hpp"
#include "tests/unit/core/random_cells.hpp"

using namespace kith;

namespace {

std::string cypher(double value) {
  std::string out;
  append_float(out, value);
  return out;
}
std::string json(double value) {
  std::string out;
  append_json_float(out, value);
  return out;
}
bool same_bits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

}  // namespace

TEST_CASE("integer literals in three bases, to the last value") {
  const auto value = [](std::string_view text, bool negative = false) {
    const IntegerLiteral literal = parse_integer_literal(text, negative);
    REQUIRE(literal.fault == NumberFault::None);
    return literal.value;
  };
  CHECK(value("0") == 0);
  CHECK(value("0", true) == 0);
  CHECK(value("9223372036854775807") == INT64_MAX);
  CHECK(value("9223372036854775808", true) == INT64_MIN);
  CHECK(value("0x1A2B3c") == 0x1a2b3c);
  CHECK(value("0X7FFFFFFFFFFFFFFF") == INT64_MAX);
  CHECK(value("0x8000000000000000", true) == INT64_MIN);
  CHECK(value("0o777") == 0777);
  CHECK(value("0o1000000000000000000000", true) == INT64_MIN);
  CHECK(value("1_000_000") == 1'000'000);
  CHECK(value("0xff_ff") == 0xffff);
}

TEST_CASE("integer literals that are too large or no numbers say which") {
  const auto fault = [](std::string_view text, bool negative = false) {
    return parse_integer_literal(text, negative).fault;
  };
  for (const char* text : {"9223372036854775808", "0x8000000000000000", "18446744073709551616",
                           "0xffffffffffffffffff", "0o1000000000000000000000"}) {
    CAPTURE(text);
    CHECK(fault(text) == NumberFault::Overflow);
  }
  CHECK(fault("9223372036854775809", true) == NumberFault::Overflow);
  for (const char* text :
       {"", "0x", "0o", "0o8", "0xg", "12a", "9223372h54775808", "1__0", "_1", "1_", "0x_1", "-1",
        "+1", " 1", "017", "99999999999999999999999999999x"}) {
    CAPTURE(text);
    CHECK(fault(text) == NumberFault::Malformed);
  }
}

TEST_CASE("float literals over the full range") {
  const auto value = [](std::string_view text) {
    const FloatLiteral literal = parse_float_literal(text);
    REQUIRE(literal.fault == NumberFault::None);
    return literal.value;
  };
  CHECK(value("1.0") == 1.0);
  CHECK(value(".1") == 0.1);
  CHECK(value("1e9") == 1e9);
  CHECK(value(".1E-5") == 1e-6);
  CHECK(value("1.7976931348623157e308") == 1.7976931348623157e308);
  CHECK(value("5e-324") == 5e-324);
  CHECK(value("1e-400") == 0.0);
  CHECK(value("1_000.5") == 1000.5);
  CHECK(value(std::string(305, '1') + ".0") > 1e304);
  CHECK(parse_float_literal("1.34E999").fault == NumberFault::Overflow);
  CHECK(parse_float_literal(std::string(400, '9')).fault == NumberFault::Overflow);
  for (const char* text : {"", ".", "e5", "1.5x", "inf", "nan", "-1.0", "1e", "1.2.3", " 1.0"}) {
    CAPTURE(text);
    CHECK(parse_float_literal(text).fault == NumberFault::Malformed);
  }
}

TEST_CASE("numbers in data are decimal, whole and signed") {
  CHECK(integer_from_text("0012") == 12);
  CHECK(integer_from_text("-9223372036854775808") == INT64_MIN);
  CHECK(integer_from_text("+5") == 5);
  for (const char* text :
       {"", "-", "+", "1.0", "0x10", "1_0", " 1", "1 ", "--1", "1e3", "9223372036854775808"}) {
    CAPTURE(text);
    CHECK_FALSE(integer_from_text(text));
  }
  CHECK(float_from_text("-1.5e3") == -1500.0);
  CHECK(float_from_text("7") == 7.0);
  CHECK(float_from_text("-Infinity") == -HUGE_VAL);
  CHECK(float_from_text("INF") == HUGE_VAL);
  CHECK(float_from_text("1e999") == HUGE_VAL);
  CHECK(std::isnan(*float_from_text("NaN")));
  for (const char* text : {"", "-", "abc", "1.5 ", "infinit", "+-1", "1,5", "."}) {
    CAPTURE(text);
    CHECK_FALSE(float_from_text(text));
  }
}

TEST_CASE("integers of every length are read back, and no other character is a digit") {
  std::uint64_t value = 0;
  for (int digits = 1; digits <= 19; ++digits) {
    value =
        digits == 19 ? 9'223'372'036'854'775'807u : value * 10 + static_cast<unsigned>(digits) % 10;
    std::string text = std::to_string(value);
    INFO(text);
    CHECK(integer_from_text(text) == static_cast<std::int64_t>(value));
    CHECK(integer_from_text("-" + text) == -static_cast<std::int64_t>(value));
    for (std::size_t i = 0; i < text.size(); ++i)
      for (int c = 0; c < 256; ++c) {
        const std::string good = text;
        text[i] = static_cast<char>(c);
        const bool digit = c >= '0' && c <= '9';
        const bool sign = i == 0 && text.size() > 1 && (c == '+' || c == '-');
        if (!digit && !sign) CHECK_FALSE(integer_from_text(text));
        text = good;
      }
  }
}

TEST_CASE("digits before an end are the number they write, whatever stands before them") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    std::string text(16, ' ');
    for (char& c : text) c = static_cast<char>(random());
    const std::size_t count = 1 + random() % kMostDigitsBefore;
    for (std::size_t at = 16 - count; at < 16; ++at)
      text[at] = static_cast<char>('0' + random() % 10);
    if (random() % 4 == 0) text[16 - count + random() % count] = static_cast<char>(random());
    const std::string_view digits = std::string_view(text).substr(16 - count);
    const bool good =
        std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
    std::uint64_t number = 0;
    REQUIRE(digits_before(text.data() + 16, count, number) == good);
    if (good) REQUIRE(number == std::stoull(std::string(digits)));
  }
}

TEST_CASE("a float becomes an integer only if it fits") {
  CHECK(integer_from_float(1.9) == 1);
  CHECK(integer_from_float(-1.9) == -1);
  CHECK(integer_from_float(-9223372036854775808.0) == INT64_MIN);
  CHECK_FALSE(integer_from_float(9223372036854775808.0));
  CHECK_FALSE(integer_from_float(std::nan("")));
  CHECK_FALSE(integer_from_float(-HUGE_VAL));
}

TEST_CASE("floats spell as the openCypher TCK writes them") {
  CHECK(cypher(1.0) == "1.0");
  CHECK(cypher(0.1) == "0.1");
  CHECK(cypher(-0.0) == "-0.0");
  CHECK(cypher(3985764.3405892687) == "3985764.3405892686");
  CHECK(cypher(1e9) == "1000000000.0");
  CHECK(cypher(1e-5) == "0.00001");
  CHECK(cypher(-1e-6) == "-0.000001");
  CHECK(cypher(1e308) == "1e308");
  CHECK(cypher(1.23456789e308) == "1.23456789e308");
  CHECK(cypher(-1e-305) == "-1e-305");
  CHECK(cypher(123456789012345680.0) == "1.2345678901234568e17");
  CHECK(cypher(std::nan("")) == "NaN");
  CHECK(cypher(HUGE_VAL) == "Infinity");
  CHECK(cypher(-HUGE_VAL) == "-Infinity");
  CHECK(json(1.0) == "1.0");
  CHECK(json(1e100) == "1e+100");
  CHECK(json(1.5e-300) == "1.5e-300");
}

TEST_CASE("any float read back from its text is the same float") {
  const std::uint64_t seed = test::fresh_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 50'000; ++i) {
    std::uint64_t word = random();
    if (i % 2 == 0) {  // an ordinary magnitude
      word = (word & ~(std::uint64_t{0x7ff} << 52)) | ((1000 + random() % 90) << 52);
    }
    double value = 0;
    std::memcpy(&value, &word, sizeof value);
    if (!std::isfinite(value)) continue;
    for (const std::string& text : {cypher(value), json(value)}) {
      const auto back = float_from_text(text);
      if (!back || !same_bits(*back, value)) FAIL(text);
      if (text.find_first_of(".e") == std::string::npos) FAIL(text << " looks like an integer");
    }
  }
}

TEST_CASE("integers print in full") {
  std::string out;
  append_integer(out, INT64_MIN);
  out.push_back(' ');
  append_integer(out, 0);
  CHECK(out == "-9223372036854775808 0");
}
