// tests/unit/storage/checkpoint_test.cpp: checkpoints beside writers and readers, at every moment.
#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <functional>
#include <thread>

#include "kith/error.hpp"
#include "storage/log/log_file.hpp"
#include "storage/store.hpp"
#include "tests/unit/storage/check_fixture.hpp"
#include "tests/unit/storage/crash_disk.hpp"
#include "tests/unit/storage/cursor_check.hpp"
#include "tests/unit/storage/graph_model.hpp"
#include "tests/unit/storage/held_checkpoint.hpp"
#include "tests/unit/storage/store_fixture.hpp"

namespace kith::storage::test {
namespace {

void add_node(Store& store, std::int64_t number) {
  write(store, [&](Transaction& tx) {
    const LabelId label = tx.intern_label("N");
    const Property value{tx.intern_key("number"), Cell::of(number)};
    tx.create_node(std::span(&label, 1), std::span(&value, 1));
  });
}

TEST_CASE("Readers and writers go on while a checkpoint is written, and cross it") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  RandomChanges random(seed, 100);
  GraphModel graph;
  HeldCheckpoint held;
  Store& store = *held.store;
  const auto work = [&](int changes) {
    write(store, [&](Transaction& tx) {
      for (int i = 0; i < changes; ++i) random.change(tx, graph);
    });
  };
  for (int i = 0; i < 20; ++i) work(20);
  const View before = store.snapshot();
  const GraphModel model_before = graph;
  const std::uint64_t checkpoint = store.stats().checkpoint;

  held.begin();
  for (int i = 0; i < 20; ++i) work(20);
  const View during = store.snapshot();
  const GraphModel model_during = graph;
  const auto tx = store.begin();  // begun before the swap, committed after it
  tx->begin_statement();
  for (int i = 0; i < 20; ++i) random.change(*tx, graph);
  tx->end_statement();
  held.finish();
  CHECK(store.stats().checkpoint == checkpoint + 1);
  check_view(store.snapshot(), model_during, seed);
  tx->begin_statement();
  for (int i = 0; i < 20; ++i) random.change(*tx, graph);
  tx->end_statement();
  check_view(tx->view(), graph, seed);
  tx->commit();
  check_view(store.snapshot(), graph, seed);
  check_view(before, model_before, seed);
  check_view(during, model_during, seed);
  work(20);
  check_view(store.snapshot(), graph, seed);
  std::mt19937_64 fate(seed);
  const auto after = held.disk->power_loss(fate);
  check_view(Store::open(kPath, options_on(environment_of(after)))->snapshot(), graph, seed);
  store.checkpoint();
  check_view(store.snapshot(), graph, seed);
}

TEST_CASE("Names and segments that came during a checkpoint are there after it") {
  HeldCheckpoint held;
  Store& store = *held.store;
  add_node(store, 1);
  held.begin();
  write(store, [](Transaction& tx) {
    const LabelId label = tx.intern_label("New");
    const NodeId a = tx.create_node(std::span(&label, 1), {});
    tx.create_relationship(tx.intern_type("FRESH"), a, NodeId{0}, {});
    tx.create_relationship(tx.intern_type("FRESH"), NodeId{0}, NodeId{0}, {});
  });
  held.finish();
  write(store, [](Transaction& tx) {
    tx.create_relationship(tx.intern_type("FRESH"), NodeId{0}, NodeId{0}, {});
    tx.intern_key("later");
  });
  const View view = store.snapshot();
  CHECK(view.catalog().find_label("New"));
  CHECK(view.relationship_count(*view.catalog().find_type("FRESH")) == 3);
  CHECK(view.degree(NodeId{0}, Direction::Out, {}) == 2);
  const GraphModel expected = capture(view);
  store.close();
  const auto reopened = Store::open(kPath, options_on(environment_of(held.disk)));
  CHECK((capture(reopened->snapshot()) == expected));
}

TEST_CASE("Random transactions over checkpoints that never stop give the graph of plain maps") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  RandomChanges random(seed, 300);
  GraphModel graph;
  const StoreOptions options = options_on(memory_environment());
  auto store = Store::open(kPath, options);
  std::atomic<bool> done{false};
  std::thread checkpoints([&] {
    while (!done) store->checkpoint();
  });
  for (int i = 0; i < 400; ++i) {
    GraphModel changed = graph;
    const auto tx = store->begin();
    for (std::uint64_t statements = 1 + random.pick(3); statements > 0; --statements) {
      const GraphModel before = changed;
      tx->begin_statement();
      for (std::uint64_t changes = random.pick(20); changes > 0; --changes)
        random.change(*tx, changed);
      if (random.chance(15)) {
        tx->rollback_statement();
        changed = before;
      } else {
        tx->end_statement();
      }
    }
    if (random.chance(10)) continue;
    tx->commit();
    graph = std::move(changed);
    if (random.chance(15)) check_view(store->snapshot(), graph, seed + static_cast<unsigned>(i));
  }
  done = true;
  checkpoints.join();
  check_view(store->snapshot(), graph, seed);
  CHECK(store->stats().checkpoint > 10);
  store->close();
  store = Store::open(kPath, options);
  check_view(store->snapshot(), graph, seed);
}

