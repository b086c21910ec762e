// tests/unit/storage/index_key_test.cpp: the order of key bytes is the order of values.
#include "storage/index/key.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "core/compare.hpp"
#include "tests/unit/storage/disk_fixture.hpp"

namespace kith::storage {
namespace {

int sign(std::weak_ordering by) { return by < 0 ? -1 : by > 0 ? 1 : 0; }

std::string key_of(const Cell& cell) {
  std::string key;
  put_key(key, cell);
  return key;
}

// K1 and K2 for two values.
void check_pair(const Cell& a, const Cell& b) {
  const std::string left = key_of(a), right = key_of(b);
  const int by = left.compare(right);
  CHECK(sign(order(a, b)) == (by < 0 ? -1 : by > 0 ? 1 : 0));
  if (left != right) {
    CHECK_FALSE(left.starts_with(right));
    CHECK_FALSE(right.starts_with(left));
  }
}

class Cells {
 public:
  explicit Cells(Random& random) : random_(random) {}

  Cell any(bool lists = true) {
    switch (random_.below(lists ? 16 : 14)) {
      case 0:
      case 1:
        return Cell::of(integer());
      case 2:
      case 3:
        return Cell::of(real());
      case 4:
      case 5:
        return Cell::of(arena_.copy(text()));
      case 6:
        return Cell::boolean(random_.one_in(2));
      case 7:
        return Cell::date(integer());
      case 8:
        return Cell::local_time(static_cast<std::int64_t>(random_.below(86'400'000'000'000)));
      case 9:
        return Cell::time(static_cast<std::int64_t>(random_.below(5)) * 1'000'000'000,
                          static_cast<std::int32_t>(random_.below(5)) - 2);
      case 10:
        return Cell::local_date_time(integer() / 4, static_cast<std::uint32_t>(random_.below(3)));
      case 11:
        return make_datetime(arena_, {small(), static_cast<std::uint32_t>(random_.below(2)),
                                      static_cast<std::int32_t>(small()), zone()});
      case 12:
        return make_duration(arena_, {small(), small() * 30, small() * 86'400,
                                      static_cast<std::int32_t>(random_.below(3))});
      case 13:
        return point();
      default: {
        std::vector<Cell> items;
        for (std::uint64_t n = random_.below(4); n > 0; --n) items.push_back(any(false));
        return make_list(arena_, items);
      }
    }
  }

 private:
  std::int64_t small() { return static_cast<std::int64_t>(random_.below(5)) - 2; }
  std::int64_t integer() {
    const auto wide = static_cast<std::int64_t>(random_.word() >> random_.below(64));
    const std::int64_t edge = std::int64_t{1} << (50 + random_.below(13));
    switch (random_.below(6)) {
      case 0:
        return small();
      case 1:
        return edge + small();
      case 2:
        return -edge + small();
      case 3:
        return random_.one_in(2) ? std::numeric_limits<std::int64_t>::max() - 1 - small() / 2
                                 : std::numeric_limits<std::int64_t>::min() + 1 + small() / 2;
      default:
        return random_.one_in(2) ? wide : -wide;
    }
  }
  double real() {
    switch (random_.below(8)) {
      case 0:
        return static_cast<double>(small()) / 4;
      case 1:
        return static_cast<double>(integer());
      case 2:
        return random_.one_in(2) ? 0.0 : -0.0;
      case 3: {
        const double edges[] = {std::numeric_limits<double>::infinity(),
                                -std::numeric_limits<double>::infinity(),
                                std::nan(""),
                                5e-324,
                                -5e-324,
                                18446744073709551616.0,
                                -18446744073709551616.0,
                                9223372036854775808.0,
                                18446744073709549568.0,
                                1e300};
        return edges[random_.below(std::size(edges))];
      }
      case 4:
        return std::nextafter(static_cast<double>(integer()), 0.0);
      default:
        return std::bit_cast<double>(random_.word());
    }
  }
  std::string text() {
    std::string text;
    const std::string letters(
        "\0\x01\xff"
        "ab",
        5);
    for (std::uint64_t n = random_.below(5); n > 0; --n) text += letters[random_.below(5)];
    return random_.one_in(10) ? std::string(random_.below(900), 'x') + text : text;
  }
  std::string_view zone() { return random_.one_in(2) ? "" : "Europe/Stockholm"; }
  Cell point() {
    const bool solid = random_.one_in(2);
    return make_point(arena_, {solid ? 9157u : 7203u,
                               solid ? 3u : 2u,
                               {real(), static_cast<double>(small()), solid ? real() : 0.0}});
  }

