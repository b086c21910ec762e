// tests/shell/import_options_test.cpp: the options and header forms of `kith import`, one by one.
#include <catch2/catch.hpp>

#include "tests/shell/import_fixture.hpp"

using kith::test::ask;
using kith::test::Folder;
using kith::test::Import;
using kith::test::kTwoPeople;
using kith::test::lines_of;
using kith::test::read_file;
using kith::test::run_kith;

TEST_CASE("delimiters and quotes of every spelling") {
  struct Spelling {
    std::string argument, character;
  };
  for (const auto& [argument, character] : {Spelling{"TAB", "\t"},
                                            {"\\t", "\t"},
                                            {"U+20AC", "€"},
                                            {"€", "€"},
                                            {"\\44", ","},
                                            {"\\59", ";"},
                                            {"|", "|"}}) {
    INFO(argument);
    Import import;
    import.takes("id:ID" + character + "name" + character + "l:int[]\n1" + character + "'A" +
                     character + "b'" + character + "1~2\n",
                 "", {"--delimiter", argument, "--quote", "'", "--array-delimiter", "~"});
    CHECK(ask(import.file, "MATCH (n) RETURN size(n.name), size(n.l);") == "3,2\n");
  }
}

TEST_CASE("arguments that mean nothing are refused with status 2") {
  const Folder folder;
  const auto nodes = folder.write("n.csv", kTwoPeople);
  using Arguments = std::vector<std::string>;
  for (const auto& more : {Arguments{"--delimiter", "ab"},
                           {"--delimiter", "U+xyz"},
                           {"--delimiter", "\\n"},
                           {"--id-type", "uuid"},
                           {"--path-pattern-style", "sql"},
                           {"--input-type", "parquet"},
                           {"--read-buffer-size", "4 furlongs"},
                           {"--memory-limit", "101%"},
                           {"--multiline-fields-format", "v3"},
                           {"@" + (folder / "none.args")}}) {
    INFO(more.front());
    Arguments arguments{"import", folder / "x.kith", "--nodes", nodes};
    arguments.insert(arguments.end(), more.begin(), more.end());
    CHECK(run_kith(arguments).status == 2);
  }
  CHECK(folder.names() == std::vector<std::string>{"n.csv"});
}

TEST_CASE("options that contradict each other are refused") {
  Import import;
  import.refuses(import.run(kTwoPeople, "", {"--delimiter", "'", "--quote", "'"}), {"the same"});
  import.refuses(import.run(kTwoPeople, "", {"--read-buffer-size", "0"}), {"buffer"});
  import.refuses(import.run(kTwoPeople, "", {"--report-file", import.folder / "n.csv"}),
                 {"n.csv", "report"});
  import.refuses(import.run(kTwoPeople, "", {"--report-file", import.file}), {"report"});
  import.refuses(import.run(kTwoPeople, "", {"--input-encoding", "EBCDIC"}), {"EBCDIC", "UTF-16"});
}

TEST_CASE("points, with and without a reference system in the header") {
  Import import;
  import.takes(
      "id:ID,p:point,\"q:point{crs: WGS-84}\",\"r:point[]{crs:cartesian-3D}\"\n"
      "1,\"{x: 1, y: -2.5}\",\"{latitude: 59.3, longitude: 18}\",\"{x:1,y:2,z:3};{x:4,y:5,z:6}\"\n"
      "2,\"{longitude:1,latitude:2,height:3}\",\"{x: 3, y: 4}\",\"{x:0,y:0,z:0}\"\n"
      "3,\"{x:1,y:2,crs:'wgs-84'}\",\"{x:1,y:2,srid:7203}\",\n");
  CHECK(ask(import.file,
            "MATCH (n) RETURN n.p.srid, n.p.x, n.q.srid, n.q.y, n.r[0].z, size(n.r) "
            "ORDER BY n.id;") ==
        "7203,1.0,4326,59.3,3.0,2\n4979,1.0,4326,4.0,0.0,1\n4326,1.0,7203,2.0,,\n");
  Import bad;
  bad.refuses(bad.run("id:ID,p:point\n1,\"{x: 1}\"\n"), {"n.csv:2:3"});
  bad.refuses(bad.run("id:ID,p:point\n1,\"{x: 1, y: z}\"\n"), {"n.csv:2:3", "'z' is not a number"});
  bad.refuses(bad.run("id:ID,p:point\n1,7\n"), {"n.csv:2:3", "a point is written"});
  bad.refuses(bad.run("id:ID,\"p:point{crs:mars}\"\n1,\n"), {"n.csv:1:7", "mars"});
}

