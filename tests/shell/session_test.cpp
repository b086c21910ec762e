// tests/shell/session_test.cpp: statements from -c, -f and pipes; shell commands; exit statuses.
#include <catch2/catch.hpp>

#include "tests/shell/program.hpp"

using kith::test::Folder;
using kith::test::lines_of;
using kith::test::Ran;
using kith::test::read_file;
using kith::test::run_kith;
using kith::test::run_shell;

namespace {

// The rows of all statements, one a line, without headers.
std::string rows(const std::string& input) {
  const auto ran = run_shell(".headers off\n" + input, "csv");
  CHECK(ran.err == "");
  CHECK(ran.status == 0);
  return ran.out;
}

}  // namespace

TEST_CASE("-c runs statements, several and repeated") {
  const auto ran = run_kith({"shell", ":memory:", "--format", "csv", "-c",
                             "CREATE (:A {x: 1}); MATCH (a) RETURN a.x", "-c", "RETURN 'b' AS b;"});
  CHECK(ran.out == "a.x\n1\nb\nb\n");
  CHECK(ran.status == 0);
}

TEST_CASE("-f runs files; the last statement needs no semicolon") {
  const Folder folder;
  const auto first = folder.write("1.cypher", "CREATE (:A {x: 1});\n// a comment\nCREATE\n(:A)");
  const auto second = folder.write("2.cypher", "MATCH (a:A)\nRETURN count(*) AS c");
  const auto ran = run_kith({"shell", ":memory:", "--format", "csv", "-f", first, "-f", second});
  CHECK(ran.out == "c\n2\n");
  CHECK(ran.status == 0);
}

TEST_CASE("a pipe: many statements on a line, one over many lines") {
  CHECK(rows("RETURN 1 AS x; RETURN 2 AS x;\nRETURN\n 3\n AS x\n;\n\n  RETURN 4 AS x") ==
        "1\n2\n3\n4\n");
  CHECK(rows("").empty());
  CHECK(rows("// nothing but a comment\n").empty());
}

TEST_CASE("lines longer and shorter than what is read at once") {
  std::string input, wanted;
  for (std::size_t i = 0; i < 300; ++i) {
    const std::size_t size = i % 50 == 7 ? 150'000 : i * 31 % 900;
    input += "RETURN size('" + std::string(size, 'x') + "')" + (i % 3 == 0 ? "\n;\n" : ";\n");
    wanted += std::to_string(size) + "\n";
  }
  CHECK(rows(input) == wanted);
  const Folder folder;
  const auto file = folder.write("long.cypher", input);
  const auto ran = run_kith({"shell", ":memory:", "--format", "csv", "-f", file});
  CHECK(ran.out.find("\n150000\n") != std::string::npos);
  CHECK(ran.status == 0);
}

TEST_CASE("what cannot be read as statements is an error, not their end") {
  const Folder folder;
  const auto ran = run_kith({"shell", ":memory:", "-f", folder.path});
  CHECK(ran.status == 2);
  CHECK(ran.err.find("cannot read the statements") != std::string::npos);
}

TEST_CASE("semicolons in strings, names and comments end no statement") {
  CHECK(rows("RETURN 'a;b' AS x;") == "a;b\n");
  CHECK(rows("RETURN \"it's; so\" AS x;") == "it's; so\n");
  CHECK(rows("RETURN 'it\\';s' AS x;") == "it';s\n");
  CHECK(rows("RETURN 1 AS `a;b`;") == "1\n");
  CHECK(rows("RETURN 1 // one; two\n AS x;") == "1\n");
  CHECK(rows("RETURN /* ; */ 1 AS x;") == "1\n");
}

TEST_CASE("a comment before a shell command is a comment") {
  CHECK(rows("// sets x\n:param x => 5\n/* and\n   returns it */\nRETURN $x AS x;") == "5\n");
}

TEST_CASE("a line is counted from the first of its statement") {
  const auto ran = run_shell("RETURN 1 AS a;\n\n\nRETURN 1,\n  nope;");
  CHECK(lines_of(ran.out).back().find(R"("line":2,"column":3)") != std::string::npos);
}

TEST_CASE("the first failure ends a pipe, unless it is told to go on") {
  const std::string input = "RETURN 1 AS x;\nRETURN nope;\nRETURN 2 AS x;\n";
  const auto stops = run_kith({"shell", ":memory:", "--format", "csv"}, input);
  CHECK(stops.status == 1);
  CHECK(stops.out == "x\n1\n");
  const auto goes_on = run_kith({"shell", ":memory:", "--format", "csv", "--keep-going"}, input);
  CHECK(goes_on.status == 1);
  CHECK(goes_on.out == "x\n1\nx\n2\n");
}

