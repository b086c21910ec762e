// storage/delta/ref.hpp: intrusive counted reference to a node of a persistent structure.
//
// Delta nodes are shared by many roots that live and die on different threads, and there are
// millions of them: the count stands in the node itself, one word, and not beside it.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "core/assert.hpp"

namespace kith::storage {

// Who may change a node in place: one statement of one transaction, a number never given twice.
using Owner = std::uint64_t;
// Of nodes that nobody may change: what a checkpoint left of a delta.
inline constexpr Owner kNobody = ~Owner{0};

class Shared {
 public:
  explicit Shared(Owner owner) : owner_(owner) {}
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  Owner owner() const { return owner_; }
  void hold() const noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  // True when this was the last reference.
  bool release() const noexcept { return references_.fetch_sub(1, std::memory_order_acq_rel) == 1; }
  bool sole() const noexcept { return references_.load(std::memory_order_acquire) == 1; }

 protected:
  ~Shared() = default;

 private:
  mutable std::atomic<std::uint32_t> references_{0};
  Owner owner_;
};

// T derives from Shared and has `static void destroy(const T*) noexcept`.
template <class T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(T* fresh) noexcept : target_(fresh) {
    if (target_) target_->hold();
  }
  Ref(const Ref& other) noexcept : Ref(other.target_) {}
  Ref(Ref&& other) noexcept : target_(std::exchange(other.target_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(target_, other.target_);
    return *this;
  }
  ~Ref() {
    if (target_ && target_->release()) T::destroy(target_);
  }

  T* get() const noexcept { return target_; }
  T& operator*() const {
    KITH_ASSERT(target_);
    return *target_;
  }
  T* operator->() const {
    KITH_ASSERT(target_);
    return target_;
  }
  explicit operator bool() const noexcept { return target_ != nullptr; }
  // Its count will be changed soon.
  friend void fetch(const Ref& ref) { __builtin_prefetch(ref.target_, 1); }
  friend bool operator==(const Ref& a, const Ref& b) noexcept { return a.target_ == b.target_; }

 private:
  T* target_ = nullptr;
};

}  // namespace kith::storage
