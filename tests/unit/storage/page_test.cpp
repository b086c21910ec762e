// tests/unit/storage/page_test.cpp: blocks, meta pages, free space, the buffer pool.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <optional>
#include <thread>

#include "kith/error.hpp"
#include "tests/unit/storage/disk_fixture.hpp"

namespace kith::storage {

namespace {

std::vector<std::byte> pattern(std::size_t size, std::uint64_t seed) {
  std::vector<std::byte> bytes(size);
  std::mt19937_64 engine(seed);
  for (auto& b : bytes) b = static_cast<std::byte>(engine());
  return bytes;
}

BlockRef write_pattern(Disk& disk, std::size_t size, std::uint64_t seed) {
  BlockBuffer buffer = disk.out.take_buffer();
  const auto bytes = pattern(size, seed);
  buffer.put(0, bytes.data(), bytes.size());
  const BlockPtr ptr = disk.out.write(BlockKind::Column, buffer, static_cast<std::uint32_t>(size));
  disk.out.give_back(std::move(buffer));
  return BlockRef(ptr);
}

bool holds(const Pin& pin, std::size_t size, std::uint64_t seed) {
  const auto bytes = pattern(size, seed);
  return std::ranges::equal(pin.payload(), bytes);
}

std::string detail_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& e) {
    return e.detail();
  }
  return "no error";
}

void flip(File& file, std::uint64_t offset, unsigned bit) {
  std::byte b;
  file.read(offset, {&b, 1});
  b ^= static_cast<std::byte>(1u << bit);
  file.write(offset, {&b, 1});
}

MetaPage meta_of(std::uint64_t checkpoint) {
  MetaPage meta{};
  meta.database_id = 7;
  meta.checkpoint = checkpoint;
  meta.position = checkpoint * 10;
  meta.root = {5, 100, 42};
  meta.file_pages = 9;
  return meta;
}

}  // namespace

TEST_CASE("A block is read back as it was written, whatever its size") {
  Disk disk;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4080},
                                 std::size_t{4081}, std::size_t{100000}, kMaxPayload}) {
    const BlockRef block = write_pattern(disk, size, size);
    CHECK(holds(disk.pool.pin(block, BlockKind::Column), size, size));
  }
}

TEST_CASE("Any flipped bit of a block is found when it is loaded") {
  Disk disk;
  Random random;
  INFO(random.note());
  for (int i = 0; i < 200; ++i) {
    const std::size_t size = random.below(20000);
    const BlockRef block = write_pattern(disk, size, random.word());
    const std::uint64_t at = block.ptr.page * kPageBytes + random.below(sizeof(BlockHeader) + size);
    flip(disk.file.file(), at, static_cast<unsigned>(random.below(8)));
    CHECK(detail_of([&] { disk.pool.pin(block, BlockKind::Column); }) == "CorruptBlock");
    CHECK(detail_of([&] { disk.pool.pin(block, BlockKind::Column); }) == "CorruptBlock");
  }
}

TEST_CASE("A damaged block's error names file, page and kind") {
  Disk disk;
  const BlockRef block = write_pattern(disk, 5000, 1);
  flip(disk.file.file(), block.ptr.page * kPageBytes + 3000, 2);
  CHECK_THROWS_WITH(disk.pool.pin(block, BlockKind::Column),
                    Catch::Contains("'data'") && Catch::Contains("column block") &&
                        Catch::Contains("page " + std::to_string(block.ptr.page)));
}

TEST_CASE("A block of another kind, or past the end of the file, is an error") {
  Disk disk;
  const BlockRef block = write_pattern(disk, 5000, 1);
  CHECK(detail_of([&] { disk.pool.pin(block, BlockKind::Heap); }) == "CorruptBlock");
  const BlockRef beyond(BlockPtr{1000000, 100, 1});
  CHECK(detail_of([&] { disk.pool.pin(beyond, BlockKind::Column); }) == "CorruptBlock");
  const BlockRef huge(BlockPtr{4, 0xFFFFFFFF, 1});
  CHECK(detail_of([&] { disk.pool.pin(huge, BlockKind::Column); }) == "CorruptBlock");
}

TEST_CASE("The meta page with the higher checkpoint counts, and a damaged one is passed over") {
  Disk disk;
  File& file = disk.file.file();
  file.write(0, std::vector<std::byte>(4 * kPageBytes));
  CHECK(detail_of([&] { disk.file.read_meta(); }) == "NotADatabase");
  disk.file.write_meta(meta_of(1));
  CHECK(disk.file.read_meta().newest.checkpoint == 1);
  CHECK_FALSE(disk.file.read_meta().other_is_invalid);
  disk.file.write_meta(meta_of(2));
  CHECK(disk.file.read_meta().newest.position == 20);
  CHECK_FALSE(disk.file.read_meta().other_is_invalid);
  flip(file, 30, 3);  // page 0 holds checkpoint 2
  CHECK(disk.file.read_meta().newest.checkpoint == 1);
  CHECK(disk.file.read_meta().other_is_invalid);
  flip(file, kPageBytes + 40, 3);
  CHECK(detail_of([&] { disk.file.read_meta(); }) == "CorruptMeta");
}

