// tests/unit/api/plain_integers_test.cpp: fields that are integers, read by each kind of
// instructions.
#include "api/import/plain_integers.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace kith;
using namespace kith::import;

struct Fields {
  std::string block = std::string(16, '7');
  std::vector<FieldSpan> spans;
  std::vector<std::string> texts;

  void add(const std::string& text, bool quoted) {
    FieldSpan span;
    span.at = static_cast<std::uint32_t>(block.size());
    span.set_size(text.size());
    span.quoted = quoted ? 1 : 0;
    block += quoted ? "\"" + text + "\"," : text + ",";
    spans.push_back(span);
    texts.push_back(text);
  }
};

std::string some_text(std::mt19937_64& random) {
  std::string text;
  for (std::size_t i = random() % 19; i > 0; --i) text += static_cast<char>('0' + random() % 10);
  if (!text.empty() && random() % 8 == 0)
    text[random() % text.size()] = static_cast<char>(random());
  return text;
}

bool is_plain(const std::string& text, const IntegerBounds& bounds) {
  if (text.empty() || text.size() > 16) return false;
  if (text.find_first_not_of("0123456789") != text.npos) return false;
  const auto value = std::stoll(text);
  return value >= bounds.min && value <= bounds.max;
}

void check(ReadPlainIntegers read, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  constexpr std::size_t kWidth = 2;  // every other field is of another column
  Fields fields;
  for (int i = 0; i < 4000; ++i) {
    fields.add(some_text(random), random() % 4 == 0);
    fields.add("x", false);
  }
  const std::size_t rows = fields.texts.size() / kWidth;
  std::vector<std::int64_t> values(rows);
  for (const IntegerBounds bounds : {IntegerBounds{INT64_MIN, INT64_MAX}, IntegerBounds{-128, 127},
                                     IntegerBounds{INT32_MIN, INT32_MAX}}) {
    std::size_t plain = 0;
    for (std::size_t row = 0; row < rows; ++row) {
      const FieldColumn column{fields.block.data(), &fields.spans[row * kWidth], kWidth, 1};
      const std::size_t read_here = read(column, bounds, rows - row, values.data());
      REQUIRE(read_here <= rows - row);
      for (std::size_t i = 0; i < read_here; ++i, ++row, ++plain) {
        const std::string& text = fields.texts[row * kWidth];
        INFO("'" << text << "'");
        REQUIRE(is_plain(text, bounds));
        REQUIRE(values[i] == std::stoll(text));
      }
      if (row < rows) REQUIRE_FALSE(is_plain(fields.texts[row * kWidth], bounds));
    }
    CHECK(plain > 0);
  }
}

}  // namespace

TEST_CASE("plain integers are what their digits say, by any instructions") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  for (const Instructions instructions : {Instructions::Portable, Instructions::Avx2})
    if (has_instructions(instructions))
      if (const auto read = plain_integers_reader(instructions)) check(read, seed);
}

TEST_CASE("a field near the beginning of a block is left to be read otherwise") {
  const std::string block = "12,345678901234567";
  FieldSpan span;
  span.set_size(2);
  std::int64_t value = -1;
  CHECK(read_plain_integers({block.data(), &span, 1, 1}, {INT64_MIN, INT64_MAX}, 1, &value) == 0);
  span.at = 3;
  span.set_size(13);
  CHECK(read_plain_integers({block.data(), &span, 1, 1}, {INT64_MIN, INT64_MAX}, 1, &value) == 1);
  CHECK(value == 3456789012345);
}
