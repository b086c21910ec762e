// tests/unit/cypher/bind_errors_test.cpp: what the binder refuses: error, detail and place, by
// table.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "cypher/prepare.hpp"

namespace {

kith::ProcedureRegistry& procedures() {
  static kith::ProcedureRegistry registry;
  static const bool filled = [] {
    kith::ProcedureDef two;
    two.name = "test.two";
    two.inputs = {{"name", "STRING?", kith::TypeSet::of(kith::Kind::String), true},
                  {"weight", "FLOAT?", kith::TypeSet::of(kith::Kind::Float), true}};
    two.outputs = {{"city", "STRING?", kith::TypeSet::of(kith::Kind::String), true},
                   {"code", "INTEGER?", kith::TypeSet::of(kith::Kind::Integer), true}};
    registry.add(two);
    return true;
  }();
  REQUIRE(filled);
  return registry;
}

struct Refused {
  const char* text;
  const char* error;  // "SyntaxError UndefinedVariable"
  std::uint32_t line, column;
};

void check(const Refused& refused) {
  INFO(refused.text);
  try {
    kith::cypher::bind(kith::cypher::parse(refused.text), {refused.text, procedures()});
    FAIL_CHECK("it binds");
  } catch (const kith::Error& error) {
    INFO(error.what());
    CHECK(error.type() + " " + error.detail() == refused.error);
    CHECK(error.phase() == kith::Phase::CompileTime);
    CHECK(error.line() == refused.line);
    CHECK(error.column() == refused.column);
    CHECK(std::string(error.what()).find("\n") != std::string::npos);  // the caret line
  }
}

std::string message(const std::string& text) {
  try {
    kith::cypher::bind(kith::cypher::parse(text), {text, procedures()});
  } catch (const kith::Error& error) {
    return error.what();
  }
  return "it binds";
}

}  // namespace

TEST_CASE("Names must be defined where they are used") {
  for (const Refused& refused : std::vector<Refused>{
           {"RETURN foo", "SyntaxError UndefinedVariable", 1, 8},
           {"MATCH (a)\nRETURN a.name, b.name", "SyntaxError UndefinedVariable", 2, 16},
           {"MATCH (a), (b) WITH a RETURN b", "SyntaxError UndefinedVariable", 1, 30},
           {"MATCH (n) WHERE (n)-[r]->() RETURN n", "SyntaxError UndefinedVariable", 1, 22},
           {"MATCH (n) WHERE (n)-->(m) RETURN n", "SyntaxError UndefinedVariable", 1, 24},
           {"RETURN [x IN [1] | y]", "SyntaxError UndefinedVariable", 1, 20},
           {"RETURN [x IN [1] | x] + x", "SyntaxError UndefinedVariable", 1, 25},
           {"MATCH (a) RETURN DISTINCT a.name ORDER BY a.age", "SyntaxError UndefinedVariable", 1,
            43},
           {"MATCH (a) WITH a.x AS x, count(*) AS c ORDER BY a.y RETURN x",
            "SyntaxError UndefinedVariable", 1, 49},
           {"MATCH (a) CALL { MATCH (b) WHERE b.x = a.x RETURN b } RETURN b",
            "SyntaxError UndefinedVariable", 1, 40},
           {"MATCH (n) WHERE EXISTS { MATCH (n)-->(m) } RETURN m", "SyntaxError UndefinedVariable",
            1, 51},
           {"CREATE (a {x: a.y})", "SyntaxError UndefinedVariable", 1, 15},
           {"MERGE (a {x: a.y})", "SyntaxError UndefinedVariable", 1, 14},
           {"MATCH (a) DELETE x", "SyntaxError UndefinedVariable", 1, 18},
           {"RETURN 1 AS x UNION MATCH (n) RETURN x", "SyntaxError UndefinedVariable", 1, 38},
           {"FOREACH (x IN [1] | CREATE (n)) RETURN n", "SyntaxError UndefinedVariable", 1, 40},
       }) {
    check(refused);
  }
}

