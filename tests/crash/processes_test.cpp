// tests/crash/processes_test.cpp: a writing process and three that read beside it, killed and
// started again at random. Every reader must see prefixes of the history, everything that was
// acknowledged, and blocks that nobody overwrote (docs/processes.md).
//
// What is true lies in memory that all share: the digest of the graph at each position is put there
// before its commit is tried. KITH_PROCESS_ROUNDS sets the length, KITH_SEED repeats a run.
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <optional>
#include <random>
#include <thread>

#include "kith/error.hpp"
#include "storage/log/log_file.hpp"
#include "storage/log/process_lock.hpp"
#include "storage/store.hpp"
#include "tests/folder.hpp"
#include "tests/unit/storage/graph_model.hpp"

namespace kith::storage {
namespace {

using kith::test::Folder;
using test::capture;
using test::GraphModel;

constexpr std::uint64_t kAccounts = 40, kTotal = 4000, kMostCommits = 1 << 20;
constexpr std::size_t kReaders = 3;

struct Truth {
  std::atomic<std::uint64_t> acknowledged, tried;
  std::atomic<bool> writer_may_close, done;
  std::atomic<std::uint64_t> looks, checkpoints_seen, held_looks;
  std::atomic<bool> failed;
  char failure[1000];
  std::atomic<std::uint64_t> digests[kMostCommits];

