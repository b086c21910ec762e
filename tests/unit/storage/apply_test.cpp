// tests/unit/storage/apply_test.cpp: records about many elements at once: those that contradict the
// root are refused and change nothing, whatever bytes of them were damaged.
// KITH_SEED repeats a run.
#include "storage/log/apply.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <random>

#include "kith/error.hpp"
#include "storage/delta/lookup.hpp"
#include "storage/store.hpp"
#include "tests/unit/core/random_cells.hpp"
#include "tests/unit/storage/graph_model.hpp"

namespace kith::storage {
namespace {

using test::capture;
using test::GraphModel;

constexpr std::uint64_t kNodes = 40, kEdges = 30;
constexpr Owner kFirstOwner = Owner{1} << 40;

// A graph of two types, half of it in the file: nodes from 0 on, relationships of either type from
// the begin of a segment on. Node 3 and the fourth relationship of T are deleted.
class Graph {
 public:
  Graph() {
    StoreOptions options;
    options.environment = memory_environment();
    store_ = Store::open("/graph.kith", options);
    make(kNodes / 2, kEdges / 2);
    store_->checkpoint();
    make(kNodes / 2, kEdges / 2);
    const auto tx = store_->begin();
    tx->begin_statement();
    tx->detach_delete_node(NodeId{3});
    tx->delete_relationship(RelationshipId{edges_[4]});
    tx->end_statement();
    tx->commit();
    view_ = std::make_unique<View>(store_->snapshot());
  }

  const Root& root() const { return view_->root(); }
  // Of the type T, none of which is deleted but the fifth.
  RelationshipId edge(std::size_t i) const { return {edges_[i]}; }
  TypeId type() const { return *root().catalog().find_type("T"); }

 private:
  void make(std::size_t nodes, std::size_t edges) {
    const auto tx = store_->begin();
    tx->begin_statement();
    const LabelId labels[] = {tx->intern_label("A")};
    const KeyId keys[] = {tx->intern_key("k"), tx->intern_key("t")};
    if (!indexed_) tx->create_index({0, "", SchemaToken::of(labels[0]), {keys[0]}});
    indexed_ = true;
    for (std::size_t i = 0; i < nodes; ++i) {
      const Property properties[] = {{keys[0], Cell::of(static_cast<std::int64_t>(i))}};
      tx->create_node(labels, properties);
    }
    for (std::size_t i = 0; i < edges; ++i) {
      const NodeId start{5 + i % 7}, end{10 + i % 9};
      edges_.push_back(tx->create_relationship(tx->intern_type("T"), start, end, {}).value);
      tx->create_relationship(tx->intern_type("U"), end, start, {});
    }
    tx->end_statement();
    tx->commit();
  }

