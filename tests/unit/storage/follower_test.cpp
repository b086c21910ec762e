// tests/unit/storage/follower_test.cpp: read-only opens beside a writer, step by step.
//
// The reader's calls to the file system are counted, and at each of them the writer may act: so
// every order of their steps is tried that calls can make.
#include <catch2/catch.hpp>
#include <functional>

#include "kith/error.hpp"
#include "storage/log/coordination.hpp"
#include "storage/log/log_file.hpp"
#include "storage/log/process_lock.hpp"
#include "storage/log/reader_locks.hpp"
#include "storage/page/format.hpp"
#include "storage/store.hpp"
#include "tests/unit/storage/cursor_check.hpp"
#include "tests/unit/storage/graph_model.hpp"
#include "tests/unit/storage/hooked_files.hpp"
#include "tests/unit/storage/store_fixture.hpp"

namespace kith::storage {
namespace {

using test::capture;
using test::GraphModel;
using test::HookedFiles;

const std::string kPath = "/graph.kith";
const std::string kBlank(3000, ' ');
constexpr auto kShort = std::chrono::milliseconds(20);

StoreOptions follower_options(Environment environment, bool read_only = false) {
  StoreOptions options =
      test::options_on(std::move(environment), 16 * kMiB, std::chrono::milliseconds(40));
  options.read_only = read_only;
  return options;
}

// A writer whose every state is known. Each commit changes blocks that all states share.
class Writer {
 public:
  explicit Writer(const Environment& environment, bool sync = true)
      : options_(follower_options(environment)) {
    options_.sync = sync;
    open();
    states_.push_back(capture(store_->snapshot()));
  }

  void commit() {
    const auto tx = store_->begin();
    tx->begin_statement();
    const LabelId label = tx->intern_label("N");
    const KeyId number = tx->intern_key("number"), text = tx->intern_key("text");
    const auto position = static_cast<std::int64_t>(states_.size());
    const Property value{number, Cell::of(position)};
    const NodeId node = tx->create_node(std::span(&label, 1), std::span(&value, 1));
    tx->create_relationship(tx->intern_type("T"), NodeId{0}, node, {});
    const std::string changed = std::to_string(position) + kBlank;
    for (std::uint64_t id = 0; id <= node.value; ++id)
      tx->set_property(NodeId{id}, text, Cell::of(std::string_view(changed)));
    tx->end_statement();
    tx->commit();
    states_.push_back(capture(store_->snapshot()));
  }
  void checkpoint() { store_->checkpoint(); }
  void close() { store_->close(); }
  void open() { store_ = Store::open(kPath, options_); }

  Store& store() { return *store_; }
  std::uint64_t position() const { return states_.size() - 1; }
  bool shows(const View& view) const {
    return view.position() < states_.size() && capture(view) == states_[view.position()];
  }

 private:
  StoreOptions options_;
  std::shared_ptr<Store> store_;
  std::vector<GraphModel> states_;  // by position
};

// `patience`: how long it looks for what the writer announced before it is an error.
std::shared_ptr<Store> open_reader(const Environment& environment,
                                   std::chrono::milliseconds patience = std::chrono::minutes(1)) {
  StoreOptions options = follower_options(environment, true);
  options.busy_timeout = patience;
  return Store::open(kPath, options);
}

std::string detail_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.detail();
  }
  return "no error";
}

Environment copy_of(FileSystem& files) {
  Environment copy = memory_environment();
  for (const std::string& name : files.list("/")) {
    const auto file = files.open("/" + name, OpenMode::ReadOnly);
    std::vector<std::byte> bytes(file->size());
    file->read(0, bytes);
    copy.files->open("/" + name, OpenMode::CreateNew)->write(0, bytes);
  }
  return copy;
}

