// cypher/exec/fold_ends.hpp: the neighbours of one node, to be looked up in and intersected with.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cypher/exec/fold_memory.hpp"
#include "cypher/exec/set_kernels.hpp"
#include "storage/cursor.hpp"

namespace kith::exec {

// Calls f with the list as a span of its own width.
template <class F>
auto with_ids(const storage::NeighbourList& list, F&& f) {
  if (list.narrow != nullptr) return f(std::span<const std::uint32_t>(list.narrow, list.size));
  return f(std::span<const std::uint64_t>(list.wide, list.size));
}

class NodeEnds {
 public:
  // `cursor` null: there are no such relationships.
  NodeEnds(std::unique_ptr<storage::NeighbourCursor> cursor, std::uint64_t limit,
           FoldAccount& account)
      : cursor_(std::move(cursor)), limit_(limit), account_(account) {}

  static constexpr std::size_t kNoPlace = ~std::size_t{0};
  // From now on it is about this node. `place`: of the node among those of prepare().
  void enter(std::uint64_t node, std::size_t place = kNoPlace) {
    node_ = node;
    place_ = place;
    uses_ = 0;
    is_read_ = is_narrowed_ = false;
  }
  // Some of these nodes will be entered: reads the lists of all of them together, if they are
  // short.
  void prepare(std::span<const std::uint64_t> nodes);
  // Leaves out, until another node is entered, those that weigh nothing. Calls ahead(all of them),
  // then weigh(end).
  template <class Ahead, class Weigh>
  void narrow(Ahead&& ahead, Weigh&& weigh) {
    if (is_narrowed_) return;
    read();
    ahead(ids_);
    if (bits_are_set_) set_bits(false);
    weigh_one_ = true;
    if (ids_.data() != own_.data()) own_.assign(ids_.begin(), ids_.end());
    std::erase_if(own_, [&](std::uint64_t end) {
      const Matches weight = weigh(end);
      weigh_one_ = weigh_one_ && weight <= 1;
      return weight == 0;
    });
    ids_ = own_;
    is_narrowed_ = true;
  }
  // After narrow(): those left have all been said to weigh 1.
  bool weigh_one() const { return weigh_one_; }
  // Ascending; until another node is entered.
  std::span<const std::uint64_t> all() {
    read();
    return ids_;
  }
  // How many relationships lead to `end`.
  Matches count(std::uint64_t end) {
    read();
    if (ids_.size() > kFew && has_bits() && !has_bit(end)) return 0;
    const auto range = std::equal_range(ids_.begin(), ids_.end(), end);
    return static_cast<Matches>(range.second - range.first);
  }
  bool leads_to(std::uint64_t end) {
    read();
    if (ids_.size() > kFew && has_bits()) return has_bit(end);
    return std::binary_search(ids_.begin(), ids_.end(), end);
  }
  // Moves those that no relationship leads to to the front; how many.
  std::size_t keep_others(std::span<std::uint64_t> ends) {
    read();
    std::size_t kept = 0;
    if (ids_.size() > kFew && has_bits()) {
      for (const std::uint64_t end : ends) {
        ends[kept] = end;
        kept += has_bit(end) ? 0 : 1;
      }
      return kept;
    }
    for (const std::uint64_t end : ends) {
      ends[kept] = end;
      kept += std::binary_search(ids_.begin(), ids_.end(), end) ? 0 : 1;
    }
    return kept;
  }
  // The number of pairs of a relationship that leads to one of `ids` (ascending) and an item of
  // `ids` that is it. `once`: of items, however many relationships lead there.
  template <class Id>
  Matches common(std::span<const Id> ids, bool once) {
    read();
    if (is_scanned(ids.size()) && (once || !has_repeats_)) return count_set(ids, bits_.get());
    Matches total = 0;
    intersect(ids, [&](std::uint64_t, Matches here, Matches there) {
      total = sum_of(total, once ? there : product_of(here, there));
    });
    return total;
  }
  // How many of `ids` no relationship leads to.
  template <class Id>
  Matches others(std::span<const Id> ids) {
    return ids.size() - common(ids, true);
  }
  // Calls hit(id, relationships that lead to it, how often `ids` has it) for what is common.
  template <class Id, class Hit>
  void intersect(std::span<const Id> ids, Hit&& hit) {
    read();
    if (ids_.empty() || ids.empty()) return;
    if (is_scanned(ids.size())) {
      scan(ids, hit);
    } else if (ids.size() > kMuchLonger * ids_.size()) {
      look_up(ids_, ids,
              [&](std::uint64_t id, Matches own, Matches other) { hit(id, own, other); });
    } else if (ids_.size() > kMuchLonger * ids.size()) {
      look_up(ids, ids_,
              [&](std::uint64_t id, Matches own, Matches other) { hit(id, other, own); });
    } else {
      merge(ids, hit);
    }
  }

