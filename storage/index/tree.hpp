// storage/index/tree.hpp: reading the tree of an index as a checkpoint wrote it.
//
// Branches that were visited leave a trace in memory (branch.hpp), so a lookup mostly pins a leaf
// and nothing else, without a lock or an allocation. Thread-safe; a cursor is not.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/index/branch.hpp"
#include "storage/index/tree_writer.hpp"

namespace kith::storage {

class IndexTree {
 public:
  // The pool must outlive the tree, and the pages are those of a base that is held.
  IndexTree(std::uint32_t id, const IndexTop& top, BufferPool& pool);
  ~IndexTree();
  IndexTree(const IndexTree&) = delete;
  IndexTree& operator=(const IndexTree&) = delete;

  std::uint32_t id() const { return id_; }
  const IndexTop& top() const { return top_; }
  std::uint64_t entries() const { return top_.height == 0 ? 0 : top_.page.entries; }
  std::uint64_t distinct() const { return top_.height == 0 ? 0 : top_.page.distinct; }
  BufferPool& pool() const { return pool_; }
  // Entries below `bound`.
  std::uint64_t rank(std::string_view bound) const;

  class Cursor;
  class Lookups;

 private:
  friend class Cursor;
  friend class Lookups;
  // The trace of the branch at `ref`, made if there is none.
  const IndexBranch& trace(std::atomic<IndexBranch*>& place, const BlockRef& ref,
                           std::uint32_t level) const;
  const IndexBranch& top_branch() const { return trace(top_branch_, top_ref_, top_.height - 1); }
  const IndexBranch& branch_below(const IndexBranch& branch, std::uint32_t child,
                                  std::uint32_t level) const {
    return trace(branch.below(child), branch.ref(child), level);
  }
  std::uint32_t child_for(const IndexBranch& branch, std::string_view entry,
                          std::uint32_t level) const;
  Pin pin(const BlockRef& ref, std::uint32_t level, IndexPage& page) const;
  static IndexPage view(const Pin& pin, std::uint32_t level);

  const std::uint32_t id_;
  const IndexTop top_;
  BufferPool& pool_;
  BlockRef top_ref_;
  mutable std::atomic<IndexBranch*> top_branch_{nullptr};
};

// A place in the tree, or none. What it gives out is valid until it moves.
class IndexTree::Cursor {
 public:
  explicit Cursor(const IndexTree* tree /* nullptr: an empty one */) : tree_(tree) {}

  void seek(std::string_view bound);         // the first entry that is not below
  void seek_before(std::string_view bound);  // the last entry below
  void seek_first();
  void seek_last();
  bool valid() const { return valid_; }
  std::string_view entry();
  std::uint64_t id() const { return leaf_.id(place_); }
  // Whether the page of this entry has cut keys (K3).
  bool among_cut() const { return leaf_.has_cut(); }
  void next();
  void previous();
  // The ids of this and following entries below `bound`; stands on the first that was not taken.
  // Stops at the end of a page.
  std::size_t take_below(std::string_view bound, std::span<std::uint64_t> out);
  // The same backwards, down to the last entry that is not below `bound`.
  std::size_t take_down_to(std::string_view bound, std::span<std::uint64_t> out);
  void clear();  // pins nothing any more

 private:
  struct Step {
    const IndexBranch* branch = nullptr;
    std::uint32_t place = 0;
  };
  enum class Toward { Bound, First, Last };
  bool within_leaf(std::string_view bound) const;
  std::uint32_t place_in(const IndexBranch& branch, std::uint32_t level, Toward toward,
                         std::string_view bound) const;
  void descend(std::uint32_t from, Toward toward, std::string_view bound);
  void start(Toward toward, std::string_view bound);
  bool turn_page(bool forward);

  const IndexTree* tree_;
  std::array<Step, kMaxIndexHeight> steps_;  // by level, from 1
  Pin pin_;
  IndexPage leaf_;
  std::uint32_t place_ = 0;
  bool valid_ = false;
  std::array<char, kMaxEntryBytes> buffer_;
};

// Proves E1 to E3, and calls `see` with every entry. What is wrong, as sentences; damaged blocks
// throw.
std::vector<std::string> check_tree(BufferPool& pool, const IndexTop& top,
                                    const std::function<void(std::string_view entry)>& see);
// Every page.
void for_each_page(BufferPool& pool, const IndexTop& top,
                   const std::function<void(const BlockPtr& page)>& see);

}  // namespace kith::storage
