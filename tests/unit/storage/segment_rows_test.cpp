// tests/unit/storage/segment_rows_test.cpp: rows by segment of node, and the memory that they
// share.
#include "storage/load/segment_rows.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <set>
#include <vector>

#include "tests/unit/storage/disk_fixture.hpp"

namespace kith::storage {

namespace {

template <class Id, std::size_t kIds>
struct Model {
  struct Row {
    std::uint64_t place;
    std::uint16_t slot;
    std::array<Id, kIds> ids;
    friend bool operator==(const Row&, const Row&) = default;
  };
  std::map<std::uint64_t, std::vector<Row>> segments;
};

template <class Id, std::size_t kIds>
std::vector<typename Model<Id, kIds>::Row> rows_in(const typename SegmentRows<Id, kIds>::Rows& in) {
  std::vector<typename Model<Id, kIds>::Row> rows;
  for (std::uint32_t i = 0; i < in.count; ++i) {
    rows.push_back({in.first_place + i, in.slots[i], {}});
    for (std::size_t k = 0; k < kIds; ++k) rows.back().ids[k] = in.ids[k][i];
  }
  return rows;
}

template <class Id, std::size_t kIds>
void check_against_model(Random& random, RowPool& pool) {
  constexpr std::uint64_t kSegments = 400;
  SegmentRows<Id, kIds> rows(pool, kSegments);
  Model<Id, kIds> model;
  std::set<std::uint64_t> places;
  const std::uint64_t count = random.below(30'000);
  for (std::uint64_t i = 0; i < count; ++i) {
    // The lower ones have most of the rows.
    const std::uint64_t segment = random.below(1 + random.below(kSegments));
    const auto slot = static_cast<std::uint16_t>(random.below(kSegmentSlots));
    std::array<Id, kIds> ids;
    for (Id& id : ids) id = static_cast<Id>(random.word());
    const std::uint64_t place = rows.add((segment << kSegmentBits) + slot, ids);
    places.insert(place);
    model.segments[segment].push_back({place, slot, ids});
  }
  CHECK(rows.rows() == count);
  CHECK(places.size() == count);
  CHECK((places.empty() || *places.rbegin() < rows.places()));

  const bool drains = random.one_in(2);
  std::uint32_t wrong = 0;
  for (std::uint64_t s = 0; s < kSegments; ++s) {
    auto& expected = model.segments[s];
    wrong += rows.rows_of(s) == expected.size() ? 0 : 1;
    std::vector<typename Model<Id, kIds>::Row> found;
    rows.for_each_block(s, [&](const auto& block) {
      for (const auto& row : rows_in<Id, kIds>(block)) found.push_back(row);
    });
    wrong += found == expected ? 0 : 1;
    typename SegmentRows<Id, kIds>::Cursor cursor(rows, s);
    for (const auto& row : expected) {
      const auto& left = cursor.rows();
      const bool same = cursor.valid() && left.first_place == row.place &&
                        left.slots[0] == row.slot && left.ids[kIds - 1][0] == row.ids[kIds - 1];
      wrong += same ? 0 : 1;
      cursor.skip(1);
    }
    wrong += cursor.valid() ? 1 : 0;
    if (drains) continue;
    rows.forget(s);
    rows.for_each_block(s, [&](const auto&) { ++wrong; });
  }
  if (drains) {
    std::map<std::uint64_t, std::vector<typename Model<Id, kIds>::Row>> drained;
    rows.drain([&](std::uint64_t segment, const auto& block) {
      for (const auto& row : rows_in<Id, kIds>(block)) drained[segment].push_back(row);
    });
    std::erase_if(model.segments, [](const auto& entry) { return entry.second.empty(); });
    wrong += drained == model.segments ? 0 : 1;
  }
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("Rows come back by segment in order of arrival, in memory that is used again") {
  Random random;
  INFO(random.note());
  RowPool pool;
  for (int round = 0; round < 12; ++round) {
    check_against_model<std::uint32_t, 1>(random, pool);
    check_against_model<std::uint32_t, 2>(random, pool);
    check_against_model<std::uint64_t, 1>(random, pool);
    check_against_model<std::uint64_t, 2>(random, pool);
  }
  CHECK(pool.bytes() <= 2 * (30'000 * 18 + 400 * RowPool::kBlockBytes));
  pool.release_unused();
  CHECK(pool.bytes() == 0);
}

TEST_CASE("A row pool gives back only slabs of which nothing is in use") {
  Random random;
  INFO(random.note());
  RowPool pool;
  std::vector<RowPool::Block> held;
  for (int step = 0; step < 20'000; ++step) {
    if (random.one_in(2000)) pool.release_unused();
    if (!held.empty() && random.below(3000) < held.size()) {
      const std::size_t at = random.below(held.size());
      std::uint64_t mark = 0;
      std::memcpy(&mark, held[at].memory + 8, sizeof mark);
      REQUIRE(mark == reinterpret_cast<std::uintptr_t>(held[at].memory));
      pool.give(held[at]);
      held[at] = held.back();
      held.pop_back();
    } else {
      held.push_back(pool.take());
      const auto mark = std::uint64_t{reinterpret_cast<std::uintptr_t>(held.back().memory)};
      std::memcpy(held.back().memory + 8, &mark, sizeof mark);
    }
  }
  CHECK(pool.bytes() >= held.size() * RowPool::kBlockBytes);
  for (const RowPool::Block& block : held) pool.give(block);
  pool.release_unused();
  CHECK(pool.bytes() == 0);
}

TEST_CASE("Rooms are as large as they are asked for, and those given back are used again") {
  RowPool pool;
  RowPool::Room small = pool.larger_room({}, 100'000);
  CHECK(small.bytes >= 100'000);
  std::memset(small.memory, 1, small.bytes);
  const RowPool::Room large = pool.larger_room({}, 5'000'000);
  std::memset(large.memory, 2, large.bytes);
  CHECK(pool.bytes() == 0);
  pool.give(large);
  CHECK(pool.bytes() == large.bytes);
  small = pool.larger_room(small, 300'000);  // the large one, and the small one waits
  CHECK(small.memory == large.memory);
  CHECK(pool.bytes() == 100'000);
  small = pool.larger_room(small, 200'000);
  CHECK(small.memory == large.memory);
  small = pool.larger_room(small, 6'000'000);
  CHECK(small.bytes >= 6'000'000);
  std::memset(small.memory, 3, small.bytes);
  pool.give(small);
  pool.release_unused();
  CHECK(pool.bytes() == 0);
}

}  // namespace kith::storage
