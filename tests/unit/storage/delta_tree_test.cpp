// tests/unit/storage/delta_tree_test.cpp: the persistent tree against std::map, over many versions.
#include "storage/delta/tree.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "storage/delta/change.hpp"

namespace kith::storage {
namespace {

using IntTree = Tree<std::uint64_t, 2>;

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
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::vector<std::pair<IntTree, std::map<std::uint64_t, std::uint64_t>>> versions(1);
  for (Owner owner = 1; owner <= 60; ++owner) {
    auto [tree, model] = versions[random() % versions.size()];
    for (std::uint64_t edits = random() % 60; edits > 0; --edits) {
      const std::uint64_t key = random_key(random), value = random();
      tree.edit(key, owner) = value;
      model[key] = value;
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

TEST_CASE("Property overrides keep the last value, in the order of keys") {
  PropertyChanges changes;
  changes.set(KeyId{5}, Cell::of(std::int64_t{1}));
  changes.set(KeyId{2}, Cell::of(std::string_view("two, and too long for a cell")));
  changes.set(KeyId{5}, Cell::null());
  REQUIRE(changes.entries().size() == 2);
  CHECK(changes.entries()[0].key == KeyId{2});
  REQUIRE(changes.find(KeyId{5}) != nullptr);
  CHECK(changes.find(KeyId{5})->is_null());
  CHECK(changes.find(KeyId{2})->string() == "two, and too long for a cell");
  CHECK(changes.find(KeyId{3}) == nullptr);
}

}  // namespace
}  // namespace kith::storage
