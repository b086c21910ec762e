// tests/unit/cypher/parse_test.cpp: what the parser makes of texts, good and bad.
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "cypher/parse/syntax.hpp"
#include "cypher/parse/unparse.hpp"
#include "cypher/prepare.hpp"

namespace {

using kith::cypher::parse;
using kith::cypher::unparse;

// The text of an expression with the parentheses that show how it groups.
std::string grouped(const std::string& expression) {
  const std::string text = unparse(parse("RETURN " + expression));
  return text.substr(std::string("RETURN ").size());
}

std::string raised(const std::string& text) {
  try {
    parse(text);
  } catch (const kith::Error& error) {
    CHECK(error.phase() ==
          (error.type() == "SyntaxError" ? kith::Phase::CompileTime : kith::Phase::Runtime));
    return error.detail() + " " + std::to_string(error.line()) + ":" +
           std::to_string(error.column());
  }
  return "nothing";
}

std::string message(const std::string& text) {
  try {
    parse(text);
  } catch (const kith::Error& error) {
    return error.what();
  }
  return "nothing";
}

const kith::ast::Projection& returned(const kith::ast::Query& query) {
  return std::get<kith::ast::Return>(query.parts.at(0).clauses.back().node).body;
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

// Every construct of the grammar at least once.
const std::vector<std::string> kCorpus = {
    "MATCH (n) RETURN n;",
    "EXPLAIN MATCH (n:A:B {k: 1}) WHERE n.x > 1 RETURN DISTINCT n.y AS y, count(*) AS c ORDER BY y "
    "DESC, c SKIP 1 LIMIT 2",
    "PROFILE MATCH p = (a)-[r:T|U*1..3 {x: 1}]->(b)<--(c)--(d)-[*]-(e)<-[:X]->(f) RETURN *",
    "EXPLAIN AST RETURN 1",
    "MATCH (a:A|B&!C), (b:%), ({x: 1}), (c:!(A|B)) USING INDEX a:A(x) OPTIONAL MATCH (a)-->(b) "
    "RETURN a, b",
    "MATCH (n WHERE n.x = 1)-[r:T WHERE r.y > 2]->() RETURN n:A, n:A|B, r:T",
    "MATCH ((a)-[:T]->(b)), q = shortestPath((a)-[*..15]-(b)), allShortestPaths((a)-[*]-(b)) "
    "RETURN length(shortestPath((a)-[:T*]->(b)))",
    "UNWIND [1, 2.5, .5, 1e3, 0xFF, 0o17, 1_000, -3, +4, 'a', \"b\", true, null] AS x RETURN x",
    "WITH 1 AS a, 2 AS b WHERE a < b <= 3 WITH *, a + b AS c RETURN *, c AS d",
    "RETURN a.b.c[0], a[1..2], a[..2], a[1..], {a: 1, `b c`: {}}, [], [[1], []] AS l",
    "RETURN CASE WHEN x THEN 1 ELSE 2 END, CASE y WHEN 1 THEN 'a' WHEN 2 THEN 'b' END AS c",
    "RETURN [x IN xs WHERE x > 1 | x * 2], [x IN xs], [x IN xs | x], [x IN xs WHERE x]",
    "RETURN [(a)-->(b) | b.x], [p = (a)-[:T]->(b:B) WHERE b.x > 1 | length(p)]",
    "RETURN all(x IN xs WHERE x > 1) AND any(x IN xs WHERE x) OR none(x IN [1] WHERE false) XOR "
    "single(x IN xs WHERE x = 1)",
    "RETURN reduce(total = 0, x IN xs | total + x) AS sum",
    "MATCH (n) WHERE (n)-->() AND NOT (n)<-[:T]-(:A) OR EXISTS { (n)-->(m) WHERE m.x = 1 } RETURN "
    "COUNT { MATCH (n)-->() RETURN 1 }, COLLECT { MATCH (m) RETURN m.name }",
    "MATCH (n) WHERE exists((n)-->()) AND exists(n.x) RETURN n { .*, .a, b: 1, c }",
    "RETURN 1 IS NULL, 1 IS NOT NULL, 1 IS :: INTEGER, 'a' IS NOT TYPED LIST<STRING NOT NULL>",
    "RETURN 'a' STARTS WITH 'b', 'a' ENDS WITH 'b', 'a' CONTAINS 'b', 'a' =~ '.*', 1 IN [1] AS i",
    "RETURN date.truncate('day', d), apoc.text.join([], ','), count(DISTINCT x), $p, $1, $`a b`",
    "CREATE (a:A {x: 1})-[:T {y: 2}]->(b), (c $props) RETURN a",
    "MERGE (a:A {x: 1}) ON CREATE SET a.y = 1, a:B ON MATCH SET a.z = 2, a += {q: 1}",
    "MATCH (a) SET a.x = 1, a = {y: 2}, a += $m, a:B:C, (a).z = 3 REMOVE a.y, a:B",
    "MATCH (a) DETACH DELETE a",
    "MATCH (a)-[r]->(), p = ()-->() DELETE r, p, a.list[0]",
    "FOREACH (x IN [1, 2] | CREATE (:A {x: x}) FOREACH (y IN [1] | SET z.a = 1))",
    "CALL db.labels() YIELD label AS l WHERE l <> 'A' RETURN l",
    "CALL db.labels",
    "CALL test.proc('a', 1) YIELD *",
    "MATCH (n) CALL { WITH n MATCH (n)-->(m) RETURN m } CALL (n) { SET n.x = 1 } RETURN m",
    "RETURN 1 AS a UNION ALL RETURN 2 AS a UNION ALL RETURN 3 AS a",
    "MATCH (n:A) RETURN n UNION MATCH (n:B) RETURN n",
    "// a comment\nRETURN /* and \n another */ 1 // last",
    "RETURN order.limit, end.start, count, exists, all, any, type(r), `a``b`, größe, 変数 AS x",
    "MATCH (start)-[end:END]->(set:Set {limit: 1, match: 2}) RETURN end, set.return",
    "CREATE CONSTRAINT FOR ()-[r:T]->() REQUIRE (:A)-[r]->(:B) OR (:C|D)-[r]->()",
    "CREATE CONSTRAINT c FOR (n:A) REQUIRE COUNT { (n)<-[:T]-(:B) } >= 1",
    "CREATE CONSTRAINT FOR (a:A)-[r:T]->(b:B) REQUIRE ON DELETE OF a CASCADE TO b",
    "RETURN x IN [1] AND NOT y = 2 OR z XOR -a ^ 2 * 3 % 4 / 5 - 6 + 7",
    "MATCH (a)-[:T]->+(b)<-[r:S WHERE r.x > 1]-{2,}(c)--{,3}(d)-->*(e)--+(f)--*(g) RETURN a",
    "MATCH p = (a) ((x)-[r:T]->(y:A|B) WHERE x.v < y.v){1,3} (b)-->(c) ((u)<--(v))* RETURN p",
    "MATCH ((x)-->(y))+ ((u)-->(v)){2} RETURN x",
    "MATCH p = (((a)-[r]->(b) WHERE r.x = 1) WHERE a.x = 2) RETURN p",
    "MATCH p = SHORTEST 2 PATHS ((a)-->+(b) WHERE a.x = 1) RETURN p",
    "MATCH ALL SHORTEST (a)-->+(b) MATCH ANY 3 PATHS (c)--{2}(d) MATCH ANY SHORTEST PATH (e)--(f) "
    "RETURN 1",
    "MATCH SHORTEST $k PATH GROUPS (a)-->+(b) MATCH p = ALL PATHS (a)-->(b) RETURN p",
    "MATCH REPEATABLE ELEMENT BINDINGS (a)-->(b), SHORTEST GROUP (c)-->+(d) RETURN a",
    "OPTIONAL MATCH DIFFERENT RELATIONSHIPS (a)-->(b) RETURN a",
    "MATCH shortest = (path)--(groups), (any)-->(all) RETURN EXISTS { ANY (a)-->+(elements) } AS "
    "paths",
    "RETURN -9223372036854775808, -0x8000000000000000, 9223372036854775807 AS max",
    "CYPHER 5 runtime=pipelined EXPLAIN USE neo4j LOAD CSV WITH HEADERS FROM 'a' AS row "
    "FIELDTERMINATOR ';' CALL (row) { CREATE (:A) } IN 2 CONCURRENT TRANSACTIONS OF 5 ROWS ON "
    "ERROR "
    "BREAK REPORT STATUS AS s RETURN s",
    "OPTIONAL CALL { RETURN 1 AS x } OPTIONAL CALL db.labels() YIELD label FINISH",
    "MATCH (n:$(a)&$all(b)|!$any(c))-[r:$(t)|T]->() WHERE n:$(x):B SET n:$(l), n[k] = 1 REMOVE "
    "n[k]",
    "RETURN CASE x WHEN < 3, > 4 + 1 THEN 1 WHEN IS NULL, 'a' THEN 2 WHEN CONTAINS 'a' THEN 3 END",
    "LET x = 1, y = 2 FILTER WHERE x < y FILTER (a)-->(b) INSERT (:A)-[:R]->(:B) RETURN x NEXT "
    "RETURN x ORDER BY x DESC NULLS LAST",
    "RETURN let, filter, next, insert, cypher AS contains",
    "RETURN '\\n\\t\\u00e9\\\\ \\'\\uD83D\\uDE00\\U0001F600' AS s",
};

}  // namespace

TEST_CASE("Every construct parses, prints, and parses to the same again") {
  for (const std::string& text : kCorpus) {
    INFO(text);
    const std::string once = unparse(parse(text));
    CHECK(unparse(parse(once)) == once);
    CHECK(kith::cypher::grammar_conflicts(text).empty());
  }
}

TEST_CASE("Operators group by precedence, and to the left") {
  CHECK(grouped("a OR b XOR c AND NOT d = e + f * g ^ -h") ==
        "a OR (b XOR (c AND (NOT (d = (e + (f * (g ^ (-h))))))))");
  CHECK(grouped("1 - 2 - 3") == "(1 - 2) - 3");
  CHECK(grouped("2 ^ 3 ^ 4") == "(2 ^ 3) ^ 4");
  CHECK(grouped("-3 ^ 2") == "(-3) ^ 2");
  CHECK(grouped("- -3") == "-(-3)");
  CHECK(grouped("a.b[0].c + d IS NULL = e") == "((a.b[0].c + d) IS NULL) = e");
  CHECK(grouped("NOT a IS NULL") == "NOT (a IS NULL)");
  CHECK(grouped("a + 1 IN b + c") == "(a + 1) IN (b + c)");
  CHECK(grouped("a STARTS WITH b + c = d") == "(a STARTS WITH (b + c)) = d");
  CHECK(grouped("a < b <= c <> d") == "a < b <= c <> d");
  CHECK(grouped("(a < b) < c") == "(a < b) < c");
  CHECK(grouped("NOT NOT a AND b") == "(NOT (NOT a)) AND b");
  CHECK(grouped("a = NOT b") == "a = (NOT b)");
  CHECK(grouped("n:A:B AND n.x") == "(n:A:B) AND n.x");
  CHECK(grouped("n:A|B&C") == "(n:A|(B:C))");
  CHECK(grouped("1 -1") == "1 - 1");
  CHECK(grouped("x<-1") == "x < (-1)");
}

TEST_CASE("Patterns and arithmetic in parentheses are told apart") {
  CHECK(grouped("(a) - (b)") == "a - b");
  CHECK(grouped("(a + 1)--(b)") == "(a + 1) - (-b)");
  CHECK(grouped("abs(a)--(b)") == "abs(a) - (-b)");
  CHECK(grouped("(a)<-1") == "a < (-1)");
  CHECK(grouped("NOT (a)--(b)") == "NOT ((a)-[]-(b))");
  CHECK(grouped("NOT (a:A)-[:T]->(b)") == "NOT ((a:A)-[:T]->(b))");
  CHECK(grouped("[x IN xs WHERE x:A | x.y]") == "[x IN xs WHERE x:A | x.y]");
  CHECK(grouped("[x IN xs WHERE (x:A|B) | x.y]") == "[x IN xs WHERE (x:A|B) | x.y]");
  CHECK(grouped("[(x:A|B)]") == "[(x:A|B)]");
  CHECK(grouped("[(x IS :: LIST<INTEGER | FLOAT>)]") == "[(x IS :: LIST<INTEGER | FLOAT>)]");
}

TEST_CASE("An unnamed column keeps its text") {
  const auto query = parse("RETURN  n.a+ 1 /* x */ , count( * ),$p AS q ;");
  const auto& items = returned(query).items;
  REQUIRE(items.size() == 3);
  CHECK(items[0].text == "n.a+ 1");
  CHECK(items[1].text == "count( * )");
  CHECK(items[2].text == "$p");
  CHECK(items[2].alias->text == "q");
}

TEST_CASE("Everything knows where it stands, in code points") {
  const auto query = parse("RETURN 'größe',\n  n.x");
  const auto& items = returned(query).items;
  CHECK(items[0].value->at == kith::Position{1, 8});
  CHECK(items[1].value->at == kith::Position{2, 3});
  CHECK(raised("RETURN 'größe', )") == "UnexpectedSyntax 1:17");
}

TEST_CASE("A fault is named, with its place") {
  CHECK(raised("") == "UnexpectedSyntax 1:1");
  CHECK(raised("RETURN") == "UnexpectedSyntax 1:7");
  CHECK(raised("RETURN 1 2") == "UnexpectedSyntax 1:10");
  CHECK(raised("MATCH (n RETURN n") == "UnexpectedSyntax 1:10");
  CHECK(raised("RETURN 9223372036854775808") == "IntegerOverflow 1:8");
  CHECK(raised("RETURN -9223372036854775809") == "IntegerOverflow 1:9");
  CHECK(raised("RETURN 1e999") == "FloatingPointOverflow 1:8");
  CHECK(raised("RETURN 12ab") == "InvalidNumberLiteral 1:8");
  CHECK(raised("RETURN '\\uD800'") == "InvalidUnicodeLiteral 1:9");
  CHECK(raised("RETURN 'a\\q'") == "UnexpectedSyntax 1:10");
  CHECK(raised("RETURN 1 — 2") == "InvalidUnicodeCharacter 1:10");
  CHECK(raised("RETURN 'abc") == "UnexpectedSyntax 1:8");
  CHECK(raised("RETURN `abc") == "UnexpectedSyntax 1:8");
  CHECK(raised("RETURN 1 /* abc") == "UnexpectedSyntax 1:10");
  CHECK(raised("RETURN 1 != 2") == "UnexpectedSyntax 1:10");
  CHECK(raised("MATCH (a)-[:T..]->(b) RETURN a") == "InvalidRelationshipPattern 1:14");
  CHECK(raised("MATCH (a {x: 1}) MATCH (b $p) RETURN b") == "InvalidParameterUse 1:27");
  CHECK(raised("MATCH (a) RETURN (a)-->()") == "UnexpectedSyntax 1:18");
  CHECK(raised("MATCH (a) WHERE size((a)-->()) > 1 RETURN a") == "UnexpectedSyntax 1:22");
  CHECK(raised("MATCH (a)") == "InvalidClauseComposition 1:1");
  CHECK(raised("RETURN 1 MATCH (a) RETURN a") == "InvalidClauseComposition 1:10");
  CHECK(raised("FOREACH (x IN [1] | MATCH (a))") == "InvalidClauseComposition 1:21");
  CHECK(raised("RETURN all(x IN xs | x)") == "UnexpectedSyntax 1:20");
  CHECK(raised("RETURN n.x(1)") == "nothing");  // a function n.x
  CHECK(raised("RETURN (n.x)(1)") == "UnexpectedSyntax 1:13");
  CHECK(raised("RETURN a IS NULL * 2") == "UnexpectedSyntax 1:18");
  CHECK(raised("RETURN a[]") == "UnexpectedSyntax 1:10");
  CHECK(raised("RETURN 1; RETURN 2") == "UnexpectedSyntax 1:11");
  CHECK(raised("RETURN '\xFF'") == "InvalidUnicodeCharacter 1:9");
}

TEST_CASE("A message says what stood there, what was expected, and shows the line") {
  CHECK(message("MATCH (n)\nRETURN n.x,, n.y") ==
        "unexpected ',', expected an expression or '*', at line 2, column 12:\n"
        "  RETURN n.x,, n.y\n"
        "             ^");
  const std::string end = message("MATCH (n) WHERE n.x = 1 RETURN");
  CHECK(end.find("ends too early") != std::string::npos);
  CHECK(message("MATCH (n) RETURN n LIMT 1").find("expected an operator") != std::string::npos);
  CHECK(message("MATCH (n) RETURN n.").find("a name") != std::string::npos);
}

TEST_CASE("The caret stands under the place, and long lines are cut around it") {
  CHECK(kith::cypher::caret("RETURN nope", {1, 8}) ==
        "line 1, column 8:\n  RETURN nope\n         ^");
  const std::string line = repeated("x", 500) + "!" + repeated("y", 500);
  const std::string shown = kith::cypher::caret(line, {1, 501});
  const auto mark = shown.rfind("\n  ");
  CHECK(shown.size() < 400);
  CHECK(shown.find('!') != std::string::npos);
  CHECK(mark != std::string::npos);
  CHECK(kith::cypher::caret("RETURN 1", {}).empty());
}

TEST_CASE("Long lists, chains and cases are parsed whole") {
  std::string list = "RETURN [0";
  std::string chain = "MATCH (n) WHERE n.x = 0";
  std::string cases = "RETURN CASE x";
  for (int i = 1; i < 10'000; ++i) {
    list += ", " + std::to_string(i);
    chain += " OR n.x = " + std::to_string(i);
    cases += " WHEN " + std::to_string(i) + " THEN 0";
  }
  const auto query = parse(list + "]");
  CHECK(std::get<kith::ast::ListLiteral>(returned(query).items[0].value->node).items.size() ==
        10'000);
  CHECK_NOTHROW(parse(chain + " RETURN n"));
  CHECK_NOTHROW(parse(cases + " END"));
  CHECK_NOTHROW(parse("RETURN 1" + repeated(" + 1", 900)));
}

TEST_CASE("Too deep nesting is an error, not a crash") {
  const std::size_t n = 50'000;
  const std::vector<std::string> deep = {
      "RETURN " + repeated("(", n) + "1" + repeated(")", n),
      "RETURN " + repeated("[", n) + repeated("]", n),
      "RETURN " + repeated("{a: ", n) + "1" + repeated("}", n),
      "RETURN " + repeated("CASE WHEN true THEN ", n) + "1" + repeated(" END", n),
      "RETURN " + repeated("CASE end WHEN end.x THEN ", n) + "1",
      "RETURN " + repeated("NOT ", n) + "true",
      "RETURN " + repeated("- ", n) + "1",
      "RETURN 1" + repeated(" + 1", n),
      "RETURN x" + repeated(".y", n),
      "RETURN x" + repeated("[0]", n),
      "RETURN x IS :: " + repeated("LIST<", n) + "INTEGER" + repeated(">", n),
      "RETURN " + repeated("EXISTS { MATCH (n) WHERE ", n) + "true",
      "RETURN " + repeated("f(", n),
      repeated("CALL { ", n) + "RETURN 1" + repeated("}", n),
      repeated("FOREACH (x IN [1] | ", n),
      "MATCH (n:" + repeated("(", n) + "A" + repeated(")", n) + ") RETURN n",
      "MATCH " + repeated("(", n) + "a" + repeated(")", n) + " RETURN a",
  };
  for (const std::string& text : deep) {
    INFO(text.substr(0, 60));
    CHECK(raised(text).starts_with("NestingTooDeep"));
  }
  CHECK(raised("MATCH (n:" + repeated("!", n) + "A) RETURN n") == "nothing");
  // Sums inside sums: no bracket is too deep, but the tree is.
  std::string sums = "1";
  for (int i = 0; i < 100; ++i) sums = "(" + sums + repeated(" + 1", 50) + ")";
  CHECK(raised("RETURN " + sums).starts_with("NestingTooDeep"));
  CHECK(raised("RETURN " + repeated("(", 400) + "1" + repeated(")", 400)) == "nothing");
}

TEST_CASE("Damaged texts are errors, never crashes") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  const std::vector<std::string> pieces = {
      "(",     ")", "[",  "]",  "{",  "}",  "-",     ">",    "<",    "'",   "\"",
      "`",     "|", ":",  "..", "*",  "$",  ".",     ",",    "CASE", "END", "WHERE",
      "MATCH", "1", "0x", "1.", "/*", "//", "\\u12", "\xC3", "\x01", "é"};
  for (int i = 0; i < 3000; ++i) {
    std::string text = kCorpus[below(kCorpus.size())];
    for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
      const std::size_t at = below(text.size() + 1);
      switch (below(3)) {
        case 0:
          text.insert(at, pieces[below(pieces.size())]);
          break;
        case 1:
          text.erase(at, 1 + below(5));
          break;
        default:
          text.insert(at, text.substr(below(text.size() + 1), below(20)));
          break;
      }
    }
    INFO(text);
    try {
      const std::string once = unparse(parse(text));
      CHECK(unparse(parse(once)) == once);
    } catch (const kith::Error& error) {
      CHECK(error.line() > 0);
      CHECK(std::string(error.what()).find("at ") != std::string::npos);
    }
  }
}

