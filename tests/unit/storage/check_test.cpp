// tests/unit/storage/check_test.cpp: a check finds nothing wrong with what is right, and everything
// that is wrong.
#include "storage/check.hpp"

#include <catch2/catch.hpp>

#include "kith/error.hpp"
#include "storage/graph/base_file.hpp"
#include "storage/log/frame.hpp"
#include "storage/store.hpp"
#include "tests/unit/storage/check_fixture.hpp"
#include "tests/unit/storage/disk_fixture.hpp"
#include "tests/unit/storage/graph_model.hpp"
#include "tests/unit/storage/hooked_files.hpp"

namespace kith::storage::test {
namespace {

const std::string kPath = "/graph.kith", kCopy = "/copy.kith";

StoreOptions options_in(const Environment& environment) {
  StoreOptions options;
  options.environment = environment;
  options.memory_limit_bytes = 64 * kMiB;
  options.checkpoint_log_bytes = 300 * 1024;
  return options;
}

void change(Store& store, RandomChanges& random, GraphModel& graph, std::uint64_t changes) {
  const auto tx = store.begin();
  tx->begin_statement();
  while (changes-- > 0) random.change(*tx, graph);
  tx->end_statement();
  tx->commit();
}

// The bytes of the file that mean nothing: free pages, and those that processes write to.
std::vector<bool> unused_pages(const Environment& environment) {
  BlockFile blocks(environment.files->open(kPath, OpenMode::ReadOnly), kPath);
  const MetaPage meta = blocks.read_meta().newest;
  std::vector<bool> unused(meta.file_pages);
  unused[kCoordinationPage] = unused[kCoordinationPage + 1] = true;
  const auto bytes = read_stream(blocks, meta.free_map, BlockKind::FreeMap);
  std::uint64_t count = 0;
  std::memcpy(&count, bytes.data(), sizeof count);
  for (std::uint64_t i = 0; i < count; ++i) {
    FreeExtent extent;
    std::memcpy(&extent, bytes.data() + sizeof count + i * sizeof extent, sizeof extent);
    for (std::uint32_t page = 0; page < extent.pages; ++page) unused[extent.page + page] = true;
  }
  return unused;
}

// A few of everything.
void make_small_graph(const Environment& environment, std::uint64_t seed) {
  RandomChanges random(seed, 20);
  GraphModel graph;
  const auto store = Store::open(kPath, options_in(environment));
  for (int i = 0; i < 3; ++i) {
    change(*store, random, graph, 40);
    store->checkpoint();
  }
  store->close();
}

// Two nodes and a relationship between them, told by hand; each test tells one thing wrong.
struct Liar {
  bool outgoing = true, incoming = true;
  std::uint64_t incoming_start = 0;
  std::uint64_t nodes = 2, labelled = 2;
  std::uint32_t alive = 2, label_slots = 2, values = 2;
  std::uint64_t end = 1;
  bool relationship_exists = true, lose_pages = false;

  std::string problems() const {
    const Environment environment = memory_environment();
    BaseFile::create(environment, kPath, 77);
    {
      const auto file = BaseFile::open(environment, kPath, false, kMiB);
      BaseWriter writer(*file);
      auto catalog = std::make_shared<Catalog>();
      catalog->labels.add("Person");
      catalog->types.add("KNOWS");
      catalog->keys.add("name");
      writer.set_catalog(catalog);
      put_nodes(writer);
      RelationshipSegmentBuilder builder = writer.relationship_segment(0, TypeId{0});
      builder.set_slots(1);
      builder.set_alive(SlotSet::first(relationship_exists ? 1 : 0));
      builder.patch_ends(std::vector<EndsChange>{{0, 0, end}});
      writer.put(0, std::move(builder));
      if (lose_pages) writer.out().space().allocate(3);
      BaseFields fields;
      fields.node_id_limit = 2;
      fields.nodes = nodes;
      fields.nodes_by_label = {labelled};
      fields.relationship_segments = 1;
      fields.relationships = 1;
      fields.relationships_by_type = {1};
      writer.commit(fields);
    }
    return check(environment, kPath).problems;
  }

