// storage/graph/segment_pin.hpp: a segment's directory, held in memory as long as the pin lives.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "core/assert.hpp"

namespace kith::storage {

// Movable, not copyable; empty where there is no segment. What is read through it (columns, lists,
// sets, and readers of those) is valid as long as the pin, and the pin as long as its base.
template <class Segment>
class SegmentPin {
 public:
  SegmentPin() = default;
  SegmentPin(const Segment* segment, std::atomic<std::uint64_t>* pins)
      : segment_(segment), pins_(pins) {}
  SegmentPin(SegmentPin&& from) noexcept
      : segment_(std::exchange(from.segment_, nullptr)),
        pins_(std::exchange(from.pins_, nullptr)) {}
  SegmentPin& operator=(SegmentPin&& from) noexcept {
    if (this != &from) {
      reset();
      segment_ = std::exchange(from.segment_, nullptr);
      pins_ = std::exchange(from.pins_, nullptr);
    }
    return *this;
  }
  ~SegmentPin() { reset(); }

  explicit operator bool() const { return segment_ != nullptr; }
  const Segment* get() const { return segment_; }
  const Segment* operator->() const {
    KITH_ASSERT(segment_ != nullptr);
    return segment_;
  }
  const Segment& operator*() const { return *operator->(); }
  friend bool operator==(const SegmentPin& pin, std::nullptr_t) { return !pin; }

  void reset() noexcept {
    segment_ = nullptr;
    if (pins_) std::exchange(pins_, nullptr)->fetch_sub(1, std::memory_order_release);
  }

 private:
  const Segment* segment_ = nullptr;
  std::atomic<std::uint64_t>* pins_ = nullptr;
};

}  // namespace kith::storage
