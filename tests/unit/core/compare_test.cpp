// tests/unit/core/compare_test.cpp: the laws of equality, equivalence, order and hash.
#include "core/compare.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "core/hash.hpp"
#include "core/print.hpp"
#include "tests/unit/core/random_cells.hpp"

using namespace kith;
using Result = Comparison::Result;

namespace {

const double kNan = std::nan("");

Cell integer(std::int64_t v) { return Cell::of(v); }
Cell real(double v) { return Cell::of(v); }

struct Values {
  Arena arena;
  Cell list(std::initializer_list<Cell> items) {
    return make_list(arena, {items.begin(), items.size()});
  }
  Cell map(std::initializer_list<MapEntry> entries) {
    return make_map(arena, {entries.begin(), entries.size()});
  }
};

}  // namespace

TEST_CASE("order is total, agrees with equivalence, and hash agrees with both") {
  const std::uint64_t seed = test::fresh_seed();
  CAPTURE(seed);
  Arena arena;
  test::RandomCells random(seed, arena);
  std::vector<Cell> cells;
  for (int i = 0; i < 250; ++i) cells.push_back(random.any());
  for (const Cell& a : cells) {
    for (const Cell& b : cells) {
      const auto forth = order(a, b), back = order(b, a);
      if ((forth < 0) != (back > 0) || (forth == 0) != (back == 0)) {
        FAIL(to_cypher(a) << " against " << to_cypher(b));
      }
      if ((forth == 0) != equivalent(a, b)) FAIL(to_cypher(a) << " and " << to_cypher(b));  // C1
      if (forth == 0 && hash(a) != hash(b)) FAIL(to_cypher(a) << " and " << to_cypher(b));  // C2
      if (equals(a, b) != equals(b, a)) FAIL(to_cypher(a) << " = " << to_cypher(b));
      if (equals(a, b) == Truth::True && forth != 0) {
        FAIL(to_cypher(a) << " = " << to_cypher(b));  // C3
      }
    }
    CHECK(equivalent(a, a));
  }
}

TEST_CASE("order is transitive") {
  const std::uint64_t seed = test::fresh_seed();
  CAPTURE(seed);
  Arena arena;
  test::RandomCells random(seed, arena);
  for (int i = 0; i < 200'000; ++i) {
    // Half of the time of one kind or of numbers, where order has most to decide.
    const auto kind = static_cast<Kind>(random.below(kKindCount));
    const auto pick = [&] {
      if (i % 4 == 0) return random.any(1);
      if (i % 4 == 1) return random.of_kind(random.below(2) == 0 ? Kind::Integer : Kind::Float);
      return random.of_kind(kind, 2);
    };
    const Cell a = pick(), b = pick(), c = pick();
    if (order(a, b) <= 0 && order(b, c) <= 0 && !(order(a, c) <= 0)) {
      FAIL(to_cypher(a) << ", " << to_cypher(b) << ", " << to_cypher(c));
    }
    if (i % 4096 == 0) arena.reset();
  }
}

TEST_CASE("comparison agrees with order wherever it knows, and with equality") {
  const std::uint64_t seed = test::fresh_seed();
  CAPTURE(seed);
  Arena arena;
  test::RandomCells random(seed, arena);
  for (int i = 0; i < 50'000; ++i) {
    const Cell a = random.any(2), b = i % 2 == 0 ? random.any(2) : random.of_kind(a.kind, 2);
    const Result found = compare(a, b).result;
    if (found == Result::Less) CHECK((order(a, b) < 0));
    if (found == Result::Greater) CHECK((order(a, b) > 0));
    if (found == Result::Equal) CHECK(equals(a, b) == Truth::True);
    if (i % 1024 == 0) arena.reset();
  }
}

