// tests/unit/storage/fold_test.cpp: transactions larger than the memory they may take.
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "kith/error.hpp"
#include "storage/log/log_file.hpp"
#include "storage/store.hpp"
#include "tests/unit/storage/check_fixture.hpp"
#include "tests/unit/storage/crash_disk.hpp"
#include "tests/unit/storage/cursor_check.hpp"
#include "tests/unit/storage/graph_model.hpp"
#include "tests/unit/storage/index_check.hpp"
#include "tests/unit/storage/store_fixture.hpp"

namespace kith::storage::test {
namespace {

const std::string kPath = "/graph.kith";

// Makes nodes with long names, and relationships between them; the model gets them too.
void fill(Transaction& tx, GraphModel& graph, std::uint64_t nodes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const LabelId label = tx.intern_label("Big");
  const KeyId key = tx.intern_key("name");
  const TypeId type = tx.intern_type("NEXT");
  std::vector<NodeId> made;
  for (std::uint64_t i = 0; i < nodes; ++i) {
    const std::string name(100 + random() % 200, static_cast<char>('a' + random() % 26));
    const Property value{key, Cell::of(std::string_view(name))};
    made.push_back(tx.create_node(std::span(&label, 1), std::span(&value, 1)));
    graph.nodes[made.back().value] = {{"Big"}, {{"name", bytes_of(value.value)}}};
    const NodeId other = made[random() % made.size()];
    const RelationshipId edge = tx.create_relationship(type, made.back(), other, {});
    graph.edges[edge.value] = {"NEXT", made.back().value, other.value, {}};
  }
}

constexpr std::uint64_t kMemory = 2 * kMiB;
constexpr std::uint64_t kNodes = 15000;  // some 10 MB of changes

TEST_CASE("Indexes follow a transaction that is larger than memory, and one that is rolled back") {
  const auto disk = std::make_shared<CrashDisk>();
  auto store = Store::open(kPath, options_on(environment_of(disk), kMemory));
  GraphModel graph;
  const auto statement = [&](Transaction& tx, auto&& work) {
    tx.begin_statement();
    work();
    tx.end_statement();
  };
  const auto small = store->begin();
  statement(*small, [&] { fill(*small, graph, 10, 1); });
  const SchemaToken big = SchemaToken::of(*small->view().catalog().find_label("Big"));
  const KeyId name = *small->view().catalog().find_key("name");
  statement(*small, [&] { small->create_index({0, "names", big, {name}}); });
  small->commit();
  REQUIRE(check_indexes(store->snapshot(), graph, 1) == 1);

  const auto tx = store->begin();
  const SchemaToken fresh = SchemaToken::of(tx->intern_label("Fresh"));
  statement(*tx, [&] {
    tx->create_index({0, "fresh", fresh, {name}});
    tx->create_index({0, "waits", SchemaToken::of(TypeId{0}), {name}});
    fill(*tx, graph, kNodes / 3, 2);
  });
  GraphModel undone = graph;
  tx->begin_statement();
  fill(*tx, undone, kNodes / 3, 3);
  for (auto node = graph.nodes.begin(); node != graph.nodes.end(); ++node)
    tx->set_property(NodeId{node->first}, name, Cell::of(std::int64_t{1}));
  tx->rollback_statement();
  CHECK(check_indexes(tx->view(), graph, 2) == 2);
  statement(*tx, [&] {
    for (auto& [id, node] : graph.nodes) {
      if (id % 3 != 0) continue;
      tx->add_label(NodeId{id}, fresh.label());
      node.labels.insert("Fresh");
    }
    fill(*tx, graph, kNodes / 3, 4);
  });
  CHECK(check_indexes(tx->view(), graph, 3) == 2);
  tx->commit();
  CHECK(check_indexes(store->snapshot(), graph, 4) == 3);
  std::mt19937_64 random(7);
  const auto again =
      Store::open(kPath, options_on(environment_of(disk->power_loss(random)), kMemory));
  CHECK(check_indexes(again->snapshot(), graph, 5) == 3);
}

TEST_CASE("A transaction several times larger than the memory limit commits, as one") {
  const auto disk = std::make_shared<CrashDisk>();
  auto store = Store::open(kPath, options_on(environment_of(disk), kMemory));
  GraphModel graph;
  const auto small = store->begin();
  small->begin_statement();
  fill(*small, graph, 10, 1);
  small->end_statement();
  small->commit();
  const GraphModel before = graph;
  const View old = store->snapshot();

  const auto tx = store->begin();
  for (std::uint64_t statement = 0; statement < 3; ++statement) {
    tx->begin_statement();
    fill(*tx, graph, kNodes / 3, statement);
    tx->end_statement();
  }
  CHECK((capture(tx->view()) == graph));
  CHECK(store->snapshot().node_count() == before.nodes.size());
  std::mt19937_64 random(7);
  const auto crashed_before = disk->power_loss(random);
  CHECK(tx->commit() == 2);
  CHECK((capture(store->snapshot()) == graph));
  CHECK(store->stats().delta_bytes == 0);
  CHECK((capture(old) == before));
  const auto crashed_after = disk->power_loss(random);
  const auto reopen = [](const std::shared_ptr<CrashDisk>& found) {
    return Store::open(kPath, options_on(environment_of(found), kMemory));
  };
  CHECK((capture(reopen(crashed_before)->snapshot()) == before));
  CHECK((capture(reopen(crashed_after)->snapshot()) == graph));

  const auto next = store->begin();  // in the log that the fold made
  next->begin_statement();
  fill(*next, graph, 5, 9);
  next->end_statement();
  CHECK(next->commit() == 3);
  const auto crashed_later = disk->power_loss(random);
  CHECK((capture(reopen(crashed_later)->snapshot()) == graph));
  store->close();
  CHECK(list_logs(*disk, kPath).empty());
  store = reopen(disk);
  check_view(store->snapshot(), graph, 1);
}

TEST_CASE("A large transaction that is rolled back leaves no page behind") {
  const auto disk = std::make_shared<CrashDisk>();
  const auto store = Store::open(kPath, options_on(environment_of(disk), kMemory));
  GraphModel graph, ignored;
  const auto small = store->begin();
  small->begin_statement();
  fill(*small, graph, 10, 1);
  small->end_statement();
  small->commit();
  store->checkpoint();
  const std::uint64_t used = store->stats().file_bytes - store->stats().free_bytes;
  for (const bool say_so : {true, false}) {
    const auto tx = store->begin();
    tx->begin_statement();
    fill(*tx, ignored, kNodes, 3);
    tx->end_statement();
    CHECK(tx->view().node_count() == 10 + kNodes);
    if (say_so) tx->rollback();
  }
  CHECK((capture(store->snapshot()) == graph));
  CHECK(store->stats().file_bytes - store->stats().free_bytes == used);
  const auto next = store->begin();
  next->begin_statement();
  fill(*next, graph, 5, 5);
  next->end_statement();
  next->commit();
  store->checkpoint();
  store->checkpoint();
  CHECK(store->stats().file_bytes < 4 * (used + 100000));  // the end was cut off
  check_view(store->snapshot(), graph, 1);
}

// G5: what a fold replaces of an earlier one of its own transaction is used again at once.
TEST_CASE("A transaction that is folded many times takes no more of the file than a few copies") {
  const auto disk = std::make_shared<CrashDisk>();
  const auto store = Store::open(kPath, options_on(environment_of(disk), kMemory));
  GraphModel graph;
  const auto made = store->begin();
  made->begin_statement();
  fill(*made, graph, kNodes, 1);
  made->end_statement();
  made->commit();
  store->checkpoint();
  const std::uint64_t live = store->stats().file_bytes - store->stats().free_bytes;
  const std::uint64_t seed = seed_of_the_day();
  CAPTURE(seed, live);
  std::mt19937_64 random(seed);
  const auto tx = store->begin();
  const KeyId key = tx->intern_key("name");
  const auto rename_all = [&](std::uint64_t times, bool keep) {
    tx->begin_statement();
    for (std::uint64_t i = 0; i < times * kNodes; ++i) {
      const NodeId node{random() % kNodes};
      const std::string name(100 + random() % 200, static_cast<char>('a' + random() % 26));
      const Cell value = Cell::of(std::string_view(name));
      tx->set_property(node, key, value);
      if (keep) graph.nodes.at(node.value).values.at("name") = bytes_of(value);
    }
    keep ? tx->end_statement() : tx->rollback_statement();
  };
  const auto at_most = [&](std::uint64_t copies) {
    CHECK(store->stats().file_bytes < copies * live + live / 2);
  };
  rename_all(5, true);
  at_most(3);  // what is durable, the last fold, and the one before it
  rename_all(5, false);
  at_most(4);  // what the statement began with, too
  rename_all(5, true);
  at_most(4);
  std::mt19937_64 losses(seed);
  const auto crashed = disk->power_loss(losses);
  CHECK(Store::open(kPath, options_on(environment_of(crashed), kMemory))->snapshot().node_count() ==
        kNodes);
  tx->commit();
  CHECK((capture(store->snapshot()) == graph));
  check_view(store->snapshot(), graph, seed);
}

TEST_CASE("A statement that is rolled back after a fold leaves the transaction as it was") {
  const auto disk = std::make_shared<CrashDisk>();
  const auto store = Store::open(kPath, options_on(environment_of(disk), kMemory));
  GraphModel graph, ignored;
  const auto tx = store->begin();
  const bool large_before = GENERATE(false, true);
  tx->begin_statement();
  fill(*tx, graph, large_before ? kNodes / 2 : 20, 1);
  tx->end_statement();
  for (int i = 0; i < 2; ++i) {
    tx->begin_statement();
    fill(*tx, ignored, kNodes / 2, 2);
    tx->rollback_statement();
    CHECK((capture(tx->view()) == graph));
    tx->begin_statement();
    fill(*tx, graph, 30, 3);
    tx->end_statement();
  }
  tx->begin_statement();
  fill(*tx, graph, kNodes / 2, 4);
  tx->end_statement();
  tx->commit();
  CHECK((capture(store->snapshot()) == graph));
  const std::uint64_t used = store->stats().file_bytes - store->stats().free_bytes;
  store->checkpoint();
  CHECK(store->stats().file_bytes - store->stats().free_bytes <= used + 16 * 4096);
  std::mt19937_64 random(7);
  const auto crashed = disk->power_loss(random);
  const auto reopened = Store::open(kPath, options_on(environment_of(crashed), kMemory));
  check_view(reopened->snapshot(), graph, 1);
}

// Spokes of both directions and two types, in turns with loops, from number `first` on.
void add_spokes(Transaction& tx, GraphModel& graph, NodeId hub, std::uint64_t first,
                std::uint64_t count) {
  const KeyId key = tx.intern_key("weight");
  std::vector<NodeId> others;
  for (std::uint64_t i = 0; i < 400; ++i) {
    others.push_back(tx.create_node({}, {}));
    graph.nodes[others.back().value] = {};
  }
  for (std::uint64_t i = first; i < first + count; ++i) {
    const std::string name = i % 5 == 0 ? "RARE" : "SPOKE";
    const NodeId other = i % 50 == 0 ? hub : others[i % others.size()];  // many are parallel
    const NodeId start = i % 3 == 0 ? other : hub, end = i % 3 == 0 ? hub : other;
    const Property value{key, Cell::of(static_cast<std::int64_t>(i))};
    const RelationshipId id =
        tx.create_relationship(tx.intern_type(name), start, end, std::span(&value, 1));
    graph.edges[id.value] = {name, start.value, end.value, {{"weight", bytes_of(value.value)}}};
  }
}

// With 20,000 spokes in the file, and an index of one type.
struct Hub {
  // shared: with the store's environment
  std::shared_ptr<CrashDisk> disk = std::make_shared<CrashDisk>();
  std::shared_ptr<Store> store;  // shared: as Store::open() gives it
  GraphModel graph;
  NodeId node;