TEST_CASE("times take the header's time zone where they name none") {
  Import import;
  import.takes(
      "id:ID,t:time{timezone:+02:00},d:datetime{timezone:Europe/Stockholm},"
      "\"a:datetime[]{timezone: Z}\"\n"
      "1,12:30,2020-07-01T12:30,2020-01-01T00:00;2020-01-01T00:00+01:00\n"
      "2,12:30Z,2020-07-01T12:30Z,2020-01-01T00:00\n3,12:30-03:00,2020-07-01,\n");
  CHECK(ask(import.file,
            "MATCH (n) RETURN toString(n.t), toString(n.d), size(n.a), toString(n.a[0]) "
            "ORDER BY n.id;") ==
        "12:30+02:00,2020-07-01T12:30+02:00[Europe/Stockholm],2,2020-01-01T00:00Z\n"
        "12:30Z,2020-07-01T12:30Z,1,2020-01-01T00:00Z\n"
        "12:30-03:00,2020-07-01T00:00+02:00[Europe/Stockholm],,\n");
  Import bad;
  bad.refuses(bad.run("id:ID,d:datetime{timezone:Nowhere/Land}\n1,\n"), {"n.csv:1:7", "Nowhere"});
}

TEST_CASE("small integers, characters and arrays of every type") {
  Import import;
  import.takes(
      "id:ID,b:byte,s:short,c:char,ba:byte[],da:double[],oa:boolean[],ca:char[],ta:date[]\n"
      "1,-128,32767,é,1;2,1.5;2,true;no,x;y,2020-01-01;2021-01-01\n");
  CHECK(ask(import.file, "MATCH (n) RETURN n.b, n.s, n.c, n.ba, n.da, n.oa, n.ca, size(n.ta);") ==
        "-128,32767,é,\"[1, 2]\",\"[1.5, 2.0]\",\"[true, false]\",\"['x', 'y']\",2\n");
  Import bad;
  bad.refuses(bad.run("id:ID,c:char\n1,ab\n"), {"n.csv:2:3", "one character"});
  bad.refuses(bad.run("id:ID,s:short\n1,32768\n"), {"n.csv:2:3", "out of range"});
  bad.refuses(bad.run("id:ID,v:vector{dimensions: 3}\n1,\n"), {"n.csv:1:7", "float[]"});
}

TEST_CASE("ids of several columns: ends of as many columns, or of one with all of it") {
  const std::string nodes = "a:ID(K),b:ID(K),name\nx,1,first\nxy,1,second\nx,y1,third\n";
  Import import;
  import.takes(nodes,
               ":START_ID(K),:START_ID(K),:TYPE,:END_ID(K),:END_ID(K)\nx,1,R,xy,1\nxy,1,R,x,y1\n");
  CHECK(ask(import.file,
            "MATCH (a)-[:R]->(b) RETURN a.name, b.name ORDER BY a.name;"
            "MATCH (n {name: 'third'}) RETURN n.a, n.b;") == "first,second\nsecond,third\nx,y1\n");
  // With one column for all, x + y1 and xy + 1 are the same.
  Import joined;
  joined.refuses(joined.run(nodes, ":START_ID(K),:TYPE,:END_ID(K)\nx1,R,xy1\n"),
                 {"n.csv:4:1", "'xy1'"});
  joined.takes("a:ID(K),b:ID(K),name\nx,1,first\nxy,1,second\n",
               ":START_ID(K),:TYPE,:END_ID(K),:END_ID(K)\nx1,R,xy,1\n");
  CHECK(ask(joined.file, "MATCH (a)-[:R]->(b) RETURN a.name, b.name;") == "first,second\n");
  Import bad;
  bad.refuses(bad.run("a:ID,b:ID,c:ID\n1,2,3\n", ":START_ID,:START_ID,:TYPE,:END_ID\n1,2,R,1\n"),
              {"r.csv:1:1", "2 :START_ID columns where ids have 3"});
  bad.refuses(bad.run("a:ID,b:ID\n1,\n"), {"n.csv:2:1", "no id"});
}

