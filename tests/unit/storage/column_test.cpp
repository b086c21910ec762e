// tests/unit/storage/column_test.cpp: every encoding gives back what it was given.
#include "storage/column/column.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/compare.hpp"
#include "core/encode.hpp"
#include "kith/error.hpp"
#include "storage/column/column_reader.hpp"
#include "tests/unit/storage/disk_fixture.hpp"

namespace kith::storage {

namespace {

constexpr KeyId kKey{3};

// The same to the bit: NaN, -0.0 and kinds included.
bool same(const Cell& a, const Cell& b) {
  std::string one, other;
  encode(one, a);
  encode(other, b);
  return one == other;
}

std::uint32_t differences(Disk& disk, const ColumnChunk& column, std::span<const Cell> cells) {
  Arena arena;
  std::uint32_t wrong = 0;
  ColumnReader reader(disk.pool, column);
  const auto rows = static_cast<std::uint32_t>(cells.size());
  for (std::uint32_t i = 0; i < rows; ++i) {
    wrong += same(reader.read(i, arena), cells[i]) ? 0 : 1;
    wrong += reader.has_value(i) == !cells[i].is_null() ? 0 : 1;
  }
  wrong += reader.read(rows + 5, arena).is_null() ? 0 : 1;
  for (const VectorType type : {column.vector_type(), VectorType::Any}) {
    Vector run, picked;
    run.reset(type, rows + 2);
    reader.read_run(0, rows, 1, run);
    for (std::uint32_t i = 0; i < rows; ++i) wrong += same(run.cell(i + 1), cells[i]) ? 0 : 1;
    std::vector<std::uint32_t> slots, to;
    for (std::uint32_t i = 0; i < rows; i += 3) slots.push_back(rows - 1 - i);
    for (std::uint32_t i = 0; i < slots.size(); ++i)
      to.push_back(static_cast<std::uint32_t>(slots.size()) - 1 - i);
    picked.reset(type, static_cast<std::uint32_t>(slots.size()));
    reader.read(slots, to, picked);
    for (std::uint32_t i = 0; i < slots.size(); ++i)
      wrong += same(picked.cell(to[i]), cells[slots[i]]) ? 0 : 1;
  }
  return wrong;
}

Encoding round_trip(std::span<const Cell> cells) {
  Disk disk;
  const ColumnChunk column = encode_column(disk.out, kKey, cells);
  CHECK(differences(disk, column, cells) == 0);
  std::uint32_t values = 0;
  for (const Cell& cell : cells) values += cell.is_null() ? 0 : 1;
  CHECK(column.header.values == values);
  if (column.has_range()) {
    for (const Cell& cell : cells) {
      if (cell.is_null()) continue;
      CHECK(std::is_lteq(order(column.minimum(), cell)));
      CHECK(std::is_gteq(order(column.maximum(), cell)));
    }
  }
  return column.header.encoding;
}

void strew_nulls(Random& random, std::vector<Cell>& cells, std::uint64_t one_in) {
  for (std::size_t i = 0; i + 1 < cells.size(); ++i)
    if (random.one_in(one_in)) cells[i] = Cell::null();
}

template <class Make>
void check_all_densities(Encoding expected, Make&& make) {
  Random random;
  INFO(random.note());
  for (const std::size_t rows : {1u, 2u, 63u, 64u, 65u, 1000u, 16384u}) {
    std::vector<Cell> cells;
    for (std::size_t i = 0; i < rows; ++i) cells.push_back(make(random, i));
    const Encoding dense = round_trip(cells);
    if (rows >= 1000) CHECK(dense == expected);
    strew_nulls(random, cells, 3);
    round_trip(cells);
    for (std::size_t i = 0; i < rows; ++i)
      if (i % 20 != 7 && i + 1 < rows) cells[i] = Cell::null();  // few: a list of slots
    round_trip(cells);
  }
}

}  // namespace

TEST_CASE("Constant columns of every kind come back") {
  Arena arena;
  const Cell items[] = {Cell::of(std::int64_t{1}), Cell::of(2.5)};
  const Cell values[] = {Cell::boolean(true),
                         Cell::of(std::numeric_limits<std::int64_t>::min()),
                         Cell::of(-0.0),
                         Cell::of(std::nan("")),
                         Cell::of("same"),
                         Cell::of(""),
                         Cell::date(-12345),
                         Cell::local_time(5),
                         Cell::time(7, -3600),
                         Cell::local_date_time(-1, 999),
                         make_list(arena, items),
                         make_datetime(arena, {1, 2, 3600, "Europe/Berlin"}),
                         make_duration(arena, {1, -2, 3, 4}),
                         make_point(arena, {4326, 2, {1.5, -2.5, 0}})};
  for (const Cell& value : values)
    check_all_densities(Encoding::Constant, [&](Random&, std::size_t) { return value; });
}

TEST_CASE("Booleans take a bit each") {
  check_all_densities(Encoding::Plain, [](Random& random, std::size_t i) {
    return Cell::boolean(i == 0 || (i != 1 && random.one_in(2)));
  });
}

TEST_CASE("Small integers, dates and local times are packed, the extremes are not") {
  check_all_densities(Encoding::Packed, [](Random& random, std::size_t i) {
    return Cell::of(static_cast<std::int64_t>(i % 2 + random.below(1000)) - 500);
  });
  check_all_densities(Encoding::Packed, [](Random& random, std::size_t i) {
    return Cell::date(static_cast<std::int64_t>(i % 2 + random.below(40000)));
  });
  check_all_densities(Encoding::Packed, [](Random& random, std::size_t i) {
    return Cell::local_time(static_cast<std::int64_t>(i % 2 + random.below(86'400'000'000'000)));
  });
  check_all_densities(Encoding::Plain, [](Random& random, std::size_t i) {
    if (i % 7 == 0) return Cell::of(std::numeric_limits<std::int64_t>::min());
    if (i % 7 == 1) return Cell::of(std::numeric_limits<std::int64_t>::max());
    return Cell::of(static_cast<std::int64_t>(random.word()));
  });
}

TEST_CASE("Packed integers of every width come back") {
  Random random;
  INFO(random.note());
  for (std::uint32_t width = 1; width <= 64; ++width) {
    std::vector<Cell> cells;
    const std::uint64_t mask = width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
    for (int i = 0; i < 777; ++i)
      cells.push_back(Cell::of(static_cast<std::int64_t>((random.word() & mask) - mask / 2)));
    cells[5] = Cell::of(static_cast<std::int64_t>(mask - mask / 2));
    cells[6] = Cell::of(static_cast<std::int64_t>(std::uint64_t{0} - mask / 2));
    round_trip(cells);
  }
}

TEST_CASE("Floats come back to the bit") {
  check_all_densities(Encoding::Plain, [](Random& random, std::size_t i) {
    constexpr double kSpecial[] = {0.0,    -0.0,   1e308,
                                   -1e308, 5e-324, std::numeric_limits<double>::infinity()};
    if (i % 5 == 0) return Cell::of(kSpecial[i / 5 % std::size(kSpecial)]);
    return Cell::of(static_cast<double>(random.word()) / 1e9);
  });
  Random random;
  std::vector<Cell> cells = {Cell::of(1.0), Cell::of(std::nan("")), Cell::of(2.0)};
  Disk disk;
  CHECK_FALSE(encode_column(disk.out, kKey, cells).has_range());
  round_trip(cells);
}

TEST_CASE("Few different strings become a dictionary, many do not") {
  static const std::string kWords[] = {"", "a", "Zoë", "zebra", "apple pie", std::string(300, 'x')};
  check_all_densities(Encoding::Dictionary, [](Random& random, std::size_t i) {
    return Cell::of(std::string_view(kWords[i < 2 ? i : random.below(std::size(kWords))]));
  });
  static std::vector<std::string> texts;
  texts.resize(kSegmentSlots);
  check_all_densities(Encoding::Strings, [](Random& random, std::size_t i) {
    texts[i] = random.text(30) + std::to_string(i);
    return Cell::of(std::string_view(texts[i]));
  });
}

TEST_CASE("A segment of long strings lies in many blocks, and one may be longer than a block") {
  Random random;
  INFO(random.note());
  std::vector<std::string> texts(300);
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    texts[i] = random.text(i == 100 || i == 299 ? 1'000'000 : 20'000) + std::to_string(i);
    if (i == 100) texts[i] += std::string(700'000, 'y');
    cells.push_back(i % 9 == 4 ? Cell::null() : Cell::of(std::string_view(texts[i])));
  }
  Disk disk;
  const ColumnChunk column = encode_column(disk.out, kKey, cells);
  CHECK(column.heap.size() > 10);
  CHECK(differences(disk, column, cells) == 0);
}

TEST_CASE("Mixed columns hold anything") {
  static Arena arena;
  static std::vector<std::string> texts;
  texts.resize(kSegmentSlots);
  check_all_densities(Encoding::Mixed, [](Random& random, std::size_t i) {
    texts[i] = random.text(40);
    switch (i < 2 ? i : random.below(8)) {
      case 0:
        return Cell::of(static_cast<std::int64_t>(random.word()));
      case 1:
        return Cell::of(std::string_view(texts[i]));
      case 2:
        return Cell::of(static_cast<double>(random.word()));
      case 3:
        return Cell::boolean(random.one_in(2));
      case 4: {
        const Cell items[] = {Cell::of("x"), Cell::of("yy")};
        return make_list(arena, items);
      }
      case 5:
        return make_duration(arena, {static_cast<std::int64_t>(random.below(100)), 1, 2, 3});
      case 6:
        return make_datetime(arena, {static_cast<std::int64_t>(random.below(9999)), 1, 0, "UTC"});
      default:
        return Cell::time(static_cast<std::int64_t>(random.below(1000)), 60);
    }
  });
}

TEST_CASE("A column without a value has no chunk") {
  Disk disk;
  const std::vector<Cell> cells(100);
  CHECK(encode_column(disk.out, kKey, cells).header.values == 0);
  CHECK(encode_column(disk.out, kKey, {}).header.values == 0);
}

TEST_CASE("Integers without nulls are read straight") {
  Random random;
  INFO(random.note());
  for (const std::uint64_t limit :
       {std::uint64_t{1}, std::uint64_t{1000}, std::uint64_t{1} << 60}) {
    Disk disk;
    std::vector<std::int64_t> values, read(5000);
    const auto least = -static_cast<std::int64_t>(random.below(limit));
    for (int i = 0; i < 5000; ++i)
      values.push_back(least + static_cast<std::int64_t>(random.below(limit)));
    const ColumnChunk column = encode_integers(disk.out, kKey, values);
    std::vector<Cell> cells;
    for (const std::int64_t value : values) cells.push_back(Cell::of(value));
    CHECK(differences(disk, column, cells) == 0);
    const ColumnHeader other = encode_column(disk.out, kKey, cells).header;
    CHECK(std::memcmp(&other, &column.header, sizeof other) == 0);
    ColumnReader reader(disk.pool, column);
    reader.read_integers(0, 5000, read.data());
    CHECK(read == values);
    const std::vector<std::uint32_t> slots = {4999, 0, 77};
    reader.read_integers(slots, read.data());
    CHECK((read[0] == values[4999] && read[1] == values[0] && read[2] == values[77]));
  }
}

TEST_CASE("Patches change what they name and nothing else") {
  Random random;
  INFO(random.note());
  for (int round = 0; round < 60; ++round) {
    Disk disk;
    const std::size_t longest = round % 3 == 0 ? 20000 : 20;
    std::vector<std::string> texts;
    texts.reserve(2000);
    const auto value = [&]() -> Cell {
      if (random.one_in(10)) return Cell::null();
      if (round % 3 == 1 && random.one_in(2)) return Cell::of(std::int64_t{5});
      std::string text = random.text(longest);
      if (longest > 1000 && random.one_in(50)) text = std::string(600'000, 'q') + text;
      return Cell::of(std::string_view(texts.emplace_back(std::move(text))));
    };
    std::vector<Cell> cells(200 + random.below(200));
    for (Cell& cell : cells) cell = value();
    ColumnChunk column;
    column.header.id = kKey.value;
    if (round % 5 != 0) column = encode_column(disk.out, kKey, cells);
    if (round % 5 == 0) cells.assign(cells.size(), Cell::null());
    for (int step = 0; step < 4; ++step) {
      if (random.one_in(3)) cells.resize(cells.size() + random.below(30));
      std::vector<CellChange> changes;
      const std::uint64_t rarity = random.one_in(2) ? 100 : 5;
      for (std::uint32_t slot = 0; slot < cells.size(); ++slot)
        if (random.one_in(rarity)) changes.push_back({slot, cells[slot] = value()});
      column = patch_column(disk.out, disk.pool, column, changes);
      if (column.header.values > 0) REQUIRE(differences(disk, column, cells) == 0);
    }
  }
}

TEST_CASE("A patch of a long heap keeps the blocks it does not touch") {
  Disk disk;
  std::vector<std::string> texts;
  std::vector<Cell> cells;
  for (int i = 0; i < 1000; ++i) texts.push_back(std::string(10'000, 'a') + std::to_string(i));
  for (const std::string& text : texts) cells.push_back(Cell::of(std::string_view(text)));
  const ColumnChunk before = encode_column(disk.out, kKey, cells);
  const CellChange change{500, cells[500] = Cell::of("short")};
  const ColumnChunk after = patch_column(disk.out, disk.pool, before, {&change, 1});
  CHECK(differences(disk, after, cells) == 0);
  std::size_t kept = 0;
  for (const BlockRef& block : after.chunk.blocks)
    for (const BlockRef& old : before.chunk.blocks) kept += block.ptr == old.ptr ? 1 : 0;
  CHECK(kept + 3 >= before.chunk.blocks.size());
}

TEST_CASE("A flipped byte in any block of a column is an error") {
  Disk disk(0);
  std::vector<std::string> texts;
  std::vector<Cell> cells;
  for (int i = 0; i < 100; ++i) texts.push_back(std::string(9'000, 'a') + std::to_string(i));
  for (const std::string& text : texts) cells.push_back(Cell::of(std::string_view(text)));
  const ColumnChunk column = encode_column(disk.out, kKey, cells);
  REQUIRE(column.chunk.blocks.size() > 3);
  for (const BlockRef& block : column.chunk.blocks) {
    std::byte b;
    const std::uint64_t at = block.ptr.page * kPageBytes + 16 + block.ptr.bytes / 2;
    disk.file.file().read(at, {&b, 1});
    const std::byte bad = b ^ std::byte{4};
    disk.file.file().write(at, {&bad, 1});
    disk.pool.set_limit(0);  // drops what is not pinned
    CHECK_THROWS_AS(differences(disk, column, cells), StorageError);
    disk.file.file().write(at, {&b, 1});
    CHECK(differences(disk, column, cells) == 0);
  }
}

}  // namespace kith::storage
