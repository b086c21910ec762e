// tests/unit/storage/added_edges_test.cpp: relationships that come to lists of a segment by the
// hundred (E5 of change.hpp): parts, and what becomes of them. KITH_SEED repeats a run.
#include "storage/delta/added_edges.hpp"

#include <catch2/catch.hpp>
#include <deque>
#include <map>

#include "storage/delta/lookup.hpp"
#include "tests/unit/core/random_cells.hpp"
#include "tests/unit/storage/cursor_check.hpp"
#include "tests/unit/storage/held_checkpoint.hpp"
#include "tests/unit/storage/many_edges.hpp"

namespace kith::storage::test {
namespace {

template <class Word>
void check_part(std::mt19937_64& random, std::size_t size, Word more) {
  std::vector<SegmentEdges::Placed<Word>> placed(size);
  std::map<std::uint32_t, std::vector<ListChange>> expected;
  SlotBits slots{};
  for (std::size_t i = 0; i < size; ++i) {
    const auto slot = static_cast<std::uint32_t>(random() % (size > 100 ? kSegmentSlots : 70));
    placed[i] = {static_cast<Word>(random() % 100 + more), static_cast<Word>(i + more), slot};
    slots[slot / 64] |= std::uint64_t{1} << (slot % 64);
    expected[slot].push_back({placed[i].relationship, placed[i].neighbour, TypeId{3}, true});
  }
  SegmentEdges::Maker maker;
  const auto part = maker.make<Word>(TypeId{3}, Direction::In, placed, slots);
  for (std::uint32_t slot = 0; slot < kSegmentSlots; ++slot) {
    const std::vector<ListChange>& row = expected[slot];
    REQUIRE(part->size(slot) == row.size());
    std::size_t i = 0;
    part->for_each(slot, [&](const ListChange& change) {
      REQUIRE(change.relationship == row.at(i).relationship);
      REQUIRE(change.neighbour == row[i].neighbour);
      REQUIRE((change.added && change.type == TypeId{3}));
      ++i;
    });
    REQUIRE(i == row.size());
  }
}

TEST_CASE("A part has what came to each slot, in its order, whatever its ids need") {
  const std::uint64_t seed = kith::test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (const std::size_t size : {1, 2, 63, 64, 65, 1000, 50'000}) {
    check_part<std::uint32_t>(random, size, 0);
    check_part<std::uint32_t>(random, size, 0xFFFF'0000);
    check_part<std::uint64_t>(random, size, 0xFFFF'FFF0);
  }
}

std::size_t parts_of(const View& view, std::uint64_t node) {
  const NodeChange* change = change_of(view.root(), NodeId{node});
  return change && change->added ? change->added->parts() : 0;
}

TEST_CASE("What is left of parts when some of them were merged") {
  SegmentEdges::Maker maker;
  const SegmentEdges::Placed<std::uint32_t> placed{1, 2, 3};
  SlotBits slots{};
  slots[0] = 8;
  const auto part = [&] {
    return maker.make<std::uint32_t>(TypeId{0}, Direction::Out, {&placed, 1}, slots);
  };
  const auto one = AddedEdges::with(nullptr, part());
  const auto two = AddedEdges::with(one.get(), part());
  const auto three = AddedEdges::with(two.get(), part());
  CHECK(three->size(Direction::Out, 3) == 3);
  CHECK(three->size(Direction::In, 3) == 0);
  CHECK(three->size(Direction::Out, 2) == 0);
  CHECK(AddedEdges::since(three, nullptr) == three);
  CHECK(AddedEdges::since(three, one.get())->parts() == 2);
  CHECK(AddedEdges::since(three, two.get())->size(Direction::Out, 3) == 1);
  CHECK(!AddedEdges::since(three, three.get()));
  CHECK(!AddedEdges::since({}, one.get()));
  CHECK(AddedEdges::since(AddedEdges::with(nullptr, part()), two.get())->parts() == 1);
}

TEST_CASE("Batches of all sizes come to the same lists, more of them than a list has parts") {
  const std::uint64_t seed = kith::test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  ManyEdges f(seed);
  std::deque<std::pair<View, GraphModel>> held;
  std::size_t most = 0;
  for (const std::size_t size : {300, 127, 128, 129,  255, 256, 257, 258, 1000, 500, 400, 300,
                                 301, 302, 303, 1999, 305, 306, 307, 308, 309,  310, 311, 312}) {
    write(*f.store, [&](Transaction& tx) {
      const GraphModel before = f.graph;
      tx.end_statement();
      tx.begin_statement();
      f.create(tx, "GOES", size);
      f.remove(tx, "GOES", 1);
      tx.rollback_statement();
      REQUIRE((capture(tx.view()) == before));
      f.graph = before;
      tx.begin_statement();
      f.create(tx, size % 3 == 0 ? "A" : "B", size);
      REQUIRE((capture(tx.view()) == f.graph));
    });
    held.emplace_back(f.store->snapshot(), f.graph);
    most = std::max(most, parts_of(held.back().first, 0));
  }
  CHECK(most == AddedEdges::kMost);
  check_view(f.store->snapshot(), f.graph, seed);
  write(*f.store, [&](Transaction& tx) {
    f.remove(tx, "A", 2);
    f.remove(tx, "B", 60);
    f.detach(tx, 20);
    REQUIRE((capture(tx.view()) == f.graph));
  });
  for (const auto& [view, graph] : held) REQUIRE((capture(view) == graph));
  f.store->checkpoint();
  CHECK(parts_of(f.store->snapshot(), 0) == 0);
  check_view(f.store->snapshot(), f.graph, seed);
  for (const auto& [view, graph] : held) REQUIRE((capture(view) == graph));
  held.clear();
  f.reopen();
  check_view(f.store->snapshot(), f.graph, seed);
}

TEST_CASE("What comes by the hundred takes a few bytes, and goes with the statement") {
  const std::uint64_t seed = kith::test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  ManyEdges f(seed);
  const auto tx = f.store->begin();
  const std::uint64_t before = tx->view().root().delta_bytes();
  tx->begin_statement();
  f.create(*tx, "A", 12'000);
  CHECK(tx->view().root().delta_bytes() - before < 420'000);
  CHECK(parts_of(tx->view(), 0) == 4);  // two batches, to lists of both directions
  tx->rollback_statement();
  CHECK(tx->view().root().delta_bytes() == before);
  CHECK(parts_of(tx->view(), 0) == 0);
  tx->rollback();
}

TEST_CASE("A checkpoint takes the parts that it has, and those that came meanwhile stay") {
  const std::uint64_t seed = kith::test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  HeldCheckpoint held;
  ManyEdges f(seed, held.store);
  Store& store = *held.store;
  const auto create = [&](std::size_t count) {
    write(store, [&](Transaction& tx) { f.create(tx, count % 2 == 0 ? "A" : "B", count); });
  };
  create(2000);
  create(501);
  const View before = store.snapshot();
  const GraphModel model_before = f.graph;
  held.begin();
  create(1000);
  write(store, [&](Transaction& tx) { f.remove(tx, "A", 10); });
  create(301);
  write(store, [&](Transaction& tx) { f.remove(tx, "B", 1); });
  const View during = store.snapshot();
  const GraphModel model_during = f.graph;
  const auto tx = store.begin();  // begun before the swap, committed after it
  tx->begin_statement();
  f.create(*tx, "B", 700);
  tx->end_statement();
  held.finish();
  check_view(store.snapshot(), model_during, seed);
  check_view(tx->view(), f.graph, seed);
  tx->begin_statement();
  f.create(*tx, "A", 400);
  f.remove(*tx, "A", 20);
  tx->end_statement();
  check_view(tx->view(), f.graph, seed);
  tx->commit();
  check_view(store.snapshot(), f.graph, seed);
  check_view(before, model_before, seed);
  check_view(during, model_during, seed);
  create(999);
  const auto after = held.disk->power_loss(f.random);
  check_view(Store::open(kPath, options_on(environment_of(after)))->snapshot(), f.graph, seed);
  store.checkpoint();
  check_view(store.snapshot(), f.graph, seed);
}

}  // namespace
}  // namespace kith::storage::test