TEST_CASE("an id-type for a space of its own") {
  Import import;
  const auto n = import.folder.write("i.csv", "\"id:ID(I){id-type: long}\",name\n007,Bond\n");
  import.takes("id:ID(S),name\n007,text\n", ":START_ID(I),:TYPE,:END_ID(S)\n7,R,007\n",
               {"--nodes", n});
  CHECK(ask(import.file, "MATCH (a)-[:R]->(b) RETURN a.id, a.name, b.id, b.name;") ==
        "7,Bond,007,text\n");
  Import bad;
  bad.refuses(bad.run("id:ID{id-type:guid}\n1\n"), {"n.csv:1:1", "guid"});
  bad.refuses(
      bad.run("id:ID{id-type:long}\n1\n", ":START_ID{id-type:string},:TYPE,:END_ID\n1,R,1\n"),
      {"r.csv:1:1", "id-type"});
}

TEST_CASE("headers that are misspelt or match nothing are errors, told before any row is read") {
  Import import;
  import.refuses(import.run("id:Id,name\n1,Ada\n"), {"n.csv:1:1", ":ID"});
  import.refuses(import.run(kTwoPeople, ":start_id,:TYPE,:END_ID\n1,R,2\n"),
                 {"r.csv:1:1", ":START_ID"});
  import.refuses(import.run("name\nAda\n", ":START_ID,:TYPE,:END_ID\n1,R,2\n"),
                 {"r.csv:1:1", "no node file has an :ID column"});
  import.refuses(import.run("id:ID(P)\n1\n", ":START_ID(P),:TYPE,:END_ID\n1,R,1\n"),
                 {"r.csv:1:20", "without an id space"});
  import.refuses(import.run("id:ID,x:int{crs:a}\n1,2\n"), {"n.csv:1:7", "crs"});
  import.refuses(import.run("id:ID,x:int(P)\n1,2\n"), {"n.csv:1:7", "space"});
  import.refuses(import.run("id:ID,:ACTION\n1,C\n"), {"n.csv:1:7", "--into"});
  import.refuses(import.run("id:ID,:+LABEL\n1,C\n"), {"n.csv:1:7", "--into"});
  import.refuses(import.run("id:ID,,name\n1,,x\n"), {"n.csv:1:7", "name"});
  import.refuses(import.run("1,2\nx,y\n", ":START_ID,:TYPE,:END_ID\n1,R,2\n"), {"r.csv:1"});
}

TEST_CASE("byte-order mark, CRLF, quotes in unquoted fields, no line end at the end, one column") {
  Import import;
  import.takes("\xEF\xBB\xBFid:ID,name\r\n1,5\" disk\r\n\r\n2,\"x\"\"y\"\r\n3,last",
               "\xEF\xBB\xBF:START_ID,:TYPE,:END_ID\r\n1,R,2");
  CHECK(ask(import.file, "MATCH (n) RETURN n.id, n.name = '5\" disk', n.name ORDER BY n.id;") ==
        "1,true,\"5\"\" disk\"\n2,false,\"x\"\"y\"\n3,false,last\n");
  CHECK(ask(import.file, "MATCH ()-[r:R]->() RETURN count(r);") == "1\n");
  Import one;
  one.takes("id:ID\n1\n2\n\n3");
  CHECK(ask(one.file, "MATCH (n) RETURN count(n);") == "3\n");
}

