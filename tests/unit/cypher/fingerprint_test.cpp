// tests/unit/cypher/fingerprint_test.cpp: which bytes may be literals, and which texts are alike.
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "cypher/bind/lifting.hpp"
#include "cypher/parse/fingerprint.hpp"
#include "cypher/parse/source.hpp"

using kith::Cell;
using kith::Kind;
using kith::cypher::Fingerprint;

namespace {

std::vector<std::string> candidates(const std::string& text) {
  const Fingerprint print(text);
  std::vector<std::string> found;
  for (const auto& candidate : print.candidates()) found.emplace_back(print.spelling(candidate));
  return found;
}

bool alike(const std::string& a, const std::string& b) {
  const Fingerprint first(a), second(b);
  const bool same = first.has_shape_of(second);
  CHECK(same == second.has_shape_of(first));
  if (same) CHECK(first.shape_hash() == second.shape_hash());
  return same;
}

Cell value_in(const Fingerprint& print, std::size_t candidate = 0) {
  return print.values().at(print.candidates().at(candidate).value);
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("numbers and strings are candidates", "[fingerprint]") {
  CHECK(candidates("MATCH (p:Person {id: 42}) RETURN p.name") == Words{"42"});
  CHECK(candidates("RETURN 1, 2.5, .5, 1e9, 'a', \"b\"") ==
        Words{"1", "2.5", ".5", "1e9", "'a'", "\"b\""});
  CHECK(candidates("RETURN null, true, FALSE").empty());
  CHECK(candidates("").empty());
}

TEST_CASE("digits in names and parameters are none", "[fingerprint]") {
  CHECK(candidates("MATCH (n1:L2)-[r3:T4]->(n5) RETURN n1.k6, $p7, $8, $`9`").empty());
  CHECK(candidates("RETURN größe1, x\xC2\xA0"
                   "1")
            .empty());
}

TEST_CASE("comments and quoted names hide what is in them", "[fingerprint]") {
  CHECK(candidates("RETURN /* 1 'a' */ 2 // 3 'b'\n, 4") == Words{"2", "4"});
  CHECK(candidates("MATCH (`a b`:`C \" d`) RETURN 1")
            .empty());  // a quote in a quoted name: see below
  CHECK(candidates("MATCH (`a b`) RETURN 1") == Words{"1"});
  CHECK(candidates("RETURN 'no // comment', \"/* none */\"") ==
        Words{"'no // comment'", "\"/* none */\""});
  CHECK(candidates("RETURN 1 /* never closed 2") == Words{"1"});
}

TEST_CASE("a quoted name that may equal a column's text: nothing is left open", "[fingerprint]") {
  CHECK(candidates("RETURN 1 AS `2` UNION RETURN 2").empty());
  CHECK(candidates("RETURN 'a' AS `'b'`").empty());
}

TEST_CASE("ranges and dots", "[fingerprint]") {
  // These are passed on: the binder never meets them as literals.
  CHECK(candidates("MATCH (a)-[*1..3]->(b) RETURN b") == Words{"1", "3"});
  CHECK(candidates("RETURN x[1..5]") == Words{"1", "5"});
  CHECK(candidates("RETURN x[..5], x[2..]") == Words{"5", "2"});
}

TEST_CASE("odd numbers stay as they are", "[fingerprint]") {
  CHECK(candidates("RETURN 0x1F, 0o17, 1_000, 007, 12abc, 1e, 9223372036854775808").empty());
  CHECK(candidates("RETURN 0, 10, 9223372036854775807") == Words{"0", "10", "9223372036854775807"});
  CHECK(candidates("RETURN 1e999").empty());
}

TEST_CASE("what a string means", "[fingerprint]") {
  const Fingerprint plain("RETURN 'it''s'");
  CHECK(value_in(plain, 0).string() == "it");
  const Fingerprint escaped(R"(RETURN 'O\'Brien\n\\')");
  CHECK(value_in(escaped).string() == "O'Brien\n\\");
  CHECK(candidates(R"(RETURN '\u0041', 'b')") == Words{"'b'"});
  CHECK(candidates(R"(RETURN '\q', 'b')") == Words{"'b'"});
  CHECK(candidates("RETURN 'never closed").empty());
  CHECK(candidates("RETURN 'b\\").empty());
  CHECK(candidates("RETURN '\xFF', 'b'") == Words{"'b'"});  // not UTF-8
  CHECK(candidates("RETURN 'é'") == Words{"'é'"});
}

TEST_CASE("constant lists are one candidate, with all that is in them", "[fingerprint]") {
  CHECK(candidates("RETURN x IN [1, -2, 'a', null, true, [2.5], {k: 'v'}]") ==
        Words{"[1, -2, 'a', null, true, [2.5], {k: 'v'}]"});
  CHECK(candidates("UNWIND [{id: 1}, {id: 2}] AS row RETURN row") == Words{"[{id: 1}, {id: 2}]"});
  CHECK(candidates("RETURN [1, x, 2], [y, [3, 4]]") == Words{"1", "2", "[3, 4]"});
  CHECK(candidates("RETURN [x IN [1, 2] | x + 3]") == Words{"[1, 2]", "3"});
  CHECK(candidates("RETURN [1, 2,]") == Words{"1", "2"});
  const Fingerprint list("RETURN [-1, 2]");
  CHECK(value_in(list).items()[0].integer == -1);
}

TEST_CASE("an index is no list", "[fingerprint]") {
  CHECK(candidates("RETURN n.list[1], f(x)[2], $p[3], x[0][4]") == Words{"1", "2", "3", "0", "4"});
  CHECK(candidates("RETURN x in[1]") == Words{"[1]"});
}

TEST_CASE("maps are left open value by value", "[fingerprint]") {
  CHECK(candidates("CREATE (n {a: 1, b: 'x'})") == Words{"1", "'x'"});
}

TEST_CASE("many literals: the first are candidates", "[fingerprint]") {
  std::string text = "RETURN 0";
  for (int i = 1; i < 1000; ++i) text += "+" + std::to_string(i);
  CHECK(candidates(text).size() == 200);
}

TEST_CASE("deep and broken brackets take linear time", "[fingerprint]") {
  const std::string deep(200000, '[');
  CHECK(candidates("RETURN " + deep).empty());
  CHECK(candidates("RETURN " + std::string(200000, '(')).empty());
  std::string list = "RETURN [";
  for (int i = 0; i < 100000; ++i) list += "1,";
  CHECK(candidates(list + "x]").size() == 200);
}

TEST_CASE("texts that differ in literals are alike, if the types are", "[fingerprint]") {
  CHECK(alike("RETURN 1", "RETURN 42"));
  CHECK(alike("RETURN 'a'", "RETURN \"longer\""));
  CHECK_FALSE(alike("RETURN 1", "RETURN 1.0"));
  CHECK_FALSE(alike("RETURN 1", "RETURN '1'"));
  CHECK_FALSE(alike("RETURN 1", "RETURN  1"));
  CHECK_FALSE(alike("RETURN 1", "RETURN -1"));
  CHECK(alike("RETURN -1", "RETURN -2"));
  CHECK(alike("RETURN [1, 2]", "RETURN [3]"));
  CHECK_FALSE(alike("RETURN [1, 2]", "RETURN [1, 'a']"));
  CHECK_FALSE(alike("RETURN [1]", "RETURN []"));
  CHECK_FALSE(alike("RETURN [[1]]", "RETURN [['a']]"));
}

TEST_CASE("equal literals share a value, and the pattern of equal ones counts", "[fingerprint]") {
  CHECK(alike("RETURN 1, 1", "RETURN 2, 2"));
  CHECK_FALSE(alike("RETURN 1, 1", "RETURN 1, 2"));
  CHECK(Fingerprint("RETURN 1, 1, 2").values().size() == 2);
  // Spelled differently: columns could be named alike, or not.
  CHECK_FALSE(alike("RETURN 1.0 UNION RETURN 1.0", "RETURN 1.0 UNION RETURN 1.00"));
  CHECK_FALSE(alike("RETURN 'a', 'a'", "RETURN 'a', \"a\""));
}

TEST_CASE("places are found again in a text of the same shape", "[fingerprint]") {
  const Fingerprint planned("RETURN 'a' + x, 12 / y");
  const Fingerprint other("RETURN 'longer' + x, 3 / y");
  REQUIRE(other.has_shape_of(planned));
  const auto there = [&](std::string_view what) { return planned.text().find(what); };
  const auto here = [&](std::string_view what) { return other.text().find(what); };
  CHECK(other.place_of(planned, there("x")) == here("x"));
  CHECK(other.place_of(planned, there("12")) == here("3"));
  CHECK(other.place_of(planned, there("y") + 1) == other.text().size());
  CHECK(other.place_of(planned, 0) == 0);
}

TEST_CASE("EXPLAIN and PROFILE are known", "[fingerprint]") {
  CHECK(Fingerprint("EXPLAIN RETURN 1").is_shown());
  CHECK(Fingerprint(" /* x */ profile RETURN 1").is_shown());
  CHECK_FALSE(Fingerprint("MATCH (explain) RETURN 1").is_shown());
}

TEST_CASE("the pass survives any bytes", "[fingerprint]") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const std::string alphabet = "'\"`[]{}(),.$/*-\\ 019eExX_ab\n\xC3\xA9\xFF:";
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (std::size_t n = random() % 40; n > 0; --n) text += alphabet[random() % alphabet.size()];
    const Fingerprint print(text);
    std::size_t at = 0;
    for (const auto& candidate : print.candidates()) {
      CHECK(candidate.begin >= at);
      CHECK(candidate.end > candidate.begin);
      at = candidate.end;
    }
    CHECK(at <= text.size());
    CHECK(print.has_shape_of(Fingerprint(text)));
  }
}