TEST_CASE("A file of another format version says so") {
  Disk disk;
  disk.file.file().write(0, std::vector<std::byte>(4 * kPageBytes));
  disk.file.write_meta(meta_of(1));
  const std::uint32_t version = 99;
  disk.file.file().write(kPageBytes + 8, std::as_bytes(std::span(&version, 1)));
  CHECK(detail_of([&] { disk.file.read_meta(); }) == "FormatVersion");
}

TEST_CASE("Streams of any length are read back, and their blocks are known") {
  Disk disk;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{5000}, kMaxPayload, kMaxPayload + 1, kMaxPayload * 5 + 77}) {
    const auto bytes = pattern(size, size);
    std::vector<BlockPtr> written, read;
    const BlockPtr ptr = disk.out.write_stream(BlockKind::Root, bytes, &written);
    CHECK(read_stream(disk.file, ptr, BlockKind::Root, &read) == bytes);
    CHECK(written.size() == read.size());
    CHECK(written.size() == (size <= kMaxPayload ? 1 : (size + kMaxPayload - 1) / kMaxPayload + 1));
  }
}

using Extents = std::map<std::uint32_t, std::uint32_t>;  // page -> pages

bool overlaps(const Extents& extents, std::uint32_t page, std::uint32_t pages) {
  auto after = extents.lower_bound(page + pages);
  if (after == extents.begin()) return false;
  --after;
  return after->first + after->second > page;
}

// A base that somebody holds, and the pages it has.
class HeldBase {
 public:
  HeldBase(FreeSpace& space, std::uint64_t number, std::uint64_t checkpoint, Extents extents)
      : space_(&space), number_(number), checkpoint_(checkpoint), extents_(std::move(extents)) {
    space_->retain(number_, checkpoint_);
  }
  HeldBase(const HeldBase& other)
      : HeldBase(*other.space_, other.number_, other.checkpoint_, other.extents_) {}
  HeldBase& operator=(HeldBase other) {
    std::swap(number_, other.number_);
    std::swap(checkpoint_, other.checkpoint_);
    std::swap(extents_, other.extents_);
    return *this;
  }
  ~HeldBase() { space_->release(number_); }
  const Extents& extents() const { return extents_; }

 private:
  FreeSpace* space_;
  std::uint64_t number_, checkpoint_;
  Extents extents_;
};

// A writer of checkpoints, and readers of them and of what they were to become.
struct SpaceModel {
  struct Savepoint {
    FreeSpace::Mark mark;
    HeldBase from;
  };
  FreeSpace space;
  Random random;
  std::uint64_t checkpoint = 0;
  HeldBase published{space, space.base_number() - 1, 0, {}};
  HeldBase from = published;  // by the writer
  std::vector<HeldBase> readers;
  std::optional<Savepoint> savepoint;
  Extents next;  // of the base being written

  bool is_free(std::uint32_t page, std::uint32_t pages) const {
    if (overlaps(next, page, pages) || overlaps(published.extents(), page, pages)) return false;
    if (overlaps(from.extents(), page, pages)) return false;
    if (savepoint && overlaps(savepoint->from.extents(), page, pages)) return false;
    return std::none_of(readers.begin(), readers.end(), [&](const HeldBase& base) {
      return overlaps(base.extents(), page, pages);
    });
  }
  void edit() {
    for (std::uint64_t i = random.below(20); i > 0; --i) {
      const auto pages = static_cast<std::uint32_t>(1 + random.below(64));
      const std::uint32_t page = space.allocate(pages);
      REQUIRE(page >= kFirstBlockPage);
      REQUIRE(is_free(page, pages));
      next[page] = pages;
    }
    for (auto at = next.begin(); at != next.end();) {
      const auto [page, pages] = *at++;
      if (!random.one_in(4)) continue;
      space.free(page, pages);
      next.erase(page);
    }
  }
  void stage() {
    edit();
    const HeldBase staged(space, space.base_number(), checkpoint + 1, next);
    space.staged();
    from = staged;
    if (random.one_in(3)) readers.push_back(from);
    if (savepoint && random.one_in(3)) {
      from = savepoint->from;
      next = from.extents();
      space.rewind(savepoint->mark);
      savepoint.reset();
    } else if (random.one_in(3)) {
      savepoint.emplace(Savepoint{space.mark(), from});
    }
  }
  void write_checkpoint() {
    from = published;
    next = published.extents();
    for (std::uint64_t stages = random.below(5); stages > 0; --stages) stage();
    edit();
    savepoint.reset();
    if (random.one_in(5)) return space.abandon();
    const std::uint64_t number = space.base_number();
    space.map_after(checkpoint + 1);
    space.committed(++checkpoint);
    published = HeldBase(space, number, checkpoint, next);
    if (random.one_in(3)) readers.push_back(published);
  }
};

