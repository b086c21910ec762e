// tests/unit/storage/graph_test.cpp: slot sets, adjacency chunks, segments and checkpoints.
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "kith/error.hpp"
#include "storage/column/column_reader.hpp"
#include "storage/graph/adjacency_builder.hpp"
#include "storage/graph/base_file.hpp"
#include "tests/unit/storage/disk_fixture.hpp"

namespace kith::storage {

namespace {

using Edge = std::pair<std::uint64_t, std::uint64_t>;  // neighbour, relationship
using Lists = std::map<std::uint32_t, std::set<Edge>>;

constexpr TypeId kType{2};

AdjacencyChunk build(BlockWriter& out, const Lists& lists, AdjacencyLimits limits) {
  AdjacencyBuilder builder(out, kType, Direction::Out, limits);
  for (const auto& [slot, list] : lists) {
    std::vector<std::uint64_t> neighbours, relationships;
    for (const auto& [neighbour, relationship] : list) {
      neighbours.push_back(neighbour);
      relationships.push_back(relationship);
    }
    builder.append(slot, neighbours, relationships);
  }
  return builder.finish();
}

// Of runs of all lengths, in all ways.
std::uint64_t wrong_products(const AdjacencyReader& reader) {
  std::uint64_t wrong = 0;
  std::vector<std::uint64_t> products;
  for (std::uint32_t begin = 5, count = 1; begin + count <= kSegmentSlots;
       begin += count, ++count) {
    const auto factor = static_cast<DegreeFactor>(count % 4);
    for (const Instructions instructions : {Instructions::Portable, Instructions::Avx2}) {
      const MultiplyDegrees multiply = find_multiply_degrees(instructions);
      if (multiply == nullptr) continue;
      products.resize(count);
      for (std::uint32_t i = 0; i < count; ++i) products[i] = i % 7 * 1000;
      std::uint64_t all = 0, expected_all = 0;
      wrong += multiply(reader.index(), begin, count, factor, products.data(), all) ? 0 : 1;
      for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint64_t expected = i % 7 * 1000 * factor_of(factor, reader.degree(begin + i));
        wrong += products[i] != expected ? 1 : 0;
        expected_all |= expected;
      }
      wrong += all != expected_all ? 1 : 0;
    }
  }
  return wrong;
}

std::uint64_t differences(BufferPool& pool, const AdjacencyChunk& chunk, const Lists& lists) {
  std::uint64_t edges = 0, wrong = 0, slots_seen = 0;
  for (const auto& [slot, list] : lists) edges += list.size();
  if (chunk.edges() != edges) return 1;
  if (edges == 0) return 0;
  AdjacencyReader reader(pool, chunk);
  std::uint64_t before = 0;
  for (std::uint32_t slot = 0; slot < kSegmentSlots; ++slot) {
    const auto found = lists.find(slot);
    const std::uint64_t size = found == lists.end() ? 0 : found->second.size();
    const auto list = reader.list(slot);
    wrong += list.size() != size || reader.degree(slot) != size ? 1 : 0;
    wrong += reader.work_before(slot) != before ? 1 : 0;
    before += size;
    if (size == 0) continue;
    ++slots_seen;
    auto at = found->second.begin();
    for (std::uint64_t p = list.first; p < list.end;) {
      const NeighbourSpan span = reader.span(p, list.end);
      std::vector<std::uint64_t> neighbours(span.count), relationships(span.count);
      span.copy_neighbours(0, span.count, neighbours.data());
      span.copy_relationships(0, span.count, relationships.data());
      for (std::uint64_t i = 0; i < span.count; ++i, ++at)
        wrong += neighbours[i] != at->first || relationships[i] != at->second ||
                         span.neighbour(i) != at->first || span.relationship(i) != at->second
                     ? 1
                     : 0;
      p += span.count;
    }
  }
  wrong += reader.work_before(kSegmentSlots) != edges ? 1 : 0;
  std::vector<std::uint64_t> nodes(kSegmentSlots), firsts(kSegmentSlots), sizes(kSegmentSlots);
  for (std::uint32_t slot = 0; slot < kSegmentSlots; ++slot) nodes[slot] = 7 * kSegmentSlots + slot;
  reader.lists_of(nodes, firsts.data(), sizes.data());
  for (std::uint32_t slot = 0; slot < kSegmentSlots; ++slot) {
    const auto list = reader.list(slot);
    wrong += sizes[slot] != list.size() ? 1 : 0;
    wrong += list.size() > 0 && firsts[slot] != list.first ? 1 : 0;
  }
  for (std::uint32_t begin = 3, count = 1; begin + count <= kSegmentSlots;
       begin += count, ++count) {
    reader.lists_from(begin, count, firsts.data(), sizes.data());
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto list = reader.list(begin + i);
      wrong += sizes[i] != list.size() ? 1 : 0;
      wrong += list.size() > 0 && firsts[i] != list.first ? 1 : 0;
    }
  }
  if (reader.has_products()) wrong += wrong_products(reader);
  std::uint64_t walked = 0;
  for (std::uint32_t slot = reader.next_list(0); slot < kSegmentSlots;
       slot = reader.next_list(slot + 1))
    walked += reader.degree(slot) > 0 ? 1 : 0;
  return wrong + (walked != slots_seen ? 1 : 0);
}