// --- carry

Cell number(std::int64_t value) { return Cell::of(value); }

// Ids that a store gives to `nodes` nodes with a number each, in one statement.
std::vector<NodeId> add_nodes(Store& store, GraphModel& graph, std::int64_t nodes) {
  std::vector<NodeId> ids;
  write(store, [&](Transaction& tx) {
    const KeyId key = tx.intern_key("number");
    for (std::int64_t i = 0; i < nodes; ++i) {
      const Property value{key, number(i)};
      ids.push_back(tx.create_node({}, std::span(&value, 1)));
      graph.nodes[ids.back().value] = {{}, {{"number", bytes_of(value.value)}}};
    }
  });
  return ids;
}

// 60 small changes in places far from each other.
void scatter(Transaction& tx, GraphModel& graph, const std::vector<NodeId>& nodes,
             std::mt19937_64& random) {
  for (int i = 0; i < 60; ++i) {
    const NodeId node = nodes[random() % nodes.size()], other = nodes[random() % nodes.size()];
    const KeyId key = tx.intern_key(i % 2 == 0 ? "number" : "more");
    const Cell value = i % 7 == 0 ? Cell::null() : number(i);
    if (!graph.nodes.contains(node.value) || !graph.nodes.contains(other.value)) continue;
    tx.set_property(node, key, value);
    Values& values = graph.nodes[node.value].values;
    values.erase(tx.view().catalog().name(key));
    if (!value.is_null()) values[tx.view().catalog().name(key)] = bytes_of(value);
    const auto edge = tx.create_relationship(tx.intern_type("T"), node, other, {});
    graph.edges[edge.value] = {"T", node.value, other.value, {}};
    if (i % 10 == 3) {
      tx.detach_delete_node(other);
      graph.nodes.erase(other.value);
      std::erase_if(graph.edges, [&](const auto& e) {
        return e.second.start == other.value || e.second.end == other.value;
      });
    }
  }
}

TEST_CASE("Scattered changes are carried by a close, found at open, and merged when asked for") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const StoreOptions options = options_on(memory_environment());
  auto store = Store::open(kPath, options);
  GraphModel graph;
  const std::vector<NodeId> nodes = add_nodes(*store, graph, 40000);
  store->close();
  for (int round = 0; round < 3; ++round) {
    store = Store::open(kPath, options);
    CHECK(store->open_report().replayed_commits == 0);
    check_view(store->snapshot(), graph, seed);
    const std::uint64_t file = store->stats().file_bytes;
    write(*store, [&](Transaction& tx) { scatter(tx, graph, nodes, random); });
    store->close();
    CHECK(list_logs(*options.environment.files, kPath).empty());
    store = Store::open(kPath, options);
    check_view(store->snapshot(), graph, seed);
    CHECK(store->stats().delta_bytes > 0);
    CHECK(store->stats().file_bytes < file + 40 * 4096);  // the segments were not written anew
    if (round == 1) {
      store->checkpoint();
      CHECK(store->stats().delta_bytes == 0);
      check_view(store->snapshot(), graph, seed);
    }
    store->close();
  }
}

