// tests/unit/api/dump_test.cpp: a graph, its dump, and the graph that the dump makes.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "kith/kith.hpp"
#include "tests/unit/api/fixture.hpp"

namespace kith {
namespace {

std::string text_of(const Value& value) {
  std::ostringstream out;
  out << type_name(value.type()) << ' ' << value;
  if (value.type() == ValueType::List)
    for (const Value& item : value.as_list()) out << ' ' << type_name(item.type());
  return out.str();
}

std::string text_of(const Map& properties) {
  std::string out;
  for (const auto& [key, value] : properties) out += key + "=" + text_of(value) + ";";
  return out;
}

// The graph without its ids: nodes by their property `uid`.
struct Graph {
  std::map<std::string, std::string> nodes;
  std::multiset<std::string> relationships;
  friend bool operator==(const Graph&, const Graph&) = default;
};

Graph capture(Database& database) {
  Graph graph;
  auto connection = database.connect();
  auto nodes = connection.execute("MATCH (n) RETURN n");
  for (const Row& row : nodes) {
    const Node& node = row[0].as_node();
    std::string text;
    for (const auto& label : std::set(node.labels().begin(), node.labels().end()))
      text += ":" + label;
    graph.nodes[text_of(node["uid"])] = text + " " + text_of(node.properties());
  }
  auto relationships = connection.execute("MATCH (a)-[r]->(b) RETURN a.uid, r, b.uid");
  for (const Row& row : relationships) {
    const Relationship& r = row[1].as_relationship();
    graph.relationships.insert(text_of(row[0]) + "-[" + r.type() + " " + text_of(r.properties()) +
                               "]->" + text_of(row[2]));
  }
  return graph;
}

std::string dump_of(const Database& database) {
  std::string script;
  database.dump([&](std::string_view text) { script += text; });
  return script;
}

// Statements end at the only semicolons that end a line.
void replay(Database& database, const std::string& script) {
  auto connection = database.connect();
  for (std::size_t at = 0; at < script.size();) {
    const std::size_t end = script.find(";\n", at);
    if (end == std::string::npos) break;
    connection.execute(script.substr(at, end - at));
    at = end + 2;
  }
}

class RandomValues {
 public:
  explicit RandomValues(std::uint64_t seed) : random_(seed) {}

