// cypher/exec/node_ties.cpp: reading a node's lists as one, and its bits.
#include "cypher/exec/node_ties.hpp"

#include <utility>

namespace kith::exec {

void NodeTies::set_bits(bool value) {
  bits_are_set_ = value;
  with_ids(list_, [&](auto ids) {
    if (!value) {
      for (const std::uint64_t id : ids) bits_[id / 64] = 0;
      return;
    }
    has_repeats_ = false;
    for (std::size_t i = ids.size(); i-- > 0;) {
      if (!keep_) bits_[ids[i] / 64] |= std::uint64_t{1} << (ids[i] % 64);
      if (places_) places_[ids[i]] = static_cast<std::uint32_t>(i);
      has_repeats_ |= i > 0 && ids[i] == ids[i - 1];
    }
    if (keep_) set_bits_of_kept();
  });
}

void NodeTies::set_bits_of_kept() {
  if (own_relationships_.empty()) copy_relationships();
  kept_relationships_ = own_relationships_;
  with_ids(list_, [&](auto ids) { kept_nodes_.assign(ids.begin(), ids.end()); });
  kept_nodes_.resize(keep_(kept_nodes_.size(), kept_nodes_.data(), kept_relationships_.data()));
  for (const std::uint64_t id : kept_nodes_) bits_[id / 64] |= std::uint64_t{1} << (id % 64);
}

bool NodeTies::has_bits() {
  if (bits_are_set_) return true;
  if (bits_refused_ || list_.size > UINT32_MAX) return false;
  if (!bits_) {
    const std::uint64_t words = limit_ / 64 + 1;
    bits_refused_ = !account_.take(words * sizeof(std::uint64_t));
    if (bits_refused_) return false;
    bits_ = std::make_unique<std::uint64_t[]>(words);
    if (limit_ <= kMostPlaces && account_.take(limit_ * sizeof(std::uint32_t))) {
      places_ = std::make_unique_for_overwrite<std::uint32_t[]>(limit_);
    }
  }
  set_bits(true);
  return true;
}

void NodeTies::copy_relationships() {
  own_relationships_.resize(list_.size);
  list_.copy_relationships(own_relationships_.data());
}

// Lists of several types or directions become one.
void NodeTies::read(std::uint64_t node) {
  const auto lists = cursor_->lists(node);
  if (lists.empty()) return;
  if (lists.size() == 1) {
    list_ = lists[0];
    return;
  }
  std::vector<std::pair<std::uint64_t, std::uint64_t>> items;
  for (const storage::NeighbourList& list : lists) {
    with_ids(list, [&](auto ids) {
      for (std::size_t i = 0; i < ids.size(); ++i) items.emplace_back(ids[i], list.relationship(i));
    });
  }
  std::sort(items.begin(), items.end());
  own_.clear();
  for (const auto& [id, relationship] : items) {
    own_.push_back(id);
    own_relationships_.push_back(relationship);
  }
  list_.wide = own_.data();
  list_.size = own_.size();
  list_.relationships = own_relationships_.data();
}

}  // namespace kith::exec
