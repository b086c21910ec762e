// storage/index/lookups.cpp: the steps of a group.
#include "storage/index/lookups.hpp"

#include "core/assert.hpp"

namespace kith::storage {

void IndexTree::Lookups::descend(Lookup& lookup) const {
  lookup.branch = nullptr;
  lookup.is_last = true;
  lookup.share = -1;
  const std::uint32_t top = tree_->top_.height - 1;
  for (std::uint32_t level = top; level > 0; --level) {
    lookup.branch = level == top ? &tree_->top_branch()
                                 : &tree_->branch_below(*lookup.branch, lookup.child, level);
    lookup.child = tree_->child_for(*lookup.branch, lookup.key, level);
    lookup.is_last = lookup.is_last && lookup.child + 1 == lookup.branch->count();
  }
  if (lookup.branch)
    lookup.share = lookup.branch->share_of(lookup.key, lookup.child).value_or(lookup.share);
}

void IndexTree::Lookups::find(std::span<const std::string_view> keys) {
  KITH_ASSERT(keys.size() <= kGroup);
  clear();
  count_ = keys.size();
  if (!tree_ || tree_->top_.height == 0) return;
  const std::span lookups = std::span(lookups_).first(count_);
  for (std::size_t i = 0; i < count_; ++i) {
    lookups[i].key = keys[i];
    descend(lookups[i]);
    leaf_of(lookups[i]).prefetch();
  }
  for (Lookup& lookup : lookups) leaf_of(lookup).prefetch_frame();
  for (Lookup& lookup : lookups) {
    lookup.pin = tree_->pool_.pin(leaf_of(lookup), BlockKind::Index);
    __builtin_prefetch(lookup.pin.data());
  }
  for (Lookup& lookup : lookups) {
    lookup.leaf = tree_->view(lookup.pin, 0);
    if (lookup.share >= 0) lookup.leaf.prefetch(lookup.share);
  }
  for (Lookup& lookup : lookups)
    lookup.place = lookup.share >= 0 ? lookup.leaf.place_near(lookup.key, lookup.share)
                                     : lookup.leaf.place_of(lookup.key);
}

std::uint32_t IndexTree::Lookups::count(std::size_t i, std::uint32_t most) const {
  KITH_ASSERT(i < count_);
  const Lookup& lookup = lookups_[i];
  return lookup.pin ? lookup.leaf.run_of(lookup.key, lookup.place, most) : 0;
}

bool IndexTree::Lookups::may_go_on(std::size_t i, std::uint32_t count) const {
  KITH_ASSERT(i < count_);
  const Lookup& lookup = lookups_[i];
  if (!lookup.pin || lookup.is_last || lookup.place + count < lookup.leaf.count()) return false;
  const bool same_branch = lookup.child + 1 < lookup.branch->count();
  return !same_branch || lookup.branch->next_may_begin_with(lookup.key, lookup.child);
}

std::uint64_t IndexTree::Lookups::id(std::size_t i, std::uint32_t nth) const {
  KITH_ASSERT(i < count_ && lookups_[i].pin);
  return lookups_[i].leaf.id(lookups_[i].place + nth);
}

void IndexTree::Lookups::clear() {
  for (Lookup& lookup : std::span(lookups_).first(count_)) lookup.pin.reset();
  count_ = 0;
}

}  // namespace kith::storage