TEST_CASE("Free space is never handed out while somebody may read it") {
  SpaceModel model;
  INFO(model.random.note());
  for (int round = 0; round < 300; ++round) {
    model.write_checkpoint();
    auto& readers = model.readers;
    while (!readers.empty() && model.random.one_in(2))
      readers.erase(readers.begin() +
                    static_cast<std::ptrdiff_t>(model.random.below(readers.size())));
    // Opening the file anew loses the bases but nothing else.
    std::uint64_t used = 0;
    for (const auto& [page, pages] : model.published.extents()) used += pages;
    CHECK(used + model.space.free_pages() + kFirstBlockPage == model.space.file_pages());
  }
}

TEST_CASE("What a checkpoint has written and replaced itself is used again before it is durable") {
  constexpr std::uint32_t kExtents = 10;
  FreeSpace space;
  std::vector<std::uint32_t> pages;
  std::optional<HeldBase> from, reader;
  const auto stage = [&] {
    std::vector<std::uint32_t> next;
    for (std::uint32_t i = 0; i < kExtents; ++i) next.push_back(space.allocate(2));
    for (const std::uint32_t page : pages) space.free(page, 2);
    pages = std::move(next);
    HeldBase made(space, space.base_number(), 1, {});
    space.staged();
    from = made;
  };
  for (int i = 0; i < 20; ++i) stage();
  CHECK(space.file_pages() == kFirstBlockPage + 2 * 2 * kExtents);  // the last one and the new one
  reader = *from;
  for (int i = 0; i < 20; ++i) stage();
  CHECK(space.file_pages() == kFirstBlockPage + 3 * 2 * kExtents);
  reader.reset();
  stage();
  CHECK(space.file_pages() == kFirstBlockPage + 3 * 2 * kExtents);
  for (int i = 0; i < 20; ++i) {  // what is rolled back is free at once
    const FreeSpace::Mark mark = space.mark();
    const HeldBase before = *from;
    const std::vector<std::uint32_t> kept = pages;
    stage();
    stage();
    pages = kept;
    from = before;
    space.rewind(mark);
  }
  CHECK(space.file_pages() == kFirstBlockPage + 3 * 2 * kExtents);
}

TEST_CASE("A block does not go to a hole at the end of the file while there is room elsewhere") {
  FreeSpace space;
  const auto commit = [&](std::uint64_t checkpoint) {
    static_cast<void>(space.map_after(checkpoint));
    space.committed(checkpoint);
  };
  std::vector<std::uint32_t> blocks;
  for (int i = 0; i < 16; ++i) blocks.push_back(space.allocate(4));
  const std::uint32_t last = space.allocate(1);
  commit(1);
  space.free(blocks[3], 4);
  space.free(last, 1);
  commit(2);
  CHECK(space.allocate(1) == blocks[3]);  // though the hole at the end fits best
  commit(3);
  CHECK(space.file_pages() == last);  // so the end was cut
  for (std::uint32_t page = blocks[3] + 1; page < blocks[3] + 4; ++page)
    CHECK(space.allocate(1) == page);
  CHECK(space.allocate(1) == last);
}

TEST_CASE("A free map read back gives the same free pages") {
  FreeSpace space;
  std::vector<std::uint32_t> pages;
  for (int i = 0; i < 10; ++i) pages.push_back(space.allocate(3));
  space.committed(1);
  for (int i = 0; i < 10; i += 2) space.free(pages[static_cast<std::size_t>(i)], 3);
  CHECK(space.map_entries_bound() >= space.map_after(2).size());
  const auto map = space.map_after(2);
  space.committed(2);
  FreeSpace again;
  again.restore(2, space.file_pages(), map);
  CHECK(again.free_pages() == 15);
  CHECK(again.allocate(3) == pages[0]);
  FreeSpace bad;
  const FreeExtent beyond{100, 10, 0};
  CHECK(detail_of([&] { bad.restore(2, 50, {&beyond, 1}); }) == "CorruptBlock");
}

TEST_CASE("A reader in another process keeps pages from being reused") {
  FreeSpace space;
  std::uint64_t horizon = 1;
  space.set_foreign_horizon([&] { return horizon; });
  const std::uint32_t page = space.allocate(2);
  space.committed(1);
  space.free(page, 2);
  space.committed(2);
  CHECK(space.allocate(2) != page);
  horizon = 2;
  space.committed(3);
  CHECK(space.allocate(2) == page);
}