  void put_nodes(BaseWriter& writer) const {
    const AdjacencyLimits limits{2, 1};
    NodeSegmentBuilder builder = writer.node_segment(0);
    builder.set_slots(2);
    builder.set_alive(SlotSet::first(alive));
    builder.set_label(LabelId{0}, SlotSet::first(label_slots));
    builder.set_column(KeyId{0}, std::vector<Cell>(values, Cell::of("x")));
    if (outgoing)
      builder.patch_adjacency(TypeId{0}, Direction::Out, limits,
                              std::vector<EdgeChange>{{0, 1, 0, false}});
    if (incoming)
      builder.patch_adjacency(TypeId{0}, Direction::In, limits,
                              std::vector<EdgeChange>{{1, incoming_start, 0, false}});
    writer.put(0, std::move(builder));
  }
};

bool says(const std::string& problems, const std::string& text) {
  INFO(problems);
  INFO(text);
  CHECK(problems.find(text) != std::string::npos);
  return true;
}

}  // namespace

TEST_CASE("Blocks that verify but do not agree are found, and named") {
  CHECK(Liar{}.problems() == "");
  says(Liar{.incoming = false}.problems(),
       "relationship 0 of type 'KNOWS': it goes from node 0 to node 1, but is not in the incoming "
       "list of node 1");
  says(Liar{.outgoing = false}.problems(), "is not in the outgoing list of node 0");
  says(Liar{.incoming_start = 1}.problems(),
       "the incoming list of node 1, type 'KNOWS': it has relationship 0 from node 1 to node 1, "
       "which goes from node 0 to node 1");
  says(Liar{.end = 7}.problems(), "relationship 0 has an end past the last node");
  says(Liar{.relationship_exists = false}.problems(),
       "it has relationship 0 from node 0 to node 1, which does not exist");
  says(Liar{.relationship_exists = false}.problems(),
       "it counts 1 relationships of type 'KNOWS', its segments hold 0");
  says(Liar{.nodes = 3}.problems(), "it counts 3 nodes, its segments hold 2");
  says(Liar{.labelled = 1}.problems(),
       "it counts 1 nodes with label 'Person', its segments hold 2");
  const std::string dead = Liar{.alive = 1}.problems();
  says(dead, "node segment 0, label 'Person': 1 slots have it where no node exists");
  says(dead, "node segment 0, property 'name': slot 1 has a value, but nothing exists there");
  says(dead, "node 1 has relationships, but does not exist");
  says(Liar{.lose_pages = true}.problems(), "are neither in a block nor free");
}

TEST_CASE("A new database is sound") {
  const Environment environment = memory_environment();
  Store::open(kPath, options_in(environment))->close();
  const Checked checked = check(environment, kPath);
  CHECK(checked.problems == "");
  CHECK(checked.report.sound());
  CHECK(checked.report.counts.checkpoint == 1);
  CHECK(checked.report.counts.blocks == 2);  // root and free map
}

TEST_CASE("What random work leaves is sound, with logs and without") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  const Environment environment = memory_environment();
  RandomChanges random(seed, 500);
  GraphModel graph;
  std::uint64_t logs = 0;  // looked at beside the files
  auto store = Store::open(kPath, options_in(environment));
  for (int round = 0; round < 40; ++round) {
    change(*store, random, graph, 60);
    if (random.chance(20)) store->checkpoint();
    if (random.chance(20)) {
      store->close();
      const Checked checked = check(environment, kPath);
      REQUIRE(checked.problems == "");
      CHECK(checked.report.counts.nodes == graph.nodes.size());
      CHECK(checked.report.counts.relationships == graph.edges.size());
      CHECK(checked.report.counts.logs == 0);
      store = Store::open(kPath, options_in(environment));
    }
    if (random.chance(20)) {
      copy_database(*environment.files, kPath, kCopy);
      const Checked checked = check(environment, kCopy);
      REQUIRE(checked.problems == "");
      CHECK(checked.report.counts.position == store->snapshot().position());
      logs += checked.report.counts.logs;
    }
  }
  CHECK(logs > 0);
}

TEST_CASE("A file that cannot be opened is an error that says why") {
  const Environment environment = memory_environment();
  const auto detail = [&] {
    try {
      check(environment, kPath);
    } catch (const StorageError& error) {
      return error.detail();
    }
    return std::string("none");
  };
  CHECK(detail() == "NotFound");
  environment.files->open(kPath, OpenMode::CreateNew);
  CHECK(detail() == "NotADatabase");
  environment.files->remove(kPath);
  Store::open(kPath, options_in(environment))->close();
  CHECK(detail() == "none");
  const auto file = environment.files->open(kPath, OpenMode::ReadWrite);
  const std::byte bad{9};
  file->write(kPageBytes + 50, {&bad, 1});
  CHECK(detail() == "CorruptMeta");
  file->write(kPageBytes + 8, {&bad, 1});
  CHECK(detail() == "FormatVersion");
}

