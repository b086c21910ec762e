// storage/index/branch.cpp: comparing with the heads of separators.
#include "storage/index/branch.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "core/radix_sort.hpp"

namespace kith::storage {

IndexBranch::IndexBranch(const BlockRef& where, const IndexPage& page)
    : where_(where),
      count_(page.count()),
      refs_(std::make_unique<BlockRef[]>(count_)),
      below_(std::make_unique<std::atomic<IndexBranch*>[]>(count_)),
      heads_(std::make_unique<std::uint64_t[]>(count_)) {
  KITH_ASSERT(!page.is_leaf());
  if (count_ > 1) {
    const std::string first = page.string(1), last = page.string(count_ - 1);
    common_ = first.substr(0, common_bytes(first, last));
  }
  for (std::uint32_t i = 0; i < count_; ++i) {
    refs_[i].ptr = page.child(i).page;
    if (i > 0) heads_[i] = text_prefix(tail(page.string(i)));
  }
}

IndexBranch::~IndexBranch() {
  for (std::uint32_t i = 0; i < count_; ++i) delete below_[i].load(std::memory_order_relaxed);
}

std::optional<std::uint32_t> IndexBranch::child_for(std::string_view entry) const {
  const int by = entry.substr(0, common_.size()).compare(common_);
  if (by != 0) return by < 0 ? 0 : count_ - 1;
  const std::uint64_t wanted = text_prefix(tail(entry));
  // Those below `from` are below, without a branch of the program for each comparison.
  const std::uint64_t* from = heads_.get() + 1;
  for (std::size_t left = count_ - 1; left > 0;) {
    const std::size_t half = (left + 1) / 2;
    from = from[half - 1] < wanted ? from + half : from;
    left -= half;
  }
  const auto above = static_cast<std::uint32_t>(from - heads_.get());
  if (above < count_ && *from == wanted) return std::nullopt;
  return above - 1;
}

std::optional<double> IndexBranch::share_of(std::string_view entry, std::uint32_t child) const {
  KITH_ASSERT(child < count_);
  if (child == 0 || child + 1 == count_) return std::nullopt;
  const std::uint64_t low = heads_[child], high = heads_[child + 1];
  const std::uint64_t wanted = text_prefix(tail(entry));
  if (wanted < low || wanted >= high) return std::nullopt;
  return static_cast<double>(wanted - low) / static_cast<double>(high - low);
}

bool IndexBranch::next_may_begin_with(std::string_view key, std::uint32_t child) const {
  KITH_ASSERT(child + 1 < count_);
  const std::size_t same = std::min(key.size(), common_.size());
  if (key.substr(0, same) != std::string_view(common_).substr(0, same)) return false;
  const std::string_view rest = tail(key);
  if (rest.empty()) return true;
  const std::size_t unlike = 8 * (sizeof(std::uint64_t) - std::min(rest.size(), std::size_t{8}));
  return ((text_prefix(rest) ^ heads_[child + 1]) >> unlike) == 0;
}

}  // namespace kith::storage