TEST_CASE("A name stands for one thing of one kind") {
  for (const Refused& refused : std::vector<Refused>{
           {"MATCH (r) MATCH ()-[r]-() RETURN r", "SyntaxError VariableTypeConflict", 1, 21},
           {"MATCH ()-[r]-() MATCH (r) RETURN r", "SyntaxError VariableTypeConflict", 1, 24},
           {"MATCH ()-[r*]-() MATCH (r) RETURN r", "SyntaxError VariableTypeConflict", 1, 25},
           {"MATCH r = ()-[]-(), (r) RETURN r", "SyntaxError VariableTypeConflict", 1, 22},
           {"MATCH (r)-[r]-() RETURN r", "SyntaxError VariableTypeConflict", 1, 12},
           {"MATCH ()-[r]-(r) RETURN r", "SyntaxError VariableTypeConflict", 1, 15},
           {"WITH 1 AS n MATCH (n) RETURN n", "SyntaxError VariableTypeConflict", 1, 20},
           {"WITH [] AS n MATCH (n) RETURN n", "SyntaxError VariableTypeConflict", 1, 21},
           {"WITH [1] AS r MATCH ()-[r*]->() RETURN r", "SyntaxError VariableTypeConflict", 1, 25},
           {"MATCH ()-[r]->() CREATE (r)-[:T]->()", "SyntaxError VariableTypeConflict", 1, 26},
           {"MATCH (p) MATCH p = ()-->() RETURN p", "SyntaxError VariableAlreadyBound", 1, 17},
           {"MATCH p = (p)-->() RETURN p", "SyntaxError VariableAlreadyBound", 1, 7},
           {"MATCH (a) CREATE (a)", "SyntaxError VariableAlreadyBound", 1, 19},
           {"MATCH (a) CREATE (a:B)-[:T]->()", "SyntaxError VariableAlreadyBound", 1, 19},
           {"MATCH (a) CREATE (a {})-[:T]->()", "SyntaxError VariableAlreadyBound", 1, 19},
           {"CREATE (n:A)-[:T]->(), (n:B)-[:T]->()", "SyntaxError VariableAlreadyBound", 1, 25},
           {"MATCH ()-[r]->() CREATE ()-[r]->()", "SyntaxError VariableAlreadyBound", 1, 29},
           {"MATCH (a) MERGE (a)", "SyntaxError VariableAlreadyBound", 1, 18},
           {"MATCH (a)-[r]->(b) MERGE (a)-[r:T]->(b)", "SyntaxError VariableAlreadyBound", 1, 31},
           {"CREATE (a) MERGE (a)-[:T]->(a:B)", "SyntaxError VariableAlreadyBound", 1, 29},
           {"MATCH (a) UNWIND [1] AS a RETURN a", "SyntaxError VariableAlreadyBound", 1, 25},
           {"MATCH (a) CALL { RETURN 1 AS a } RETURN a", "SyntaxError VariableAlreadyBound", 1, 11},
           {"MATCH (a) FOREACH (a IN [1] | CREATE ())", "SyntaxError VariableAlreadyBound", 1, 20},
           {"MATCH (a)-[r]->()-[r]->(a) RETURN r", "SyntaxError RelationshipUniquenessViolation", 1,
            20},
           {"MATCH ()-[r]->(), ()-[r]->() RETURN r", "SyntaxError RelationshipUniquenessViolation",
            1, 23},
           {"RETURN 1 AS a, 2 AS a", "SyntaxError ColumnNameConflict", 1, 21},
           {"WITH 1 AS a, 2 AS a RETURN a", "SyntaxError ColumnNameConflict", 1, 19},
       }) {
    check(refused);
  }
}

