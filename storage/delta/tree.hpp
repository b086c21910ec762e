// storage/delta/tree.hpp: a persistent map from 64-bit keys to values, sharing what did not change.
//
// A radix tree with 7 bits a level. Its two lowest levels span 2^14 keys, exactly one segment of
// ids, so "did anything of this segment change" is one lookup of a subtree, and a hot loop over a
// segment asks it once. Nodes hold only the children they have (a bitmap and a packed array).
//
//   T1  A tree object that nobody edits never changes, whatever is done to its copies.
//   T2  edit(key, owner) changes nodes of that owner in place and copies all others on its path.
//   T3  A node of the running owner is reachable from one tree only, so T2 never breaks T1: an
//       owner number is taken anew after every copy of a tree that must stay as it is.
//
// Copying a tree is one reference. Not thread-safe while edited; otherwise any number of readers.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "core/assert.hpp"
#include "core/bits.hpp"
#include "core/id.hpp"
#include "storage/delta/ref.hpp"

namespace kith::storage {

inline constexpr unsigned kTreeBits = 7;
inline constexpr unsigned kTreeFan = 1u << kTreeBits;
static_assert(2 * kTreeBits == kSegmentBits, "a segment is two levels of the tree");

// Which of 128 places are taken, and where a place stands among the taken ones.
class PlaceMap {
 public:
  bool has(unsigned place) const { return (words_[place >> 6] >> (place & 63) & 1) != 0; }
  unsigned rank(unsigned place) const {
    const std::uint64_t below = (std::uint64_t{1} << (place & 63)) - 1;
    return place < 64 ? count_bits(words_[0] & below)
                      : count_bits(words_[0]) + count_bits(words_[1] & below);
  }
  void add(unsigned place) { words_[place >> 6] |= std::uint64_t{1} << (place & 63); }
  unsigned count() const { return count_bits(words_[0]) + count_bits(words_[1]); }
  // No taken place is above, nor is this one taken.
  bool is_above_all(unsigned place) const {
    const std::uint64_t top = words_[1] != 0 ? words_[1] : words_[0];
    if (top == 0) return true;
    const unsigned highest =
        (words_[1] != 0 ? 127u : 63u) - static_cast<unsigned>(std::countl_zero(top));
    return place > highest;
  }
  // visit(place, rank) for every taken place, ascending.
  template <class Visit>
  void for_each(Visit&& visit) const {
    unsigned rank = 0;
    for (unsigned half = 0; half < 2; ++half)
      for (std::uint64_t word = words_[half]; word != 0; word &= word - 1)
        visit(half * 64 + static_cast<unsigned>(std::countr_zero(word)), rank++);
  }

 private:
  std::array<std::uint64_t, 2> words_{};
};

// T is default-constructible and copyable; kMinHeight levels exist from the first key on.
template <class T, unsigned kMinHeight>
class Tree {
 public:
  class Node : public Shared {
   public:
    static void destroy(const Node* node) noexcept { delete node; }

   private:
    friend class Tree;
    explicit Node(Owner owner) : Shared(owner) {}
    Node(const Node& from, Owner owner)
        : Shared(owner), places(from.places), children(from.children), values(from.values) {}

    PlaceMap places;
    std::vector<Ref<Node>> children;  // of an inner node
    std::vector<T> values;            // of a leaf
  };

  bool empty() const { return !top_; }
  std::uint64_t size() const { return size_; }

  const T* find(std::uint64_t key) const {
    const Node* node = at_height(key, 1);
    return node ? find_in_leaf(*node, key) : nullptr;
  }

  // The value under a key, made if absent, for `owner` to change.
  T& edit(std::uint64_t key, Owner owner) {
    if (leaf_ && top_ && key >> kTreeBits == leaf_keys_ && leaf_->owner() == owner) {
      KITH_ASSERT(top_->sole());  // T3
      return edit_in_leaf(*leaf_, key);
    }
    grow_to(key, owner);
    Ref<Node>* link = &top_;
    for (unsigned level = height_;; --level) {
      Node& node = own(*link, owner);
      if (level == 1) {
        leaf_ = &node;
        leaf_keys_ = key >> kTreeBits;
        return edit_in_leaf(node, key);
      }
      const unsigned place = place_of(key, level);
      const unsigned rank = node.places.rank(place);
      if (!node.places.has(place)) {
        node.children.insert(node.children.begin() + rank, Ref<Node>(new Node(owner)));
        node.places.add(place);
        ++made_;
      }
      KITH_ASSERT(node.children.size() == node.places.count());
      link = &node.children[rank];
    }
  }

