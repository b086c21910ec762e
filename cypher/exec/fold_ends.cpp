// cypher/exec/fold_ends.cpp: reading a list, and its bits.
#include "cypher/exec/fold_ends.hpp"

namespace kith::exec {

void NodeEnds::set_bits(bool value) {
  for (const std::uint64_t id : ids_) {
    const std::uint64_t bit = std::uint64_t{1} << (id % 64);
    bits_[id / 64] = value ? bits_[id / 64] | bit : bits_[id / 64] & ~bit;
  }
  bits_are_set_ = value;
}

bool NodeEnds::has_bits() {
  if (bits_are_set_) return true;
  if (bits_refused_) return false;
  if (!bits_) {
    const std::uint64_t words = limit_ / 64 + 1;
    bits_refused_ = !account_.take(words * sizeof(std::uint64_t));
    if (bits_refused_) return false;
    bits_ = std::make_unique<std::uint64_t[]>(words);
  }
  set_bits(true);
  return true;
}

void NodeEnds::read() {
  if (is_read_) return;
  if (bits_are_set_) set_bits(false);
  ids_.clear();
  is_read_ = true;
  if (cursor_ == nullptr) return;
  std::size_t lists = 0;
  cursor_->each_list({&node_, 1}, [&](std::size_t, const storage::NeighbourList& list) {
    ++lists;
    with_ids(list, [&](auto ids) { ids_.insert(ids_.end(), ids.begin(), ids.end()); });
  });
  if (lists > 1) std::sort(ids_.begin(), ids_.end());
  has_repeats_ = std::adjacent_find(ids_.begin(), ids_.end()) != ids_.end();
}

}  // namespace kith::exec