using Act = std::function<void(Writer&)>;
struct NamedAct {
  const char* name;
  Act act;
};
const std::vector<NamedAct> kActs = {
    {"commit", [](Writer& w) { w.commit(); }},
    {"checkpoint", [](Writer& w) { w.checkpoint(); }},
    {"commit, checkpoint",
     [](Writer& w) {
       w.commit();
       w.checkpoint();
     }},
    {"three checkpoints",
     [](Writer& w) {
       for (int i = 0; i < 3; ++i) {
         w.commit();
         w.checkpoint();
       }
       w.commit();
     }},
    {"close", [](Writer& w) { w.close(); }},
    {"close, open, commit",
     [](Writer& w) {
       w.commit();
       w.close();
       w.open();
       w.commit();
     }},
    {"close, open, checkpoints",
     [](Writer& w) {
       w.close();
       w.open();
       for (int i = 0; i < 3; ++i) {
         w.commit();
         w.checkpoint();
       }
     }},
};

// Runs `work` (which gives a view) with `act` before the reader's n-th call, for every n that there
// is; each time on new files.
void at_every_call(
    const Act& prepare, const Act& act,
    const std::function<View(const Environment&, const std::function<void()>& arm)>& work) {
  for (int nth = 0;; ++nth) {
    REQUIRE(nth < 400);
    CAPTURE(nth);
    const Environment plain = memory_environment();
    Writer writer(plain);
    prepare(writer);
    const auto hooked = std::make_shared<HookedFiles>(plain.files);
    Environment environment = plain;
    environment.files = hooked;
    int calls = 0;
    bool acted = false;
    std::uint64_t acknowledged = 0;
    const View view = work(environment, [&] {
      acknowledged = writer.position();
      hooked->before = [&] {
        if (calls++ != nth) return;
        acted = true;
        act(writer);
      };
    });
    hooked->before = nullptr;
    CHECK(view.position() >= acknowledged);  // O3
    REQUIRE(writer.shows(view));             // O1: a state that there was
    if (!acted) return;
  }
}

TEST_CASE("A reader opens at any moment beside anything a writer does") {
  const auto& [name, act] = GENERATE(from_range(kActs));
  CAPTURE(name);
  const bool in_log = GENERATE(false, true);
  at_every_call(
      [&](Writer& w) {
        for (int i = 0; i < 3; ++i) w.commit();
        if (!in_log) w.close(), w.open();
      },
      act,
      [](const Environment& environment, const std::function<void()>& arm) {
        arm();
        return open_reader(environment)->snapshot();
      });
}

TEST_CASE("A reader goes on at any moment beside anything a writer does") {
  const auto& [name, act] = GENERATE(from_range(kActs));
  CAPTURE(name);
  const int behind = GENERATE(0, 1, 2, 3);
  CAPTURE(behind);
  std::shared_ptr<Store> reader;  // outlives the call, as the view does
  Writer* writing = nullptr;
  at_every_call(
      [&](Writer& w) {
        w.commit();
        writing = &w;
      },
      act,
      [&](const Environment& environment, const std::function<void()>& arm) {
        reader = open_reader(environment);
        const View first = reader->snapshot();
        if (behind == 1) writing->commit();
        if (behind == 2) writing->commit(), writing->checkpoint();
        if (behind == 3) writing->commit(), writing->close();
        if (behind == 3) writing->open();
        arm();
        const View next = reader->snapshot();
        CHECK(next.position() >= first.position());  // O2
        CHECK(first.position() == 1);
        return next;
      });
}

TEST_CASE("A reader follows from commit to commit and over checkpoints, and keeps what it had") {
  const Environment environment = memory_environment();
  Writer writer(environment);
  const auto reader = open_reader(environment);
  std::vector<View> views;
  for (int i = 0; i < 30; ++i) {
    writer.commit();
    if (i % 4 == 3) writer.checkpoint();
    views.push_back(reader->snapshot());
    CHECK(views.back().position() == writer.position());
    if (i % 11 == 10) writer.close(), writer.open();
  }
  for (const View& view : views) CHECK(writer.shows(view));
  CHECK(reader->stats().open_snapshots == views.size());
  CHECK(reader->stats().oldest_snapshot_position == 1);
  views.clear();
  CHECK(reader->stats().open_snapshots == 0);
  test::check_view(reader->snapshot(), capture(writer.store().snapshot()), 1);
}