  // Values for keys one after another, which share a leaf and are not there yet: make(i) gives that
  // of key + i.
  template <class Make>
  void add_run(std::uint64_t key, std::uint32_t count, Owner owner, Make&& make) {
    KITH_ASSERT(count > 0 && key >> kTreeBits == (key + count - 1) >> kTreeBits);
    edit(key, owner) = make(std::uint32_t{0});
    Node& leaf = *leaf_;
    if (count == 1 || !leaf.places.is_above_all(place_of(key, 1) + 1)) {
      for (std::uint32_t i = 1; i < count; ++i) edit(key + i, owner) = make(i);
      return;
    }
    leaf.values.reserve(leaf.values.size() + count - 1);
    for (std::uint32_t i = 1; i < count; ++i) {
      leaf.values.push_back(make(i));
      leaf.places.add(place_of(key + i, 1));
    }
    size_ += count - 1;
    KITH_ASSERT(leaf.values.size() == leaf.places.count());
  }

  // About the memory of nodes and values, as far as it was edit() that made them: the difference
  // between two states is what the edits between them took.
  std::uint64_t bytes() const {
    constexpr std::uint64_t kAllocator = 16;
    return made_ * (sizeof(Node) + 2 * kAllocator) + size_ * (sizeof(T) + sizeof(T) / 4);
  }

  // What changed in a segment of 2^14 keys; nullptr: nothing. Valid as long as this tree is
  // unchanged.
  const Node* segment(std::uint64_t segment) const requires(kMinHeight >= 2) {
    return at_height(segment << kSegmentBits, 2);
  }
  static const T* find_in(const Node& segment, std::uint32_t slot) requires(kMinHeight >= 2) {
    const unsigned place = slot >> kTreeBits;
    KITH_ASSERT(place < kTreeFan);
    if (!segment.places.has(place)) return nullptr;
    return find_in_leaf(*segment.children[segment.places.rank(place)], slot);
  }

  // visit(key, value) in ascending order of keys.
  template <class Visit>
  void for_each(Visit&& visit) const {
    if (top_) walk(*top_, height_, 0, visit);
  }
  // visit(slot, value) over one segment.
  template <class Visit>
  static void for_each_in(const Node& segment, Visit&& visit) requires(kMinHeight >= 2) {
    walk(segment, 2, 0, visit);
  }
  // The same over at least the slots of [first, end): leaves that touch them.
  template <class Visit>
  static void for_each_in(const Node& segment, std::uint32_t first, std::uint32_t end,
                          Visit&& visit) requires(kMinHeight >= 2) {
    segment.places.for_each([&](unsigned place, unsigned rank) {
      const bool touched = place >= first >> kTreeBits && place << kTreeBits < end;
      if (touched) walk(*segment.children[rank], 1, place, visit);
    });
  }
  // What this tree has and `before`, an earlier state of it, had not: subtrees and values that both
  // share are left out, a value that changed since is keep(now, then). T is compared with ==.
  template <class Keep>
  Tree minus(const Tree& before, Owner owner, Keep&& keep) const {
    Tree left;
    if (!top_ || !before.top_) {
      if (top_) left = *this;
      return left;
    }
    KITH_ASSERT(before.height_ <= height_);
    std::uint64_t changed = 0;
    left.top_ = without(top_, height_, before, before.top_.get(), owner, changed, keep);
    if (!left.top_) return Tree();
    left.height_ = height_;
    KITH_ASSERT(size_ + changed >= before.size_);
    left.size_ = size_ - before.size_ + changed;
    return left;
  }
  // The segments whose numbers are wanted; their nodes are shared with this tree.
  template <class Wanted>
  Tree segments_where(Owner owner, Wanted&& wanted) const requires(kMinHeight >= 2) {
    Tree part;
    if (!top_) return part;
    part.top_ = chosen(top_, height_, 0, owner, wanted, part.size_);
    if (part.top_) part.height_ = height_;
    return part;
  }

  // visit(segment number, its node) for every segment in which something changed, ascending.
  template <class Visit>
  void for_each_segment(Visit&& visit) const requires(kMinHeight >= 2) {
    if (top_) walk_segments(*top_, height_, 0, visit);
  }

