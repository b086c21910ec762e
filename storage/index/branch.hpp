// storage/index/branch.hpp: what a branch of an index's tree leaves in memory once it was visited:
// where its children were in the pool, and of each separator the first bytes that tell it from the
// others. They mostly say which child has a key, so that a descent reads, and pins, a leaf alone.
//
// Made once and never changed, but for the branches below that come to it. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/index/page.hpp"
#include "storage/page/pin.hpp"

namespace kith::storage {

class IndexBranch {
 public:
  // `page` is of the block at `where`, which stays in its place.
  IndexBranch(const BlockRef& where, const IndexPage& page);
  ~IndexBranch();
  IndexBranch(const IndexBranch&) = delete;
  IndexBranch& operator=(const IndexBranch&) = delete;

  std::uint32_t count() const { return count_; }
  const BlockRef& where() const { return where_; }
  const BlockRef& ref(std::uint32_t child) const { return refs_[child]; }
  // The trace of a child that is a branch; none yet: null.
  std::atomic<IndexBranch*>& below(std::uint32_t child) const { return below_[child]; }

  // The child that has, or would have, an entry; nothing: its page has to be asked.
  std::optional<std::uint32_t> child_for(std::string_view entry) const;
  // How far `entry` is between the separators around its child, from 0 to 1; nothing: nobody knows.
  std::optional<double> share_of(std::string_view entry, std::uint32_t child) const;
  // Whether the separator behind `child` may begin with `key`. There is one.
  bool next_may_begin_with(std::string_view key, std::uint32_t child) const;

 private:
  std::string_view tail(std::string_view entry) const {
    return entry.size() <= common_.size() ? std::string_view() : entry.substr(common_.size());
  }

  const BlockRef& where_;
  std::uint32_t count_;
  std::unique_ptr<BlockRef[]> refs_;
  std::unique_ptr<std::atomic<IndexBranch*>[]> below_;
  std::string common_;                      // with which all separators but the first begin
  std::unique_ptr<std::uint64_t[]> heads_;  // of them, the bytes behind it (text_prefix); [0] is 0
};

}  // namespace kith::storage
