// tests/unit/api/threads_test.cpp: many connections in many threads.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/unit/api/fixture.hpp"

using namespace kith;
using kith::test::Folder;
using kith::test::one;

namespace {

// Runs `work(thread number)` in each of `count` threads; the first error is thrown here.
template <class Work>
void in_threads(int count, Work work) {
  std::vector<std::thread> threads;
  std::vector<std::string> errors(static_cast<std::size_t>(count));
  for (int t = 0; t < count; ++t)
    threads.emplace_back([&, t] {
      try {
        work(t);
      } catch (const std::exception& e) {
        errors[static_cast<std::size_t>(t)] = e.what();
      }
    });
  for (auto& thread : threads) thread.join();
  for (const auto& error : errors) CHECK(error == "");
}

}  // namespace

TEST_CASE("readers see whole transactions while one writes") {
  const Folder scratch;
  auto db = Database::open(scratch / "g.kith", {.threads = 2});
  auto setup = db.connect();
  // In every committed state the balances sum to zero and each account has one entry a round.
  setup.execute("UNWIND range(1, 100) AS i CREATE (:Account {i: i, balance: 0})");
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t)
    readers.emplace_back([&] {
      auto conn = db.connect();
      do {
        const auto rows =
            conn.execute(
                    "MATCH (a:Account) OPTIONAL MATCH (a)-[:HAS]->(e) WITH a, sum(e.amount) AS s, "
                    "count(e) AS c RETURN sum(a.balance), sum(s), count(DISTINCT c)")
                .fetch_all();
        if (rows[0][0] != Value(0) || rows[0][1] != Value(0) || rows[0][2] != Value(1)) ++wrong;
      } while (!done);
    });
  for (int round = 1; round <= 40; ++round) {
    auto tx = setup.begin(AccessMode::write);
    tx.execute(
        "MATCH (a:Account) SET a.balance = a.balance + (CASE WHEN a.i % 2 = 0 THEN 1 ELSE "
        "-1 END) * $r",
        {{"r", round}});
    tx.execute(
        "MATCH (a:Account) CREATE (a)-[:HAS]->(:Entry {amount: CASE WHEN a.i % 2 = 0 THEN 1 "
        "ELSE -1 END})");
    tx.commit();
    if (round % 10 == 0) db.checkpoint();
  }
  done = true;
  for (auto& reader : readers) reader.join();
  CHECK(wrong == 0);
  CHECK(one(setup, "MATCH (:Account)-[:HAS]->(e) RETURN count(e)") == Value(4000));
}

TEST_CASE("increments of many threads are not lost") {
  auto db = Database::open(":memory:", {.busy_timeout_ms = 60000});
  db.connect().execute("CREATE (:Counter {n: 0})");
  in_threads(4, [&](int) {
    auto conn = db.connect();
    for (int i = 0; i < 50; ++i) conn.execute("MATCH (c:Counter) SET c.n = c.n + 1");
  });
  auto conn = db.connect();
  CHECK(one(conn, "MATCH (c:Counter) RETURN c.n") == Value(200));
}

TEST_CASE("MERGE from many threads makes no duplicates") {
  auto db = Database::open(":memory:", {.busy_timeout_ms = 60000});
  in_threads(4, [&](int t) {
    auto conn = db.connect();
    for (int i = 0; i < 50; ++i)
      conn.execute("MERGE (a:A {k: $k}) MERGE (b:B {k: $t}) MERGE (a)-[:R]->(b)",
                   {{"k", i % 10}, {"t", t % 2}});
  });
  auto conn = db.connect();
  CHECK(one(conn, "MATCH (a:A) RETURN count(*)") == Value(10));
  CHECK(one(conn, "MATCH (b:B) RETURN count(*)") == Value(2));
  CHECK(one(conn, "MATCH (:A)-[r:R]->(:B) RETURN count(r)") == Value(20));
}

TEST_CASE("automatic transactions that conflict succeed when they are tried again") {
  auto db = Database::open(":memory:", {.busy_timeout_ms = 60000});
  db.connect().execute("CREATE (:Counter {n: 0})");
  in_threads(3, [&](int) {
    auto conn = db.connect();
    for (int i = 0; i < 20;) {
      auto tx = conn.begin();
      const auto n = one(tx, "MATCH (c:Counter) RETURN c.n").as_int();
      try {
        tx.execute("MATCH (c:Counter) SET c.n = $n", {{"n", n + 1}});
        tx.commit();
        ++i;
      } catch (const TransactionError& e) {
        if (!e.retryable()) throw;
      }
    }
  });
  auto conn = db.connect();
  CHECK(one(conn, "MATCH (c:Counter) RETURN c.n") == Value(60));
}

TEST_CASE("many threads prepare and read, each with its own connection") {
  auto db = Database::open(":memory:", {.threads = 2});
  db.connect().execute("UNWIND range(1, 20000) AS i CREATE (:A {i: i, m: i % 10})");
  in_threads(6, [&](int t) {
    auto conn = db.connect();
    auto find = conn.prepare("MATCH (a:A) WHERE a.m = $m RETURN sum(a.i) AS s");
    for (int i = 0; i < 10; ++i) {
      const auto m = (t + i) % 10;
      const std::int64_t first = m == 0 ? 10 : m;
      const std::int64_t expected = 2000 * first + 10 * (1999 * 2000 / 2);
      if (find.execute({{"m", m}}).fetch_all()[0][0] != Value(expected))
        throw std::runtime_error("a wrong sum");
      // A text of its own each time, so that it is parsed and planned.
      const auto own = std::to_string(t * 1000 + i);
      if (one(conn, "MATCH (a:A {i: 7}) RETURN a.i + " + own) != Value(7 + t * 1000 + i))
        throw std::runtime_error("a wrong answer");
    }
  });
}

TEST_CASE("connections come and go while others work") {
  auto db = Database::open(":memory:");
  in_threads(4, [&](int t) {
    for (int i = 0; i < 30; ++i) {
      auto conn = db.connect();
      if (t == 0) conn.execute("CREATE (:A {i: $i})", {{"i", i}});
      conn.execute("MATCH (a:A) RETURN a").next();
    }
  });
  auto conn = db.connect();
  CHECK(one(conn, "MATCH (a:A) RETURN count(*)") == Value(30));
}