  void fail(const std::string& text) {
    if (failed.exchange(true)) return;
    std::strncpy(failure, text.c_str(), sizeof failure - 1);
  }
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "shared between processes");

// Only the pages that are touched take memory.
struct SharedTruth {
  Truth* truth;
  SharedTruth() {
    void* memory =
        ::mmap(nullptr, sizeof(Truth), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    truth = new (memory) Truth;
  }
  ~SharedTruth() { ::munmap(truth, sizeof(Truth)); }
};

StoreOptions options(bool read_only) {
  StoreOptions options;
  options.environment = posix_environment();
  // So little that readers read blocks again from the file all the time.
  options.memory_limit_bytes = read_only ? 64 * 1024 : 16 * kMiB;
  options.checkpoint_log_bytes = 96 * 1024;
  options.busy_timeout = std::chrono::milliseconds(read_only ? 60000 : 20000);
  options.read_only = read_only;
  return options;
}

std::uint64_t digest(const View& view) {
  const GraphModel graph = capture(view);
  std::string all;
  const auto put = [&](const test::Values& values) {
    for (const auto& [key, value] : values) put_text(all, key), put_text(all, value);
  };
  for (const auto& [id, node] : graph.nodes) put_varint(all, id), put(node.values);
  for (const auto& [id, edge] : graph.edges) {
    put_varint(all, id), put_varint(all, edge.start), put_varint(all, edge.end);
    put(edge.values);
  }
  return std::hash<std::string>{}(all);
}

// Which no transaction changes.
std::int64_t total(const View& view) {
  const auto key = view.catalog().keys.find("balance");
  std::int64_t sum = 0;
  Arena arena;
  for (std::uint64_t id = 0; key && id < view.node_id_limit(); ++id)
    sum += view.property(NodeId{id}, KeyId{*key}, arena).integer;
  return sum;
}

void begin_history(Store& store) {
  const auto tx = store.begin();
  tx->begin_statement();
  const KeyId balance = tx->intern_key("balance"), text = tx->intern_key("text");
  const LabelId label = tx->intern_label("Account");
  const std::string longer(2000, 'a');
  const Property values[] = {{balance, Cell::of(std::int64_t{kTotal / kAccounts})},
                             {text, Cell::of(std::string_view(longer))}};
  for (std::uint64_t i = 0; i < kAccounts; ++i) tx->create_node(std::span(&label, 1), values);
  tx->end_statement();
  tx->commit();
}

// Moves money and rewrites texts; relationships come and go.
void change(Transaction& tx, std::mt19937_64& random) {
  tx.begin_statement();
  const KeyId balance = tx.intern_key("balance"), text = tx.intern_key("text");
  Arena arena;
  for (int i = 0; i < 4; ++i) {
    const NodeId from{random() % kAccounts}, to{random() % kAccounts};
    const auto amount = static_cast<std::int64_t>(random() % 20);
    const auto add = [&](NodeId node, std::int64_t more) {
      tx.set_property(node, balance,
                      Cell::of(tx.view().property(node, balance, arena).integer + more));
    };
    add(from, -amount);
    add(to, amount);
    const std::string longer(500 + random() % 3000, static_cast<char>('a' + random() % 26));
    tx.set_property(from, text, Cell::of(std::string_view(longer)));
    const Property paid{tx.intern_key("amount"), Cell::of(amount)};
    tx.create_relationship(tx.intern_type("PAID"), from, to, std::span(&paid, 1));
  }
  const View view = tx.view();
  for (int i = 0; i < 4 && view.relationship_count() > 100; ++i) {
    const RelationshipId id{random() % view.relationship_id_limit()};
    if (view.exists(id)) tx.delete_relationship(id);
  }
  tx.end_statement();
}

void write_forever(const std::string& path, std::uint64_t seed, Truth& truth) {
  std::mt19937_64 random(seed);
  do {
    const auto store = Store::open(path, options(false));
    const std::uint64_t found = store->snapshot().position();
    // A killed writer's last commit may be there, or not.
    if (found < truth.acknowledged || found > truth.tried)
      return truth.fail(fmt::format("a writer found {} of {}", found, truth.acknowledged.load()));
    if (digest(store->snapshot()) != truth.digests[found])
      return truth.fail(fmt::format("a writer found another graph at {}", found));
    truth.acknowledged = truth.tried = found;
    for (std::uint64_t left = 5 + random() % 60; left > 0 && !truth.writer_may_close; --left) {
      const auto tx = store->begin();
      change(*tx, random);
      const std::uint64_t position = truth.acknowledged + 1;
      truth.digests[position] = digest(tx->view());
      truth.tried = position;
      if (tx->commit() != position) return truth.fail("a commit got another position");
      truth.acknowledged = position;
      if (random() % 12 == 0) store->checkpoint();
    }
    if (random() % 2 == 0) store->close();
  } while (!truth.writer_may_close);
}

void check(const View& view, Truth& truth, const char* what) {
  if (total(view) != kTotal)
    return truth.fail(fmt::format("{} at {}: money was made or lost", what, view.position()));
  if (digest(view) != truth.digests[view.position()])
    truth.fail(fmt::format("{} at {}: not the graph that was committed", what, view.position()));
}

// One look: returns the view, having held it against the truth.
View look(Store& store, std::uint64_t& last, Truth& truth) {
  const std::uint64_t acknowledged = truth.acknowledged;
  View view = store.snapshot();
  const std::uint64_t tried = truth.tried;
  if (view.position() < acknowledged)
    truth.fail(fmt::format("O3: saw {} when {} was acknowledged", view.position(), acknowledged));
  if (view.position() > tried)
    truth.fail(fmt::format("O1: saw {} when {} was tried", view.position(), tried));
  if (view.position() < last) truth.fail(fmt::format("O2: saw {} after {}", view.position(), last));
  last = view.position();
  check(view, truth, "a snapshot");
  ++truth.looks;
  return view;
}

void read_forever(const std::string& path, std::uint64_t seed, Truth& truth) {
  std::mt19937_64 random(seed);
  std::uint64_t last = 0;
  std::vector<View> held;
  while (!truth.done && !truth.failed) {
    const auto store = Store::open(path, options(true));
    std::uint64_t checkpoint = 0;
    for (std::uint64_t left = 5 + random() % 100; left > 0 && !truth.done; --left) {
      View view = look(*store, last, truth);
      if (std::exchange(checkpoint, store->stats().checkpoint) != store->stats().checkpoint)
        ++truth.checkpoints_seen;
      if (random() % 4 == 0) held.push_back(std::move(view));
      if (held.empty()) continue;
      const std::size_t any = random() % held.size();
      check(held[any], truth, "a view held for long");
      ++truth.held_looks;
      if (held.size() > 6 || random() % 10 == 0)
        held.erase(held.begin() + static_cast<std::ptrdiff_t>(any));
    }
  }
  if (truth.failed) return;
  const auto store = Store::open(path, options(true));
  look(*store, last, truth);
  if (last != truth.acknowledged) truth.fail(fmt::format("a reader ended at {}", last));
}

class Process {
 public:
  Process(const std::function<void()>& work, Truth& truth) : child_(::fork()) {
    REQUIRE(child_ >= 0);
    if (child_ != 0) return;
    try {
      work();
    } catch (const std::exception& error) {
      truth.fail(error.what());
    }
    ::_exit(0);
  }
  Process(Process&& from) noexcept : child_(std::exchange(from.child_, 0)) {}
  Process& operator=(Process&& from) noexcept {
    std::swap(child_, from.child_);
    return *this;
  }
  ~Process() { kill(); }
  pid_t number() const { return child_; }
  void kill() {
    if (child_ == 0) return;
    ::kill(child_, SIGKILL);
    wait();
  }
  void wait() {
    int status = 0;
    ::waitpid(std::exchange(child_, 0), &status, 0);
  }

