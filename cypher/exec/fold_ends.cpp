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

void NodeEnds::prepare(std::span<const std::uint64_t> nodes) {
  if (bits_are_set_) set_bits(false);  // while it is known which
  ids_ = {};
  begins_.clear();
  is_read_ = false;
  place_ = kNoPlace;
  if (cursor_ == nullptr) return;
  sizes_.resize(nodes.size());
  cursor_->degrees(nodes, sizes_);
  std::uint64_t total = 0;
  for (const std::uint64_t size : sizes_) total += size;
  if (total > kShort * nodes.size()) return;
  begins_.resize(nodes.size());
  prepared_.resize(total);
  total = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    begins_[i] = total;
    total += sizes_[i];
    sizes_[i] = 0;  // read so far
  }
  cursor_->each_list(nodes, [&](std::size_t place, const storage::NeighbourList& list) {
    auto* const begin = prepared_.data() + begins_[place];
    auto* const end = begin + sizes_[place];
    with_ids(list, [&](auto ids) { std::copy(ids.begin(), ids.end(), end); });
    if (end != begin) std::inplace_merge(begin, end, end + list.size);  // of another type
    sizes_[place] += list.size;
  });
}

void NodeEnds::read() {
  if (is_read_) return;
  if (bits_are_set_) set_bits(false);
  ids_ = {};
  is_read_ = true;
  if (cursor_ == nullptr) return;
  if (place_ < begins_.size()) {
    ids_ = std::span(prepared_).subspan(begins_[place_], sizes_[place_]);
    has_repeats_ = std::adjacent_find(ids_.begin(), ids_.end()) != ids_.end();
    return;
  }
  own_.clear();
  std::size_t lists = 0;
  cursor_->each_list({&node_, 1}, [&](std::size_t, const storage::NeighbourList& list) {
    ++lists;
    with_ids(list, [&](auto ids) { own_.insert(own_.end(), ids.begin(), ids.end()); });
  });
  if (lists > 1) std::sort(own_.begin(), own_.end());
  ids_ = own_;
  has_repeats_ = std::adjacent_find(ids_.begin(), ids_.end()) != ids_.end();
}

}  // namespace kith::exec