TEST_CASE("What is created must be told exactly") {
  for (const Refused& refused : std::vector<Refused>{
           {"CREATE ()-->()", "SyntaxError NoSingleRelationshipType", 1, 10},
           {"CREATE ()-[:A|B]->()", "SyntaxError NoSingleRelationshipType", 1, 10},
           {"MERGE (a)-[X]->(b)", "SyntaxError NoSingleRelationshipType", 1, 10},
           {"CREATE (a)-[:T]-(b)", "SyntaxError RequiresDirectedRelationship", 1, 11},
           {"CREATE (a)<-[:T]->(b)", "SyntaxError RequiresDirectedRelationship", 1, 11},
           {"CREATE ()-[:T*2]->()", "SyntaxError CreatingVarLength", 1, 10},
           {"MERGE (a)-[:T*2]->(b)", "SyntaxError CreatingVarLength", 1, 10},
           {"MATCH (n $map) RETURN n", "SyntaxError InvalidParameterUse", 1, 10},
           {"MATCH ()-[r:T $map]->() RETURN r", "SyntaxError InvalidParameterUse", 1, 15},
           {"MERGE (n $map) RETURN n", "SyntaxError InvalidParameterUse", 1, 10},
           {"CREATE (n:A|B)", "SyntaxError UnexpectedSyntax", 1, 8},
           {"MATCH (n) DELETE n:Person", "SyntaxError InvalidDelete", 1, 18},
           {"MATCH () DELETE 1 + 1", "SyntaxError InvalidArgumentType", 1, 17},
           {"WITH {a: 1} AS m SET m.a = 2", "SyntaxError InvalidArgumentType", 1, 22},
           {"MATCH (n) SET n = 1", "SyntaxError InvalidArgumentType", 1, 19},
           {"MATCH ()-[r]->() SET r:A", "SyntaxError InvalidArgumentType", 1, 22},
       }) {
    check(refused);
  }
}

TEST_CASE("Aggregation stands where rows are grouped, beside grouping keys only") {
  for (const Refused& refused : std::vector<Refused>{
           {"MATCH (a) WHERE count(a) > 1 RETURN a", "SyntaxError InvalidAggregation", 1, 17},
           {"MATCH (n) RETURN n.x ORDER BY max(n.y)", "SyntaxError InvalidAggregation", 1, 31},
           {"MATCH (n) WITH n.x AS x, count(*) AS c WHERE count(*) > 1 RETURN x",
            "SyntaxError InvalidAggregation", 1, 46},
           {"MATCH (n) RETURN [x IN [1] | count(*)]", "SyntaxError InvalidAggregation", 1, 30},
           {"MATCH (n) RETURN [(n)-->(m) | count(m)]", "SyntaxError InvalidAggregation", 1, 31},
           {"UNWIND [1] AS x UNWIND collect(x) AS y RETURN y", "SyntaxError InvalidAggregation", 1,
            24},
           {"MATCH (n) SET n.x = count(*)", "SyntaxError InvalidAggregation", 1, 21},
           {"MATCH (n {x: count(*)}) RETURN n", "SyntaxError InvalidAggregation", 1, 14},
           {"RETURN 1 LIMIT count(*)", "SyntaxError InvalidAggregation", 1, 16},
           {"RETURN count(count(*))", "SyntaxError NestedAggregation", 1, 14},
           {"RETURN count(rand())", "SyntaxError NonConstantExpression", 1, 14},
           {"MATCH (a)--(b) RETURN a.x + count(b.x)", "SyntaxError AmbiguousAggregationExpression",
            1, 23},
           {"MATCH (a)--(b) RETURN a.x + b.x, a.x + b.x + count(*)",
            "SyntaxError AmbiguousAggregationExpression", 1, 34},
           {"MATCH (a)--(b) RETURN size([(a)-->(c) | c.x]) + count(*)",
            "SyntaxError AmbiguousAggregationExpression", 1, 28},
           {"MATCH (a)--(b) WITH a.x + b.x, count(*) AS c ORDER BY a.x + b.x + count(*) RETURN c",
            "SyntaxError AmbiguousAggregationExpression", 1, 55},
           {"MATCH (a)--(b) RETURN count(b.x) AS c ORDER BY a.x + count(b.x)",
            "SyntaxError UndefinedVariable", 1, 48},
           {"MATCH (a) WITH a.x AS x, min(a.y) AS m ORDER BY sum(a.y) RETURN x",
            "SyntaxError UndefinedVariable", 1, 53},
           {"MATCH (a) RETURN a.x AS x, count(*) AS c ORDER BY sum(x)",
            "SyntaxError InvalidAggregation", 1, 51},
           {"MATCH (a) WITH a, count(*) RETURN a", "SyntaxError NoExpressionAlias", 1, 19},
       }) {
    check(refused);
  }
}

