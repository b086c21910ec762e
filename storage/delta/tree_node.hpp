// storage/delta/tree_node.hpp: a node of a persistent tree: the places that are taken, and what is
// there.
//
// One piece of memory with what it holds: a commit of a thousand changes copies thousands of nodes,
// and lets as many go.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include "core/assert.hpp"
#include "core/bits.hpp"
#include "storage/delta/node_memory.hpp"
#include "storage/delta/ref.hpp"

namespace kith::storage {

inline constexpr unsigned kTreeBits = 5;  // of a key, a level
inline constexpr unsigned kTreeFan = 1u << kTreeBits;

// Which places are taken, and where a place stands among the taken ones.
class PlaceMap {
 public:
  PlaceMap() = default;
  explicit PlaceMap(std::uint32_t bits) : bits_(bits) {}
  std::uint32_t bits() const { return bits_; }
  bool has(unsigned place) const { return (bits_ >> place & 1) != 0; }
  unsigned rank(unsigned place) const {
    return count_bits(bits_ & ((std::uint32_t{1} << place) - 1));
  }
  void add(unsigned place) { bits_ |= std::uint32_t{1} << place; }
  unsigned count() const { return count_bits(bits_); }
  // visit(place, rank) for every taken place, ascending.
  template <class Visit>
  void for_each(Visit&& visit) const {
    unsigned rank = 0;
    for (std::uint32_t bits = bits_; bits != 0; bits &= bits - 1)
      visit(static_cast<unsigned>(std::countr_zero(bits)), rank++);
  }

 private:
  static_assert(kTreeFan <= 32);
  std::uint32_t bits_ = 0;
};

// A leaf holds values, an inner node children. A leaf may be **alike**: it holds one value, which
// all of its places have. T is default-constructible and copyable.
template <class T>
class TreeNode : public Shared {
 public:
  using Link = Ref<TreeNode>;
  enum class Kind : std::uint8_t { Leaf, Inner };

  // With room for so many items, and perhaps a few more.
  static Link make(Kind kind, std::size_t room, Owner owner) {
    static_assert(alignof(T) <= alignof(TreeNode) && alignof(Link) <= alignof(TreeNode));
    const std::size_t capacity =
        std::min<std::size_t>(kTreeFan, (room + kRoomStep - 1) / kRoomStep * kRoomStep);
    KITH_ASSERT(room <= kTreeFan);
    void* memory = NodeMemory::take(bytes_of(kind, capacity));
    return Link(new (memory) TreeNode(kind, static_cast<std::uint8_t>(capacity), owner));
  }
  static Link make_alike(std::uint32_t places, const T& value, Owner owner) {
    KITH_ASSERT(places != 0);
    void* memory = NodeMemory::take(bytes_of(Kind::Leaf, 1));
    Link made(new (memory) TreeNode(Kind::Leaf, 1, owner));
    new (made->values()) T(value);
    made->places_ = PlaceMap(places);
    made->alike_ = true;
    return made;
  }
  // Of a leaf that is alike, one that is not.
  static Link copy(const TreeNode& from, std::size_t room, Owner owner) {
    Link made = make(from.kind_, room, owner);
    from.fetch_items();
    if (from.alike_) {
      std::uninitialized_fill_n(made->values(), from.count(), *from.values());
    } else if (from.is_leaf()) {
      std::uninitialized_copy_n(from.values(), from.count(), made->values());
    } else {
      std::uninitialized_copy_n(from.children(), from.count(), made->children());
    }
    made->places_ = from.places_;
    return made;
  }
  // The same node with more room; nothing is left in `from`.
  static Link enlarged(TreeNode& from, std::size_t room) {
    KITH_ASSERT(room >= from.count() && from.sole() && !from.alike_);
    Link made = make(from.kind_, room, from.owner());
    if (from.is_leaf()) {
      std::uninitialized_move_n(from.values(), from.count(), made->values());
    } else {
      std::uninitialized_move_n(from.children(), from.count(), made->children());
    }
    made->places_ = from.places_;
    from.destroy_items();
    from.places_ = {};
    return made;
  }
  static void destroy(const TreeNode* node) noexcept {
    auto* mine = const_cast<TreeNode*>(node);
    mine->destroy_items();
    const std::size_t bytes = bytes_of(node->kind_, node->capacity_);
    mine->~TreeNode();
    NodeMemory::give(mine, bytes);
  }

