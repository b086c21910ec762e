// tests/unit/storage/transaction_test.cpp: what one transaction may do, and what others see of it.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "core/compare.hpp"
#include "kith/error.hpp"
#include "storage/store.hpp"
#include "tests/unit/storage/cursor_check.hpp"
#include "tests/unit/storage/graph_model.hpp"

namespace kith::storage {
namespace {

using test::capture;
using test::GraphModel;

StoreOptions memory_options() {
  StoreOptions options;
  options.environment = memory_environment();
  options.memory_limit_bytes = 64 * kMiB;
  options.busy_timeout = std::chrono::milliseconds(2000);
  return options;
}

std::shared_ptr<Store> new_store() { return Store::open("/graph.kith", memory_options()); }

// Runs one statement in a transaction of its own.
template <class Work>
std::uint64_t write(Store& store, Work&& work) {
  const auto tx = store.begin();
  tx->begin_statement();
  work(*tx);
  tx->end_statement();
  return tx->commit();
}

Cell number(std::int64_t value) { return Cell::of(value); }

template <class Failing>
std::string detail_of(Failing&& failing) {
  try {
    failing();
  } catch (const Error& error) {
    return error.type() + "/" + error.detail();
  }
  return "no error";
}

TEST_CASE("A transaction sees its changes; others see them after the commit, and old views never") {
  const auto store = new_store();
  const View before = store->snapshot();
  const auto tx = store->begin();
  const View inside = tx->view();
  tx->begin_statement();
  const LabelId label = tx->intern_label("Person");
  const KeyId key = tx->intern_key("age");
  const Property age{key, number(36)};
  const NodeId node = tx->create_node(std::span(&label, 1), std::span(&age, 1));
  CHECK(inside.exists(node));
  CHECK(inside.node_count(label) == 1);
  tx->end_statement();
  CHECK(store->snapshot().node_count() == 0);
  const std::uint64_t position = tx->commit();
  CHECK(position == 1);
  const View after = store->snapshot();
  CHECK(after.position() == 1);
  CHECK(after.labels_of(node) == std::vector<LabelId>{label});
  Arena arena;
  CHECK(after.property(node, key, arena).integer == 36);
  CHECK(before.node_count() == 0);
  CHECK_FALSE(before.exists(node));
}

TEST_CASE("A statement that is rolled back leaves no element, no name and no id behind") {
  const auto store = new_store();
  const auto tx = store->begin();
  tx->begin_statement();
  const NodeId kept = tx->create_node({}, {});
  tx->end_statement();
  const GraphModel before = capture(tx->view());
  tx->begin_statement();
  const NodeId dropped = tx->create_node({}, {});
  tx->create_relationship(tx->intern_type("KNOWS"), kept, dropped, {});
  tx->set_property(kept, tx->intern_key("name"), Cell::of(std::string_view("Ada")));
  tx->add_label(kept, tx->intern_label("Person"));
  CHECK(tx->counters().relationships_created == 1);
  tx->rollback_statement();
  CHECK((capture(tx->view()) == before));
  CHECK_FALSE(tx->view().catalog().find_type("KNOWS"));
  CHECK_FALSE(tx->view().catalog().find_label("Person"));
  tx->begin_statement();
  CHECK(tx->create_node({}, {}) == dropped);  // nobody has ever seen the id
  tx->end_statement();
  tx->commit();
  CHECK(store->snapshot().node_count() == 2);
  CHECK(store->snapshot().catalog().keys.size() == 0);
}

TEST_CASE("Nodes that are made at once are those that would be made one by one") {
  // Over the end of a segment, with texts that one record does not take, unsorted for an index.
  constexpr std::size_t kNodes = kSegmentSlots + 3000;
  const std::string text(900, 'x'), long_text(700'000, 'y');
  const auto value_of = [&](std::size_t node, std::size_t key) {
    if ((node * 3 + key) % 7 == 0) return Cell::null();
    if (key == 0) return number(static_cast<std::int64_t>(node * 7919 % 10007));
    if (key == 1) return Cell::of(static_cast<double>(node) / 4);
    return Cell::of(std::string_view(node % 5000 == 1 ? long_text : text));
  };
  const auto store_with = [&](bool at_once) {
    const auto store = new_store();
    write(*store, [&](Transaction& tx) {
      const LabelId labels[] = {tx.intern_label("A"), tx.intern_label("B")};
      const KeyId keys[] = {tx.intern_key("k"), tx.intern_key("f"), tx.intern_key("t")};
      tx.create_index({0, "", SchemaToken::of(labels[1]), {keys[0], keys[2]}});
      std::vector<Cell> values;
      for (std::size_t i = 0; i < kNodes; ++i)
        for (std::size_t k = 0; k < 3; ++k) values.push_back(value_of(i, k));
      std::vector<std::uint64_t> ids(kNodes);
      if (at_once) return tx.create_nodes({labels, keys, values, kNodes}, ids);
      for (std::size_t i = 0; i < kNodes; ++i) {
        std::vector<Property> properties;
        for (std::size_t k = 0; k < 3; ++k) properties.push_back({keys[k], values[i * 3 + k]});
        ids[i] = tx.create_node(labels, properties).value;
      }
    });
    return store;
  };
  const auto one_by_one = store_with(false), at_once = store_with(true);
  const GraphModel wanted = capture(one_by_one->snapshot());
  CHECK(wanted.nodes.size() == kNodes);
  CHECK((capture(at_once->snapshot()) == wanted));
  test::check_view(at_once->snapshot(), wanted, 1);
}

// Hubs and self-loops over the end of a segment, texts that one record does not take, an index on
// either; written at once, or one by one.
class ManyWrites {
 public:
  explicit ManyWrites(bool at_once) : store(new_store()), at_once_(at_once) {}

  void create() {
    write(*store, [&](Transaction& tx) {
      const LabelId labels[] = {tx.intern_label("A")};
      const TypeId type = tx.intern_type("T");
      const KeyId keys[] = {tx.intern_key("k"), tx.intern_key("t")};
      tx.create_index({0, "", SchemaToken::of(type), {keys[0], keys[1]}});
      tx.create_index({0, "", SchemaToken::of(labels[0]), {keys[0]}});
      tx.create_nodes({labels, {}, {}, kNodes}, nodes_);
      std::vector<NodeId> starts, ends;
      for (std::size_t i = 0; i < kEdges; ++i) {
        starts.push_back({nodes_[i % 5 == 0 ? 7 : i * 31 % kNodes]});
        ends.push_back(i % 11 == 0 ? starts.back() : NodeId{nodes_[i * 17 % kNodes]});
      }
      const std::vector<Cell> values = values_of(kEdges, true, 0);
      if (at_once_) return tx.create_relationships({type, starts, ends, keys, values}, edges_);
      for (std::size_t i = 0; i < kEdges; ++i) {
        const Property properties[] = {{keys[0], values[2 * i]}, {keys[1], values[2 * i + 1]}};
        edges_[i] = tx.create_relationship(type, starts[i], ends[i], properties).value;
      }
    });
  }
  // Of every other element, and of the first again.
  void set(std::string_view first, std::string_view second, std::size_t from) {
    write(*store, [&](Transaction& tx) {
      const KeyId keys[] = {tx.intern_key(first), tx.intern_key(second)};
      set_all<NodeId>(tx, nodes_, keys, from);
      set_all<RelationshipId>(tx, edges_, keys, from);
    });
  }

  static constexpr std::size_t kNodes = 300, kEdges = kSegmentSlots + 3000;
  const std::shared_ptr<Store> store;  // shared: with its views

 private:
  std::vector<Cell> values_of(std::size_t rows, bool with_nulls, std::size_t from) const {
    std::vector<Cell> values;
    for (std::size_t row = from; row < from + rows; ++row) {
      const bool null = with_nulls && row % 7 == 0;
      values.push_back(null ? Cell::null() : number(static_cast<std::int64_t>(row * 7919 % 10007)));
      values.push_back(Cell::of(std::string_view(row % 5000 == 1 ? long_text_ : text_)));
    }
    return values;
  }
  template <class I>
  void set_all(Transaction& tx, const std::vector<std::uint64_t>& all, std::span<const KeyId> keys,
               std::size_t from) {
    std::vector<I> ids;
    for (std::size_t i = 0; i < all.size(); i += 2) ids.push_back({all[i]});
    ids.push_back(ids.front());
    const std::vector<Cell> values = values_of(ids.size(), false, from);
    if (at_once_) return tx.set_properties(std::span<const I>(ids), keys, values);
    for (std::size_t i = 0; i < ids.size(); ++i)
      for (std::size_t k = 0; k < 2; ++k) tx.set_property(ids[i], keys[k], values[2 * i + k]);
  }

  const bool at_once_;
  const std::string text_ = std::string(200, 'x'), long_text_ = std::string(700'000, 'y');
  std::vector<std::uint64_t> nodes_ = std::vector<std::uint64_t>(kNodes);
  std::vector<std::uint64_t> edges_ = std::vector<std::uint64_t>(kEdges);
};

TEST_CASE("Relationships and properties that are written at once are as if one by one") {
  for (const bool between : {false, true}) {
    ManyWrites one_by_one(false), at_once(true);
    for (ManyWrites* writes : {&one_by_one, &at_once}) {
      writes->create();
      writes->set("k", "t", 3);
      if (between) writes->store->checkpoint();
      writes->set("u", "v", 17);
      writes->set("u", "v", 100);
      writes->set("t", "w", 50);
    }
    const GraphModel wanted = capture(one_by_one.store->snapshot());
    CHECK(wanted.edges.size() == ManyWrites::kEdges);
    CHECK((capture(at_once.store->snapshot()) == wanted));
    test::check_view(at_once.store->snapshot(), wanted, 1);
    at_once.store->checkpoint();
    CHECK((capture(at_once.store->snapshot()) == wanted));
  }
}

TEST_CASE("What is written at once fails as a whole where one element is not there") {
  const auto store = new_store();
  NodeId there, gone;
  write(*store, [&](Transaction& tx) {
    there = tx.create_node({}, {});
    gone = tx.create_node({}, {});
  });
  write(*store, [&](Transaction& tx) { tx.delete_node(gone); });
  const GraphModel before = capture(store->snapshot());
  const auto tx = store->begin();
  const auto fails = [&](auto&& work) {
    tx->begin_statement();
    CHECK(detail_of([&] { work(*tx); }) == "EntityNotFound/DeletedEntityAccess");
    tx->rollback_statement();
    CHECK((capture(tx->view()) == before));
  };
  const NodeId nodes[] = {there, gone}, good[] = {there, there};
  std::uint64_t ids[2];
  const Cell values[] = {number(1), number(2)};
  fails([&](Transaction& t) {
    t.create_relationships({t.intern_type("T"), nodes, good, {}, {}}, ids);
  });
  fails([&](Transaction& t) {
    t.create_relationships({t.intern_type("T"), good, nodes, {}, {}}, ids);
  });
  std::vector<NodeId> many(1000, there);  // of a segment that is asked about often
  std::vector<std::uint64_t> of_many(many.size());
  for (const std::size_t place : {std::size_t{3}, std::size_t{255}, many.size() - 1}) {
    const std::vector<NodeId> all_good = many;
    many[place] = gone;
    fails([&](Transaction& t) {
      t.create_relationships({t.intern_type("T"), all_good, many, {}, {}}, of_many);
    });
    many[place] = there;
  }
  fails([&](Transaction& t) {
    const KeyId keys[] = {t.intern_key("k")};
    t.set_properties(std::span<const NodeId>(nodes), keys, values);
  });
  fails([&](Transaction& t) {
    const KeyId keys[] = {t.intern_key("k")};
    const RelationshipId none[] = {{0}, {1}};
    t.set_properties(std::span<const RelationshipId>(none), keys, values);
  });
  tx->rollback();
}

TEST_CASE("A transaction that is rolled back or let go leaves nothing") {
  const auto store = new_store();
  for (const bool say_so : {true, false}) {
    const auto tx = store->begin();
    tx->begin_statement();
    tx->create_node({}, {});
    tx->end_statement();
    if (say_so) tx->rollback();
  }
  CHECK(store->snapshot().node_count() == 0);
  CHECK(store->snapshot().position() == 0);
}

TEST_CASE("A node with relationships cannot be deleted, unless they go in the same statement") {
  const auto store = new_store();
  NodeId a, b;
  RelationshipId edge, loop;
  write(*store, [&](Transaction& tx) {
    a = tx.create_node({}, {});
    b = tx.create_node({}, {});
    edge = tx.create_relationship(tx.intern_type("T"), a, b, {});
    loop = tx.create_relationship(tx.intern_type("T"), a, a, {});
  });
  if (GENERATE(true, false)) store->checkpoint();
  const GraphModel before = capture(store->snapshot());
  {
    const auto tx = store->begin();
    tx->begin_statement();
    tx->delete_node(b);
    CHECK(detail_of([&] { tx->end_statement(); }) ==
          "ConstraintVerificationFailed/DeleteConnectedNode");
    CHECK((capture(tx->view()) == before));
    tx->begin_statement();
    tx->delete_node(b);
    tx->delete_relationship(edge);  // the order does not matter
    tx->end_statement();
    CHECK(tx->view().degree(a, Direction::Both, {}) == 1);
    tx->rollback();
  }
  CHECK((capture(store->snapshot()) == before));
  write(*store, [&](Transaction& tx) {
    tx.detach_delete_node(a);
    CHECK(tx.counters().relationships_deleted == 2);
    CHECK(tx.counters().nodes_deleted == 1);
    tx.detach_delete_node(a);
    tx.delete_relationship(loop);
    CHECK(tx.counters().nodes_deleted == 1);
  });
  CHECK(store->snapshot().node_count() == 1);
  CHECK(store->snapshot().relationship_count() == 0);
}

TEST_CASE("Counters count what happened, not what was asked") {
  const auto store = new_store();
  write(*store, [&](Transaction& tx) {
    const LabelId labels[] = {tx.intern_label("B"), tx.intern_label("A"), tx.intern_label("B")};
    const Property values[] = {{tx.intern_key("k"), number(1)}, {tx.intern_key("n"), Cell::null()}};
    const NodeId node = tx.create_node(labels, values);
    CHECK(tx.counters().labels_added == 2);
    CHECK(tx.counters().properties_set == 1);
    tx.add_label(node, labels[0]);
    tx.remove_label(node, tx.intern_label("C"));
    CHECK(tx.counters().labels_added == 2);
    CHECK(tx.counters().labels_removed == 0);
    tx.remove_label(node, labels[1]);
    CHECK(tx.counters().labels_removed == 1);
    tx.set_property(node, values[1].key, Cell::null());
    CHECK(tx.counters().properties_set == 1);
    tx.set_property(node, values[0].key, Cell::null());
    tx.set_property(node, values[1].key, number(2));
    CHECK(tx.counters().properties_set == 3);
  });
}

TEST_CASE("What was deleted cannot be written to") {
  const auto store = new_store();
  NodeId a;
  write(*store, [&](Transaction& tx) { a = tx.create_node({}, {}); });
  write(*store, [&](Transaction& tx) {
    const NodeId b = tx.create_node({}, {});
    tx.delete_node(a);
    const TypeId type = tx.intern_type("T");
    const KeyId key = tx.intern_key("k");
    const std::string gone = "EntityNotFound/DeletedEntityAccess";
    CHECK(detail_of([&] { tx.create_relationship(type, a, b, {}); }) == gone);
    CHECK(detail_of([&] { tx.create_relationship(type, b, a, {}); }) == gone);
    CHECK(detail_of([&] { tx.set_property(a, key, number(1)); }) == gone);
    CHECK(detail_of([&] { tx.add_label(a, tx.intern_label("L")); }) == gone);
    CHECK(detail_of([&] { tx.set_property(b, key, number(1)); }) == "no error");
    CHECK(detail_of([&] { tx.set_property(NodeId{999999}, key, number(1)); }) == gone);
    CHECK(detail_of([&] { tx.set_property(RelationshipId{4}, key, number(1)); }) == gone);
  });
}

TEST_CASE("Only storable values are taken as properties") {
  Arena arena;
  const Cell one = number(1), real = Cell::of(1.5), text = Cell::of(std::string_view("x"));
  const auto list = [&](std::vector<Cell> items) { return make_list(arena, items); };
  for (const Cell& good : {one, real, text, Cell::boolean(true), Cell::date(3), list({}),
                           list({one, real}), list({text, text})})
    CHECK_NOTHROW(check_storable(good));
  const MapEntry entry{"k", one};
  for (const Cell& bad : {list({one, text}), list({Cell::null()}), list({list({one})}),
                          Cell::of(NodeId{1}), make_map(arena, std::span(&entry, 1)),
                          Cell::of(RelationshipId{2}), list({Cell::of(NodeId{1})})})
    CHECK(detail_of([&] { check_storable(bad); }) == "TypeError/InvalidPropertyType");
}

TEST_CASE("One writer at a time: others wait, and give up after the busy timeout") {
  StoreOptions options = memory_options();
  options.busy_timeout = std::chrono::milliseconds(20);
  const auto store = Store::open("/graph.kith", options);
  const auto tx = store->begin();
  try {
    store->begin();
    FAIL("two writers");
  } catch (const TransactionError& error) {
    CHECK(error.detail() == "Busy");
    CHECK(error.retryable());
  }
  tx->rollback();
  CHECK_NOTHROW(store->begin());
}

TEST_CASE("Who has read before writing is told when the graph moved on") {
  const auto store = new_store();
  const View seen = store->snapshot();
  store->begin_at(seen)->rollback();
  write(*store, [](Transaction& tx) { tx.create_node({}, {}); });
  try {
    store->begin_at(seen);
    FAIL("the graph has changed");
  } catch (const TransactionError& error) {
    CHECK(error.detail() == "Conflict");
    CHECK(error.retryable());
  }
  CHECK_NOTHROW(store->begin_at(store->snapshot()));
}

TEST_CASE("An empty transaction commits without a new position") {
  const auto store = new_store();
  write(*store, [](Transaction& tx) { tx.create_node({}, {}); });
  CHECK(store->begin()->commit() == 1);
  CHECK(store->snapshot().position() == 1);
}

TEST_CASE("Ids are never given twice, and nodes of the same labels share a segment") {
  const StoreOptions options = memory_options();
  auto store = Store::open("/graph.kith", options);
  std::set<std::uint64_t> nodes, edges;
  for (int round = 0; round < 6; ++round) {
    write(*store, [&](Transaction& tx) {
      const LabelId a = tx.intern_label("A"), b = tx.intern_label("B");
      const NodeId x = tx.create_node(std::span(&a, 1), {});
      const NodeId y = tx.create_node(std::span(&b, 1), {});
      CHECK(segment_of(x) != segment_of(y));
      CHECK(slot_of(x) == static_cast<std::uint32_t>(round));
      const RelationshipId edge = tx.create_relationship(tx.intern_type("T"), x, y, {});
      CHECK(nodes.insert(x.value).second);
      CHECK(nodes.insert(y.value).second);
      CHECK(edges.insert(edge.value).second);
    });
    write(*store, [&](Transaction& tx) {
      for (const std::uint64_t id : nodes) tx.detach_delete_node(NodeId{id});
    });
    if (round % 2 == 1) store->checkpoint();
    if (round == 3) {
      store->close();
      store = Store::open("/graph.kith", options);
    }
  }
  CHECK(store->snapshot().node_count() == 0);
}

TEST_CASE("A transaction of several segments and a hub reads back through every cursor") {
  const StoreOptions options = memory_options();
  auto store = Store::open("/graph.kith", options);
  GraphModel graph;
  const auto add = [&](std::uint64_t nodes, std::uint64_t spokes) {
    write(*store, [&](Transaction& tx) {
      const LabelId label = tx.intern_label("N");
      const KeyId key = tx.intern_key("number");
      const TypeId type = tx.intern_type("SPOKE");
      std::vector<NodeId> made;
      for (std::uint64_t i = 0; i < nodes; ++i) {
        const Property value{key, number(static_cast<std::int64_t>(i))};
        made.push_back(tx.create_node(std::span(&label, 1), std::span(&value, 1)));
        graph.nodes[made.back().value] = {{"N"}, {{"number", test::bytes_of(value.value)}}};
      }
      const NodeId hub{graph.nodes.begin()->first};
      for (std::uint64_t i = 0; i < spokes; ++i) {
        const NodeId other = made[i * 7 % made.size()];
        const auto edge = i % 3 == 0 ? tx.create_relationship(type, other, hub, {})
                                     : tx.create_relationship(type, hub, other, {});
        graph.edges[edge.value] = i % 3 == 0 ? test::ModelEdge{"SPOKE", other.value, hub.value, {}}
                                             : test::ModelEdge{"SPOKE", hub.value, other.value, {}};
      }
    });
  };
  add(20000, 12000);
  test::check_view(store->snapshot(), graph, 1);
  store->checkpoint();
  test::check_view(store->snapshot(), graph, 2);
  add(2000, 1000);
  test::check_view(store->snapshot(), graph, 3);
  store->close();
  store = Store::open("/graph.kith", options);
  test::check_view(store->snapshot(), graph, 4);
}

TEST_CASE("Snapshots stay as they are while a writer goes on and checkpoints pass under them") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  StoreOptions options = memory_options();
  options.checkpoint_log_bytes = 100 * 1024;
  const auto store = Store::open("/graph.kith", options);
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0}, looked{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i)
    readers.emplace_back([&] {
      while (!done) {
        const View view = store->snapshot();
        const GraphModel first = capture(view);
        if (!(capture(view) == first)) ++wrong;
        if (first.nodes.size() != view.node_count()) ++wrong;
        if (first.edges.size() != view.relationship_count()) ++wrong;
        ++looked;
      }
    });
  test::RandomChanges random(seed, 120);
  GraphModel graph;
  for (int i = 0; i < 250 || looked < 4; ++i)
    write(*store, [&](Transaction& tx) {
      for (int change = 0; change < 15; ++change) random.change(tx, graph);
    });
  done = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(wrong == 0);
  CHECK((capture(store->snapshot()) == graph));
}

TEST_CASE("Many threads commit at once: each commit has its position and all are there") {
  const StoreOptions options = memory_options();
  auto store = Store::open("/graph.kith", options);
  constexpr int kThreads = 4, kCommits = 50;
  std::mutex mutex;
  std::set<std::uint64_t> positions;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < kCommits; ++i) {
        const std::uint64_t position =
            write(*store, [](Transaction& tx) { tx.create_node({}, {}); });
        const std::uint64_t seen = store->snapshot().position();
        const std::lock_guard lock(mutex);
        CHECK(seen >= position);  // durable, so published
        CHECK(positions.insert(position).second);
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(positions.size() == kThreads * kCommits);
  CHECK(*positions.rbegin() == kThreads * kCommits);
  store->close();
  store = Store::open("/graph.kith", options);
  CHECK(store->snapshot().node_count() == kThreads * kCommits);
}

TEST_CASE("Cursors of a running transaction see each change when they begin anew") {
  const auto store = new_store();
  NodeId hub;
  write(*store, [&](Transaction& tx) { hub = tx.create_node({}, {}); });
  store->checkpoint();
  const auto tx = store->begin();
  NeighbourCursor cursor(tx->view(), Direction::Both, {});
  PropertyReader reader(tx->view(), ElementKind::Node, KeyId{0});
  Vector out;
  for (std::int64_t i = 1; i <= 20; ++i) {
    tx->begin_statement();
    const NodeId other = tx->create_node({}, {});
    tx->create_relationship(tx->intern_type("T" + std::to_string(i % 3)), hub, other, {});
    tx->set_property(hub, tx->intern_key("n"), number(i));
    tx->end_statement();
    std::uint64_t neighbours[64];
    std::uint32_t rows[64];
    cursor.begin(std::span(&hub.value, 1));
    CHECK(cursor.next(64, rows, neighbours, nullptr) == static_cast<std::size_t>(i));
    reader.read(std::span(&hub.value, 1), nullptr, out);
    CHECK(out.cell(0).integer == i);
  }
}

}  // namespace
}  // namespace kith::storage
