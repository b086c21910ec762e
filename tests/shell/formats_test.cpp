// tests/shell/formats_test.cpp: what each --format writes, to the byte.
#include <catch2/catch.hpp>

#include "tests/shell/program.hpp"

using kith::test::lines_of;
using kith::test::run_kith;
using kith::test::run_shell;
using kith::test::steady_lines;
using Lines = std::vector<std::string>;

namespace {

const std::string kNoChanges =
    R"("counters":{"nodes_created":0,"nodes_deleted":0,"relationships_created":0,)"
    R"("relationships_deleted":0,"properties_set":0,"labels_added":0,"labels_removed":0,)"
    R"("indexes_added":0,"indexes_removed":0,"constraints_added":0,"constraints_removed":0}}})";

std::string summary(int rows, const std::string& type, int position) {
  return R"({"summary":{"rows":)" + std::to_string(rows) + R"(,"elapsed_us":0,"type":")" + type +
         R"(","position":)" + std::to_string(position) + ",";
}

// The row of one statement that gives one.
std::string row(const std::string& statement) {
  const auto lines = lines_of(run_shell(statement + ";").out);
  REQUIRE(lines.size() == 3);
  return lines[1];
}

// The error of one statement, without its message.
std::string error(const std::string& statement) {
  const auto ran = run_shell(statement + ";");
  CHECK(ran.status == 1);
  const auto line = lines_of(ran.out).back();
  const auto message = line.find(",\"message\":");
  const auto end = line.rfind(",\"line\":");
  REQUIRE(message != std::string::npos);
  REQUIRE(end != std::string::npos);
  return line.substr(0, message) + line.substr(end);
}

}  // namespace

TEST_CASE("jsonl: columns, rows, summary, in this order and form") {
  CHECK(steady_lines(run_shell("UNWIND [1, 2] AS n RETURN n, n*2 AS `x y`;").out) ==
        Lines{R"({"columns":["n","x y"]})", R"({"row":[1,2]})", R"({"row":[2,4]})",
              summary(2, "r", 0) + kNoChanges});
}

TEST_CASE("jsonl: a statement without columns has an empty list of them, and counts its changes") {
  const auto lines = steady_lines(run_shell("CREATE (:A {x: 1})-[:R]->(:B);").out);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == R"({"columns":[]})");
  CHECK(lines[1].find(R"("rows":0,)") != std::string::npos);
  CHECK(lines[1].find(R"("type":"w",)") != std::string::npos);
  CHECK(lines[1].find(R"("counters":{"nodes_created":2,"nodes_deleted":0,)"
                      R"("relationships_created":1,"relationships_deleted":0,"properties_set":1,)"
                      R"("labels_added":2,)") != std::string::npos);
}

TEST_CASE("jsonl: the position moves on with each commit, and the type says what was done") {
  const auto lines = lines_of(run_shell("CREATE (); CREATE (); MATCH (n) RETURN count(n) AS c; "
                                        "MATCH (n) SET n.x = 1 RETURN count(n);")
                                  .out);
  REQUIRE(lines.size() == 2 + 2 + 3 + 3);
  const auto position = [&](std::size_t line) {
    const auto at = lines[line].find("\"position\":");
    return std::stoi(lines[line].substr(at + 11));
  };
  CHECK(position(3) > position(1));
  CHECK(position(6) == position(3));
  CHECK(position(9) > position(6));
  CHECK(lines[6].find(R"("type":"r",)") != std::string::npos);
  CHECK(lines[9].find(R"("type":"rw",)") != std::string::npos);
}

TEST_CASE("jsonl: numbers: an integer has no fraction, a float always has one") {
  CHECK(row("RETURN 1, -5, 1.0, 2.5, 1e100, 1e-7, -0.0, 9223372036854775807") ==
        R"({"row":[1,-5,1.0,2.5,1e+100,1e-7,-0.0,9223372036854775807]})");
  CHECK(row("RETURN 0.0/0.0, 1/0.0, -1/0.0") ==
        R"({"row":[{"~float":"NaN"},{"~float":"Infinity"},{"~float":"-Infinity"}]})");
}

TEST_CASE("jsonl: JSON's own types") {
  CHECK(row("RETURN null, true, false, 'text', [1, 'a', null], {b: 1, a: [true]}, [], {}") ==
        R"({"row":[null,true,false,"text",[1,"a",null],{"a":[true],"b":1},[],{}]})");
  CHECK(row("RETURN 'quote \" back \\\\ line \\n tab \\t bell \\u0007 größe 😀'") ==
        R"({"row":["quote \" back \\ line \n tab \t bell \u0007 größe 😀"]})");
}

