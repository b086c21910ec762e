// tests/unit/storage/memory_test.cpp: what a store takes of its budget, and what it does without.
#include <malloc.h>

#include <catch2/catch.hpp>

#include "core/bulk_memory.hpp"
#include "kith/error.hpp"
#include "storage/delta/root.hpp"
#include "storage/store.hpp"
#include "storage/writer.hpp"
#include "tests/unit/storage/check_fixture.hpp"
#include "tests/unit/storage/disk_fixture.hpp"

namespace kith::storage {

namespace {

StoreOptions options_with(const std::shared_ptr<MemoryBudget>& budget) {
  StoreOptions options;
  options.environment = memory_environment();
  options.budget = budget;
  return options;
}

// Nodes with a label, a number and a text, each with a relationship to the one before.
void add_nodes(Transaction& transaction, int count) {
  const LabelId label = transaction.intern_label("L");
  const TypeId type = transaction.intern_type("T");
  const KeyId number = transaction.intern_key("n"), text = transaction.intern_key("t");
  std::optional<NodeId> before;
  for (int i = 0; i < count; ++i) {
    const Property properties[] = {{number, Cell::of(std::int64_t{i})},
                                   {text, Cell::of("some text that is not short")}};
    const NodeId node = transaction.create_node(std::span(&label, 1), properties);
    if (before) transaction.create_relationship(type, *before, node, {});
    before = node;
  }
}

std::size_t heap_bytes() { return ::mallinfo2().uordblks + ::mallinfo2().hblkhd + bulk_bytes(); }

// Sanitizers put an allocator of their own in the place of malloc.
bool heap_is_counted() {
  const std::size_t before = heap_bytes();
  const std::vector<std::string> probe(1000, std::string(1000, 'x'));
  return heap_bytes() - before >= probe.size() * probe[0].size();
}

}  // namespace

TEST_CASE("A transaction takes its memory from the budget, and gives it back") {
  const auto budget = std::make_shared<MemoryBudget>(64 * kMiB);
  {
    const auto store = Store::open("/graph", options_with(budget));
    const std::uint64_t idle = budget->used();
    {
      const auto transaction = store->begin();
      transaction->begin_statement();
      add_nodes(*transaction, 1000);
      CHECK(budget->used() > idle + 300'000);
      transaction->rollback_statement();
      CHECK(budget->used() < idle + 100'000);
      transaction->begin_statement();
      add_nodes(*transaction, 1000);
      transaction->end_statement();
      transaction->commit();
    }
    // It is committed, so it stays until it is in the file.
    const std::uint64_t delta = store->stats().delta_bytes;
    CHECK(delta > 300'000);
    CHECK(budget->used() >= idle + delta);
    store->checkpoint();
    Reservation all(*budget, "somebody else");
    CHECK(all.try_resize(budget->limit() - idle - delta));  // but for holes
  }
  CHECK(budget->used() == 0);
}

TEST_CASE(
    "A statement that finds no memory folds or fails; rolled back, what was before it stands") {
  const auto budget = std::make_shared<MemoryBudget>(16 * kMiB);
  const auto store = Store::open("/graph", options_with(budget));
  const auto transaction = store->begin();
  transaction->begin_statement();
  add_nodes(*transaction, 10);
  transaction->end_statement();
  Reservation others(*budget, "others", budget->limit() - budget->used() - kMiB);
  transaction->begin_statement();
  std::string detail;
  try {
    add_nodes(*transaction, 100'000);
  } catch (const ResourceError& error) {
    detail = error.detail();
    CHECK(std::string(error.what()).find("the changes of a transaction") != std::string::npos);
  }
  CHECK((detail.empty() || detail == "OutOfMemory"));  // it may fit when it goes to the file
  CHECK(budget->used() <= budget->limit());
  transaction->rollback_statement();
  CHECK(transaction->view().node_count() == 10);
  transaction->begin_statement();
  add_nodes(*transaction, 10);
  transaction->end_statement();
  transaction->commit();
  CHECK(store->snapshot().node_count() == 20);
  others.clear();
}

TEST_CASE("What changes are said to take is about what they take") {
  if (!heap_is_counted()) {
    WARN("the allocator of this build keeps no statistics");
    return;
  }
  const auto budget = std::make_shared<MemoryBudget>(std::uint64_t{1} << 30);
  const auto store = Store::open("/graph", options_with(budget));
  const auto transaction = store->begin();
  const auto taken_by = [&](auto&& work) {
    const std::size_t before = heap_bytes();
    const std::uint64_t said = budget->used();
    transaction->begin_statement();
    work();
    transaction->end_statement();
    const auto heap = static_cast<double>(heap_bytes() - before);
    return heap / static_cast<double>(budget->used() - said);
  };
  const double nodes = taken_by([&] { add_nodes(*transaction, 50'000); });
  CHECK(nodes > 0.6);
  CHECK(nodes < 1.25);
  std::vector<KeyId> keys;
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h"})
    keys.push_back(transaction->intern_key(name));
  const double properties = taken_by([&] {
    for (std::uint64_t id = 0; id < 50'000; ++id)
      for (const KeyId key : keys)
        transaction->set_property(NodeId{id}, key, Cell::of(std::int64_t{7}));
  });
  CHECK(properties > 0.6);
  CHECK(properties < 1.25);
}

// Each is alone in its part of the trees.
TEST_CASE("What scattered changes are said to take is about what they take") {
  if (!heap_is_counted()) {
    WARN("the allocator of this build keeps no statistics");
    return;
  }
  const auto budget = std::make_shared<MemoryBudget>(std::uint64_t{1} << 30);
  const auto store = Store::open("/graph", options_with(budget));
  constexpr std::uint64_t kNodes = 400'000, kStride = 150;
  {
    const auto transaction = store->begin();
    transaction->begin_statement();
    add_nodes(*transaction, kNodes);
    transaction->end_statement();
    transaction->commit();
  }
  store->checkpoint();
  const auto transaction = store->begin();
  const auto said = [&] { return transaction->view().root().delta_bytes(); };
  const auto ratio_of = [&](auto&& work) {
    const std::size_t heap = heap_bytes();
    const std::uint64_t before = said();
    transaction->begin_statement();
    work();
    transaction->end_statement();
    const auto grown = static_cast<double>(heap_bytes() - heap);
    return grown / static_cast<double>(said() - before);
  };
  const KeyId key = transaction->intern_key("k");
  const double properties = ratio_of([&] {
    for (std::uint64_t id = 0; id < kNodes; id += kStride)
      transaction->set_property(NodeId{id}, key, Cell::of(std::int64_t{7}));
  });
  CHECK(properties > 0.6);
  CHECK(properties < 1.25);
  const double edges = ratio_of([&] {
    for (std::uint64_t id = kStride / 2; id < kNodes; id += kStride)
      transaction->detach_delete_node(NodeId{id});
  });
  CHECK(edges > 0.6);
  CHECK(edges < 1.25);
}

// A hub has more relationships than there is memory, and loses them all.
TEST_CASE("A transaction that is larger than the limit keeps to it, whatever it writes") {
  constexpr std::uint64_t kLimit = 16 * kMiB;
  const auto budget = std::make_shared<MemoryBudget>(kLimit);
  StoreOptions options = options_with(budget);
  options.memory_limit_bytes = kLimit;
  const auto store = Store::open("/graph", options);
  constexpr int kNodes = 150'000;
  const auto in_one_statement = [&](auto&& work) {
    const auto transaction = store->begin();
    transaction->begin_statement();
    work(*transaction);
    transaction->end_statement();
    transaction->commit();
    CHECK(budget->peak() <= kLimit + kLimit / 8);
  };
  in_one_statement([&](Transaction& t) { add_nodes(t, kNodes); });
  in_one_statement([&](Transaction& t) {
    const TypeId type = t.intern_type("S");
    for (std::uint64_t id = 1; id < kNodes; ++id)
      t.create_relationship(type, NodeId{0}, NodeId{id}, {});
  });
  in_one_statement([&](Transaction& t) {
    const KeyId key = t.intern_key("k");
    for (std::uint64_t id = 0; id < kNodes; ++id)
      t.set_property(NodeId{id}, key, Cell::of("a text of some length, on every node"));
  });
  CHECK(store->snapshot().relationship_count() == 2 * (kNodes - 1));
  in_one_statement([&](Transaction& t) { t.detach_delete_node(NodeId{0}); });
  CHECK(store->snapshot().relationship_count() == kNodes - 2);
  in_one_statement([&](Transaction& t) {
    for (std::uint64_t id = 1; id < kNodes; id += 2) t.detach_delete_node(NodeId{id});
  });
  CHECK(store->snapshot().relationship_count() == 0);
  CHECK(store->snapshot().node_count() == kNodes / 2 - 1);
  store->close();
  CHECK(test::check(options.environment, "/graph").problems == "");
}

}  // namespace kith::storage
