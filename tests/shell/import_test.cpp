// tests/shell/import_test.cpp: `kith import`: what comes in, and what is refused and how.
#include <catch2/catch.hpp>

#include "tests/shell/import_fixture.hpp"

using kith::test::ask;
using kith::test::change;
using kith::test::Folder;
using kith::test::Import;
using kith::test::kTwoPeople;
using kith::test::run_kith;

TEST_CASE("the kinship data set comes in whole") {
  const Folder folder;
  const std::string data = std::string(KITH_DATASETS) + "/kinship/";
  const auto file = folder / "kinship.kith";
  const auto ran = run_kith(
      {"import", file, "--nodes", data + "people.csv", "--nodes", data + "places.csv", "--nodes",
       data + "schools.csv", "--relationships", "PARENT_OF=" + data + "parents.csv",
       "--relationships", "MARRIED_TO=" + data + "marriages.csv", "--relationships",
       "LIVES_IN=" + data + "lives_in.csv", "--relationships", "STUDIED_AT=" + data + "studied.csv",
       "--relationships", data + "ties.csv"});
  CHECK(ran.err == "");
  REQUIRE(ran.status == 0);
  CHECK(ran.out.find("imported 33 nodes, 86 relationships") == 0);
  CHECK(ask(file, "MATCH (n) UNWIND labels(n) AS l RETURN l, count(*) ORDER BY l;") ==
        "City,5\nDoctor,4\nEngineer,3\nPerson,24\nSchool,4\nTeacher,3\nUniversity,3\n");
  CHECK(ask(file, "MATCH ()-[r]->() RETURN type(r) AS t, count(*) ORDER BY t;") ==
        "KNOWS,9\nLIVES_IN,24\nMARRIED_TO,8\nPARENT_OF,30\nPLAYS_CHESS_WITH,7\nSTUDIED_AT,8\n");
  CHECK(ask(file, "MATCH (p:Person {id: '2'}) RETURN p.name, p.born, p.height, p.hobbies;") ==
        "Björn Lund,date('1929-11-17'),1.8,['fishing']\n");
  CHECK(ask(file, "MATCH (p:Person {id: '3'}) RETURN p.hobbies IS NULL;") == "true\n");
  CHECK(ask(file, "MATCH (a {id: '9'})-[m:MARRIED_TO]->(b) RETURN m.since, m.until, b.name;") ==
        "date('1987-08-22'),date('2003-03-01'),Jonas Weber\n");
  CHECK(ask(file, "MATCH (c:City {name: 'Bergen'}) RETURN keys(c);") ==
        "\"['country', 'name', 'population']\"\n");
  CHECK(ask(file,
            "MATCH (g)-[:PARENT_OF]->()-[:PARENT_OF]->(c {name: 'Karin Lund'}) "
            "RETURN g.name ORDER BY g.name;") ==
        "Astrid Lund\nBjörn Lund\nCarla Rossi\nDino Rossi\n");
  // What was imported can be changed like anything else.
  CHECK(change(file, "MATCH (p:Person {id: '1'}) SET p.height = 1.63 RETURN p.height;") ==
        "1.63\n");
  CHECK(ask(file, "MATCH (p:Person {id: '1'}) RETURN p.height;") == "1.63\n");
}

TEST_CASE("every type of column") {
  Import import;
  const auto ran = import.run(
      "i:int,l:long,f:float,b:boolean,s:string,n,c:char,d:date,lt:localtime,t:time,"
      "ldt:localdatetime,dt:datetime,du:duration,ia:int[],sa:string[],x:IGNORE,:LABEL\n"
      "-1,9223372036854775807,1.5e3,true,\"a,b\",\"say \"\"hi\"\"\",z,2020-01-31,12:30,"
      "12:30+01:00,2020-01-31T12:30,2020-01-31T12:30Z,P1DT2H,1;2;3,a;b,gone,A;B\n"
      ",,,,,,,,,,,,,,,,\n");
  CHECK(ran.err == "");
  REQUIRE(ran.status == 0);
  CHECK(ask(import.file, "MATCH (n:A:B) RETURN n.i, n.l, n.f, n.b, n.s, n.n, n.c, n.ia, n.sa;") ==
        "-1,9223372036854775807,1500.0,true,\"a,b\",\"say \"\"hi\"\"\",z,\"[1, 2, 3]\",\"['a', "
        "'b']\"\n");
  CHECK(ask(import.file, "MATCH (n:A) RETURN n.d, n.lt, n.t, n.ldt, n.dt, n.du, n.x;") ==
        "date('2020-01-31'),localtime('12:30'),time('12:30+01:00'),localdatetime('2020-01-31T12:30'"
        "),datetime('2020-01-31T12:30Z'),duration('P1DT2H'),\n");
  CHECK(ask(import.file, "MATCH (n) WHERE NOT n:A RETURN labels(n), keys(n);") == "[],[]\n");
}

