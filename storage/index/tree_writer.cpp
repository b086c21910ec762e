// storage/index/tree_writer.cpp: filling pages, level by level; walking the old tree.
#include "storage/index/tree_writer.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "kith/error.hpp"

namespace kith::storage {

namespace {

std::size_t cost_of(std::string_view string, bool leaf) {
  return leaf ? leaf_entry_cost(string.size()) : branch_child_cost(string.size());
}

// Different keys of a leaf. The first is not counted if the separator before the page tells that
// its key is also that of the entry before: then it is longer than the key.
std::uint64_t distinct_keys(std::string_view low, const StringList& entries) {
  std::string_view key = key_of_entry(entries.front());
  std::uint64_t distinct = low.size() > key.size() && low.starts_with(key) ? 0 : 1;
  for (std::size_t i = 1; i < entries.size(); ++i) {
    const std::string_view next = key_of_entry(entries[i]);
    distinct += next == key ? 0 : 1;
    key = next;
  }
  return distinct;
}

[[noreturn]] void corrupt() {
  throw StorageError("CorruptBlock", "the levels of an index contradict themselves");
}

}  // namespace

TreeWriter::Level& TreeWriter::level(std::uint32_t number) {
  while (levels_.size() <= number) levels_.emplace_back();
  return levels_[number];
}

std::size_t TreeWriter::size_with(const Page& page, std::string_view string, bool leaf) {
  const std::size_t plain = kIndexPageOverhead + page.cost + cost_of(string, leaf);
  if (!leaf || page.empty()) return plain;
  const std::size_t prefix = std::min(page.prefix, common_bytes(page.strings.front(), string));
  return plain - page.strings.size() * prefix;  // one of the strings pays for the prefix
}

void TreeWriter::begin_at(std::string_view low) {
  Level& leaves = level(0);
  if (leaves.open.empty()) leaves.next_low = low;
}

// The open page is full: it becomes the full one, and the next begins.
void TreeWriter::turn(std::uint32_t number, std::string low) {
  if (!level(number).full.empty()) {
    Page page = std::move(level(number).full);
    level(number).full = {};
    write(number, page);
  }
  Level& here = level(number);
  here.full = std::move(here.open);
  here.open = {};
  here.next_low = std::move(low);
}

void TreeWriter::add(std::string_view entry) {
  KITH_ASSERT(entry.size() > kEntryIdBytes && entry.size() <= kMaxEntryBytes);
  {
    const Page& open = level(0).open;
    KITH_ASSERT(open.empty() || open.strings.back() < entry);  // E1
    if (!open.empty() && size_with(open, entry, true) > kIndexPageFill)
      turn(0, separator_between(open.strings.back(), entry));
  }
  Level& leaves = level(0);
  Page& open = leaves.open;
  if (open.empty()) {
    open.low = std::move(leaves.next_low);
    open.prefix = entry.size();
  } else {
    open.prefix = std::min(open.prefix, common_bytes(open.strings.front(), entry));
  }
  open.cost += leaf_entry_cost(entry.size());
  open.strings.append(entry);
  ++leaves.items;
}

void TreeWriter::add_child(std::uint32_t number, std::string_view low, const IndexChild& child) {
  KITH_ASSERT(number > 0 && child.page.is_set() && child.entries > 0);
  const Page& before = level(number).open;
  if (!before.empty() && size_with(before, low, false) > kIndexPageFill)
    turn(number, std::string(low));
  Level& here = level(number);
  Page& open = here.open;
  if (open.empty()) open.low = low;
  open.cost += branch_child_cost(low.size());
  open.strings.append(low);
  open.children.push_back(child);
  ++here.items;
}

bool TreeWriter::take(std::uint32_t number, std::string_view low, const IndexChild& child) {
  for (std::uint32_t below = 0; below <= number; ++below) {
    if (!can_flush(below)) return false;
    flush(below, false);
  }
  add_child(number + 1, low, child);
  return true;
}

bool TreeWriter::can_flush(std::uint32_t number) {
  const Level& here = level(number);
  return here.open.empty() || !here.full.empty() || here.open.cost >= kIndexPageLeast;  // E2
}

void TreeWriter::flush(std::uint32_t number, bool at_end) {
  if (!level(number).full.empty()) {
    if (!at_end) balance(level(number), number == 0);
    Page page = std::move(level(number).full);
    level(number).full = {};
    write(number, page);
  }
  if (level(number).open.empty()) return;
  Page page = std::move(level(number).open);
  level(number).open = {};
  write(number, page);
}

// E2: an open page that is not full enough gets the end of the full one before it, about half of
// both. It fits without any prefix, and a part of the full page fits in any case.
void TreeWriter::balance(Level& here, bool leaf) {
  Page& full = here.full;
  Page& open = here.open;
  if (open.cost >= kIndexPageLeast) return;
  const std::size_t most = kIndexPageFill - kIndexPageOverhead - 2 * kMaxEntryBytes;
  const std::size_t wanted = std::min((full.cost + open.cost) / 2, most);
  std::size_t moved = 0;
  std::size_t cost = open.cost;
  while (cost < wanted && moved + 1 < full.strings.size()) {
    ++moved;
    cost += cost_of(full.strings[full.strings.size() - moved], leaf);
  }
  if (moved == 0) return;
  const std::size_t kept = full.strings.size() - moved;
  StringList strings;
  strings.append(full.strings, kept);
  strings.append(open.strings, 0);
  open.strings = std::move(strings);
  full.strings.truncate(kept);
  if (!leaf) {
    const auto first = full.children.begin() + static_cast<std::ptrdiff_t>(kept);
    open.children.insert(open.children.begin(), first, full.children.end());
    full.children.erase(first, full.children.end());
  }
  full.cost -= cost - open.cost;
  open.cost = cost;
  open.low = leaf ? separator_between(full.strings.back(), open.strings.front())
                  : std::string(open.strings.front());
}

void TreeWriter::write(std::uint32_t number, Page& page) {
  KITH_ASSERT(!page.empty() && number + 1 < kMaxIndexHeight);
  IndexChild made;
  BuiltPage built;
  if (number == 0) {
    made.entries = page.strings.size();
    made.distinct = distinct_keys(page.low, page.strings);
    built = build_leaf(page.strings);
  } else {
    for (const IndexChild& child : page.children) {
      made.entries += child.entries;
      made.distinct += child.distinct;
    }
    StringList separators;
    separators.append("");  // the first is the page's own, which the level above has
    separators.append(page.strings, 1);
    built = build_branch(number, separators, page.children);
  }
  BlockBuffer buffer = out_.take_buffer();
  const std::vector<std::byte>& bytes = built.bytes;
  buffer.put(0, bytes.data(), bytes.size());
  made.page = out_.write(BlockKind::Index, buffer, static_cast<std::uint32_t>(bytes.size()),
                         built.sections);
  out_.give_back(std::move(buffer));
  if (leaves_only_)
    leaves_.push_back({std::move(page.low), made});
  else
    add_child(number + 1, page.low, made);
}

std::vector<IndexLeaf> TreeWriter::finish_leaves() {
  KITH_ASSERT(leaves_only_ && levels_.size() <= 1);
  if (!levels_.empty()) flush(0, false);
  return std::move(leaves_);
}

IndexTop TreeWriter::finish() {
  for (std::uint32_t number = 0; number < levels_.size(); ++number) {
    const bool topmost = std::all_of(levels_.begin() + number + 1, levels_.end(),
                                     [](const Level& above) { return above.items == 0; });
    if (topmost && number > 0 && level(number).items == 1) {
      const IndexChild top = level(number).open.children.front();
      levels_.clear();
      return {number, top};
    }
    flush(number, true);
  }
  KITH_ASSERT(levels_.empty() || levels_.front().items == 0);
  levels_.clear();
  return {};
}

namespace {

class TreeMerge {
 public:
  TreeMerge(BlockWriter& out, BufferPool& pool, IndexChanges& changes)
      : out_(out), pool_(pool), changes_(changes), writer_(out) {}