TEST_CASE("files without rows, and parts that are empty") {
  const Folder folder;
  const auto file = folder / "x.kith";
  const auto header = folder.write("h.csv", "id:ID,name\n");
  const auto part = folder.write("p.csv", "1,Ada\n");
  const auto empty = folder.write("e.csv", "");
  const auto ran = run_kith({"import", file, "--nodes", header + "," + empty + "," + part,
                             "--relationships", "R=" + folder.write("r.csv", ":START_ID,:END_ID")});
  CHECK(ran.err == "");
  CHECK(ran.status == 0);
  CHECK(ask(file, "MATCH (n) RETURN n.name;") == "Ada\n");
}

TEST_CASE("ids may be equal in different spaces") {
  const Folder folder;
  const auto file = folder / "x.kith";
  const auto ran =
      run_kith({"import", file, "--nodes", "A=" + folder.write("a.csv", "id:ID(A)\n1\n2\n"),
                "--nodes", "B=" + folder.write("b.csv", "id:ID(B)\n1\n2\n"), "--relationships",
                "R=" + folder.write("r.csv", ":START_ID(A),:END_ID(B)\n1,2\n2,1\n")});
  CHECK(ran.err == "");
  REQUIRE(ran.status == 0);
  CHECK(ask(file, "MATCH (a:A)-[:R]->(b:B) RETURN a.id, b.id ORDER BY a.id;") == "1,2\n2,1\n");
}

TEST_CASE("file patterns: parts in the order of their numbers, the header in a file of its own") {
  for (const std::string style : {"regex", "glob"}) {
    INFO(style);
    const Folder folder;
    const auto file = folder / "x.kith";
    const auto header = folder.write("header.csv", "id:ID,:IGNORE,i:int\n");
    folder.write("part1.csv", "a,x,1\n");
    folder.write("part10.csv", "c,x,3\n");
    folder.write("part2.csv", "b,x,2\n");
    folder.write("partial.txt", "not to be read\n");
    const auto pattern = folder / (style == "regex" ? "part\\d+\\.csv" : "part*.csv");
    const auto ran = run_kith(
        {"import", file, "--path-pattern-style", style, "--nodes", "L=" + header + "," + pattern});
    CHECK(ran.err == "");
    REQUIRE(ran.status == 0);
    CHECK(ask(file, "MATCH (n:L) RETURN id(n), n.id, n.i, size(keys(n)) ORDER BY id(n);") ==
          "0,a,1,2\n1,b,2,2\n2,c,3,2\n");
    const auto none = run_kith({"import", folder / "y.kith", "--path-pattern-style", "none",
                                "--nodes", header + "," + pattern});
    CHECK(none.status == 1);
    const auto miss = run_kith({"import", folder / "y.kith", "--path-pattern-style", style,
                                "--nodes", folder / "prat.*csv"});
    CHECK(miss.status == 1);
    CHECK(miss.err.find("matches") != std::string::npos);
  }
}

TEST_CASE("headers that parts repeat are left out on request") {
  const Folder folder;
  const auto files = folder.write("a.csv", "id:ID,name\n1,Ada\n") + "," +
                     folder.write("b.csv", "id:ID,name\n2,Alan\n") + "," +
                     folder.write("c.csv", "3,Grace\n");
  const auto file = folder / "x.kith";
  CHECK(run_kith({"import", file, "--auto-skip-subsequent-headers", "--nodes", files}).status == 0);
  CHECK(ask(file, "MATCH (n) RETURN n.name ORDER BY n.id;") == "Ada\nAlan\nGrace\n");
  const auto as_data = folder / "y.kith";
  CHECK(run_kith({"import", as_data, "--nodes", files}).status == 0);
  CHECK(ask(as_data, "MATCH (n) RETURN count(n);") == "4\n");
}

