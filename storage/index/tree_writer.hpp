// storage/index/tree_writer.hpp: writing the tree of an index, all of it or what changed.
//
//   E1  Entries ascend strictly, in pages and from page to page; all leaves are equally deep.
//   E2  Every page but the last of its level costs at least kIndexPageLeast, counted without the
//       prefix that it saves.
//   E3  A branch knows exactly how many entries are below each child.
//   E4  What is written is reached by nobody before the checkpoint commits; pages of the old tree
//       that the new one does not have are freed with it.
//
// The new tree is made from left to right. Subtrees without changes are taken over as they are, as
// long as the pages on their left are full enough (E2); else they are opened.
//
// Of a tree that is all new, ranges of entries are written at the same time, leaves only, and the
// levels above when all are there. Ranges are cut by the entries alone (sorter.hpp), so the pages
// are the same whatever the number of threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/index/page.hpp"
#include "storage/page/block_writer.hpp"
#include "storage/page/buffer_pool.hpp"

namespace kith::storage {

inline constexpr std::uint32_t kMaxIndexHeight = 12;

// A tree as its parent, the root of the checkpoint, knows it.
struct IndexTop {
  std::uint32_t height = 0;  // levels; 0: the tree is empty
  IndexChild page;
  friend bool operator==(const IndexTop& a, const IndexTop& b) {
    return a.height == b.height && a.page.page == b.page.page;
  }
};

// Changes of a tree, strictly ascending.
class IndexChanges {
 public:
  virtual ~IndexChanges() = default;
  // The next one, which stays the same until next(); false: there is none.
  virtual bool peek(std::string_view& entry, bool& present) = 0;
  virtual void next() = 0;
};

// A leaf of a new tree, as the level above it will know it.
struct IndexLeaf {
  std::string low;
  IndexChild page;
};

class TreeWriter {
 public:
  // `leaves_only`: what is above them is left to another writer.
  explicit TreeWriter(BlockWriter& out, bool leaves_only = false)
      : out_(out), leaves_only_(leaves_only) {}

  // Ascending.
  void add(std::string_view entry);
  // A whole subtree of an old tree, whose top has `level`. False: open it instead (E2).
  bool take(std::uint32_t level, std::string_view low, const IndexChild& child);
  // What follows comes from a place of an old tree that has nothing below `low`.
  void begin_at(std::string_view low);
  IndexTop finish();
  // Instead of finish(), if there are leaves only. The last is full enough if another is before it.
  std::vector<IndexLeaf> finish_leaves();
  // A leaf of another writer.
  void add_leaf(const IndexLeaf& leaf) { add_child(1, leaf.low, leaf.page); }

 private:
  struct Page {  // not written yet
    std::string low;
    StringList strings;
    std::vector<IndexChild> children;
    std::size_t cost = 0;    // without a prefix
    std::size_t prefix = 0;  // of a leaf
    bool empty() const { return strings.empty(); }
  };
  struct Level {
    Page full, open;  // `full` is there so that what `open` lacks can be taken from it
    std::uint64_t items = 0;
    std::string next_low;
  };

  Level& level(std::uint32_t number);
  void add_child(std::uint32_t number, std::string_view low, const IndexChild& child);
  static std::size_t size_with(const Page& page, std::string_view string, bool leaf);
  void turn(std::uint32_t number, std::string low);
  bool can_flush(std::uint32_t number);
  // `at_end`: of the level, which may stay as it is.
  void flush(std::uint32_t number, bool at_end);
  void balance(Level& level, bool leaf);
  void write(std::uint32_t number, Page& page);

  BlockWriter& out_;
  const bool leaves_only_;
  std::vector<IndexLeaf> leaves_;
  std::vector<Level> levels_;  // 0: leaves
};

// The tree `old` with `changes`. Pages of `old` that are replaced are freed in `out`.
IndexTop merge_tree(BlockWriter& out, BufferPool& pool, const IndexTop& old, IndexChanges& changes);
// The leaves of one of the ranges that a new tree is made of: `low` separates it from what comes
// before it. Several ranges may be written at the same time. E2 holds if `entries` fill two pages.
std::vector<IndexLeaf> write_leaves(BlockWriter& out, std::string_view low, IndexChanges& entries);
// The tree of the leaves of all ranges, in their order.
IndexTop join_leaves(BlockWriter& out, std::span<const std::vector<IndexLeaf>> ranges);
// Frees all pages.
void free_tree(BlockWriter& out, BufferPool& pool, const IndexTop& old);

}  // namespace kith::storage
