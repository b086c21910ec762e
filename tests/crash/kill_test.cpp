// tests/crash/kill_test.cpp: a child process commits to a real file and says so through a pipe; it
// is killed at random, and the file must hold what was acknowledged, whole transactions only.
//
// KITH_CRASH_KILLS sets how often, KITH_SEED repeats a run.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <thread>

#include "storage/store.hpp"
#include "tests/folder.hpp"
#include "tests/unit/storage/cursor_check.hpp"
#include "tests/unit/storage/graph_model.hpp"

namespace kith::storage {
namespace {

using kith::test::Folder;
using test::capture;
using test::GraphModel;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

StoreOptions options() {
  StoreOptions options;
  options.environment = posix_environment();
  options.memory_limit_bytes = 32 * kMiB;
  options.checkpoint_log_bytes = 120 * 1024;
  return options;
}

std::uint64_t digest(const GraphModel& graph) {
  std::string all;
  const auto put = [&](const test::Values& values) {
    for (const auto& [key, value] : values) put_text(all, key), put_text(all, value);
  };
  for (const auto& [id, node] : graph.nodes) {
    put_varint(all, id);
    for (const std::string& label : node.labels) put_text(all, label);
    put(node.values);
  }
  for (const auto& [id, edge] : graph.edges) {
    put_varint(all, id), put_varint(all, edge.start), put_varint(all, edge.end);
    put_text(all, edge.type);
    put(edge.values);
  }
  return std::hash<std::string>{}(all);
}

struct Message {
  enum class What : std::uint64_t { Trying, Committed, Failed };
  What what;
  std::uint64_t value;   // Trying: what the graph will be; Committed by a thread: which thread
  std::uint64_t number;  // Committed by a thread: its how-many-th
};
static_assert(sizeof(Message) <= 512, "written to a pipe in one piece");

void say(int pipe, Message message) {
  if (::write(pipe, &message, sizeof message) != sizeof message) ::_exit(3);
}

// Starts `work` in a child, kills it after a while, and gives each of its messages to `hear`.
void run_and_kill(std::chrono::microseconds after, const std::function<void(int)>& work,
                  const std::function<void(const Message&)>& hear) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    try {
      work(ends[1]);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "child: %s\n", error.what());
      say(ends[1], {Message::What::Failed, 0, 0});
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  std::thread killer([&] {
    std::this_thread::sleep_for(after);
    ::kill(child, SIGKILL);
  });
  Message message;
  while (::read(ends[0], &message, sizeof message) == sizeof message) hear(message);
  killer.join();
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
}

// Commits random transactions for ever; now and then checkpoints, or closes and opens again.
void commit_forever(const std::string& path, std::uint64_t seed, int pipe) {
  test::RandomChanges random(seed, 150);
  std::shared_ptr<Store> store = Store::open(path, options());
  GraphModel graph = capture(store->snapshot());
  for (;;) {
    const auto tx = store->begin();
    for (std::uint64_t statements = 1 + random.pick(3); statements > 0; --statements) {
      tx->begin_statement();
      for (std::uint64_t changes = 1 + random.pick(12); changes > 0; --changes)
        random.change(*tx, graph);
      tx->end_statement();
    }
    say(pipe, {Message::What::Trying, digest(graph), 0});
    tx->commit();
    say(pipe, {Message::What::Committed, 0, 0});
    if (random.chance(2)) store->checkpoint();
    if (random.chance(2)) {
      store->close();
      store = Store::open(path, options());
    }
  }
}

TEST_CASE("A process killed at any moment leaves every commit it acknowledged, and no half one") {
  const std::uint64_t seed = from_environment("KITH_SEED", std::random_device{}());
  const std::uint64_t kills = from_environment("KITH_CRASH_KILLS", 300);
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const Folder folder;
  const std::string path = folder.path + "/graph.kith";
  std::uint64_t committed = digest({}), trying = committed, commits = 0, replayed = 0;
  for (std::uint64_t kill = 0; kill < kills; ++kill) {
    const auto after = std::chrono::microseconds(random() % (kill % 4 == 0 ? 20000 : 150000));
    bool failed = false;
    run_and_kill(
        after, [&](int pipe) { commit_forever(path, seed + kill, pipe); },
        [&](const Message& message) {
          if (message.what == Message::What::Trying) trying = message.value;
          if (message.what == Message::What::Committed) committed = trying, ++commits;
          if (message.what == Message::What::Failed) failed = true;
        });
    CAPTURE(kill, after.count());
    REQUIRE_FALSE(failed);
    const auto store = Store::open(path, options());
    replayed += store->open_report().replayed_commits;
    const GraphModel graph = capture(store->snapshot());
    const std::uint64_t found = digest(graph);
    REQUIRE((found == committed || found == trying));
    committed = trying = found;
    test::check_view(store->snapshot(), graph, seed + kill);
    if (random() % 2 == 0) store->close();
  }
  WARN(kills << " kills, " << commits << " commits acknowledged, " << replayed << " replayed; seed "
             << seed);
  CHECK(commits > 0);
}

TEST_CASE("Threads that share syncs lose no acknowledged commit when the process is killed") {
  const std::uint64_t seed = from_environment("KITH_SEED", std::random_device{}());
  const std::uint64_t kills = from_environment("KITH_CRASH_KILLS", 300) / 4;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const Folder folder;
  const std::string path = folder.path + "/graph.kith";
  constexpr std::uint64_t kThreads = 4;
  std::map<std::uint64_t, std::uint64_t> acknowledged;  // by thread: its highest number
  for (std::uint64_t thread = 0; thread < kThreads; ++thread) acknowledged[thread] = 0;
  const auto work = [&](int pipe) {
    const auto store = Store::open(path, options());
    std::vector<std::thread> threads;
    for (std::uint64_t thread = 0; thread < kThreads; ++thread)
      threads.emplace_back([&, thread] {
        for (std::uint64_t number = acknowledged.at(thread) + 1;; ++number) {
          const auto tx = store->begin();
          tx->begin_statement();
          const LabelId label = tx->intern_label("T" + std::to_string(thread));
          const Property value{tx->intern_key("number"),
                               Cell::of(static_cast<std::int64_t>(number))};
          tx->create_node(std::span(&label, 1), std::span(&value, 1));
          tx->end_statement();
          tx->commit();
          say(pipe, {Message::What::Committed, thread, number});
        }
      });
    for (std::thread& thread : threads) thread.join();
  };
  for (std::uint64_t kill = 0; kill < kills; ++kill) {
    run_and_kill(std::chrono::microseconds(random() % 50000), work, [&](const Message& message) {
      if (message.what == Message::What::Committed) acknowledged[message.value] = message.number;
    });
    const auto store = Store::open(path, options());
    std::map<std::string, std::set<std::string>> found;
    for (const auto& [id, node] : capture(store->snapshot()).nodes)
      found[*node.labels.begin()].insert(node.values.at("number"));
    for (auto& [thread, highest] : acknowledged) {
      const std::set<std::string>& numbers = found["T" + std::to_string(thread)];
      CAPTURE(kill, thread);
      for (std::uint64_t number = 1; number <= highest; ++number)
        REQUIRE(numbers.contains(test::bytes_of(Cell::of(static_cast<std::int64_t>(number)))));
      REQUIRE(numbers.size() - highest <= 1);  // one may have been on its way
      highest = numbers.size();
    }
  }
}

}  // namespace
}  // namespace kith::storage