TEST_CASE("fields over several lines: in all files, in some, in none") {
  const std::string nodes = "id:ID,text\n1,\"a\nb\"\n2,\"c, \"\"d\"\"\n\n\"\n";
  Import import;
  for (const auto& how : {std::string("--multiline-fields"), std::string("--multiline-fields=true"),
                          "--multiline-fields=" + (import.folder / "n.csv")}) {
    INFO(how);
    import.takes(nodes, "", {how, "--overwrite-destination"});
    CHECK(ask(import.file, "MATCH (n) RETURN size(n.text) ORDER BY n.id;") == "3\n8\n");
  }
  import.takes(nodes, "", {"--multiline-fields", "true", "--overwrite-destination"});
  Import refused;
  refused.refuses(refused.run(nodes, "", {"--multiline-fields", "false"}),
                  {"n.csv:2:3", "not closed on its line"});
}

TEST_CASE("backslashes escape quotes only in the legacy style") {
  Import import;
  import.takes("id:ID,text\n1,\"say \\\"hi\\\\\"\n", "", {"--legacy-style-quoting"});
  CHECK(ask(import.file, "MATCH (n) RETURN n.text = 'say \"hi\\\\';") == "true\n");
  Import plain;
  plain.takes("id:ID,text\n1,\"a\\\"\n");
  CHECK(ask(plain.file, "MATCH (n) RETURN n.text = 'a\\\\';") == "true\n");
}

TEST_CASE("empty strings, spaces around strings") {
  Import import;
  const std::string nodes = "id:ID,a,b:int\n1, x , 7 \n2,\"\",\n3,\" y \",\n4,,\n";
  import.takes(nodes);
  CHECK(ask(import.file, "MATCH (n) RETURN size(n.a), n.b ORDER BY n.id;") == "3,7\n0,\n3,\n,\n");
  import.takes(nodes, "", {"--trim-strings", "--ignore-empty-strings", "--overwrite-destination"});
  CHECK(ask(import.file, "MATCH (n) RETURN size(n.a), n.b ORDER BY n.id;") == "1,7\n,\n3,\n,\n");
}

TEST_CASE("encodings and packed files") {
  Import import;
  import.takes("id:ID,name\n1,caf\xe9\n", "", {"--input-encoding", "ISO-8859-1"});
  CHECK(ask(import.file, "MATCH (n) RETURN n.name;") == "café\n");
  Import wrong;
  wrong.refuses(wrong.run("id:ID,name\n1,caf\xe9\n"), {"n.csv:2:6", "UTF-8"});
  const Folder folder;
  const std::string gzip(
      "\037\213\010\000\000\000\000\000\002\003\313\114\261\362\164\321\311\113\314\115"
      "\345\062\324\161\114\111\344\002\000\037\346\006\204\021\000\000\000",
      37);
  const auto packed = folder.write("n.csv.gz", gzip);
  const auto file = folder / "x.kith";
  const auto ran = run_kith({"import", file, "--nodes", packed});
  CHECK(ran.err == "");
  CHECK(ask(file, "MATCH (n) RETURN n.id, n.name;") == "1,Ada\n");
  folder.write("n.csv.gz", gzip.substr(0, 25));
  const auto cut = run_kith({"import", folder / "y.kith", "--nodes", packed});
  CHECK(cut.status == 1);
  CHECK(cut.err.find("n.csv.gz") != std::string::npos);
}

