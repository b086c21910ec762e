// storage/delta/tree.hpp: a persistent map from 64-bit keys to values, sharing what did not change.
//
// A radix tree with 5 bits a level, but 4 at the third: its three lowest levels span 2^14 keys,
// exactly one segment of ids, so "did anything of this segment change" is one lookup of a subtree,
// and a hot loop over a segment asks it once. Nodes hold only the children they have
// (tree_node.hpp). A change far from others copies a path: a count for each child of each node
// on it, here and when the state before it goes. So nodes are small.
//
//   T1  A tree object that nobody edits never changes, whatever is done to its copies.
//   T2  edit(key, owner) changes nodes of that owner in place and copies all others on its path.
//   T3  A node of the running owner is reachable from one tree only, so T2 never breaks T1: an
//       owner number is taken anew after every copy of a tree that must stay as it is.
//
// Copying a tree is one reference. Not thread-safe while edited; otherwise any number of readers.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "core/assert.hpp"
#include "core/id.hpp"
#include "storage/delta/tree_node.hpp"

namespace kith::storage {

inline constexpr unsigned kSegmentLevels = 3;

// Levels are numbered from the leaves, 1. A place at this level stands for so many bits of keys.
constexpr unsigned tree_shift(unsigned level) {
  constexpr unsigned kSpare = kSegmentLevels * kTreeBits - kSegmentBits;
  return (level - 1) * kTreeBits - (level > kSegmentLevels ? kSpare : 0);
}
static_assert(tree_shift(kSegmentLevels + 1) == kSegmentBits, "a segment is three levels");

// T is default-constructible and copyable; kMinHeight levels exist from the first key on.
template <class T, unsigned kMinHeight>
class Tree {
 public:
  using Node = TreeNode<T>;

  bool empty() const { return !top_; }
  std::uint64_t size() const { return size_; }

  const T* find(std::uint64_t key) const {
    const Node* node = at_height(key, 1);
    return node ? find_in_leaf(*node, key) : nullptr;
  }

  // The leaf of kTreeFan keys that a key is in; nullptr: it has none.
  const Node* leaf(std::uint64_t key) const { return at_height(key, 1); }

  // The value under a key, made if absent, for `owner` to change.
  T& edit(std::uint64_t key, Owner owner) {
    if (leaf_ && top_ && key >> kTreeBits == leaf_keys_ && leaf_->owner() == owner) {
      KITH_ASSERT(top_->sole() && leaf_->sole());  // T3
      const unsigned place = place_of(key, 1);
      if (leaf_->places().has(place)) return leaf_->value(leaf_->places().rank(place));
      if (leaf_->count() < leaf_->capacity()) return add_value(place);
    }
    own_leaf(key, owner, 1);
    const unsigned place = place_of(key, 1);
    if (!leaf_->places().has(place)) return add_value(place);
    return leaf_->value(leaf_->places().rank(place));
  }

  // One value for several places of the leaf of a key: it takes the room of one, unless others of
  // the leaf have values, too, or get one later.
  void put_alike(std::uint64_t key, std::uint32_t places, const T& value, Owner owner) {
    bool fresh = false;
    Ref<Node>& link = link_to(key, owner, 1, [&] {
      fresh = true;
      ++made_, ++stored_;
      return Node::make_alike(places, value, owner);
    });
    leaf_ = nullptr;
    if (!fresh && (link->places().bits() & ~places) != 0) {
      const std::uint64_t first = key & ~std::uint64_t{kTreeFan - 1};
      PlaceMap(places).for_each(
          [&](unsigned place, unsigned) { edit(first + place, owner) = value; });
      return;
    }
    size_ += PlaceMap(places).count() - (fresh ? 0 : link->count());
    if (!fresh) link = Node::make_alike(places, value, owner);
  }

  // One value for many keys, and subtrees that have it under each of their keys: any number of
  // places share one.
  class Same {
   public:
    explicit Same(T value) : value_(std::move(value)) {}
    const T& value() const { return value_; }
    const Ref<Node>& full(unsigned level) {
      KITH_ASSERT(level >= 1 && level <= kFullLevels);
      Ref<Node>& made = full_[level - 1];
      if (made) return made;
      if (level == 1) return made = Node::make_alike(~std::uint32_t{0}, value_, kNobody);
      made = Node::make(kind_of(level), kTreeFan, kNobody);  // T2: whoever edits it copies it
      for (unsigned place = 0; place < kTreeFan; ++place)
        made->insert_child(place, full(level - 1));
      return made;
    }