TEST_CASE("exit status 2: bad usage, or a database that cannot be opened") {
  const Folder folder;
  CHECK(run_kith({}).status == 2);
  CHECK(run_kith({"dance"}).status == 2);
  CHECK(run_kith({"shell"}).status == 2);
  CHECK(run_kith({"shell", ":memory:", "--no-such-flag"}).status == 2);
  CHECK(run_kith({"shell", folder / "none.kith", "--read-only", "-c", "RETURN 1"}).status == 2);
  CHECK(run_kith({"shell", folder / "no/folder/x.kith", "-c", "RETURN 1"}).status == 2);
  const auto text = folder.write("text.kith", "this is no database");
  const auto ran = run_kith({"shell", text, "-c", "RETURN 1"});
  CHECK(ran.status == 2);
  CHECK(ran.err.find("text.kith") != std::string::npos);
  CHECK(read_file(text) == "this is no database");
}

TEST_CASE("--help and --version succeed") {
  CHECK(run_kith({"--version"}).out.find("kith 0.") == 0);
  CHECK(run_kith({"--version"}).status == 0);
  CHECK(run_kith({"--help"}).status == 0);
  for (const std::string command : {"shell", "import"}) {
    const auto ran = run_kith({command, "--help"});
    CHECK(ran.status == 0);
    CHECK(ran.out.find("DB") != std::string::npos);
  }
}

TEST_CASE(":param sets parameters, by map and by expression") {
  CHECK(rows(":param {x: 1, name: 'Ada', l: [1, 2.5], m: {k: null}}\n"
             "RETURN $x, $name, $l, $m;") == "1,Ada,\"[1, 2.5]\",{k: null}\n");
  CHECK(rows(":param x => 1 + 2\n:param y => $x * 2\nRETURN $x, $y;") == "3,6\n");
  CHECK(rows(":param d => date('2020-01-01')\nRETURN $d;") == "date('2020-01-01')\n");
  CHECK(rows(":param {a: 1}\n:param {b: 2}\nRETURN $a + $b;") == "3\n");
  const auto cleared = run_shell(":param {a: 1}\n:param clear\nRETURN $a;");
  CHECK(cleared.status == 1);
  CHECK(cleared.out.find("MissingParameter") != std::string::npos);
  const auto shown = run_shell(":param {a: 1, b: 'x'}\n:params\n", "table");
  CHECK(shown.out == "a => 1\nb => 'x'\n");
}

TEST_CASE("shell commands print nothing in jsonl") {
  CHECK(run_shell(":param {x: 1}\n:params\n:help\n:begin\n:commit\n.timer on\n").out.empty());
}

TEST_CASE(":begin, :commit and :rollback") {
  CHECK(rows(":begin\nCREATE (:A);\nMATCH (n) RETURN count(n);\n:rollback\n"
             "MATCH (n) RETURN count(n);\n:begin\nCREATE (:A);\n:commit\n"
             "MATCH (n) RETURN count(n);") == "1\n0\n1\n");
  CHECK(run_shell(":commit\n").status == 1);
  CHECK(run_shell(":rollback\n").status == 1);
  CHECK(run_shell(":begin\n:begin\n").status == 1);
  const auto reading = run_shell(":begin read\nCREATE ();");
  CHECK(reading.status == 1);
  CHECK(reading.out.find(R"("type":"TransactionError")") != std::string::npos);
}

TEST_CASE("a transaction goes on after a statement that failed") {
  const auto ran = run_kith({"shell", ":memory:", "--format", "csv", "--keep-going"},
                            ":begin\nCREATE (:A);\nRETURN 1 / 0 AS x;\nCREATE (:A {x: 1 % 0});\n"
                            "CREATE (:A);\n:commit\nMATCH (n:A) RETURN count(n) AS c;");
  CHECK(ran.status == 1);
  CHECK(ran.out.ends_with("c\n2\n"));
}

TEST_CASE("a transaction that is open at the end is rolled back") {
  const Folder folder;
  const auto file = folder / "g.kith";
  CHECK(run_kith({"shell", file}, ":begin\nCREATE (:A);").status == 0);
  CHECK(run_kith({"shell", file, "--format", "csv", "-c", "MATCH (n) RETURN count(n) AS c"}).out ==
        "c\n0\n");
}

TEST_CASE(":procedure makes a procedure from a table") {
  const std::string make =
      ":procedure test.city(name :: STRING?, id :: INTEGER?) :: (city :: STRING?, code :: "
      "INTEGER?) [{name: 'a', id: 1, city: 'Bergen', code: 47}, {name: 'a', id: 1, city: 'Lund', "
      "code: 46}, {name: 'b', id: 2, city: 'Milan', code: 39}]\n";
  CHECK(rows(make + "CALL test.city('a', 1);") == "Bergen,47\nLund,46\n");
  CHECK(rows(make + "CALL test.city('b', 2) YIELD city RETURN city;") == "Milan\n");
  CHECK(rows(make + "CALL test.city('c', 2) YIELD city RETURN count(*);") == "0\n");
  CHECK(rows(make + "UNWIND ['b', 'a'] AS n CALL test.city(n, 2) YIELD city AS c, code "
                    "RETURN n, c, code;") == "b,Milan,39\n");
  CHECK(rows(":procedure test.none() :: ()\nCALL test.none() RETURN 1 AS x;") == "1\n");
  CHECK(run_shell(":procedure nonsense\n").status == 1);
}