TEST_CASE("Schema commands, as they are read") {
  const auto again = [](const std::string& text) { return unparse(parse(text)); };
  CHECK(again("CREATE INDEX ON :A(x, y)") == "CREATE INDEX ON :A(x, y)");
  CHECK(again("create range index i IF NOT EXISTS FOR (n:A) ON (n.x, n.y) OPTIONS {}") ==
        "CREATE INDEX i IF NOT EXISTS FOR (n:A) ON (n.x, n.y)");
  CHECK(again("CREATE INDEX $i FOR ()<-[r:T]-() ON r.x") ==
        "CREATE INDEX $i FOR ()-[r:T]-() ON (r.x)");
  CHECK(again("CREATE CONSTRAINT c FOR (n:A) REQUIRE n.x IS UNIQUE") ==
        "CREATE CONSTRAINT c FOR (n:A) REQUIRE (n.x) IS UNIQUE");
  CHECK(again("CREATE CONSTRAINT FOR (n:A) REQUIRE (n.x, n.y) IS NODE KEY") ==
        "CREATE CONSTRAINT FOR (n:A) REQUIRE (n.x, n.y) IS NODE KEY");
  CHECK(
      again("CREATE CONSTRAINT FOR ()-[r:T]->() REQUIRE r.x IS :: LIST<INTEGER NOT NULL>|STRING") ==
      "CREATE CONSTRAINT FOR ()-[r:T]-() REQUIRE (r.x) IS :: LIST<INTEGER NOT NULL> | STRING");
  CHECK(again("CREATE CONSTRAINT ON (n:A) ASSERT n.x IS NOT NULL") ==
        "CREATE CONSTRAINT FOR (n:A) REQUIRE (n.x) IS NOT NULL");
  CHECK(again("CREATE CONSTRAINT FOR ()-[r:T]->() REQUIRE (:A|B)-[r]->() OR (:C)<-[r]-(:D)") ==
        "CREATE CONSTRAINT FOR ()-[r:T]-() REQUIRE (:A|B)-[r]->() OR (:C)<-[r]-(:D)");
  CHECK(again("CREATE CONSTRAINT FOR (n:A) REQUIRE COUNT { (n)<-[:T|U]-(:B) } < 3") ==
        "CREATE CONSTRAINT FOR (n:A) REQUIRE COUNT { (n)<-[:T|U]-(:B) } < 3");
  CHECK(again("CREATE CONSTRAINT FOR (n:A) REQUIRE EXISTS { (n)-[:T]-() }") ==
        "CREATE CONSTRAINT FOR (n:A) REQUIRE COUNT { (n)-[:T]-() } >= 1");
  CHECK(again("CREATE CONSTRAINT FOR (a:A)-[:T]->(b) REQUIRE ON DELETE OF a cascade to b") ==
        "CREATE CONSTRAINT FOR (a:A)-[:T]->(b) REQUIRE ON DELETE OF a CASCADE TO b");
  CHECK(again("CREATE CONSTRAINT FOR (a)<-[r:T]-(b:B) REQUIRE ON DELETE OF b RESTRICT") ==
        "CREATE CONSTRAINT FOR (a)<-[r:T]-(b:B) REQUIRE ON DELETE OF b RESTRICT");
  CHECK(again("DROP INDEX i IF EXISTS") == "DROP INDEX i IF EXISTS");
  CHECK(again("DROP INDEX ON :A(x)") == "DROP INDEX ON :A(x)");
  CHECK(again("DROP CONSTRAINT c") == "DROP CONSTRAINT c");
}