  std::shared_ptr<Store> store_;  // shared: with its views
  std::unique_ptr<View> view_;
  std::vector<std::uint64_t> edges_;
  bool indexed_ = false;
};

// True if the record was applied; false: it was refused, and changed nothing.
bool is_applied(const Graph& graph, const Record& record) {
  static Owner owner = kFirstOwner;
  const auto root = std::make_shared<Root>(graph.root());  // shared: with the view of it
  RootEditor editor(*root, owner++);
  try {
    apply(record, editor);
  } catch (const StorageError& error) {
    CHECK(error.detail() == "CorruptLog");
    CHECK((capture(View(root)) == capture(View(std::make_shared<Root>(graph.root())))));
    return false;
  }
  return true;
}

TEST_CASE("Records about many elements are refused where they do not fit") {
  const Graph graph;
  const KeyId keys[] = {{0}, {1}}, unknown[] = {{0}, {7}}, twice[] = {{1}, {1}};
  const Cell values[] = {Cell::of(std::int64_t{1}), Cell::of("text"), Cell::null(), Cell::of(2.5)};
  const std::span<const Cell> three(values, 3);
  const Cell no_property[] = {Cell::of("text"), Cell::of(NodeId{7})};
  const NodeId nodes[] = {{7}, {20}}, dead[] = {{7}, {3}}, far[] = {{7}, {UINT64_MAX >> 1}};
  const NodeId one[] = {{7}};
  const RelationshipId next = graph.root().relationship_ids().next(graph.type());
  const RelationshipId fresh{graph.root().relationship_ids().segments() << kSegmentBits};
  const RelationshipId last{(next.value | (kSegmentSlots - 1))};
  const TypeId type = graph.type();
  const std::pair<bool, Record> cases[] = {
      {true, record::CreateRelationships{next, type, nodes, nodes, keys, values}},
      {true, record::CreateRelationships{fresh, type, nodes, nodes, {}, {}}},
      {false, record::CreateRelationships{next, TypeId{9}, nodes, nodes, {}, {}}},
      {false, record::CreateRelationships{next, TypeId{1 - type.value}, nodes, nodes, {}, {}}},
      {false, record::CreateRelationships{graph.edge(0), type, nodes, nodes, {}, {}}},
      {false, record::CreateRelationships{graph.edge(4), type, nodes, nodes, {}, {}}},
      {false, record::CreateRelationships{last, type, nodes, nodes, {}, {}}},
      {false, record::CreateRelationships{{fresh.value + kSegmentSlots}, type, one, one, {}, {}}},
      {false, record::CreateRelationships{{UINT64_MAX >> 1}, type, nodes, nodes, {}, {}}},
      {false, record::CreateRelationships{next, type, {}, {}, {}, {}}},
      {false, record::CreateRelationships{next, type, nodes, one, {}, {}}},
      {false, record::CreateRelationships{next, type, dead, nodes, {}, {}}},
      {false, record::CreateRelationships{next, type, nodes, far, {}, {}}},
      {false, record::CreateRelationships{next, type, nodes, nodes, keys, three}},
      {false, record::CreateRelationships{next, type, nodes, nodes, unknown, values}},
      {false, record::CreateRelationships{next, type, nodes, nodes, twice, values}},
      {true, record::SetNodeProperties{nodes, keys, values}},
      {true, record::SetNodeProperties{{}, keys, {}}},
      {false, record::SetNodeProperties{dead, keys, values}},
      {false, record::SetNodeProperties{far, keys, values}},
      {false, record::SetNodeProperties{nodes, keys, three}},
      {false, record::SetNodeProperties{nodes, unknown, values}},
      {false, record::SetNodeProperties{nodes, twice, values}},
      {false, record::SetNodeProperties{one, keys, no_property}},
      {true, record::SetNodeColumns{{nodes}, keys, {2, values}}},
      {true, record::SetNodeColumns{{}, keys, {2, {}}}},
      {false, record::SetNodeColumns{{dead}, keys, {2, values}}},
      {false, record::SetNodeColumns{{far}, keys, {2, values}}},
      {false, record::SetNodeColumns{{one}, keys, {2, values}}},
      {false, record::SetNodeColumns{{nodes}, keys, {1, values}}},
      {false, record::SetNodeColumns{{nodes}, unknown, {2, values}}},
      {false, record::SetNodeColumns{{nodes}, twice, {2, values}}},
      {false, record::SetNodeColumns{{one}, keys, {2, no_property}}},
      {false, record::SetNodeProperty{{7}, {{0}, no_property[1]}}},
      {false, record::CreateRelationships{next, type, one, one, keys, no_property}}};
  for (std::size_t i = 0; i < std::size(cases); ++i) {
    INFO("case " << i);
    CHECK(is_applied(graph, cases[i].second) == cases[i].first);
  }
  const RelationshipId edges[] = {graph.edge(0), graph.edge(20)};
  const RelationshipId dead_edges[] = {graph.edge(0), graph.edge(4)};
  CHECK(is_applied(graph, record::SetRelationshipProperties{edges, keys, values}));
  CHECK_FALSE(is_applied(graph, record::SetRelationshipProperties{dead_edges, keys, values}));
  CHECK_FALSE(is_applied(graph, record::SetRelationshipProperties{edges, unknown, values}));
  CHECK(is_applied(graph, record::SetRelationshipColumns{{edges}, keys, {2, values}}));
  CHECK_FALSE(is_applied(graph, record::SetRelationshipColumns{{dead_edges}, keys, {2, values}}));
}

TEST_CASE("Records that delete or label many elements are refused where they do not fit") {
  const Graph graph;
  const NodeId nodes[] = {{7}, {20}}, dead[] = {{3}, {7}}, down[] = {{20}, {7}},
               twice[] = {{7}, {7}}, far[] = {{7}, {UINT64_MAX >> 1}};
  const RelationshipId edges[] = {graph.edge(0), graph.edge(20)};
  const RelationshipId dead_edges[] = {graph.edge(0), graph.edge(4)};
  const RelationshipId down_edges[] = {graph.edge(20), graph.edge(0)};
  const TypeId other{1 - graph.type().value};
  const LabelId label{0};
  REQUIRE(has_label(graph.root(), nodes[0], label));
  const std::pair<bool, Record> cases[] = {
      {true, record::DeleteRelationships{graph.type(), edges}},
      {true, record::DeleteRelationships{graph.type(), {}}},
      {false, record::DeleteRelationships{other, edges}},
      {false, record::DeleteRelationships{graph.type(), dead_edges}},
      {false, record::DeleteRelationships{graph.type(), down_edges}},
      {true, record::DeleteNodes{nodes}},
      {false, record::DeleteNodes{dead}},
      {false, record::DeleteNodes{down}},
      {false, record::DeleteNodes{twice}},
      {false, record::DeleteNodes{far}},
      {false, record::AddLabels{label, nodes}},
      {true, record::RemoveLabels{label, nodes}},
      {false, record::AddLabels{LabelId{99}, nodes}},
      {false, record::AddLabels{label, dead}},
      {false, record::AddLabels{label, down}},
      {false, record::RemoveLabels{label, twice}},
      {true, record::RemoveLabelRuns{label, {nodes}}},
      {false, record::RemoveLabelRuns{label, {twice}}},
      {false, record::AddLabelRuns{label, {nodes}}},
      {false, record::AddLabelRuns{LabelId{99}, {nodes}}},
      {false, record::RemoveLabelRuns{label, {dead}}}};
  for (std::size_t i = 0; i < std::size(cases); ++i) {
    INFO("case " << i);
    CHECK(is_applied(graph, cases[i].second) == cases[i].first);
  }
}

TEST_CASE("Damaged records about many elements are applied or refused, never worse") {
  const std::uint64_t seed = kith::test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  const Graph graph;
  const LabelId labels[] = {{0}};
  const KeyId keys[] = {{0}, {1}};
  const Cell values[] = {Cell::of(std::int64_t{1}), Cell::of("text"), Cell::null(), Cell::of(2.5)};
  const NodeId nodes[] = {{7}, {20}};
  const RelationshipId edges[] = {graph.edge(0), graph.edge(20)};
  const RelationshipId next = graph.root().relationship_ids().next(graph.type());
  const Record records[] = {
      record::CreateNodes{graph.root().node_ids().next(labels), 2, labels, keys, values},
      record::CreateRelationships{next, graph.type(), nodes, nodes, keys, values},
      record::SetNodeProperties{nodes, keys, values},
      record::SetRelationshipProperties{edges, keys, values},
      record::DeleteNodes{nodes},
      record::DeleteRelationships{graph.type(), edges},
      record::AddLabels{labels[0], nodes},
      record::RemoveLabels{labels[0], nodes},
      record::SetNodeColumns{{nodes}, keys, {2, values}},
      record::SetRelationshipColumns{{edges}, keys, {2, values}},
      record::RemoveLabelRuns{labels[0], {nodes}}};
  std::size_t applied = 0, refused = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string bytes;
    encode(bytes, records[random() % std::size(records)]);
    for (std::uint64_t changes = 1 + random() % 2; changes > 0; --changes) {
      const std::size_t at = random() % bytes.size();
      bytes[at] = static_cast<char>(random() % 3 == 0 ? random() : bytes[at] ^ 1 << random() % 8);
    }
    Arena arena;
    ByteReader in({reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()});
    try {
      ++(is_applied(graph, decode_record(in, arena)) ? applied : refused);
    } catch (const StorageError&) {  // no record at all
    }
  }
  CHECK(applied > 0);
  CHECK(refused > 0);
}

}  // namespace
}  // namespace kith::storage
