// tests/unit/storage/index_build_test.cpp: sorting entries within little memory; building from a
// graph that is there; duplicates.
#include "storage/log/index_build.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "kith/error.hpp"
#include "storage/delta/root.hpp"
#include "storage/index.hpp"
#include "storage/store.hpp"
#include "storage/writer.hpp"
#include "tests/unit/storage/disk_fixture.hpp"
#include "tests/unit/storage/hooked_files.hpp"

namespace kith::storage {
namespace {

TEST_CASE("Sorted entries come out in order, whether they fit into memory or not") {
  for (const std::uint64_t memory : {std::uint64_t{2000}, std::uint64_t{100'000}, kMiB}) {
    Random random;
    INFO(random.note());
    SortOptions options = sort_options(memory_environment(), "/graph.kith", 0);
    options.memory_bytes = memory;
    std::set<std::string> all;
    EntrySorters sorters;
    for (std::uint64_t workers = 1 + random.below(3); workers > 0; --workers) {
      sorters.push_back(std::make_unique<EntrySorter>(options));
      const std::uint64_t wanted_entries = random.below(3000);
      for (std::uint64_t n = wanted_entries; n > 0; --n) {
        // Many begin alike, for longer than the bytes that are compared at once.
        const std::string text =
            std::string(random.below(30), 's') + random.text(random.one_in(20) ? 390 : 3);
        std::string entry;
        put_key(entry, Cell::of(std::string_view(text)));
        cut_key(entry);
        put_entry_id(entry, random.below(50));
        if (all.insert(entry).second) sorters.back()->add(entry);
      }
      sorters.back()->finish();
      if (memory == 2000 && wanted_entries > 1000) CHECK(sorters.back()->runs() > 1);
    }
    SortedEntries sorted(sorters);
    std::string_view entry;
    bool present = false;
    auto wanted = all.begin();
    for (; sorted.peek(entry, present); sorted.next(), ++wanted) {
      REQUIRE(wanted != all.end());
      REQUIRE(entry == *wanted);
      CHECK(present);
    }
    CHECK(wanted == all.end());
  }
}

std::vector<std::string> all_of(IndexChanges& entries) {
  std::vector<std::string> all;
  std::string_view entry;
  for (bool present = false; entries.peek(entry, present); entries.next()) all.emplace_back(entry);
  return all;
}

TEST_CASE("Ranges of entries are all entries, cut between keys, however they were sorted") {
  Random random;
  INFO(random.note());
  std::set<std::string> all;
  const std::uint64_t keys = random.one_in(2) ? 40 : 1'000'000;  // many ids a key, or few
  while (all.size() < 5 * EntryRanges::kEntries) {
    std::string entry;
    put_key(entry, Cell::of(static_cast<std::int64_t>(random.below(keys))));
    put_entry_id(entry, random.below(100'000));
    all.insert(entry);
  }
  std::vector<std::string> lows;
  for (const std::size_t workers : {1u, 3u}) {
    EntrySorters sorters;
    for (std::size_t i = 0; i < workers; ++i)
      sorters.push_back(std::make_unique<EntrySorter>(SortOptions{}));
    for (const std::string& entry : all) sorters[random.below(workers)]->add(entry);
    for (const auto& sorter : sorters) sorter->finish();
    const EntryRanges ranges(sorters);
    CHECK(ranges.size() > 2);
    std::vector<std::string> found, mine;
    bool cut_between_keys = true, separated = true;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      SortedEntries entries(ranges, i);
      const auto range = all_of(entries);
      REQUIRE(range.size() >= EntryRanges::kEntries / 2);
      mine.push_back(ranges.low(i));
      if (i > 0) {
        cut_between_keys =
            cut_between_keys && key_of_entry(found.back()) != key_of_entry(range.front());
        separated = separated && found.back() < mine.back() && mine.back() <= range.front();
      }
      found.insert(found.end(), range.begin(), range.end());
    }
    CHECK(cut_between_keys);
    CHECK(separated);
    CHECK((found == std::vector<std::string>(all.begin(), all.end())));
    CHECK((lows.empty() || lows == mine));
    lows = mine;
  }
}

TEST_CASE("Entries of one key, in files, or few are one range") {
  for (const int kind : {0, 1, 2}) {
    SortOptions options = sort_options(memory_environment(), "/graph.kith", 0);
    options.memory_bytes = kind == 1 ? kMiB : 1024 * kMiB;
    EntrySorters sorters;
    sorters.push_back(std::make_unique<EntrySorter>(options));
    const std::uint64_t count = kind == 2 ? 1000 : 3 * EntryRanges::kEntries;
    for (std::uint64_t i = 0; i < count; ++i) {
      std::string entry;
      put_key(entry, Cell::of(static_cast<std::int64_t>(kind == 0 ? 7 : i)));
      put_entry_id(entry, i);
      sorters.back()->add(entry);
    }
    sorters.back()->finish();
    CHECK((sorters.back()->runs() > 1) == (kind == 1));
    const EntryRanges ranges(sorters);
    CHECK(ranges.size() == 1);
    CHECK(ranges.low(0).empty());
    SortedEntries entries(ranges, 0);
    CHECK(all_of(entries).size() == count);
  }
}

// People with ids, and relationships between neighbours.
class People {
 public:
  explicit People(std::uint64_t memory = 64 * kMiB,
                  Environment environment = memory_environment()) {
    options_.environment = std::move(environment);
    options_.memory_limit_bytes = memory;
    open();
  }
  void open() { store = Store::open("/graph.kith", options_); }
  void add(std::int64_t first, std::int64_t count) {
    change([&](Transaction& tx) {
      const LabelId label = tx.intern_label("Person");
      const KeyId id = tx.intern_key("id"), name = tx.intern_key("name");
      const TypeId type = tx.intern_type("KNOWS");
      std::optional<NodeId> last;
      for (std::int64_t i = first; i < first + count; ++i) {
        const std::string text = "person " + std::to_string(i % 10);
        const Property properties[] = {{id, Cell::of(i)}, {name, Cell::of(std::string_view(text))}};
        const NodeId node = tx.create_node(std::span(&label, 1), properties);
        if (last) tx.create_relationship(type, *last, node, std::span(properties, 1));
        last = node;
      }
    });
  }
  template <class Work>
  void change(Work&& work) {
    const auto tx = store->begin();
    tx->begin_statement();
    work(*tx);
    tx->end_statement();
    tx->commit();
  }
  const IndexDef& index(const View& view, std::string_view name) {
    const IndexDef* found = view.schema().find_index(name);
    REQUIRE(found);
    REQUIRE(is_online(view, *found));
    return *found;
  }
  std::size_t count(const View& view, std::string_view name) {
    IndexCursor cursor(view, index(view, name));
    cursor.seek({});
    std::vector<std::uint64_t> ids(1000);
    std::size_t all = 0;
    while (const std::size_t some = cursor.next(ids)) all += some;
    return all;
  }

  std::shared_ptr<Store> store;
  const SchemaToken person = SchemaToken::of(LabelId{0}), knows = SchemaToken::of(TypeId{0});

 private:
  StoreOptions options_;
};

TEST_CASE("An index on a graph that is there is built by the commit that makes it") {
  People people(16 * kMiB);  // so that the sort needs its file
  for (std::int64_t first = 0; first < 75'000; first += 5000) people.add(first, 5000);
  people.store->checkpoint();
  people.add(75'000, 5000);
  people.change([&](Transaction& tx) {
    tx.create_index({0, "by_id", people.person, {{0}}});
    tx.create_index({0, "by_name", people.person, {{1}, {0}}});
    tx.create_index({0, "edges", people.knows, {{0}}});
  });
  View view = people.store->snapshot();
  CHECK(people.count(view, "by_id") == 80'000);
  CHECK(people.count(view, "by_name") == 80'000);
  CHECK(people.count(view, "edges") == 79'984);
  CHECK(index_statistics(view, people.index(view, "by_id")).distinct == 80'000);
  const Cell name = Cell::of(std::string_view("person 3"));
  IndexRange range;
  range.equal = std::span(&name, 1);
  CHECK(estimate_entries(view, people.index(view, "by_name"), range) == 8000);
  Arena arena;
  const IndexBounds bounds = index_bounds(view, people.index(view, "by_id"), arena);
  CHECK(bounds.least.integer == 0);
  CHECK(bounds.greatest.integer == 79'999);
  people.store->close();
  people.open();
  CHECK(people.count(people.store->snapshot(), "by_name") == 80'000);
}

TEST_CASE("An index on nothing is online at once, in the transaction that makes it too") {
  People people;
  people.add(0, 10);
  const auto tx = people.store->begin();
  tx->begin_statement();
  const LabelId city = tx->intern_label("City");
  tx->create_index({0, "cities", SchemaToken::of(city), {{0}}});
  tx->create_index({0, "people", people.person, {{0}}});
  const Property id{KeyId{0}, Cell::of(std::int64_t{5})};
  tx->create_node(std::span(&city, 1), std::span(&id, 1));
  tx->end_statement();
  const View view = tx->view();
  CHECK(people.count(view, "cities") == 1);
  CHECK_FALSE(is_online(view, *view.schema().find_index("people")));
  const std::uint64_t version = plan_version(view);
  tx->commit();
  CHECK(plan_version(people.store->snapshot()) != version);
  CHECK(people.count(people.store->snapshot(), "people") == 10);
}

TEST_CASE("A dropped index gives its pages back") {
  People people;
  people.add(0, 20'000);
  people.store->checkpoint();
  people.store->checkpoint();
  const auto used = [&] {
    const StoreStats stats = people.store->stats();
    return stats.file_bytes - stats.free_bytes;
  };
  const std::uint64_t before = used();
  people.change([&](Transaction& tx) { tx.create_index({0, "by_id", people.person, {{0}}}); });
  people.store->checkpoint();
  CHECK(used() > before + 100'000);
  people.change([&](Transaction& tx) { tx.drop_index("by_id"); });
  people.store->checkpoint();
  CHECK(used() < before + 20'000);
}

TEST_CASE("A cursor on a running transaction goes on after changes") {
  People people;
  people.add(0, 100);
  people.change([&](Transaction& tx) { tx.create_index({0, "by_id", people.person, {{0}}}); });
  const auto tx = people.store->begin();
  tx->begin_statement();
  for (const IndexOrder order : {IndexOrder::Ascending, IndexOrder::Descending}) {
    IndexCursor cursor(tx->view(), *tx->view().schema().find_index("by_id"), order);
    cursor.seek({});
    std::uint64_t ids[10];
    std::vector<std::uint64_t> all;
    Arena arena;
    while (const std::size_t count = cursor.next(ids)) {
      for (std::size_t i = 0; i < count; ++i) {
        all.push_back(ids[i]);
        tx->set_property(NodeId{ids[i]}, KeyId{1}, Cell::of(std::int64_t{1}));  // not in the index
        tx->set_property(NodeId{ids[i]}, KeyId{0},
                         tx->view().property(NodeId{ids[i]}, KeyId{0}, arena));
      }
    }
    std::sort(all.begin(), all.end());
    CHECK(all.size() == 100);
    CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
  }
  tx->end_statement();
}

TEST_CASE(
    "Duplicates are found in the order of keys; NaN equals nothing; long values are compared") {
  People people;
  const std::string common(500, 'x');
  people.change([&](Transaction& tx) {
    const LabelId label = tx.intern_label("Person");
    const KeyId key = tx.intern_key("id");
    const std::string a = common + "a", b = common + "b";
    const Cell values[] = {Cell::of(std::int64_t{7}),
                           Cell::of(NAN),
                           Cell::of(NAN),
                           Cell::of(7.0),
                           Cell::of(std::string_view(a)),
                           Cell::of(std::string_view(b)),
                           Cell::of(std::string_view(a)),
                           Cell::of(std::int64_t{3}),
                           Cell::of(3.5)};
    for (const Cell& value : values) {
      const Property property{key, value};
      tx.create_node(std::span(&label, 1), std::span(&property, 1));
    }
  });
  const KeyId key{0};
  const View view = people.store->snapshot();
  const auto entries = sort_entries(view, people.person, std::span(&key, 1),
                                    sort_options(memory_environment(), "/graph.kith", 64 * kMiB));
  for (const std::size_t most : {std::size_t{10}, std::size_t{1}}) {
    const Duplicates found =
        find_duplicates(view, people.person, std::span(&key, 1), *entries, most);
    CHECK(found.count == 2);
    REQUIRE(found.first.size() == std::min<std::size_t>(most, 2));
    CHECK(found.first[0].lowest == 0);
    CHECK(found.first[0].id == 3);
    if (most == 1) continue;
    CHECK(found.first[1].lowest == 4);
    CHECK(found.first[1].id == 6);
  }
}

// Files that count how many temporary ones were made.
struct CountedFiles {
  std::shared_ptr<test::HookedFiles> files =
      std::make_shared<test::HookedFiles>(memory_environment().files);  // shared: with the store
  Environment environment() const {
    Environment made = memory_environment();
    made.files = files;
    return made;
  }
};

TEST_CASE("Runs that are too many are merged in passes, within the memory that is allowed") {
  const auto budget = std::make_shared<MemoryBudget>(kMiB);  // shared: with the sorter
  SortOptions options = sort_options(memory_environment(), "/graph.kith", 0, budget);
  options.memory_bytes = 512 * 1024;
  constexpr std::uint64_t kEntries = 300'000;
  {
    EntrySorters sorters;
    sorters.push_back(std::make_unique<EntrySorter>(options));
    for (std::uint64_t i = 0; i < kEntries; ++i) {
      std::string entry;
      put_key(entry, Cell::of(static_cast<std::int64_t>(i * 7919 % kEntries)), kCutKeyBytes);
      put_entry_id(entry, i);
      sorters[0]->add(entry);
    }
    sorters[0]->finish();
    CHECK(sorters[0]->runs() <= 4);  // of some twenty
    CHECK(sorters[0]->memory_bytes() == 0);
    for (int reader = 0; reader < 2; ++reader) {
      SortedEntries sorted(sorters);
      std::string_view entry;
      std::string last;
      std::uint64_t count = 0;
      bool present = false, ascending = true;
      for (; sorted.peek(entry, present); sorted.next(), ++count) {
        ascending = ascending && last < entry;
        last = entry;
      }
      CHECK(ascending);
      CHECK(count == kEntries);
    }
  }
  CHECK(budget->peak() <= kMiB);
  CHECK(budget->used() == 0);
}

TEST_CASE("What others have is not taken for sorting: less memory is more runs") {
  const auto budget = std::make_shared<MemoryBudget>(kMiB);  // shared: with the sorter
  const Reservation others(*budget, "others", kMiB - 200 * 1024);
  SortOptions options = sort_options(memory_environment(), "/graph.kith", 0, budget);
  options.memory_bytes = kMiB;
  EntrySorter sorter(options);
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    std::string entry = "key " + std::to_string(i * 7919 % 20'000);
    put_entry_id(entry, i);
    sorter.add(entry);
    REQUIRE(budget->used() <= kMiB);
  }
  sorter.finish();
  CHECK(sorter.runs() > 1);
}

ConstraintDef unique(SchemaToken token, const char* name, std::vector<KeyId> keys) {
  ConstraintDef made;
  made.kind = ConstraintKind::Unique;
  made.name = name;
  made.token = token;
  made.keys = std::move(keys);
  return made;
}

TEST_CASE("Duplicates are found by all threads as by one") {
  People people;
  for (std::int64_t first = 0; first < 140'000; first += 5000) people.add(first, 5000);
  people.change([&](Transaction& tx) {
    for (const std::uint64_t node : {139'999u, 77'777u, 70'001u})
      tx.set_property(NodeId{node}, KeyId{0}, Cell::of(std::int64_t{12}));
    tx.set_property(NodeId{5}, KeyId{0}, Cell::of(std::int64_t{131'071}));
  });
  const View view = people.store->snapshot();
  const KeyId id{0};
  const auto seed = sort_entries(view, people.person, std::span(&id, 1), SortOptions{});
  REQUIRE(EntryRanges(seed->sorters).size() > 1);
  const Duplicates found = find_duplicates(view, people.person, std::span(&id, 1), *seed, 3);
  CHECK(found.count == 4);
  REQUIRE(found.first.size() == 3);
  const std::uint64_t wanted[][2] = {{12, 70'001}, {12, 77'777}, {5, 131'071}};
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(found.first[i].lowest == wanted[i][0]);
    CHECK(found.first[i].id == wanted[i][1]);
  }
}

// The entries that its check sorted are what its tree is made of, with what changed since.
TEST_CASE("A unique constraint on a graph that is there sorts it once") {
  const CountedFiles counted;
  std::atomic<std::uint64_t> sorts{0};
  People people(16 * kMiB, counted.environment());
  for (std::int64_t first = 0; first < 200'000; first += 5000) people.add(first, 5000);
  people.store->checkpoint();
  counted.files->opened = [&](const std::string& path) {
    if (path.find("kith-temp-") != std::string::npos) ++sorts;
  };
  {  // taken back: nothing of it stays
    const auto tx = people.store->begin();
    tx->begin_statement();
    tx->create_constraint(unique(people.person, "taken_back", {KeyId{1}, KeyId{0}}));
    tx->rollback_statement();
    tx->rollback();
  }
  CHECK(sorts > 0);
  sorts = 0;
  const auto tx = people.store->begin();
  tx->begin_statement();
  tx->create_constraint(unique(people.person, "ids", {KeyId{0}}));
  const std::uint64_t files_of_the_check = sorts;
  CHECK(files_of_the_check > 0);
  const auto set = [&](std::uint64_t node, std::int64_t id) {
    tx->set_property(NodeId{node}, KeyId{0}, Cell::of(id));
  };
  set(1, 1'000'001);
  set(5, -5);
  set(7, 70);
  set(70, 7);
  tx->detach_delete_node(NodeId{100});
  tx->end_statement();
  tx->commit();
  const View view = people.store->snapshot();
  CHECK(sorts == files_of_the_check);
  CHECK(people.count(view, "ids") == 199'999);
  const auto find = [&](std::int64_t id) {
    IndexCursor cursor(view, people.index(view, "ids"));
    const Cell value = Cell::of(id);
    IndexRange range;
    range.equal = std::span(&value, 1);
    cursor.seek(range);
    std::uint64_t ids[2] = {~std::uint64_t{0}, 0};
    return cursor.next(ids) == 1 ? ids[0] : ~std::uint64_t{0};
  };
  CHECK(find(1'000'001) == 1);
  CHECK(find(1) == ~std::uint64_t{0});
  CHECK(find(-5) == 5);
  CHECK(find(70) == 7);
  CHECK(find(7) == 70);
  CHECK(find(100) == ~std::uint64_t{0});
  CHECK(find(199'999) == 199'999);
  CHECK(view.root().index_state(view.schema().find_index("ids")->id)->seed == nullptr);
}

}  // namespace
}  // namespace kith::storage