 private:
  pid_t child_;
};

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// Somebody else who would like to write is told who does, while that one lives.
void try_to_write(const std::string& path) {
  StoreOptions impatient = options(false);
  impatient.busy_timeout = std::chrono::milliseconds(0);
  try {
    Store::open(path, impatient);
  } catch (const StorageError& error) {
    const std::string text = error.what();
    CAPTURE(text);
    REQUIRE(error.detail() == "Locked");
    CHECK(text.find("is open for writing in process ") != std::string::npos);
  }
}

void demand_nothing_locked(const std::string& path) {
  const auto file = posix_environment().files->open(path, OpenMode::ReadOnly);
  REQUIRE(file->first_lock(0, std::uint64_t{1} << 62, true) == std::nullopt);
  REQUIRE(file->first_lock(std::uint64_t{1} << 62, std::uint64_t{1} << 62, true) == std::nullopt);
}

// All processes, and what becomes of them.
class Fleet {
 public:
  Fleet(const std::string& path, std::uint64_t seed, Truth& truth)
      : path_(path), random_(seed), truth_(truth), writer_(new_writer()) {
    for (std::size_t i = 0; i < kReaders; ++i) readers_.push_back(new_reader());
  }

  std::uint64_t writers_killed = 0, readers_killed = 0;

  void round() {
    const std::uint64_t commits = truth_.acknowledged + random_() % 20;
    const std::uint64_t looks = truth_.looks + random_() % 20;
    wait_for([&] { return truth_.acknowledged >= commits && truth_.looks >= looks; });
    switch (random_() % 4) {
      case 0:
        return try_to_write(path_);
      case 1:
        readers_[random_() % kReaders] = new_reader();  // the one before is killed
        ++readers_killed;
        return;
      default:
        std::this_thread::sleep_for(std::chrono::microseconds(random_() % 3000));
        writer_.kill();
        // For a while there is no writer, and readers look for themselves.
        if (random_() % 2 == 0) {
          const std::uint64_t more = truth_.looks + 5;
          wait_for([&] { return truth_.looks >= more; });
        }
        writer_ = new_writer();
        ++writers_killed;
    }
  }

  void come_to_an_end() {
    truth_.writer_may_close = true;
    writer_.wait();
    truth_.done = true;
    for (Process& reader : readers_) reader.wait();
    wait_for([] { return true; });
  }

 private:
  Process new_writer() {
    return Process([this, own = random_()] { write_forever(path_, own, truth_); }, truth_);
  }
  Process new_reader() {
    return Process([this, own = random_()] { read_forever(path_, own, truth_); }, truth_);
  }
  template <class Reached>
  void wait_for(const Reached& reached) {
    while (!truth_.failed && !reached())
      std::this_thread::sleep_for(std::chrono::microseconds(500));
    CAPTURE(truth_.failure);
    REQUIRE_FALSE(truth_.failed);
  }

  const std::string path_;
  std::mt19937_64 random_;
  Truth& truth_;
  Process writer_;
  std::vector<Process> readers_;
};

TEST_CASE("Readers beside a writer see the history as it is, whoever is killed") {
  const std::uint64_t seed = from_environment("KITH_SEED", std::random_device{}());
  const std::uint64_t rounds = from_environment("KITH_PROCESS_ROUNDS", 120);
  CAPTURE(seed);
  const Folder folder;
  const std::string path = folder.path + "/graph.kith";
  const SharedTruth shared;
  Truth& truth = *shared.truth;
  {
    const auto store = Store::open(path, options(false));
    begin_history(*store);
    truth.digests[1] = digest(store->snapshot());
    truth.acknowledged = truth.tried = 1;
  }
  Fleet fleet(path, seed, truth);
  for (std::uint64_t i = 0; i < rounds; ++i) fleet.round();
  fleet.come_to_an_end();
  demand_nothing_locked(path);
  const auto store = Store::open(path, options(false));
  CHECK(store->snapshot().position() == truth.acknowledged);
  CHECK(digest(store->snapshot()) == truth.digests[truth.acknowledged]);
  CHECK(store->stats().file_bytes < 8 * kMiB);  // pages that nobody reads are used again
  CHECK(truth.held_looks > 0);
  WARN(truth.acknowledged << " commits, " << truth.looks << " snapshots checked, "
                          << truth.held_looks << " checks of older views, "
                          << truth.checkpoints_seen << " checkpoints moved to, "
                          << fleet.writers_killed << " writers and " << fleet.readers_killed
                          << " readers killed; seed " << seed);
}

}  // namespace
}  // namespace kith::storage