 private:
  static unsigned place_of(std::uint64_t key, unsigned level) {
    return static_cast<unsigned>(key >> ((level - 1) * kTreeBits)) & (kTreeFan - 1);
  }
  static bool fits(std::uint64_t key, unsigned height) {
    return height * kTreeBits >= 64 || key >> (height * kTreeBits) == 0;
  }
  static const T* find_in_leaf(const Node& leaf, std::uint64_t key) {
    const unsigned place = place_of(key, 1);
    return leaf.places.has(place) ? &leaf.values[leaf.places.rank(place)] : nullptr;
  }
  const Node* at_height(std::uint64_t key, unsigned height) const {
    if (!top_ || !fits(key, height_)) return nullptr;
    const Node* node = top_.get();
    for (unsigned level = height_; level > height; --level) {
      const unsigned place = place_of(key, level);
      if (!node->places.has(place)) return nullptr;
      node = node->children[node->places.rank(place)].get();
    }
    return node;
  }
  T& edit_in_leaf(Node& leaf, std::uint64_t key) {
    const unsigned place = place_of(key, 1);
    if (leaf.places.is_above_all(place)) {
      leaf.values.emplace_back();
      leaf.places.add(place);
      ++size_;
      KITH_ASSERT(leaf.sole());  // T3
      return leaf.values.back();
    }
    const unsigned rank = leaf.places.rank(place);
    if (!leaf.places.has(place)) {
      leaf.values.insert(leaf.values.begin() + rank, T{});
      leaf.places.add(place);
      ++size_;
    }
    KITH_ASSERT(leaf.sole() && leaf.values.size() == leaf.places.count());
    return leaf.values[rank];
  }
  static Node& own(Ref<Node>& link, Owner owner) {
    if (link->owner() != owner) link = Ref<Node>(new Node(*link, owner));
    KITH_ASSERT(link->sole());  // T3
    return *link;
  }
  void grow_to(std::uint64_t key, Owner owner) {
    if (!top_) {
      top_ = Ref<Node>(new Node(owner));
      ++made_;
      height_ = kMinHeight;
      while (!fits(key, height_)) ++height_;
    }
    while (!fits(key, height_)) {
      Ref<Node> above(new Node(owner));
      above->places.add(0);
      above->children.push_back(std::move(top_));
      top_ = std::move(above);
      ++made_;
      ++height_;
    }
  }
  template <class Visit>
  static void walk(const Node& node, unsigned level, std::uint64_t base, Visit&& visit) {
    node.places.for_each([&](unsigned place, unsigned rank) {
      const std::uint64_t key = base << kTreeBits | place;
      if (level == 1) {
        visit(key, node.values[rank]);
      } else {
        walk(*node.children[rank], level - 1, key, visit);
      }
    });
  }
  template <class Visit>
  static void walk_segments(const Node& node, unsigned level, std::uint64_t base, Visit&& visit) {
    if (level == 2) return visit(base, node);
    node.places.for_each([&](unsigned place, unsigned rank) {
      walk_segments(*node.children[rank], level - 1, base << kTreeBits | place, visit);
    });
  }

  // `then` stands `before.height_` levels above the values, or less if `now` does; what `now` has
  // above that height, `before` had under its first place alone.
  template <class Keep>
  static Ref<Node> without(const Ref<Node>& now, unsigned level, const Tree& before,
                           const Node* then, Owner owner, std::uint64_t& changed, Keep&& keep) {
    if (now.get() == then) return {};
    Ref<Node> left(new Node(owner));
    const bool above = level > before.height_;
    now->places.for_each([&](unsigned place, unsigned rank) {
      const bool known = above ? place == 0 : then->places.has(place);
      if (level == 1) {
        const T& value = now->values[rank];
        if (!known) {
          left->values.push_back(value);
        } else {
          const T& old = then->values[then->places.rank(place)];
          if (value == old) return;
          left->values.push_back(keep(value, old));
          ++changed;
        }
      } else {
        const Ref<Node>& child = now->children[rank];
        Ref<Node> rest = child;
        if (known)
          rest = without(child, level - 1, before,
                         above ? then : then->children[then->places.rank(place)].get(), owner,
                         changed, keep);
        if (!rest) return;
        left->children.push_back(std::move(rest));
      }
      left->places.add(place);
    });
    return left->places.count() == 0 ? Ref<Node>() : left;
  }
  static std::uint64_t values_below(const Node& node, unsigned level) {
    if (level == 1) return node.values.size();
    std::uint64_t values = 0;
    for (const Ref<Node>& child : node.children) values += values_below(*child, level - 1);
    return values;
  }
  template <class Wanted>
  static Ref<Node> chosen(const Ref<Node>& node, unsigned level, std::uint64_t base, Owner owner,
                          Wanted&& wanted, std::uint64_t& size) {
    if (level == 2) {
      if (!wanted(base)) return {};
      size += values_below(*node, level);
      return node;
    }
    Ref<Node> part(new Node(owner));
    node->places.for_each([&](unsigned place, unsigned rank) {
      Ref<Node> below =
          chosen(node->children[rank], level - 1, base << kTreeBits | place, owner, wanted, size);
      if (!below) return;
      part->children.push_back(std::move(below));
      part->places.add(place);
    });
    return part->places.count() == 0 ? Ref<Node>() : part;
  }

  Ref<Node> top_;
  unsigned height_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t made_ = 0;  // nodes that edit() made, copies not counted
  // The leaf that was edited last; below top_, so it lives as long. What its owner does next is
  // mostly beside it.
  Node* leaf_ = nullptr;
  std::uint64_t leaf_keys_ = 0;  // of its keys, all but the lowest bits
};

}  // namespace kith::storage