TEST_CASE("A commit is seen at once, and asking when there is none costs three calls") {
  const Environment plain = memory_environment();
  Writer writer(plain);
  writer.commit();
  Environment environment = plain;
  const auto hooked = std::make_shared<HookedFiles>(plain.files);
  environment.files = hooked;
  const auto reader = open_reader(environment);
  int calls = 0;
  hooked->before = [&] { ++calls; };
  reader->snapshot();
  CHECK(calls <= 3);
  writer.close();
  reader->snapshot();
  calls = 0;
  reader->snapshot();
  CHECK(calls <= 3);
  CHECK(reader->snapshot().position() == 1);
}

// Blocks of views are read from the file again and again: nothing stays in a pool of one byte.
std::shared_ptr<Store> open_forgetful(const Environment& environment) {
  StoreOptions options = follower_options(environment, true);
  options.memory_limit_bytes = 1;
  return Store::open(kPath, options);
}

TEST_CASE("L4: pages that a reader stands on are kept, by a writer that came later too") {
  const Environment environment = memory_environment();
  Writer writer(environment);
  for (int i = 0; i < 5; ++i) writer.commit();
  writer.checkpoint();
  const auto reader = open_forgetful(environment);
  std::optional<View> held = reader->snapshot();
  const auto grow = [&] {
    const std::uint64_t before = writer.store().stats().file_bytes;
    for (int i = 0; i < 6; ++i) {
      writer.commit();
      writer.checkpoint();
      if (held) REQUIRE(writer.shows(*held));
    }
    return writer.store().stats().file_bytes - before;
  };
  grow();
  writer.close();
  writer.open();
  grow();
  const bool through_close = GENERATE(false, true);
  if (through_close) reader->close();  // the view lives on
  grow();
  CHECK(writer.shows(*held));
  held.reset();
  if (!through_close) CHECK(reader->snapshot().position() == writer.position());
  grow();
  CHECK(writer.store().stats().free_bytes > writer.store().stats().file_bytes / 3);
  CHECK(grow() == 0);  // what nobody reads is used again
}

TEST_CASE("A writer that closes keeps the pages of its own views from the next one") {
  const Environment environment = memory_environment();
  StoreOptions forgetful = follower_options(environment);
  forgetful.memory_limit_bytes = 64 * 1024;
  Writer writer(environment);
  for (int i = 0; i < 5; ++i) writer.commit();
  writer.close();
  auto first = Store::open(kPath, forgetful);
  std::optional<View> held = first->snapshot();
  first->close();
  first.reset();
  writer.open();
  const auto lowest = [&] {
    return oldest_checkpoint_read(*environment.files->open(kPath, OpenMode::ReadOnly));
  };
  CHECK(lowest() < 100);
  for (int i = 0; i < 6; ++i) {
    writer.commit();
    writer.checkpoint();
    REQUIRE(writer.shows(*held));
  }
  held.reset();
  CHECK(lowest() == ~std::uint64_t{0});
}

TEST_CASE("L3: readers lock the checkpoint of each view, and nothing stays locked") {
  const Environment environment = memory_environment();
  Writer writer(environment);
  const auto file = environment.files->open(kPath, OpenMode::ReadOnly);
  CHECK(oldest_checkpoint_read(*file) == ~std::uint64_t{0});
  auto reader = open_reader(environment);
  const std::uint64_t first = writer.store().stats().checkpoint;
  CHECK(oldest_checkpoint_read(*file) == first);
  std::optional<View> held = reader->snapshot();
  writer.commit();
  writer.checkpoint();
  CHECK(reader->snapshot().position() == 1);
  const std::uint64_t second = writer.store().stats().checkpoint;
  CHECK(oldest_checkpoint_read(*file) == first);
  CHECK(file->first_lock(kCheckpointBytes + first + 1, kCheckpointLimit - first - 1, true) ==
        kCheckpointBytes + second);
  held.reset();
  CHECK(oldest_checkpoint_read(*file) == second);
  reader.reset();
  CHECK(oldest_checkpoint_read(*file) == ~std::uint64_t{0});
  writer.close();
  CHECK(file->first_lock(0, std::uint64_t{1} << 62, true) == std::nullopt);
  CHECK(file->first_lock(kWriterByte, std::uint64_t{1} << 61, true) == std::nullopt);
}

