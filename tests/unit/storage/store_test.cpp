// tests/unit/storage/store_test.cpp: opening and closing, and everything that can stand in the way.
#include "storage/store.hpp"

#include <unistd.h>
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>

#include "kith/error.hpp"
#include "storage/log/log_file.hpp"
#include "storage/page/format.hpp"
#include "storage/writer.hpp"
#include "tests/folder.hpp"

namespace kith::storage {
namespace {

using kith::test::Folder;

StoreOptions options_in(const Environment& environment) {
  StoreOptions options;
  options.environment = environment;
  options.memory_limit_bytes = 16 * kMiB;
  options.busy_timeout = std::chrono::milliseconds(20);
  return options;
}

void add_node(Store& store) {
  const auto tx = store.begin();
  tx->begin_statement();
  tx->create_node({}, {});
  tx->end_statement();
  tx->commit();
}

std::string detail_of_opening(const std::string& path, const StoreOptions& options) {
  try {
    Store::open(path, options);
  } catch (const StorageError& error) {
    return error.detail();
  }
  return "no error";
}

TEST_CASE("A database is made where there is none, unless that was not wanted") {
  StoreOptions options = options_in(memory_environment());
  options.create = false;
  CHECK(detail_of_opening("/graph.kith", options) == "NotFound");
  options.create = true;
  options.read_only = true;
  CHECK(detail_of_opening("/graph.kith", options) == "NotFound");
  options.read_only = false;
  const auto store = Store::open("/graph.kith", options);
  CHECK(store->snapshot().node_count() == 0);
  CHECK(store->snapshot().position() == 0);
  CHECK_FALSE(store->read_only());
}

TEST_CASE("Opening and closing without a write leaves the file as it is") {
  const StoreOptions options = options_in(memory_environment());
  FileSystem& files = *options.environment.files;
  Store::open("/graph.kith", options)->close();
  const auto bytes = [&] {
    const auto file = files.open("/graph.kith", OpenMode::ReadOnly);
    std::vector<std::byte> all(file->size());
    file->read(0, all);
    std::fill_n(all.begin() + kCoordinationPage * kPageBytes, 2 * kPageBytes, std::byte{0});
    return all;
  };
  const auto before = bytes();
  Store::open("/graph.kith", options)->close();
  CHECK((bytes() == before));
  CHECK(list_logs(files, "/graph.kith").empty());
}

TEST_CASE("A clean close merges everything and removes the logs") {
  const StoreOptions options = options_in(memory_environment());
  auto store = Store::open("/graph.kith", options);
  add_node(*store);
  CHECK(list_logs(*options.environment.files, "/graph.kith").size() == 1);
  CHECK(store->stats().log_bytes > 0);
  store->close();
  store->close();
  CHECK(list_logs(*options.environment.files, "/graph.kith").empty());
  store = Store::open("/graph.kith", options);
  CHECK(store->open_report().replayed_commits == 0);
  CHECK(store->snapshot().node_count() == 1);
  CHECK(store->snapshot().position() == 1);
}

TEST_CASE("A store that is let go without close is closed") {
  const StoreOptions options = options_in(memory_environment());
  add_node(*Store::open("/graph.kith", options));
  CHECK(list_logs(*options.environment.files, "/graph.kith").empty());
  CHECK(Store::open("/graph.kith", options)->snapshot().node_count() == 1);
}

TEST_CASE("After close views can still be read, and nothing else can be done") {
  const auto store = Store::open("/graph.kith", options_in(memory_environment()));
  add_node(*store);
  const View view = store->snapshot();
  const auto late = store->begin();
  late->begin_statement();
  late->create_node({}, {});
  late->end_statement();
  store->close();  // does not wait for the transaction longer than the busy timeout
  CHECK(view.node_count() == 1);
  CHECK(view.exists(NodeId{0}));
  CHECK_THROWS_AS(store->snapshot(), TransactionError);
  CHECK_THROWS_AS(store->begin(), TransactionError);
  CHECK_THROWS_AS(store->checkpoint(), TransactionError);
  CHECK_THROWS_AS(late->commit(), TransactionError);
}

TEST_CASE("A file is open for writing once, and readers may come and go beside the writer") {
  const Folder folder;
  const std::string path = folder.path + "/graph.kith";
  const Environment environment = GENERATE(posix_environment(), memory_environment());
  StoreOptions options = options_in(environment);
  auto writer = Store::open(path, options);
  CHECK(detail_of_opening(path, options) == "InUse");
  StoreOptions reading = options;
  reading.read_only = true;
  const auto early = Store::open(path, reading);
  CHECK(early->snapshot().node_count() == 0);
  add_node(*writer);
  CHECK(early->snapshot().node_count() == 1);
  writer->close();
  const auto reader = Store::open(path, reading);
  CHECK(reader->read_only());
  CHECK(reader->snapshot().node_count() == 1);
  CHECK_THROWS_AS(reader->begin(), TransactionError);
  CHECK_THROWS_AS(reader->checkpoint(), TransactionError);
  writer = Store::open(path, options);
  add_node(*writer);
  CHECK(reader->snapshot().node_count() == 2);
  CHECK(early->snapshot().node_count() == 2);
  reader->close();
  reader->close();
  CHECK_THROWS_AS(reader->snapshot(), TransactionError);
  CHECK(early->snapshot().node_count() == 2);
}

TEST_CASE("What is not a database is refused with a reason") {
  const StoreOptions options = options_in(memory_environment());
  FileSystem& files = *options.environment.files;
  const auto put = [&](const std::string& path, const std::string& text) {
    const auto file = files.open(path, OpenMode::CreateNew);
    if (!text.empty()) file->write(0, std::as_bytes(std::span(text)));
  };
  put("/empty", "");
  put("/text", "id,name\n1,Ada\n");
  put("/long", std::string(50000, 'x'));
  for (const char* path : {"/empty", "/text", "/long"}) {
    CHECK(detail_of_opening(path, options) == "NotADatabase");
    const auto file = files.open(path, OpenMode::ReadOnly);  // and left alone
    if (file->size() > 0) {
      std::byte first{};
      file->read(0, std::span(&first, 1));
      CHECK((first == std::byte{'i'} || first == std::byte{'x'}));
    }
  }
}

TEST_CASE("A file that may not be written is refused, and can be opened read-only") {
  if (::geteuid() == 0) return;  // nothing is forbidden to root
  const Folder folder;
  const std::string path = folder.path + "/graph.kith";
  const StoreOptions options = options_in(posix_environment());
  Store::open(path, options)->close();
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  CHECK(detail_of_opening(path, options) == "AccessDenied");
  StoreOptions reading = options;
  reading.read_only = true;
  CHECK_NOTHROW(Store::open(path, reading));
}

TEST_CASE("A log that grows past its limit starts a checkpoint") {
  StoreOptions options = options_in(memory_environment());
  options.checkpoint_log_bytes = 64 * 1024;
  const auto store = Store::open("/graph.kith", options);
  const std::uint64_t before = store->stats().checkpoint;
  for (int i = 0; i < 100; ++i) {
    add_node(*store);
    CHECK(store->stats().log_bytes <= 2 * options.checkpoint_log_bytes);
  }
  CHECK(store->stats().checkpoint > before + 2);
  store->checkpoint();
  CHECK(list_logs(*options.environment.files, "/graph.kith").size() == 1);
  CHECK(store->snapshot().node_count() == 100);
}

TEST_CASE("Statistics tell how many snapshots are held, and the oldest") {
  const auto store = Store::open("/graph.kith", options_in(memory_environment()));
  CHECK(store->stats().open_snapshots == 0);
  add_node(*store);
  {
    const View first = store->snapshot();
    add_node(*store);
    add_node(*store);
    const View second = store->snapshot();
    const StoreStats stats = store->stats();
    CHECK(stats.open_snapshots == 2);
    CHECK(stats.oldest_snapshot_position == 1);
    CHECK(stats.position == 3);
    CHECK(stats.delta_bytes > 0);
    store->checkpoint();
    CHECK(first.node_count() == 1);
    CHECK(store->stats().open_snapshots == 2);
    CHECK(store->stats().delta_bytes == 0);
  }
  CHECK(store->stats().open_snapshots == 0);
  CHECK(store->stats().oldest_snapshot_position == 3);
}

TEST_CASE("Relaxed durability loses nothing on a clean close") {
  StoreOptions options = options_in(memory_environment());
  options.sync = false;
  auto store = Store::open("/graph.kith", options);
  for (int i = 0; i < 10; ++i) add_node(*store);
  store->checkpoint();
  for (int i = 0; i < 10; ++i) add_node(*store);
  store->close();
  store = Store::open("/graph.kith", options);
  CHECK(store->snapshot().node_count() == 20);
}

}  // namespace
}  // namespace kith::storage