Lists random_lists(Random& random, std::uint32_t slots, std::uint64_t lists, std::uint64_t longest,
                   AdjacencyLimits limits) {
  Lists made;
  for (std::uint64_t i = 0; i < lists; ++i) {
    auto& list = made[static_cast<std::uint32_t>(random.below(slots))];
    for (std::uint64_t n = 1 + random.below(longest); n > 0; --n)
      list.insert({random.below(limits.nodes), random.below(limits.relationships)});
  }
  return made;
}

void check_searches(BufferPool& pool, const AdjacencyChunk& chunk, const Lists& lists,
                    Random& random) {
  AdjacencyReader reader(pool, chunk);
  reader.keep_pinned(1 + random.below(4));
  std::uint64_t wrong = 0;
  for (const auto& [slot, list] : lists) {
    const auto range = reader.list(slot);
    for (int i = 0; i < 5; ++i) {
      auto at = list.begin();
      std::advance(
          at, static_cast<std::ptrdiff_t>(random.below(std::min<std::size_t>(list.size(), 500))));
      const std::uint64_t neighbour = at->first + random.below(2);
      const std::uint64_t relationship = at->second + random.below(2);
      const auto by_pair = list.lower_bound({neighbour, relationship});
      const auto by_neighbour = list.lower_bound({neighbour, 0});
      const auto position = [&](auto it) {
        return range.first + static_cast<std::uint64_t>(std::distance(list.begin(), it));
      };
      wrong += reader.lower_bound(range, neighbour) != position(by_neighbour) ? 1 : 0;
      wrong += reader.lower_bound(range, neighbour, relationship) != position(by_pair) ? 1 : 0;
    }
  }
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("A slot set is the same in each of its forms") {
  Random random;
  INFO(random.note());
  for (const std::uint64_t one_in : {1u, 2u, 15u, 17u, 1000u, 100000u}) {
    SlotBits bits{};
    std::vector<std::uint32_t> members;
    for (std::uint32_t slot = 0; slot < kSegmentSlots; ++slot) {
      if (!random.one_in(one_in)) continue;
      bits[slot / 64] |= std::uint64_t{1} << (slot % 64);
      members.push_back(slot);
    }
    const SlotSet set = SlotSet::of(bits);
    CHECK(set.count() == members.size());
    std::vector<std::uint32_t> seen;
    set.for_each([&](std::uint32_t slot) { seen.push_back(slot); });
    CHECK(seen == members);
    SlotBits copy{};
    set.copy_to(copy);
    CHECK(copy == bits);
    std::uint32_t wrong = 0;
    for (std::uint32_t slot = 0; slot < kSegmentSlots; ++slot)
      wrong += set.contains(slot) != ((bits[slot / 64] >> (slot % 64) & 1) != 0) ? 1 : 0;
    for (std::uint32_t w = 0; w < kSetWords; ++w) wrong += set.word(w) != bits[w] ? 1 : 0;
    CHECK(wrong == 0);
  }
  CHECK(SlotSet::first(100).is_all(100));
  CHECK_FALSE(SlotSet::first(100).is_all(101));
  CHECK(SlotSet::first(100).word(1) == (std::uint64_t{1} << 36) - 1);
  const std::uint16_t two[] = {3, 16383};
  CHECK(SlotSet::of(two).form() == SetForm::Sparse);
}

TEST_CASE("Lists come back in every form and width") {
  Random random;
  INFO(random.note());
  const AdjacencyLimits narrow{std::uint64_t{1} << 32, std::uint64_t{1} << 32};
  const AdjacencyLimits wide{std::uint64_t{1} << 40, std::uint64_t{1} << 41};
  for (const AdjacencyLimits limits : {narrow, wide}) {
    for (const std::uint64_t lists : {1u, 50u, 64u, 65u, 1000u, 9000u, 40000u}) {
      Disk disk;
      const Lists made = random_lists(random, kSegmentSlots, lists, 8, limits);
      const AdjacencyChunk chunk = build(disk.out, made, limits);
      CHECK(differences(disk.pool, chunk, made) == 0);
      check_searches(disk.pool, chunk, made, random);
    }
  }
}

TEST_CASE("A segment in which every slot has one neighbour has no offsets") {
  Disk disk;
  Lists lists;
  for (std::uint32_t slot = 0; slot < kSegmentSlots; ++slot) lists[slot] = {{slot * 3, slot + 500}};
  const AdjacencyChunk chunk = build(disk.out, lists, {1 << 20, 1 << 20});
  CHECK(chunk.header.offset_width == 0);
  CHECK(chunk.header.relationship_width == 0);
  CHECK(differences(disk.pool, chunk, lists) == 0);
}

TEST_CASE("A hub crosses blocks, beside ordinary lists") {
  Random random;
  INFO(random.note());
  Disk disk;
  const AdjacencyLimits limits{1 << 22, 1 << 22};
  Lists lists = random_lists(random, 3000, 2000, 5, limits);
  for (std::uint64_t i = 0; i < 300'000; ++i)
    lists[1234].insert({random.below(limits.nodes), random.below(limits.relationships)});
  const AdjacencyChunk chunk = build(disk.out, lists, limits);
  CHECK(chunk.neighbours.size() > 4);
  CHECK(differences(disk.pool, chunk, lists) == 0);
  check_searches(disk.pool, chunk, lists, random);
}

TEST_CASE("Relationship ids in list order are implicit until one is not") {
  Disk disk;
  const AdjacencyLimits limits{1000, 1 << 20};
  AdjacencyBuilder builder(disk.out, kType, Direction::In, limits);
  const std::vector<std::uint64_t> three = {5, 6, 7};
  builder.append(1, three, 100);
  builder.append(9, three, 103);
  const AdjacencyChunk implicit = builder.finish();
  CHECK(implicit.header.relationship_width == 0);
  CHECK(implicit.direction() == Direction::In);
  CHECK(differences(disk.pool, implicit,
                    {{1, {{5, 100}, {6, 101}, {7, 102}}}, {9, {{5, 103}, {6, 104}, {7, 105}}}}) ==
        0);
  const EdgeChange change{4, 8, 999, false};
  const AdjacencyChunk merged =
      merge_adjacency(disk.out, disk.pool, &implicit, kType, Direction::In, limits, {&change, 1});
  CHECK(merged.header.relationship_width == 4);
  CHECK(differences(disk.pool, merged,
                    {{1, {{5, 100}, {6, 101}, {7, 102}}},
                     {4, {{8, 999}}},
                     {9, {{5, 103}, {6, 104}, {7, 105}}}}) == 0);
}

TEST_CASE("Merged changes give what a set would, and merging them again changes nothing") {
  Random random;
  INFO(random.note());
  for (int round = 0; round < 30; ++round) {
    Disk disk;
    const AdjacencyLimits limits{random.one_in(2) ? 300u : std::uint64_t{1} << 34, 1u << 20};
    const std::uint32_t slots = random.one_in(2) ? 20 : kSegmentSlots;
    Lists lists = random_lists(random, slots, random.below(300), 30, limits);
    AdjacencyChunk chunk = build(disk.out, lists, limits);
    for (int step = 0; step < 4; ++step) {
      std::map<std::tuple<std::uint32_t, std::uint64_t, std::uint64_t>, bool> wanted;
      for (auto& [slot, list] : lists)
        for (const auto& [neighbour, relationship] : list)
          if (random.one_in(7)) wanted[{slot, neighbour, relationship}] = random.one_in(2);
      for (std::uint64_t i = random.below(100); i > 0; --i)
        wanted[{static_cast<std::uint32_t>(random.below(slots)), random.below(limits.nodes),
                random.below(limits.relationships)}] = random.one_in(4);
      std::vector<EdgeChange> changes;
      for (const auto& [edge, removed] : wanted) {
        const auto& [slot, neighbour, relationship] = edge;
        changes.push_back({slot, neighbour, relationship, removed});
        if (removed)
          lists[slot].erase({neighbour, relationship});
        else
          lists[slot].insert({neighbour, relationship});
      }
      for (int again = 0; again < 2; ++again) {
        chunk = merge_adjacency(disk.out, disk.pool, chunk.edges() ? &chunk : nullptr, kType,
                                Direction::Out, limits, changes);
        REQUIRE(differences(disk.pool, chunk, lists) == 0);
      }
    }
  }
}

TEST_CASE("A change of a hub rewrites the blocks it touches and no more") {
  Random random;
  INFO(random.note());
  Disk disk;
  const AdjacencyLimits limits{1 << 24, 1 << 24};
  Lists lists;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) lists[7].insert({i * 16, (i * 7919) % (1 << 24)});
  AdjacencyChunk chunk = build(disk.out, lists, limits);
  const std::size_t blocks = chunk.chunk.blocks.size();
  REQUIRE(blocks > 25);
  for (int step = 0; step < 30; ++step) {
    const std::uint64_t neighbour = random.below(limits.nodes);
    const EdgeChange change{7, neighbour, 1234, false};
    lists[7].insert({neighbour, 1234});
    const AdjacencyChunk next =
        merge_adjacency(disk.out, disk.pool, &chunk, kType, Direction::Out, limits, {&change, 1});
    std::set<std::uint32_t> old_pages;
    for (const BlockRef& block : chunk.chunk.blocks) old_pages.insert(block.ptr.page);
    std::size_t fresh = 0;
    for (const BlockRef& block : next.chunk.blocks)
      fresh += old_pages.contains(block.ptr.page) ? 0 : 1;
    CHECK(fresh <= 9);  // the index, and up to four blocks of each sequence
    chunk = next;
  }
  CHECK(chunk.chunk.blocks.size() < blocks * 2);
  CHECK(differences(disk.pool, chunk, lists) == 0);
}

TEST_CASE("A flipped byte in any block of an adjacency chunk is an error") {
  Disk disk;
  Lists lists;
  for (std::uint64_t i = 0; i < 200'000; ++i) lists[7].insert({i, i * 31 % 262144});
  const AdjacencyChunk chunk = build(disk.out, lists, {1 << 20, 1 << 20});
  REQUIRE(chunk.chunk.blocks.size() > 5);
  for (const BlockRef& block : chunk.chunk.blocks) {
    std::byte b;
    const std::uint64_t at = block.ptr.page * kPageBytes + 16 + block.ptr.bytes / 2;
    disk.file.file().read(at, {&b, 1});
    const std::byte bad = b ^ std::byte{64};
    disk.file.file().write(at, {&bad, 1});
    disk.pool.set_limit(0);
    CHECK_THROWS_AS(differences(disk.pool, chunk, lists), StorageError);
    disk.file.file().write(at, {&b, 1});
  }
  CHECK(differences(disk.pool, chunk, lists) == 0);
}

}  // namespace kith::storage