TEST_CASE("labels and types from the arguments, id spaces, several files behind one header") {
  const Folder folder;
  const auto file = folder / "x.kith";
  const auto a = folder.write("a.csv", "k:ID(A),v:int\n1,10\n2,20\n");
  const auto a2 = folder.write("a2.csv", "3,30\n");
  const auto b = folder.write("b.csv", "k:ID(B),v:int\n1,100\n");
  const auto r = folder.write("r.csv", ":START_ID(A),w:float,:END_ID(B)\n1,0.5,1\n3,1.5,1\n");
  const auto ran = run_kith({"import", file, "--nodes", "First:Both=" + a + "," + a2, "--nodes",
                             "Second=" + b, "--relationships", "TO=" + r});
  CHECK(ran.err == "");
  REQUIRE(ran.status == 0);
  CHECK(ask(file,
            "MATCH (a:First:Both)-[t:TO]->(b:Second) RETURN a.k, a.v, t.w, b.v ORDER BY a.v;"
            "MATCH (n) RETURN count(n);") == "1,10,0.5,100\n3,30,1.5,100\n4\n");
}

TEST_CASE("a :TYPE column, tabs, other delimiters") {
  Import import;
  const auto ran = import.run("id:ID\tl:int[]\n1\t1|2\n2\t3\n",
                              ":START_ID\t:TYPE\t:END_ID\n1\tR\t2\n2\tS\t1\n1\tR\t1\n",
                              {"--delimiter", "TAB", "--array-delimiter", "|"});
  CHECK(ran.err == "");
  REQUIRE(ran.status == 0);
  CHECK(ask(import.file,
            "MATCH (a)-[r]->(b) RETURN a.id, type(r) AS t, b.id ORDER BY a.id, b.id;"
            "MATCH (a {id: '1'}) RETURN a.l;") == "1,R,1\n1,R,2\n2,S,1\n\"[1, 2]\"\n");
}

TEST_CASE("a bad value: file, line, column, what was wrong; no database is left") {
  Import import;
  import.refuses(import.run("id:ID,age:int\n1,36\n2,old\n"), {"n.csv:3:3", "old"});
  import.refuses(import.run("id:ID,d:date\n1,2020-02-30\n"), {"n.csv:2:3", "2020-02-30"});
  import.refuses(import.run("id:ID,b:byte\n1,300\n"), {"n.csv:2:3", "300"});
  import.refuses(import.run("id:ID,f:float\n1,1.5x\n"), {"n.csv:2:3", "1.5x"});
  import.refuses(import.run("id:ID,l:int[]\n1,1;2;x\n"), {"n.csv:2:3"});
}

TEST_CASE("a bad row") {
  Import import;
  import.refuses(import.run("id:ID,name\n1,Ada\n2\n"), {"n.csv:3:1", "1 fields", "2"});
  import.refuses(import.run("id:ID,name\n1,Ada,extra\n"), {"n.csv:2:7", "--ignore-extra-columns"});
  import.refuses(import.run("id:ID,name\n1,\"Ada\n2,Alan\n"), {"n.csv:2"});
  import.refuses(import.run("id:ID,name\n1,\"Ada\"x\n"), {"n.csv:2:8"});
  import.refuses(import.run("id:ID,name\n,Ada\n"), {"n.csv:2:1", "no id"});
  import.refuses(import.run("id:ID,name\n1,\xff\n"), {"n.csv:2", "UTF-8"});
}

TEST_CASE("ids: a duplicate, one that is unknown, a space that is unknown") {
  Import import;
  import.refuses(import.run("id:ID,name\n1,Ada\n2,Alan\n1,Again\n"), {"n.csv:4:1", "'1'"});
  import.refuses(import.run(kTwoPeople, ":START_ID,:TYPE,:END_ID\n1,R,2\n2,R,9\n"),
                 {"r.csv:3:5", "'9'"});
  import.refuses(import.run(kTwoPeople, ":START_ID,:TYPE,:END_ID(Cars)\n1,R,2\n"),
                 {"r.csv:1:17", "Cars"});
  import.refuses(import.run(kTwoPeople, ":START_ID,:TYPE,:END_ID\n1,,2\n"), {"r.csv:2:3", "type"});
}