TEST_CASE("Every byte of a used page is guarded") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  const Environment environment = memory_environment();
  make_small_graph(environment, seed);
  const auto unused = unused_pages(environment);
  const auto raw = environment.files->open(kPath, OpenMode::ReadWrite);
  const auto finds = [&](std::uint64_t at, std::uint8_t bit) {
    std::byte b;
    raw->read(at, {&b, 1});
    const std::byte bad = b ^ std::byte{bit};
    raw->write(at, {&bad, 1});
    bool found = false;
    try {
      found = !check(environment, kPath).report.sound();
    } catch (const StorageError&) {
      found = true;
    }
    raw->write(at, {&b, 1});
    return found;
  };
  // Every byte of one page, every few bytes of the others; all of them by KITH_EVERY_BYTE.
  std::mt19937_64 random(seed);
  const bool all = std::getenv("KITH_EVERY_BYTE") != nullptr;
  std::uint64_t flipped = 0;
  for (std::uint64_t page = 0; page < unused.size(); ++page) {
    std::uint64_t step = all ? 1 : unused[page] ? 2000 : 1 + random() % 200;
    for (std::uint64_t at = page * kPageBytes; at < (page + 1) * kPageBytes; at += step) {
      INFO("page " << page << ", byte " << at % kPageBytes);
      const bool found = finds(at, static_cast<std::uint8_t>(1u << random() % 8));
      if (found == unused[page]) REQUIRE(found != unused[page]);
      ++flipped;
    }
  }
  CHECK(flipped > 500);
  CHECK(check(environment, kPath).report.sound());
}

TEST_CASE("Every byte of a log is guarded, or of a tail that is told of") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  const Environment environment = memory_environment();
  RandomChanges random(seed, 20);
  GraphModel graph;
  std::uint64_t before_last = 0;  // what was on disk before the last commit, which says so
  {
    const auto store = Store::open(kPath, options_in(environment));
    for (int i = 0; i < 6; ++i) {
      before_last = store->stats().log_bytes;
      change(*store, random, graph, 10);
    }
    REQUIRE(list_logs(*environment.files, kPath).size() == 1);
    copy_database(*environment.files, kPath, kCopy);
  }
  const std::string log = log_path(kCopy, list_logs(*environment.files, kCopy).front());
  const auto raw = environment.files->open(log, OpenMode::ReadWrite);
  const std::uint64_t frames = check(environment, kCopy).report.counts.log_frames;
  std::uint64_t damaged = 0;
  for (std::uint64_t at = 0; at < frames * kFrameBytes; at += 1 + random.pick(150)) {
    std::byte b;
    raw->read(at, {&b, 1});
    const std::byte bad = b ^ std::byte{16};
    raw->write(at, {&bad, 1});
    const CheckReport report = check(environment, kCopy).report;
    const bool told = std::any_of(report.notes.begin(), report.notes.end(), [](const auto& note) {
      return note.find("never completely written") != std::string::npos;
    });
    INFO("byte " << at);
    if (report.sound()) REQUIRE((told && at >= before_last));
    damaged += report.sound() ? 0 : 1;
    raw->write(at, {&b, 1});
  }
  CHECK(damaged > 0);
}

TEST_CASE("A check beside a writer finds nothing wrong, whatever is written between two reads") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  const Environment plain = memory_environment();
  const auto hooked = std::make_shared<HookedFiles>(plain.files);  // shared: with the environment
  hooked->by_pages = true;
  Environment environment = plain;
  environment.files = hooked;
  RandomChanges random(seed, 100);
  GraphModel graph;
  auto store = Store::open(kPath, options_in(plain));
  const auto act = [&] {
    const std::uint64_t what = random.pick(100);
    if (what < 8) store->checkpoint();
    if (what < 4) store->close(), store = Store::open(kPath, options_in(plain));
    change(*store, random, graph, what < 15 ? 300 : 5);
  };
  std::uint64_t acts = 0, frames = 0;
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    if (random.chance(20)) store->close(), store = Store::open(kPath, options_in(plain));
    std::uint64_t left = random.pick(40);
    hooked->before = [&] {
      if (left == 0 || !random.chance(10)) return;
      --left, ++acts;
      act();
    };
    const Checked checked = check(environment, kPath);
    hooked->before = nullptr;
    REQUIRE(checked.problems == "");
    CHECK(checked.report.notes.end() ==
          std::find_if(checked.report.notes.begin(), checked.report.notes.end(), [](auto& note) {
            return note.find("never completely written") != std::string::npos;
          }));
    frames += checked.report.counts.log_frames;
    act();
  }
  CHECK(acts > 100);
  CHECK(frames > 100);
}

}  // namespace kith::storage::test
