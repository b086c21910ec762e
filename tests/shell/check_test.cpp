// tests/shell/check_test.cpp: `kith check`: what it prints, and its exit status.
#include <catch2/catch.hpp>
#include <fstream>

#include "tests/shell/program.hpp"

using kith::test::Folder;
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

void flip(const std::string& path, std::size_t at) {
  std::string bytes = read_file(path);
  bytes.at(at) = static_cast<char>(bytes.at(at) ^ 1);
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

TEST_CASE("a sound database: counts, and status 0") {
  const Folder folder;
  const auto ran = run_kith({"check", make_database(folder)});
  CHECK(ran.status == 0);
  CHECK(ran.err == "");
  CHECK(ran.out.find("nodes                               2\n") != std::string::npos);
  CHECK(ran.out.find("x.kith is sound\n") != std::string::npos);
  CHECK(folder.names() == std::vector<std::string>{"x.kith"});
}

TEST_CASE("a damaged database: each problem with its place, and status 1") {
  const Folder folder;
  const auto file = make_database(folder);
  const std::size_t pages = read_file(file).size() / 4096;
  std::size_t damaged = 0;
  for (std::size_t page = 4; page < pages; ++page) {
    flip(file, page * 4096 + 20);
    const auto ran = run_kith({"check", "--quiet", file});
    flip(file, page * 4096 + 20);
    if (ran.status == 0) continue;  // a free page
    ++damaged;
    CHECK(ran.status == 1);
    CHECK(ran.out.find("problem: ") == 0);
    CHECK(ran.out.find(" page ") != std::string::npos);
    CHECK(ran.out.find("is damaged: ") != std::string::npos);
  }
  CHECK(damaged > 3);
  CHECK(run_kith({"check", file}).status == 0);
}

TEST_CASE("what is not a database, or not there, or badly asked for: status 2") {
  const Folder folder;
  const auto missing = run_kith({"check", folder / "none.kith"});
  CHECK(missing.status == 2);
  CHECK(missing.err.find("none.kith") != std::string::npos);
  const auto text = run_kith({"check", folder.write("text", std::string(10000, 'x'))});
  CHECK(text.status == 2);
  CHECK(text.err.find("is not a kith database") != std::string::npos);
  CHECK(run_kith({"check"}).status == 2);
  CHECK(run_kith({"check", "--help"}).status == 0);
}