TEST_CASE("ids that are skipped on request, and counted") {
  Import import;
  const auto ran = import.run("id:ID,name,:LABEL\n1,Ada,P\n2,Alan,P\n1,Again,P\n",
                              ":START_ID,:TYPE,:END_ID\n1,R,2\n2,R,9\n8,R,9\n",
                              {"--skip-duplicate-nodes", "--skip-bad-relationships"});
  CHECK(ran.status == 0);
  CHECK(ran.out.find("imported 2 nodes, 1 relationships") == 0);
  CHECK(ran.out.find("skipped 1 duplicate nodes, 2 relationships") != std::string::npos);
  CHECK(ask(import.file, "MATCH (n) RETURN n.name ORDER BY n.name;") == "Ada\nAlan\n");
}

TEST_CASE("a bad header") {
  Import import;
  import.refuses(import.run("id:ID,x:number\n1,2\n"), {"n.csv:1:7", "number"});
  import.refuses(import.run("id:ID,x:int,x:int\n1,2,3\n"), {"n.csv:1:13", "'x'"});
  import.refuses(import.run("id:ID,:START_ID\n1,2\n"), {"n.csv:1:7", "START_ID"});
  import.refuses(import.run("a:ID(A),b:ID(B)\n1,2\n"), {"n.csv:1:9", "'A' and 'B'"});
  import.refuses(import.run(kTwoPeople, ":START_ID,:TYPE\n1,R\n"), {"r.csv:1", ":END_ID"});
  import.refuses(import.run(kTwoPeople, ":START_ID,:END_ID\n1,2\n"), {"r.csv:1", "type"});
  import.refuses(import.run(""), {"n.csv"});
}

TEST_CASE("a file that is not there, and no nodes at all") {
  const Folder folder;
  const auto ran = run_kith({"import", folder / "x.kith", "--nodes", folder / "none.csv"});
  CHECK(ran.status == 1);
  CHECK(ran.err.find("none.csv") != std::string::npos);
  CHECK(folder.names().empty());
  CHECK(run_kith({"import", folder / "x.kith"}).status == 2);
}

TEST_CASE("a database that is there already is kept, unless it is to be replaced") {
  Import import;
  REQUIRE(import.run(kTwoPeople).status == 0);
  const auto again = import.run("id:ID\n7\n");
  CHECK(again.status == 1);
  CHECK(again.err.find("exists already") != std::string::npos);
  CHECK(ask(import.file, "MATCH (n) RETURN count(n);") == "2\n");
  const auto failed = import.run("id:ID,x:int\n7,z\n", "", {"--overwrite-destination"});
  CHECK(failed.status == 1);
  CHECK(ask(import.file, "MATCH (n) RETURN count(n);") == "2\n");
  CHECK(import.run("id:ID\n7\n", "", {"--overwrite-destination"}).status == 0);
  CHECK(ask(import.file, "MATCH (n) RETURN n.id;") == "7\n");
}

TEST_CASE("integer ids, also negative, and ids that are not kept") {
  Import import;
  const auto ran = import.run(":ID,name,:LABEL\n-5,Ada,P\n007,Alan,P\n",
                              ":START_ID,:TYPE,:END_ID\n-5,R,7\n", {"--id-type", "integer"});
  CHECK(ran.err == "");
  REQUIRE(ran.status == 0);
  CHECK(ask(import.file, "MATCH (a)-[:R]->(b) RETURN a.name, b.name, keys(a);") ==
        "Ada,Alan,['name']\n");
}

