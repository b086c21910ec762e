// storage/index/tree_check.cpp: every invariant of a tree, proved on its pages.
#include <fmt/format.h>

#include <optional>

#include "core/assert.hpp"
#include "storage/index/tree.hpp"

namespace kith::storage {

namespace {

class Check {
 public:
  Check(BufferPool& pool, const std::function<void(std::string_view)>& see)
      : pool_(pool), see_(see) {}

  void page(const IndexChild& child, std::uint32_t level, std::string_view low,
            std::optional<std::string> high, bool last) {
    const BlockRef ref(child.page);
    const Pin pin = pool_.pin(ref, BlockKind::Index);
    const IndexPage page(pin.payload());
    where_ = child.page.page;
    if (page.level() != level) {
      wrong(fmt::format("has level {} where {} belongs", page.level(), level));
      return;
    }
    fill(page, last);
    const std::uint64_t before = entries_;
    level == 0 ? leaf(page, low, high) : branch(page, low, high, last);
    where_ = child.page.page;
    if (entries_ - before != child.entries)
      wrong(fmt::format("has {} entries below, its parent says {}", entries_ - before,
                        child.entries));  // E3
  }

  std::vector<std::string> problems;

 private:
  void wrong(const std::string& what) {
    if (problems.size() < 100)
      problems.push_back(fmt::format("the index page at {} {}", where_, what));
  }

  // E2
  void fill(const IndexPage& page, bool last) {
    std::size_t cost = 0;
    for (std::uint32_t i = 0; i < page.count(); ++i) {
      const std::size_t bytes = page.prefix().size() + page.rest(i).size();
      cost += page.is_leaf() ? leaf_entry_cost(bytes) : branch_child_cost(bytes);
    }
    // The first separator of a branch counted when it was filled, and is not there any more.
    const std::size_t unknown = page.is_leaf() ? 0 : kMaxEntryBytes;
    if (!last && cost + unknown < kIndexPageLeast)
      wrong(fmt::format("is less full than it should be: {} of {}", cost, kIndexPageLeast));
  }

  // E1
  void leaf(const IndexPage& page, std::string_view low, const std::optional<std::string>& high) {
    for (std::uint32_t i = 0; i < page.count(); ++i) {
      std::string entry = page.string(i);
      const bool sound = entry.size() > kEntryIdBytes && entry.size() <= kMaxEntryBytes;
      if (!sound) wrong(fmt::format("has an entry of {} bytes", entry.size()));
      if (entry < low || (high && entry >= *high)) wrong("has an entry outside its bounds");
      if (entries_ > 0 && entry <= last_) wrong("has entries out of order");
      ++entries_;
      if (see_ && sound) see_(entry);
      last_ = std::move(entry);
    }
  }

  void branch(const IndexPage& page, std::string_view low, const std::optional<std::string>& high,
              bool last) {
    for (std::uint32_t i = 0; i < page.count(); ++i) {
      const std::string from = i == 0 ? std::string(low) : page.string(i);
      const bool at_end = i + 1 == page.count();
      std::optional<std::string> to = high;
      if (!at_end) to = page.string(i + 1);
      if (to && from >= *to) wrong("has separators out of order");
      this->page(page.child(i), page.level() - 1, from, std::move(to), last && at_end);
    }
  }

  BufferPool& pool_;
  const std::function<void(std::string_view)>& see_;
  std::uint64_t entries_ = 0;
  std::string last_;
  std::uint32_t where_ = 0;
};

void pages_below(BufferPool& pool, const IndexChild& child, std::uint32_t level,
                 const std::function<void(const BlockPtr&)>& see) {
  see(child.page);
  if (level == 0) return;
  const BlockRef ref(child.page);
  const Pin pin = pool.pin(ref, BlockKind::Index);
  const IndexPage page(pin.payload());
  if (page.level() != level) return;  // check_tree() says so
  for (std::uint32_t i = 0; i < page.count(); ++i) pages_below(pool, page.child(i), level - 1, see);
}

}  // namespace

std::vector<std::string> check_tree(BufferPool& pool, const IndexTop& top,
                                    const std::function<void(std::string_view entry)>& see) {
  if (top.height == 0) return {};
  if (top.height > kMaxIndexHeight) return {"an index has more levels than there can be"};
  Check check(pool, see);
  check.page(top.page, top.height - 1, "", std::nullopt, true);
  return std::move(check.problems);
}

void for_each_page(BufferPool& pool, const IndexTop& top,
                   const std::function<void(const BlockPtr& page)>& see) {
  if (top.height > 0) pages_below(pool, top.page, top.height - 1, see);
}

}  // namespace kith::storage