  bool is_leaf() const { return kind_ == Kind::Leaf; }
  bool is_alike() const { return alike_; }
  unsigned count() const { return places_.count(); }
  unsigned capacity() const { return capacity_; }
  const PlaceMap& places() const { return places_; }

  T& value(unsigned rank) {
    KITH_ASSERT(rank < count() && !alike_);
    return values()[rank];
  }
  const T& value(unsigned rank) const {
    KITH_ASSERT(rank < count());
    return values()[alike_ ? 0 : rank];
  }
  Link& child(unsigned rank) {
    KITH_ASSERT(rank < count());
    return children()[rank];
  }
  const Link& child(unsigned rank) const {
    KITH_ASSERT(rank < count());
    return children()[rank];
  }

  // At a place that is not taken; there is room.
  T& insert_value(unsigned place, T value) { return insert(values(), place, std::move(value)); }
  Link& insert_child(unsigned place, Link child) {
    return insert(children(), place, std::move(child));
  }

 private:
  static constexpr std::size_t kRoomStep = 4;

  unsigned stored() const { return alike_ ? 1 : count(); }
  static constexpr std::size_t bytes_of(Kind kind, std::size_t capacity) {
    return sizeof(TreeNode) + capacity * (kind == Kind::Leaf ? sizeof(T) : sizeof(Link));
  }
  // Each item's count is about to change, and lies elsewhere: one after another they would wait.
  void fetch_items() const {
    if (!is_leaf()) {
      for (unsigned i = 0; i < count(); ++i) fetch(children()[i]);
    } else if constexpr (requires(T item) { fetch(item); }) {
      for (unsigned i = 0; i < stored(); ++i) fetch(values()[i]);
    }
  }

  TreeNode(Kind kind, std::uint8_t capacity, Owner owner)
      : Shared(owner), capacity_(capacity), kind_(kind) {}
  ~TreeNode() = default;

  template <class Item>
  Item* items() const {
    auto* at = reinterpret_cast<const std::byte*>(this) + sizeof(TreeNode);
    return std::launder(reinterpret_cast<Item*>(const_cast<std::byte*>(at)));
  }
  T* values() {
    KITH_ASSERT(is_leaf());
    return items<T>();
  }
  const T* values() const {
    KITH_ASSERT(is_leaf());
    return items<T>();
  }
  Link* children() {
    KITH_ASSERT(!is_leaf());
    return items<Link>();
  }
  const Link* children() const {
    KITH_ASSERT(!is_leaf());
    return items<Link>();
  }

  template <class Item>
  Item& insert(Item* begin, unsigned place, Item item) {
    KITH_ASSERT(!places_.has(place) && count() < capacity_ && !alike_);
    Item* const at = begin + places_.rank(place);
    Item* const end = begin + count();
    if (at == end) {
      new (end) Item(std::move(item));
    } else {
      new (end) Item(std::move(end[-1]));
      std::move_backward(at, end - 1, end);
      *at = std::move(item);
    }
    places_.add(place);
    return *at;
  }
  void destroy_items() noexcept {
    fetch_items();
    if (is_leaf()) {
      std::destroy_n(values(), stored());
    } else {
      std::destroy_n(children(), count());
    }
  }

  PlaceMap places_;
  std::uint8_t capacity_;
  Kind kind_;
  bool alike_ = false;
};

}  // namespace kith::storage
