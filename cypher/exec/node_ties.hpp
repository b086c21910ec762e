// cypher/exec/node_ties.hpp: the relationships of one node by where they lead, to be intersected
// with lists of other nodes.
//
// Both sides are bags: two relationships to one node are two items. What matches is told by its
// place in either list, so that the relationships themselves need be read only where they match.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "cypher/exec/fold_ends.hpp"

namespace kith::exec {

class NodeTies {
 public:
  // `limit`: of node ids.
  NodeTies(std::unique_ptr<storage::NeighbourCursor> cursor, std::uint64_t limit,
           FoldAccount& account)
      : cursor_(std::move(cursor)), limit_(limit), account_(account) {}

  // Some relationships do not matter. keep(count, nodes, relationships) moves those that do to the
  // front, and says how many. They may be left out by intersect() and leading_to(); not all are.
  using Keep = std::function<std::size_t(std::size_t, std::uint64_t*, std::uint64_t*)>;
  void set_keep(Keep keep) { keep_ = std::move(keep); }

  // From now on it is about this node.
  void enter(std::uint64_t node) {
    if (node_ == node) return;
    leave();
    read(node);
    node_ = node;
  }

  struct Places {
    std::size_t begin = 0, end = 0;
  };
  // Those that lead to a node.
  Places leading_to(std::uint64_t id) {
    if (is_worth_bits(1) && has_bits()) {
      if (!has_bit(id)) return {};
      return with_ids(list_, [&](auto own) { return at_bit(own, id); });
    }
    return with_ids(list_, [&](auto own) {
      const auto at = std::lower_bound(own.begin(), own.end(), id);
      return run(own, static_cast<std::size_t>(at - own.begin()), id);
    });
  }
  bool leads_to(std::uint64_t id) {
    if (is_worth_bits(1) && has_bits()) return has_bit(id);
    return with_ids(list_,
                    [&](auto own) { return std::binary_search(own.begin(), own.end(), id); });
  }
  std::uint64_t relationship(std::size_t place) {
    if (!bits_are_set_) return list_.relationship(place);
    if (own_relationships_.empty()) copy_relationships();
    return own_relationships_[place];
  }
  // Of any nodes.
  void degrees(std::span<const std::uint64_t> nodes, std::span<std::uint64_t> out) {
    leave();
    cursor_->degrees(nodes, out);
  }

  // Calls hit(item of `other`, place here) for each pair that lead to one node. `again`: more lists
  // will come while it is about this node.
  template <class Hit>
  void intersect(const storage::NeighbourList& other, bool again, Hit&& hit) {
    if (list_.size == 0 || other.size == 0) return;
    with_ids(list_,
             [&](auto own) { with_ids(other, [&](auto ids) { match(own, ids, again, hit); }); });
  }

 private:
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};
  // Lists of so few are searched. Bits of others are made once so many are asked about for each
  // that the list has.
  static constexpr std::size_t kFew = 16;
  static constexpr double kAskedForEach = 0.125;
  // Of more nodes there are bits alone: where they are in the list is searched for.
  static constexpr std::uint64_t kMostPlaces = 1 << 24;

  // From `first` on, as far as it is this id.
  template <class Id>
  static Places run(std::span<const Id> ids, std::size_t first, std::uint64_t id) {
    std::size_t end = first;
    while (end < ids.size() && ids[end] == id) ++end;
    return {first, end};
  }

  void leave() {
    if (bits_are_set_) set_bits(false);  // while it is known which
    node_ = kNone;
    list_ = {};
    asked_ = 0;
    own_relationships_.clear();
  }
  void read(std::uint64_t node);
  // Whether it will have been when so many more are asked about.
  bool is_worth_bits(std::size_t more) {
    asked_ += more;
    return list_.size > kFew &&
           static_cast<double>(asked_) >= kAskedForEach * static_cast<double>(list_.size);
  }
  void copy_relationships();
  void set_bits_of_kept();
  void set_bits(bool value);
  bool has_bits();  // makes them, if there is memory
  bool has_bit(std::uint64_t id) const { return (bits_[id / 64] >> (id % 64) & 1) != 0; }

