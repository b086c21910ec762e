// storage/graph/slot_set.hpp: a set of slots of one segment: who is alive, who has a label.
//
// Immutable once built; in the smallest of four forms.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/assert.hpp"
#include "core/id.hpp"
#include "storage/page/format.hpp"

namespace kith::storage {

inline constexpr std::size_t kSetWords = kSegmentSlots / 64;
using SlotBits = std::array<std::uint64_t, kSetWords>;

class SlotSet {
 public:
  SlotSet() = default;                                      // empty
  static SlotSet first(std::uint32_t count);                // slots 0 … count - 1
  static SlotSet of(const SlotBits& bits);                  // picks the smallest form
  static SlotSet of(std::span<const std::uint16_t> slots);  // ascending, unique

  SetForm form() const { return form_; }
  std::uint32_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  // All of the first `slots` slots.
  bool is_all(std::uint32_t slots) const { return form_ == SetForm::All && count_ == slots; }

  bool contains(std::uint32_t slot) const {
    KITH_ASSERT(slot < kSegmentSlots);
    switch (form_) {
      case SetForm::None:
        return false;
      case SetForm::All:
        return slot < count_;
      case SetForm::Sparse:
        return sparse_contains(slot);
      case SetForm::Bitmap:
        return (words_[slot / 64] >> (slot % 64) & 1) != 0;
    }
    return false;
  }
  // 64 slots at once: bit i is slot 64 * word + i.
  std::uint64_t word(std::uint32_t word) const;
  void copy_to(SlotBits& bits) const;

  std::span<const std::uint16_t> sparse() const { return sparse_; }  // form Sparse
  std::span<const std::uint64_t> bitmap() const { return words_; }   // form Bitmap
  std::size_t heap_bytes() const { return sparse_.capacity() * 2 + words_.capacity() * 8; }

  template <class F>
  void for_each(F&& see) const {  // ascending
    if (form_ == SetForm::Sparse) {
      for (const std::uint16_t slot : sparse_) see(std::uint32_t{slot});
    } else if (form_ == SetForm::All) {
      for (std::uint32_t slot = 0; slot < count_; ++slot) see(slot);
    } else if (form_ == SetForm::Bitmap) {
      for (std::uint32_t w = 0; w < kSetWords; ++w)
        for (std::uint64_t bits = words_[w]; bits != 0; bits &= bits - 1)
          see(w * 64 + static_cast<std::uint32_t>(std::countr_zero(bits)));
    }
  }

 private:
  bool sparse_contains(std::uint32_t slot) const;

  SetForm form_ = SetForm::None;
  std::uint32_t count_ = 0;
  std::vector<std::uint16_t> sparse_;
  std::vector<std::uint64_t> words_;  // kSetWords
};

}  // namespace kith::storage
