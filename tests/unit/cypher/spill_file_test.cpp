// tests/unit/cypher/spill_file_test.cpp: rows in the temporary file.
#include "cypher/exec/spill_file.hpp"

#include <catch2/catch.hpp>

#include "core/compare.hpp"
#include "core/encode.hpp"
#include "kith/error.hpp"
#include "tests/unit/core/random_cells.hpp"
#include "tests/unit/cypher/watched_files.hpp"

namespace kith::exec {
namespace {

using test::FileCall;

std::string bytes_of(const Cell& cell) {
  std::string bytes;
  encode(bytes, cell);
  return bytes;
}

struct Space {
  std::shared_ptr<test::WatchedFiles> files = std::make_shared<test::WatchedFiles>();  // shared
  MemoryBudget budget{1 << 20};
  SpillFile file{{files, {"/tmp"}}, budget, 256};
};

}  // namespace

TEST_CASE("S3: rows of all kinds of values come back exactly, by every reader") {
  const std::uint64_t seed = test::fresh_seed();
  CAPTURE(seed);
  Arena arena;
  test::RandomCells random(seed, arena);
  Space space;
  {
    constexpr std::size_t kColumns = 4, kRows = 700;
    std::vector<std::vector<Cell>> rows;
    RunWriter writer(space.file, kColumns);
    for (std::size_t i = 0; i < kRows; ++i) {
      std::vector<Cell> row = {random.any(), random.any(), random.any()};
      if (i % 100 == 7) row[1] = Cell::of(arena.copy(std::string(1000, 'x')));  // many pages
      row.push_back(position_cell(random.below(1u << 30) << 20, random.below(UINT32_MAX)));
      writer.add(row.data());
      rows.push_back(row);
    }
    const Run run = writer.finish();
    REQUIRE(run.rows() == kRows);
    RunReader first(run), second(run);
    bool same = true;
    for (const auto& row : rows) {
      for (RunReader* reader : {&first, &second}) {
        const Cell* read = reader->next();
        REQUIRE(read != nullptr);
        for (std::size_t c = 0; c + 1 < kColumns; ++c) {
          same = same && bytes_of(read[c]) == bytes_of(row[c]);
        }
        same = same && read[kColumns - 1].word == row[kColumns - 1].word &&
               read[kColumns - 1].aux == row[kColumns - 1].aux;
      }
    }
    CHECK(same);
    CHECK(first.next() == nullptr);
    CHECK(space.file.pages_in_use() > 0);
    CHECK(space.files->list("/tmp").empty());  // S5
  }
  CHECK(space.file.pages_in_use() == 0);  // S4
  CHECK(space.budget.used() == 0);
}

TEST_CASE("S3: a page that is not what was written is an error") {
  Space space;
  const std::string text(200, 'a');
  const Cell row[2] = {Cell::of(std::string_view(text)), position_cell(1, 2)};
  RunWriter writer(space.file, 2);
  for (int i = 0; i < 3; ++i) writer.add(row);
  const Run run = writer.finish();
  SpillFile::Page other = space.file.write(std::as_bytes(std::span(text)));
  other.number = 0;  // as if it had been written there
  std::vector<std::byte> buffer(space.file.page_bytes());
  CHECK_THROWS_AS(space.file.read(other, buffer), StorageError);
}

TEST_CASE("S4: pages of a run that failed half-way are written again") {
  Space space;
  const std::string text(200, 'a');
  const Cell row[2] = {Cell::of(std::string_view(text)), position_cell(0, 0)};
  int left = 3;
  space.files->before = [&](FileCall call, const std::string&) {
    if (call == FileCall::Write && --left == 0) throw StorageError("NoSpace", "the disk is full");
  };
  {
    RunWriter writer(space.file, 2);
    CHECK_THROWS_AS(
        [&] {
          for (int i = 0; i < 10; ++i) writer.add(row);
        }(),
        StorageError);
  }
  CHECK(space.file.pages_in_use() == 0);
  RunWriter writer(space.file, 2);
  for (int i = 0; i < 10; ++i) writer.add(row);
  const Run run = writer.finish();
  CHECK(run.rows() == 10);
}

TEST_CASE("more rows of one source than a position can count are an error") {
  CHECK(position_cell(3, UINT32_MAX).aux == UINT32_MAX);
  CHECK_THROWS_AS(position_cell(3, std::uint64_t{UINT32_MAX} + 1), ResourceError);
}

}  // namespace kith::exec
