// tests/unit/storage/memory_test.cpp: what a store takes of its budget, and what it does without.
#include <malloc.h>

#include <catch2/catch.hpp>

#include "kith/error.hpp"
#include "storage/store.hpp"
#include "storage/writer.hpp"
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
    CHECK(all.try_resize(budget->limit() - idle - 100'000));
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
  const auto budget = std::make_shared<MemoryBudget>(std::uint64_t{1} << 30);
  const auto store = Store::open("/graph", options_with(budget));
  const auto transaction = store->begin();
  const auto taken_by = [&](auto&& work) {
    const std::size_t before = ::mallinfo2().uordblks + ::mallinfo2().hblkhd;
    const std::uint64_t said = budget->used();
    transaction->begin_statement();
    work();
    transaction->end_statement();
    const auto heap = static_cast<double>(::mallinfo2().uordblks + ::mallinfo2().hblkhd - before);
    return heap / static_cast<double>(budget->used() - said);
  };
  const double nodes = taken_by([&] { add_nodes(*transaction, 50'000); });
  CHECK(nodes > 0.6);
  CHECK(nodes < 1.25);
  const KeyId key = transaction->intern_key("k");
  const double properties = taken_by([&] {
    for (std::uint64_t id = 0; id < 50'000; ++id)
      transaction->set_property(NodeId{id}, key, Cell::of(std::int64_t{7}));
  });
  CHECK(properties > 0.6);
  CHECK(properties < 1.25);
}

}  // namespace kith::storage
