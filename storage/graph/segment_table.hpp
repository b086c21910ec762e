// storage/graph/segment_table.hpp: from segment numbers to segments, in leaves of kLeafSegments.
//
// A leaf is immutable but for its cache of loaded segments, and is shared by all bases that have it
// in common. Looking up a segment that is loaded takes no lock.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "core/assert.hpp"
#include "storage/page/block_file.hpp"
#include "storage/page/format.hpp"

namespace kith::storage {

template <class Segment>
class SegmentTable {
 public:
  using Loaded = std::shared_ptr<const Segment>;  // shared: by all bases that have it in common
  using Load = Loaded (*)(BlockFile&, BlockPtr);

  struct Leaf {
    BlockPtr ptr;  // unset: not written yet
    std::array<LeafEntry, kLeafSegments> entries{};
    mutable std::array<std::atomic<const Segment*>, kLeafSegments> loaded{};
    mutable std::array<Loaded, kLeafSegments> owners;  // under the mutex
    mutable std::mutex mutex;

    Leaf() = default;
    Leaf(const Leaf& other) : entries(other.entries) {
      const std::lock_guard lock(other.mutex);
      for (std::size_t i = 0; i < kLeafSegments; ++i) {
        owners[i] = other.owners[i];
        loaded[i].store(owners[i].get(), std::memory_order_relaxed);
      }
    }
  };

  std::uint64_t size() const { return size_; }
  const std::vector<std::shared_ptr<const Leaf>>& leaves() const { return leaves_; }

  // While the table is being built, before anybody shares it.
  void add_leaf(std::shared_ptr<const Leaf> leaf) {
    leaves_.push_back(std::move(leaf));
    size_ = leaves_.size() * kLeafSegments;
  }
  void set_size(std::uint64_t size) { size_ = size; }
  void set_leaf(std::size_t index, std::shared_ptr<const Leaf> leaf) {
    if (index >= leaves_.size()) leaves_.resize(index + 1);
    leaves_[index] = std::move(leaf);
  }

  const LeafEntry* entry(std::uint64_t number) const {
    if (number >= size_) return nullptr;
    const Leaf* leaf = leaves_[number / kLeafSegments].get();
    return leaf ? &leaf->entries[number % kLeafSegments] : nullptr;
  }

  const Segment* get(BlockFile& file, Load load, std::uint64_t number) const {
    if (number >= size_) return nullptr;
    const Leaf* leaf = leaves_[number / kLeafSegments].get();
    if (!leaf) return nullptr;
    const std::size_t index = number % kLeafSegments;
    const Segment* segment = leaf->loaded[index].load(std::memory_order_acquire);
    if (segment || !leaf->entries[index].directory.is_set()) return segment;
    // Two threads may both read it; the first to be done wins.
    Loaded fresh = load(file, leaf->entries[index].directory);
    const std::lock_guard lock(leaf->mutex);
    if (!leaf->owners[index]) {
      leaf->owners[index] = std::move(fresh);
      leaf->loaded[index].store(leaf->owners[index].get(), std::memory_order_release);
    }
    return leaf->owners[index].get();
  }

 private:
  std::vector<std::shared_ptr<const Leaf>> leaves_;  // shared: by bases that have it in common
  std::uint64_t size_ = 0;
};

}  // namespace kith::storage