  Random& random_;
  Arena arena_;
};

TEST_CASE("Keys order as values do, whatever their types") {
  Random random;
  INFO(random.note());
  for (int round = 0; round < 60; ++round) {
    Cells cells(random);
    std::vector<Cell> some;
    for (int i = 0; i < 60; ++i) some.push_back(cells.any());
    for (const Cell& a : some)
      for (const Cell& b : some) check_pair(a, b);
  }
}

TEST_CASE("Numbers that are equal have one key, neighbours beyond 2^53 have two") {
  CHECK(key_of(Cell::of(std::int64_t{1})) == key_of(Cell::of(1.0)));
  CHECK(key_of(Cell::of(0.0)) == key_of(Cell::of(-0.0)));
  const std::int64_t big = (std::int64_t{1} << 60) + 1;
  check_pair(Cell::of(big), Cell::of(static_cast<double>(big)));
  CHECK(key_of(Cell::of(big)) != key_of(Cell::of(static_cast<double>(big))));
  check_pair(Cell::of(std::numeric_limits<std::int64_t>::min()), Cell::of(-9223372036854775808.0));
  CHECK(key_of(Cell::of(std::int64_t{1'000'000})).size() == 5);
}

TEST_CASE("Tuples of keys order as tuples of values") {
  Random random;
  INFO(random.note());
  Cells cells(random);
  for (int round = 0; round < 3000; ++round) {
    const Cell a[] = {cells.any(), cells.any()}, b[] = {cells.any(), cells.any()};
    const Cell& same = random.one_in(2) ? a[0] : b[0];
    const std::string left = key_of(a[0]) + key_of(a[1]), right = key_of(same) + key_of(b[1]);
    const int first = sign(order(a[0], same));
    const int by = left.compare(right);
    CHECK((by < 0 ? -1 : by > 0 ? 1 : 0) == (first != 0 ? first : sign(order(a[1], b[1]))));
  }
}

TEST_CASE("A key that is built only as far as it is needed begins like the whole") {
  Random random;
  INFO(random.note());
  Cells cells(random);
  for (int round = 0; round < 3000; ++round) {
    const Cell cell = cells.any();
    std::string whole = key_of(cell), part;
    put_key(part, cell, kCutKeyBytes);
    const bool same = is_cut(whole) == is_cut(part);
    CHECK(same);
    cut_key(whole);
    cut_key(part);
    CHECK(whole == part);
  }
}

TEST_CASE("Strings with a prefix are exactly those between its bounds") {
  Random random;
  INFO(random.note());
  const std::string letters(
      "\0\xff"
      "ab",
      4);
  const auto word = [&] {
    std::string text;
    for (std::uint64_t n = random.below(5); n > 0; --n) text += letters[random.below(4)];
    return text;
  };
  for (int round = 0; round < 5000; ++round) {
    const std::string prefix = word(), text = word();
    std::string low, high;
    put_key_prefix(low, prefix);
    high = low;
    REQUIRE(next_after_prefix(high));
    const std::string key = key_of(Cell::of(std::string_view(text)));
    CHECK((key >= low && key < high) == text.starts_with(prefix));
  }
}

TEST_CASE("An entry gives its key and its id back") {
  std::string entry = key_of(Cell::of(std::string_view("abc")));
  const std::string key = entry;
  put_entry_id(entry, 0x123456789abc);
  CHECK(key_of_entry(entry) == key);
  CHECK(id_of_entry(entry) == 0x123456789abc);
}

}  // namespace
}  // namespace kith::storage