  std::int64_t below(std::int64_t limit) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(limit));
  }
  std::string text() {
    static const std::vector<std::string> kPieces = {
        "a",  "'",    "\"",   "\\", "\n", "\t", "`", "ü",       "日本", "😀",       ";\n",  "//",
        "/*", "\x01", "\x7f", " ",  "$x", "{",  "}", "\\u0041", "\r\n", ":help\n", ".quit"};
    std::string out;
    for (std::int64_t n = below(8); n > 0; --n)
      out += kPieces[static_cast<std::size_t>(below(static_cast<std::int64_t>(kPieces.size())))];
    return out;
  }
  double real() {
    static const double kSpecial[] = {0.0,
                                      -0.0,
                                      1e300,
                                      5e-324,
                                      0.1,
                                      std::numeric_limits<double>::infinity(),
                                      -std::numeric_limits<double>::infinity(),
                                      std::nan(""),
                                      9007199254740993.0,
                                      -2.5};
    return kSpecial[below(10)];
  }
  std::int64_t integer() {
    static const std::int64_t kSpecial[] = {0,
                                            -1,
                                            (std::int64_t{1} << 53) + 1,
                                            -(std::int64_t{1} << 53) - 1,
                                            std::numeric_limits<std::int64_t>::max(),
                                            std::numeric_limits<std::int64_t>::min(),
                                            42};
    return kSpecial[below(7)];
  }
  Value value() {
    switch (below(14)) {
      case 0:
        return Value(below(2) == 0);
      case 1:
        return Value(integer());
      case 2:
        return Value(real());
      case 3:
        return Value(Date{below(800'000) - 400'000});
      case 4:
        return Value(LocalTime{below(86'400'000'000'000)});
      case 5:
        return Value(
            Time{below(86'400'000'000'000), static_cast<std::int32_t>(below(97) - 48) * 900});
      case 6:
        return Value(LocalDateTime{below(200'000'000'000) - 100'000'000'000,
                                   static_cast<std::uint32_t>(below(1'000'000'000))});
      case 7:
        return Value(below(2) == 0
                         ? DateTime::parse("2021-10-31T02:30:00.123456789+01:00[Europe/Stockholm]")
                         : DateTime::parse("-0044-03-15T10:00:00-07:30"));
      case 8:
        return Value(Duration{below(50) - 25, below(50) - 25, below(200'000) - 100'000,
                              static_cast<std::int32_t>(below(1'000'000'000))});
      case 9:
        return Value(Point{below(2) == 0 ? Point::kCartesian3d : Point::kWgs84, 12.5, -7.25,
                           below(2) == 0 ? 0.0 : 0.0});
      case 10: {
        List items;
        for (std::int64_t n = below(4); n > 0; --n) items.push_back(Value(text()));
        return Value(items);
      }
      case 11:
        return Value(List{Value(integer()), Value(real())});
      default:
        return Value(text());
    }
  }

 private:
  std::mt19937_64 random_;
};

void fill(Database& database, std::uint64_t seed) {
  RandomValues random(seed);
  const std::vector<std::string> labels = {"Person", "a label", "`", "MATCH", "kith dump", "é"};
  const std::vector<std::string> keys = {"name",         "a key",     "`k`",
                                         "kith dump id", "kith dump", "RETURN"};
  const std::vector<std::string> types = {"KNOWS", "has `it`", "type"};
  const auto properties = [&] {
    Appender::Properties made;
    for (const auto& key : keys)
      if (random.below(3) == 0) made.emplace_back(key, random.value());
    return made;
  };
  auto connection = database.connect();
  Appender rows(connection);
  std::vector<std::int64_t> nodes;
  for (int i = 0; i < 300; ++i) {
    std::vector<std::string> of;
    for (const auto& label : labels)
      if (random.below(3) == 0) of.push_back(label);
    auto made = properties();
    made.emplace_back("uid", Value(std::int64_t{i}));
    nodes.push_back(rows.add_node(of, made));
  }
  const auto any = [&] { return nodes[static_cast<std::size_t>(random.below(200))]; };
  for (int i = 0; i < 700; ++i)
    rows.add_relationship(types[static_cast<std::size_t>(random.below(3))], any(), any(),
                          random.below(2) == 0 ? properties() : Appender::Properties{});
  rows.finish();
}

}  // namespace

TEST_CASE("A dump makes an equal graph, whatever values and names it has") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  auto original = Database::open(":memory:"), copy = Database::open(":memory:");
  fill(original, seed);
  const std::string script = dump_of(original);
  replay(copy, script);
  const Graph before = capture(original), after = capture(copy);
  CHECK(before.nodes.size() == 300);
  CHECK(before.relationships.size() == 700);
  CHECK((before.nodes == after.nodes));
  CHECK((before.relationships == after.relationships));
  // The copy's dump, too, and nothing of the replay is left.
  auto third = Database::open(":memory:");
  replay(third, dump_of(copy));
  CHECK((capture(third) == before));
  CHECK(dump_of(copy).size() < script.size() + script.size() / 10);
}

TEST_CASE("A dump has the schema, and a replay gives it back") {
  auto original = Database::open(":memory:"), copy = Database::open(":memory:");
  auto connection = original.connect();
  for (const char* statement :
       {"CREATE INDEX by_name FOR (p:Person) ON (p.name, p.`a key`)",
        "CREATE INDEX since FOR ()-[k:KNOWS]-() ON (k.since)",
        "CREATE CONSTRAINT person_id FOR (p:Person) REQUIRE p.id IS UNIQUE",
        "CREATE CONSTRAINT has_name FOR (p:Person) REQUIRE p.name IS NOT NULL",
        "CREATE CONSTRAINT age FOR (p:Person) REQUIRE p.age IS :: INTEGER",
        "CREATE (:Person {id: 1, name: 'Ada', age: 36})-[:KNOWS {since: 1}]->"
        "(:Person {id: 2, name: 'Charles'})"})
    connection.execute(statement);
  const std::string script = dump_of(original);
  CHECK(script.find("CREATE CONSTRAINT") < script.find("UNWIND"));
  replay(copy, script);
  for (const char* shown :
       {"SHOW INDEXES YIELD name, createStatement RETURN * ORDER BY name",
        "SHOW CONSTRAINTS YIELD name, createStatement RETURN * ORDER BY name"}) {
    auto there = copy.connect();
    CHECK((connection.execute(shown).fetch_all() == there.execute(shown).fetch_all()));
  }
  CHECK_THROWS_AS(copy.connect().execute("CREATE (:Person {id: 1, name: 'x'})"), Error);
}

TEST_CASE("A graph without relationships needs no numbers, an empty one no statement") {
  auto database = Database::open(":memory:");
  CHECK(dump_of(database).find(';') == std::string::npos);
  database.connect().execute("CREATE (:A {x: 1})");
  CHECK(dump_of(database).find("UNWIND [\n{x: 1}\n] AS p CREATE (n:A) SET n = p;\n") !=
        std::string::npos);
  CHECK(dump_of(database).find("INDEX") == std::string::npos);
}

}  // namespace kith
