// tests/unit/storage/recovery_test.cpp: what an open finds after a crash, a cut, a flipped byte, a
// failing disk: the right data or a clear error.
#include <atomic>
#include <catch2/catch.hpp>
#include <functional>

#include "kith/error.hpp"
#include "storage/cursor.hpp"
#include "storage/log/log_file.hpp"
#include "storage/page/format.hpp"
#include "storage/store.hpp"
#include "tests/unit/storage/check_fixture.hpp"
#include "tests/unit/storage/crash_disk.hpp"
#include "tests/unit/storage/cursor_check.hpp"
#include "tests/unit/storage/graph_model.hpp"
#include "tests/unit/storage/store_fixture.hpp"

namespace kith::storage {
namespace {

using test::capture;
using test::check;
using test::CrashDisk;
using test::GraphModel;
using test::options_on;
using test::write;

const std::string kPath = "/graph.kith";

void add_node(Store& store, std::int64_t number) {
  write(store, [&](Transaction& tx) {
    const LabelId label = tx.intern_label("N");
    const Property value{tx.intern_key("number"), Cell::of(number)};
    tx.create_node(std::span(&label, 1), std::span(&value, 1));
  });
}

using Bytes = std::vector<std::byte>;
Bytes read_file(FileSystem& files, const std::string& path) {
  const auto file = files.open(path, OpenMode::ReadOnly);
  Bytes bytes(file->size());
  if (!bytes.empty()) file->read(0, bytes);
  return bytes;
}
void write_file(FileSystem& files, const std::string& path, std::span<const std::byte> bytes) {
  if (files.exists(path)) files.remove(path);
  const auto file = files.open(path, OpenMode::CreateNew);
  if (!bytes.empty()) file->write(0, bytes);
}

// The files as they are at this moment, on a disk of their own: what a killed process leaves.
Environment copy_of(FileSystem& files) {
  Environment copy = memory_environment();
  for (const std::string& name : files.list("/"))
    write_file(*copy.files, "/" + name, read_file(files, "/" + name));
  return copy;
}

// A database whose writer was killed a while after `commits` commits, and what it held after each.
struct Killed {
  Environment environment;
  std::vector<GraphModel> states;
  std::string log;

