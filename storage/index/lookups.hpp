// storage/index/lookups.hpp: a group of keys looked up in a tree together.
//
// A lookup in no order waits for memory step by step: for the frame of its leaf, the head of the
// page, the place where the key should be. Here all keys of a group take a step before any takes
// the next, and each asks for what it will read there, so they wait together.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "storage/index/tree.hpp"

namespace kith::storage {

// Not thread-safe. What was found is pinned until the next group, or clear().
class IndexTree::Lookups {
 public:
  static constexpr std::size_t kGroup = 32;

  explicit Lookups(const IndexTree* tree /* nullptr: an empty one */) : tree_(tree) {}

  // Whole keys (K2, K3), at most kGroup, in any order; what they point to outlives the group.
  void find(std::span<const std::string_view> keys);
  // Entries of key i, up to `most`; with more than that it is `most`.
  std::uint32_t count(std::size_t i, std::uint32_t most) const;
  // Whether there may be more than count() says, on the next page.
  bool may_go_on(std::size_t i, std::uint32_t count) const;
  // The element of the entry `nth` of key i.
  std::uint64_t id(std::size_t i, std::uint32_t nth) const;
  void clear();

 private:
  struct Lookup {
    std::string_view key;
    const IndexBranch* branch = nullptr;  // above the leaf; none: the leaf is the top
    std::uint32_t child = 0;              // of the branch
    bool is_last = true;                  // no leaf follows
    double share = -1;                    // of the way through the leaf; below 0: unknown
    Pin pin;
    IndexPage leaf;
    std::uint32_t place = 0;
  };
  const BlockRef& leaf_of(const Lookup& lookup) const {
    return lookup.branch ? lookup.branch->ref(lookup.child) : tree_->top_ref_;
  }
  void descend(Lookup& lookup) const;

  const IndexTree* tree_;
  std::size_t count_ = 0;
  std::array<Lookup, kGroup> lookups_;
};

}  // namespace kith::storage