TEST_CASE("Types that cannot fit are refused before anything runs") {
  for (const Refused& refused : std::vector<Refused>{
           {"RETURN true OR false OR 'a'", "SyntaxError InvalidArgumentType", 1, 25},
           {"RETURN 1 AND true", "SyntaxError InvalidArgumentType", 1, 8},
           {"RETURN NOT 'a'", "SyntaxError InvalidArgumentType", 1, 12},
           {"RETURN 1 IN 2", "SyntaxError InvalidArgumentType", 1, 8},
           {"RETURN true + false", "SyntaxError InvalidArgumentType", 1, 8},
           {"RETURN -'a'", "SyntaxError InvalidArgumentType", 1, 8},
           {"MATCH (n) WHERE (n) RETURN n", "SyntaxError InvalidArgumentType", 1, 18},
           {"MATCH (n) WHERE n.x + 1 RETURN n", "SyntaxError InvalidArgumentType", 1, 17},
           {"MATCH p = (n)-->() WHERE p.name = 1 RETURN p", "SyntaxError InvalidArgumentType", 1,
            28},
           {"WITH 1 AS x RETURN x.y", "TypeError InvalidArgumentType", 1, 22},
           {"WITH [1] AS x RETURN x.y", "TypeError InvalidArgumentType", 1, 24},
           {"MATCH ()-[r*]->() RETURN r.x", "TypeError InvalidArgumentType", 1, 28},
           {"WITH 'abc' AS x RETURN x[0]", "TypeError InvalidArgumentType", 1, 24},
           {"WITH [1] AS x RETURN x['a']", "TypeError InvalidArgumentType", 1, 24},
           {"RETURN all(x IN ['a'] WHERE x % 2 = 0)", "SyntaxError InvalidArgumentType", 1, 29},
           {"RETURN [x IN 1 | x]", "SyntaxError InvalidArgumentType", 1, 14},
           {"MATCH p = (a) RETURN labels(p)", "SyntaxError InvalidArgumentType", 1, 29},
           {"MATCH (n) RETURN type(n)", "SyntaxError InvalidArgumentType", 1, 23},
           {"MATCH ()-[r]->() RETURN length(r)", "SyntaxError InvalidArgumentType", 1, 32},
           {"MATCH p = (n)-[*]->() RETURN size(p)", "SyntaxError InvalidArgumentType", 1, 35},
           {"RETURN properties(1)", "SyntaxError InvalidArgumentType", 1, 19},
           {"RETURN properties([true])", "SyntaxError InvalidArgumentType", 1, 19},
           {"MATCH (n) SET n.x = head((n)-->()).y", "SyntaxError UnexpectedSyntax", 1, 26},
           {"RETURN 1 LIMIT 1.5", "SyntaxError InvalidArgumentType", 1, 16},
           {"RETURN 1 LIMIT -1", "SyntaxError NegativeIntegerArgument", 1, 17},
           {"RETURN 1 SKIP 'a'", "SyntaxError InvalidArgumentType", 1, 15},
           {"MATCH (n) RETURN n SKIP n.x", "SyntaxError NonConstantExpression", 1, 25},
           {"MATCH (n) RETURN (n)-->()", "SyntaxError UnexpectedSyntax", 1, 18},
           {"MATCH (n) RETURN size((n)-->())", "SyntaxError UnexpectedSyntax", 1, 23},
           {"RETURN foo(1)", "SyntaxError UnknownFunction", 1, 8},
           {"RETURN size()", "SyntaxError InvalidNumberOfArguments", 1, 8},
           {"RETURN size([1], 2)", "SyntaxError InvalidNumberOfArguments", 1, 8},
       }) {
    check(refused);
  }
}