TEST_CASE("minus zero is zero, and yet has a sign", "[fingerprint]") {
  const Cell zero = Cell::of(std::int64_t{0});
  const auto is_open = [&](const std::string& text, kith::Position at) {
    const Fingerprint print(text);
    return kith::cypher::Lifting(print).open(at, zero, true).has_value();
  };
  CHECK(is_open("RETURN 0", {1, 8}));
  CHECK(is_open("RETURN x > 0", {1, 12}));
  CHECK_FALSE(is_open("RETURN -0", {1, 9}));
  CHECK_FALSE(is_open("RETURN - 0", {1, 10}));
  CHECK_FALSE(is_open("RETURN - /* x */ 0", {1, 18}));
  CHECK_FALSE(is_open("RETURN -\n0", {2, 1}));
}

TEST_CASE("a literal is left open where it is written, with its sign", "[fingerprint]") {
  const Fingerprint print("RETURN 5,\n -7, 'é', 8");
  kith::cypher::Lifting lifting(print);
  const auto five = lifting.open({1, 8}, Cell::of(std::int64_t{5}), true);
  REQUIRE(five.has_value());
  CHECK_FALSE(five->negated);
  const auto seven = lifting.open({2, 3}, Cell::of(std::int64_t{-7}), true);
  REQUIRE(seven.has_value());
  CHECK(seven->negated);
  CHECK_FALSE(lifting.open({2, 11}, Cell::of(std::int64_t{8}), false).has_value());  // SKIP, LIMIT
  CHECK_FALSE(lifting.open({2, 11}, Cell::of(std::int64_t{8}), true).has_value());   // for good
  CHECK_FALSE(lifting.open({1, 1}, Cell::of(std::int64_t{5}), true).has_value());
  CHECK(lifting.result() == std::vector<bool>{true, true, false, false});
  lifting.fix_values(std::vector<std::uint32_t>{five->value});
  CHECK(lifting.result() == std::vector<bool>{false, true, false, false});
}