TEST_CASE("what does not fit into memory is sorted on disk, with the same result") {
  std::string nodes = "id:ID,i:int,:LABEL\n";
  std::string relationships = ":START_ID,:TYPE,:END_ID,w:int,note\n";
  constexpr int kNodes = 60000;
  const auto id = [](int i) { return "node number " + std::to_string(i); };
  for (int i = 0; i < kNodes; ++i) {
    nodes += id(i) + "," + std::to_string(i) + (i % 3 == 0 ? ",A\n" : ",B;C\n");
    if (i % 100 == 7) nodes += id(i / 2) + ",-1,D\n";               // a duplicate
    const int end = static_cast<int>(i * 7919LL % (kNodes + 500));  // some do not exist
    relationships += id(i) + (i % 5 == 0 ? ",R," : ",S,") + id(end) + "," + std::to_string(i) +
                     (i % 2 == 0 ? ",note " + std::to_string(i) : ",") + "\n";
    relationships += id(i % 10) + ",HUB," + id(i) + ",,\n";
  }
  const std::vector<std::string> skip = {"--skip-duplicate-nodes", "--skip-bad-relationships"};
  const std::string query =
      "MATCH (n) RETURN count(n), sum(n.i), count(n:D);"
      "MATCH (a)-[r]->(b) RETURN type(r), count(*), sum(r.w), sum(a.i * 3 + b.i), count(r.note),"
      " min(r.note), max(r.note) ORDER BY type(r);"
      "MATCH (a {i: 3})-[r]->(b) RETURN type(r), count(*), sum(b.i) ORDER BY type(r);"
      "MATCH (b {i: 3})<-[r]-(a) RETURN type(r), count(*), sum(a.i) ORDER BY type(r);";
  std::string expected, summary;
  for (const std::string limit : {"1GB", "64MB", "1MB"}) {
    INFO(limit);
    Import import;
    auto more = skip;
    more.insert(more.end(), {"--memory-limit", limit});
    const auto ran = import.run(nodes, relationships, more);
    CHECK(ran.err == "");
    REQUIRE(ran.status == 0);
    CHECK((ran.out.find("sorted on disk") != std::string::npos) == (limit == "1MB"));
    const auto counts =
        ran.out.substr(0, ran.out.find(" into ")) + ran.out.substr(ran.out.find("skipped"), 60);
    const auto answer = ask(import.file, query);
    if (expected.empty()) expected = answer, summary = counts;
    CHECK(answer == expected);
    CHECK(counts == summary);
    CHECK(import.folder.names().size() == 3);  // x.kith and the two CSV files
  }
}

TEST_CASE("ids on disk: the first bad row is told of, whatever comes behind it") {
  std::string nodes = "id:ID,i:int\n", relationships = ":START_ID,:TYPE,:END_ID,w:int\n";
  for (int i = 0; i < 40000; ++i) nodes += "n" + std::to_string(i) + "," + std::to_string(i) + "\n";
  for (int i = 0; i < 30000; ++i)
    relationships += "n" + std::to_string(i) + ",R," + (i == 20000 ? "nobody" : "n1") + ",1\n";
  const std::vector<std::string> small = {"--memory-limit", "1MB"};
  Import import;
  import.refuses(import.run(nodes, relationships, small),
                 {"r.csv:20002:10: no node has the id 'nobody'"});
  import.refuses(import.run(nodes, relationships + "n1,R,n2,x\n", small), {"r.csv:20002:10: "});
  import.refuses(import.run(nodes + "n20000,7\n", "", small),
                 {"n.csv:40002:1: a second node with the id 'n20000'"});
  import.refuses(import.run(nodes, ":START_ID,:TYPE,:END_ID,w:int\nn1,R,n2,1\nn1,R,n2,x\n", small),
                 {"r.csv:3:9: "});
}

TEST_CASE("more rows than a segment holds, joined by relationships in both directions") {
  Import import;
  std::string nodes = "id:ID,i:int,:LABEL\n", relationships = ":START_ID,:TYPE,:END_ID,w:int\n";
  constexpr int kNodes = 40000;
  for (int i = 0; i < kNodes; ++i) {
    nodes += "n" + std::to_string(i) + "," + std::to_string(i) + ",N\n";
    relationships += "n" + std::to_string(i) + ",R,n" + std::to_string(i * 7 % kNodes) + "," +
                     std::to_string(i) + "\n";
  }
  const auto ran = import.run(nodes, relationships);
  CHECK(ran.err == "");
  REQUIRE(ran.status == 0);
  CHECK(ask(import.file,
            "MATCH (a)-[r:R]->(b) WHERE b.i = a.i * 7 % 40000 AND r.w = a.i RETURN count(*);"
            "MATCH (b {i: 7})<-[r]-(a) RETURN a.i, r.w; MATCH (a)-[r]->(a) RETURN count(*);") ==
        "40000\n1,1\n2\n");
}
