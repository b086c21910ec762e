// tests/unit/storage/removals_test.cpp: relationships that go by the hundred: entries alike for all
// of them, marks on the lists of their ends (E3, E4 of change.hpp), whole subtrees of ids.
// KITH_SEED repeats a run.
#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <random>

#include "storage/delta/lookup.hpp"
#include "storage/store.hpp"
#include "tests/unit/core/random_cells.hpp"
#include "tests/unit/storage/check_fixture.hpp"
#include "tests/unit/storage/cursor_check.hpp"
#include "tests/unit/storage/graph_model.hpp"
#include "tests/unit/storage/many_edges.hpp"
#include "tests/unit/storage/store_fixture.hpp"

namespace kith::storage::test {
namespace {

bool is_marked(const View& view, std::uint64_t node, Direction direction) {
  const NodeChange* change = change_of(view.root(), NodeId{node});
  return change != nullptr && change->is_marked(direction);
}

TEST_CASE("A whole type goes: entries shared by all, marks on lists, nothing left in the file") {
  const std::uint64_t seed = kith::test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  ManyEdges f(seed);
  write(*f.store, [&](Transaction& tx) {
    f.create(tx, "GOES", 20'000);
    f.create(tx, "STAYS", 3'000);
  });
  f.store->checkpoint();
  const View held = f.store->snapshot();
  const GraphModel before = f.graph;
  write(*f.store, [&](Transaction& tx) {
    f.remove(tx, "GOES", 100);
    check_view(tx.view(), f.graph, seed);
    CHECK(tx.counters().relationships_deleted == 20'000);
    f.create(tx, "GOES", 300);
    check_view(tx.view(), f.graph, seed);
  });
  const View after = f.store->snapshot();
  CHECK(is_marked(after, 0, Direction::Out));
  CHECK(after.root().delta_bytes() < held.root().delta_bytes() + 2'000'000);
  check_view(after, f.graph, seed);
  f.store->checkpoint();
  CHECK(!is_marked(f.store->snapshot(), 0, Direction::Out));
  check_view(f.store->snapshot(), f.graph, seed);
  check_view(after, f.graph, seed);
  CHECK((capture(held) == before));
  f.reopen();
  check_view(f.store->snapshot(), f.graph, seed);
}

TEST_CASE("A rolled back removal of thousands leaves nothing") {
  const std::uint64_t seed = kith::test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  ManyEdges f(seed);
  write(*f.store, [&](Transaction& tx) { f.create(tx, "GOES", 5'000); });
  f.store->checkpoint();
  const GraphModel before = f.graph;
  const auto tx = f.store->begin();
  tx->begin_statement();
  f.remove(*tx, "GOES", 60);
  tx->rollback_statement();
  CHECK(!is_marked(tx->view(), 0, Direction::Out));
  check_view(tx->view(), before, seed);
  f.graph = before;
  tx->begin_statement();
  f.remove(*tx, "GOES", 30);
  tx->end_statement();
  check_view(tx->view(), f.graph, seed);
  tx->commit();
  check_view(f.store->snapshot(), f.graph, seed);
}

TEST_CASE("Few removals of many are carried by a close, as what each list loses") {
  const std::uint64_t seed = kith::test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  ManyEdges f(seed);
  write(*f.store, [&](Transaction& tx) { f.create(tx, "SOME", 4'000); });
  f.store->checkpoint();
  write(*f.store, [&](Transaction& tx) { f.create(tx, "SOME", 200); });
  write(*f.store, [&](Transaction& tx) { f.remove(tx, "SOME", 10); });
  write(*f.store, [&](Transaction& tx) {
    for (int i = 0; i < 20; ++i) {  // one by one, from marked lists
      const std::uint64_t id = f.graph.edges.begin()->first;
      tx.delete_relationship(RelationshipId{id});
      f.graph.edges.erase(id);
    }
  });
  CHECK(is_marked(f.store->snapshot(), 0, Direction::In));
  f.reopen();
  CHECK(!f.store->snapshot().root().nodes().empty());
  CHECK(!is_marked(f.store->snapshot(), 0, Direction::In));
  check_view(f.store->snapshot(), f.graph, seed);
  f.store->checkpoint();
  check_view(f.store->snapshot(), f.graph, seed);
}

TEST_CASE("Random removals by the hundred are as plain maps say, at every time") {
  const std::uint64_t seed = kith::test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  ManyEdges f(seed);
  std::deque<std::pair<View, GraphModel>> held;
  for (int round = 0; round < 60; ++round) {
    write(*f.store, [&](Transaction& tx) {
      for (std::uint64_t n = 1 + f.random() % 3; n > 0; --n) {
        const std::string type = f.random() % 2 == 0 ? "A" : "B";
        switch (f.random() % 8) {
          case 0:
            f.detach(tx, f.random() % 6);
            break;
          case 1:
          case 2:
            f.remove(tx, type, f.random() % 101);
            break;
          case 3:
            f.remove(tx, type, 3);
            break;
          default:
            f.create(tx, type, 20 + f.random() % 800);
        }
        if (f.random() % 8 == 0) REQUIRE((capture(tx.view()) == f.graph));
      }
    });
    if (f.random() % 5 == 0) held.emplace_back(f.store->snapshot(), f.graph);
    if (held.size() > 4) held.pop_front();
    if (f.random() % 6 == 0) f.store->checkpoint();
    if (f.random() % 4 == 0) check_view(f.store->snapshot(), f.graph, seed);
    if (f.random() % 10 == 0) {
      held.clear();
      f.reopen();
    }
    if (round % 20 == 19)
      for (const auto& [view, graph] : held) check_view(view, graph, seed);
  }
  check_view(f.store->snapshot(), f.graph, seed);
}

}  // namespace
}  // namespace kith::storage::test