TEST_CASE("What a dead writer or a copied file says of positions is not believed") {
  const Environment environment = memory_environment();
  Writer writer(environment);
  for (int i = 0; i < 4; ++i) writer.commit();
  const Environment killed = copy_of(*environment.files);  // page 3 says 4, and nobody holds a lock
  const std::string log = log_path(kPath, list_logs(*killed.files, kPath).front());
  const auto whole = killed.files->open(log, OpenMode::ReadWrite);
  const std::vector<std::byte> zeros(whole->size() - 3 * kFrameBytes);
  SECTION("A log that has less is no error: it was never synced") {
    whole->write(3 * kFrameBytes, zeros);
    const auto reader = open_reader(killed);
    CHECK(reader->snapshot().position() < 4);
    CHECK(writer.shows(reader->snapshot()));
  }
  SECTION("A log that has more is read to its end") {
    writer.commit();
    const Environment later = copy_of(*environment.files);
    const auto page = killed.files->open(kPath, OpenMode::ReadOnly);
    std::vector<std::byte> old(kPageBytes);
    page->read((kCoordinationPage + 1) * kPageBytes, old);
    later.files->open(kPath, OpenMode::ReadWrite)->write((kCoordinationPage + 1) * kPageBytes, old);
    CHECK(open_reader(later)->snapshot().position() == 5);
  }
  SECTION("A reader alone shows the same until a writer comes, and then follows that one") {
    const auto reader = open_reader(killed);
    CHECK(reader->snapshot().position() == 4);
    CHECK(reader->open_report().replayed_commits == 4);
    const auto next = Store::open(kPath, follower_options(killed));
    CHECK(reader->snapshot().position() == 4);
    const auto tx = next->begin();
    tx->begin_statement();
    tx->create_node({}, {});
    tx->end_statement();
    tx->commit();
    CHECK(reader->snapshot().position() == 5);
    CHECK((capture(reader->snapshot()) == capture(next->snapshot())));
    next->close();
    CHECK((capture(reader->snapshot()) ==
           capture(next.get() ? open_reader(killed)->snapshot() : reader->snapshot())));
  }
}

void spoil(FileSystem& files, std::uint64_t offset) {
  const auto file = files.open(kPath, OpenMode::ReadWrite);
  std::byte byte{};
  file->read(offset, std::span(&byte, 1));
  byte ^= std::byte{0x10};
  file->write(offset, std::span(&byte, 1));
}

TEST_CASE("A slot of page 3 that is read half is passed over") {
  const Environment environment = memory_environment();
  Writer writer(environment);
  const auto reader = open_reader(environment);
  const std::uint64_t slots = (kCoordinationPage + 1) * kPageBytes;
  for (std::uint64_t byte = 0; byte < 64; byte += 7) {
    writer.commit();
    CHECK(reader->snapshot().position() == writer.position());
    spoil(*environment.files, slots + byte);
    CHECK(writer.shows(reader->snapshot()));
    spoil(*environment.files, slots + 64 + byte);
    const View alone = reader->snapshot();  // neither is right: it looks for itself
    CHECK(writer.shows(alone));
    CHECK(alone.position() == writer.position());
  }
}

