// tests/unit/storage/base_test.cpp: checkpoints: what is committed is read back, what is not leaves
// no trace, and old bases stay readable.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "kith/error.hpp"
#include "storage/column/column_reader.hpp"
#include "storage/graph/base_file.hpp"
#include "tests/unit/storage/disk_fixture.hpp"

namespace kith::storage {

namespace {

constexpr std::uint64_t kPool = 1024 * 1024;
constexpr LabelId kLabel{0};
constexpr TypeId kType{0};
constexpr KeyId kKey{0};

// `count` nodes with the label and one property: factor * id.
BaseFields put_nodes(BaseWriter& writer, std::uint32_t count, std::int64_t factor) {
  for (std::uint64_t number = 0; number * kSegmentSlots < count; ++number) {
    const std::uint32_t first = static_cast<std::uint32_t>(number) * kSegmentSlots;
    const std::uint32_t slots = std::min(kSegmentSlots, count - first);
    NodeSegmentBuilder builder = writer.node_segment(number);
    builder.set_slots(slots);
    builder.set_alive(SlotSet::first(slots));
    builder.set_label(kLabel, SlotSet::first(slots));
    std::vector<Cell> cells;
    for (std::uint32_t i = 0; i < slots; ++i) cells.push_back(Cell::of(factor * (first + i)));
    builder.set_column(kKey, cells);
    writer.put(number, std::move(builder));
  }
  BaseFields fields;
  fields.node_id_limit = fields.nodes = count;
  fields.nodes_by_label = {count};
  return fields;
}

std::uint32_t wrong_nodes(const Base& base, std::uint32_t count, std::int64_t factor) {
  std::uint32_t wrong = base.fields().nodes == count ? 0 : 1;
  Arena arena;
  for (std::uint64_t number = 0; number < base.node_segments(); ++number) {
    const auto segment = base.node_segment(number);
    if (!segment || !segment->column(kKey)) return wrong + 1;
    ColumnReader reader(base.pool(), *segment->column(kKey));
    for (std::uint32_t slot = 0; slot < segment->slots(); ++slot) {
      const auto id = static_cast<std::int64_t>(number * kSegmentSlots + slot);
      const Cell cell = reader.read(slot, arena);
      wrong += segment->exists(slot) && cell.integer == factor * id ? 0 : 1;
    }
  }
  return wrong;
}

}  // namespace

TEST_CASE("A new file is an empty graph, and is not made twice") {
  const Environment environment = memory_environment();
  BaseFile::create(environment, "dir/graph", 77);
  CHECK_THROWS_AS(BaseFile::create(environment, "dir/graph", 77), StorageError);
  const auto file = BaseFile::open(environment, "dir/graph", true, kPool);
  CHECK(file->database_id() == 77);
  CHECK(file->base()->fields().nodes == 0);
  CHECK(file->base()->node_segments() == 0);
  CHECK(file->base()->node_segment(0) == nullptr);
  CHECK(file->base()->catalog().labels.size() == 0);
  CHECK_FALSE(file->other_meta_was_invalid());
  CHECK(environment.files->list("dir").size() == 1);
}

TEST_CASE("Everything a checkpoint says is there after opening the file again") {
  const Environment environment = memory_environment();
  BaseFile::create(environment, "graph", 77);
  {
    const auto file = BaseFile::open(environment, "graph", false, kPool);
    BaseWriter writer(*file);
    BaseFields fields = put_nodes(writer, 600 * kSegmentSlots / 8, 3);
    auto catalog = std::make_shared<Catalog>();
    catalog->labels.add("Person");
    catalog->types.add("KNOWS");
    catalog->keys.add("größe");
    writer.set_catalog(catalog);
    writer.set_carry("some records");
    RelationshipSegmentBuilder builder = writer.relationship_segment(300, kType);
    builder.set_slots(3);
    builder.set_alive(SlotSet::first(2));
    builder.patch_ends(std::vector<EndsChange>{{0, 1, 2}, {1, 5'000'000'000, 3}});
    builder.patch_column(kKey, std::vector<CellChange>{{1, Cell::of("since")}});
    writer.put(300, std::move(builder));
    fields.relationship_segments = 301;
    fields.relationships = 2;
    fields.relationships_by_type = {2};
    fields.open_relationship_segment = {300};
    fields.open_node_segments = {{{kLabel}, 74}};
    fields.position = 55;
    fields.first_log = 9;
    writer.commit(fields);
  }
  const auto file = BaseFile::open(environment, "graph", true, kPool);
  const auto base = file->base();
  CHECK(base->checkpoint() == 2);
  CHECK(base->fields().position == 55);
  CHECK(base->fields().first_log == 9);
  CHECK(base->fields().nodes_with(kLabel) == 600 * kSegmentSlots / 8);
  CHECK(base->fields().relationships_of(kType) == 2);
  CHECK(base->fields().relationships_of(TypeId{9}) == 0);
  CHECK(base->fields().open_segment(kType) == 300);
  CHECK(base->fields().open_segment(TypeId{9}) == kNoSegment);
  REQUIRE(base->fields().open_node_segments.size() == 1);
  CHECK(base->fields().open_node_segments[0].segment == 74);
  CHECK(base->fields().open_node_segments[0].labels == std::vector<LabelId>{kLabel});
  CHECK(base->catalog().find_key("größe") == KeyId{0});
  CHECK(base->read_carry() == "some records");
  CHECK(wrong_nodes(*base, 600 * kSegmentSlots / 8, 3) == 0);
  CHECK(base->relationship_segment(299) == nullptr);
  CHECK(base->relationship_segment_brief(300).alive == 2);
  const auto segment = base->relationship_segment(300);
  REQUIRE(segment != nullptr);
  CHECK((segment->exists(1) && !segment->exists(2)));
  CHECK(ColumnReader(base->pool(), segment->starts()).integer(1) == 5'000'000'000);
  CHECK(ColumnReader(base->pool(), segment->ends()).integer(0) == 2);
  Arena arena;
  CHECK(ColumnReader(base->pool(), *segment->column(kKey)).read(1, arena).string() == "since");
}

TEST_CASE("A base stays readable through later checkpoints, and its pages are reused after it") {
  const Environment environment = memory_environment();
  BaseFile::create(environment, "graph", 77);
  const auto file = BaseFile::open(environment, "graph", false, 0);
  std::vector<std::pair<std::int64_t, std::shared_ptr<const Base>>> held;
  constexpr std::uint32_t kNodes = 3 * kSegmentSlots + 5;
  const auto write = [&](std::int64_t factor) {
    BaseWriter writer(*file);
    return writer.commit(put_nodes(writer, kNodes, factor));
  };
  for (std::int64_t factor = 1; factor <= 6; ++factor)
    held.emplace_back(factor * 1000, write(factor * 1000));
  for (const auto& [factor, base] : held) CHECK(wrong_nodes(*base, kNodes, factor) == 0);
  held.erase(held.begin(), held.begin() + 4);
  const std::uint64_t size = file->file_bytes();
  for (std::int64_t factor = 7; factor <= 30; ++factor) {
    write(factor * 1000);
    for (const auto& [old, base] : held) REQUIRE(wrong_nodes(*base, kNodes, old) == 0);
  }
  CHECK(file->file_bytes() <= size + size / 4);
  CHECK(wrong_nodes(*file->base(), kNodes, 30000) == 0);
}

TEST_CASE("A writer that does not commit leaves no trace") {
  const Environment environment = memory_environment();
  BaseFile::create(environment, "graph", 77);
  const auto file = BaseFile::open(environment, "graph", false, kPool);
  {
    BaseWriter writer(*file);
    writer.commit(put_nodes(writer, 1000, 2));
  }
  const std::uint64_t free = file->free_bytes(), used = file->file_bytes() - free;
  {
    BaseWriter writer(*file);
    put_nodes(writer, 40000, 5);
  }
  CHECK(file->file_bytes() - file->free_bytes() == used);
  CHECK(wrong_nodes(*file->base(), 1000, 2) == 0);
  CHECK(wrong_nodes(*BaseFile::open(environment, "graph", true, kPool)->base(), 1000, 2) == 0);
}

TEST_CASE("Segments nobody changed are shared with the next base") {
  const Environment environment = memory_environment();
  BaseFile::create(environment, "graph", 77);
  const auto file = BaseFile::open(environment, "graph", false, kPool);
  std::shared_ptr<const Base> before, after;
  {
    BaseWriter writer(*file);
    before = writer.commit(put_nodes(writer, 2 * kSegmentSlots, 2));
  }
  {
    BaseWriter writer(*file);
    NodeSegmentBuilder builder = writer.node_segment(1);
    builder.patch_column(kKey, std::vector<CellChange>{{5, Cell::of("text")}});
    writer.put(1, std::move(builder));
    after = writer.commit(before->fields());
  }
  CHECK(after->node_segment(0).get() == before->node_segment(0).get());
  CHECK(after->node_segment(1).get() != before->node_segment(1).get());
  CHECK(after->shared_catalog() == before->shared_catalog());
  CHECK(wrong_nodes(*before, 2 * kSegmentSlots, 2) == 0);
  Arena arena;
  const auto changed = after->node_segment(1);
  ColumnReader reader(after->pool(), *changed->column(kKey));
  CHECK(reader.read(5, arena).string() == "text");
  CHECK(reader.read(6, arena).integer == 2 * (kSegmentSlots + 6));
}

TEST_CASE("Directories nobody uses are given up, pinned ones stay, and all are counted") {
  const Environment environment = memory_environment();
  BaseFile::create(environment, "graph", 77);
  constexpr std::uint32_t kSegments = 600;
  {
    const auto file = BaseFile::open(environment, "graph", false, 64 * kPool);
    BaseWriter writer(*file);
    BaseFields fields;
    for (std::uint64_t number = 0; number < kSegments; ++number) {
      NodeSegmentBuilder builder = writer.node_segment(number);
      builder.set_slots(kSegmentSlots);
      SlotBits even;
      even.fill(0x5555555555555555);
      builder.set_alive(SlotSet::of(even));  // a bitmap: 2 KiB a directory
      writer.put(number, std::move(builder));
    }
    fields.node_id_limit = std::uint64_t{kSegments} << kSegmentBits;
    writer.commit(fields);
  }
  const auto budget = std::make_shared<MemoryBudget>(kPool);
  const auto file = BaseFile::open(environment, "graph", true, PoolMemory(budget));
  const std::uint64_t before = budget->used();
  const auto base = file->base();
  std::vector<SegmentPin<NodeSegment>> held;
  for (std::uint64_t number = 0; number < 10; ++number) held.push_back(base->node_segment(number));
  const NodeSegment* first = held[0].get();
  for (std::uint64_t number = 0; number < kSegments; ++number) {
    CHECK(base->node_segment(number)->alive().count() == kSegmentSlots / 2);
    CHECK(budget->used() <= before + kPool / 8 + 16 * 1024);
  }
  CHECK(budget->used() > before + 32 * 2048);
  CHECK(base->node_segment(0).get() == first);
  CHECK(held[9]->alive().contains(2));
  // Others get the memory of all that is not pinned.
  Reservation sort(*budget, "the sort");
  CHECK(sort.try_resize(budget->limit() - before - 32 * 1024));
  CHECK(budget->used() <= budget->limit());
  CHECK(held[0]->alive().contains(4));
  CHECK(base->node_segment(500)->alive().contains(4));  // over the limit, but it cannot be refused
}

TEST_CASE("Threads pin directories while they are evicted") {
  const Environment environment = memory_environment();
  BaseFile::create(environment, "graph", 77);
  constexpr std::uint32_t kNodes = 40 * kSegmentSlots;
  {
    const auto file = BaseFile::open(environment, "graph", false, kPool);
    BaseWriter writer(*file);
    writer.commit(put_nodes(writer, kNodes, 3));
  }
  PoolMemory memory(kPool);
  memory.directories = 5000;
  const auto file = BaseFile::open(environment, "graph", true, memory);
  std::atomic<std::uint64_t> wrong{0};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      Random random(t);
      std::vector<SegmentPin<NodeSegment>> held(3);
      for (int i = 0; i < 20000; ++i) {
        const std::uint64_t number = random.below(40);
        SegmentPin<NodeSegment> pin = file->base()->node_segment(number);
        const auto least = static_cast<std::int64_t>(number * kSegmentSlots * 3);
        if (pin->slots() != kSegmentSlots || pin->column(kKey)->minimum().integer != least) ++wrong;
        held[random.below(3)] = std::move(pin);
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("Labels, columns and lists of a segment are replaced, patched and dropped") {
  const Environment environment = memory_environment();
  BaseFile::create(environment, "graph", 77);
  const auto file = BaseFile::open(environment, "graph", false, kPool);
  const AdjacencyLimits limits{100, 100};
  BaseFields fields;
  {
    BaseWriter writer(*file);
    NodeSegmentBuilder builder = writer.node_segment(0);
    builder.set_slots(10);
    builder.set_alive(SlotSet::first(10));
    builder.set_label(LabelId{5}, SlotSet::first(3));
    builder.set_label(LabelId{1}, SlotSet::first(10));
    for (const std::uint32_t key : {7u, 2u, 4u})
      builder.patch_column(KeyId{key}, std::vector<CellChange>{{3, Cell::of(std::int64_t{key})}});
    for (const Direction direction : {Direction::In, Direction::Out})
      builder.patch_adjacency(TypeId{3}, direction, limits,
                              std::vector<EdgeChange>{{4, 9, 1, false}});
    writer.put(0, std::move(builder));
    fields.node_id_limit = 10;
    writer.commit(fields);
  }
  const auto before = file->base();
  {
    BaseWriter writer(*file);
    NodeSegmentBuilder builder = writer.node_segment(0);
    builder.set_label(LabelId{5}, SlotSet());
    builder.patch_column(KeyId{4}, std::vector<CellChange>{{3, Cell::null()}});
    builder.patch_adjacency(TypeId{3}, Direction::In, limits,
                            std::vector<EdgeChange>{{4, 9, 1, true}});
    writer.put(0, std::move(builder));
    writer.commit(fields);
  }
  const auto reopened = BaseFile::open(environment, "graph", true, kPool);
  const auto old = before->node_segment(0);
  CHECK((old->label(LabelId{5}) && old->column(KeyId{4}) &&
         old->adjacency(TypeId{3}, Direction::In)));
  for (const Base* base : {file->base().get(), reopened->base().get()}) {
    const auto segment = base->node_segment(0);
    CHECK(segment->label(LabelId{5}) == nullptr);
    CHECK(segment->label(LabelId{1})->is_all(10));
    CHECK(segment->column(KeyId{4}) == nullptr);
    CHECK(segment->columns().size() == 2);
    CHECK(segment->adjacency(TypeId{3}, Direction::In) == nullptr);
    CHECK(segment->adjacency(TypeId{3}, Direction::Out)->edges() == 1);
  }
}

TEST_CASE("Every block that a checkpoint reaches is guarded by its checksum") {
  const Environment environment = memory_environment();
  BaseFile::create(environment, "graph", 77);
  std::uint64_t pages = 0;
  {
    const auto file = BaseFile::open(environment, "graph", false, kPool);
    BaseWriter writer(*file);
    auto catalog = std::make_shared<Catalog>();
    catalog->labels.add("Person");
    writer.set_catalog(catalog);
    writer.commit(put_nodes(writer, 20000, 123456789));
    pages = file->file_bytes() / kPageBytes;
  }
  const auto sound = [&] {
    try {
      return wrong_nodes(*BaseFile::open(environment, "graph", true, kPool)->base(), 20000,
                         123456789) == 0;
    } catch (const StorageError&) {
      return false;
    }
  };
  REQUIRE(sound());
  const auto raw = environment.files->open("graph", OpenMode::ReadWrite);
  Random random;
  INFO(random.note());
  std::uint64_t noticed = 0, harmless = 0;
  for (std::uint64_t page = 0; page < pages; ++page) {
    const std::uint64_t at = page * kPageBytes + random.below(16);  // a header or a payload
    std::byte b;
    raw->read(at, {&b, 1});
    const std::byte bad = b ^ std::byte{1};
    raw->write(at, {&bad, 1});
    ++(sound() ? harmless : noticed);  // harmless: free pages, the older meta page
    raw->write(at, {&b, 1});
  }
  const auto file = BaseFile::open(environment, "graph", true, kPool);
  CHECK(noticed > 0);
  CHECK(harmless <= file->free_bytes() / kPageBytes + kFirstBlockPage);
  CHECK(sound());
}

TEST_CASE("A meta page that does not verify is reported, and the older checkpoint serves") {
  const Environment environment = memory_environment();
  BaseFile::create(environment, "graph", 77);
  {
    const auto file = BaseFile::open(environment, "graph", false, kPool);
    BaseWriter writer(*file);
    writer.commit(put_nodes(writer, 100, 1));
  }
  const auto raw = environment.files->open("graph", OpenMode::ReadWrite);
  const std::byte bad{0xFF};
  raw->write(30, {&bad, 1});  // checkpoint 2 is in page 0
  const auto file = BaseFile::open(environment, "graph", true, kPool);
  CHECK(file->other_meta_was_invalid());
  CHECK(file->base()->checkpoint() == 1);
}

TEST_CASE("A reader of the same file sees the next checkpoint when it asks") {
  const Environment environment = memory_environment();
  BaseFile::create(environment, "graph", 77);
  const auto writer_file = BaseFile::open(environment, "graph", false, kPool);
  const auto reader_file = BaseFile::open(environment, "graph", true, kPool);
  CHECK_FALSE(reader_file->refresh());
  {
    BaseWriter writer(*writer_file);
    writer.commit(put_nodes(writer, 100, 1));
  }
  CHECK(reader_file->base()->fields().nodes == 0);
  CHECK(reader_file->refresh());
  CHECK(wrong_nodes(*reader_file->base(), 100, 1) == 0);
}

}  // namespace kith::storage
