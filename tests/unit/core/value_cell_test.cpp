// tests/unit/core/value_cell_test.cpp: between the API's values and the engine's cells.
#include "core/value_cell.hpp"

#include <catch2/catch.hpp>

#include "core/compare.hpp"
#include "core/print.hpp"
#include "kith/error.hpp"
#include "tests/unit/core/random_cells.hpp"

using namespace kith;

namespace {

bool holds_elements(const Cell& cell) {
  if (cell.kind == Kind::List) {
    return std::any_of(cell.items().begin(), cell.items().end(), holds_elements);
  }
  if (cell.kind == Kind::Map) {
    return std::any_of(cell.entries().begin(), cell.entries().end(),
                       [](const MapEntry& entry) { return holds_elements(entry.value); });
  }
  return cell.kind == Kind::Node || cell.kind == Kind::Relationship || cell.kind == Kind::Path;
}

struct Elements final : ElementReader {
  Node node(NodeId id) override { return {static_cast<std::int64_t>(id.value), {"N"}, {}}; }
  Relationship relationship(RelationshipId id) override {
    return {static_cast<std::int64_t>(id.value), "T", 1, 2, {}};
  }
};

}  // namespace

TEST_CASE("a cell that became a value becomes the same cell, and prints alike") {
  const std::uint64_t seed = test::fresh_seed();
  CAPTURE(seed);
  Arena arena;
  test::RandomCells random(seed, arena);
  for (int i = 0; i < 2000; ++i) {
    const Cell cell = random.any(3);
    if (holds_elements(cell)) continue;
    const Value value = to_value(cell);
    CHECK(static_cast<int>(value.type()) == static_cast<int>(cell.kind));
    CHECK(value.to_string() == to_cypher(cell));
    Arena other;
    const Cell back = to_cell(value, other);
    CHECK(equivalent(back, cell));
    CHECK(to_value(back) == value);
    CHECK(std::hash<Value>{}(to_value(back)) == std::hash<Value>{}(value));
  }
}

TEST_CASE("elements are read through the reader, inside lists and paths too") {
  Arena arena;
  Elements elements;
  const NodeId nodes[] = {{1}, {2}};
  const RelationshipId relationships[] = {{7}};
  const Cell cells[] = {Cell::of(NodeId{1}), Cell::of(RelationshipId{7}),
                        make_path(arena, nodes, relationships)};
  const Value value = to_value(make_list(arena, cells), elements);
  CHECK(value.to_string() == "[(:N), [:T], <(:N)-[:T]->(:N)>]");
}

TEST_CASE("nodes, relationships and paths are no parameters") {
  Arena arena;
  CHECK_THROWS_AS(to_cell(Node(), arena), TypeError);
  CHECK_THROWS_AS(to_cell(Relationship(), arena), TypeError);
  CHECK_THROWS_AS(to_cell(Path(), arena), TypeError);
  CHECK_THROWS_AS(to_cell(List{Map{{"n", Node()}}}, arena), TypeError);
}

TEST_CASE("the text of a parameter is copied and must be UTF-8") {
  Arena arena;
  Cell cell;
  {
    const Value value = std::string("short-lived");
    cell = to_cell(value, arena);
  }
  CHECK(cell.string() == "short-lived");
  CHECK_THROWS_AS(to_cell("bad \xff", arena), QueryError);
  CHECK_THROWS_AS(to_cell(Map{{"\xff", 1}}, arena), QueryError);
}

TEST_CASE("values that no cell may hold are refused") {
  Arena arena;
  const Value wrong[] = {LocalTime{-1},
                         LocalTime{86'400'000'000'000},
                         Time{0, 70'000},
                         LocalDateTime{0, 1'000'000'000},
                         LocalDateTime{INT64_MAX, 0},
                         DateTime{INT64_MIN, 0, -3600, ""},
                         DateTime{0, 0, -70'000, ""},
                         Duration{0, 0, 0, -1},
                         Date{INT64_MAX},
                         Point{1234, 0, 0, 0}};
  for (const Value& value : wrong) {
    CAPTURE(value.type_name());
    CHECK_THROWS_AS(to_cell(value, arena), QueryError);
  }
}

TEST_CASE("values nested too deep are refused before the stack is") {
  Arena arena;
  Value value = 1;
  for (int i = 0; i < kMaxNesting; ++i) value = List{std::move(value)};
  CHECK(to_cell(value, arena).depth == kMaxNesting);
  value = List{std::move(value)};
  CHECK_THROWS_AS(to_cell(value, arena), ResourceError);
}
