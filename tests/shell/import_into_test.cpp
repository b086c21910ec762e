// tests/shell/import_into_test.cpp: `kith import --into` a database that is there.
#include <catch2/catch.hpp>

#include "tests/shell/import_fixture.hpp"

using kith::test::ask;
using kith::test::change;
using kith::test::Import;
using kith::test::kTwoPeople;
using kith::test::run_kith;

namespace {

const std::string kUnique = "CREATE CONSTRAINT p FOR (n:P) REQUIRE n.id IS UNIQUE;";

// Two people, 1 and 2, with a unique constraint on their ids.
struct People : Import {
  People() {
    takes(kTwoPeople);
    change(file, kUnique);
  }
  kith::test::Ran add(const std::string& nodes, const std::string& relationships,
                      std::vector<std::string> more = {}) {
    more.push_back("--into");
    return run(nodes, relationships, more);
  }
  std::string count() {
    return ask(file, "MATCH (n) RETURN count(n); MATCH ()-[r]->() RETURN count(r);");
  }
};

}  // namespace

TEST_CASE("new nodes and relationships join those that are there") {
  People people;
  const auto ran = people.add("\"id:ID(P){label: P}\",name,:LABEL\n3,Grace,P\n4,Edsger,P;Q\n",
                              ":START_ID(P),:TYPE,:END_ID(P),w:int\n1,R,3,5\n3,R,4,6\n2,S,1,\n");
  CHECK(ran.err == "");
  REQUIRE(ran.status == 0);
  CHECK(ran.out.find("imported 2 nodes, 3 relationships") == 0);
  CHECK(ask(people.file,
            "MATCH (a)-[r]->(b) RETURN a.name, type(r), r.w, b.name ORDER BY a.name;"
            "MATCH (n:Q) RETURN n.name; MATCH (n:P {id: '4'}) RETURN n.name;") ==
        "Ada,R,5,Grace\nAlan,S,,Ada\nGrace,R,6,Edsger\nEdsger\nEdsger\n");
  CHECK(run_kith({"check", people.file}).status == 0);
}

TEST_CASE("relationships alone, by a header without rows, and ids that are numbers") {
  Import import;
  import.takes("id:ID,name,:LABEL\n1,Ada,P\n2,Alan,P\n", "", {"--id-type", "integer"});
  change(import.file, kUnique);
  const auto ran = import.run("\"id:ID{label: P}\"\n", ":START_ID,:TYPE,:END_ID\n1,R,2\n2,R,002\n",
                              {"--into", "--id-type", "integer"});
  CHECK(ran.err == "");
  CHECK(ran.status == 0);
  CHECK(ask(import.file, "MATCH (a)-[:R]->(b) RETURN a.id, b.id ORDER BY a.id;") == "1,2\n2,2\n");
}

TEST_CASE("ids of this import alone, without a label") {
  People people;
  CHECK(people.add("id:ID,name\n1,Other\n", ":START_ID,:TYPE,:END_ID\n1,R,1\n").status == 0);
  CHECK(people.count() == "3\n1\n");
  CHECK(ask(people.file, "MATCH (a)-[:R]->(a) RETURN a.name, labels(a);") == "Other,[]\n");
}

TEST_CASE("all or nothing: bad rows, duplicates, broken constraints") {
  People people;
  const std::string header = "\"id:ID(P){label: P}\",name,:LABEL\n";
  const std::string ends = ":START_ID(P),:TYPE,:END_ID(P)\n";
  const auto refuses = [&](const kith::test::Ran& ran, const std::string& says) {
    INFO(ran.err);
    CHECK(ran.status == 1);
    CHECK(ran.err.find(says) != std::string::npos);
    CHECK(people.count() == "2\n0\n");
  };
  refuses(people.add(header + "3,Grace,P\n2,Again,P\n", ""), "n.csv:3:1");
  refuses(people.add(header + "3,Grace,P\n", ends + "3,R,1\n3,R,9\n"), "r.csv:3:5");
  refuses(people.add("id:ID,:LABEL\n1,P\n", ""), "already");
  refuses(people.add("\"id:ID{label: Q}\"\n3\n", ""), "CREATE CONSTRAINT FOR (n:Q)");
  refuses(people.add("\":ID{label: P}\"\n3\n", ""), "property");
  refuses(people.add(header + "3,Grace,P\n", "", {"--overwrite-destination"}), "--into");
  const auto skipped = people.add(header + "3,Grace,P\n2,Again,P\n", ends + "3,R,1\n3,R,9\n",
                                  {"--skip-duplicate-nodes", "--skip-bad-relationships"});
  CHECK(skipped.status == 0);
  CHECK(skipped.out.find("skipped 1 duplicate nodes, 1 relationships") != std::string::npos);
  CHECK(people.count() == "3\n1\n");
}

TEST_CASE("a dry run changes nothing; a database that is not there is an error") {
  People people;
  const auto ran = people.add("id:ID\n7\n", "", {"--dry-run"});
  CHECK(ran.status == 0);
  CHECK(ran.out.find("would import 1 nodes") == 0);
  CHECK(people.count() == "2\n0\n");
  Import none;
  none.refuses(none.run("id:ID\n7\n", "", {"--into"}), {"does not exist"});
}

TEST_CASE("more than memory holds is folded into the file") {
  People people;
  std::string nodes = "\"id:ID(P){label: P}\",name,:LABEL\n",
              ends = ":START_ID(P),:TYPE,:END_ID(P)\n";
  constexpr int kCount = 20'000;
  for (int i = 0; i < kCount; ++i) {
    nodes += "n" + std::to_string(i) + ",name of " + std::to_string(i) + ",P\n";
    ends +=
        "n" + std::to_string(i) + ",R," + (i % 2 == 0 ? "1" : "n" + std::to_string(i / 2)) + "\n";
  }
  const auto ran = people.add(nodes, ends, {"--memory-limit", "8MB"});
  CHECK(ran.err == "");
  REQUIRE(ran.status == 0);
  CHECK(people.count() == "20002\n20000\n");
  CHECK(ask(people.file,
            "MATCH (:P {id: '1'})<-[r]-() RETURN count(r);"
            "MATCH (n:P {id: 'n777'})-->(m) RETURN n.name, m.id;") == "10000\nname of 777,n388\n");
  CHECK(run_kith({"check", people.file}).status == 0);
}
