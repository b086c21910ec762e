// tests/bench/point_lookup.cpp: one element by an indexed property, through a prepared statement,
// in kith and in SQLite; in kith also as a text with another literal each time
// (docs/plan_cache.md).
//
//   point_lookup [ELEMENTS [LOOKUPS [FOLDER]]]
//
// Both have the data in a file and a unique index on an integer that is not the row's own number;
// both look up the same keys in the same order, in this process. Each is measured three times, in
// turn; the best counts.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "kith/kith.hpp"

#ifdef KITH_HAS_SQLITE
#include <sqlite3.h>
#endif

namespace {

struct Workload {
  std::int64_t elements = 100'000;
  std::vector<std::int64_t> keys;  // to look up
  std::string folder;
};

std::int64_t id_of(std::int64_t i) { return i * 7 + 3; }
std::string name_of(std::int64_t i) { return "person " + std::to_string(i); }

template <class Lookup>
double microseconds_each(const Workload& work, Lookup&& lookup) {
  const auto start = std::chrono::steady_clock::now();
  std::size_t found = 0;
  for (const std::int64_t key : work.keys) found += lookup(key) ? 1 : 0;
  const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
  if (found != work.keys.size()) throw std::runtime_error("an element was not found");
  return spent.count() / static_cast<double>(work.keys.size());
}

class Kith {
 public:
  explicit Kith(const Workload& work) {
    const std::string path = work.folder + "/lookup.kith";
    fill(path, work);
    database_.emplace(kith::Database::open(path));
    connection_.emplace(database_->connect());
    find_.emplace(connection_->prepare("MATCH (p:Person {id: $id}) RETURN p.name"));
  }

  bool find(std::int64_t key) {
    parameters_["id"] = key;
    auto result = find_->execute(parameters_);
    const kith::Row* row = result.next();
    return row != nullptr && !(*row)[0].as_string().empty();
  }

  bool find_by_text(std::int64_t key) {
    auto result =
        connection_->execute("MATCH (p:Person {id: " + std::to_string(key) + "}) RETURN p.name");
    const kith::Row* row = result.next();
    return row != nullptr && !(*row)[0].as_string().empty();
  }

  std::string plan() {
    auto result = connection_->execute("EXPLAIN MATCH (p:Person {id: $id}) RETURN p.name");
    std::string text;
    for (const auto& row : result.fetch_all()) text += std::string(row[0].as_string()) + "\n";
    return text;
  }

 private:
  static void fill(const std::string& path, const Workload& work) {
    kith::Database database = kith::Database::open(path);
    kith::Connection connection = database.connect();
    connection.execute("CREATE CONSTRAINT person_id FOR (p:Person) REQUIRE p.id IS UNIQUE");
    constexpr std::int64_t kBatch = 10'000;
    for (std::int64_t from = 0; from < work.elements; from += kBatch) {
      kith::List rows;
      for (std::int64_t i = from; i < std::min(work.elements, from + kBatch); ++i) {
        rows.push_back(kith::Map{{"id", id_of(i)}, {"name", name_of(i)}});
      }
      connection.execute("UNWIND $rows AS row CREATE (:Person {id: row.id, name: row.name})",
                         {{"rows", std::move(rows)}});
    }
  }

