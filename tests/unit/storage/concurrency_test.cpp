// tests/unit/storage/concurrency_test.cpp: readers, writers and checkpoints at the same time. Under
// ThreadSanitizer it says more; KITH_COMMITS makes it longer.
#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>
#include <thread>

#include "kith/error.hpp"
#include "storage/cursor.hpp"
#include "storage/index.hpp"
#include "tests/unit/storage/check_fixture.hpp"
#include "tests/unit/storage/store_fixture.hpp"

namespace kith::storage::test {
namespace {

constexpr const char* kPath = "/graph.kith";
constexpr std::uint64_t kAccounts = 300;

// Money goes from one account to another, and each time a relationship says so. In every state the
// sum is zero, and the first account has the number of the commits.
class Bank {
 public:
  Bank() {
    options_ = options_on(memory_environment(), 16 * kMiB, std::chrono::minutes(5));
    options_.checkpoint_log_bytes = 128 * 1024;
    store = Store::open(kPath, options_);
    write(*store, [&](Transaction& tx) {
      account_ = tx.intern_label("Account");
      paid_ = tx.intern_type("PAID");
      money_ = tx.intern_key("money");
      commits_ = tx.intern_key("commits");
      const Property zero{money_, number(0)};
      for (std::uint64_t i = 0; i < kAccounts; ++i)
        accounts_.push_back(tx.create_node({&account_, 1}, {&zero, 1}));
      accounts_front_ = accounts_[0];
      IndexDef index;
      index.name = "by_money";
      index.token = SchemaToken::of(account_);
      index.keys = {money_};
      tx.create_index(index);
    });
  }

  void pay(std::mt19937_64& random) {
    write(*store, [&](Transaction& tx) {
      const NodeId from = accounts_[random() % kAccounts], to = accounts_[random() % kAccounts];
      const auto amount = static_cast<std::int64_t>(random() % 100);
      add(tx, from, money_, -amount);
      add(tx, to, money_, amount);
      add(tx, accounts_[0], commits_, 1);
      tx.create_relationship(paid_, from, to, {});
      if (random() % 4 == 0) forget_payments(tx, accounts_[random() % kAccounts]);
      if (random() % 16 == 0) replace(tx, random);
    });
  }

  // What is wrong with a state, or nothing; `commits` is how many it has.
  std::string look(const View& view, std::uint64_t& commits) const {
    NodeScan scan(view, {account_});
    scan.begin({0, view.node_id_limit()});
    PropertyReader money(view, ElementKind::Node, money_);
    NeighbourCursor out(view, Direction::Out, {}), in(view, Direction::In, {});
    std::vector<std::uint64_t> ids(100), degrees(100);
    Vector values;
    std::int64_t sum = 0;
    std::uint64_t count = 0, left = 0, arrived = 0;
    while (const std::size_t some = scan.next(ids)) {
      const auto batch = std::span<const std::uint64_t>(ids).first(some);
      money.read(batch, nullptr, values);
      for (std::uint32_t i = 0; i < some; ++i) sum += values.cell(i).integer;
      out.degrees(batch, std::span(degrees).first(some));
      for (std::size_t i = 0; i < some; ++i) left += degrees[i];
      in.degrees(batch, std::span(degrees).first(some));
      for (std::size_t i = 0; i < some; ++i) arrived += degrees[i];
      count += some;
    }
    Arena arena;
    const Cell told = view.property(accounts_front_, commits_, arena);
    commits = told.is_null() ? 0 : static_cast<std::uint64_t>(told.integer);
    if (sum != 0) return "the sum is " + std::to_string(sum);
    if (count != kAccounts) return std::to_string(count) + " accounts";
    const std::uint64_t paid = view.relationship_count(paid_);
    if (left != paid || arrived != paid) return "payments that only one side has";
    if (view.position() < commits) return "more commits than there were";
    return in_index(view) == kAccounts ? "" : "the index has other accounts";
  }

  void close_and_check() {
    store->close();
    CHECK(check(options_.environment, kPath).problems == "");
  }

  std::shared_ptr<Store> store;

