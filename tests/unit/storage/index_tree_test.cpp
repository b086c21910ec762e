// tests/unit/storage/index_tree_test.cpp: trees of indexes and their deltas against plain sets.
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "kith/error.hpp"
#include "storage/delta/index_delta.hpp"
#include "storage/index/lookups.hpp"
#include "tests/unit/storage/disk_fixture.hpp"

namespace kith::storage {
namespace {

using Set = std::set<std::string>;
using Changes = std::map<std::string, bool>;

class ChangesOf final : public IndexChanges {
 public:
  explicit ChangesOf(const Changes& changes) : at_(changes.begin()), end_(changes.end()) {}
  bool peek(std::string_view& entry, bool& present) override {
    if (at_ == end_) return false;
    entry = at_->first;
    present = at_->second;
    return true;
  }
  void next() override { ++at_; }

 private:
  Changes::const_iterator at_, end_;
};

// Entries of the shapes that indexes have: few keys with many ids, many short keys, long keys that
// begin alike, cut keys.
class Entries {
 public:
  explicit Entries(Random& random) : random_(random), shape_(random.below(4)) {}
  std::string any() {
    std::string key;
    switch (shape_) {
      case 0:
        put_key(key, Cell::of(static_cast<std::int64_t>(random_.below(3))));
        break;
      case 1:
        put_key(key, Cell::of(static_cast<std::int64_t>(random_.below(100'000))));
        break;
      case 2:
        put_key(key, Cell::of(std::string_view(std::string(random_.below(3) * 150, 'x') +
                                               std::to_string(random_.below(5000)))));
        break;
      default:
        put_key(key, Cell::of(std::string_view(std::string(random_.below(500), 'y'))));
    }
    cut_key(key);
    put_entry_id(key, random_.below(shape_ == 0 ? 20'000 : 50));
    return key;
  }

 private:
  Random& random_;
  std::uint64_t shape_;
};

Set contents(BufferPool& pool, const IndexTop& top) {
  Set found;
  const auto problems =
      check_tree(pool, top, [&](std::string_view entry) { found.emplace(entry); });
  CHECK(problems == std::vector<std::string>{});
  return found;
}

std::uint64_t pages_of(BufferPool& pool, const IndexTop& top) {
  std::uint64_t pages = 0;
  for_each_page(pool, top, [&](const BlockPtr& page) { pages += pages_for(page.bytes); });
  return pages;
}

void check_cursor(Random& random, const IndexTree& tree, const Set& model, Entries& entries) {
  IndexTree::Cursor cursor(&tree);
  std::vector<std::string> walked;
  for (cursor.seek_first(); cursor.valid(); cursor.next()) {
    walked.emplace_back(cursor.entry());
    CHECK(cursor.id() == id_of_entry(walked.back()));
  }
  CHECK(walked == std::vector<std::string>(model.begin(), model.end()));
  walked.clear();
  for (cursor.seek_last(); cursor.valid(); cursor.previous()) walked.emplace_back(cursor.entry());
  CHECK(walked == std::vector<std::string>(model.rbegin(), model.rend()));
  for (int i = 0; i < 200; ++i) {
    const std::string bound = random.one_in(10) ? "" : entries.any().substr(0, random.below(500));
    const auto at = model.lower_bound(bound);
    cursor.seek(bound);
    REQUIRE(cursor.valid() == (at != model.end()));
    if (cursor.valid()) CHECK(cursor.entry() == *at);
    CHECK(tree.rank(bound) == static_cast<std::uint64_t>(std::distance(model.begin(), at)));
    cursor.seek_before(bound);
    REQUIRE(cursor.valid() == (at != model.begin()));
    if (cursor.valid()) CHECK(cursor.entry() == *std::prev(at));
  }
}

void check_takes(Random& random, const IndexTree& tree, const Set& model, Entries& entries) {
  IndexTree::Cursor cursor(&tree);
  for (int i = 0; i < 20; ++i) {
    std::string low = entries.any(), high = entries.any();
    if (high < low) std::swap(low, high);
    std::vector<std::uint64_t> wanted, up, down, some(1 + random.below(700));
    for (auto at = model.lower_bound(low); at != model.lower_bound(high); ++at)
      wanted.push_back(id_of_entry(*at));
    for (cursor.seek(low); cursor.valid() && cursor.entry() < high;) {
      const std::size_t count = cursor.take_below(high, some);
      up.insert(up.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(count));
    }
    CHECK(up == wanted);
    for (cursor.seek_before(high); cursor.valid() && cursor.entry() >= low;) {
      const std::size_t count = cursor.take_down_to(low, some);
      down.insert(down.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(count));
    }
    CHECK(down == std::vector<std::uint64_t>(wanted.rbegin(), wanted.rend()));
  }
}

// What a group of lookups leaves to a cursor, it must say.
void check_lookups(Random& random, const IndexTree& tree, const Set& model, Entries& entries) {
  IndexTree::Lookups lookups(&tree);
  for (int i = 0; i < 20; ++i) {
    std::vector<std::string> keys;
    for (std::uint64_t n = random.below(IndexTree::Lookups::kGroup + 1); n > 0; --n) {
      const std::string entry = entries.any();
      if (!is_cut(key_of_entry(entry))) keys.emplace_back(key_of_entry(entry));
    }
    const std::vector<std::string_view> views(keys.begin(), keys.end());
    lookups.find(views);
    for (std::size_t k = 0; k < keys.size(); ++k) {
      std::vector<std::uint64_t> wanted, found;
      for (auto at = model.lower_bound(keys[k]); at != model.end() && at->starts_with(keys[k]);
           ++at)
        wanted.push_back(id_of_entry(*at));
      const auto most = static_cast<std::uint32_t>(random.below(700));
      const std::uint32_t count = lookups.count(k, most);
      for (std::uint32_t nth = 0; nth < count; ++nth) found.push_back(lookups.id(k, nth));
      REQUIRE(count <= std::min<std::size_t>(most, wanted.size()));
      wanted.resize(count < most && lookups.may_go_on(k, count)
                        ? count
                        : std::min<std::size_t>(most, wanted.size()));
      CHECK(found == wanted);
    }
  }
}

TEST_CASE(
    "A tree that is changed in batches has what a plain set has, in pages as they should be") {
  for (int run = 0; run < 8; ++run) {
    Random random;
    INFO(random.note());
    Disk disk;
    Entries entries(random);
    Set model;
    IndexTop top;
    for (int batch = 0; batch < 12; ++batch) {
      Changes changes;
      const bool shrinking = random.one_in(4);
      for (std::uint64_t n = random.below(random.one_in(3) ? 30 : 12'000); n > 0; --n)
        changes[entries.any()] = shrinking ? false : !random.one_in(4);
      if (shrinking && random.one_in(2))
        for (const std::string& entry : model)
          if (!random.one_in(50)) changes[entry] = false;
      if (random.one_in(10))
        for (const std::string& entry : model) changes[entry] = false;
      for (const auto& [entry, present] : changes)
        present ? static_cast<void>(model.insert(entry)) : static_cast<void>(model.erase(entry));
      ChangesOf source(changes);
      top = merge_tree(disk.out, disk.pool, top, source);
      REQUIRE(contents(disk.pool, top) == model);
      if (batch % 4 != 0) continue;
      const IndexTree tree(1, top, disk.pool);
      CHECK(tree.entries() == model.size());
      check_cursor(random, tree, model, entries);
      check_takes(random, tree, model, entries);
      check_lookups(random, tree, model, entries);
    }
    // E4: what is not in the tree was freed.
    const std::uint64_t used = pages_of(disk.pool, top);
    const std::uint64_t pages = disk.space.file_pages() - kFirstBlockPage;
    disk.space.committed(1);
    CHECK(pages - disk.space.free_pages() == used);
  }
}

TEST_CASE("A merge rewrites what changed and the paths to it, no more") {
  Random random;
  INFO(random.note());
  Disk disk;
  Changes all;
  for (std::int64_t i = 0; i < 200'000; ++i) {
    std::string key;
    put_key(key, Cell::of(i * 2));
    put_entry_id(key, static_cast<std::uint64_t>(i));
    all[key] = true;
  }
  ChangesOf source(all);
  IndexTop top = merge_tree(disk.out, disk.pool, {}, source);
  CHECK(top.page.distinct == 200'000);
  for (int i = 0; i < 50; ++i) {
    std::string entry;
    put_key(entry, Cell::of(static_cast<std::int64_t>(random.below(400'000))));
    put_entry_id(entry, 200'000);
    const Changes one{{entry, true}};
    ChangesOf change(one);
    const std::uint64_t before = disk.space.file_pages();
    top = merge_tree(disk.out, disk.pool, top, change);
    CHECK(disk.space.file_pages() - before <= 2 * 2 * (top.height + 1));
  }
  CHECK(contents(disk.pool, top).size() == top.page.entries);
}

TEST_CASE("Different keys are counted, also where they go on from page to page") {
  Disk disk;
  Changes all;
  for (std::uint64_t i = 0; i < 30'000; ++i) {
    std::string key;
    put_key(key, Cell::of(static_cast<std::int64_t>(i % 3)));
    put_entry_id(key, i);
    all[key] = true;
  }
  ChangesOf source(all);
  CHECK(merge_tree(disk.out, disk.pool, {}, source).page.distinct == 3);
}

TEST_CASE("A tree whose leaves were written in ranges is as one that was written at once") {
  Random random;
  INFO(random.note());
  Disk disk;
  for (const std::uint64_t keys : {3u, 1000u, 1'000'000u}) {
    Set all;
    while (all.size() < 60'000) {
      std::string entry;
      put_key(entry, Cell::of(static_cast<std::int64_t>(random.below(keys))));
      put_entry_id(entry, random.below(1'000'000));
      all.insert(entry);
    }
    std::vector<Changes> parts(1);
    for (const std::string& entry : all) {
      if (parts.back().size() > 3000 && random.one_in(3000)) parts.emplace_back();
      parts.back()[entry] = true;
    }
    std::vector<std::vector<IndexLeaf>> leaves(parts.size());
    for (std::size_t i = parts.size(); i-- > 0;) {  // in any order
      ChangesOf part(parts[i]);
      leaves[i] = write_leaves(
          disk.out,
          i == 0 ? "" : separator_between(parts[i - 1].rbegin()->first, parts[i].begin()->first),
          part);
    }
    const IndexTop top = join_leaves(disk.out, leaves);
    CHECK((contents(disk.pool, top) == all));
    CHECK(top.page.entries == all.size());
    Changes whole;
    for (const std::string& entry : all) whole[entry] = true;
    ChangesOf source(whole);
    const IndexTop once = merge_tree(disk.out, disk.pool, {}, source);
    CHECK(top.page.distinct == once.page.distinct);
    CHECK(top.height == once.height);
  }
  CHECK(join_leaves(disk.out, {}).height == 0);
}

TEST_CASE("A damaged page is an error, whatever byte of it is changed") {
  Random random;
  INFO(random.note());
  StringList strings;
  for (int i = 0; i < 40; ++i) {
    std::string key;
    put_key(key, Cell::of(std::int64_t{i}));
    put_entry_id(key, 5);
    strings.append(key);
  }
  const std::vector<std::byte> sound = build_leaf(strings).bytes;
  for (std::size_t at = 0; at < sound.size(); ++at) {
    std::vector<std::byte> bytes = sound;
    bytes[at] ^= static_cast<std::byte>(1 + random.below(255));
    try {
      const IndexPage page(bytes);
      for (std::uint32_t i = 0; i < page.count(); ++i) static_cast<void>(page.rest(i));
      static_cast<void>(page.is_leaf() ? page.place_of(strings[7]) : 0);
    } catch (const Error&) {
    }
  }
}

void check_delta(const IndexDelta& delta, const Changes& model, Entries& entries) {
  REQUIRE(delta.size() == model.size());
  IndexDelta::Cursor cursor(delta);
  auto at = model.begin();
  for (cursor.seek_first(); cursor.valid(); cursor.next(), ++at) {
    REQUIRE(at != model.end());
    CHECK(cursor.entry() == at->first);
    CHECK(cursor.present() == at->second);
  }
  CHECK(at == model.end());
  std::int64_t balance = 0;
  for (const auto& [entry, present] : model) balance += present ? 1 : -1;
  CHECK(delta.balance() == balance);
  for (int i = 0; i < 50; ++i) {
    const std::string bound = entries.any();
    const auto place = model.lower_bound(bound);
    CHECK(delta.rank(bound) == static_cast<std::uint64_t>(std::distance(model.begin(), place)));
    cursor.seek(bound);
    REQUIRE(cursor.valid() == (place != model.end()));
    if (cursor.valid()) CHECK(cursor.entry() == place->first);
    cursor.seek_before(bound);
    REQUIRE(cursor.valid() == (place != model.begin()));
    if (cursor.valid()) CHECK(cursor.entry() == std::prev(place)->first);
    const auto found = delta.find(bound);
    const bool there = place != model.end() && place->first == bound;
    REQUIRE(found.has_value() == there);
    if (there) CHECK(*found == place->second);
  }
}

TEST_CASE("Copies of an index's delta keep what they had; what was merged can be left out") {
  for (int run = 0; run < 5; ++run) {
    Random random;
    INFO(random.note());
    Entries entries(random);
    std::vector<std::pair<IndexDelta, Changes>> states(1);
    Owner owner = 1;
    for (int round = 0; round < 40; ++round) {
      auto [delta, model] =
          states[random.one_in(4) ? random.below(states.size()) : states.size() - 1];
      ++owner;
      for (std::uint64_t n = random.below(200); n > 0; --n) {
        const std::string entry = entries.any();
        const bool present = !random.one_in(3);
        delta.set(entry, present, owner);
        model[entry] = present;
      }
      if (random.one_in(2)) {
        std::set<std::string> many;
        const std::string after = random.one_in(2) ? "\xff" : "";  // behind all others, or not
        for (std::uint64_t n = random.below(300); n > 0; --n) many.insert(after + entries.any());
        const std::vector<std::string_view> ascending(many.begin(), many.end());
        const bool present = !random.one_in(3);
        delta.set_all(ascending, present, owner);
        for (const std::string& entry : many) model[entry] = present;
      }
      states.emplace_back(std::move(delta), std::move(model));
    }
    for (const auto& [delta, model] : states) check_delta(delta, model, entries);
    for (int i = 0; i < 20; ++i) {
      const auto& [delta, model] = states[random.below(states.size())];
      const auto& [frozen, merged] = states[random.below(states.size())];
      Changes left;
      for (const auto& [entry, present] : model) {
        const auto before = merged.find(entry);
        if (before == merged.end() || before->second != present) left[entry] = present;
      }
      check_delta(delta.without(frozen, ++owner), left, entries);
    }
  }
}

}  // namespace
}  // namespace kith::storage