  IndexTop run(const IndexTop& old) {
    if (old.height == 0) {
      rest(std::nullopt);
    } else {
      feed(old.page, old.height - 1, "", std::nullopt);
    }
    return writer_.finish();
  }

 private:
  using Upper = std::optional<std::string_view>;

  bool next_below(Upper upper, std::string_view& entry, bool& present) {
    return changes_.peek(entry, present) && (!upper || entry < *upper);
  }

  void feed(const IndexChild& child, std::uint32_t level, std::string_view low, Upper upper) {
    std::string_view entry;
    bool present = false;
    if (!next_below(upper, entry, present) && writer_.take(level, low, child)) return;
    const BlockRef ref(child.page);
    {
      const Pin pin = pool_.pin(ref, BlockKind::Index);
      const IndexPage page(pin.payload());
      if (page.level() != level) corrupt();
      level == 0 ? leaf(page, low, upper) : branch(page, low, upper);
    }
    out_.free(child.page);  // E4
  }

  void branch(const IndexPage& page, std::string_view low, Upper upper) {
    for (std::uint32_t i = 0; i < page.count(); ++i) {
      const std::string_view from = i == 0 ? low : page.rest(i);
      const Upper to = i + 1 < page.count() ? Upper(page.rest(i + 1)) : upper;
      feed(page.child(i), page.level() - 1, from, to);
    }
  }

