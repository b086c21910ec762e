// tests/unit/cypher/property_types_test.cpp: types of property constraints: read, written, matched.
#include <catch2/catch.hpp>
#include <string>

#include "core/arena.hpp"
#include "cypher/property_types.hpp"

using namespace kith;

namespace {

PropertyTypes parse(std::string_view text) { return cypher::parse_property_types(text, {1, 5}); }
std::string normal(std::string_view text) { return to_text(parse(text)); }

Cell list_of(Arena& arena, std::vector<Cell> items) { return make_list(arena, items); }

}  // namespace

TEST_CASE("types of properties are written in one order") {
  CHECK(normal("integer") == "INTEGER");
  CHECK(normal("INT | bool | VARCHAR") == "BOOLEAN | STRING | INTEGER");
  CHECK(normal("FLOAT | INTEGER | FLOAT") == "INTEGER | FLOAT");
  CHECK(normal("TIMESTAMP WITH TIME ZONE") == "ZONED DATETIME");
  CHECK(normal("LIST<STRING NOT NULL>|POINT") == "POINT | LIST<STRING NOT NULL>");
  CHECK(normal("ANY<INTEGER | STRING>") == "STRING | INTEGER");
  CHECK(normal("LIST<INTEGER NOT NULL> | LIST<FLOAT NOT NULL>") ==
        "LIST<INTEGER NOT NULL> | LIST<FLOAT NOT NULL>");
  CHECK(normal("LIST<FLOAT NOT NULL | INTEGER NOT NULL>") ==
        "LIST<INTEGER NOT NULL | FLOAT NOT NULL>");
  for (const auto* text : {"BOOLEAN", "STRING", "INTEGER", "FLOAT", "DATE", "LOCAL TIME",
                           "ZONED TIME", "LOCAL DATETIME", "ZONED DATETIME", "DURATION", "POINT"}) {
    CHECK(normal(text) == text);
    const std::string list = "LIST<" + std::string(text) + " NOT NULL>";
    CHECK(normal(list) == list);
    CHECK(parse(normal(list)) == parse(list));
  }
}

TEST_CASE("what no property can be is no type of a constraint") {
  for (const auto* text :
       {"INTEGER NOT NULL", "LIST<INTEGER>", "LIST", "LIST<LIST<INTEGER NOT NULL> NOT NULL>", "MAP",
        "NODE", "RELATIONSHIP", "PATH", "ANY", "ANY PROPERTY VALUE", "NULL", "NOTHING",
        "LIST<MAP NOT NULL>", "INTEGER | MAP", "LIST<INTEGER NOT NULL> NOT NULL",
        "LIST<INTEGER NOT NULL | STRING>", "INTEGRE"}) {
    INFO(text);
    try {
      parse(text);
      FAIL("was accepted");
    } catch (const SyntaxError& error) {
      CHECK(error.position() == Position{1, 5});
    }
  }
}

TEST_CASE("types of properties admit what they name and nothing else") {
  Arena arena;
  const Cell one = Cell::of(std::int64_t{1}), half = Cell::of(0.5);
  const Cell text = Cell::of(std::string_view("a"));
  CHECK(parse("INTEGER").admit(one));
  CHECK_FALSE(parse("INTEGER").admit(half));
  CHECK(parse("INTEGER | FLOAT").admit(half));
  CHECK_FALSE(parse("FLOAT").admit(text));
  CHECK_FALSE(parse("INTEGER").admit(list_of(arena, {one})));

  const PropertyTypes numbers = parse("LIST<INTEGER NOT NULL> | LIST<FLOAT NOT NULL>");
  CHECK(numbers.admit(list_of(arena, {})));
  CHECK(numbers.admit(list_of(arena, {one, one})));
  CHECK(numbers.admit(list_of(arena, {half})));
  CHECK_FALSE(numbers.admit(list_of(arena, {one, half})));
  CHECK_FALSE(numbers.admit(list_of(arena, {text})));
  CHECK_FALSE(numbers.admit(one));
  CHECK(parse("LIST<INTEGER NOT NULL | FLOAT NOT NULL>").admit(list_of(arena, {one, half})));
}