TEST_CASE("Random work over checkpoints that carry what they can gives the graph of plain maps") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  RandomChanges random(seed, 500);
  StoreOptions options = options_on(memory_environment());
  options.checkpoint_log_bytes = 40 * 1024;
  options.memory_limit_bytes = GENERATE(4 * kMiB, 64 * kMiB);  // little is carried, or nearly all
  auto store = Store::open(kPath, options);
  GraphModel graph;
  for (int i = 0; i < 60; ++i) {
    write(*store, [&](Transaction& tx) {
      for (int changes = 0; changes < 30; ++changes) random.change(tx, graph);
    });
    if (i % 10 == 9) check_view(store->snapshot(), graph, seed);
    if (i % 15 == 14) {
      store->close();
      store = Store::open(kPath, options);
      check_view(store->snapshot(), graph, seed);
    }
  }
}

// --- limits

TEST_CASE("A fast writer is held back, so that logs and changes in memory stay bounded") {
  StoreOptions options = options_on(memory_environment());
  options.checkpoint_log_bytes = 64 * 1024;
  options.memory_limit_bytes = 2 * kMiB;
  const auto store = Store::open(kPath, options);
  constexpr int kThreads = 3;
  const std::uint64_t most = 2 * options.checkpoint_log_bytes + kThreads * 8 * 4096;
  std::atomic<int> over{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 150; ++i) {
        add_node(*store, i);
        const StoreStats stats = store->stats();
        if (stats.log_bytes > most || stats.delta_bytes > options.memory_limit_bytes / 3) ++over;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(over == 0);
  CHECK(store->snapshot().node_count() == kThreads * 150);
  CHECK(store->stats().checkpoint >= 8);
}

TEST_CASE(
    "A checkpoint in the background that finds no space lets commits go on, and comes later") {
  const auto disk = std::make_shared<CrashDisk>();
  std::atomic<bool> full{false};
  disk->before = [&](CrashDisk::Call call, const std::string& path) {
    if (full && call == CrashDisk::Call::Write && path == kPath)
      throw StorageError("NoSpace", "full");
  };
  StoreOptions options = options_on(environment_of(disk));
  options.checkpoint_log_bytes = 40 * 1024;
  const auto store = Store::open(kPath, options);
  add_node(*store, 0);
  full = true;
  const std::uint64_t before = store->stats().checkpoint;
  for (int i = 1; i < 60; ++i) add_node(*store, i);
  CHECK(store->stats().checkpoint == before);
  CHECK(store->stats().checkpoint_failure.find("full") != std::string::npos);
  CHECK_FALSE(store->read_only());
  full = false;
  for (int i = 60; i < 120; ++i) add_node(*store, i);
  CHECK(store->stats().checkpoint > before);
  CHECK(store->snapshot().node_count() == 120);
}

// --- group commit

TEST_CASE("Threads that commit at once share syncs") {
  const auto disk = std::make_shared<CrashDisk>();
  std::atomic<int> syncs{0};
  disk->before = [&](CrashDisk::Call call, const std::string& path) {
    if (call != CrashDisk::Call::Sync || path == kPath) return;
    ++syncs;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  };
  const auto store = Store::open(kPath, options_on(environment_of(disk)));
  constexpr int kThreads = 8, kCommits = 20;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < kCommits; ++i) add_node(*store, i);
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(store->snapshot().node_count() == kThreads * kCommits);
  CHECK(syncs < kThreads * kCommits);
  disk->before = nullptr;
}

// --- space

// A graph of constant size, changed in place, with elements that come and go.
class Churn {
 public:
  explicit Churn(std::uint64_t seed) : random_(seed) {}

  void add(Transaction& tx, int count) {
    const KeyId name = tx.intern_key("name"), key = tx.intern_key("number");
    const TypeId type = tx.intern_type("T");
    for (int i = 0; i < count; ++i) {
      const std::string value = text();
      const Property properties[] = {{name, Cell::of(std::string_view(value))},
                                     {key, number(static_cast<std::int64_t>(random_()))}};
      nodes_.push_back(tx.create_node({}, properties));
      tx.create_relationship(type, nodes_.back(), nodes_[nodes_.size() / 2], {});
    }
  }
  void replace(Transaction& tx, int count) {
    for (int i = 0; i < count; ++i) {
      tx.detach_delete_node(nodes_.front());
      nodes_.pop_front();
    }
    add(tx, count);
  }
  // Some of the newest `among`.
  void rename(Transaction& tx, int count, std::size_t among) {
    for (int i = 0; i < count; ++i) {
      const std::string value = text();
      tx.set_property(nodes_[nodes_.size() - 1 - random_() % among], tx.intern_key("name"),
                      Cell::of(std::string_view(value)));
    }
  }
  void clear(Transaction& tx) {
    for (const NodeId node : nodes_) tx.detach_delete_node(node);
    nodes_.clear();
  }