TEST_CASE("The pool keeps within its limit, and evicts only what is not pinned") {
  Disk disk(10 * 8192);
  std::vector<BlockRef> blocks;
  for (std::uint64_t i = 0; i < 100; ++i) blocks.push_back(write_pattern(disk, 8000, i));
  std::vector<Pin> kept;
  for (std::uint64_t i = 0; i < 5; ++i) kept.push_back(disk.pool.pin(blocks[i], BlockKind::Column));
  for (std::uint64_t i = 0; i < 100; ++i) {
    CHECK(holds(disk.pool.pin(blocks[i], BlockKind::Column), 8000, i));
    CHECK(disk.pool.bytes() <= disk.pool.limit_bytes());
  }
  CHECK(disk.pool.stats().evictions > 80);
  for (std::uint64_t i = 0; i < 5; ++i) CHECK(holds(kept[i], 8000, i));
  // More pins than the limit allows are granted all the same, and given back.
  for (std::uint64_t i = 0; i < 50; ++i)
    kept.push_back(disk.pool.pin(blocks[i], BlockKind::Column));
  CHECK(disk.pool.bytes() > disk.pool.limit_bytes());
  kept.clear();
  disk.pool.pin(blocks[99], BlockKind::Column);
  CHECK(disk.pool.bytes() <= disk.pool.limit_bytes());
}

TEST_CASE("The pool gives way to others down to its floor, and counts what it pins beyond it") {
  Disk disk;
  std::vector<BlockRef> blocks;
  for (std::uint64_t i = 0; i < 100; ++i) blocks.push_back(write_pattern(disk, 8000, i));
  const auto budget = std::make_shared<MemoryBudget>(64 * 8192);
  {
    BufferPool pool(disk.file, budget, 16 * 8192);
    CHECK(budget->used() == 16 * 8192);
    for (const BlockRef& block : blocks) pool.pin(block, BlockKind::Column);
    CHECK(pool.bytes() == budget->limit());
    CHECK(budget->used() == budget->limit());
    Reservation sort(*budget, "the sort", 48 * 8192);
    CHECK(pool.bytes() == 16 * 8192);
    CHECK_FALSE(budget->try_reserve(1));
    for (std::uint64_t i = 0; i < 100; ++i)
      CHECK(holds(pool.pin(blocks[i], BlockKind::Column), 8000, i));
    CHECK(pool.bytes() == 16 * 8192);
    std::vector<Pin> kept;
    for (std::uint64_t i = 0; i < 20; ++i) kept.push_back(pool.pin(blocks[i], BlockKind::Column));
    CHECK(budget->used() == budget->limit() + 4 * 8192);
    kept.clear();
    sort.clear();
    CHECK(budget->used() == 20 * 8192);
  }
  CHECK(budget->used() == 0);
}

TEST_CASE("A page that holds another block now is read anew") {
  Disk disk;
  const BlockRef before = write_pattern(disk, 5000, 1);
  Pin pinned = disk.pool.pin(before, BlockKind::Column);
  BlockBuffer buffer;
  const auto bytes = pattern(4500, 2);
  buffer.put(0, bytes.data(), bytes.size());
  const BlockRef after(disk.file.write(before.ptr.page, BlockKind::Column, buffer, 4500));
  CHECK(holds(disk.pool.pin(after, BlockKind::Column), 4500, 2));
  CHECK(holds(pinned, 5000, 1));
  pinned.reset();
  CHECK(holds(disk.pool.pin(after, BlockKind::Column), 4500, 2));
}

TEST_CASE("Threads pin and evict at once under a tiny limit") {
  Disk disk(64 * 1024);
  std::vector<BlockRef> blocks;
  constexpr std::uint64_t kBlocks = 64;
  for (std::uint64_t i = 0; i < kBlocks; ++i) blocks.push_back(write_pattern(disk, 4000 + i, i));
  std::vector<std::vector<std::byte>> wanted;
  for (std::uint64_t i = 0; i < kBlocks; ++i) wanted.push_back(pattern(4000 + i, i));
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      std::mt19937_64 engine(t);
      std::vector<Pin> held(3);
      for (int i = 0; i < 20000; ++i) {
        const std::uint64_t at = engine() % kBlocks;
        Pin pin = disk.pool.pin(blocks[at], BlockKind::Column);
        if (pin.size() != wanted[at].size() ||
            std::memcmp(pin.data(), wanted[at].data(), pin.size()) != 0)
          ++wrong;
        held[engine() % held.size()] = std::move(pin);
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(disk.pool.stats().evictions > 0);
}

}  // namespace kith::storage