TEST_CASE("types ascend from maps to null") {
  Values v;
  const NodeId node{1};
  const Cell ascending[] = {v.map({{"a", Cell::of("map")}}),
                            Cell::of(NodeId{9}),
                            Cell::of(RelationshipId{8}),
                            v.list({Cell::of("list")}),
                            make_path(v.arena, {&node, 1}, {}),
                            make_point(v.arena, {7203, 2, {1, 2, 0}}),
                            make_datetime(v.arena, {0, 0, 0, ""}),
                            Cell::local_date_time(0, 0),
                            Cell::date(0),
                            Cell::time(0, 0),
                            Cell::local_time(0),
                            make_duration(v.arena, {0, 0, 0, 0}),
                            Cell::of("text"),
                            Cell::boolean(false),
                            Cell::boolean(true),
                            real(-HUGE_VAL),
                            real(1.5),
                            integer(2),
                            real(HUGE_VAL),
                            real(kNan),
                            Cell::null()};
  for (std::size_t i = 0; i < std::size(ascending); ++i) {
    for (std::size_t j = 0; j < std::size(ascending); ++j) {
      CAPTURE(i, j);
      CHECK((order(ascending[i], ascending[j]) == (i <=> j)));
    }
  }
}

TEST_CASE("lists order by their elements, a shorter one first, null last") {
  Values v;
  const Cell a = Cell::of("a"), one = integer(1), two = integer(2), null = Cell::null();
  const Cell ascending[] = {v.list({}),          v.list({a}),        v.list({a, one}),
                            v.list({one}),       v.list({one, a}),   v.list({one, null}),
                            v.list({null, one}), v.list({null, two})};
  for (std::size_t i = 1; i < std::size(ascending); ++i) {
    CHECK((order(ascending[i - 1], ascending[i]) < 0));
  }
}

TEST_CASE("integers and floats compare exactly") {
  constexpr std::int64_t kBig = std::int64_t{1} << 53;
  CHECK((compare_exact(kBig + 1, 9007199254740992.0) > 0));
  CHECK((compare_exact(kBig, 9007199254740992.0) == 0));
  CHECK((compare_exact(INT64_MAX, 9223372036854775808.0) < 0));
  CHECK((compare_exact(INT64_MIN, -9223372036854775808.0) == 0));
  CHECK((compare_exact(INT64_MIN, -HUGE_VAL) > 0));
  CHECK((compare_exact(0, 5e-324) < 0));
  CHECK((compare_exact(0, -5e-324) > 0));
  CHECK((compare_exact(-1, -1.5) > 0));
  CHECK(equals(integer(kBig + 1), real(9007199254740992.0)) == Truth::False);
  CHECK(equals(integer(1), real(1.0)) == Truth::True);
  CHECK(hash(integer(INT64_MIN)) == hash(real(-9223372036854775808.0)));
}

TEST_CASE("null and NaN equal nothing, and are equivalent to themselves") {
  CHECK(equals(Cell::null(), Cell::null()) == Truth::Unknown);
  CHECK(equals(Cell::null(), real(kNan)) == Truth::Unknown);
  CHECK(equals(real(kNan), real(kNan)) == Truth::False);
  CHECK(equals(real(kNan), integer(1)) == Truth::False);
  CHECK(equals(real(kNan), Cell::of("a")) == Truth::False);
  CHECK(equivalent(real(kNan), real(-kNan)));
  CHECK(hash(real(kNan)) == hash(real(-kNan)));
  CHECK(equivalent(Cell::null(), Cell::null()));
  CHECK(equivalent(real(0.0), real(-0.0)));
  CHECK(hash(real(0.0)) == hash(integer(0)));
  CHECK(hash(real(-0.0)) == hash(integer(0)));
}