TEST_CASE("a row must fit into the read buffer") {
  Import import;
  const std::string nodes = "id:ID,text\n1," + std::string(100'000, 'x') + "\n";
  import.refuses(import.run(nodes, "", {"--read-buffer-size", "50KB"}),
                 {"n.csv:2:1: ", "51200 bytes"});
  import.takes(nodes, "", {"--read-buffer-size", "200KB"});
  CHECK(ask(import.file, "MATCH (n) RETURN size(n.text);") == "100000\n");
}

TEST_CASE("what is left out is counted, reported and limited") {
  Import import;
  const std::string nodes = "id:ID(P),name\n1,Ada\n2,Alan\n1,\"A \"\"x\"\"\"\n";
  const std::string relationships = ":START_ID(P),:TYPE,:END_ID(P)\n1,R,9\n8,R,9\n1,R,2\n,R,1\n";
  const auto report = import.folder / "report.csv";
  const std::vector<std::string> skip{"--skip-duplicate-nodes=true", "--skip-bad-relationships"};
  auto more = skip;
  more.insert(more.end(), {"--report-file", report});
  const auto ran = import.run(nodes, relationships, more);
  CHECK(ran.err == "");
  CHECK(ran.out.find("skipped 1 duplicate nodes, 3 relationships") != std::string::npos);
  const auto n = import.folder / "n.csv", r = import.folder / "r.csv";
  CHECK(lines_of(read_file(report)) ==
        std::vector<std::string>{
            R"({"type":"duplicate_node","file":")" + n +
                R"(","line":4,"column":1,"id":"1","space":"P"})",
            R"({"type":"dangling_relationship","file":")" + r +
                R"(","line":2,"missing":[{"end":"end","column":5,"id":"9","space":"P"}]})",
            R"({"type":"dangling_relationship","file":")" + r +
                R"(","line":3,"missing":[{"end":"start","column":1,"id":"8","space":"P"},)" +
                R"({"end":"end","column":5,"id":"9","space":"P"}]})",
            R"({"type":"dangling_relationship","file":")" + r +
                R"(","line":5,"missing":[{"end":"start","column":1,"id":"","space":"P"}]})"});
  Import limited;
  auto three = skip;
  three.insert(three.end(), {"--bad-tolerance", "3"});
  limited.refuses(limited.run(nodes, relationships, three), {"r.csv:5", "--bad-tolerance is 3"});
  three.back() = "4";
  three.push_back("--skip-bad-entries-logging");
  three.push_back("--strict");
  CHECK(limited.run(nodes, relationships, three).status == 0);
}

TEST_CASE("a million duplicates and every second row bad take as long as good rows do") {
  std::string nodes = "id:ID\n", relationships = ":START_ID,:TYPE,:END_ID\n";
  for (int i = 0; i < 300'000; ++i)
    nodes += i % 3 == 0 ? "node " + std::to_string(i) + "\n" : "same\n";
  for (int i = 0; i < 200'000; ++i) relationships += i % 2 == 0 ? "same,R,same\n" : "same,R,none\n";
  Import import;
  const auto ran =
      import.run(nodes, relationships, {"--skip-duplicate-nodes", "--skip-bad-relationships"});
  CHECK(ran.status == 0);
  CHECK(ran.out.find("imported 100001 nodes, 100000 relationships") == 0);
  CHECK(ran.out.find("skipped 199999 duplicate nodes, 100000 relationships") != std::string::npos);
}

TEST_CASE("a dry run checks everything and makes nothing") {
  Import import;
  const auto ran =
      import.run(kTwoPeople, ":START_ID,:TYPE,:END_ID,w:int\n1,R,2,5\n", {"--dry-run"});
  CHECK(ran.status == 0);
  CHECK(ran.out.find("would import 2 nodes, 1 relationships, 5 properties") == 0);
  CHECK(import.folder.names() == std::vector<std::string>{"n.csv", "r.csv"});
  import.refuses(import.run(kTwoPeople, ":START_ID,:TYPE,:END_ID\n1,R,3\n", {"--dry-run"}),
                 {"r.csv:2:5"});
}

TEST_CASE("arguments from a file, progress in lines, temporary files elsewhere") {
  Import import;
  const auto nodes = import.folder.write("n.csv", kTwoPeople);
  const auto words = import.folder.write(
      "a.csv", "# comment\n--nodes \"Q=" + nodes + "\"\n  --skip-duplicate-nodes true --verbose\n" +
                   "--temp-path '" + import.folder.path + "'\n");
  const auto ran = run_kith({"import", import.file, "@" + words, "--threads", "2"});
  CHECK(ran.status == 0);
  CHECK(ran.err.find("nodes: 2 rows") != std::string::npos);
  CHECK(ran.err.find("writing: 2 rows") != std::string::npos);
  CHECK(ran.err.find('\r') == std::string::npos);
  CHECK(ask(import.file, "MATCH (n:Q:P) RETURN count(n);") == "2\n");
}