 private:
  // Lists of so few are searched, unless they are asked so often.
  static constexpr std::size_t kFew = 16, kOften = 4;
  static constexpr std::size_t kShort = 16;  // items of a list, on average, that are prepared

  void read();
  void set_bits(bool value);
  bool has_bits();  // makes them, if there is memory
  bool has_bit(std::uint64_t id) const { return (bits_[id / 64] >> (id % 64) & 1) != 0; }
  // It is best to ask the bits about each of so many.
  bool is_scanned(std::size_t others) {
    const bool is_worth_it = ids_.size() > kFew || (++uses_ > kOften && !ids_.empty());
    return is_worth_it && others <= kMuchLonger * ids_.size() && has_bits();
  }

  template <class Id>
  static std::size_t run(std::span<const Id> ids, std::size_t first) {
    std::size_t end = first + 1;
    while (end < ids.size() && ids[end] == ids[first]) ++end;
    return end - first;
  }
  template <class Id, class Hit>
  void scan(std::span<const Id> ids, Hit& hit) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (!has_bit(ids[i])) continue;
      hit(ids[i], has_repeats_ ? count(ids[i]) : 1, 1);
    }
  }
  template <class Short, class Long, class Hit>
  static void look_up(std::span<const Short> few, std::span<const Long> many, Hit&& hit) {
    auto from = many.begin();
    for (std::size_t i = 0; i < few.size();) {
      const std::size_t own = run(few, i);
      from = gallop(from, many.end(), few[i]);
      if (from == many.end()) return;
      if (*from == few[i]) {
        const std::size_t other = run(many, static_cast<std::size_t>(from - many.begin()));
        hit(few[i], own, other);
      }
      i += own;
    }
  }
  template <class Id, class Hit>
  void merge(std::span<const Id> ids, Hit& hit) {
    std::size_t a = 0, b = 0;
    while (a < ids_.size() && b < ids.size()) {
      if (ids_[a] < ids[b]) {
        ++a;
      } else if (ids[b] < ids_[a]) {
        ++b;
      } else {
        const std::size_t here = run(ids_, a), there = run(ids, b);
        hit(ids[b], here, there);
        a += here;
        b += there;
      }
    }
  }

  std::unique_ptr<storage::NeighbourCursor> cursor_;
  std::uint64_t limit_;
  FoldAccount& account_;
  std::uint64_t node_ = 0;
  std::size_t place_ = kNoPlace;
  std::size_t uses_ = 0;  // since the node was entered
  bool is_read_ = false, has_repeats_ = false;
  bool is_narrowed_ = false, weigh_one_ = false;
  bool bits_are_set_ = false, bits_refused_ = false;
  std::span<const std::uint64_t> ids_;  // ascending; in own_ or prepared_
  std::vector<std::uint64_t> own_;
  std::unique_ptr<std::uint64_t[]> bits_;

  // Of prepare(): the lists one after the other, and where each begins; none if they are long.
  std::vector<std::uint64_t> prepared_, begins_, sizes_;
};

}  // namespace kith::exec