  void leaf(const IndexPage& page, std::string_view low, Upper upper) {
    writer_.begin_at(low);
    std::string here;
    for (std::uint32_t i = 0; i < page.count(); ++i) {
      here.clear();
      page.append_to(here, i);
      std::string_view entry;
      bool present = false;
      bool kept = true;
      while (next_below(upper, entry, present) && entry <= here) {
        if (entry == here) {
          kept = present;
        } else if (present) {
          writer_.add(entry);
        }
        changes_.next();
      }
      if (kept) writer_.add(here);
    }
    rest(upper);
  }

  void rest(Upper upper) {
    std::string_view entry;
    bool present = false;
    for (; next_below(upper, entry, present); changes_.next())
      if (present) writer_.add(entry);
  }

  BlockWriter& out_;
  BufferPool& pool_;
  IndexChanges& changes_;
  TreeWriter writer_;
};

void free_below(BlockWriter& out, BufferPool& pool, const IndexChild& child, std::uint32_t level) {
  if (level > 0) {
    const BlockRef ref(child.page);
    const Pin pin = pool.pin(ref, BlockKind::Index);
    const IndexPage page(pin.payload());
    if (page.level() != level) corrupt();
    for (std::uint32_t i = 0; i < page.count(); ++i)
      free_below(out, pool, page.child(i), level - 1);
  }
  out.free(child.page);
}

}  // namespace

IndexTop merge_tree(BlockWriter& out, BufferPool& pool, const IndexTop& old,
                    IndexChanges& changes) {
  KITH_ASSERT(old.height <= kMaxIndexHeight);
  return TreeMerge(out, pool, changes).run(old);
}

std::vector<IndexLeaf> write_leaves(BlockWriter& out, std::string_view low, IndexChanges& entries) {
  TreeWriter writer(out, true);
  writer.begin_at(low);
  std::string_view entry;
  for (bool present = false; entries.peek(entry, present); entries.next()) {
    KITH_ASSERT(present);
    writer.add(entry);
  }
  return writer.finish_leaves();
}

IndexTop join_leaves(BlockWriter& out, std::span<const std::vector<IndexLeaf>> ranges) {
  TreeWriter writer(out);
  for (const auto& leaves : ranges)
    for (const IndexLeaf& leaf : leaves) writer.add_leaf(leaf);
  return writer.finish();
}

void free_tree(BlockWriter& out, BufferPool& pool, const IndexTop& old) {
  if (old.height > 0) free_below(out, pool, old.page, old.height - 1);
}

}  // namespace kith::storage
