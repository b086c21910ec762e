// storage/delta/node_memory.hpp: memory of tree nodes that went, kept by the thread for the next.
//
// A commit of a thousand changes copies thousands of nodes, and lets go of as many when it is
// published: what the allocator would join and cut again is taken as it is, still in the caches.
#pragma once

#include <array>
#include <cstddef>
#include <new>
#include <utility>

namespace kith::storage {

class NodeMemory {
 public:
  static void* take(std::size_t bytes) {
    const std::size_t size = size_class(bytes);
    if (size >= kClasses) return ::operator new(bytes);
    Kept& kept = kept_;
    Piece* const piece = kept.first[size];
    if (!piece) return ::operator new((size + 1) * kStep);
    kept.first[size] = piece->next;
    kept.bytes -= (size + 1) * kStep;
    return piece;
  }
  static void give(void* memory, std::size_t bytes) noexcept {
    const std::size_t size = size_class(bytes);
    if (size >= kClasses || ended_) return ::operator delete(memory);
    Kept& kept = kept_;
    if (kept.bytes + (size + 1) * kStep > kMostKept) return ::operator delete(memory);
    kept.first[size] = new (memory) Piece{kept.first[size]};
    kept.bytes += (size + 1) * kStep;
  }

 private:
  static constexpr std::size_t kStep = 32, kClasses = 10;
#if defined(__SANITIZE_ADDRESS__)
  static constexpr std::size_t kMostKept = 0;  // so that it sees who uses what is gone
#else
  static constexpr std::size_t kMostKept = std::size_t{1} << 20;
#endif
  struct Piece {
    Piece* next;
  };
  struct Kept {
    std::array<Piece*, kClasses> first;
    std::size_t bytes;
    ~Kept() {
      ended_ = true;  // what others of the thread let go of after this is not kept
      for (Piece*& list : first)
        while (list) ::operator delete(std::exchange(list, list->next));
    }
  };
  static constexpr std::size_t size_class(std::size_t bytes) { return (bytes - 1) / kStep; }

  static inline thread_local bool ended_ = false;
  static inline thread_local Kept kept_{};
};

}  // namespace kith::storage
