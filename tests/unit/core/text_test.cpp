// tests/unit/core/text_test.cpp: UTF-8 by code points.
#include "core/text.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/core/random_cells.hpp"

using namespace kith;

TEST_CASE("invalid UTF-8 is found at its byte") {
  CHECK(find_invalid_utf8("") == kValidUtf8);
  CHECK(find_invalid_utf8("plain ASCII, longer than a word") == kValidUtf8);
  CHECK(find_invalid_utf8("é日😀\u07ff\uffff\U0010ffff") == kValidUtf8);
  const std::pair<std::string_view, std::size_t> bad[] = {{"abc\x80", 3},
                                                          {"abcdefghij\xff", 10},
                                                          {"\xc0\x80", 0},
                                                          {"\xc1\xbf", 0},
                                                          {"a\xe0\x80\x80", 1},
                                                          {"\xe0\x9f\xbf", 0},
                                                          {"\xed\xa0\x80", 0},  // surrogate
                                                          {"\xf0\x8f\xbf\xbf", 0},
                                                          {"\xf4\x90\x80\x80", 0},
                                                          {"\xf5\x80\x80\x80", 0},
                                                          {"é\xe6\x97", 2},
                                                          {"😀\xf0\x9f\x98", 4},
                                                          {"\xe6"
                                                           "a\x97",
                                                           0}};
  for (const auto& [text, at] : bad) {
    CAPTURE(at);
    CHECK(find_invalid_utf8(text) == at);
  }
}

TEST_CASE("every code point survives its bytes") {
  for (char32_t value = 0; value <= 0x10ffff; ++value) {
    if (value == 0xd800) value = 0xe000;
    std::string text;
    append_code_point(text, value);
    const CodePoint first = first_code_point(text), last = last_code_point(text);
    if (first.value != value || first.bytes != text.size() || last.value != value ||
        last.bytes != text.size() || find_invalid_utf8(text) != kValidUtf8) {
      FAIL("code point " << static_cast<std::uint32_t>(value));
    }
  }
}

TEST_CASE("texts are counted and cut by code points") {
  const std::string_view text = "aé日😀z";
  CHECK(count_code_points(text) == 5);
  CHECK(count_code_points("") == 0);
  CHECK(code_points(text, 1, 3) == "é日😀");
  CHECK(code_points(text, 0, 0).empty());
  CHECK(code_points(text, 4, 100) == "z");
  CHECK(code_points(text, 5, 1).empty());
  CHECK(code_points(text, 99, 1).empty());
  CHECK(last_code_points(text, 2) == "😀z");
  CHECK(last_code_points(text, 0).empty());
  CHECK(last_code_points(text, 99) == text);
  CHECK(byte_of_code_point(text, 2) == 3);
  CHECK(byte_of_code_point(text, 5) == text.size());
}

TEST_CASE("case follows Unicode") {
  Arena arena;
  CHECK(to_upper(arena, "kith 1") == "KITH 1");
  CHECK(to_lower(arena, "KITH 1") == "kith 1");
  CHECK(to_upper(arena, "straße, éλя") == "STRASSE, ÉΛЯ");
  CHECK(to_lower(arena, "ÉΛЯ İ") == "éλя i");
  CHECK(to_lower(arena, "ΟΔΟΣ ΣΑΣ") == "οδος σας");
  const std::string_view same = "already lower";
  CHECK(to_lower(arena, same).data() == same.data());
}

TEST_CASE("white space is trimmed as Unicode has it") {
  CHECK(trim(" \t\n a b \r\n") == "a b");
  CHECK(trim("\u00a0\u2003x\u3000\u0085") == "x");
  CHECK(trim_left("  x ") == "x ");
  CHECK(trim_right("  x ") == "  x");
  CHECK(trim(" \u2028 ").empty());
  CHECK(trim("\u200bx") == "\u200bx");  // a zero-width space is none
}

TEST_CASE("reverse turns code points around, and twice is the same") {
  Arena arena;
  CHECK(reverse(arena, "aé日😀") == "😀日éa");
  CHECK(reverse(arena, "").empty());
  const std::uint64_t seed = test::fresh_seed();
  CAPTURE(seed);
  test::RandomCells random(seed, arena);
  for (int i = 0; i < 100; ++i) {
    const std::string text = std::string(random.text()) + std::string(random.text());
    CHECK(reverse(arena, reverse(arena, text)) == text);
  }
}

TEST_CASE("normal forms make equal what looks equal") {
  Arena arena;
  CHECK(normalize(arena, "e\u0301", NormalForm::Nfc) == "é");
  CHECK(normalize(arena, "é", NormalForm::Nfd) == "e\u0301");
  CHECK(normalize(arena, "\ufb01x\u2460", NormalForm::Nfkc) == "fix1");
  CHECK(normalize(arena, "\u212b", NormalForm::Nfkd) == "A\u030a");
  CHECK(normalize(arena, "plain", NormalForm::Nfc) == "plain");
}

TEST_CASE("plain names are letters, digits and underscores") {
  for (const char* name : {"a", "Person", "_x", "snake_case9", "naïve", "日本", "Ω1"}) {
    CAPTURE(name);
    CHECK(is_plain_name(name));
  }
  for (const char* name : {"", "9a", "a b", "a-b", "`", "a.b", "😀", "$a"}) {
    CAPTURE(name);
    CHECK_FALSE(is_plain_name(name));
  }
}

TEST_CASE("damaged text is walked without leaving its bounds") {
  const std::uint64_t seed = test::fresh_seed();
  CAPTURE(seed);
  Arena arena;
  test::RandomCells random(seed, arena);
  for (int i = 0; i < 5000; ++i) {
    std::string text(random.below(12), '\0');
    for (char& c : text) c = static_cast<char>(random.below(4) == 0 ? 'a' : random.below(256));
    const std::string upper(to_upper(arena, text)), lower(to_lower(arena, text));
    CHECK(reverse(arena, text).size() == text.size());
    CHECK(trim(text).size() <= text.size());
    CHECK(code_points(text, 1, 2).size() <= text.size());
    const bool valid = find_invalid_utf8(text) == kValidUtf8;
    if (valid) CHECK(find_invalid_utf8(normalize(arena, text, NormalForm::Nfc)) == kValidUtf8);
    CHECK(find_invalid_utf8(upper) == kValidUtf8);  // what was damaged became U+FFFD
    CHECK(find_invalid_utf8(lower) == kValidUtf8);
    arena.reset();
  }
}
