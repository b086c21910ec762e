// tests/unit/api/notifications_test.cpp: what a summary says of statements that are no errors.
#include <catch2/catch.hpp>

#include "kith/kith.hpp"

namespace {

class Graph {
 public:
  Graph() : database_(kith::Database::open(":memory:")), connection_(database_.connect()) {
    of("CREATE (:Person {name: 'Ada', age: 36})-[:KNOWS {since: 1840}]->(:Person {name: 'Mary'})");
  }

  kith::Connection& connection() { return connection_; }

  // "UnknownLabel 1:10", one for each notification.
  std::vector<std::string> of(const std::string& statement) {
    auto result = connection_.execute(statement, {{"x", 1}});
    result.fetch_all();
    std::vector<std::string> out;
    for (const kith::Notification& each : result.summary().notifications) {
      constexpr std::string_view kPrefix = "KITH-Notification-";
      REQUIRE(each.code.starts_with(kPrefix));
      CHECK_FALSE((each.title.empty() || each.description.empty() || each.category.empty()));
      last_ = each.description;
      out.push_back(each.code.substr(kPrefix.size()) + " " + std::to_string(each.at.line) + ":" +
                    std::to_string(each.at.column));
    }
    return out;
  }
  const std::string& last() const { return last_; }

 private:
  kith::Database database_;
  kith::Connection connection_;
  std::string last_;
};

using Codes = std::vector<std::string>;

}  // namespace

TEST_CASE("Names that are not in the graph are notifications, each once, with the nearest known") {
  Graph graph;
  CHECK(graph.of("MATCH (n:Prson) RETURN n") == Codes{"UnknownLabel 1:10"});
  CHECK_THAT(graph.last(), Catch::Contains("did you mean `Person`?"));
  CHECK(graph.of("MATCH (n:Person)-[r:KNOW]->() RETURN r") ==
        Codes{"UnknownRelationshipType 1:21"});
  CHECK(graph.of("MATCH (n:Person) WHERE n.nme = 1\nRETURN n.ages, n.nme") ==
        Codes{"UnknownPropertyKey 1:26", "UnknownPropertyKey 2:10"});
  CHECK(graph.of("MATCH (n:Person|Robot {nick: 'x'}) RETURN n") ==
        Codes{"UnknownLabel 1:17", "UnknownPropertyKey 1:24"});
  CHECK(graph.of("MATCH (n) WHERE n:Robot OR EXISTS { (n)-[:OWNS]->(:Car) } RETURN n") ==
        Codes{"UnknownLabel 1:19", "UnknownRelationshipType 1:43", "UnknownLabel 1:52"});
  CHECK(graph.of("MATCH (n) RETURN [(n)-[:OWNS]->(m) | m.brand] AS x") ==
        Codes{"UnknownRelationshipType 1:25", "UnknownPropertyKey 1:40"});
  CHECK(graph.of("MATCH (n:Person)-[r:KNOWS {since: 1840}]->() RETURN n.name, r.since").empty());
}

TEST_CASE("What is no element of the graph, or is made by the statement, is not looked for") {
  Graph graph;
  CHECK(graph.of("WITH {nope: 1} AS m RETURN m.nope, date('2020-01-31').year").empty());
  CHECK(graph.of("UNWIND [{nope: 1}] AS n RETURN n.nope").empty());
  CHECK(graph.of("MATCH (n:Person) WITH {nope: 1} AS n RETURN n.nope").empty());
  CHECK(graph.of("MATCH (n:Person) WITH n AS m RETURN m.nope") == Codes{"UnknownPropertyKey 1:39"});
  CHECK(graph.of("CREATE (:Robot {model: 1})-[:OWNS]->(:Car)").empty());
  CHECK(graph.of("MERGE (r:Android {serial: 1}) SET r.colour = 'red' RETURN r.colour").empty());
  CHECK(graph.of("MATCH (n:Person) SET n:Poet WITH n MATCH (m:Poet) RETURN count(*)").empty());
}

TEST_CASE("A cached statement tells of the graph as it is") {
  Graph graph;
  auto statement = graph.connection().prepare("MATCH (n:Later) RETURN n");
  CHECK(statement.execute().summary().notifications.size() == 1);
  graph.of("CREATE (:Later)");
  CHECK(statement.execute().summary().notifications.empty());
  auto transaction = graph.connection().begin(kith::AccessMode::write);
  transaction.execute("CREATE (:Inside)");
  CHECK(transaction.execute("MATCH (n:Inside) RETURN n").summary().notifications.empty());
  transaction.rollback();
  CHECK(graph.of("MATCH (n:Inside) RETURN n") == Codes{"UnknownLabel 1:10"});
}

TEST_CASE("A product of parts that nothing connects is a notification") {
  Graph graph;
  CHECK(graph.of("MATCH (a:Person), (b:Person) RETURN a, b") == Codes{"CartesianProduct 1:1"});
  CHECK(graph.of("MATCH (a:Person)\nMATCH (b), (c) RETURN a, b") == Codes{"CartesianProduct 2:1"});
  CHECK(graph.of("MATCH (a), (b) WHERE a.age < b.age RETURN a") == Codes{"CartesianProduct 1:1"});
  CHECK(graph.of("MATCH (a), (b) WHERE a.age = b.age RETURN a").empty());
  CHECK(graph.of("MATCH (a), (b) WHERE a.name <> '' AND a.age IN [b.age] RETURN a").empty());
  CHECK(graph.of("MATCH (a), (b {age: a.age}) RETURN a").empty());
  CHECK(graph.of("MATCH (a)-->(b), (b)-->(c) RETURN a").empty());
  CHECK(graph.of("MATCH (a:Person) WITH a MATCH (a)-->(b), (c) RETURN a, b, c").empty());
  CHECK(graph.of("MATCH (a) MATCH (b) RETURN a, b").empty());
}

TEST_CASE("Paths without a greatest length and deprecated functions are notifications") {
  Graph graph;
  CHECK(graph.of("MATCH (a)-[:KNOWS*]->(b) RETURN b") == Codes{"UnboundedLength 1:10"});
  CHECK(graph.of("MATCH (a)-[:KNOWS*2..]->(b) RETURN b") == Codes{"UnboundedLength 1:10"});
  CHECK(graph.of("MATCH (a)-[:KNOWS*1..3]->(b) RETURN b").empty());
  CHECK(graph
            .of("MATCH p = shortestPath((a:Person {name: 'Ada'})-[:KNOWS*]->(b:Person {name: "
                "'Mary'})) RETURN p")
            .empty());
  CHECK(graph.of("MATCH (n:Person) RETURN id(n), ID(n)") == Codes{"Deprecated 1:25"});
  CHECK_THAT(graph.last(), Catch::Contains("use elementId()"));
  CHECK(graph.of("EXPLAIN MATCH (n:Nope) RETURN n") == Codes{"UnknownLabel 1:18"});
}