 private:
  static Cell number(std::int64_t value) { return Cell::of(value); }

  void add(Transaction& tx, NodeId node, KeyId key, std::int64_t amount) const {
    Arena arena;
    const Cell now = tx.view().property(node, key, arena);
    tx.set_property(node, key, number((now.is_null() ? 0 : now.integer) + amount));
  }
  void forget_payments(Transaction& tx, NodeId node) const {
    NeighbourCursor payments(tx.view(), Direction::Out, {});
    const std::uint64_t start = node.value;
    std::uint64_t others[16], found[16];
    std::uint32_t rows[16];
    payments.begin({&start, 1});
    const std::size_t count = payments.next(16, rows, others, found);
    for (std::size_t i = 0; i < count; ++i) tx.delete_relationship(RelationshipId{found[i]});
  }
  // An account is closed and another opened with its money.
  void replace(Transaction& tx, std::mt19937_64& random) {
    const std::size_t place = 1 + random() % (kAccounts - 1);
    Arena arena;
    const Property money{money_, tx.view().property(accounts_[place], money_, arena)};
    tx.detach_delete_node(accounts_[place]);
    accounts_[place] = tx.create_node({&account_, 1}, {&money, 1});
  }
  std::uint64_t in_index(const View& view) const {
    const IndexDef* index = view.schema().find_index("by_money");
    if (!is_online(view, *index)) return kAccounts;
    IndexCursor cursor(view, *index);
    cursor.seek({});
    std::vector<std::uint64_t> ids(100);
    std::uint64_t count = 0;
    while (const std::size_t some = cursor.next(ids)) count += some;
    return count;
  }

  StoreOptions options_;
  LabelId account_;
  TypeId paid_;
  KeyId money_, commits_;
  std::vector<NodeId> accounts_;
  NodeId accounts_front_;  // which stays
};

}  // namespace

TEST_CASE("Readers see whole states that only grow, beside writers and checkpoints") {
  const std::uint64_t seed = seed_of_the_day();
  const std::uint64_t wanted = number_from_environment("KITH_COMMITS", 3000);
  CAPTURE(seed, wanted);
  Bank bank;
  constexpr std::uint64_t kWriters = 2, kReaders = 3;
  std::atomic<std::uint64_t> commits{0}, looks{0}, failures{0};
  std::atomic<bool> done{false};
  std::mutex mutex;
  std::string first_failure;
  const auto fail = [&](const std::string& what) {
    const std::lock_guard lock(mutex);
    if (failures++ == 0) first_failure = what;
  };
  std::vector<std::thread> writers, others;
  for (std::uint64_t i = 0; i < kWriters; ++i)
    writers.emplace_back([&, i] {
      std::mt19937_64 random(seed + i);
      try {
        while (commits++ < wanted) bank.pay(random);
      } catch (const Error& error) {
        fail(error.what());
      }
    });
  for (std::uint64_t i = 0; i < kReaders; ++i)
    others.emplace_back([&] {
      std::uint64_t before = 0, now = 0;
      try {
        for (; !done; ++looks) {
          const std::string wrong = bank.look(bank.store->snapshot(), now);
          if (!wrong.empty()) return fail(wrong);
          if (now < before) return fail("a state that is older than one that was seen");
          before = now;
        }
      } catch (const Error& error) {
        fail(error.what());
      }
    });
  others.emplace_back([&] {
    try {
      while (!done) bank.store->checkpoint();
    } catch (const Error& error) {
      fail(error.what());
    }
  });
  for (std::thread& writer : writers) writer.join();
  done = true;
  for (std::thread& other : others) other.join();
  CHECK(first_failure == "");
  std::uint64_t found = 0;
  CHECK(bank.look(bank.store->snapshot(), found) == "");
  CHECK(found == wanted);
  CHECK(looks > 0);
  CHECK(bank.store->stats().checkpoint > 5);
  if (wanted > 3000)
    WARN(found << " commits, " << looks << " looks, " << bank.store->stats().checkpoint
               << " checkpoints");
  bank.close_and_check();
}

}  // namespace kith::storage::test