 private:
  std::string text() {
    std::string text(40 + random_() % 40, ' ');  // that packs no better one time than another
    for (char& c : text) c = static_cast<char>('a' + random_() % 26);
    return text;
  }
  std::mt19937_64 random_;
  std::deque<NodeId> nodes_;
};

// Each checkpoint writes what it changed beside what was there: live data and one rewrite are the
// most that is needed at one time.
TEST_CASE("The file stays under twice the live data while a part of it is always replaced") {
  const std::uint64_t rounds = number_from_environment("KITH_SOAK_ROUNDS", 40);
  const std::uint64_t seed = seed_of_the_day();
  CAPTURE(seed, rounds);
  StoreOptions options = options_on(memory_environment());
  options.checkpoint_log_bytes = 2 * kMiB;  // so that they come by themselves
  auto store = Store::open(kPath, options);
  Churn churn(seed);
  constexpr int kNodes = 160'000, kChurn = 4000;
  for (int i = 0; i < 10; ++i) write(*store, [&](Transaction& tx) { churn.add(tx, kNodes / 10); });
  store->checkpoint();
  store->checkpoint();
  const auto live = [&] {
    const StoreStats stats = store->stats();
    return stats.file_bytes - stats.free_bytes;
  };
  const std::uint64_t at_first = live(), checkpoints = store->stats().checkpoint;
  double largest = 0;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    write(*store, [&](Transaction& tx) {
      churn.replace(tx, kChurn);
      churn.rename(tx, 500, 4 * kChurn);
    });
    const StoreStats stats = store->stats();
    largest = std::max(largest, static_cast<double>(stats.file_bytes) /
                                    static_cast<double>(std::min(live(), at_first)));
  }
  CAPTURE(at_first, live(), largest);
  CHECK(store->stats().checkpoint > checkpoints + rounds / 4);
  CHECK(store->snapshot().node_count() == kNodes);
  CHECK(largest < 2);
  store->close();
  CHECK(check(options.environment, kPath).problems == "");
  if (rounds > 40) WARN(rounds << " rounds, at most " << largest << " times the live data");
}

TEST_CASE("The file has room for two of the graph, whatever is updated and deleted") {
  const std::uint64_t rounds = number_from_environment("KITH_SOAK_ROUNDS", 25);
  const std::uint64_t seed = seed_of_the_day();
  CAPTURE(seed, rounds);
  const StoreOptions options = options_on(memory_environment());
  auto store = Store::open(kPath, options);
  Churn churn(seed);
  constexpr int kNodes = 40000, kChurn = 8000;
  write(*store, [&](Transaction& tx) { churn.add(tx, kNodes); });
  store->checkpoint();
  std::uint64_t live = 0, largest = 0;  // ids that are strewn about pack worse than new ones
  for (std::uint64_t round = 0; round < rounds; ++round) {
    write(*store, [&](Transaction& tx) {
      churn.replace(tx, kChurn);
      churn.rename(tx, 500, kNodes);
    });
    store->checkpoint();
    const StoreStats stats = store->stats();
    live = std::max(live, stats.file_bytes - stats.free_bytes);
    largest = std::max(largest, stats.file_bytes);
  }
  CHECK(store->snapshot().node_count() == kNodes);
  CAPTURE(live, largest, store->stats().file_bytes, store->stats().free_bytes);
  // Each round rewrites all of it: while a checkpoint is written its predecessor is whole, too.
  // What is over that are holes too small for the next block: packed blocks have all lengths.
  CHECK(largest < 2 * live + live / 3);
  write(*store, [&](Transaction& tx) { churn.clear(tx); });
  for (int i = 0; i < 3; ++i) {  // pages are free when the checkpoint after the next is durable
    store->checkpoint();
    add_node(*store, i);
  }
  store->checkpoint();
  const StoreStats stats = store->stats();
  CHECK(stats.file_bytes - stats.free_bytes < live / 10);  // dead segments hold no pages
  CHECK(stats.file_bytes < largest);                       // and the free end was cut off
  const auto file = options.environment.files->open(kPath, OpenMode::ReadOnly);
  CHECK(file->size() <= stats.file_bytes);
}

}  // namespace
}  // namespace kith::storage::test