TEST_CASE("Clauses stand in an order that makes sense") {
  for (const Refused& refused : std::vector<Refused>{
           {"RETURN 1 AS a UNION RETURN 2 AS b", "SyntaxError DifferentColumnsInUnion", 1, 15},
           {"RETURN 1 AS a UNION ALL RETURN 1 AS a UNION RETURN 1 AS a",
            "SyntaxError InvalidClauseComposition", 1, 39},
           {"MATCH (n)", "SyntaxError InvalidClauseComposition", 1, 1},
           {"MATCH (n) WITH n", "SyntaxError InvalidClauseComposition", 1, 11},
           {"MATCH (n) WHERE EXISTS { MATCH (n)-->(m) SET m.x = 1 } RETURN n",
            "SyntaxError InvalidClauseComposition", 1, 42},
           {"RETURN COLLECT { MATCH (n) RETURN n, 1 }", "SyntaxError InvalidClauseComposition", 1,
            8},
           {"MATCH () RETURN *", "SyntaxError NoVariablesInScope", 1, 10},
       }) {
    check(refused);
  }
}

TEST_CASE("Procedures are called with what they declare") {
  for (const Refused& refused : std::vector<Refused>{
           {"CALL test.tow('a', 1)", "ProcedureError ProcedureNotFound", 1, 6},
           {"CALL test.two('a')", "SyntaxError InvalidNumberOfArguments", 1, 6},
           {"CALL test.two('a', 1, 2)", "SyntaxError InvalidNumberOfArguments", 1, 6},
           {"CALL test.two(1, 1)", "SyntaxError InvalidArgumentType", 1, 15},
           {"CALL test.two YIELD city RETURN city", "SyntaxError InvalidArgumentPassingMode", 1, 6},
           {"CALL test.two('a', 1) YIELD town RETURN town", "SyntaxError UndefinedVariable", 1, 29},
           {"CALL test.two('a', 1) RETURN city", "SyntaxError UndefinedVariable", 1, 30},
           {"WITH 1 AS city CALL test.two('a', 1) YIELD city RETURN city",
            "SyntaxError VariableAlreadyBound", 1, 44},
           {"CALL test.two('a', 1) YIELD city AS c, code AS c RETURN c",
            "SyntaxError VariableAlreadyBound", 1, 48},
           {"MATCH (n) CALL test.two(count(n), 1) YIELD city RETURN city",
            "SyntaxError InvalidAggregation", 1, 25},
       }) {
    check(refused);
  }
}

TEST_CASE("Messages name what was meant, and show the place") {
  CHECK(message("MATCH (person) RETURN preson.name") ==
        "variable `preson` is not defined (did you mean `person`?), at line 1, column 23:\n"
        "  MATCH (person) RETURN preson.name\n"
        "                        ^");
  CHECK(message("MATCH (n) WITH n.x AS x RETURN n").find("WITH passes on only") !=
        std::string::npos);
  CHECK(message("RETURN sise([1])").find("did you mean `size`?") != std::string::npos);
  CHECK(message("CALL test.tow('a', 1)").find("did you mean `test.two`?") != std::string::npos);
  CHECK(message("RETURN x").find("did you mean") == std::string::npos);
  CHECK(message("WITH 1 AS n MATCH (n) RETURN n")
            .find("`n` is an integer and cannot stand for a "
                  "node") != std::string::npos);
}

TEST_CASE("Nesting without end is an error and not a crash") {
  std::string sum = "RETURN 1";
  for (int i = 0; i < 100'000; ++i) sum += " + n";
  try {
    kith::cypher::bind(kith::cypher::parse(sum), {sum, procedures()});
    FAIL_CHECK("it binds");
  } catch (const kith::Error& error) {
    CHECK(error.type() == "ResourceError");
  }
  std::string conditions = "MATCH (n) WHERE n.x = 0";
  for (int i = 0; i < 5'000; ++i) conditions += " OR n.x = " + std::to_string(i);
  conditions += " RETURN n";
  CHECK_NOTHROW(kith::cypher::bind(kith::cypher::parse(conditions), {conditions, procedures()}));
}
