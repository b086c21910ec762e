// tests/unit/storage/common_changes_test.cpp: changes that elements of a leaf have in common (E1,
// E2 of change.hpp): batches over the same nodes and relationships, again and again, then single
// ones.
#include <catch2/catch.hpp>
#include <deque>
#include <random>

#include "storage/delta/common_rows.hpp"
#include "storage/store.hpp"
#include "tests/unit/core/random_cells.hpp"
#include "tests/unit/storage/cursor_check.hpp"
#include "tests/unit/storage/graph_model.hpp"
#include "tests/unit/storage/store_fixture.hpp"

namespace kith::storage::test {
namespace {

// What a reader took at some time, and what it saw then.
struct Held {
  View view;
  GraphModel seen;
};

TEST_CASE("Batches over the same elements are as plain maps say, for old snapshots too") {
  const std::uint64_t seed = kith::test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  RandomChanges random(seed, 300);
  const StoreOptions options = options_on(memory_environment());
  auto store = Store::open("/graph.kith", options);
  GraphModel graph;
  std::deque<Held> held;
  for (int round = 0; round < 250; ++round) {
    const auto tx = store->begin();
    for (std::uint64_t n = 1 + random.pick(3); n > 0; --n) {
      const GraphModel before = graph;
      tx->begin_statement();
      for (std::uint64_t m = 1 + random.pick(4); m > 0; --m) random.change_many(*tx, graph);
      if (random.chance(15)) {
        tx->rollback_statement();
        graph = before;
      } else {
        tx->end_statement();
      }
      if (random.chance(10)) REQUIRE((capture(tx->view()) == graph));
    }
    tx->commit();
    if (random.chance(20)) held.push_back({store->snapshot(), graph});
    if (held.size() > 6) held.pop_front();
    if (random.chance(10)) store->checkpoint();
    if (round % 25 == 24) {
      for (const Held& one : held) REQUIRE((capture(one.view) == one.seen));
      check_view(store->snapshot(), graph, seed);
    }
  }
  held.clear();
  store.reset();
  store = Store::open("/graph.kith", options);
  CHECK((capture(store->snapshot()) == graph));
}

TEST_CASE("Ends of relationships are kept whatever their ids need") {
  constexpr std::uint64_t kNarrow = 0xFFFFFFFF;
  const std::vector<std::vector<NodeId>> all = {
      {{0}, {7}, {kNarrow}}, {{kNarrow + 1}, {0}, {3}}, {{5}, {kNarrow}, {std::uint64_t{1} << 40}}};
  std::uint64_t narrow = 0;
  for (const auto& starts : all) {
    std::vector<NodeId> ends(starts.rbegin(), starts.rend());
    std::vector<Relationship> relationships;
    for (std::size_t i = 0; i < starts.size(); ++i)
      relationships.push_back({{i}, TypeId{0}, starts[i], ends[i]});
    const auto rows = EndRows::copy(starts, ends), same = EndRows::copy(relationships);
    for (std::uint32_t row = 0; row < starts.size(); ++row)
      for (const EndPair pair : {rows->row(row), same->row(row)}) {
        CHECK(pair.start == starts[row].value);
        CHECK(pair.end == ends[row].value);
      }
    CHECK(rows->bytes() == same->bytes());
    if (&starts == &all.front()) narrow = rows->bytes();
    CHECK((&starts == &all.front() || rows->bytes() > narrow));
  }
}

}  // namespace
}  // namespace kith::storage::test
