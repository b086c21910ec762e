// tests/unit/core/value_test.cpp: the public values, as a user of the API meets them.
#include "kith/value.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <concepts>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

using namespace kith;

namespace {

template <class T>
std::string printed(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

Parameters take(const Parameters& parameters = {}) { return parameters; }

Node ada() { return {3, {"Person", "Pilot"}, {{"name", "Ada"}, {"born", 1815}}}; }

static_assert(std::regular<Value> && std::regular<Node> && std::regular<Relationship>);
static_assert(std::regular<Path> && std::regular<Date> && std::regular<LocalTime>);
static_assert(std::regular<Time> && std::regular<LocalDateTime> && std::regular<DateTime>);
static_assert(std::regular<Duration> && std::regular<Point>);
static_assert(std::is_nothrow_move_constructible_v<Value>);
static_assert(!std::is_constructible_v<Value, char>, "a character is neither number nor text");
static_assert(!std::is_constructible_v<Value, void*>, "a pointer is not a boolean");

}  // namespace

TEST_CASE("a value takes its type from what it is made of") {
  CHECK(Value().is_null());
  CHECK(Value(nullptr).is_null());
  CHECK(Value(true).type() == ValueType::Boolean);
  CHECK(Value(7).as_int() == 7);
  CHECK(Value(7u).as_int() == 7);
  CHECK(Value(short{7}).as_int() == 7);
  CHECK(Value(std::size_t{7}).as_int() == 7);
  CHECK(Value(1.5f).as_double() == 1.5);
  CHECK(Value("literal").as_string() == "literal");
  CHECK(Value(std::string("string")).as_string() == "string");
  CHECK(Value(std::string_view("view")).as_string() == "view");
  CHECK(Value(List{1, "a", true}).as_list().size() == 3);
  CHECK(Value(std::vector<int>{1, 2}).as_list()[1] == 2);
  CHECK(Value(std::vector<bool>{true}).as_list()[0] == true);
  CHECK(Value(Map{{"k", 1}}).as_map().at("k") == 1);
  CHECK(Value(std::optional<int>{}).is_null());
  CHECK(Value(std::optional<int>{4}) == 4);
  CHECK(Value(ada()).as_node().id() == 3);
  CHECK_THROWS_AS(Value(std::uint64_t{1} << 63), QueryError);
  const Value original = List{1};
  const Value copy{original};
  CHECK(copy == original);  // braces copy, they do not wrap
}

TEST_CASE("parameters are written in braces") {
  const Parameters parameters = take({{"id", 1}, {"name", "Ada"}, {"tags", List{"a", "b"}}});
  CHECK(parameters.at("id").as_int() == 1);
  CHECK(parameters.at("name").as_string() == "Ada");
  CHECK(parameters.at("tags").as_list().size() == 2);
  CHECK(take({{"name", "Ada"}}).at("name") == "Ada");
  CHECK(take({{"a", "b"}, {"c", "d"}}).at("c") == "d");
  CHECK(take().empty());
  CHECK(take({}).empty());
}

TEST_CASE("the wrong type is an error that names both, or a null pointer") {
  const Value value = "text";
  try {
    static_cast<void>(value.as_int());
    FAIL("a text is no number");
  } catch (const TypeError& error) {
    const std::string message = error.what();
    CHECK(message.find("STRING") != std::string::npos);
    CHECK(message.find("INTEGER") != std::string::npos);
  }
  CHECK_THROWS_AS(Value(1).as_double(), TypeError);
  CHECK_THROWS_AS(Value().as_map(), TypeError);
  CHECK_THROWS_AS(value.as_date_time(), TypeError);
  CHECK(value.get_if_int() == nullptr);
  CHECK(value.get_if_map() == nullptr);
  REQUIRE(value.get_if_string() != nullptr);
  CHECK(*value.get_if_string() == "text");
  const Value map = Map{{"a", 1}};
  REQUIRE(map.get_if_map() != nullptr);
  CHECK(map.get_if_map() == &map.as_map());
}

TEST_CASE("each type is given back and named") {
  const std::pair<Value, std::string_view> values[] = {{nullptr, "NULL"},
                                                       {false, "BOOLEAN"},
                                                       {1, "INTEGER"},
                                                       {1.0, "FLOAT"},
                                                       {"", "STRING"},
                                                       {List{}, "LIST"},
                                                       {Map{}, "MAP"},
                                                       {Node(), "NODE"},
                                                       {Relationship(), "RELATIONSHIP"},
                                                       {Path(), "PATH"},
                                                       {Date(), "DATE"},
                                                       {LocalTime(), "LOCAL TIME"},
                                                       {Time(), "ZONED TIME"},
                                                       {LocalDateTime(), "LOCAL DATETIME"},
                                                       {DateTime(), "ZONED DATETIME"},
                                                       {Duration(), "DURATION"},
                                                       {Point(), "POINT"}};
  for (std::size_t i = 0; i < std::size(values); ++i) {
    const Value& value = values[i].first;
    CHECK(value.type() == static_cast<ValueType>(i));
    CHECK(value.type_name() == values[i].second);
    for (std::size_t j = 0; j < std::size(values); ++j) {
      CAPTURE(i, j);
      CHECK((value == values[j].first) == (i == j));
    }
    CHECK(std::hash<Value>{}(value) == std::hash<Value>{}(Value(value)));
  }
  CHECK(Value(Date{5}).as_date().days == 5);
  CHECK(Value(LocalTime{5}).as_local_time().nanoseconds == 5);
  CHECK(Value(Time{5, 6}).as_time().offset == 6);
  CHECK(Value(LocalDateTime{5, 6}).as_local_date_time().nanoseconds == 6);
  CHECK(Value(DateTime{5, 6, 7, "UTC"}).as_date_time().zone == "UTC");
  CHECK(Value(Duration{1, 2, 3, 4}).as_duration().seconds == 3);
  CHECK(Value(Point{7203, 1, 2, 0}).as_point().y == 2);
}

TEST_CASE("equality is exact and reflexive, and hash agrees") {
  CHECK(Value(1) != Value(1.0));
  CHECK(Value(std::nan("")) == Value(-std::nan("")));
  CHECK(Value(0.0) == Value(-0.0));
  CHECK(std::hash<Value>{}(0.0) == std::hash<Value>{}(-0.0));
  CHECK(std::hash<Value>{}(std::nan("")) == std::hash<Value>{}(-std::nan("")));
  CHECK(Value(List{1, Map{{"k", nullptr}}}) == Value(List{1, Map{{"k", nullptr}}}));
  CHECK(Value(Map{{"k", 1}}) != Value(Map{{"k", 2}}));
  CHECK(Value(Map{{"k", 1}}) != Value(Map{{"l", 1}}));
  CHECK(Value(DateTime{1, 0, 0, ""}) != Value(DateTime{1, 0, 0, "UTC"}));
  CHECK(Point{7203, 1, 2, 9} == Point{7203, 1, 2, 8});  // two dimensions
  CHECK(Node(1, {"A"}, {}) == Node(1, {"B"}, {}));      // one node, before and after
  CHECK(Node(1, {}, {}) != Node(2, {}, {}));
  CHECK(Date{1} < Date{2});
  CHECK(LocalDateTime{1, 5} < LocalDateTime{2, 0});

  std::unordered_set<Value> values{1, 1.0, "a", List{1}, 1, List{1}, "a"};
  CHECK(values.size() == 4);
  std::unordered_map<Node, int> by_node{{ada(), 1}};
  CHECK(by_node.at(Node(3, {}, {})) == 1);
  CHECK(std::unordered_set<Date>{Date{1}, Date{1}}.size() == 1);
}

TEST_CASE("nodes, relationships and paths know what they hold") {
  const Node node = ada();
  CHECK(node.element_id() == "n:3");
  CHECK(node.labels() == std::vector<std::string>{"Person", "Pilot"});
  CHECK(node.has_label("Pilot"));
  CHECK_FALSE(node.has_label("Pil"));
  CHECK(node["name"].as_string() == "Ada");
  CHECK(node["nothing"].is_null());
  CHECK(node.properties().size() == 2);
  const Relationship knows(9, "KNOWS", 3, 4, {{"since", 1833}});
  CHECK(knows.element_id() == "r:9");
  CHECK(knows.type() == "KNOWS");
  CHECK(knows.start_id() == 3);
  CHECK(knows.end_id() == 4);
  CHECK(knows["since"] == 1833);
  CHECK(knows["until"].is_null());
  const Path path({node, Node(4, {}, {})}, {knows});
  CHECK(path.length() == 1);
  CHECK(path.nodes()[1].id() == 4);
  CHECK(path == Path({node, Node(4, {}, {})}, {knows}));
  Node moved_from = node;
  const Node moved = std::move(moved_from);
  CHECK(moved == node);
  CHECK(moved_from.labels().empty());  // NOLINT(bugprone-use-after-move): still a node
}

TEST_CASE("values print as Cypher") {
  CHECK(printed(Value()) == "null");
  CHECK(printed(Value("it's")) == "'it\\'s'");
  CHECK(printed(Value(1.0)) == "1.0");
  CHECK(printed(Value(List{1, "a", List{}, Map{}})) == "[1, 'a', [], {}]");
  CHECK(printed(Value(Map{{"b c", true}, {"a", nullptr}})) == "{a: null, `b c`: true}");
  CHECK(printed(ada()["name"]) == "'Ada'");
  CHECK(printed(ada()) == "(:Person:Pilot {born: 1815, name: 'Ada'})");
  CHECK(printed(Node(1, {}, {})) == "()");
  CHECK(printed(Node(1, {}, {{"a", 1}})) == "({a: 1})");
  const Relationship out(9, "T", 1, 2, {}), back(8, "U V", 1, 2, {{"x", 1}});
  CHECK(printed(out) == "[:T]");
  CHECK(printed(back) == "[:`U V` {x: 1}]");
  const Node a(1, {"A"}, {}), b(2, {}, {});
  CHECK(printed(Path({a, b, a}, {out, back})) == "<(:A)-[:T]->()<-[:`U V` {x: 1}]-(:A)>");
  CHECK(printed(Value(Path({a}, {}))) == "<(:A)>");
  CHECK(printed(Date{0}) == "date('1970-01-01')");
  CHECK(printed(Value(DateTime{0, 0, 3600, "Europe/Stockholm"})) ==
        "datetime('1970-01-01T01:00+01:00[Europe/Stockholm]')");
  CHECK(printed(Point{4326, 12.5, 56, 0}) == "point({srid: 4326, x: 12.5, y: 56.0})");
  CHECK(Value(List{Date{1}}).to_string() == "[date('1970-01-02')]");
}

TEST_CASE("dates are built from year, month and day, and from text") {
  const Date leap = Date::of(2020, 2, 29);
  CHECK(leap.to_string() == "2020-02-29");
  CHECK(leap.year() == 2020);
  CHECK(leap.month() == 2);
  CHECK(leap.day() == 29);
  CHECK_THROWS_AS(Date::of(2021, 2, 29), QueryError);
  CHECK_THROWS_AS(Date::of(2021, 0, 1), QueryError);
  CHECK_THROWS_AS(Date::of(1'000'000'000, 1, 1), QueryError);
  CHECK(Date::parse("2020-02-29") == leap);
  CHECK_THROWS_AS(Date::parse("someday"), QueryError);
  CHECK(LocalTime::parse("12:00:00.5").to_string() == "12:00:00.5");
  CHECK(Time::parse("12:00+01:00").offset == 3600);
  CHECK(LocalDateTime::parse("2020-01-31T12:00").to_string() == "2020-01-31T12:00");
  CHECK(DateTime::parse("2020-01-31T12:00Z").to_string() == "2020-01-31T12:00Z");
  CHECK(Duration::parse("P1DT2H") == Duration{0, 1, 7200, 0});
}