TEST_CASE(":format, :source, .output and .once") {
  const Folder folder;
  CHECK(run_shell(":format csv\nRETURN 1 AS x;\n.mode json\nRETURN 2 AS x;\n").out ==
        "x\n1\n[\n{\"x\":2}\n]\n");
  CHECK(run_shell(":format nonsense\n").status == 1);
  const auto script = folder.write("s.cypher", ":param x => 7\nRETURN $x AS x;\nRETURN 8 AS x");
  CHECK(rows(":source " + script + "\nRETURN 9 AS x;") == "7\n8\n9\n");
  CHECK(rows(".read '" + script + "'\n") == "7\n8\n");
  CHECK(run_shell(":source " + (folder / "none") + "\n").status == 1);
  const auto failing = folder.write("f.cypher", "RETURN nope;");
  CHECK(run_shell(":source " + failing + "\nRETURN 1;").status == 1);
  const auto out = folder / "out.csv";
  CHECK(rows(".once " + out + "\nRETURN 1 AS x;\nRETURN 2 AS x;") == "2\n");
  CHECK(read_file(out) == "1\n");
  CHECK(rows(".output " + out +
             "\nRETURN 3 AS x;\nRETURN 4 AS x;\n.output stdout\n"
             "RETURN 5 AS x;") == "5\n");
  CHECK(read_file(out) == "3\n4\n");
}

TEST_CASE(":schema counts labels and types") {
  CHECK(rows("CREATE (:A)-[:R]->(:A:B);\n:schema\n") == "A,2\nB,1\nR,1\n");
  CHECK(rows("CREATE (:A);\n.tables\n") == "A,1\n");
}

TEST_CASE(":schema, .indexes and .constraints show the schema") {
  const std::string made =
      "CREATE INDEX i FOR (a:A) ON (a.x);\nCREATE CONSTRAINT c FOR (a:A) REQUIRE a.y IS UNIQUE;\n";
  CHECK(rows(made + ":schema\n") ==
        "CREATE RANGE INDEX `i` FOR (n:`A`) ON (n.`x`)\n"
        "CREATE CONSTRAINT `c` FOR (n:`A`) REQUIRE (n.`y`) IS UNIQUE\n");
  CHECK(rows(made + ".indexes\n").find("3,c,") != std::string::npos);
  CHECK(rows(made + ".constraints\n").find("1,c,UNIQUENESS,NODE") == std::string::npos);
}

TEST_CASE(":exit ends the session, with the status so far") {
  const auto ran = run_shell("RETURN 1 AS x;\n:exit\nRETURN nope;", "csv");
  CHECK(ran.out == "x\n1\n");
  CHECK(ran.status == 0);
  CHECK(run_shell(".quit\n").status == 0);
}

TEST_CASE("an unknown command fails; :help names all of them") {
  const auto ran = run_shell(":dance\n", "table");
  CHECK(ran.status == 1);
  CHECK(ran.err.find(":dance") != std::string::npos);
  const auto help = run_shell(":help\n", "table").out;
  for (const std::string name :
       {"begin",       "commit", "rollback",  "param",  "params",  "schema",    "source", "format",
        "timer",       "exit",   "procedure", "mode",   "headers", "nullvalue", "tables", "indexes",
        "constraints", "read",   "once",      "output", "maxrows", "quit"})
    CHECK(help.find("  " + name + " ") != std::string::npos);
}

TEST_CASE("--timeout ends a statement that takes longer") {
  const auto ran = run_kith({"shell", ":memory:", "--format", "jsonl", "--timeout", "0.2"},
                            "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b "
                            "RETURN sum(a * b % 7) AS s;");
  CHECK(ran.status == 1);
  CHECK(ran.out.find(R"("type":"Interrupted","phase":"runtime","detail":"Timeout")") !=
        std::string::npos);
}

TEST_CASE("--memory-limit ends a statement that would take more, and the shell lives on") {
  const auto ran =
      run_kith({"shell", ":memory:", "--memory-limit", "64MB", "--keep-going", "--format", "csv"},
               "UNWIND range(1, 100000000) AS a WITH collect(a) AS l RETURN size(l) AS s;\n"
               "RETURN 1 AS x;\n");
  CHECK(ran.status == 1);
  CHECK(ran.err.find("ResourceError") != std::string::npos);
  CHECK(ran.out == "x\n1\n");
}
