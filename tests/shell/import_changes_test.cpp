// tests/shell/import_changes_test.cpp: `kith import --into` with files that update and delete.
#include <catch2/catch.hpp>

#include "tests/shell/import_fixture.hpp"

using kith::test::ask;
using kith::test::change;
using kith::test::Import;
using kith::test::run_kith;

namespace {

const std::string kNodes = "\"id:ID(P){label: P}\"";
const std::string kNoRows = kNodes + "\n";

// Ada, Alan and Grace (1, 2, 3), with ages, who know each other in a ring, twice from 1 to 2.
struct Known : Import {
  Known() {
    takes("id:ID,name,age:int,:LABEL\n1,Ada,36,P\n2,Alan,41,P;Q\n3,Grace,85,P\n",
          ":START_ID,:END_ID,:TYPE,since:int,w:int\n1,2,KNOWS,1930,1\n1,2,KNOWS,1940,2\n"
          "2,3,KNOWS,1950,3\n3,1,KNOWS,1960,4\n");
    change(file, "CREATE CONSTRAINT p FOR (n:P) REQUIRE n.id IS UNIQUE;");
    change(file, "CREATE INDEX a FOR (n:P) ON (n.age);");
  }
  kith::test::Ran apply(const std::string& nodes, const std::string& relationships = "",
                        std::vector<std::string> more = {}) {
    more.push_back("--into");
    return run(nodes, relationships, more);
  }
  void applies(const std::string& nodes, const std::string& relationships = "") {
    const auto ran = apply(nodes, relationships);
    CHECK(ran.err == "");
    REQUIRE(ran.status == 0);
    CHECK(run_kith({"check", file}).status == 0);
  }
  std::string people() {
    return ask(file,
               "MATCH (n) RETURN n.id, n.name, n.age, n.town, reduce(all = '', l IN labels(n) | "
               "all + l) ORDER BY n.id, n.name;");
  }
  std::string knows() {
    return ask(file, "MATCH (a)-[r]->(b) RETURN a.id, b.id, r.since, r.w ORDER BY r.since, r.w;");
  }
};

const std::string kPeople = "1,Ada,36,,P\n2,Alan,41,,PQ\n3,Grace,85,,P\n";
const std::string kKnows = "1,2,1930,1\n1,2,1940,2\n2,3,1950,3\n3,1,1960,4\n";

}  // namespace

TEST_CASE("nodes are created, updated and deleted in the order of the rows") {
  Known known;
  const auto ran = known.apply(":ACTION," + kNodes +
                               ",name,age:int,town,:LABEL,:-LABEL,:-PROPERTY\n"
                               "C,4,Edsger,72,Austin,P,,\n"
                               "U,1,,37,London,R;S,,\n"
                               "UPDATE,2,Alan T.,,,,Q;None,age;none\n"
                               "U,4,,73,,,,town\n"
                               "D,3,,,,,,\n"
                               ",3,Another,1,,P,,\n");
  CHECK(ran.err == "");
  REQUIRE(ran.status == 0);
  CHECK(ran.out.find("imported 2 nodes, 0 relationships") == 0);
  CHECK(ran.out.find("updated 3 nodes, 0 relationships\n") != std::string::npos);
  CHECK(ran.out.find("deleted 1 nodes, 2 relationships\n") != std::string::npos);
  CHECK(known.people() ==
        "1,Ada,37,London,PRS\n2,Alan T.,,,P\n3,Another,1,,P\n"
        "4,Edsger,73,,P\n");
  CHECK(known.knows() == "1,2,1930,1\n1,2,1940,2\n");
  CHECK(ask(known.file, "MATCH (n:P {age: 73}) RETURN n.id; MATCH (n:P {age: 36}) RETURN n.id;") ==
        "4\n");
  CHECK(run_kith({"check", known.file}).status == 0);
}

TEST_CASE("a file without actions that adds or removes is all updates") {
  Known known;
  known.applies(kNodes + ",:+LABEL,:-LABEL,age:int\n1,A;B,P,\n2,,Q,42\n");
  CHECK(known.people() == "1,Ada,36,,AB\n2,Alan,42,,P\n3,Grace,85,,P\n");
}