TEST_CASE("A writer that cannot say how far it is is followed all the same") {
  const Environment plain = memory_environment();
  Environment environment = plain;
  const auto hooked = std::make_shared<HookedFiles>(plain.files);
  environment.files = hooked;
  Writer writer(environment);
  const auto reader = open_reader(plain);
  const auto other = plain.files->open(kPath, OpenMode::ReadOnly);
  for (int i = 0; i < 12; ++i) {
    hooked->refuses_database = i % 3 != 0;
    writer.commit();
    CHECK(listen(*other).progress.has_value() == (i % 3 == 0));
    CHECK(listen(*other).writer);
    CHECK(reader->snapshot().position() == writer.position());
    REQUIRE(writer.shows(reader->snapshot()));
  }
  hooked->refuses_database = false;
}

TEST_CASE("A log that vanished beside a living writer is an error, not less data") {
  const Environment environment = memory_environment();
  Writer writer(environment);
  for (int i = 0; i < 3; ++i) writer.commit();
  const auto reader = open_reader(environment);
  CHECK(reader->snapshot().position() == 3);
  for (const std::uint64_t number : list_logs(*environment.files, kPath))
    environment.files->remove(log_path(kPath, number));
  writer.commit();
  CHECK(reader->snapshot().position() == 4);  // it has the file open
  CHECK(detail_of([&] { open_reader(environment, kShort); }) == "MissingLog");
}

TEST_CASE("A damaged log beside a living writer is an error, not less data") {
  const Environment environment = memory_environment();
  Writer writer(environment);
  for (int i = 0; i < 3; ++i) writer.commit();
  const std::string log = log_path(kPath, list_logs(*environment.files, kPath).front());
  const auto file = environment.files->open(log, OpenMode::ReadWrite);
  const std::byte wrong{0xff};
  file->write(2 * kFrameBytes + 100, std::span(&wrong, 1));
  CHECK(detail_of([&] { open_reader(environment, kShort); }) == "DamagedLog");
}

TEST_CASE("Readers of a relaxed writer see what it has acknowledged") {
  const Environment environment = memory_environment();
  Writer writer(environment, false);
  const auto reader = open_reader(environment);
  for (int i = 0; i < 10; ++i) {
    writer.commit();
    if (i == 5) writer.checkpoint();
    CHECK(reader->snapshot().position() == writer.position());
  }
  CHECK(writer.shows(reader->snapshot()));
}

TEST_CASE("A read-only open changes nothing in the file and needs no right to") {
  const Environment plain = memory_environment();
  Writer writer(plain);
  writer.commit();
  Environment environment = plain;
  const auto hooked = std::make_shared<HookedFiles>(plain.files);
  hooked->read_only = true;
  environment.files = hooked;
  const auto reader = open_reader(environment);
  writer.commit();
  writer.checkpoint();
  CHECK(reader->snapshot().position() == 2);
  writer.close();
  CHECK(reader->snapshot().position() == 2);
  reader->close();
}

TEST_CASE("The announcement goes on where the last writer left it, in turns") {
  const Environment environment = memory_environment();
  Writer(environment).close();
  const auto file = environment.files->open(kPath, OpenMode::ReadWrite);
  const auto other = environment.files->open(kPath, OpenMode::ReadOnly);
  CHECK_FALSE(listen(*other).progress);
  CHECK_FALSE(listen(*other).writer);
  ProgressPage last = listen(*other).page;
  REQUIRE(file->try_lock(kWriterByte, 1, true));
  CHECK(listen(*other).writer);
  CHECK_FALSE(listen(*other).progress);  // it has not said anything yet
  {
    Announcer announcer(*file);
    announcer.begin({7, 3});
    for (std::uint64_t i = 0; i < 5; ++i) {
      const Signal signal = listen(*other);
      CHECK(signal.page != last);
      last = signal.page;
      CHECK((signal.progress == Progress{7 + i, 3}));
      CHECK_FALSE(listen(*file).progress);  // one's own lock tells nothing
      announcer.publish({8 + i, 3});
    }
    announcer.stop();
    announcer.publish({100, 3});
  }
  CHECK_FALSE(listen(*other).progress);
  CHECK(listen(*other).writer);
  file->unlock(kWriterByte, 1);
  CHECK_FALSE(listen(*other).writer);
}

}  // namespace
}  // namespace kith::storage
