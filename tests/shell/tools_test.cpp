// tests/shell/tools_test.cpp: `kith inspect`, `kith backup`, `kith dump` and their exit statuses.
#include <catch2/catch.hpp>
#include <fstream>

#include "tests/shell/program.hpp"

using kith::test::ask;
using kith::test::Folder;
using kith::test::lines_of;
using kith::test::Ran;
using kith::test::read_file;
using kith::test::run_kith;

namespace {

std::string make_database(const Folder& folder) {
  const auto file = folder / "x.kith";
  const auto ran = run_kith({"shell", file, "-c",
                             "CREATE (:Person {name: 'Ada'})-[:KNOWS {since: 1840}]->"
                             "(:Person {name: 'Charles', born: date('1791-12-26')});"});
  CHECK(ran.status == 0);
  return file;
}

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  INFO(part);
  CHECK(text.find(part) != std::string::npos);
  return true;
}

const std::string kWhole =
    "MATCH (a)-[r]->(b) RETURN a.name, labels(a), type(r), r.since, b.name, b.born;";

}  // namespace

TEST_CASE("inspect shows each part of a file") {
  const Folder folder;
  const auto file = make_database(folder);
  const auto show = [&](std::vector<std::string> what) {
    std::vector<std::string> arguments{"inspect", file};
    arguments.insert(arguments.end(), what.begin(), what.end());
    const auto ran = run_kith(arguments);
    CHECK(ran.err == "");
    CHECK(ran.status == 0);
    return ran.out;
  };
  has(show({}), "checksum right");
  has(show({"root"}), "2 nodes, ids below ");
  has(show({"root"}), "label 0 Person: 2 nodes");
  has(show({"names"}), "type 0 KNOWS\n");
  has(show({"schema"}), "there never was an index or a constraint");
  has(show({"segments"}), "node segment 0: 2 slots, 2 alive");
  has(show({"segment", "0"}), "outgoing lists of type 0 KNOWS: ");
  has(show({"segment", "0"}), "0 name: strings");
  has(show({"relationship-segment", "0"}), "1840 to 1840");
  has(show({"free"}), "pages are free at checkpoint");
  has(show({"carry"}), "nothing is carried");
  has(show({"log"}), "there are no logs");
  has(show({"page", "4"}), "page 4: ");
}

TEST_CASE("inspect: bad usage and damaged files") {
  const Folder folder;
  const auto file = make_database(folder);
  CHECK(run_kith({"inspect"}).status == 2);
  CHECK(run_kith({"inspect", folder / "none"}).status == 2);
  CHECK(run_kith({"inspect", file, "nothing"}).status == 2);
  CHECK(run_kith({"inspect", file, "segment"}).status == 2);
  CHECK(run_kith({"inspect", file, "segment", "77"}).status == 2);
  CHECK(run_kith({"inspect", file, "page", "100000"}).status == 2);
  CHECK(run_kith({"inspect", file, "root", "1"}).status == 2);
  has(run_kith({"inspect", "--help"}).out, "relationship-segment N");
  std::string bytes = read_file(file);
  for (std::size_t at = 4 * 4096; at < bytes.size(); at += 64) bytes[at] = 'x';
  std::ofstream(file, std::ios::binary) << bytes;
  CHECK(run_kith({"inspect", file}).status == 0);
  for (const char* what : {"root", "names", "segments", "free"}) {
    const auto ran = run_kith({"inspect", file, what});
    CHECK(ran.status == 1);
    has(ran.out, "unreadable: ");
  }
}

TEST_CASE("backup copies, checks, and overwrites nothing") {
  const Folder folder;
  const auto file = make_database(folder), copy = folder / "copy.kith";
  const auto ran = run_kith({"backup", file, copy});
  CHECK(ran.err == "");
  CHECK(ran.status == 0);
  has(ran.out, "2 nodes, 1 relationships, ");
  CHECK(run_kith({"check", copy}).status == 0);
  CHECK(ask(copy, kWhole) == ask(file, kWhole));
  CHECK(folder.names() == std::vector<std::string>{"copy.kith", "x.kith"});
  const auto again = run_kith({"backup", file, copy});
  CHECK(again.status == 1);
  has(again.err, "overwrites nothing");
  CHECK(run_kith({"backup", folder / "none.kith", folder / "y.kith"}).status == 2);
  CHECK(run_kith({"backup", file}).status == 2);
  CHECK(run_kith({"backup", file, folder / "none/y.kith"}).status == 1);
}

TEST_CASE("backup and check of what many statements left") {
  const Folder folder;
  const auto file = make_database(folder), copy = folder / "copy.kith";
  const auto script = folder.write("work.cypher",
                                   "UNWIND range(1, 2000) AS i CREATE (:N {i: i});\n"
                                   "MATCH (n:N) WHERE n.i % 2 = 0 DELETE n;\n");
  CHECK(run_kith({"shell", file, "-f", script}).status == 0);
  CHECK(run_kith({"backup", file, copy}).status == 0);
  CHECK(ask(copy, "MATCH (n:N) RETURN count(*), sum(n.i);") == "1000,1000000\n");
  CHECK(run_kith({"check", "-q", copy}).out == copy + " is sound\n");
}

TEST_CASE("dump writes a script that makes an equal graph") {
  const Folder folder;
  const auto file = make_database(folder), script = folder / "x.cypher",
             copy = folder / "copy.kith";
  const auto ran = run_kith({"dump", file});
  CHECK(ran.err == "");
  CHECK(ran.status == 0);
  has(ran.out, "date('1791-12-26')");
  CHECK(run_kith({"dump", file, "-o", script}).status == 0);
  CHECK(read_file(script) == ran.out);
  const auto replayed = run_kith({"shell", copy, "-f", script});
  CHECK(replayed.err == "");
  CHECK(replayed.status == 0);
  CHECK(ask(copy, kWhole) == ask(file, kWhole));
  CHECK(ask(copy, "MATCH (n) RETURN count(*);") == "2\n");
  CHECK(ask(copy, "MATCH (n) RETURN keys(n), labels(n) ORDER BY n.name;") ==
        ask(file, "MATCH (n) RETURN keys(n), labels(n) ORDER BY n.name;"));
  const auto again = run_kith({"dump", file, "-o", script});
  CHECK(again.status == 1);
  has(again.err, "x.cypher");
  CHECK(run_kith({"dump", folder / "none.kith"}).status == 2);
  CHECK(run_kith({"dump"}).status == 2);
}