  explicit Killed(std::int64_t commits) {
    const StoreOptions options = options_on(memory_environment());
    const auto store = Store::open(kPath, options);
    states.push_back(capture(store->snapshot()));
    for (std::int64_t i = 0; i < commits; ++i) {
      add_node(*store, i);
      states.push_back(capture(store->snapshot()));
    }
    test::await_claim(*options.environment.files, kPath);
    environment = copy_of(*options.environment.files);
    const std::vector<std::uint64_t> logs = list_logs(*environment.files, kPath);
    REQUIRE(logs.size() == 1);
    log = log_path(kPath, logs.front());
  }
};

std::string detail_of_opening(const Environment& environment, bool read_only = false) {
  StoreOptions options = options_on(environment);
  options.read_only = read_only;
  try {
    Store::open(kPath, options);
  } catch (const StorageError& error) {
    return error.detail();
  }
  return "no error";
}

TEST_CASE("Every kind of record is replayed as it was done") {
  const StoreOptions options = options_on(memory_environment());
  const auto store = Store::open(kPath, options);
  NodeId a, b;
  RelationshipId edge;
  std::vector<std::function<void(Transaction&)>> steps{
      [&](Transaction& tx) {
        tx.intern_label("L"), tx.intern_type("T"), tx.intern_key("k"), tx.intern_key("other");
      },
      [&](Transaction& tx) {
        const LabelId label{0};
        const Property value{KeyId{0}, Cell::of(std::string_view("text"))};
        a = tx.create_node(std::span(&label, 1), std::span(&value, 1));
        b = tx.create_node({}, {});
      },
      [&](Transaction& tx) { tx.add_label(b, LabelId{0}); },
      [&](Transaction& tx) { tx.remove_label(a, LabelId{0}); },
      [&](Transaction& tx) { tx.set_property(b, KeyId{1}, Cell::of(2.5)); },
      [&](Transaction& tx) { tx.set_property(a, KeyId{0}, Cell::null()); },
      [&](Transaction& tx) {
        const Property value{KeyId{1}, Cell::boolean(true)};
        edge = tx.create_relationship(TypeId{0}, a, b, std::span(&value, 1));
      },
      [&](Transaction& tx) { tx.set_property(edge, KeyId{0}, Cell::of(std::int64_t{7})); },
      [&](Transaction& tx) { tx.delete_relationship(edge); },
      [&](Transaction& tx) { tx.delete_node(a); },
  };
  for (std::size_t i = 0; i < steps.size(); ++i) {
    CAPTURE(i);
    write(*store, steps[i]);
    const GraphModel expected = capture(store->snapshot());
    const auto reopened = Store::open(kPath, options_on(copy_of(*options.environment.files)));
    CHECK(reopened->open_report().replayed_commits == i + 1);
    CHECK(reopened->open_report().note.empty());
    CHECK(reopened->snapshot().catalog().keys.size() == 2);
    test::check_view(reopened->snapshot(), expected, i);
  }
}

TEST_CASE("Values from one byte to many blocks survive a crash") {
  const StoreOptions options = options_on(memory_environment());
  const auto store = Store::open(kPath, options);
  for (const std::size_t size : {1u, 2u, 300u, 3990u, 4000u, 4010u, 4020u, 4031u, 4032u, 4096u,
                                 8100u, 70000u, 262144u, 900001u, 1048576u, 1052000u, 3500000u})
    write(*store, [&](Transaction& tx) {
      const std::string text(size, static_cast<char>('a' + size % 26));
      const Property value{tx.intern_key("text"), Cell::of(std::string_view(text))};
      tx.create_node({}, std::span(&value, 1));
    });
  const GraphModel expected = capture(store->snapshot());
  const auto reopened = Store::open(kPath, options_on(copy_of(*options.environment.files)));
  CHECK((capture(reopened->snapshot()) == expected));
}

TEST_CASE("After a crash the next writer goes on, and nothing is lost by a second crash") {
  Killed killed(5);
  GraphModel expected = killed.states.back();
  Environment environment = killed.environment;
  for (std::int64_t i = 0; i < 4; ++i) {
    const auto store = Store::open(kPath, options_on(environment));
    CHECK((capture(store->snapshot()) == expected));
    CHECK(store->open_report().replayed_commits == (i == 3 ? 0u : 5u + static_cast<unsigned>(i)));
    if (i == 2) store->checkpoint();
    if (i < 2) add_node(*store, 100 + i);
    expected = capture(store->snapshot());
    environment = copy_of(*environment.files);
  }
}

TEST_CASE("A log cut at any length gives the commits before the cut, or a clear error") {
  const Killed killed(4);
  const Bytes whole = read_file(*killed.environment.files, killed.log);
  const Bytes data = read_file(*killed.environment.files, kPath);
  std::set<std::size_t> seen;
  for (std::size_t length = 0; length <= 7 * kFrameBytes; length += 97) {
    const Environment environment = memory_environment();
    write_file(*environment.files, kPath, data);
    write_file(*environment.files, killed.log, std::span(whole).first(length));
    CAPTURE(length);
    if (length < 80) {  // the head was synced before it was named
      CHECK(detail_of_opening(environment) == "DamagedLog");
      continue;
    }
    const auto store = Store::open(kPath, options_on(environment));
    const std::uint64_t position = store->snapshot().position();
    CHECK(position + 1 >= std::min<std::size_t>(5, length / kFrameBytes));
    REQUIRE(position < killed.states.size());
    REQUIRE((capture(store->snapshot()) == killed.states[position]));
    seen.insert(position);
  }
  CHECK(seen.size() == 5);
}

TEST_CASE("A flipped byte anywhere in a log gives a prefix of the commits, or a clear error") {
  const Killed killed(4);
  const Bytes whole = read_file(*killed.environment.files, killed.log);
  const Bytes data = read_file(*killed.environment.files, kPath);
  std::map<std::string, int> outcomes;
  for (std::size_t at = 0; at < 7 * kFrameBytes; at += at % kFrameBytes < 90 ? 1 : 131) {
    Bytes flipped = whole;
    flipped[at] ^= std::byte{0x40};
    const Environment environment = memory_environment();
    write_file(*environment.files, kPath, data);
    write_file(*environment.files, killed.log, flipped);
    CAPTURE(at);
    const std::string outcome = detail_of_opening(copy_of(*environment.files));
    ++outcomes[outcome];
    if (outcome == "no error") {  // behind the last commit
      const auto store = Store::open(kPath, options_on(environment));
      REQUIRE((capture(store->snapshot()) == killed.states.back()));
      continue;
    }
    REQUIRE(outcome == "DamagedLog");
    StoreOptions reading = options_on(environment);
    reading.read_only = true;
    if (at < kFrameBytes) continue;
    const auto store = Store::open(kPath, reading);
    const std::uint64_t position = store->snapshot().position();
    CHECK(position == at / kFrameBytes - 1);
    CHECK(store->open_report().note.find("damaged at offset") != std::string::npos);
    REQUIRE((capture(store->snapshot()) == killed.states[position]));
  }
  CHECK(outcomes["no error"] > 50);
  CHECK(outcomes["DamagedLog"] > 300);
}

TEST_CASE("A log that the file needs is missing: an error, never an empty log") {
  const Killed killed(2);
  killed.environment.files->remove(killed.log);
  CHECK(detail_of_opening(killed.environment) == "MissingLog");
  CHECK(detail_of_opening(killed.environment, true) == "MissingLog");
}

TEST_CASE("A log that is missing from the middle or the end of a chain is named") {
  const auto disk = std::make_shared<CrashDisk>();
  const auto store = Store::open(kPath, options_on(test::environment_of(disk)));
  add_node(*store, 1);
  disk->before = [](CrashDisk::Call call, const std::string& path) {
    if (call == CrashDisk::Call::Write && path == kPath) throw StorageError("NoSpace", "full");
  };
  for (std::int64_t i = 2; i < 4; ++i) {  // the log goes on in another, the meta page does not
    CHECK_THROWS_AS(store->checkpoint(), StorageError);
    add_node(*store, i);
  }
  const Environment whole = copy_of(*disk);
  const std::vector<std::uint64_t> logs = list_logs(*whole.files, kPath);
  REQUIRE(logs.size() == 3);
  CHECK(Store::open(kPath, options_on(copy_of(*whole.files)))->snapshot().node_count() == 3);
  for (const std::uint64_t missing : logs) {
    const Environment environment = copy_of(*whole.files);
    environment.files->remove(log_path(kPath, missing));
    for (const bool read_only : {false, true}) {
      StoreOptions options = options_on(environment);
      options.read_only = read_only;
      try {
        Store::open(kPath, options);
        FAIL("it was not missed");
      } catch (const StorageError& error) {
        CHECK(error.detail() == "MissingLog");
        const std::string path = "'" + log_path(kPath, missing) + "'";
        CHECK(std::string(error.what()).find(path) != std::string::npos);
      }
    }
  }
}

TEST_CASE("A meta page that was torn is whole again after the next close") {
  const Environment environment = memory_environment();
  FileSystem& files = *environment.files;
  const auto store = Store::open(kPath, options_on(environment));
  add_node(*store, 1);
  store->close();
  const std::uint64_t torn = (store->stats().checkpoint + 1) % 2;
  const std::byte bad{0xFF};
  files.open(kPath, OpenMode::ReadWrite)->write(torn * kPageBytes + 30, {&bad, 1});
  CHECK(check(environment, kPath).problems.find("it does not verify") != std::string::npos);
  const auto again = Store::open(kPath, options_on(environment));
  CHECK(again->snapshot().node_count() == 1);
  again->close();
  CHECK(check(environment, kPath).problems == "");
}

TEST_CASE("A log of another database is set aside, not read and not deleted") {
  const Killed killed(2);
  const StoreOptions options = options_on(memory_environment());
  FileSystem& files = *options.environment.files;
  Store::open(kPath, options)->close();
  const Bytes bytes = read_file(*killed.environment.files, killed.log);
  write_file(files, killed.log, bytes);
  {
    StoreOptions reading = options;
    reading.read_only = true;
    const auto store = Store::open(kPath, reading);
    CHECK(store->snapshot().node_count() == 0);
    CHECK_FALSE(store->open_report().note.empty());
    CHECK(files.exists(killed.log));
  }
  const auto store = Store::open(kPath, options);
  CHECK(store->snapshot().node_count() == 0);
  CHECK(store->open_report().note.find(killed.log + ".foreign") != std::string::npos);
  CHECK_FALSE(files.exists(killed.log));
  CHECK((read_file(files, killed.log + ".foreign") == bytes));
}

TEST_CASE("A file that is older than its log is refused") {
  const StoreOptions options = options_on(memory_environment());
  FileSystem& files = *options.environment.files;
  Store::open(kPath, options)->close();
  const Bytes old = read_file(files, kPath);
  const auto store = Store::open(kPath, options);
  add_node(*store, 1);
  const Environment environment = copy_of(files);
  write_file(*environment.files, kPath, old);
  CHECK(detail_of_opening(environment) == "UnexpectedLog");
}

TEST_CASE("Logs whose removal was interrupted are recognised and go at the next close") {
  const StoreOptions options = options_on(memory_environment());
  FileSystem& files = *options.environment.files;
  auto store = Store::open(kPath, options);
  add_node(*store, 1);
  const std::string log = log_path(kPath, list_logs(files, kPath).front());
  const Bytes bytes = read_file(files, log);
  store->close();
  write_file(files, log, bytes);
  store = Store::open(kPath, options);
  CHECK(store->snapshot().node_count() == 1);
  add_node(*store, 2);
  store->close();
  CHECK(list_logs(files, kPath).empty());
  store = Store::open(kPath, options);
  CHECK(store->snapshot().node_count() == 2);
}

// A store on a disk that fails where `fails` says so.
struct Failing {
  std::shared_ptr<CrashDisk> disk = std::make_shared<CrashDisk>();
  std::shared_ptr<Store> store = Store::open(kPath, options_on(test::environment_of(disk)));