   private:
    T value_;
    std::array<Ref<Node>, 2> full_;
  };
  static constexpr unsigned kFullLevels = 2;
  // For these places of the leaf of a key.
  void put(std::uint64_t key, std::uint32_t places, Owner owner, Same& same) {
    KITH_ASSERT(places != 0);
    if (~places != 0) return put_alike(key, places, same.value(), owner);
    leaf_ = nullptr;
    bool fresh = false;
    Ref<Node>& link = link_to(key, owner, 1, [&] {
      fresh = true;
      return same.full(1);
    });
    size_ += kTreeFan - (fresh ? 0 : link->count());
    if (!fresh) link = same.full(1);
  }
  // For all keys of the subtree of a level that a key is in; there is none yet.
  void put_full(std::uint64_t key, unsigned level, Owner owner, Same& same) {
    KITH_ASSERT(level < kMinHeight && !has_subtree(key, level));
    leaf_ = nullptr;
    link_to(key, owner, level, [&] { return same.full(level); });
    size_ += std::uint64_t{1} << tree_shift(level + 1);
  }
  bool has_subtree(std::uint64_t key, unsigned level) const { return at_height(key, level); }

  // About the memory of nodes and values, as far as it was edits that made them: the difference
  // between two states is what the edits between them took.
  std::uint64_t bytes() const {
    constexpr std::uint64_t kAllocator = 16, kPlaces = 2 * sizeof(Ref<Node>);
    return made_ * (sizeof(Node) + kAllocator + kPlaces) + stored_ * (sizeof(T) + sizeof(T) / 4);
  }

  // What changed in a segment of 2^14 keys; nullptr: nothing. Valid as long as this tree is
  // unchanged.
  const Node* segment(std::uint64_t segment) const requires(kMinHeight >= kSegmentLevels) {
    return at_height(segment << kSegmentBits, kSegmentLevels);
  }
  static const T* find_in(const Node& segment,
                          std::uint32_t slot) requires(kMinHeight >= kSegmentLevels) {
    KITH_ASSERT(slot < 1u << kSegmentBits);
    const Node* leaf = leaf_of(segment, slot);
    return leaf ? find_in_leaf(*leaf, slot) : nullptr;
  }

  // The same in two steps, for slots that follow one another: the leaf of kTreeFan slots, if
  // something changed there.
  static const Node* leaf_of(const Node& segment,
                             std::uint32_t slot) requires(kMinHeight >= kSegmentLevels) {
    KITH_ASSERT(slot < 1u << kSegmentBits);
    return descend(&segment, kSegmentLevels, 1, slot);
  }
  static const T* find_in_leaf(const Node& leaf, std::uint64_t key) {
    const unsigned place = place_of(key, 1);
    return leaf.places().has(place) ? &leaf.value(leaf.places().rank(place)) : nullptr;
  }

  // visit(key, value) in ascending order of keys.
  template <class Visit>
  void for_each(Visit&& visit) const {
    if (top_) walk(*top_, height_, 0, visit);
  }
  // visit(slot, value) over one segment.
  template <class Visit>
  static void for_each_in(const Node& segment,
                          Visit&& visit) requires(kMinHeight >= kSegmentLevels) {
    walk(segment, kSegmentLevels, 0, visit);
  }
  // The same over at least the slots of [first, end): leaves that touch them.
  template <class Visit>
  static void for_each_in(const Node& segment, std::uint32_t first, std::uint32_t end,
                          Visit&& visit) requires(kMinHeight >= kSegmentLevels) {
    walk_range(segment, kSegmentLevels, 0, first, end, visit);
  }
  // What this tree has and `before`, an earlier state of it, had not: subtrees and values that both
  // share are left out, a value that changed since is keep(now, then, key % kTreeFan). T is
  // compared with ==.
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
    left.size_ = left.stored_ = size_ - before.size_ + changed;
    return left;
  }
  // The segments whose numbers are wanted; their nodes are shared with this tree.
  template <class Wanted>
  Tree segments_where(Owner owner, Wanted&& wanted) const requires(kMinHeight >= kSegmentLevels) {
    Tree part;
    if (!top_) return part;
    part.top_ = chosen(top_, height_, 0, owner, wanted, part.size_);
    if (part.top_) part.height_ = height_;
    part.stored_ = part.size_;
    return part;
  }

