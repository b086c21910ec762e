// cypher/exec/id_map.hpp: a small hash map from ids to 32-bit numbers, made to be cleared often.
#pragma once

#include <cstdint>
#include <vector>

#include "core/assert.hpp"
#include "core/hash.hpp"

namespace kith::exec {

class IdMap {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  void clear() {
    if (++generation_ == 0) {  // stamps would repeat
      slots_.assign(slots_.size(), Slot{});
      generation_ = 1;
    }
    size_ = 0;
  }
  std::uint32_t size() const { return size_; }
  std::uint64_t bytes() const { return slots_.capacity() * sizeof(Slot); }

  std::uint32_t find(std::uint64_t id) const {
    if (slots_.empty()) return kNone;
    for (std::size_t at = hash_node(id) & mask();; at = (at + 1) & mask()) {
      const Slot& slot = slots_[at];
      if (slot.generation != generation_) return kNone;
      if (slot.id == id) return slot.value;
    }
  }

  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const Slot& slot : slots_) {
      if (slot.generation == generation_) visit(slot.id);
    }
  }

  // Gives the value that the id has already, or `value`, which it has from now on.
  std::uint32_t insert(std::uint64_t id, std::uint32_t value) {
    if (2 * (std::size_t{size_} + 1) > slots_.size()) grow();
    for (std::size_t at = hash_node(id) & mask();; at = (at + 1) & mask()) {
      Slot& slot = slots_[at];
      if (slot.generation == generation_ && slot.id == id) return slot.value;
      if (slot.generation == generation_) continue;
      slot = {id, value, generation_};
      ++size_;
      return value;
    }
  }

 private:
  struct Slot {
    std::uint64_t id = 0;
    std::uint32_t value = 0, generation = 0;
  };
  std::size_t mask() const { return slots_.size() - 1; }

  void grow() {
    std::vector<Slot> old(slots_.empty() ? 64 : 2 * slots_.size());
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.generation != generation_) continue;
      std::size_t at = hash_node(slot.id) & mask();
      while (slots_[at].generation == generation_) at = (at + 1) & mask();
      slots_[at] = slot;
    }
    KITH_ASSERT((slots_.size() & mask()) == 0);
  }

  std::vector<Slot> slots_;  // a power of two
  std::uint32_t size_ = 0, generation_ = 1;
};

}  // namespace kith::exec
