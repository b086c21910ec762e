// cypher/plan/slot_set.hpp: a set of variable slots, kept sorted.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "core/vector.hpp"

namespace kith::plan {

class SlotSet {
 public:
  SlotSet() = default;
  SlotSet(std::initializer_list<Slot> slots) : SlotSet(std::vector<Slot>(slots)) {}
  explicit SlotSet(std::vector<Slot> slots) : slots_(std::move(slots)) {
    std::sort(slots_.begin(), slots_.end());
    slots_.erase(std::unique(slots_.begin(), slots_.end()), slots_.end());
  }

  std::vector<Slot>::const_iterator begin() const { return slots_.begin(); }
  std::vector<Slot>::const_iterator end() const { return slots_.end(); }

  bool contains(Slot slot) const { return std::binary_search(slots_.begin(), slots_.end(), slot); }
  bool contains_all(const SlotSet& other) const {
    return std::includes(slots_.begin(), slots_.end(), other.begin(), other.end());
  }
  bool intersects(const SlotSet& other) const {
    return std::any_of(other.begin(), other.end(), [this](Slot s) { return contains(s); });
  }
  void insert(Slot slot) {
    const auto at = std::lower_bound(slots_.begin(), slots_.end(), slot);
    if (at == slots_.end() || *at != slot) slots_.insert(at, slot);
  }
  void insert(const SlotSet& other) {
    if (other.empty()) return;
    std::vector<Slot> all;
    all.reserve(slots_.size() + other.size());
    std::set_union(slots_.begin(), slots_.end(), other.begin(), other.end(),
                   std::back_inserter(all));
    slots_ = std::move(all);
  }
  SlotSet minus(const SlotSet& other) const {
    SlotSet left;
    std::set_difference(slots_.begin(), slots_.end(), other.begin(), other.end(),
                        std::back_inserter(left.slots_));
    return left;
  }
  SlotSet common(const SlotSet& other) const {
    SlotSet both;
    std::set_intersection(slots_.begin(), slots_.end(), other.begin(), other.end(),
                          std::back_inserter(both.slots_));
    return both;
  }

  bool empty() const { return slots_.empty(); }
  std::size_t size() const { return slots_.size(); }
  const std::vector<Slot>& slots() const { return slots_; }
  friend bool operator==(const SlotSet&, const SlotSet&) = default;

 private:
  std::vector<Slot> slots_;
};

}  // namespace kith::plan