  // visit(segment number, its node) for every segment in which something changed, ascending.
  template <class Visit>
  void for_each_segment(Visit&& visit) const requires(kMinHeight >= kSegmentLevels) {
    if (top_) walk_segments(*top_, height_, 0, visit);
  }

 private:
  static unsigned place_of(std::uint64_t key, unsigned level) {
    const unsigned bits = tree_shift(level + 1) - tree_shift(level);
    return static_cast<unsigned>(key >> tree_shift(level)) & ((1u << bits) - 1);
  }
  // The first key of a place of a node whose own first key this is.
  static std::uint64_t key_of(std::uint64_t first, unsigned level, unsigned place) {
    return first | std::uint64_t{place} << tree_shift(level);
  }
  static bool fits(std::uint64_t key, unsigned height) {
    return tree_shift(height + 1) >= 64 || key >> tree_shift(height + 1) == 0;
  }
  // From `level` to `height`; nullptr: nothing is there.
  static const Node* descend(const Node* node, unsigned level, unsigned height, std::uint64_t key) {
    for (; level > height; --level) {
      const unsigned place = place_of(key, level);
      if (!node->places().has(place)) return nullptr;
      node = node->child(node->places().rank(place)).get();
    }
    return node;
  }
  const Node* at_height(std::uint64_t key, unsigned height) const {
    if (!top_ || !fits(key, height_)) return nullptr;
    return descend(top_.get(), height_, height, key);
  }

  T& add_value(unsigned place) {
    T& added = leaf_->insert_value(place, T{});
    ++size_, ++stored_;
    return added;
  }
  // The node, the owner's own, with room for so many more.
  static Node& own(Ref<Node>& link, Owner owner, unsigned more) {
    const unsigned room = std::min(kTreeFan, link->count() + more);
    if (link->owner() != owner) {
      link = Node::copy(*link, room, owner);
    } else if (link->capacity() < room) {
      link = Node::enlarged(*link, std::min(kTreeFan, std::max(room, 2 * link->capacity())));
    }
    KITH_ASSERT(link->sole());  // T3
    return *link;
  }
  static typename Node::Kind kind_of(unsigned level) {
    return level == 1 ? Node::Kind::Leaf : Node::Kind::Inner;
  }
  Ref<Node> made(unsigned level, std::size_t room, Owner owner) {
    ++made_;
    return Node::make(kind_of(level), room, owner);
  }
  // Where the node of a level hangs that a key is below, all above it the owner's own; make() if
  // there is none.
  template <class Make>
  Ref<Node>& link_to(std::uint64_t key, Owner owner, unsigned height, Make&& make) {
    grow_to(key, owner);
    KITH_ASSERT(height <= height_);
    Ref<Node>* link = &top_;
    for (unsigned level = height_; level > height; --level) {
      const unsigned place = place_of(key, level);
      const bool has = (*link)->places().has(place);
      Node& node = own(*link, owner, has ? 0 : 1);
      const bool last = level == height + 1;
      link = has ? &node.child(node.places().rank(place))
                 : &node.insert_child(place, last ? make() : made(level - 1, 1, owner));
    }
    return *link;
  }
  // leaf_ becomes that of a key, with all on its way, and room for so many more values.
  void own_leaf(std::uint64_t key, Owner owner, unsigned more) {
    leaf_ = nullptr;
    Ref<Node>& link = link_to(key, owner, 1, [&] { return made(1, more, owner); });
    if (link->is_alike()) {
      stored_ += link->count() - 1;
      link = Node::copy(*link, std::min(kTreeFan, link->count() + more), owner);
    }
    leaf_ = &own(link, owner, more);
    leaf_keys_ = key >> kTreeBits;
  }
  void grow_to(std::uint64_t key, Owner owner) {
    if (!top_) {
      height_ = kMinHeight;
      while (!fits(key, height_)) ++height_;
      top_ = made(height_, 1, owner);
    }
    while (!fits(key, height_)) {
      Ref<Node> above = made(height_ + 1, 2, owner);
      above->insert_child(0, std::move(top_));
      top_ = std::move(above);
      ++height_;
    }
  }

