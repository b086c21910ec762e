// storage/index/tree.cpp: descents, steps, ranks.
#include "storage/index/tree.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/assert.hpp"
#include "kith/error.hpp"

namespace kith::storage {

namespace {

[[noreturn]] void corrupt() {
  throw StorageError("CorruptBlock", "the levels of an index contradict themselves");
}

}  // namespace

IndexTree::IndexTree(std::uint32_t id, const IndexTop& top, BufferPool& pool)
    : id_(id), top_(top), pool_(pool), top_ref_(top.page.page) {
  if (top.height > kMaxIndexHeight || (top.height > 0) != top.page.page.is_set()) corrupt();
}

IndexTree::~IndexTree() { delete top_branch_.load(std::memory_order_relaxed); }

const IndexBranch& IndexTree::trace(std::atomic<IndexBranch*>& place, const BlockRef& ref,
                                    std::uint32_t level) const {
  IndexBranch* found = place.load(std::memory_order_acquire);
  if (found) return *found;
  IndexPage page;
  const Pin pinned = pin(ref, level, page);
  auto made = std::make_unique<IndexBranch>(ref, page);
  if (place.compare_exchange_strong(found, made.get(), std::memory_order_acq_rel))
    return *made.release();
  return *found;  // another thread was quicker
}

std::uint32_t IndexTree::child_for(const IndexBranch& branch, std::string_view entry,
                                   std::uint32_t level) const {
  if (const auto known = branch.child_for(entry)) return *known;
  IndexPage page;
  const Pin pinned = pin(branch.where(), level, page);
  return page.child_for(entry);
}

Pin IndexTree::pin(const BlockRef& ref, std::uint32_t level, IndexPage& page) const {
  Pin pin = pool_.pin(ref, BlockKind::Index);
  page = view(pin, level);
  return pin;
}

IndexPage IndexTree::view(const Pin& pin, std::uint32_t level) {
  const IndexPage page(pin.payload());
  if (page.level() != level) corrupt();
  return page;
}

std::uint64_t IndexTree::rank(std::string_view bound) const {
  if (top_.height == 0) return 0;
  std::uint64_t below = 0;
  BlockRef ref = top_ref_;
  for (std::uint32_t level = top_.height - 1;; --level) {
    IndexPage page;
    const Pin pinned = pin(ref, level, page);
    if (level == 0) return below + page.place_of(bound);
    const std::uint32_t child = page.child_for(bound);
    for (std::uint32_t i = 0; i < child; ++i) below += page.child(i).entries;
    ref = BlockRef(page.child(child).page);
  }
}

void IndexTree::Cursor::clear() {
  pin_.reset();
  valid_ = false;
}

std::uint32_t IndexTree::Cursor::place_in(const IndexBranch& branch, std::uint32_t level,
                                          Toward toward, std::string_view bound) const {
  switch (toward) {
    case Toward::Bound:
      return tree_->child_for(branch, bound, level);
    case Toward::First:
      return 0;
    case Toward::Last:
      break;
  }
  return branch.count() - 1;
}

// From the branch at level `from`, with its place, down to a leaf.
void IndexTree::Cursor::descend(std::uint32_t from, Toward toward, std::string_view bound) {
  for (std::uint32_t level = from; level > 0; --level) {
    const Step& step = steps_[level];
    KITH_ASSERT(step.branch && step.place < step.branch->count());
    if (level == 1) {
      pin_ = tree_->pin(step.branch->ref(step.place), 0, leaf_);
      break;
    }
    const IndexBranch& below = tree_->branch_below(*step.branch, step.place, level - 1);
    steps_[level - 1] = {&below, place_in(below, level - 1, toward, bound)};
  }
  place_ = toward == Toward::Bound   ? leaf_.place_of(bound)
           : toward == Toward::First ? 0
                                     : leaf_.count() - 1;
  valid_ = true;
}

void IndexTree::Cursor::start(Toward toward, std::string_view bound) {
  valid_ = false;
  if (!tree_ || tree_->top_.height == 0) return;
  const std::uint32_t level = tree_->top_.height - 1;
  if (level == 0) {
    pin_ = tree_->pin(tree_->top_ref_, 0, leaf_);
    return descend(0, toward, bound);
  }
  const IndexBranch& top = tree_->top_branch();
  steps_[level] = {&top, place_in(top, level, toward, bound)};
  descend(level, toward, bound);
}

// The next page in a direction; false: there is none, and the cursor is nowhere.
bool IndexTree::Cursor::turn_page(bool forward) {
  const std::uint32_t height = tree_->top_.height;
  for (std::uint32_t level = 1; level < height; ++level) {
    Step& step = steps_[level];
    if (forward ? step.place + 1 == step.branch->count() : step.place == 0) continue;
    forward ? ++step.place : --step.place;
    descend(level, forward ? Toward::First : Toward::Last, {});
    return true;
  }
  valid_ = false;
  return false;
}

// Lookups in order often stay on a page.
bool IndexTree::Cursor::within_leaf(std::string_view bound) const {
  if (!pin_ || tree_->top_.height == 0) return false;
  const auto by = [&](std::uint32_t i) {
    const int head = bound.substr(0, leaf_.prefix().size()).compare(leaf_.prefix());
    return head != 0 ? head : bound.substr(leaf_.prefix().size()).compare(leaf_.rest(i));
  };
  return by(0) >= 0 && by(leaf_.count() - 1) <= 0;
}

void IndexTree::Cursor::seek(std::string_view bound) {
  if (tree_ && within_leaf(bound)) {
    place_ = leaf_.place_of(bound);
    valid_ = true;
    return;
  }
  start(Toward::Bound, bound);
  if (valid_ && place_ == leaf_.count()) turn_page(true);
}

void IndexTree::Cursor::seek_before(std::string_view bound) {
  start(Toward::Bound, bound);
  if (!valid_) return;
  if (place_ > 0) {
    --place_;
  } else {
    turn_page(false);
  }
}

void IndexTree::Cursor::seek_first() { start(Toward::First, {}); }
void IndexTree::Cursor::seek_last() { start(Toward::Last, {}); }

std::string_view IndexTree::Cursor::entry() {
  KITH_ASSERT(valid_);
  const std::string_view prefix = leaf_.prefix(), rest = leaf_.rest(place_);
  if (prefix.size() + rest.size() > buffer_.size()) corrupt();
  std::memcpy(buffer_.data(), prefix.data(), prefix.size());
  if (!rest.empty()) std::memcpy(buffer_.data() + prefix.size(), rest.data(), rest.size());
  const std::size_t bytes = prefix.size() + rest.size();
  if (bytes <= kEntryIdBytes) corrupt();
  return {buffer_.data(), bytes};
}

void IndexTree::Cursor::next() {
  KITH_ASSERT(valid_);
  if (++place_ == leaf_.count()) turn_page(true);
}

void IndexTree::Cursor::previous() {
  KITH_ASSERT(valid_);
  if (place_ == 0) {
    turn_page(false);
  } else {
    --place_;
  }
}

std::size_t IndexTree::Cursor::take_below(std::string_view bound, std::span<std::uint64_t> out) {
  KITH_ASSERT(valid_);
  const std::uint32_t end = leaf_.place_of(bound);
  std::size_t taken = 0;
  for (; place_ < end && taken < out.size(); ++place_) out[taken++] = id();
  if (place_ == leaf_.count()) turn_page(true);
  return taken;
}

std::size_t IndexTree::Cursor::take_down_to(std::string_view bound, std::span<std::uint64_t> out) {
  KITH_ASSERT(valid_);
  const std::uint32_t end = leaf_.place_of(bound);
  std::size_t taken = 0;
  while (place_ >= end && taken < out.size()) {
    out[taken++] = id();
    if (place_ == 0) {
      turn_page(false);
      break;
    }
    --place_;
  }
  return taken;
}

}  // namespace kith::storage