TEST_CASE("jsonl: nodes, relationships, paths") {
  const std::string make = "CREATE (:A:B {x: 1, s: 'ü'})-[:T {w: 2.0}]->(:C);";
  const auto shown = [&](const std::string& query) {
    const auto lines = lines_of(run_shell(make + query + ";").out);
    REQUIRE(lines.size() == 5);
    return lines[3];
  };
  const std::string start = R"({"id":0,"labels":["A","B"],"properties":{"s":"ü","x":1}})";
  CHECK(shown("MATCH (a:A) RETURN a") == R"({"row":[{"~node":)" + start + "}]}");
  const auto end_row = shown("MATCH (c:C) RETURN id(c)");
  const auto id = end_row.substr(8, end_row.size() - 10);  // {"row":[…]}
  const std::string end = R"({"id":)" + id + R"(,"labels":["C"],"properties":{}})";
  const std::string edge =
      R"({"id":0,"type":"T","start":0,"end":)" + id + R"(,"properties":{"w":2.0}})";
  CHECK(shown("MATCH ()-[t]->() RETURN t") == R"({"row":[{"~relationship":)" + edge + "}]}");
  CHECK(shown("MATCH p = (:A)-->() RETURN p") == R"({"row":[{"~path":{"nodes":[)" + start + "," +
                                                     end + R"(],"relationships":[)" + edge +
                                                     "]}}]}");
  CHECK(shown("MATCH (a:A) RETURN [a]") == R"({"row":[[{"~node":)" + start + "}]]}");
  CHECK(shown("MATCH (a:A) RETURN {k: a}") == R"({"row":[{"k":{"~node":)" + start + "}}]}");
}

TEST_CASE("jsonl: temporal values and points") {
  CHECK(row("RETURN date('2020-01-31'), localtime('12:00:00.5'), time('12:00+01:00')") ==
        R"({"row":[{"~date":"2020-01-31"},{"~localtime":"12:00:00.5"},{"~time":"12:00+01:00"}]})");
  CHECK(row("RETURN localdatetime('2020-01-31T12:30'), duration('P1DT2H')") ==
        R"({"row":[{"~localdatetime":"2020-01-31T12:30"},{"~duration":"P1DT2H"}]})");
  CHECK(row("RETURN datetime('2020-01-31T12:00:01[Europe/Stockholm]')") ==
        R"({"row":[{"~datetime":"2020-01-31T12:00:01+01:00[Europe/Stockholm]"}]})");
  CHECK(row("RETURN point({x: 1, y: 2}), point({longitude: 1, latitude: 2, height: 3})") ==
        R"({"row":[{"~point":{"srid":7203,"x":1.0,"y":2.0}},)"
        R"({"~point":{"srid":4979,"x":1.0,"y":2.0,"z":3.0}}]})");
}

TEST_CASE("jsonl: errors carry the names of the TCK and the place") {
  CHECK(error("RETURN 1 +\n nope") ==
        R"({"error":{"type":"SyntaxError","phase":"compile time","detail":"UndefinedVariable",)"
        R"("code":"KITH-SyntaxError-UndefinedVariable","retryable":false,"line":2,"column":2}})");
  CHECK(error("RETURN 1 / 0") ==
        R"({"error":{"type":"ArithmeticError","phase":"runtime","detail":"DivisionByZero",)"
        R"("code":"KITH-ArithmeticError-DivisionByZero","retryable":false,"line":1,"column":8}})");
  CHECK(error("RETURN $x")
            .find(R"("type":"ParameterMissing","phase":"compile time",)"
                  R"("detail":"MissingParameter")") != std::string::npos);
  CHECK(error("CREATE (a)-[:R]->(b) WITH a DELETE a")
            .find(R"("type":"ConstraintVerificationFailed","phase":"runtime",)"
                  R"("detail":"DeleteConnectedNode")") != std::string::npos);
}

TEST_CASE("jsonl: an error may come after rows") {
  const auto ran = run_shell("UNWIND range(1000, 0, -1) AS x RETURN 10 / x AS y;");
  CHECK(ran.status == 1);
  const auto lines = lines_of(ran.out);
  CHECK(lines.front() == R"({"columns":["y"]})");
  CHECK(lines.back().find(R"({"error":{"type":"ArithmeticError")") == 0);
  CHECK(ran.out.find("summary") == std::string::npos);
}

TEST_CASE("jsonl: EXPLAIN and PROFILE add the plan to the summary") {
  const auto explained = run_shell("EXPLAIN MATCH (n) RETURN n;").out;
  CHECK(explained.find(R"("plan":{"name":)") != std::string::npos);
  const auto profiled = run_shell("PROFILE UNWIND [1, 2] AS x RETURN x;").out;
  CHECK(profiled.find(R"({"row":[2]})") != std::string::npos);
  CHECK(profiled.find(R"("plan":{"name":)") != std::string::npos);
  CHECK(profiled.find(R"("rows":2)") != std::string::npos);
}