  template <class Visit>
  static void walk(const Node& node, unsigned level, std::uint64_t first, Visit&& visit) {
    node.places().for_each([&](unsigned place, unsigned rank) {
      const std::uint64_t key = key_of(first, level, place);
      if (level == 1) {
        visit(key, node.value(rank));
      } else {
        walk(*node.child(rank), level - 1, key, visit);
      }
    });
  }
  template <class Visit>
  static void walk_range(const Node& node, unsigned level, std::uint64_t base, std::uint64_t first,
                         std::uint64_t end, Visit&& visit) {
    if (level == 1) return walk(node, level, base, visit);
    node.places().for_each([&](unsigned place, unsigned rank) {
      const std::uint64_t key = key_of(base, level, place);
      if (key < end && key + (std::uint64_t{1} << tree_shift(level)) > first)
        walk_range(*node.child(rank), level - 1, key, first, end, visit);
    });
  }
  template <class Visit>
  static void walk_segments(const Node& node, unsigned level, std::uint64_t first, Visit&& visit) {
    if (level == kSegmentLevels) return visit(first >> kSegmentBits, node);
    node.places().for_each([&](unsigned place, unsigned rank) {
      walk_segments(*node.child(rank), level - 1, key_of(first, level, place), visit);
    });
  }

  // `then` stands `before.height_` levels above the values, or less if `now` does; what `now` has
  // above that height, `before` had under its first place alone.
  template <class Keep>
  static Ref<Node> without(const Ref<Node>& now, unsigned level, const Tree& before,
                           const Node* then, Owner owner, std::uint64_t& changed, Keep&& keep) {
    if (now.get() == then) return {};
    KITH_ASSERT(now->is_leaf() == (level == 1));
    Ref<Node> left = Node::make(kind_of(level), now->count(), owner);
    const bool above = level > before.height_;
    now->places().for_each([&](unsigned place, unsigned rank) {
      const bool known = above ? place == 0 : then->places().has(place);
      if (level == 1) {
        const T& value = std::as_const(*now).value(rank);
        if (!known) {
          left->insert_value(place, value);
        } else {
          const T& old = then->value(then->places().rank(place));
          if (value == old) return;
          left->insert_value(place, keep(value, old, place));
          ++changed;
        }
        return;
      }
      const Ref<Node>& child = now->child(rank);
      const Node* was = above ? then : nullptr;
      if (known && !above) was = then->child(then->places().rank(place)).get();
      Ref<Node> rest = known ? without(child, level - 1, before, was, owner, changed, keep) : child;
      if (rest) left->insert_child(place, std::move(rest));
    });
    return left->count() == 0 ? Ref<Node>() : left;
  }
  static std::uint64_t values_below(const Node& node, unsigned level) {
    if (level == 1) return node.count();
    std::uint64_t values = 0;
    for (unsigned i = 0; i < node.count(); ++i) values += values_below(*node.child(i), level - 1);
    return values;
  }
  template <class Wanted>
  static Ref<Node> chosen(const Ref<Node>& node, unsigned level, std::uint64_t first, Owner owner,
                          Wanted&& wanted, std::uint64_t& size) {
    if (level == kSegmentLevels) {
      if (!wanted(first >> kSegmentBits)) return {};
      size += values_below(*node, level);
      return node;
    }
    Ref<Node> part = Node::make(kind_of(level), node->count(), owner);
    node->places().for_each([&](unsigned place, unsigned rank) {
      Ref<Node> below =
          chosen(node->child(rank), level - 1, key_of(first, level, place), owner, wanted, size);
      if (below) part->insert_child(place, std::move(below));
    });
    return part->count() == 0 ? Ref<Node>() : part;
  }

  Ref<Node> top_;
  unsigned height_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t made_ = 0;    // nodes that edits made, copies not counted
  std::uint64_t stored_ = 0;  // values, as edits put them in: one for all places of an alike leaf
  // The leaf that was edited last; below top_, so it lives as long. What its owner does next is
  // mostly beside it.
  Node* leaf_ = nullptr;
  std::uint64_t leaf_keys_ = 0;  // of its keys, all but the lowest bits
};

}  // namespace kith::storage