TEST_CASE("equality of lists and maps is three-valued") {
  Values v;
  const Cell one = integer(1), two = integer(2), three = integer(3), null = Cell::null();
  CHECK(equals(v.list({one, two}), v.list({one})) == Truth::False);
  CHECK(equals(v.list({null}), v.list({one})) == Truth::Unknown);
  CHECK(equals(v.list({null, one}), v.list({two, two})) == Truth::False);
  const Cell one_null = v.list({v.list({one}), v.list({null})});
  CHECK(equals(v.list({v.list({one}), v.list({two})}), one_null) == Truth::Unknown);
  CHECK(equals(v.list({v.list({one}), v.list({two, three})}), one_null) == Truth::False);
  CHECK(equals(v.map({{"k", null}}), v.map({})) == Truth::False);
  CHECK(equals(v.map({{"k", null}}), v.map({{"k", null}})) == Truth::Unknown);
  CHECK(equals(v.map({{"k", one}, {"l", null}}), v.map({{"k", one}, {"l", one}})) ==
        Truth::Unknown);
  CHECK(equals(v.map({{"k", one}, {"l", null}}), v.map({{"k", two}, {"l", one}})) == Truth::False);
  CHECK(equals(v.map({{"k", one}}), v.map({{"l", one}})) == Truth::False);
  CHECK(equals(v.map({{"k", one}}), v.map({{"k", real(1.0)}})) == Truth::True);
}

TEST_CASE("less-than is null across types and for what has no order, false for NaN") {
  Values v;
  CHECK(compare(integer(1), Cell::of("a")).result == Result::Unordered);
  CHECK(compare(integer(1), Cell::null()).result == Result::Unordered);
  CHECK(compare(real(kNan), integer(1)).result == Result::NotANumber);
  CHECK(compare(real(kNan), Cell::of("a")).result == Result::Unordered);
  CHECK(compare(integer(1), real(3.14)).result == Result::Less);
  CHECK(compare(Cell::boolean(false), Cell::boolean(true)).result == Result::Less);
  CHECK(compare(v.map({}), v.map({})).result == Result::Unordered);
  const Cell month = make_duration(v.arena, {1, 0, 0, 0}),
             day = make_duration(v.arena, {0, 1, 0, 0});
  CHECK(compare(month, day).result == Result::Unordered);
  CHECK((order(day, month) < 0));
}

TEST_CASE("less-than on lists is decided by the first elements that differ") {
  Values v;
  const Cell one = integer(1), two = integer(2), three = integer(3), null = Cell::null();
  CHECK(compare(v.list({one, integer(0)}), v.list({one})).result == Result::Greater);
  CHECK(compare(v.list({one, null}), v.list({one})).result == Result::Greater);
  CHECK(compare(v.list({one, two}), v.list({one, null})).result == Result::Unordered);
  CHECK(compare(v.list({one, Cell::of("a")}), v.list({one, null})).result == Result::Unordered);
  CHECK(compare(v.list({one, two}), v.list({three, null})).result == Result::Less);
}

TEST_CASE("times compare by the moment, but show different clocks as different values") {
  constexpr std::int64_t kHour = 3600 * kNanosecondsPerSecond;
  const Cell ten_cet = Cell::time(10 * kHour, 3600), nine_utc = Cell::time(9 * kHour, 0);
  const Cell half_past = Cell::time(9 * kHour + kHour / 2, 0);
  CHECK(compare(ten_cet, half_past).result == Result::Less);
  CHECK(equals(ten_cet, nine_utc) == Truth::False);
  CHECK(compare(nine_utc, ten_cet).result == Result::Less);
}

TEST_CASE("hashes of kernels are those of cells") {
  CHECK(hash(integer(42)) == hash_integer(42));
  CHECK(hash(real(0.5)) == hash_float(0.5));
  CHECK(hash(real(42)) == hash_integer(42));
  CHECK(hash(Cell::of("kin")) == hash_text("kin"));
  CHECK(hash(Cell::boolean(true)) == hash_boolean(true));
  CHECK(hash(Cell::of(NodeId{3})) == hash_node(3));
  CHECK(hash(Cell::of(RelationshipId{3})) == hash_relationship(3));
  CHECK(hash(Cell::null()) == kNullHash);
}

TEST_CASE("truth becomes a cell") {
  CHECK(to_cell(Truth::True).is_true());
  CHECK(to_cell(Truth::Unknown).is_null());
  CHECK(to_cell(Truth::False).kind == Kind::Boolean);
  CHECK_FALSE(to_cell(Truth::False).is_true());
}
