// tests/unit/api/backup_test.cpp: a copy of a database, which may be in memory, in a file.
#include <catch2/catch.hpp>

#include "kith/kith.hpp"
#include "tests/unit/api/fixture.hpp"

namespace kith {

TEST_CASE("A backup is a database of its own, and overwrites nothing") {
  const test::Folder folder;
  const std::string path = folder / "copy.kith";
  auto original = Database::open(":memory:");
  original.connect().execute(
      "UNWIND range(1, 300) AS i CREATE (:N {i: i})-[:R]->(:M), (:N {i: -i})");
  const auto report = original.backup(path);
  CHECK(report.nodes == 900);
  CHECK(report.relationships == 300);
  CHECK(report.position == original.statistics().position);
  CHECK(check(path).sound());
  original.connect().execute("MATCH (n) DETACH DELETE n");
  {
    auto copy = Database::open(path);
    CHECK(copy.statistics().nodes == 900);
    copy.connect().execute("CREATE (:New)");
    CHECK(copy.statistics().nodes == 901);
  }
  CHECK_THROWS_AS(original.backup(path), StorageError);
  CHECK_THROWS_AS(original.backup(":memory:"), StorageError);
  CHECK_THROWS_AS(original.backup(folder / "none/copy.kith"), StorageError);
}

}  // namespace kith