TEST_CASE("SHOW is the query it stands for") {
  CHECK(unparse(parse("SHOW INDEXES YIELD name AS n ORDER BY n LIMIT 3 WHERE n = 'a' RETURN n")) ==
        "CALL `SHOW INDEXES`('') YIELD name AS n\nWITH * ORDER BY n LIMIT 3 WHERE n = 'a'\n"
        "RETURN n");
}

TEST_CASE("Hints are kept, but for USING JOIN") {
  const std::string text =
      "MATCH (n:A) USING INDEX n:A(x, y) USING SCAN n:A WHERE n.x = 1\nRETURN n";
  CHECK(unparse(parse(text)) == text);
  CHECK(unparse(parse("MATCH (n:A) USING JOIN ON n RETURN n")) == "MATCH (n:A)\nRETURN n");
}

TEST_CASE("Clauses around subqueries and files print as they are read") {
  for (const std::string text : {
           "LOAD CSV WITH HEADERS FROM 'file' AS row FIELDTERMINATOR ';'\nRETURN row",
           "LOAD CSV FROM $url AS row\nRETURN row",
           "CALL {\n  CREATE (n)\n} IN TRANSACTIONS OF 100 ROWS ON ERROR CONTINUE REPORT STATUS AS "
           "s"
           "\nRETURN s",
           "CALL (*) {\n  CREATE (n)\n} IN 4 CONCURRENT TRANSACTIONS ON ERROR BREAK",
           "USE a.b\nMATCH (n)\nFINISH",
           "OPTIONAL CALL (a) {\n  RETURN 1 AS x\n}\nOPTIONAL CALL db.labels() YIELD label\nRETURN "
           "x",
           "MATCH (n:$(a)|(B:!$any(b)) {x: 1})-[r:$(t)]->()\nSET n:A:$(l), n[k] = 1\nREMOVE n[k], "
           "n:$(l)",
           "RETURN CASE x WHEN < 3, 4 THEN 1 WHEN IS NULL THEN 2 WHEN STARTS WITH 'a' THEN 3 END",
           "RETURN x ORDER BY x NULLS FIRST, y DESC NULLS LAST",
       }) {
    INFO(text);
    CHECK(unparse(parse(text)) == text);
  }
  CHECK(unparse(parse("INSERT (a:A)")) == "CREATE (a:A)");
  CHECK(unparse(parse("LET x = 1 FILTER x > 0 RETURN x")) ==
        "WITH *, 1 AS x\nWITH * WHERE x > 0\nRETURN x");
  CHECK(unparse(parse("RETURN 1 AS x NEXT RETURN x + 1 AS y")) == "WITH 1 AS x\nRETURN x + 1 AS y");
  CHECK(unparse(parse("CYPHER 25 planner=cost RETURN 1")) == "RETURN 1");
}

TEST_CASE("EXPLAIN and PROFILE say what is wanted") {
  using Query = kith::ast::Query;
  CHECK(parse("RETURN 1").mode == Query::Mode::Run);
  CHECK(parse("PROFILE RETURN 1").mode == Query::Mode::Profile);
  const Query explain = parse("explain physical RETURN 1");
  CHECK(explain.mode == Query::Mode::Explain);
  CHECK(explain.stage == Query::Stage::Physical);
  CHECK(parse("EXPLAIN RETURN 1").stage == Query::Stage::None);
}
