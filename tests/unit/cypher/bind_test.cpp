// tests/unit/cypher/bind_test.cpp: what bound queries look like: slots, patterns, groups, imports.
#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "cypher/bind/print.hpp"
#include "cypher/bind/types.hpp"
#include "cypher/bind/walk.hpp"
#include "cypher/prepare.hpp"

namespace {

using namespace kith;
using namespace kith::bound;

bound::Query bound_of(const std::string& text) {
  static const ProcedureRegistry procedures;
  return cypher::bind(cypher::parse(text), {text, procedures});
}

template <class C>
const C& clause(const bound::Query& query, std::size_t index, std::size_t part = 0) {
  INFO("clause " << index);
  const auto* found = std::get_if<C>(&query.parts.at(part).clauses.at(index).node);
  REQUIRE(found != nullptr);
  return *found;
}

const Projection& returned(const bound::Query& query, std::size_t part = 0) {
  return clause<bound::Return>(query, query.parts.at(part).clauses.size() - 1, part).body;
}

// The only item of RETURN.
const Expression& value_of(const bound::Query& query) {
  REQUIRE(returned(query).items.size() == 1);
  return *returned(query).items[0].value;
}

template <class Node>
const Node& as(const Expression& expression) {
  const auto* found = std::get_if<Node>(&expression.node);
  REQUIRE(found != nullptr);
  return *found;
}

std::vector<std::string> texts(const std::vector<ExpressionPtr>& expressions,
                               const bound::Query& query) {
  std::vector<std::string> out;
  for (const auto& each : expressions) out.push_back(print_expression(*each, query.slots));
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("A pattern becomes nodes, relationships and conjuncts in the order written") {
  const auto query = bound_of(
      "MATCH (a:A:B {x: 1, y: a.z})-[r:T|U {w: 2}]->(b), (b)<--(:C) "
      "WHERE a.p > 1 AND (b.q = 2 AND r.s IS NULL) OPTIONAL MATCH (a)--(c) RETURN a");
  const auto& pattern = clause<bound::Match>(query, 0).pattern;
  REQUIRE(pattern.nodes.size() == 3);
  REQUIRE(pattern.relationships.size() == 2);
  CHECK(pattern.relationships[0].types == Texts{"T", "U"});
  CHECK(pattern.relationships[0].direction == Direction::Out);
  CHECK(pattern.relationships[0].left == pattern.nodes[0].slot);
  CHECK(pattern.relationships[0].right == pattern.nodes[1].slot);
  CHECK(pattern.relationships[1].left == pattern.nodes[1].slot);
  CHECK(pattern.relationships[1].direction == Direction::In);
  const std::string anonymous = "anon_" + std::to_string(pattern.nodes[2].slot);
  CHECK(texts(pattern.conjuncts, query) == Texts{"a:A", "a:B", "a.x = 1", "a.y = a.z", "r.w = 2",
                                                 anonymous + ":C", "a.p > 1", "b.q = 2",
                                                 "r.s IS NULL"});
  const auto& optional = clause<bound::Match>(query, 1);
  CHECK(optional.optional);
  CHECK(optional.pattern.nodes[0].bound_before);
  CHECK_FALSE(optional.pattern.nodes[1].bound_before);
}

TEST_CASE("A node used twice in a pattern is one node") {
  const auto query = bound_of("MATCH (a)-[r]->(a) RETURN r");
  const auto& pattern = clause<bound::Match>(query, 0).pattern;
  REQUIRE(pattern.nodes.size() == 1);
  CHECK(pattern.relationships[0].left == pattern.relationships[0].right);
}

TEST_CASE("What WITH passes on keeps its slot under any name") {
  const auto query = bound_of("MATCH (a) WITH a AS b, a.x AS x WITH b AS c, x MATCH (c) RETURN c");
  const auto& first = clause<bound::Match>(query, 0).pattern;
  const auto& again = clause<bound::Match>(query, 3).pattern;
  CHECK(again.nodes[0].slot == first.nodes[0].slot);
  CHECK(again.nodes[0].bound_before);
  const auto& with = clause<bound::With>(query, 1).body;
  CHECK(with.items[0].slot == first.nodes[0].slot);
  CHECK(with.items[1].slot != first.nodes[0].slot);
  CHECK(clause<bound::With>(query, 2).body.items[1].slot == with.items[1].slot);
}

TEST_CASE("Variable length binds a list, with a condition on each relationship") {
  const auto query = bound_of("MATCH p = (a)-[r:T*2..5 {w: 1}]->(b) RETURN p, r");
  const auto& pattern = clause<bound::Match>(query, 0).pattern;
  const auto& trail = pattern.relationships.at(0);
  REQUIRE(trail.length.has_value());
  CHECK(trail.length->min == 2);
  CHECK(trail.length->max == 5u);
  REQUIRE(trail.predicate != nullptr);
  CHECK(free_slots(*trail.predicate) == std::vector<Slot>{trail.each});
  CHECK(trail.each != trail.slot);
  CHECK(pattern.conjuncts.empty());
  const auto& path = as<MakePath>(*pattern.paths.at(0).path);
  CHECK(path.steps.at(0).is_list);
  CHECK(path.steps.at(0).relationship == trail.slot);

  const auto range = [](const std::string& star) {
    const auto bound = bound_of("MATCH ()-[" + star + "]->() RETURN 1");
    return *clause<bound::Match>(bound, 0).pattern.relationships.at(0).length;
  };
  CHECK((range("*").min == 1 && !range("*").max));
  CHECK((range("*3").min == 3 && range("*3").max == 3u));
  CHECK((range("*..3").min == 1 && range("*..3").max == 3u));
  CHECK((range("*0..").min == 0 && !range("*0..").max));
}

TEST_CASE("A trail that is bound before is compared with what is found") {
  const auto query =
      bound_of("MATCH ()-[r1]->()-[r2]->() WITH [r1, r2] AS rs MATCH (a)-[rs*]->(b) RETURN a");
  const auto& pattern = clause<bound::Match>(query, 2).pattern;
  CHECK_FALSE(pattern.relationships.at(0).bound_before);
  REQUIRE(pattern.conjuncts.size() == 1);
  CHECK(free_slots(*pattern.conjuncts[0]).size() == 2);
}

TEST_CASE("Shortest paths are found as patterns and as values") {
  const auto query = bound_of(
      "MATCH (a), (b), p = shortestPath((a)-[:T*]-(b)) RETURN p, "
      "allShortestPaths((a)-[*..3]->(b)) AS q");
  const auto& pattern = clause<bound::Match>(query, 0).pattern;
  REQUIRE(pattern.shortest.size() == 1);
  CHECK(pattern.relationships.empty());
  CHECK_FALSE(pattern.shortest[0].all);
  CHECK(pattern.paths.size() == 1);
  const auto& all = as<bound::Subquery>(*returned(query).items.at(1).value);
  CHECK(all.kind == bound::Subquery::Kind::Collect);
  CHECK(all.imports.size() == 2);
  const auto one = bound_of("MATCH (a), (b) RETURN shortestPath((a)-[*]-(b)) AS p");
  CHECK(as<bound::Index>(value_of(one)).subject->types == kListType);
}

TEST_CASE("Aggregation is split into keys, aggregates and what is computed of them") {
  const auto query = bound_of(
      "MATCH (n) RETURN n.x AS x, n, count(*) AS c, n.x + count(*) + sum(n.y) AS s, collect(n)");
  const auto& body = returned(query);
  CHECK(body.aggregating);
  REQUIRE(body.keys.size() == 2);
  CHECK(print_expression(*body.keys[0].value) == "n.x");
  REQUIRE(body.aggregates.size() == 3);  // count(*) once
  CHECK(body.aggregates[0].function->name == "count");
  CHECK(body.aggregates[0].arguments.empty());
  CHECK(body.items[2].slot == body.aggregates[0].slot);
  CHECK(free_slots(*body.items[3].value) == [&] {
    std::set<Slot> slots{body.keys[0].slot, body.aggregates[0].slot, body.aggregates[1].slot};
    return std::vector<Slot>(slots.begin(), slots.end());
  }());
  CHECK(query.columns.at(4).name == "collect(n)");
  CHECK(query.slots.at(body.items[4].slot).types == kListType);
}

TEST_CASE("ORDER BY uses what items compute, and the incoming rows where they still exist") {
  const auto plain = bound_of("MATCH (n) RETURN n.x AS x ORDER BY n.x, n.y");
  const auto& order = returned(plain).order;
  CHECK(as<Variable>(*order.at(0).value).slot == returned(plain).items[0].slot);
  CHECK(print_expression(*order.at(1).value) == "n.y");

  const auto hidden = bound_of("MATCH (n) RETURN n.x AS n, count(n) AS c ORDER BY n.x, count(n)");
  CHECK(as<Variable>(*returned(hidden).order.at(0).value).slot == returned(hidden).items[0].slot);
  CHECK(as<Variable>(*returned(hidden).order.at(1).value).slot == returned(hidden).items[1].slot);

  const auto added = bound_of("MATCH (n) RETURN n.x AS x, sum(n.y) AS s ORDER BY count(*) DESC");
  CHECK(returned(added).aggregates.size() == 2);
  CHECK_FALSE(returned(added).order.at(0).ascending);

  const auto shadowed = bound_of("WITH 1 AS x WITH x % 3 AS x ORDER BY x * -1 RETURN x");
  const auto& with = clause<bound::With>(shadowed, 1).body;
  CHECK(free_slots(*with.order.at(0).value) == std::vector<Slot>{with.items[0].slot});
}

TEST_CASE("Subqueries say which outer slots they read") {
  const auto query = bound_of(
      "MATCH (a), (b) WHERE EXISTS { MATCH (a)-->(c) WHERE c.x = [y IN [1] | y + b.z][0] } "
      "RETURN [(a)-->(d) | d.x] AS xs, COUNT { (b)-->() } AS n");
  const auto& pattern = clause<bound::Match>(query, 0).pattern;
  const Slot a = pattern.nodes[0].slot, b = pattern.nodes[1].slot;
  const auto& exists = as<bound::Subquery>(*pattern.conjuncts.at(0));
  CHECK(std::set<Slot>(exists.imports.begin(), exists.imports.end()) == std::set<Slot>{a, b});
  CHECK(exists.query->imports == exists.imports);
  CHECK(clause<bound::Match>(*exists.query, 0).pattern.nodes[0].bound_before);
  const auto& xs = as<bound::Subquery>(*returned(query).items[0].value);
  CHECK(xs.kind == bound::Subquery::Kind::Collect);
  CHECK(xs.imports == std::vector<Slot>{a});
  CHECK(xs.query->columns.at(0).slot == xs.result);
  const auto& n = as<bound::Subquery>(*returned(query).items[1].value);
  CHECK(n.imports == std::vector<Slot>{b});
  CHECK(n.query->columns.empty());
}

TEST_CASE("CALL subqueries take in what they name, and give their columns") {
  for (const std::string text :
       {"MATCH (a), (b) CALL (a) { MATCH (a)-->(c) RETURN c } RETURN a, b, c",
        "MATCH (a), (b) CALL { WITH a MATCH (a)-->(c) RETURN c } RETURN a, b, c"}) {
    INFO(text);
    const auto query = bound_of(text);
    const auto& match = clause<bound::Match>(query, 0).pattern;
    const auto& call = clause<bound::CallSubquery>(query, 1);
    CHECK(call.returns);
    CHECK(call.imports == std::vector<Slot>{match.nodes[0].slot});
    CHECK(call.query->parts[0].clauses.size() == 2);
    CHECK(call.query->columns.at(0).slot == returned(query).items[2].slot);
  }
  const auto all = bound_of("MATCH (a), (b) CALL (*) { CREATE (a)-[:T]->(b) } RETURN a");
  CHECK(clause<bound::CallSubquery>(all, 1).imports.size() == 2);
  CHECK_FALSE(clause<bound::CallSubquery>(all, 1).returns);
  CHECK(all.writes);
}

TEST_CASE("UNION maps columns by name onto fresh slots") {
  const auto query = bound_of("RETURN 1 AS a, 'x' AS b UNION RETURN 'y' AS b, 2.5 AS a");
  REQUIRE(query.parts.size() == 2);
  CHECK(query.union_distinct);
  CHECK(query.slots.at(query.parts[1].outputs[0]).types == kFloatType);
  CHECK(query.slots.at(query.columns[0].slot).types == kNumberType);
  CHECK(query.columns[0].slot != query.parts[0].outputs[0]);
  CHECK_FALSE(bound_of("RETURN 1 AS a UNION ALL RETURN 2 AS a").union_distinct);
}

TEST_CASE("CREATE makes only what is new, after all that its properties read") {
  const auto query = bound_of(
      "MATCH (a) CREATE (a)-[:T {w: 1}]->(b:B {x: a.x}), (c {y: b.x})<-[r:U]-(b) RETURN c");
  const auto& first = clause<bound::Create>(query, 1).pattern;
  CHECK(first.nodes.size() == 1);
  CHECK(first.nodes[0].labels == Texts{"B"});
  CHECK(first.relationships.size() == 1);
  const auto& second = clause<bound::Create>(query, 2).pattern;
  REQUIRE(second.nodes.size() == 1);
  REQUIRE(second.relationships.size() == 1);
  CHECK(second.relationships[0].start == first.nodes[0].slot);
  CHECK(second.relationships[0].end == second.nodes[0].slot);
  CHECK(query.writes);
}

TEST_CASE("MERGE has what to find and what to make of the same slots and values") {
  const auto query = bound_of(
      "MATCH (a) MERGE (a)-[r:T {w: a.x}]-(b:B {y: 1}) ON CREATE SET b.z = 2 "
      "ON MATCH SET r.k = 3, b:C RETURN b");
  const auto& merge = clause<bound::Merge>(query, 1);
  CHECK(merge.match.nodes[0].bound_before);
  REQUIRE(merge.create.nodes.size() == 1);
  CHECK(merge.create.nodes[0].slot == merge.match.nodes[1].slot);
  CHECK(merge.create.relationships[0].slot == merge.match.relationships[0].slot);
  CHECK(merge.create.relationships[0].start == merge.match.nodes[0].slot);
  CHECK(merge.match.relationships[0].direction == Direction::Both);
  CHECK(texts(merge.match.conjuncts, query) == Texts{"b:B", "b.y = 1", "r.w = a.x"});
  CHECK(merge.on_create.size() == 1);
  CHECK(merge.on_match.size() == 2);
}

TEST_CASE("Statements know whether they read and write, their parameters and their columns") {
  CHECK_FALSE(bound_of("MATCH (n) RETURN n").writes);
  CHECK(bound_of("MATCH (n) RETURN n").reads);
  CHECK(bound_of("CREATE (n)").writes);
  CHECK_FALSE(bound_of("CREATE (n)").reads);
  const auto query =
      bound_of("MATCH (n {id: $id}) RETURN *, n.a, n.b AS c, $limit + $id LIMIT $limit");
  CHECK(query.parameters == Texts{"id", "limit"});
  Texts names;
  for (const auto& column : query.columns) names.push_back(column.name);
  CHECK(names == Texts{"n", "n.a", "c", "$limit + $id"});
  CHECK(bound_of("FOREACH (x IN [1, 2] | CREATE ({a: x}))").writes);
  const auto foreach = bound_of("MATCH (n) FOREACH (x IN [1] | SET n.a = x)");
  CHECK(clause<bound::Foreach>(foreach, 1).imports ==
        std::vector<Slot>{clause<bound::Match>(foreach, 0).pattern.nodes[0].slot});
}

TEST_CASE("Types are known as far as the text tells") {
  const std::vector<std::pair<const char*, TypeSet>> table = {
      {"1", kIntegerType},
      {"-9223372036854775808", kIntegerType},
      {"1 + 2.5", kFloatType},
      {"'a' + 1", kStringType},
      {"[1] + 'a'", kListType},
      {"1 < 2 < 3", kBooleanType},
      {"[1, 'a'][0]", kIntegerType | kStringType | kNullType},
      {"CASE WHEN true THEN 1 ELSE 'a' END", kIntegerType | kStringType | kNullType},
      {"[x IN ['a'] | x]", kListType},
      {"[x IN ['a'] | x][0]", kStringType | kNullType},
      {"$p", TypeSet::any()},
      {"null", kNullType},
      {"{a: 1}", kMapType},
      {"2 ^ 3", kFloatType},
      {"NOT $p", kBooleanType},
  };
  for (const auto& [text, types] : table) {
    INFO(text);
    const auto query = bound_of("RETURN " + std::string(text) + " AS value");
    CHECK(describe(value_of(query).types) == describe(types));
    CHECK(value_of(query).types == types);
  }
  CHECK(as<Constant>(value_of(bound_of("RETURN -9223372036854775808"))).value.cell().integer ==
        INT64_MIN);
  CHECK(as<Constant>(value_of(bound_of("RETURN [1, [2, {a: -3}]]"))).value.cell().kind ==
        Kind::List);
}

TEST_CASE("Printed expressions bind to the same expressions again") {
  for (const std::string text : {
           "n.x + 1 - (2 - n.y) * 3",
           "-n.x ^ 2 / (n.y + 1)",
           "NOT (n.a AND n.b) OR n.c XOR n.d",
           "n.a = 1 AND (n.b = 2 OR n.c IS NULL)",
           "(n.a = 1) = (n.b = 2)",
           "[x IN n.list WHERE x > 1 | x + 1]",
           "all(x IN n.list WHERE x = n.a)",
           "reduce(s = 0, x IN n.list | s + x)",
           "CASE n.a WHEN 1 THEN 'x' ELSE n.b END",
           "CASE WHEN n.a = 1 THEN 'x' END",
           "n.list[1..2][0]",
           "n.list[..2]",
           "n:A|(B&!C)",
           "{a: n.x, `b c`: [n.y, 'it\\'s']}",
           "n {.*, k: n.x}",
           "$p + $`a b`",
           "n.a STARTS WITH 'x' AND n.b =~ '.*' AND n.c IN [1, 2]",
           "n.x IS :: INTEGER",
           "(n.a + n.b).c",
           "n.`odd key` % 2",
           "(n.a OR n.b) IS NOT NULL",
           "n.a || n.b",
           "size(n.list) + 1",
           "-(-n.x)",
           "n.a <> n.b",
       }) {
    INFO(text);
    const std::string query_text = "MATCH (n) RETURN " + text + " AS value";
    const auto query = bound_of(query_text);
    const std::string printed = print_expression(value_of(query), query.slots);
    INFO(printed);
    const auto again = bound_of("MATCH (n) RETURN " + printed + " AS value");
    CHECK(same(value_of(query), value_of(again)));
    CHECK(print_expression(value_of(again), again.slots) == printed);
  }
}

TEST_CASE("Expressions are the same whatever their own variables are called") {
  const auto pair = bound_of(
      "MATCH (n) RETURN [x IN n.l WHERE x > n.a | x] AS a, [y IN n.l WHERE y > n.a | y] AS b, "
      "[y IN n.l WHERE y > n.b | y] AS c, rand() AS d, rand() AS e, 1 AS f, 1.0 AS g");
  const auto& items = returned(pair).items;
  CHECK(same(*items[0].value, *items[1].value));
  CHECK_FALSE(same(*items[0].value, *items[2].value));
  CHECK_FALSE(same(*items[3].value, *items[4].value));
  CHECK_FALSE(same(*items[5].value, *items[6].value));
  CHECK(is_volatile(*items[3].value));
  const ExpressionPtr value = items[0].value;
  CHECK(map_children(value, [](const ExpressionPtr& child) { return child; }) == value);
}

TEST_CASE("What is valid binds") {
  for (const char* text : {
           "MATCH (n) WHERE NOT (n)-->() RETURN n",
           "MATCH (n) WHERE exists((n)-->()) AND exists(n.x) RETURN n",
           "MATCH (n) RETURN CASE WHEN (n)-->() THEN 1 ELSE 2 END AS x",
           "MATCH (n) WITH n.x AS x WHERE n.y = 1 RETURN x",
           "MATCH (n) WITH DISTINCT n.x AS x WHERE n.x = 1 RETURN x",
           "MATCH (a) RETURN a, a.x + count(*)",
           "MATCH (a) RETURN a.x, {k: a.x = 1, all: collect(a.y)}",
           "MATCH (n) RETURN size(collect(n)) + 1 AS x ORDER BY x",
           "MATCH (n) RETURN [x IN collect(n) | x.name]",
           "MATCH (n) RETURN COUNT { MATCH (n)-->(m) RETURN n.x + count(m) }",
           "WITH null AS n MATCH (n) RETURN n",
           "OPTIONAL MATCH (n) WITH n MATCH (n)-->() RETURN n",
           "UNWIND $nodes AS n MATCH (n)-->(m) RETURN m",
           "MATCH (a)-[r]->(b) MATCH (a)-[r]->(b) RETURN r",
           "MATCH (n) WHERE EXISTS { MATCH (n)-->(m) WITH m, count(*) AS c WHERE c > 1 RETURN m } "
           "RETURN n",
           "CREATE (a)-[:T]->(a)",
           "MATCH (a) SET a += {x: 1}, a:B:C, a.y = null REMOVE a.z, a:D",
           "MATCH (a) DETACH DELETE a",
           "MATCH p = (a)-->(b) DELETE p",
           "WITH [1, 2] AS x UNWIND x AS y RETURN y + 1",
           "RETURN 1 AS x SKIP $s LIMIT toInteger(2.5)",
           "MATCH (n) RETURN n {.name, m: n.x, .*}",
           "CREATE (n $props) RETURN n",
           "MATCH (x:X) FOREACH (y IN [1] | FOREACH (z IN [y] | CREATE (x)-[:T {v: z}]->()))",
       }) {
    INFO(text);
    CHECK_NOTHROW(bound_of(text));
  }
}
