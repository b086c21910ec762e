// tests/unit/storage/many_edges.hpp: relationships that come and go by the hundred, at nodes of one
// segment.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "storage/store.hpp"
#include "tests/unit/storage/check_fixture.hpp"
#include "tests/unit/storage/graph_model.hpp"
#include "tests/unit/storage/store_fixture.hpp"

namespace kith::storage::test {

// A graph of two types, whose ends are a hub for a third of them, and the same as plain maps.
struct ManyEdges {
  static constexpr std::uint64_t kNodes = 700, kHubs = 5;
  std::mt19937_64 random;
  StoreOptions options = options_on(memory_environment());
  std::shared_ptr<Store> store;
  GraphModel graph;

  explicit ManyEdges(std::uint64_t seed, std::shared_ptr<Store> of = nullptr)
      : random(seed), store(of ? std::move(of) : Store::open("/graph.kith", options)) {
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

}  // namespace kith::storage::test
