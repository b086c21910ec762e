// tests/shell/files_test.cpp: a database in a file: reopened, read-only, in use.
#include <catch2/catch.hpp>

#include "tests/shell/program.hpp"

using kith::test::Folder;
using kith::test::run_kith;

namespace {

std::string ask(const std::string& file, const std::string& query,
                const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments{"shell", file, "--format", "csv", "-c", query};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const auto ran = run_kith(arguments);
  CHECK(ran.err == "");
  CHECK(ran.status == 0);
  return ran.out;
}

}  // namespace

TEST_CASE("a file gives the same answers when it is opened again") {
  const Folder folder;
  const auto file = folder / "g.kith";
  ask(file,
      "UNWIND range(1, 3000) AS i CREATE (:A {i: i, s: 'number ' + toString(i), d: "
      "date('2000-01-01') + duration({days: i}), l: [i, i * 2]})");
  ask(file, "MATCH (a:A), (b:A {i: a.i + 1}) CREATE (a)-[:NEXT {w: a.i / 2.0}]->(b)");
  const std::string query =
      "MATCH (a:A)-[r:NEXT]->(b) WHERE a.i % 500 = 0 RETURN a, r, b, a.d, a.l ORDER BY a.i";
  const auto first = ask(file, query);
  CHECK(ask(file, query) == first);
  CHECK(ask(file, query, {"--read-only"}) == first);
  CHECK(ask(file, query, {"--threads", "4"}) == first);
  CHECK(ask(file, query, {"--memory-limit", "16MB"}) == first);
  CHECK(ask(file, "MATCH (a:A) SET a.i = -a.i RETURN sum(a.i) AS s") == "s\n-4501500\n");
  CHECK(ask(file, "MATCH (a:A) RETURN sum(a.i) AS s, count(*) AS c") == "s,c\n-4501500,3000\n");
  ask(file, "MATCH (a:A) WHERE a.i < -10 DETACH DELETE a");
  CHECK(ask(file,
            "MATCH (a) OPTIONAL MATCH (a)-[r]->() RETURN count(DISTINCT a) AS a, count(r) "
            "AS r") == "a,r\n10,9\n");
}

TEST_CASE("a clean close leaves one file") {
  const Folder folder;
  ask(folder / "g.kith", "CREATE (:A)");
  CHECK(folder.names() == std::vector<std::string>{"g.kith"});
}

TEST_CASE("--read-only refuses to write and changes no byte") {
  const Folder folder;
  const auto file = folder / "g.kith";
  ask(file, "CREATE (:A {x: 1})");
  const auto before = kith::test::read_file(file);
  const auto ran =
      run_kith({"shell", file, "--read-only", "--format", "jsonl", "-c", "CREATE (:A)"});
  CHECK(ran.status == 1);
  CHECK(ran.out.find(R"("type":"TransactionError")") != std::string::npos);
  CHECK(ask(file, "MATCH (a) RETURN count(a) AS c", {"--read-only"}) == "c\n1\n");
  CHECK(kith::test::read_file(file) == before);
}

TEST_CASE(":memory: leaves nothing behind") {
  const Folder folder;
  CHECK(ask(":memory:", "CREATE (:A)") == "");
  CHECK(ask(":memory:", "MATCH (a) RETURN count(a) AS c") == "c\n0\n");
  CHECK(folder.names().empty());
}

TEST_CASE("a path with spaces and letters of all kinds") {
  const Folder folder;
  const auto file = folder / "größe und mehr.kith";
  ask(file, "CREATE (:A)");
  CHECK(ask(file, "MATCH (a) RETURN count(a) AS c") == "c\n1\n");
}

TEST_CASE("damage in the file is told, not answered from") {
  const Folder folder;
  const auto file = folder / "g.kith";
  ask(file, "UNWIND range(1, 20000) AS i CREATE (:A {i: i * 7919 % 10007, s: toString(i)})");
  auto bytes = kith::test::read_file(file);
  REQUIRE(bytes.size() > 20000);
  for (std::size_t i = 8192; i < bytes.size(); i += 97) bytes[i] = static_cast<char>(~bytes[i]);
  folder.write("g.kith", bytes);
  const auto ran = run_kith({"shell", file, "--format", "jsonl", "-c",
                             "MATCH (a:A) RETURN sum(a.i) AS s, count(a.s) AS c"});
  CHECK((ran.status == 1 || ran.status == 2));
  CHECK((ran.out + ran.err).find("row\":[") == std::string::npos);
}
