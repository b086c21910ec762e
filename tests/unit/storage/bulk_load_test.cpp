// tests/unit/storage/bulk_load_test.cpp: what was loaded is what the base says.
#include "storage/bulk_load.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "core/encode.hpp"
#include "kith/error.hpp"
#include "storage/column/column_reader.hpp"
#include "storage/graph/base_file.hpp"
#include "tests/unit/storage/crash_disk.hpp"
#include "tests/unit/storage/disk_fixture.hpp"

namespace kith::storage {

namespace {

using Properties = std::map<std::uint32_t, std::string>;  // by key: the encoded value

struct LoadedNode {
  std::set<std::uint32_t> labels;
  Properties properties;
};
struct LoadedRelationship {
  std::uint32_t type;
  std::uint64_t start, end;
  Properties properties;
  friend auto operator<=>(const LoadedRelationship&, const LoadedRelationship&) = default;
};

std::string bytes_of(const Cell& cell) {
  std::string bytes;
  encode(bytes, cell);
  return bytes;
}

// A random graph, loaded and remembered.
class RandomGraph {
 public:
  RandomGraph(Random& random, BulkLoad& load, std::uint32_t label_sets, std::uint32_t node_count,
              std::uint32_t relationship_count)
      : random_(random), load_(load) {
    for (std::uint32_t i = 0; i < 10; ++i) load.intern_label("L" + std::to_string(i));
    for (std::uint32_t i = 0; i < 3; ++i) load.intern_type("T" + std::to_string(i));
    for (std::uint32_t i = 0; i < 5; ++i) load.intern_key("k" + std::to_string(i));
    while (ids_.size() < node_count) add_nodes(label_sets);
    while (made_.size() < relationship_count) add_relationships();
  }

  std::map<std::uint64_t, LoadedNode> nodes;
  std::multiset<LoadedRelationship> relationships() const { return {made_.begin(), made_.end()}; }
  std::uint64_t properties = 0;

 private:
  // Columns of a batch: key 0 integers, 1 strings, 2 integers or floats, 3 rare lists.
  std::vector<BulkColumn> make_columns(std::uint32_t rows, std::vector<Properties>& remembered) {
    remembered.assign(rows, {});
    std::vector<BulkColumn> columns;
    for (std::uint32_t key = 0; key < 4; ++key) {
      if (random_.one_in(4)) continue;
      Vector& vector = vectors_[key];
      const bool integers = key == 0 || (key == 2 && random_.one_in(2));
      vector.reset(integers   ? VectorType::Integer
                   : key == 1 ? VectorType::String
                   : key == 2 ? VectorType::Float
                              : VectorType::Any,
                   rows);
      for (std::uint32_t row = 0; row < rows; ++row) {
        Cell cell;
        if (integers) cell = Cell::of(static_cast<std::int64_t>(random_.below(1000)));
        if (key == 1)
          cell = Cell::of(vector.arena().copy(random_.text(random_.one_in(50) ? 5000 : 9)));
        if (key == 2 && !integers) cell = Cell::of(static_cast<double>(random_.word()));
        if (key == 3 && random_.one_in(20)) {
          const Cell items[] = {Cell::of(vector.arena().copy(random_.text(5)))};
          cell = make_list(vector.arena(), items);
        }
        if (random_.one_in(9)) cell = Cell::null();
        vector.set(row, cell);
        if (cell.is_null()) continue;
        remembered[row][key] = bytes_of(cell);
        ++properties;
      }
      columns.push_back({KeyId{key}, &vector});
    }
    return columns;
  }

  void add_nodes(std::uint32_t label_sets) {
    const auto rows =
        static_cast<std::uint32_t>(1 + random_.below(random_.one_in(20) ? 40000 : 700));
    const std::uint64_t set = random_.below(label_sets);
    std::vector<LabelId> labels;
    for (std::uint32_t i = 0; i < 10; ++i)
      if (set >> i & 1) labels.push_back(LabelId{i});
    std::vector<Properties> remembered;
    const auto columns = make_columns(rows, remembered);
    const std::vector<std::uint64_t> ids = load_.add_nodes(labels, rows, columns);
    for (std::uint32_t row = 0; row < rows; ++row) {
      LoadedNode& node = nodes[ids[row]];
      REQUIRE((node.labels.empty() && node.properties.empty()));
      for (const LabelId label : labels) node.labels.insert(label.value);
      node.properties = remembered[row];
      ids_.push_back(ids[row]);
    }
  }