  std::optional<kith::Database> database_;
  std::optional<kith::Connection> connection_;
  std::optional<kith::PreparedStatement> find_;
  kith::Parameters parameters_;
};

#ifdef KITH_HAS_SQLITE
class Sqlite {
 public:
  explicit Sqlite(const Workload& work) {
    check(sqlite3_open((work.folder + "/lookup.sqlite").c_str(), &database_));
    run("PRAGMA journal_mode = WAL");
    run("CREATE TABLE person (id INTEGER, name TEXT)");
    run("CREATE UNIQUE INDEX person_id ON person (id)");
    run("BEGIN");
    sqlite3_stmt* insert = prepare("INSERT INTO person VALUES (?, ?)");
    for (std::int64_t i = 0; i < work.elements; ++i) {
      const std::string name = name_of(i);
      sqlite3_bind_int64(insert, 1, id_of(i));
      sqlite3_bind_text(insert, 2, name.c_str(), -1, SQLITE_TRANSIENT);
      if (sqlite3_step(insert) != SQLITE_DONE) fail();
      sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    run("COMMIT");
    find_ = prepare("SELECT name FROM person WHERE id = ?");
  }
  ~Sqlite() {
    sqlite3_finalize(find_);
    sqlite3_close(database_);
  }
  Sqlite(const Sqlite&) = delete;
  Sqlite& operator=(const Sqlite&) = delete;

  bool find(std::int64_t key) {
    sqlite3_bind_int64(find_, 1, key);
    const bool found =
        sqlite3_step(find_) == SQLITE_ROW && sqlite3_column_text(find_, 0) != nullptr;
    sqlite3_reset(find_);
    return found;
  }

 private:
  [[noreturn]] void fail() { throw std::runtime_error(sqlite3_errmsg(database_)); }
  void check(int result) {
    if (result != SQLITE_OK) fail();
  }
  void run(const char* text) { check(sqlite3_exec(database_, text, nullptr, nullptr, nullptr)); }
  sqlite3_stmt* prepare(const char* text) {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v2(database_, text, -1, &statement, nullptr));
    return statement;
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt* find_ = nullptr;
};
#endif

Workload read_workload(int argc, char** argv) {
  Workload work;
  if (argc > 1) work.elements = std::strtoll(argv[1], nullptr, 10);
  const std::size_t lookups = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 200'000;
  if (work.elements < 1)
    throw std::runtime_error("usage: point_lookup [ELEMENTS [LOOKUPS [FOLDER]]]");
  const std::string base = argc > 3 ? argv[3] : std::filesystem::temp_directory_path().string();
  work.folder = base + "/kith-lookup-XXXXXX";
  if (mkdtemp(work.folder.data()) == nullptr) throw std::runtime_error("cannot make a folder");
  std::mt19937_64 random(1);
  for (std::size_t i = 0; i < lookups; ++i) {
    work.keys.push_back(
        id_of(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(work.elements))));
  }
  return work;
}

void measure(const Workload& work) {
  constexpr int kTimes = 3;
  double kith_best = std::numeric_limits<double>::infinity(), by_text = kith_best;
  Kith kith(work);
  std::printf("%s", kith.plan().c_str());
  for (int i = 0; i < kTimes; ++i) {
    const auto find = [&](std::int64_t key) { return kith.find_by_text(key); };
    by_text = std::min(by_text, microseconds_each(work, find));
  }
  std::printf("kith, by a text with a literal: %.2f us\n", by_text);
#ifdef KITH_HAS_SQLITE
  double sqlite_best = std::numeric_limits<double>::infinity();
  Sqlite sqlite(work);
  for (int i = 0; i < kTimes; ++i) {
    const auto find = [&](std::int64_t key) { return sqlite.find(key); };
    sqlite_best = std::min(sqlite_best, microseconds_each(work, find));
    const auto find_too = [&](std::int64_t key) { return kith.find(key); };
    kith_best = std::min(kith_best, microseconds_each(work, find_too));
  }
  std::printf("%lld elements, %zu lookups: kith %.2f us, SQLite %.2f us, ratio %.2f\n",
              static_cast<long long>(work.elements), work.keys.size(), kith_best, sqlite_best,
              kith_best / sqlite_best);
#else
  for (int i = 0; i < kTimes; ++i) {
    const auto find = [&](std::int64_t key) { return kith.find(key); };
    kith_best = std::min(kith_best, microseconds_each(work, find));
  }
  std::printf("%lld elements, %zu lookups: kith %.2f us; built without SQLite\n",
              static_cast<long long>(work.elements), work.keys.size(), kith_best);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Workload work = read_workload(argc, argv);
    measure(work);
    std::filesystem::remove_all(work.folder);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "point_lookup: %s\n", e.what());
    return 1;
  }
}