  explicit Hub(std::uint64_t memory)
      : store(Store::open(kPath, options_on(environment_of(disk), memory))) {
    write(*store, [&](Transaction& tx) {
      node = tx.create_node({}, {});
      graph.nodes[node.value] = {};
      add_spokes(tx, graph, node, 0, 20000);
      tx.create_index(
          {0, "rare", SchemaToken::of(tx.intern_type("RARE")), {tx.intern_key("weight")}});
    });
    store->checkpoint();
  }

  // The graph is what it should be, and is still there after a loss of power.
  void check_committed(std::uint64_t memory) const {
    CHECK((capture(store->snapshot()) == graph));
    CHECK(check_indexes(store->snapshot(), graph, 1) == 1);
    std::mt19937_64 random(7);
    const auto found = disk->power_loss(random);
    const auto again = Store::open(kPath, options_on(environment_of(found), memory));
    CHECK((capture(again->snapshot()) == graph));
    again->close();
    CHECK(check(environment_of(found), kPath).problems == "");
  }
};

TEST_CASE("A hub loses all it has in the file and beside it, in memory or with folds between") {
  for (const std::uint64_t memory : {kMemory, 64 * kMiB}) {
    CAPTURE(memory);
    Hub made(memory);
    auto& [disk, store, graph, hub] = made;
    write(*store, [&](Transaction& tx) {
      add_spokes(tx, graph, hub, 20000, 10000);
      for (std::uint64_t id = 0; id < 30000; id += 7)
        if (graph.edges.erase(id) > 0) tx.delete_relationship(RelationshipId{id});
    });
    REQUIRE((capture(store->snapshot()) == graph));

    const auto tx = store->begin();
    const auto detach = [&] {
      tx->begin_statement();
      add_spokes(*tx, graph, hub, 30000, 3000);
      tx->detach_delete_node(hub);
    };
    const GraphModel before = graph;
    detach();
    CHECK(tx->counters().relationships_deleted == graph.edges.size());
    tx->rollback_statement();
    graph = before;
    CHECK((capture(tx->view()) == graph));
    detach();
    tx->end_statement();
    graph.edges.clear();
    graph.nodes.erase(hub.value);
    tx->commit();
    made.check_committed(memory);
  }
}

// From the last to the first, but not every third: each twice, and one that never was.
std::vector<RelationshipId> wanted_of(const GraphModel& graph) {
  std::vector<RelationshipId> ids;
  for (auto edge = graph.edges.rbegin(); edge != graph.edges.rend(); ++edge) {
    if (edge->first % 3 == 0) continue;
    ids.push_back({edge->first});
    ids.push_back({edge->first});
    ids.push_back({edge->first + 1'000'000});
  }
  return ids;
}

TEST_CASE("Relationships that are deleted together go once each, wherever they are") {
  for (const std::uint64_t memory : {kMemory, 64 * kMiB}) {
    CAPTURE(memory);
    Hub made(memory);
    auto& [disk, store, graph, hub] = made;
    write(*store, [&](Transaction& tx) { add_spokes(tx, graph, hub, 20000, 10000); });

    const auto tx = store->begin();
    const auto remove = [&] {
      tx->begin_statement();
      add_spokes(*tx, graph, hub, 30000, 3000);
      const std::vector<RelationshipId> ids = wanted_of(graph);
      const std::size_t expected = ids.size() / 3;
      const auto gone = tx->delete_relationships(ids);
      CHECK(gone.size() == expected);
      for (const Relationship& one : gone) {
        const auto edge = graph.edges.find(one.id.value);
        REQUIRE(edge != graph.edges.end());
        CHECK(tx->view().catalog().name(one.type) == edge->second.type);
        CHECK((one.start.value == edge->second.start && one.end.value == edge->second.end));
        graph.edges.erase(edge);
      }
      CHECK(tx->counters().relationships_deleted == expected);
      CHECK(tx->delete_relationships(ids).empty());
      CHECK(tx->counters().relationships_deleted == expected);
    };
    const GraphModel before = graph;
    remove();
    tx->rollback_statement();
    graph = before;
    CHECK((capture(tx->view()) == graph));
    const View earlier = store->snapshot();
    remove();
    tx->end_statement();
    tx->commit();
    CHECK((capture(earlier) == before));
    made.check_committed(memory);
  }
}

TEST_CASE("Random transactions that fold all the time give the graph of plain maps") {
  const std::uint64_t seed = seed_of_the_day();
  CAPTURE(seed);
  RandomChanges random(seed, 150);
  const StoreOptions options = options_on(memory_environment(), 256 * 1024);
  auto store = Store::open(kPath, options);
  GraphModel graph;
  for (int i = 0; i < 60; ++i) {
    GraphModel changed = graph;
    const auto tx = store->begin();
    for (std::uint64_t statements = 1 + random.pick(4); statements > 0; --statements) {
      const GraphModel before = changed;
      tx->begin_statement();
      for (std::uint64_t changes = random.pick(250); changes > 0; --changes)
        random.change(*tx, changed);
      if (random.chance(20)) {
        tx->rollback_statement();
        changed = before;
      } else {
        tx->end_statement();
      }
      if (random.chance(10)) check_view(tx->view(), changed, seed);
    }
    if (random.chance(15)) continue;
    tx->commit();
    graph = std::move(changed);
    if (random.chance(15)) check_view(store->snapshot(), graph, seed);
    if (random.chance(10)) {
      store->close();
      store = Store::open(kPath, options);
    }
  }
  check_view(store->snapshot(), graph, seed);
}

TEST_CASE("Cursors that were in use when a transaction folded go on") {
  const auto disk = std::make_shared<CrashDisk>();
  const auto store = Store::open(kPath, options_on(environment_of(disk), kMemory));
  GraphModel graph;
  const auto tx = store->begin();
  tx->begin_statement();
  fill(*tx, graph, 3000, 1);
  const std::uint64_t first = graph.edges.size();
  RelationshipScan edges(tx->view(), std::nullopt);
  edges.begin({0, tx->view().relationship_id_limit()});
  PropertyReader names(tx->view(), ElementKind::Node, tx->intern_key("name"));
  NeighbourCursor neighbours(tx->view(), Direction::Out, {});
  std::vector<std::uint64_t> ids(100), starts(100), ends(100);
  std::uint64_t seen = 0;
  GraphModel more;
  while (seen < first) {
    const std::size_t count = edges.next(ids, starts, ends);
    REQUIRE(count > 0);
    for (std::size_t i = 0; i < count && seen + i < first; ++i) {
      REQUIRE(graph.edges.at(ids[i]).start == starts[i]);
      REQUIRE(graph.edges.at(ids[i]).end == ends[i]);
    }
    seen += count;
    Vector out;
    names.read(std::span(starts).first(count), nullptr, out);
    for (std::uint32_t i = 0; i < count; ++i)
      if (graph.nodes.contains(starts[i]))
        REQUIRE(bytes_of(out.cell(i)) == graph.nodes.at(starts[i]).values.at("name"));
    neighbours.begin(std::span(starts).first(1));
    std::uint64_t found[4];
    std::uint32_t rows[4];
    CHECK(neighbours.next(4, rows, found, nullptr) == 1);
    fill(*tx, more, 300, seen);
  }
  tx->end_statement();
  tx->commit();
  graph.nodes.merge(more.nodes);
  graph.edges.merge(more.edges);
  CHECK((capture(store->snapshot()) == graph));
}

TEST_CASE("A large transaction that finds no space fails alone, whenever that is") {
  const auto disk = std::make_shared<CrashDisk>();
  const auto store = Store::open(kPath, options_on(environment_of(disk), kMemory));
  GraphModel graph;
  const auto small = store->begin();
  small->begin_statement();
  fill(*small, graph, 10, 1);
  small->end_statement();
  small->commit();
  for (const int nth : {0, 3, 20, 60}) {
    GraphModel ignored = graph;
    const auto tx = store->begin();
    std::atomic<int> calls{0};
    disk->before = [&](CrashDisk::Call call, const std::string& path) {
      if (call == CrashDisk::Call::Write && path == kPath && calls++ == nth)
        throw StorageError("NoSpace", "full");
    };
    try {
      tx->begin_statement();
      fill(*tx, ignored, 4000, 2);
      tx->end_statement();
      tx->commit();
      graph = ignored;  // it was over before
    } catch (const StorageError& error) {
      CHECK(error.detail() == "NoSpace");
    }
    disk->before = nullptr;
  }
  CHECK_FALSE(store->read_only());
  CHECK((capture(store->snapshot()) == graph));
  const auto next = store->begin();
  next->begin_statement();
  fill(*next, graph, 5, 6);
  next->end_statement();
  next->commit();
  store->close();
  const auto reopened = Store::open(kPath, options_on(environment_of(disk), kMemory));
  check_view(reopened->snapshot(), graph, 1);
}

}  // namespace
}  // namespace kith::storage::test
