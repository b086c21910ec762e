// storage/graph/slot_set.cpp: the four forms of a set of slots.
#include "storage/graph/slot_set.hpp"

#include <algorithm>

#include "core/bits.hpp"

namespace kith::storage {

namespace {

constexpr std::uint32_t kMostSparse = kSegmentSlots / 16;  // as large as the bitmap

}  // namespace

SlotSet SlotSet::first(std::uint32_t count) {
  KITH_ASSERT(count <= kSegmentSlots);
  SlotSet set;
  set.form_ = count == 0 ? SetForm::None : SetForm::All;
  set.count_ = count;
  return set;
}

SlotSet SlotSet::of(const SlotBits& bits) {
  std::uint32_t count = 0, end = 0;
  for (std::uint32_t w = 0; w < kSetWords; ++w) {
    count += count_bits(bits[w]);
    if (bits[w] != 0) end = w * 64 + 64 - static_cast<std::uint32_t>(std::countl_zero(bits[w]));
  }
  if (count == end) return first(count);
  SlotSet set;
  set.count_ = count;
  if (count > kMostSparse) {
    set.form_ = SetForm::Bitmap;
    set.words_.assign(bits.begin(), bits.end());
    return set;
  }
  set.form_ = SetForm::Sparse;
  set.sparse_.reserve(count);
  for (std::uint32_t w = 0; w < kSetWords; ++w)
    for (std::uint64_t left = bits[w]; left != 0; left &= left - 1)
      set.sparse_.push_back(
          static_cast<std::uint16_t>(w * 64 + static_cast<std::uint32_t>(std::countr_zero(left))));
  return set;
}

SlotSet SlotSet::of(std::span<const std::uint16_t> slots) {
  SlotBits bits{};
  std::uint32_t before = 0;
  for (const std::uint16_t slot : slots) {
    KITH_ASSERT(slot < kSegmentSlots && slot + 1u > before);
    before = slot + 1u;
    bits[slot / 64] |= std::uint64_t{1} << (slot % 64);
  }
  return of(bits);
}

std::uint64_t SlotSet::word(std::uint32_t word) const {
  KITH_ASSERT(word < kSetWords);
  switch (form_) {
    case SetForm::None:
      return 0;
    case SetForm::All: {
      const std::uint32_t begin = word * 64;
      if (count_ >= begin + 64) return ~std::uint64_t{0};
      return count_ <= begin ? 0 : (std::uint64_t{1} << (count_ - begin)) - 1;
    }
    case SetForm::Sparse: {
      std::uint64_t bits = 0;
      auto at = std::lower_bound(sparse_.begin(), sparse_.end(), word * 64);
      for (; at != sparse_.end() && *at < word * 64 + 64; ++at)
        bits |= std::uint64_t{1} << (*at % 64);
      return bits;
    }
    case SetForm::Bitmap:
      return words_[word];
  }
  return 0;
}

void SlotSet::copy_to(SlotBits& bits) const {
  bits.fill(0);
  if (form_ == SetForm::Sparse) {
    for (const std::uint16_t slot : sparse_) bits[slot / 64] |= std::uint64_t{1} << (slot % 64);
    return;
  }
  for (std::uint32_t w = 0; w < kSetWords; ++w) bits[w] = word(w);
}

bool SlotSet::sparse_contains(std::uint32_t slot) const {
  return std::binary_search(sparse_.begin(), sparse_.end(), slot);
}

}  // namespace kith::storage