  void add_relationships() {
    const auto rows = static_cast<std::uint32_t>(1 + random_.below(3000));
    const TypeId type{static_cast<std::uint32_t>(random_.below(3))};
    std::vector<Properties> remembered;
    const auto columns = make_columns(rows, remembered);
    std::vector<std::uint64_t> starts(rows), ends(rows);
    for (std::uint32_t row = 0; row < rows; ++row) {
      starts[row] = ids_[random_.one_in(3) ? 7 : random_.below(ids_.size())];
      ends[row] = random_.one_in(50) ? starts[row] : ids_[random_.below(ids_.size())];
      if (random_.one_in(10)) ends[row] = ids_[9];
      made_.push_back({type.value, starts[row], ends[row], remembered[row]});
    }
    load_.add_relationships(type, starts, ends, columns);
  }

  Random& random_;
  BulkLoad& load_;
  std::vector<std::uint64_t> ids_;
  std::vector<LoadedRelationship> made_;
  Vector vectors_[4];
};

Properties read_properties(const Base& base, std::span<const ColumnChunk> columns,
                           std::uint32_t slot) {
  Properties properties;
  Arena arena;
  for (const ColumnChunk& column : columns) {
    ColumnReader reader(base.pool(), column);
    const Cell cell = reader.read(slot, arena);
    if (!cell.is_null()) properties[column.key().value] = bytes_of(cell);
  }
  return properties;
}

std::uint64_t wrong_nodes(const Base& base, const std::map<std::uint64_t, LoadedNode>& nodes) {
  std::uint64_t wrong = 0, seen = 0;
  for (std::uint64_t number = 0; number < base.node_segments(); ++number) {
    const auto segment = base.node_segment(number);
    segment->alive().for_each([&](std::uint32_t slot) {
      ++seen;
      const auto found = nodes.find((number << kSegmentBits) + slot);
      if (found == nodes.end()) {
        ++wrong;
        return;
      }
      std::set<std::uint32_t> labels;
      for (const LabelSet& set : segment->labels())
        if (set.slots.contains(slot)) labels.insert(set.label.value);
      wrong += labels != found->second.labels ? 1 : 0;
      if (slot % 7 == 0)
        wrong += read_properties(base, segment->columns(), slot) != found->second.properties;
    });
  }
  return wrong + (seen != nodes.size() ? 1 : 0);
}

using Ends = std::tuple<std::uint32_t, std::uint64_t, std::uint64_t>;  // type, start, end
using EndsById = std::map<std::uint64_t, Ends>;

// Adds what a chunk says of each relationship; the number of neighbours that are out of order.
std::uint64_t read_lists(const Base& base, std::uint64_t number, const AdjacencyChunk& chunk,
                         EndsById& found) {
  std::uint64_t out_of_order = 0;
  AdjacencyReader reader(base.pool(), chunk);
  for (std::uint32_t slot = 0; slot < kSegmentSlots; ++slot) {
    const auto list = reader.list(slot);
    std::pair<std::uint64_t, std::uint64_t> before{0, 0};
    for (std::uint64_t p = list.first; p < list.end; ++p) {
      const std::uint64_t node = (number << kSegmentBits) + slot;
      const std::uint64_t other = reader.neighbour(p), id = reader.relationship(p);
      if (p > list.first) out_of_order += std::pair(other, id) <= before ? 1 : 0;
      before = {other, id};
      found[id] = chunk.direction() == Direction::Out ? Ends{chunk.type().value, node, other}
                                                      : Ends{chunk.type().value, other, node};
    }
  }
  return out_of_order;
}

// All relationships, and that both directions of adjacency name each, with its id.
std::multiset<LoadedRelationship> read_relationships(const Base& base) {
  std::multiset<LoadedRelationship> read;
  EndsById by_id, out, in;
  for (std::uint64_t number = 0; number < base.relationship_segments(); ++number) {
    const auto segment = base.relationship_segment(number);
    ColumnReader starts(base.pool(), segment->starts()), ends(base.pool(), segment->ends());
    segment->alive().for_each([&](std::uint32_t slot) {
      const auto start = static_cast<std::uint64_t>(starts.integer(slot));
      const auto end = static_cast<std::uint64_t>(ends.integer(slot));
      by_id[(number << kSegmentBits) + slot] = {segment->type().value, start, end};
      read.insert(
          {segment->type().value, start, end, read_properties(base, segment->columns(), slot)});
    });
  }
  std::uint64_t out_of_order = 0, edges = 0;
  for (std::uint64_t number = 0; number < base.node_segments(); ++number) {
    for (const AdjacencyChunk& chunk : base.node_segment(number)->adjacencies()) {
      const bool forward = chunk.direction() == Direction::Out;
      if (forward) CHECK(chunk.header.relationship_width == 0);
      out_of_order += read_lists(base, number, chunk, forward ? out : in);
      edges += chunk.edges();
    }
  }
  CHECK(out_of_order == 0);
  CHECK(edges == 2 * by_id.size());
  CHECK((out == by_id));
  CHECK((in == by_id));
  return read;
}

// Type, start and end of each relationship, by id.
struct Joined {
  std::uint32_t type;
  std::uint64_t id;
  std::int64_t start, end;
  friend bool operator==(const Joined&, const Joined&) = default;
};
std::vector<Joined> read_joined(const Base& base) {
  std::vector<Joined> read;
  for (std::uint64_t number = 0; number < base.relationship_segments(); ++number) {
    const auto segment = base.relationship_segment(number);
    const ColumnReader starts(base.pool(), segment->starts()), ends(base.pool(), segment->ends());
    for (std::uint32_t slot = 0; slot < segment->slots(); ++slot)
      read.push_back({segment->type().value, (number << kSegmentBits) + slot, starts.integer(slot),
                      ends.integer(slot)});
  }
  return read;
}

}  // namespace

TEST_CASE("A bulk load of a random graph is read back equal") {
  Random random;
  INFO(random.note());
  for (const std::uint32_t label_sets : {1u, 8u, 400u}) {
    const Environment environment = memory_environment();
    Scheduler scheduler(3);
    auto load = BulkLoad::create("dir/graph", environment, scheduler);
    const RandomGraph graph(random, *load, label_sets, 60'000, 80'000);
    double last = -1;
    bool ascends = true;
    const auto summary = load->finish([&](double share) {
      ascends = ascends && share >= last && share <= 1;
      last = share;
    });
    CHECK(ascends);
    CHECK(last == 1);
    load.reset();
    CHECK(environment.files->list("dir").size() == 1);
    const auto file = BaseFile::open(environment, "dir/graph", true, 1 << 20);
    const auto base = file->base();
    CHECK(summary.nodes == graph.nodes.size());
    CHECK(summary.relationships == graph.relationships().size());
    CHECK(summary.properties == graph.properties);
    CHECK(summary.file_bytes == file->file_bytes());
    CHECK(base->fields().nodes == graph.nodes.size());
    for (std::uint32_t label = 0; label < 10; ++label) {
      std::uint64_t count = 0;
      for (const auto& [id, node] : graph.nodes) count += node.labels.count(label);
      CHECK(base->fields().nodes_with(LabelId{label}) == count);
    }
    CHECK(wrong_nodes(*base, graph.nodes) == 0);
    const auto made = graph.relationships(), read = read_relationships(*base);
    CHECK(made.size() == base->fields().relationships);
    CHECK((made == read));
    for (std::uint32_t type = 0; type < 3; ++type) {
      const std::uint64_t open = base->fields().open_segment(TypeId{type});
      if (open != kNoSegment) CHECK(base->relationship_segment_brief(open).type == TypeId{type});
    }
    for (const OpenNodeSegment& open : base->fields().open_node_segments)
      CHECK(base->node_segment_brief(open.segment).slots < kSegmentSlots);
  }
}

TEST_CASE("While one thread adds to a bulk load, others help it") {
  const std::uint64_t seed = Random().word();
  INFO("seed " << seed);
  for (const std::uint64_t limit : {std::uint64_t{1} << 30, 4 * kMiB}) {
    Random random(seed);
    const Environment environment = memory_environment();
    Scheduler scheduler(2);
    const auto budget = std::make_shared<MemoryBudget>(limit);
    auto load = BulkLoad::create("dir/graph", environment, scheduler, {.budget = budget});
    std::atomic<bool> adding{true};
    std::atomic<int> helped{0};
    std::vector<std::thread> helpers;
    for (int i = 0; i < 3; ++i)
      helpers.emplace_back([&] {
        while (adding) load->help() ? static_cast<void>(++helped) : std::this_thread::yield();
      });
    const RandomGraph graph(random, *load, 3, 200'000, 20'000);
    while (load->help()) ++helped;
    adding = false;
    for (std::thread& helper : helpers) helper.join();
    if (limit > 4 * kMiB) CHECK(helped >= 3);  // one of each label set, at least
    CHECK_FALSE(load->help());
    const auto summary = load->finish({});
    load.reset();
    CHECK(budget->used() == 0);
    CHECK(summary.nodes == graph.nodes.size());
    const auto file = BaseFile::open(environment, "dir/graph", true, 1 << 20);
    CHECK(wrong_nodes(*file->base(), graph.nodes) == 0);
    CHECK((graph.relationships() == read_relationships(*file->base())));
  }
}

TEST_CASE("A helper's failure is an error, and nothing stays behind") {
  const auto disk = std::make_shared<test::CrashDisk>();
  std::atomic<bool> full{false};
  disk->before = [&](test::CrashDisk::Call call, const std::string&) {
    if (call == test::CrashDisk::Call::Write && full)
      throw StorageError("NoSpace", "cannot write: no space left on device");
  };
  Scheduler scheduler(2);
  auto load = BulkLoad::create("dir/graph", test::environment_of(disk), scheduler);
  Vector values;
  values.reset(VectorType::Integer, 2 * kSegmentSlots);
  for (std::uint32_t row = 0; row < values.rows(); ++row)
    values.set(row, Cell::of(std::int64_t{row} * row));
  const BulkColumn columns[] = {{load->intern_key("square"), &values}};
  load->add_nodes({}, values.rows(), columns);
  full = true;
  CHECK_THROWS_AS(load->help(), StorageError);
  load.reset();
  full = false;
  CHECK(disk->list("dir").empty());
}

TEST_CASE("A bulk load that does not fit into memory gives the same graph") {
  const std::uint64_t seed = Random().word();
  INFO("seed " << seed);
  for (const std::uint64_t limit : {std::uint64_t{1} << 30, 16 * kMiB, 4 * kMiB, kMiB / 4}) {
    Random random(seed);
    const Environment environment = memory_environment();
    Scheduler scheduler(3);
    const auto budget = std::make_shared<MemoryBudget>(limit);
    auto load = BulkLoad::create("dir/graph", environment, scheduler, {.budget = budget});
    const RandomGraph graph(random, *load, 8, 60'000, 200'000);
    const auto summary = load->finish({});
    load.reset();
    CHECK(budget->used() == 0);
    CHECK((summary.spooled_bytes > 0) == (limit < (std::uint64_t{1} << 30)));
    INFO("limit " << limit << ", peak " << budget->peak());
    // Besides, each of three workers has buffers.
    if (limit >= 4 * kMiB) CHECK(budget->peak() <= limit + 3 * kMiB / 2);
    CHECK(environment.files->list("dir").size() == 1);
    const auto file = BaseFile::open(environment, "dir/graph", true, 1 << 20);
    CHECK(wrong_nodes(*file->base(), graph.nodes) == 0);
    CHECK((graph.relationships() == read_relationships(*file->base())));
  }
}

TEST_CASE("Relationships get the same ids from any number of threads, in memory and spooled") {
  std::vector<Joined> reference;
  struct Case {
    std::uint64_t limit;
    std::uint32_t threads;
  };
  constexpr std::uint64_t kMuch = std::uint64_t{1} << 30;
  // One type after the other, both at the same time, no room for both, spooled by force.
  for (const auto [limit, threads] :
       {Case{kMuch, 1}, Case{kMuch, 3}, Case{5 * kMiB / 2, 3}, Case{1, 2}}) {
    INFO("limit " << limit << ", threads " << threads);
    const Environment environment = memory_environment();
    Scheduler scheduler(threads);
    auto load = BulkLoad::create("graph", environment, scheduler,
                                 {.budget = std::make_shared<MemoryBudget>(limit)});
    const TypeId types[] = {load->intern_type("A"), load->intern_type("B")};
    constexpr std::uint64_t kNodes = 4 * kSegmentSlots + 100;
    load->add_nodes({}, kNodes, {});
    std::mt19937_64 random(5);
    for (int batch = 0; batch < 40; ++batch) {
      std::vector<std::uint64_t> starts, ends;
      for (int i = 0; i < 3000; ++i) {
        starts.push_back(random() % 3 == 0 ? 3 : random() % (batch < 30 ? 100 : kNodes));
        ends.push_back(random() % 2 == 0 ? random() % 50 : random() % kNodes);  // some parallel
      }
      load->add_relationships(types[batch % 2], starts, ends, {});
    }
    const auto summary = load->finish({});
    CHECK((summary.spooled_bytes > 0) == (limit == 1));
    load.reset();
    const auto file = BaseFile::open(environment, "graph", true, 1 << 20);
    const std::vector<Joined> read = read_joined(*file->base());
    if (reference.empty()) reference = read;
    CHECK(read.size() == 120'000);
    CHECK((read == reference));
  }
}

TEST_CASE("A disk that is full while rows are spooled is an error, and nothing stays behind") {
  const auto disk = std::make_shared<test::CrashDisk>();
  Scheduler scheduler(2);
  std::atomic<std::uint64_t> writes{0}, allowed{UINT64_MAX};
  disk->before = [&](test::CrashDisk::Call call, const std::string&) {
    if (call == test::CrashDisk::Call::Write && ++writes > allowed)
      throw StorageError("NoSpace", "cannot write: no space left on device");
  };
  const auto run = [&] {
    auto load = BulkLoad::create("dir/graph", test::environment_of(disk), scheduler,
                                 {.budget = std::make_shared<MemoryBudget>(kMiB / 4)});
    const TypeId type = load->intern_type("T");
    load->add_nodes({}, 1000, {});
    std::vector<std::uint64_t> starts(5000), ends(5000);
    for (std::uint64_t i = 0; i < 5000; ++i) starts[i] = i % 997, ends[i] = i % 991;
    for (int batch = 0; batch < 10; ++batch) load->add_relationships(type, starts, ends, {});
    load->finish({});
  };
  run();
  const std::uint64_t all = writes;
  REQUIRE(all > 10);
  disk->remove("dir/graph");
  for (allowed = 0; allowed < all; ++allowed) {
    writes = 0;
    std::string detail;
    try {
      run();
    } catch (const StorageError& error) {
      detail = error.detail();
    }
    CHECK(detail == "NoSpace");
    CHECK(disk->list("dir").empty());
  }
}

TEST_CASE("What a killed load left behind is removed by the next one, and what is in use is not") {
  const Environment environment = memory_environment();
  Scheduler scheduler(1);
  const auto touch = [&](const std::string& name) {
    environment.files->open("dir/" + name, OpenMode::CreateNew);
  };
  touch("graph.tmp-0123456789abcdef");
  touch("graph.tmp-0123456789abcdeg");
  touch("other.tmp-0123456789abcdef");
  auto first = BulkLoad::create("dir/graph", environment, scheduler);
  CHECK_FALSE(environment.files->exists("dir/graph.tmp-0123456789abcdef"));
  CHECK(environment.files->list("dir").size() == 3);
  auto second = BulkLoad::create("dir/graph", environment, scheduler);
  CHECK(environment.files->list("dir").size() == 4);
  first->finish({});
  CHECK(environment.files->exists("dir/graph"));
}

TEST_CASE("An empty bulk load is an empty graph") {
  const Environment environment = memory_environment();
  Scheduler scheduler(1);
  BulkLoad::create("graph", environment, scheduler)->finish({});
  CHECK(BaseFile::open(environment, "graph", true, 0)->base()->fields().nodes == 0);
}

TEST_CASE("A bulk load that is not finished leaves nothing behind") {
  const Environment environment = memory_environment();
  Scheduler scheduler(1);
  {
    auto load = BulkLoad::create("dir/graph", environment, scheduler);
    load->add_nodes({}, 10, {});
    CHECK(environment.files->list("dir").size() == 1);
    CHECK_FALSE(environment.files->exists("dir/graph"));
  }
  CHECK(environment.files->list("dir").empty());
}

TEST_CASE("A bulk load does not replace a file") {
  const Environment environment = memory_environment();
  Scheduler scheduler(1);
  auto late = BulkLoad::create("graph", environment, scheduler);
  BulkLoad::create("graph", environment, scheduler)->finish({});
  CHECK_THROWS_AS(BulkLoad::create("graph", environment, scheduler), StorageError);
  CHECK_THROWS_AS(late->finish({}), StorageError);
}

TEST_CASE("A relationship whose end was not loaded is refused") {
  const Environment environment = memory_environment();
  Scheduler scheduler(1);
  auto load = BulkLoad::create("graph", environment, scheduler);
  const std::uint64_t first = load->add_nodes({}, 3, {}).front();
  const TypeId type = load->intern_type("T");
  const std::uint64_t start = first, beyond = first + 3;
  CHECK_THROWS_AS(load->add_relationships(type, {&start, 1}, {&beyond, 1}, {}), QueryError);
}

}  // namespace kith::storage
