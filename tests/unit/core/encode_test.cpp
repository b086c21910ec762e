// tests/unit/core/encode_test.cpp: cells as bytes, and damaged bytes as errors.
#include "core/encode.hpp"

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>

#include "core/compare.hpp"
#include "core/print.hpp"
#include "kith/error.hpp"
#include "tests/unit/core/random_cells.hpp"

using namespace kith;

namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string encoded(const Cell& cell) {
  std::string out;
  encode(out, cell);
  return out;
}

void check_corrupt(const std::string& bytes) {
  Arena arena;
  ByteReader reader(bytes_of(bytes));
  try {
    static_cast<void>(decode(reader, arena));
    FAIL("decoded " << bytes.size() << " bytes that mean nothing");
  } catch (const StorageError& error) {
    CHECK(error.detail() == "CorruptValue");
  }
}

}  // namespace

TEST_CASE("values that are encoded together are the same bytes as one after another") {
  const std::uint64_t seed = test::fresh_seed();
  CAPTURE(seed);
  Arena arena;
  test::RandomCells random(seed, arena);
  std::vector<Cell> cells;
  std::string expected;
  for (int round = 0; round < 500; ++round) {
    Cell cell = random.any(2);
    if (round % 3 == 0)
      cell = Cell::of(arena.copy(std::string(static_cast<std::size_t>(round) % 130, 'x')));
    cells.push_back(cell);
    expected += encoded(cell);
  }
  std::string together;
  encode(together, cells);
  CHECK(together == expected);
}

TEST_CASE("numbers of any length are read as they were written") {
  for (unsigned bits = 0; bits < 64; ++bits) {
    const std::uint64_t top = std::uint64_t{1} << bits;
    for (const std::uint64_t value : {top - 1, top, top + 1, top | 0x5555555555555555 % top}) {
      std::string bytes;
      put_varint(bytes, value);
      CHECK(bytes.size() ==
            std::max<std::size_t>(1, (static_cast<std::size_t>(std::bit_width(value)) + 6) / 7));
      ByteReader reader(bytes_of(bytes));
      CHECK(reader.varint() == value);
      CHECK(reader.at_end());
    }
  }
}

TEST_CASE("what was encoded decodes to the same, and cut off anywhere it is an error") {
  const std::uint64_t seed = test::fresh_seed();
  CAPTURE(seed);
  Arena arena;
  test::RandomCells random(seed, arena);
  for (int round = 0; round < 500; ++round) {
    const Cell original = random.any(4);
    const std::string bytes = encoded(original);
    Arena target;
    ByteReader reader(bytes_of(bytes));
    const Cell read = decode(reader, target);
    CHECK(reader.at_end());
    CHECK(equivalent(read, original));
    CHECK(read.kind == original.kind);
    CHECK(read.depth == original.depth);
    CHECK(encoded(read) == bytes);  // bit by bit: -0.0, NaNs, 1 against 1.0
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      check_corrupt(bytes.substr(0, length));
    }
  }
}

TEST_CASE("damaged bytes decode to something or to an error, and take little memory") {
  const std::uint64_t seed = test::fresh_seed();
  CAPTURE(seed);
  Arena arena;
  test::RandomCells random(seed, arena);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = encoded(random.any(3));
    for (std::uint64_t i = 0; i <= random.below(3) && !bytes.empty(); ++i) {
      bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
    }
    Arena target;
    ByteReader reader(bytes_of(bytes));
    try {
      const Cell read = decode(reader, target);
      if (read.depth > kMaxNesting) FAIL("nested too deep");
    } catch (const StorageError&) {
    }
    if (target.bytes() > 4096 + 64 * bytes.size()) FAIL("took " << target.bytes() << " bytes");
    if (round % 512 == 0) arena.reset();
  }
}

TEST_CASE("nested lists that promise more than there is are refused before memory is taken") {
  std::string bytes;
  for (int i = 0; i < 500; ++i) {
    bytes.push_back(static_cast<char>(Kind::List));
    put_varint(bytes, 100'000);
  }
  bytes.append(200'000, '\0');
  Arena arena;
  ByteReader reader(bytes_of(bytes));
  CHECK_THROWS_AS(decode(reader, arena), StorageError);
  CHECK(arena.bytes() < 64 * bytes.size());
}

TEST_CASE("lists nested too deep are refused") {
  std::string bytes;
  for (int i = 0; i <= kMaxNesting; ++i) bytes.append({static_cast<char>(Kind::List), '\1'});
  bytes.push_back(static_cast<char>(Kind::Null));
  check_corrupt(bytes);
}

TEST_CASE("values out of range are refused") {
  const auto of = [](Kind kind, std::initializer_list<std::uint64_t> numbers) {
    std::string bytes(1, static_cast<char>(kind));
    for (const std::uint64_t number : numbers) put_varint(bytes, number);
    return bytes;
  };
  check_corrupt(std::string(1, static_cast<char>(kKindCount)));
  check_corrupt(of(Kind::Boolean, {2}));
  check_corrupt(of(Kind::LocalTime, {86'400'000'000'000}));
  check_corrupt(of(Kind::Time, {0, 200'000}));
  check_corrupt(of(Kind::LocalDateTime, {0, 1'000'000'000}));
  check_corrupt(of(Kind::Duration, {0, 0, 0, 1'000'000'000}));
  check_corrupt(of(Kind::Point, {7204, 2}));
  check_corrupt(of(Kind::Point, {7203, 3}));
  check_corrupt(of(Kind::List, {UINT64_MAX}));
  check_corrupt(of(Kind::Path, {UINT64_MAX}));
  check_corrupt(of(Kind::String, {UINT64_MAX}));
  std::string unsorted = of(Kind::Map, {2});
  for (const char* key : {"b", "a"}) {
    put_text(unsorted, key);
    unsorted.push_back('\0');
  }
  check_corrupt(unsorted);
}

TEST_CASE("varints round-trip at every length, and longer ones are refused") {
  for (int shift = 0; shift < 64; ++shift) {
    for (const std::uint64_t delta : {std::uint64_t{0}, ~std::uint64_t{0}}) {
      const std::uint64_t value = (std::uint64_t{1} << shift) + delta;
      std::string bytes;
      put_varint(bytes, value);
      put_signed(bytes, static_cast<std::int64_t>(value));
      ByteReader reader(bytes_of(bytes));
      CHECK(reader.varint() == value);
      CHECK(reader.signed_varint() == static_cast<std::int64_t>(value));
      CHECK(reader.at_end());
    }
  }
  const std::string endless(11, '\x80'), too_large = std::string(9, '\xff') + '\x02';
  ByteReader first(bytes_of(endless)), second(bytes_of(too_large));
  CHECK_THROWS_AS(first.varint(), StorageError);
  CHECK_THROWS_AS(second.varint(), StorageError);
}
