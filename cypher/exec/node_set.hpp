// cypher/exec/node_set.hpp: which nodes have been seen: a small hash table, later a bitmap.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/assert.hpp"
#include "cypher/exec/id_map.hpp"

namespace kith::exec {

class NodeSet {
 public:
  // Ids are below `limit`, mostly: it may grow.
  void clear(std::uint64_t limit) {
    few_.clear();
    if (is_dense_) std::fill(bits_.begin(), bits_.end(), 0);
    is_dense_ = false;
    size_ = offered_ = 0;
    limit_ = limit;
  }
  std::uint64_t size() const { return size_; }
  std::uint64_t bytes() const { return few_.bytes() + bits_.capacity() * sizeof(std::uint64_t); }

  bool has(std::uint64_t node) const {
    if (!is_dense_) return few_.find(node) != IdMap::kNone;
    return node / 64 < bits_.size() && (bits_[node / 64] >> node % 64 & 1) != 0;
  }
  // True: it is new.
  bool insert(std::uint64_t node) {
    if (!is_dense_ && ++offered_ > most_few()) make_dense();
    bool is_new = false;
    if (is_dense_) {
      is_new = set(node);
    } else {
      const auto before = few_.size();
      few_.insert(node, before);
      is_new = few_.size() != before;
    }
    size_ += is_new ? 1 : 0;
    return is_new;
  }
  // As a bitmap, bits 0 … limit at least: for those who look at many nodes at once and say then
  // how many they have added.
  std::span<std::uint64_t> wide(std::uint64_t limit) {
    limit_ = std::max(limit_, limit);
    if (!is_dense_ || bits_.size() <= limit / 64) make_dense();
    return bits_;
  }
  std::span<const std::uint64_t> words() const {
    KITH_ASSERT(is_dense_);
    return bits_;
  }
  void added(std::uint64_t count) { size_ += count; }
  // The place of the first of ascending nodes that is there; nodes.size(): none is.
  template <class Id>
  std::size_t find_first(std::span<const Id> nodes) const {
    std::size_t at = 0;
    if (!is_dense_ || (!nodes.empty() && nodes.back() / 64 >= bits_.size())) {
      while (at < nodes.size() && !has(nodes[at])) ++at;
      return at;
    }
    while (at < nodes.size() && (bits_[nodes[at] / 64] >> nodes[at] % 64 & 1) == 0) ++at;
    return at;
  }
  // Of ascending nodes those that are new go to `fresh`, which has room for all; how many.
  template <class Id>
  std::size_t insert(std::span<const Id> nodes, std::uint64_t* fresh) {
    std::size_t count = 0;
    if (!is_dense_ && offered_ + nodes.size() > most_few()) make_dense();
    if (!is_dense_) {
      for (const std::uint64_t node : nodes) {
        fresh[count] = node;
        count += insert(node) ? 1 : 0;
      }
      return count;
    }
    if (!nodes.empty()) make_room(nodes.back());
    for (const std::uint64_t node : nodes) {
      std::uint64_t& word = bits_[node / 64];
      const std::uint64_t bit = std::uint64_t{1} << node % 64;
      if ((word & bit) != 0) continue;  // nearly always so, or nearly never
      word |= bit;
      fresh[count++] = node;
    }
    size_ += count;
    return count;
  }

 private:
  void make_room(std::uint64_t node) {
    if (node / 64 >= bits_.size()) bits_.resize(node / 64 + 1);
  }
  bool set(std::uint64_t node) {
    make_room(node);
    std::uint64_t& word = bits_[node / 64];
    const std::uint64_t bit = std::uint64_t{1} << node % 64;
    const bool is_new = (word & bit) == 0;
    word |= bit;
    return is_new;
  }
  // A bitmap is cleared as a whole, so it has to have been worth it: by how often it was asked.
  std::uint64_t most_few() const { return std::max<std::uint64_t>(kFew, limit_ / kShare); }
  void make_dense() {
    bits_.resize(std::max<std::size_t>(bits_.size(), limit_ / 64 + 1));
    few_.for_each([&](std::uint64_t node) { set(node); });
    is_dense_ = true;
  }

  static constexpr std::uint64_t kFew = 1024, kShare = 512;
  IdMap few_;
  std::vector<std::uint64_t> bits_;  // all 0 unless is_dense_
  bool is_dense_ = false;
  std::uint64_t size_ = 0, limit_ = 0;
  std::uint64_t offered_ = 0;  // to the table
};

}  // namespace kith::exec