TEST_CASE("relationships are told apart by ends, type and identifiers") {
  Known known;
  known.applies(kNoRows,
                ":ACTION,:START_ID(P),:END_ID(P),:TYPE,since:int{identifier: true},w:int,"
                ":-PROPERTY\n"
                "U,1,2,KNOWS,1940,20,\n"
                "D,2,3,KNOWS,,,\n"
                "C,3,2,KNOWS,1970,7,\n"
                "U,3,2,KNOWS,1970,8,\n"
                "U,3,1,KNOWS,,,w\n");
  CHECK(known.knows() == "1,2,1930,1\n1,2,1940,20\n3,1,1960,\n3,2,1970,8\n");
  known.applies(kNoRows, ":ACTION,:START_ID(P),:END_ID(P),:TYPE,w:int\nU,1,2,KNOWS,0\n");
  CHECK(known.knows() == "1,2,1930,0\n1,2,1940,0\n3,1,1960,\n3,2,1970,8\n");
}

TEST_CASE("a row that changes nothing that exists is an error, and nothing is changed") {
  Known known;
  const auto refuses = [&](const kith::test::Ran& ran, const std::string& says) {
    INFO(ran.err);
    CHECK(ran.status == 1);
    CHECK(ran.err.find(says) != std::string::npos);
    CHECK(known.people() == kPeople);
    CHECK(known.knows() == kKnows);
  };
  const std::string header = ":ACTION," + kNodes + ",name,:LABEL\n";
  refuses(known.apply(header + "U,1,Other,\nU,9,Nobody,\n"),
          "n.csv:3:3: the node :P whose id is '9'");
  refuses(known.apply(header + "D,1,,\nD,1,,\n"), "n.csv:3:3: the node :P whose id is '1'");
  refuses(known.apply(header + "C,7,New,P\nD,7,,\n"), "was created by this import");
  refuses(known.apply(header + "X,1,Other,\n"), "n.csv:2:1: 'X' is no action");
  refuses(known.apply(header + "C,1,Other,P\n"), "n.csv:2:3");
  refuses(known.apply(":ACTION," + kNodes + ",:-PROPERTY\nC,7,age\n"), "n.csv:2:5: only an UPDATE");
  refuses(
      known.apply(":ACTION," + kNodes + ",id2\nD,1,\n", ":START_ID(P),:END_ID(P),:TYPE\n1,2,R\n"),
      "r.csv:2:1");
  const std::string ends = ":ACTION,:START_ID(P),:END_ID(P),:TYPE,since:int{identifier: true}\n";
  refuses(known.apply(kNoRows, ends + "D,1,2,KNOWS,1930\nD,1,2,KNOWS,1931\n"),
          "r.csv:3:1: there is no relationship :KNOWS from '1' to '2'");
  refuses(known.apply(kNoRows, ends + "D,1,2,MET,\n"), "r.csv:2:1: there is no relationship :MET");
  refuses(known.apply(kNoRows, ends + "U,1,9,KNOWS,\n"), "r.csv:2:5");
  CHECK(known.apply(header + "U,1,Ada,Q\nD,3,,\n", "", {"--dry-run"}).status == 0);
  CHECK(known.people() == kPeople);
}

TEST_CASE("columns that change need a database and a way to find its nodes") {
  Import import;
  import.refuses(import.run(":ACTION,id:ID\nU,1\n"), {"n.csv:1", "--into"});
  Known known;
  const auto says = [](const kith::test::Ran& ran, const std::string& text) {
    INFO(ran.err);
    CHECK(ran.status == 1);
    CHECK(ran.err.find(text) != std::string::npos);
  };
  says(known.apply(":ACTION,id:ID\nU,1\n"), "key:ID{label: L}");
  says(known.apply(":ACTION,:ACTION," + kNodes + "\n"), "two :ACTION columns");
  says(known.apply(kNoRows, ":START_ID(P),:END_ID(P),:TYPE,:-LABEL\n"), "node files");
  says(known.apply(kNodes + ",x{identifier: 3}\n"), "true or false");
}

TEST_CASE("more changes than memory holds are folded into the file") {
  Known known;
  std::string nodes = ":ACTION," + kNodes + ",name,age:int,:LABEL\n";
  constexpr int kCount = 20'000;
  for (int i = 10; i < kCount; ++i)
    nodes += "C,n" + std::to_string(i) + ",name of " + std::to_string(i) + "," + std::to_string(i) +
             ",P\n";
  for (int i = 10; i < kCount; ++i)
    nodes += "U,n" + std::to_string(i) + ",changed " + std::to_string(i) + ",,R\n";
  const auto ran = known.apply(nodes, "", {"--memory-limit", "8MB"});
  CHECK(ran.err == "");
  REQUIRE(ran.status == 0);
  CHECK(ask(known.file,
            "MATCH (n:R) RETURN count(n), min(n.age), max(n.age);"
            "MATCH (n:P {id: 'n777'}) RETURN n.name, n.age;") ==
        "19990,10,19999\nchanged 777,777\n");
  CHECK(run_kith({"check", known.file}).status == 0);
}