  template <class Own, class Id, class Hit>
  void match(std::span<const Own> own, std::span<const Id> ids, bool again, Hit& hit) {
    const auto meet = [&](Places here, Places there) {
      for (std::size_t item = there.begin; item < there.end; ++item) {
        for (std::size_t place = here.begin; place < here.end; ++place) hit(item, place);
      }
    };
    if (ids.size() > kMuchLonger * own.size()) {
      look_up(own, ids, meet);
    } else if ((again || bits_are_set_) && is_worth_bits(ids.size()) && has_bits()) {
      scan(own, ids, meet);
    } else if (own.size() > kMuchLonger * ids.size()) {
      look_up(ids, own, [&](Places there, Places here) { meet(here, there); });
    } else if constexpr (sizeof(Own) == 4 && sizeof(Id) == 4) {
      merge_narrow(own, ids, meet);
    } else {
      merge(own, ids, meet);
    }
  }

  // Where what has its bit set is.
  template <class Own>
  Places at_bit(std::span<const Own> own, std::uint64_t id) const {
    const std::size_t place =
        places_
            ? places_[id]
            : static_cast<std::size_t>(std::lower_bound(own.begin(), own.end(), id) - own.begin());
    return has_repeats_ ? run(own, place, id) : Places{place, place + 1};
  }
  template <class Own, class Id, class Meet>
  void scan(std::span<const Own> own, std::span<const Id> ids, Meet& meet) {
    found_.resize(std::max(found_.size(), ids.size()));
    std::size_t count = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {  // without branches
      found_[count] = static_cast<std::uint32_t>(i);
      count += has_bit(ids[i]) ? 1 : 0;
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t item = found_[i];
      meet(at_bit(own, ids[item]), {item, item + 1});
    }
  }
  template <class Few, class Many, class Meet>
  static void look_up(std::span<const Few> few, std::span<const Many> many, Meet&& meet) {
    auto from = many.begin();
    for (std::size_t i = 0; i < few.size();) {
      const Places here = run(few, i, few[i]);
      from = gallop(from, many.end(), few[i]);
      if (from == many.end()) return;
      if (*from == few[i]) {
        meet(here, run(many, static_cast<std::size_t>(from - many.begin()), few[i]));
      }
      i = here.end;
    }
  }
  template <class Own, class Id, class Meet>
  static void merge(std::span<const Own> own, std::span<const Id> ids, Meet& meet) {
    std::size_t a = 0, b = 0;
    while (a < own.size() && b < ids.size()) {
      if (own[a] < ids[b]) {
        ++a;
      } else if (ids[b] < own[a]) {
        ++b;
      } else {
        const Places here = run(own, a, own[a]), there = run(ids, b, own[a]);
        meet(here, there);
        a = here.end;
        b = there.end;
      }
    }
  }
  // The kernel says which nodes are in both, perhaps again and again if a list has them so.
  template <class Meet>
  void merge_narrow(std::span<const std::uint32_t> own, std::span<const std::uint32_t> ids,
                    Meet& meet) {
    found_.resize(std::max(found_.size(), own.size() + ids.size() + 4));
    const std::size_t count = exec::intersect(own, ids, found_.data());
    auto a = own.begin();
    auto b = ids.begin();
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t id = found_[i];
      if (i > 0 && id == found_[i - 1]) continue;
      a = gallop(a, own.end(), id);
      b = gallop(b, ids.end(), id);
      KITH_ASSERT(a != own.end() && *a == id && b != ids.end() && *b == id);
      meet(run(own, static_cast<std::size_t>(a - own.begin()), id),
           run(ids, static_cast<std::size_t>(b - ids.begin()), id));
    }
  }

  std::unique_ptr<storage::NeighbourCursor> cursor_;
  Keep keep_;
  std::vector<std::uint64_t> kept_nodes_, kept_relationships_;
  std::uint64_t limit_;
  FoldAccount& account_;
  std::uint64_t node_ = kNone;
  std::size_t asked_ = 0;        // since it was entered
  storage::NeighbourList list_;  // where it lies, or in own_
  std::vector<std::uint64_t> own_, own_relationships_;
  // Of which nodes there are in the list, and where it has the first of each; no places if there
  // are too many nodes, or too little memory.
  bool bits_are_set_ = false, bits_refused_ = false, has_repeats_ = false;
  std::unique_ptr<std::uint64_t[]> bits_;
  std::unique_ptr<std::uint32_t[]> places_;
  std::vector<std::uint32_t> found_;
};

}  // namespace kith::exec
