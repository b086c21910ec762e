// storage/delta/slab.hpp: entries of a delta that are made together lie together.
//
// A statement makes a million of them and a checkpoint lets a million go: one piece of memory for
// a hundred costs the allocator a hundredth, and less room.
//
//   L1  A slab's memory is given back when its maker and all that was made in it are gone.
//   L2  Where an entry lies is written in it: whoever lets go of the last reference need not know.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "core/assert.hpp"
#include "core/bulk_memory.hpp"
#include "storage/delta/ref.hpp"

namespace kith::storage {

template <class T>
class SlabMaker;

// What may lie in a slab; T derives from it.
class SlabEntry : public Shared {
 protected:
  explicit SlabEntry(Owner owner) : Shared(owner) {}
  ~SlabEntry() = default;

  template <class T>
  static void destroy_entry(const T* entry) noexcept;

 private:
  template <class T>
  friend class SlabMaker;
  std::uint16_t place_ = 0;  // from 1; 0: it has memory of its own
};

// Makes entries in slabs. Not thread-safe; the entries may go on any thread.
template <class T>
class SlabMaker {
 public:
  // Of so many, about; they need not all be made.
  explicit SlabMaker(std::size_t expected) : expected_(expected) {}
  SlabMaker(const SlabMaker&) = delete;
  SlabMaker& operator=(const SlabMaker&) = delete;
  ~SlabMaker() { close(); }

  Ref<T> make(Owner owner) {
    if (made_ == places_) open();
    T* entry = new (slab_ + kHead + made_ * sizeof(T)) T(owner);
    KITH_ASSERT(made_ < places_);
    static_cast<SlabEntry*>(entry)->place_ = static_cast<std::uint16_t>(++made_);
    return Ref<T>(entry);
  }

 private:
  friend class SlabEntry;
  static constexpr std::size_t kLeastPlaces = 8, kMostPlaces = 128;
  static constexpr std::size_t kHead = 16;
  struct Head {                        // at the begin of a slab
    std::atomic<std::uint32_t> users;  // entries that are there, or may still come
    std::uint32_t bytes;
  };
  static_assert(sizeof(Head) <= kHead && alignof(T) <= kHead && sizeof(T) % alignof(T) == 0);

  void open() {
    close();
    last_ = std::clamp<std::size_t>(2 * last_, kLeastPlaces, kMostPlaces);
    places_ = std::clamp<std::size_t>(expected_, 1, last_);
    expected_ -= std::min(expected_, places_);
    const std::size_t bytes = kHead + places_ * sizeof(T);
    slab_ = take_bulk(bytes);
    new (slab_) Head{static_cast<std::uint32_t>(places_), static_cast<std::uint32_t>(bytes)};
  }
  // The maker stands for the places that were not taken.
  void close() noexcept {
    if (places_ != made_) leave(slab_, places_ - made_);
    places_ = made_ = 0;
  }
  static void leave(std::byte* slab, std::size_t places) noexcept {
    auto* head = std::launder(reinterpret_cast<Head*>(slab));
    const auto gone = static_cast<std::uint32_t>(places);
    if (head->users.fetch_sub(gone, std::memory_order_acq_rel) == gone)
      give_bulk(slab, head->bytes);  // L1
  }

  std::size_t expected_, last_ = 0;
  std::byte* slab_ = nullptr;
  std::size_t places_ = 0, made_ = 0;
};

template <class T>
void SlabEntry::destroy_entry(const T* entry) noexcept {
  const std::size_t place = static_cast<const SlabEntry*>(entry)->place_;
  if (place == 0) {
    delete entry;
    return;
  }
  T* const mine = const_cast<T*>(entry);
  auto* const at = static_cast<std::byte*>(static_cast<void*>(mine));
  mine->~T();
  SlabMaker<T>::leave(at - (place - 1) * sizeof(T) - SlabMaker<T>::kHead, 1);  // L2
}

}  // namespace kith::storage
