// tests/unit/cypher/spill_test.cpp: queries that write to temporary files: same answers (S1), clear
// errors (S6), nothing left.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>

#include "kith/error.hpp"
#include "tests/unit/core/random_cells.hpp"
#include "tests/unit/cypher/exec_fixture.hpp"
#include "tests/unit/cypher/watched_files.hpp"

namespace kith::test {
namespace {

struct Spilling {
  std::shared_ptr<WatchedFiles> files =
      std::make_shared<WatchedFiles>();  // shared: with the engine
  TempSpace space() const { return {files, {"/tmp"}}; }
};

// Rows of values of many kinds, with many that are equal, equivalent or null.
void fill(QueryDatabase& db, std::uint64_t seed) {
  db.run(
      "UNWIND range(0, 399) AS i "
      "WITH i, ($seed + i * 7919) % 10007 AS r "
      "CREATE (n:N {id: i, r: r, few: r % 7, text: 'text ' + (r % 40), "
      "  number: CASE r % 4 WHEN 0 THEN r % 30 WHEN 1 THEN toFloat(r % 30) ELSE r % 11 END, "
      "  mixed: CASE r % 5 WHEN 0 THEN r % 9 WHEN 1 THEN toFloat(r % 9) WHEN 2 THEN 'x' + (r % 9) "
      "         WHEN 3 THEN null ELSE r % 2 = 0 END, "
      "  list: [r % 3, r % 5], day: date('2020-01-01') + duration({days: r % 50}), "
      "  long: CASE WHEN r % 50 = 0 THEN reduce(s = '', x IN range(1, 200) | s + 'long') END})",
      {{"seed", static_cast<std::int64_t>(seed % 10007)}});
  db.run("MATCH (a:N), (b:N {id: (a.id * 3 + 1) % 400}) CREATE (a)-[:TO {w: a.few}]->(b)");
  db.run(
      "MATCH (a:N) WHERE a.few < 2 MATCH (b:N {id: (a.id * 5 + 2) % 400}) CREATE (a)-[:TO]->(b)");
}

const std::vector<std::string>& queries() {
  static const std::vector<std::string> all = {
      // Sort, Top
      "MATCH (n:N) RETURN n.id ORDER BY n.mixed, n.text DESC",
      "MATCH (n:N) RETURN n.text, n.list, n.day, n.long, n.id ORDER BY n.few DESC",
      "MATCH (n:N) RETURN n.id, n.few ORDER BY n.few, n.number DESC LIMIT 50",
      "MATCH (n:N) RETURN n.id ORDER BY n.text SKIP 20 LIMIT 100",
      "MATCH p = (a:N)-[r:TO]->(b) RETURN p ORDER BY a.few, b.few DESC",
      "UNWIND [3, 1.0, null, 'a', 1, true, [1], {a: 1}, 2] AS x RETURN x ORDER BY x DESC",
      "MATCH (n:N) WITH n ORDER BY n.text RETURN collect(n.id)",
      // Aggregate
      "MATCH (n:N) RETURN n.number, count(*), sum(n.r), avg(n.number), min(n.text), max(n.mixed)",
      "UNWIND range(1, 4) AS x MATCH (a:N)-[:TO]->(b:N) "
      "RETURN b.text, b.mixed, collect(a.id), sum(x), count(DISTINCT a.few)",
      "MATCH (n:N) RETURN n.mixed, collect(n.id), stDev(n.r), percentileCont(n.r, 0.3)",
      "MATCH (n:N) RETURN n.list, n.few, collect(n.text), percentileDisc(n.number, 0.5)",
      "MATCH (n:N) RETURN n.few, percentileCont(n.r / 4.0, 0.7), percentileDisc(n.r, 0.2), "
      "percentileDisc(n.number, n.few * 0.1)",
      "MATCH (n:N) RETURN percentileCont(n.number, 0.7), percentileDisc(DISTINCT n.r, 0.2)",
      "MATCH (a:N)-[:TO]->() RETURN a.list, percentileDisc(a.r, 0.4)",
      "MATCH (n:N) RETURN n.day AS d, sum(duration({days: n.few})), stDevP(n.number)",
      "MATCH (n:N) RETURN n.few, count(DISTINCT n.mixed), collect(DISTINCT n.text)",
      "MATCH (n:N) RETURN n.few, sum(DISTINCT n.number), collect(DISTINCT n.mixed), count(n.mixed)",
      "MATCH (n:N) RETURN count(DISTINCT n), count(DISTINCT n.r), count(DISTINCT n.mixed)",
      "MATCH (n:N) RETURN collect(DISTINCT n.mixed), avg(DISTINCT n.number), count(n.long)",
      "MATCH (a:N)-[:TO]->(b:N) RETURN a.few, count(b), count(DISTINCT b.few), max(n.long) "
      "AS nothing",
      "MATCH (a:N)-[:TO]->() RETURN a.few, count(*)",
      "MATCH (n:N) WHERE n.id < 0 RETURN n.few, count(*)",
      "MATCH (n:N) WHERE n.id < 0 RETURN count(*), collect(n.id), count(DISTINCT n.few)",
      "MATCH (n:N) WITH n.text AS t, count(*) AS c WITH c, collect(t) AS ts RETURN c, size(ts), ts",
      // Distinct
      "MATCH (n:N) RETURN DISTINCT n.mixed",
      "MATCH (n:N) RETURN DISTINCT n.number, n.few",
      "MATCH (n:N) WITH DISTINCT n.text AS t RETURN t, size(t)",
      "MATCH (n:N) RETURN DISTINCT n.text LIMIT 30",
      "MATCH (a:N)-[:TO]->(b) RETURN DISTINCT b",
      "MATCH (n:N) RETURN n.few AS x UNION MATCH (n:N) RETURN n.mixed AS x",
      "MATCH (n:N) RETURN n.few AS x UNION ALL MATCH (n:N) RETURN n.number AS x",
      // Joins
      "MATCH (a:N), (b:N) WHERE a.number = b.few RETURN a.id, b.id, b.text",
      "MATCH (a:N), (b:N) WHERE a.mixed = b.mixed AND a.few = b.few RETURN a.id, b.id",
      "MATCH (a:N), (b:N) WHERE a.few < 1 AND b.few > 5 RETURN a.id, b.id, b.list",
      "MATCH (a:N), (b:N) WHERE a.text = b.text RETURN a.few, count(*), sum(b.r)",
      "MATCH (a:N), (b:N) WHERE a.text = b.text RETURN a.id, b.id LIMIT 77",
      "MATCH (a:N) OPTIONAL MATCH (b:N) WHERE b.number = a.r RETURN a.id, b.id",
      "MATCH (a:N) WHERE a.id < 20 CALL { WITH a MATCH (b:N) WHERE b.few = a.few "
      "RETURN b ORDER BY b.text LIMIT 3 } RETURN a.id, b.id",
      "MATCH (a:N) WHERE a.id < 20 RETURN a.id, COLLECT { MATCH (b:N) WHERE b.few = a.few "
      "RETURN DISTINCT b.text ORDER BY b.text } AS texts",
  };
  return all;
}

std::string failure(QueryDatabase& db, const std::string& query,
                    const Parameters& parameters = {}) {
  try {
    db.run(query, parameters);
  } catch (const Error& e) {
    return e.type() + "/" + e.detail();
  }
  return "no error";
}

}  // namespace

TEST_CASE("S1: answers are the same however much is spilled, on any number of threads") {
  const std::uint64_t seed = fresh_seed();
  CAPTURE(seed);
  Spilling spilling;
  std::atomic<std::uint64_t> writes{0};
  spilling.files->before = [&](FileCall call, const std::string&) {
    if (call == FileCall::Write) ++writes;
  };
  QueryDatabase db({4, kBatchRows, true, 0}, 512 * kMiB, spilling.space());
  fill(db, seed);
  Arena arena;
  RandomCells random(seed, arena);
  const std::uint64_t before = db.used_by_queries();
  for (const auto& query : queries()) {
    CAPTURE(query);
    const auto run = [&](const Mode& mode) {
      db.set_mode(mode);
      try {
        return db.run(query);
      } catch (const Error& e) {
        return std::vector<std::string>{e.type() + "/" + e.detail()};
      }
    };
    const auto expected = run({1, kBatchRows, true, 0});
    CHECK(writes == 0);
    for (const std::uint32_t threads : {1u, 4u}) {
      for (const std::uint32_t batch : {2u, kBatchRows}) {
        for (const std::uint64_t bytes : {std::uint64_t{1}, 500 + random.below(20'000)}) {
          const Mode mode{threads, batch, true, bytes};
          INFO(mode.name());
          CHECK(run(mode) == expected);
        }
      }
    }
    writes = 0;
    CHECK(db.used_by_queries() == before);
  }
  CHECK(spilling.files->list("/tmp").empty());
}

TEST_CASE("S1: what is set is the same however many of its rows are spilled") {
  const std::uint64_t seed = fresh_seed();
  CAPTURE(seed);
  Spilling spilling;
  QueryDatabase db({1, kBatchRows, true, 0}, 512 * kMiB, spilling.space());
  fill(db, seed);
  Arena arena;
  RandomCells random(seed, arena);
  // Rows of ids alone, of numbers beside them, of anything; in order or not.
  const std::vector<std::string> sets = {
      "MATCH (n:N) SET n.a = n.id * 2",
      "MATCH (n:N)-[t:TO]->(b) SET t.a = b.r, t.b = n.mixed",
      "MATCH (n:N) WITH n, n.r AS r ORDER BY n.text, n.id SET n.a = r",
      "MATCH (n:N) WITH n, n.mixed AS m ORDER BY n.text, n.id SET n.a = m, n.b = 7",
      "MATCH (n:N)-->(b) WITH b, n ORDER BY n.r, b.id SET b.a = n.id, b.b = n.text",
  };
  const auto seen = [&] {
    db.set_mode({1, kBatchRows, true, 0});
    auto rows = db.run("MATCH (n:N) RETURN n.id, n.a, n.b ORDER BY n.id");
    for (auto& row :
         db.run("MATCH (n)-[t:TO]->(b) RETURN n.id, b.id, t.a, t.b ORDER BY n.id, b.id"))
      rows.push_back(row);
    db.run("MATCH (n:N) REMOVE n.a, n.b");
    return rows;
  };
  for (const auto& query : sets) {
    CAPTURE(query);
    db.run(query);
    const auto expected = seen();
    for (const std::uint32_t batch : {2u, 16u, kBatchRows}) {
      for (const std::uint64_t bytes : {std::uint64_t{1}, 500 + random.below(20'000)}) {
        const Mode mode{1, batch, true, bytes};
        INFO(mode.name());
        db.set_mode(mode);
        db.run(query);
        CHECK(seen() == expected);
      }
    }
  }
  CHECK(spilling.files->list("/tmp").empty());
}

TEST_CASE("S1: every operator that can spill does") {
  const std::vector<std::string> spilled = {
      "MATCH (n:N) RETURN n.id ORDER BY n.text",
      "MATCH (n:N) RETURN n.id, count(*)",
      "MATCH (n:N) RETURN count(DISTINCT n.text)",
      "MATCH (n:N) RETURN DISTINCT n.id",
      "MATCH (a:N), (b:N) WHERE a.number = b.few RETURN count(a.id + b.id)",
      "MATCH (a:N), (b:N) WHERE a.few < 1 RETURN count(a.id + b.id)",
      "MATCH (n:N) RETURN n.few AS x UNION MATCH (n:N) RETURN n.text AS x",
      "MATCH (n:N) WHERE n.few = 0 MERGE (m:M {k: n.few}) RETURN count(m)",
  };
  for (const std::uint32_t threads : {1u, 4u}) {
    Spilling spilling;
    std::atomic<std::uint64_t> writes{0};
    spilling.files->before = [&](FileCall call, const std::string&) {
      if (call == FileCall::Write) ++writes;
    };
    QueryDatabase db({threads, kBatchRows, true, 0}, 512 * kMiB, spilling.space());
    fill(db, 1);
    for (const auto& query : spilled) {
      CAPTURE(query, threads);
      db.set_mode({threads, kBatchRows, true, 0});
      CHECK(writes == 0);
      db.run(query);
      CHECK(writes == 0);
      db.set_mode({threads, 16, true, 100});
      db.run(query);
      CHECK(writes != 0);
      writes = 0;
    }
  }
}

TEST_CASE("S6: each call on the temporary file may fail, and that is all that happens") {
  Spilling spilling;
  std::atomic<std::int64_t> left{-1};
  std::atomic<std::int64_t> calls{0};
  spilling.files->before = [&](FileCall, const std::string&) {
    ++calls;
    if (left.fetch_sub(1) == 0) throw StorageError("NoSpace", "there is no space on the device");
  };
  QueryDatabase db({4, 64, true, 0}, 512 * kMiB, spilling.space());
  fill(db, 1);
  // And the bytes at which it spills.
  const std::vector<std::pair<std::string, std::uint64_t>> failing = {
      {"MATCH (n:N) RETURN n.id ORDER BY n.text", 2000},
      {"MATCH (n:N) RETURN n.text, collect(n.id), count(DISTINCT n.few)", 2000},
      {"MATCH (n:N) RETURN DISTINCT n.text, n.few", 2000},
      {"MATCH (a:N), (b:N) WHERE a.id = b.r RETURN a.id, b.id", 2000},
      {"MATCH (a:N), (b:N) WHERE a.few < 1 AND a.id < 60 RETURN count(b.id + a.id)", 100},
      {"MATCH (n:N) WITH n ORDER BY n.text CREATE (m:Made) WITH m RETURN count(m)", 2000},
  };
  const std::uint64_t before = db.used_by_queries();
  for (const auto& [text, spill_bytes] : failing) {
    const std::string& query = text;
    for (const std::uint32_t threads : {1u, 4u}) {
      left = -1;
      db.set_mode({threads, 64, true, spill_bytes});
      calls = 0;
      db.run(query);
      const std::int64_t count = calls;
      auto made = db.run("MATCH (m:Made) RETURN count(m)");
      // More than some hundred points at which it fails are a sample of those.
      const std::int64_t step = std::max<std::int64_t>(1, count / 120);
      INFO(query << ", " << threads << " threads, " << count << " calls");
      REQUIRE(count > 3);
      for (std::int64_t n = 0; n < count; n += step) {
        CAPTURE(query, threads, n);
        left = n;
        std::string found = failure(db, query);
        left = -1;
        // Removing a file that is open may fail; it is removed later.
        const bool tolerated = n == 1 || threads > 1;
        CHECK((found == "StorageError/NoSpace" || (tolerated && found == "no error")));
        CHECK(db.used_by_queries() == before);
        CHECK(spilling.files->list("/tmp").size() == 0);
        auto now = db.run("MATCH (m:Made) RETURN count(m)");
        if (found == "no error") made = now;
        CHECK(now == made);
      }
    }
  }
  db.set_mode({4, 64, true, 0});
  CHECK(db.run("MATCH (n:N) RETURN count(*)") == std::vector<std::string>{"400"});
}

TEST_CASE("S7: a query is cancelled while it spills") {
  Spilling spilling;
  std::atomic<std::int64_t> left{0};
  QueryDatabase db({4, 64, true, 0}, 512 * kMiB, spilling.space());
  fill(db, 1);
  spilling.files->before = [&](FileCall, const std::string&) {
    if (left.fetch_sub(1) == 0) db.cancellation.cancel();
  };
  const std::uint64_t before = db.used_by_queries();
  for (const std::uint32_t threads : {1u, 4u}) {
    for (std::int64_t n = 2; n < 60; n += 3) {
      CAPTURE(n, threads);
      db.set_mode({threads, 16, true, 500});
      left = n;
      CHECK(failure(db,
                    "MATCH (a:N), (b:N) WHERE a.few = b.few "
                    "RETURN a.text, b.text, count(*) AS c ORDER BY c") == "Interrupted/Cancelled");
      db.cancellation.reset();
      CHECK(db.used_by_queries() == before);
      CHECK(spilling.files->list("/tmp").empty());
    }
  }
}

TEST_CASE("S2: a query larger than its memory has its answer, on any number of threads") {
  for (const std::uint32_t threads : {1u, 4u}) {
    CAPTURE(threads);
    QueryDatabase db({threads, kBatchRows, true, 0}, 8 * kMiB);  // 4 MiB for a query
    const std::string rows =
        "UNWIND range(1, 300) AS a UNWIND range(1, 400) AS b WITH (a * 400 + b) * 7919 % 120011 AS "
        "i ";
    CHECK(db.run(rows + "WITH i, 'some text that makes it longer ' + i AS t ORDER BY t "
                        "RETURN count(*), min(i), max(i)") ==
          std::vector<std::string>{"120000 | 0 | 120010"});
    CHECK(db.run(rows + "WITH 'a key ' + (i % 50000) AS k, count(*) AS c, collect(i) AS l "
                        "RETURN count(*), sum(c), sum(size(l))") ==
          std::vector<std::string>{"50000 | 120000 | 120000"});
    CHECK(db.run(rows + "RETURN count(DISTINCT 'a key ' + (i % 50000)), count(DISTINCT i)") ==
          std::vector<std::string>{"50000 | 120000"});
    CHECK(db.run(rows + "WITH DISTINCT 'a key ' + (i % 50000) AS k RETURN count(*)") ==
          std::vector<std::string>{"50000"});
  }
}

TEST_CASE("S8: hundreds of runs are merged in the memory that a few would take") {
  QueryDatabase db({1, kBatchRows, true, 0}, 2 * kMiB);  // 1 MiB for a query
  db.run("UNWIND range(0, 1999) AS i CREATE (:N {id: i, text: 'text ' + (i % 20), few: i % 10})");
  const std::string rows = "UNWIND range(1, 200) AS a UNWIND range(1, 400) AS b ";
  const std::vector<std::pair<std::string, std::string>> cases = {
      // 200,000 pairs, and as many rows on their way to them
      {"MATCH (a:N), (b:N) WHERE a.text = b.text RETURN count(*), sum(a.id), sum(b.few)",
       "200000 | 199900000 | 900000"},
      // joins above one another
      {"MATCH (a:N), (b:N), (c:N) WHERE a.text = b.text AND b.id = c.id AND c.few < 2 "
       "RETURN count(*), min(c.text), max(c.text)",
       "40000 | 'text 0' | 'text 11'"},
      {rows + "WITH a * 400 + b AS i ORDER BY i * 7919 % 80021 RETURN count(*), sum(i)",
       "80000 | 3232040000"},
      {rows + "WITH DISTINCT 'key ' + a AS a, b RETURN count(*)", "80000"},
      {rows + "WITH 'key ' + b AS k, a % 50 AS g, count(*) AS c RETURN count(*), sum(c)",
       "20000 | 80000"},
      {rows + "RETURN count(DISTINCT 'key ' + a + b % 100), count(DISTINCT a * 400 + b)",
       "18290 | 80000"},
  };
  const std::uint64_t before = db.used_by_queries();
  for (const std::uint32_t threads : {1u, 2u}) {
    for (const auto& [query, expected] : cases) {
      CAPTURE(query, threads);
      db.set_mode({threads, kBatchRows, true, 0});
      CHECK(db.run(query) == std::vector<std::string>{expected});
      CHECK(db.used_by_queries() == before);
    }
  }
  CHECK(db.budget().peak() <= 2 * kMiB);
}

TEST_CASE("what cannot fit is a clear error, and the database lives on") {
  for (const std::uint32_t threads : {1u, 4u}) {
    CAPTURE(threads);
    QueryDatabase db({threads, kBatchRows, true, 0}, 16 * kMiB);
    const std::uint64_t before = db.used_by_queries();
    for (const std::string query : {
             "RETURN size(range(1, 50000000))",
             "UNWIND range(1, 1500) AS a UNWIND range(1, 1500) AS b RETURN size(collect(a))",
             "RETURN size([x IN range(1, 100000) | [x, x, x, x, x]])",
             "RETURN size(reduce(s = '0123456789', x IN range(1, 30) | s + s))",
             "RETURN size(reduce(s = [1, 2], x IN range(1, 30) | s + s))",
             "UNWIND range(1, 100000) AS x CREATE (n:Big) RETURN n, 'a text of some length'",
             "FOREACH (x IN range(1, 10000000) | CREATE (:Big))",
         }) {
      CAPTURE(query);
      CHECK(failure(db, query) == "ResourceError/OutOfMemory");
      CHECK(db.used_by_queries() == before);
    }
    CHECK(db.run("RETURN 1") == std::vector<std::string>{"1"});
  }
}

TEST_CASE("S7: expressions that walk lists are cancelled on their way") {
  QueryDatabase db({1, kBatchRows, true, 0});
  ProcedureDef cancel;
  cancel.name = "test.cancel";
  cancel.outputs = {{"x", "INTEGER?"}};
  cancel.run = [&](FunctionContext&, std::span<const Cell>) {
    db.cancellation.cancel();
    std::vector<ProcedureRow> rows(1);
    rows[0].emplace_back(Cell::of(std::int64_t{0}));
    return rows;
  };
  db.engine().procedures().add(cancel);
  // An expression that did not look would come to divide by zero.
  for (const std::string query : {
           "CALL test.cancel() YIELD x RETURN reduce(s = 0, y IN [x, 1, 2] | s + y) / x",
           "CALL test.cancel() YIELD x RETURN size([y IN [x, 1, 2] WHERE y > 0]) / x",
           "CALL test.cancel() YIELD x RETURN CASE WHEN any(y IN [x, 1] WHERE y = 1) THEN 1 / x "
           "END",
       }) {
    CAPTURE(query);
    CHECK(failure(db, query) == "Interrupted/Cancelled");
    db.cancellation.reset();
  }
}

}  // namespace kith::test