  void fail(CrashDisk::Call wanted, std::string part_of_path, std::string detail) const {
    test::await_claim(*disk, kPath);  // nothing is written by itself any more
    disk->before = [=](CrashDisk::Call call, const std::string& path) {
      if (call == wanted && path.find(part_of_path) != std::string::npos)
        throw StorageError(detail, "the disk says no");
    };
  }
};

TEST_CASE("After a failed sync or write the outcome is unknown and the database is read-only") {
  const auto kind = GENERATE(CrashDisk::Call::Sync, CrashDisk::Call::Write);
  const Failing failing;
  Store& store = *failing.store;
  add_node(store, 1);
  failing.fail(kind, "-wal.", "IoError");
  try {
    add_node(store, 2);
    FAIL("it was committed");
  } catch (const StorageError& error) {
    CHECK(error.detail() == "OutcomeUnknown");
    CHECK_FALSE(error.retryable());
  }
  failing.disk->before = nullptr;
  CHECK(store.read_only());
  CHECK(store.snapshot().node_count() == 1);
  CHECK_THROWS_AS(store.begin(), TransactionError);
  CHECK_THROWS_AS(store.checkpoint(), TransactionError);
  store.close();
  const auto reopened = Store::open(kPath, options_on(test::environment_of(failing.disk)));
  CHECK(reopened->snapshot().node_count() >= 1);
  add_node(*reopened, 3);
}

TEST_CASE("Out of space fails one transaction, and the next goes on") {
  const Failing failing;
  Store& store = *failing.store;
  add_node(store, 1);
  failing.fail(CrashDisk::Call::Write, "-wal.", "NoSpace");
  for (int i = 0; i < 3; ++i) {
    try {
      write(store, [](Transaction& tx) {  // longer than what is reserved
        const std::string text(5'000'000, 'x');
        const Property value{tx.intern_key("text"), Cell::of(std::string_view(text))};
        tx.create_node({}, std::span(&value, 1));
      });
      FAIL("there was no space");
    } catch (const StorageError& error) {
      CHECK(error.detail() == "NoSpace");
    }
    CHECK(store.snapshot().node_count() == 1);
  }
  failing.disk->before = nullptr;
  add_node(store, 2);
  CHECK(store.snapshot().node_count() == 2);
  const GraphModel expected = capture(store.snapshot());
  std::mt19937_64 random(1);
  const auto after = failing.disk->power_loss(random);
  CHECK((capture(Store::open(kPath, options_on(test::environment_of(after)))->snapshot()) ==
         expected));
}

TEST_CASE("A checkpoint without space leaves commits possible, and the logs hold them") {
  const Failing failing;
  Store& store = *failing.store;
  add_node(store, 1);
  failing.disk->before = [](CrashDisk::Call call, const std::string& path) {
    if (call == CrashDisk::Call::Write && path == kPath) throw StorageError("NoSpace", "full");
  };
  CHECK_THROWS_AS(store.checkpoint(), StorageError);
  if (!store.read_only()) {
    add_node(store, 2);
    CHECK_THROWS_AS(store.checkpoint(), StorageError);
  }
  const GraphModel expected = capture(store.snapshot());
  CHECK_THROWS_AS(store.close(), StorageError);
  failing.disk->before = nullptr;
  const auto reopened = Store::open(kPath, options_on(test::environment_of(failing.disk)));
  CHECK((capture(reopened->snapshot()) == expected));
  add_node(*reopened, 3);
  reopened->close();
  CHECK(list_logs(*failing.disk, kPath).empty());
}

TEST_CASE("A checkpoint that fails at any call loses nothing, then and after a loss of power") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  bool passed = false;
  for (int nth = 0; !passed; ++nth) {
    REQUIRE(nth < 200);
    const Failing failing;
    for (int i = 0; i < 3; ++i) add_node(*failing.store, i);
    test::await_claim(*failing.disk, kPath);
    std::atomic<int> calls{0};
    failing.disk->before = [&](CrashDisk::Call, const std::string&) {
      if (calls++ == nth) throw StorageError("IoError", "the disk says no");
    };
    try {
      failing.store->checkpoint();
      passed = true;
    } catch (const StorageError&) {
    }
    CAPTURE(nth);
    failing.disk->before = nullptr;
    if (!failing.store->read_only()) add_node(*failing.store, 3);
    const GraphModel expected = capture(failing.store->snapshot());
    const auto after = failing.disk->power_loss(random);
    const auto reopened = Store::open(kPath, options_on(test::environment_of(after)));
    REQUIRE((capture(reopened->snapshot()) == expected));
  }
}

TEST_CASE("What replaces a value may be that value, as the transaction reads it") {
  const StoreOptions options = options_on(memory_environment());
  const auto store = Store::open(kPath, options);
  write(*store, [](Transaction& tx) {
    const KeyId key = tx.intern_key("list");
    const std::vector<Cell> items(100, Cell::of(std::int64_t{7}));
    Arena arena;
    const Property list{key, make_list(arena, items)};
    const NodeId node = tx.create_node({}, std::span(&list, 1));
    for (int i = 0; i < 2; ++i) {
      PropertyReader reader(tx.view(), ElementKind::Node, key);
      Vector read;
      reader.read(std::span(&node.value, 1), nullptr, read);
      tx.set_property(node, key, read.cell(0));
    }
  });
  const GraphModel expected = capture(store->snapshot());
  StoreOptions killed = options;
  killed.environment = copy_of(*options.environment.files);
  CHECK((capture(Store::open(kPath, killed)->snapshot()) == expected));
}

}  // namespace
}  // namespace kith::storage
