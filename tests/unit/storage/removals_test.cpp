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
#include "tests/unit/storage/store_fixture.hpp"

namespace kith::storage::test {
namespace {

constexpr std::uint64_t kNodes = 700, kHubs = 5;

// A graph of two types, whose ends are a hub for a third of them, and the same as plain maps.
struct Fixture {
  std::mt19937_64 random;
  StoreOptions options = options_on(memory_environment());
  std::shared_ptr<Store> store = Store::open("/graph.kith", options);
  GraphModel graph;

  explicit Fixture(std::uint64_t seed) : random(seed) {
    write(*store, [&](Transaction& tx) {
      std::vector<std::uint64_t> ids(kNodes);
      tx.create_nodes({{}, {}, {}, ids.size()}, ids);
      for (const std::uint64_t id : ids) graph.nodes[id];
    });
  }

  NodeId node() { return {random() % (random() % 3 == 0 ? kHubs : kNodes)}; }
  NodeId living() {
    for (;;)
      if (const NodeId id = node(); graph.nodes.contains(id.value)) return id;
  }
  void create(Transaction& tx, const std::string& type, std::size_t count) {
    std::vector<NodeId> starts, ends;
    for (std::size_t i = 0; i < count; ++i) {
      starts.push_back(living());
      ends.push_back(i % 50 == 0 ? starts.back() : living());
    }
    std::vector<std::uint64_t> ids(count);
    tx.create_relationships({tx.intern_type(type), starts, ends, {}, {}}, ids);
    for (std::size_t i = 0; i < count; ++i)
      graph.edges[ids[i]] = {type, starts[i].value, ends[i].value, {}};
  }
  // Each of the type with this chance, in no order.
  std::size_t remove(Transaction& tx, const std::string& type, std::uint64_t percent) {
    std::vector<RelationshipId> ids;
    for (const auto& [id, edge] : graph.edges)
      if (edge.type == type && random() % 100 < percent) ids.push_back({id});
    std::shuffle(ids.begin(), ids.end(), random);
    const std::size_t gone = tx.delete_relationships(ids).size();
    for (const RelationshipId id : ids) graph.edges.erase(id.value);
    REQUIRE(gone == ids.size());
    return gone;
  }
  void detach(Transaction& tx, std::size_t count) {
    std::vector<NodeId> nodes;
    std::set<std::uint64_t> gone;
    while (gone.size() < count && gone.size() + 20 < graph.nodes.size())
      if (gone.insert(living().value).second) continue;
    for (const std::uint64_t id : gone) nodes.push_back({id});
    tx.delete_nodes(nodes, true);
    for (const std::uint64_t id : gone) graph.nodes.erase(id);
    std::erase_if(graph.edges, [&](const auto& edge) {
      return gone.contains(edge.second.start) || gone.contains(edge.second.end);
    });
  }
  void reopen() {
    store->close();
    REQUIRE(check(options.environment, "/graph.kith").problems == "");
    store = Store::open("/graph.kith", options);
  }
};

bool is_marked(const View& view, std::uint64_t node, Direction direction) {
  const NodeChange* change = change_of(view.root(), NodeId{node});
  return change != nullptr && change->is_marked(direction);
}

TEST_CASE("A whole type goes: entries shared by all, marks on lists, nothing left in the file") {
  const std::uint64_t seed = kith::test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  Fixture f(seed);
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
  Fixture f(seed);
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
  Fixture f(seed);
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
  Fixture f(seed);
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