TEST_CASE("json: an array of objects") {
  CHECK(run_shell("UNWIND [1, 2] AS n RETURN n, 'a' AS t; RETURN 1 AS x LIMIT 0;", "json").out ==
        "[\n{\"n\":1,\"t\":\"a\"},\n{\"n\":2,\"t\":\"a\"}\n]\n[]\n");
  CHECK(run_shell("CREATE ();", "json").out.empty());
}

TEST_CASE("csv and tsv: quotes only where they must be") {
  const std::string query =
      "RETURN 1 AS a, 'x,y' AS b, 'say \"hi\"' AS c, null AS d, [1, 'z'] AS e, 1.5 AS `f,g`;";
  CHECK(run_shell(query, "csv").out ==
        "a,b,c,d,e,\"f,g\"\n1,\"x,y\",\"say \"\"hi\"\"\",,\"[1, 'z']\",1.5\n");
  CHECK(run_shell(query, "tsv").out ==
        "a\tb\tc\td\te\tf,g\n1\tx,y\t\"say \"\"hi\"\"\"\t\t"
        "[1, 'z']\t1.5\n");
  CHECK(run_shell(".headers off\n.nullvalue NULL\nRETURN null AS a, 1 AS b;", "csv").out ==
        "NULL,1\n");
}

TEST_CASE("table, box and markdown: aligned, whatever the script") {
  const std::string query =
      ".timer off\nUNWIND [{n: 'größe', v: 1}, {n: 'x', v: null}] AS r RETURN r.n AS name, r.v;";
  CHECK(run_shell(query, "table").out ==
        "+---------+------+\n"
        "| name    | r.v  |\n"
        "+---------+------+\n"
        "| 'größe' | 1    |\n"
        "| 'x'     | null |\n"
        "+---------+------+\n"
        "2 rows\n");
  CHECK(run_shell(query, "box").out ==
        "┌─────────┬──────┐\n"
        "│ name    │ r.v  │\n"
        "├─────────┼──────┤\n"
        "│ 'größe' │ 1    │\n"
        "│ 'x'     │ null │\n"
        "└─────────┴──────┘\n"
        "2 rows\n");
  CHECK(run_shell(query, "markdown").out ==
        "| name    | r.v  |\n"
        "|---------|------|\n"
        "| 'größe' | 1    |\n"
        "| 'x'     | null |\n");
  CHECK(run_shell(".timer off\nCREATE (:A {x: 1});", "table").out ==
        "Created 1 node, set 1 property, added 1 label\n");
}

TEST_CASE("formats but jsonl write errors to standard error, with a caret below the place") {
  for (const std::string format : {"table", "csv", "json"}) {
    const auto ran = run_shell("RETURN nope;", format);
    CHECK(ran.status == 1);
    CHECK(ran.out.empty());
    CHECK(ran.err.find("SyntaxError: ") == 0);
    CHECK(ran.err.find("RETURN nope") != std::string::npos);
    CHECK(ran.err.find("\n  RETURN nope\n         ^\n") != std::string::npos);
  }
}

TEST_CASE("notifications stand below a table, and in the summary of jsonl") {
  const std::string query = "CREATE (:Person); MATCH (p:Prson), (q) RETURN p;";
  const std::string table = run_shell(".timer off\n" + query, "table").out;
  CHECK_THAT(table, Catch::Contains("\n0 rows\nNote: nothing connects the parts of this MATCH"));
  CHECK_THAT(table,
             Catch::EndsWith("\nWarning: the label `Prson` is not in the graph (did you mean "
                             "`Person`?), at line 1, column 10\n"));
  const std::string jsonl = run_shell(query).out;
  CHECK_THAT(jsonl, Catch::Contains(R"(},"notifications":[{"code":"KITH-Notification-Cart)"));
  CHECK_THAT(jsonl,
             Catch::Contains(R"("code":"KITH-Notification-UnknownLabel","severity":"WARNING",)"
                             R"("category":"UNRECOGNIZED")"));
  CHECK(run_shell(query, "csv").out == "p\n");
  CHECK_THAT(run_shell("RETURN 1;").out, !Catch::Contains("notifications"));
}

TEST_CASE("an unknown format is bad usage") {
  const auto ran = run_kith({"shell", ":memory:", "--format", "xml", "-c", "RETURN 1"});
  CHECK(ran.status == 2);
  CHECK(ran.err.find("xml") != std::string::npos);
}
