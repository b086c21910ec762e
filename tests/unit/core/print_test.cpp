// tests/unit/core/print_test.cpp: cells as Cypher text.
#include "core/print.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/core/random_cells.hpp"

using namespace kith;

TEST_CASE("cells print as the text that makes them") {
  Arena arena;
  CHECK(to_cypher(Cell::null()) == "null");
  CHECK(to_cypher(Cell::boolean(true)) == "true");
  CHECK(to_cypher(Cell::of(std::int64_t{-5})) == "-5");
  CHECK(to_cypher(Cell::of(2.0)) == "2.0");
  CHECK(to_cypher(Cell::of("it's")) == "'it\\'s'");
  CHECK(to_cypher(Cell::of("a\\b\n\t\r\x01")) == "'a\\\\b\\n\\t\\r\\u0001'");
  CHECK(to_cypher(Cell::of("日本 😀")) == "'日本 😀'");
  const Cell items[] = {Cell::of(std::int64_t{1}), Cell::of("x"), make_list(arena, {})};
  CHECK(to_cypher(make_list(arena, items)) == "[1, 'x', []]");
  const MapEntry entries[] = {{"b c", Cell::of(1.5)}, {"a", make_map(arena, {})}, {"d`e", {}}};
  CHECK(to_cypher(make_map(arena, entries)) == "{a: {}, `b c`: 1.5, `d``e`: null}");
}

TEST_CASE("temporal values and points print as calls that make them") {
  Arena arena;
  CHECK(to_cypher(Cell::date(0)) == "date('1970-01-01')");
  CHECK(to_cypher(Cell::local_time(0)) == "localtime('00:00')");
  CHECK(to_cypher(Cell::time(0, 3600)) == "time('00:00+01:00')");
  CHECK(to_cypher(Cell::local_date_time(0, 0)) == "localdatetime('1970-01-01T00:00')");
  CHECK(to_cypher(make_datetime(arena, {0, 0, 0, ""})) == "datetime('1970-01-01T00:00Z')");
  CHECK(to_cypher(make_duration(arena, {0, 1, 0, 0})) == "duration('P1D')");
  CHECK(to_cypher(make_point(arena, {7203, 2, {1, 2.5, 0}})) ==
        "point({srid: 7203, x: 1.0, y: 2.5})");
  CHECK(to_cypher(make_point(arena, {9157, 3, {1, 2, 3}})) ==
        "point({srid: 9157, x: 1.0, y: 2.0, z: 3.0})");
}

TEST_CASE("what needs storage prints by id") {
  Arena arena;
  const NodeId nodes[] = {{1}, {2}};
  const RelationshipId relationships[] = {{7}};
  CHECK(to_cypher(Cell::of(NodeId{5})) == "(5)");
  CHECK(to_cypher(Cell::of(RelationshipId{7})) == "[7]");
  CHECK(to_cypher(make_path(arena, nodes, relationships)) == "<(1)-[7]-(2)>");
  CHECK(element_id(NodeId{5}) == "n:5");
  CHECK(element_id(RelationshipId{5}) == "r:5");
}

TEST_CASE("names take backticks only where they must") {
  const auto named = [](std::string_view name) {
    std::string out;
    append_name(out, name);
    return out;
  };
  CHECK(named("Person") == "Person");
  CHECK(named("") == "``");
  CHECK(named("1st") == "`1st`");
  CHECK(named("a`b") == "`a``b`");
}

TEST_CASE("text for messages is cut between code points") {
  const Cell cell = Cell::of("ééééé");
  CHECK(to_short_cypher(cell) == "'ééééé'");
  CHECK(to_short_cypher(cell, 4) == "'é…");
  CHECK(to_short_cypher(cell, 5) == "'éé…");
}
