// tests/unit/storage/delta_tree_test.cpp: the persistent tree against std::map, over many versions.
// KITH_SEED repeats a run.
#include "storage/delta/tree.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <random>

#include "core/encode.hpp"
#include "storage/delta/change.hpp"
#include "tests/unit/core/random_cells.hpp"

namespace kith::storage {
namespace {

using IntTree = Tree<std::uint64_t, kSegmentLevels>;

std::map<std::uint64_t, std::uint64_t> contents(const IntTree& tree) {
  std::map<std::uint64_t, std::uint64_t> all;
  std::uint64_t before = 0;
  tree.for_each([&](std::uint64_t key, std::uint64_t value) {
    CHECK((all.empty() || before < key));
    before = key;
    all[key] = value;
  });
  return all;
}

std::uint64_t random_key(std::mt19937_64& random) {
  switch (random() % 4) {
    case 0:
      return random() % 40;
    case 1:
      return random() % 40000;
    case 2:
      return (random() % 8) << kSegmentBits | (random() % 3 * 127);
    default:
      return random() >> (random() % 64);
  }
}

TEST_CASE("An empty tree finds nothing and has no segments") {
  const IntTree tree;
  CHECK(tree.empty());
  CHECK(tree.find(0) == nullptr);
  CHECK(tree.find(UINT64_MAX) == nullptr);
  CHECK(tree.segment(0) == nullptr);
}

TEST_CASE("Versions of a tree stay what they were while later ones are edited") {
  const std::uint64_t seed = test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  std::vector<std::pair<IntTree, std::map<std::uint64_t, std::uint64_t>>> versions(1);
  for (Owner owner = 1; owner <= 60; ++owner) {
    auto [tree, model] = versions[random() % versions.size()];
    for (std::uint64_t edits = random() % 60; edits > 0; --edits) {
      const std::uint64_t key = random_key(random), value = random();
      tree.edit(key, owner) = value;
      model[key] = value;
    }
    // One value for many keys.
    IntTree::Same same(owner);
    for (std::uint64_t puts = random() % 6; puts > 0; --puts) {
      const auto level = static_cast<unsigned>(random() % 3);
      const std::uint64_t size = std::uint64_t{1} << (kTreeBits * std::max(1u, level));
      const std::uint64_t first = random_key(random) / size * size;
      const auto places = static_cast<std::uint32_t>(random() % 3 == 0 ? ~0u : random() | 1);
      if (level > 0 && tree.has_subtree(first, level)) continue;
      level > 0 ? tree.put_full(first, level, owner, same) : tree.put(first, places, owner, same);
      for (std::uint64_t i = 0; i < size; ++i)
        if (level > 0 || (places >> i & 1) != 0) model[first + i] = owner;
    }
    versions.emplace_back(tree, model);
  }
  for (const auto& [tree, model] : versions) {
    REQUIRE(contents(tree) == model);
    REQUIRE(tree.size() == model.size());
    for (const auto& [key, value] : model) {
      REQUIRE(tree.find(key) != nullptr);
      REQUIRE(*tree.find(key) == value);
      const IntTree::Node* segment = tree.segment(key >> kSegmentBits);
      REQUIRE(segment != nullptr);
      const auto slot = static_cast<std::uint32_t>(key & (kSegmentSlots - 1));
      REQUIRE(IntTree::find_in(*segment, slot) == tree.find(key));
    }
    for (int i = 0; i < 50; ++i) {
      const std::uint64_t key = random_key(random);
      CHECK((tree.find(key) != nullptr) == model.contains(key));
    }
  }
}

TEST_CASE("Segments are visited in order, each with its own slots") {
  IntTree tree;
  const std::vector<std::uint64_t> keys{5, 127, 128, 16383, 16384, 900000, std::uint64_t{1} << 40};
  for (const std::uint64_t key : keys) tree.edit(key, 1) = key;
  std::vector<std::uint64_t> seen;
  tree.for_each_segment([&](std::uint64_t segment, const IntTree::Node& node) {
    CHECK(tree.segment(segment) == &node);
    IntTree::for_each_in(node, [&](std::uint64_t slot, std::uint64_t value) {
      CHECK((segment << kSegmentBits | slot) == value);
      seen.push_back(value);
    });
  });
  CHECK(seen == keys);
}

TEST_CASE("Appended edges keep their order and their versions") {
  ListChanges before;
  for (std::uint64_t i = 0; i < 300; ++i) before.append({i, i * 2, TypeId{1}, i % 3 != 0}, 7);
  ListChanges after = before;
  for (std::uint64_t i = 300; i < 1000; ++i) after.append({i, i * 2, TypeId{1}, true}, 8);
  CHECK(before.size() == 300);
  CHECK(after.size() == 1000);
  std::uint64_t next = 0;
  after.for_each([&](const ListChange& change) { CHECK(change.relationship == next++); });
  CHECK(next == 1000);
}

std::map<std::uint32_t, std::string> contents(const PropertyChanges& changes) {
  std::map<std::uint32_t, std::string> all;
  changes.for_each(0, [&](KeyId key, const Cell& cell) {
    CHECK((all.empty() || all.rbegin()->first < key.value));
    encode(all[key.value], cell);
    REQUIRE(changes.find(key, 0));
    std::string found;
    encode(found, *changes.find(key, 0));
    CHECK(found == all[key.value]);
  });
  return all;
}

TEST_CASE("Property overrides keep the last value, in the order of keys") {
  PropertyChanges changes;
  changes.set(KeyId{5}, Cell::of(std::int64_t{1}));
  changes.set(KeyId{2}, Cell::of(std::string_view("two, and too long for a cell")));
  changes.set(KeyId{5}, Cell::null());
  const auto all = contents(changes);
  REQUIRE(all.size() == 2);
  CHECK(all.begin()->first == 2);
  REQUIRE(changes.find(KeyId{5}, 0));
  CHECK(changes.find(KeyId{5}, 0)->is_null());
  CHECK(changes.find(KeyId{2}, 0)->string() == "two, and too long for a cell");
  CHECK(!changes.find(KeyId{3}, 0));
}

// Keys ascending, each once.
std::vector<KeyId> random_keys(std::mt19937_64& random) {
  std::vector<KeyId> keys;
  for (std::uint32_t key = 0; key < 8; ++key)
    if (random() % 3 == 0) keys.push_back({key});
  if (keys.empty()) keys.push_back({3});
  return keys;
}

TEST_CASE("Properties in shared rows are those that were set one by one") {
  const std::uint64_t seed = test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  Arena arena;
  const auto value = [&] {
    const std::uint64_t number = random() % 1000;
    if (number % 5 == 0) return Cell::null();
    if (number % 5 < 3) return Cell::of(static_cast<std::int64_t>(number));
    if (number % 5 == 3) return Cell::of(arena.copy(std::string(number % 90, 'x')));
    const Cell items[] = {Cell::of(arena.copy("item")), Cell::of(2.5)};
    return make_list(arena, items);
  };
  std::vector<std::unique_ptr<PropertyChanges>> elements(40);
  std::vector<std::map<std::uint32_t, std::string>> wanted(elements.size());
  for (auto& element : elements) element = std::make_unique<PropertyChanges>();
  for (int round = 0; round < 400; ++round) {
    const std::vector<KeyId> keys = random_keys(random);
    const std::size_t first = random() % elements.size();
    const std::size_t count = std::min<std::size_t>(1 + random() % 12, elements.size() - first);
    std::vector<Cell> values;
    for (std::size_t i = 0; i < count * keys.size(); ++i) values.push_back(value());
    for (std::size_t k = 0; k < keys.size(); ++k) {
      const std::uint64_t form = random() % 4;  // as they come, all the same, numbers alone
      for (std::size_t at = k; form != 0 && at < values.size(); at += keys.size())
        values[at] = form == 1 ? values[k] : Cell::date(static_cast<std::int64_t>(random() % 9));
    }
    const auto rows = ValueRows::copy(keys, values);
    CHECK(rows->bytes() >= keys.size() * sizeof(Cell));
    for (std::size_t i = 0; i < count; ++i) {
      PropertyChanges& changes = *elements[first + i];
      auto& model = wanted[first + i];
      if (random() % 9 == 0) changes.clear(), model.clear();
      const bool shares = changes.has_no_other(keys);
      CHECK(shares == std::all_of(model.begin(), model.end(), [&](const auto& entry) {
              return std::binary_search(keys.begin(), keys.end(), KeyId{entry.first});
            }));
      if (shares) changes.set_row(rows, static_cast<std::uint32_t>(i));
      for (std::size_t k = 0; k < keys.size(); ++k) {
        const Cell& cell = values[i * keys.size() + k];
        if (!shares) changes.set(keys[k], cell);
        model[keys[k].value].clear();
        encode(model[keys[k].value], cell);
      }
      if (random() % 4 == 0) elements[first + i] = std::make_unique<PropertyChanges>(changes, 0);
    }
    arena.reset();
    const std::size_t seen = random() % elements.size();
    CHECK(contents(*elements[seen]) == wanted[seen]);
    CHECK(elements[seen]->size_limit() >= wanted[seen].size());
    CHECK(elements[seen]->empty() == wanted[seen].empty());
  }
}

TEST_CASE("Entries in slabs live as long as they are held, with or without their maker") {
  const std::uint64_t seed = test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  std::vector<std::pair<std::uint64_t, Ref<NodeChange>>> held;
  for (std::uint64_t round = 0; round < 60; ++round) {
    SlabMaker<NodeChange> maker(random() % 300);
    for (std::uint64_t n = random() % 400; n > 0; --n) {
      const std::uint64_t key = random();
      Ref<NodeChange> made = maker.make(round);
      CHECK((made->sole() && made->owner() == round));
      made->properties.set(KeyId{0}, Cell::of(static_cast<std::int64_t>(key)));
      held.emplace_back(key, std::move(made));
    }
    std::shuffle(held.begin(), held.end(), random);
    held.resize(held.size() - random() % (held.size() + 1));
    for (const auto& [key, entry] : held)
      CHECK(entry->properties.find(KeyId{0}, 0)->integer == static_cast<std::int64_t>(key));
  }
}

TEST_CASE("Places that are alike are what they would be one by one, in all versions") {
  const std::uint64_t seed = test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  std::vector<std::pair<IntTree, std::map<std::uint64_t, std::uint64_t>>> versions(1);
  for (Owner owner = 1; owner <= 200; ++owner) {
    auto [tree, model] = versions[random() % versions.size()];
    for (std::uint64_t edits = random() % 20; edits > 0; --edits) {
      const std::uint64_t leaf = random() % 40 * kTreeFan, value = random() % 5;
      const std::uint64_t bytes = tree.bytes();
      if (random() % 3 == 0) {
        const std::uint64_t key = leaf + random() % kTreeFan;
        tree.edit(key, owner) = value;
        model[key] = value;
      } else {
        const auto any = static_cast<std::uint32_t>(random());
        const std::uint32_t places = random() % 2 == 0 ? ~0u : any | 1u;
        tree.put_alike(leaf + random() % kTreeFan, places, value, owner);
        PlaceMap(places).for_each([&](unsigned place, unsigned) { model[leaf + place] = value; });
      }
      CHECK(tree.bytes() >= bytes);
    }
    versions.emplace_back(tree, model);
  }
  const auto& [last, now] = versions.back();
  for (const auto& [tree, model] : versions) {
    REQUIRE(contents(tree) == model);
    REQUIRE(tree.size() == model.size());
    for (const auto& [key, value] : model) REQUIRE(*tree.find(key) == value);
  }
  // What came to one version after it was copied from another.
  auto later = last;
  for (std::uint64_t leaf = 0; leaf < 50; leaf += 7) later.put_alike(leaf * kTreeFan, ~0u, 9, 999);
  const auto rest = later.minus(last, 1000, [](auto value, auto, unsigned) { return value; });
  CHECK(rest.size() == contents(rest).size());
  for (const auto& [key, value] : contents(rest)) CHECK((value == 9 && key / kTreeFan % 7 == 0));
  for (std::uint64_t leaf = 0; leaf < 50; leaf += 7) CHECK(*rest.find(leaf * kTreeFan + 3) == 9);
  CHECK(contents(last) == now);
}

}  // namespace
}  // namespace kith::storage
