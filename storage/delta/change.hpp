// storage/delta/change.hpp: what a delta knows about one node or one relationship.
//
// Every entry is absolute: it says how the element is, not what was done to it, so applying it
// twice, or over a newer base that has it already, gives the same graph. Adjacency is keyed by
// relationship id: an addition that the base has too counts once, a removal is an entry of its own.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/cell.hpp"
#include "core/id.hpp"
#include "storage/delta/ref.hpp"
#include "storage/delta/slab.hpp"
#include "storage/delta/tree.hpp"
#include "storage/delta/value_rows.hpp"

namespace kith::storage {

enum class Existence : std::uint8_t {
  InBase,   // as the base says, but for the overrides here
  Created,  // not in the base; everything about it is here
  Deleted,
};

// What the allocator adds to a piece of memory, about.
inline constexpr std::uint64_t kHeapBytes = 16;

// Labels, ascending. As many as nodes usually have are in place.
class LabelList {
 public:
  LabelList() = default;
  LabelList(const LabelList& from) { assign(from.span()); }
  LabelList& operator=(const LabelList&) = delete;

  void assign(std::span<const LabelId> labels) {
    size_ = static_cast<std::uint32_t>(labels.size());
    many_ = size_ > kInPlace ? std::make_unique<LabelId[]>(size_) : nullptr;
    std::copy(labels.begin(), labels.end(), many_ ? many_.get() : few_.data());
  }
  void clear() { assign({}); }
  std::span<const LabelId> span() const { return {many_ ? many_.get() : few_.data(), size_}; }
  std::uint64_t heap_bytes() const { return many_ ? size_ * sizeof(LabelId) + kHeapBytes : 0; }

 private:
  static constexpr std::size_t kInPlace = 3;
  std::uint32_t size_ = 0;
  std::array<LabelId, kInPlace> few_{};
  std::unique_ptr<LabelId[]> many_;
};

// Overrides of properties, ascending by key. A null cell: the property is absent. Those that were
// written with many others lie in rows that elements share; what is set later is the element's own,
// and counts. So setting a property leaves the memory of all others where it is.
class PropertyChanges {
 public:
  PropertyChanges() = default;
  PropertyChanges(const PropertyChanges& from) : rows_(from.rows_), row_(from.row_) {
    if (from.size_ != 0) copy_own(from);
  }
  PropertyChanges& operator=(const PropertyChanges&) = delete;

  // nullptr: nothing was said about this key.
  const Cell* find(KeyId key) const;
  // visit(key, cell), ascending by key.
  template <class Visit>
  void for_each(Visit&& visit) const {
    std::uint32_t own = 0;
    if (rows_) {
      const std::span<const Cell> row = rows_->row(row_);
      for (std::size_t i = 0; i < row.size(); ++i) {
        const KeyId key = rows_->keys()[i];
        for (; own < size_ && own_[own].key < key; ++own)
          visit(own_[own].key, own_[own].value.cell());
        if (own == size_ || own_[own].key != key) visit(key, row[i]);
      }
    }
    for (; own < size_; ++own) visit(own_[own].key, own_[own].value.cell());
  }
  bool empty() const { return size_ == 0 && !rows_; }
  // At least as many as for_each() visits.
  std::size_t size_limit() const { return size_ + (rows_ ? rows_->keys().size() : 0); }

  // Room for so many of its own.
  void reserve(std::size_t count) {
    if (count > capacity_) grow(static_cast<std::uint32_t>(count));
  }
  // What is kept; valid until the next change.
  const OwnedCell& set(KeyId key, const Cell& value);
  // The row's instead of all there are. They have no other keys.
  void set_row(Ref<const ValueRows> rows, std::uint32_t row);
  bool has_no_other(std::span<const KeyId> keys) const;
  void clear();

  // The array of what is its own, without what values have elsewhere.
  std::uint64_t array_bytes() const { return capacity_ * sizeof(Entry); }
  // With that, and its part of what it shares.
  std::uint64_t bytes() const;
  static std::uint64_t bytes_of(const OwnedCell& value) {
    return value.heap_bytes() > 0 ? value.heap_bytes() + kHeapBytes : 0;
  }

 private:
  struct Entry {
    KeyId key;
    OwnedCell value;
  };
  std::uint32_t place(KeyId key) const {
    const auto at =
        std::lower_bound(own_.get(), own_.get() + size_, key,
                         [](const Entry& entry, KeyId wanted) { return entry.key < wanted; });
    return static_cast<std::uint32_t>(at - own_.get());
  }
  void copy_own(const PropertyChanges& from);
  void grow(std::uint32_t capacity);

  Ref<const ValueRows> rows_;
  std::unique_ptr<Entry[]> own_;
  std::uint32_t row_ = 0;
  std::uint32_t size_ = 0, capacity_ = 0;  // of what is its own
};

// One relationship that came to, or went from, the adjacency list of a node.
struct ListChange {
  std::uint64_t relationship = 0;
  std::uint64_t neighbour = 0;
  TypeId type;
  bool added = false;
};

// In the order of their making. The first is in place, a few more are an array; a hub of a million
// changes costs a statement one short path.
class ListChanges {
 public:
  ListChanges() = default;
  ListChanges(const ListChanges& from);
  ListChanges& operator=(const ListChanges&) = delete;

  void append(const ListChange& change, Owner owner) {
    if (many_) {
      many_->edit(many_->size(), owner) = change;
    } else if (size_ == 0) {
      first_ = change;
      size_ = 1;
    } else {
      append_more(change, owner);
    }
  }
  std::uint64_t size() const { return many_ ? many_->size() : size_; }
  template <class Visit>
  void for_each(Visit&& visit) const {
    if (many_)
      return many_->for_each([&](std::uint64_t, const ListChange& change) { visit(change); });
    if (size_ > 0) visit(first_);
    for (std::uint32_t i = 1; i < size_; ++i) visit(more_[i - 1]);
  }
  std::uint64_t bytes() const {
    return sizeof *this + kHeapBytes +
           (capacity_ > 0 ? capacity_ * sizeof(ListChange) + kHeapBytes : 0) +
           (many_ ? sizeof *many_ + kHeapBytes + many_->bytes() : 0);
  }

 private:
  static constexpr std::uint32_t kFew = 16;
  using Many = Tree<ListChange, 1>;
  void append_more(const ListChange& change, Owner owner);

  ListChange first_;
  std::unique_ptr<ListChange[]> more_;     // all but the first
  std::uint32_t size_ = 0, capacity_ = 0;  // of `more_`: the capacity
  std::unique_ptr<Many> many_;             // then it has all of them
};

// The changes of one of a node's lists, if there are any.
class OptionalList {
 public:
  OptionalList() = default;
  OptionalList(const OptionalList& from)
      : list_(from.list_ ? std::make_unique<ListChanges>(*from.list_) : nullptr) {}
  OptionalList& operator=(OptionalList&&) = default;

  void append(const ListChange& change, Owner owner) {
    if (!list_) list_ = std::make_unique<ListChanges>();
    list_->append(change, owner);
  }
  // Those from number `first` on.
  OptionalList since(std::uint64_t first, Owner owner) const {
    KITH_ASSERT(first <= size());
    OptionalList rest;
    std::uint64_t i = 0;
    for_each([&](const ListChange& change) {
      if (i++ >= first) rest.append(change, owner);
    });
    return rest;
  }
  std::uint64_t size() const { return list_ ? list_->size() : 0; }
  template <class Visit>
  void for_each(Visit&& visit) const {
    if (list_) list_->for_each(visit);
  }
  std::uint64_t bytes() const { return list_ ? list_->bytes() : 0; }

 private:
  std::unique_ptr<ListChanges> list_;
};

class NodeChange : public SlabEntry {
 public:
  explicit NodeChange(Owner owner) : SlabEntry(owner) {}
  NodeChange(const NodeChange& from, Owner owner)
      : SlabEntry(owner),
        existence(from.existence),
        labels_changed(from.labels_changed),
        labels(from.labels),
        properties(from.properties),
        out(from.out),
        in(from.in) {}
  static void destroy(const NodeChange* change) noexcept { destroy_entry(change); }

  const OptionalList& edges(Direction direction) const {
    KITH_ASSERT(direction != Direction::Both);
    return direction == Direction::Out ? out : in;
  }
  bool has_label(LabelId label) const {
    const std::span<const LabelId> all = labels.span();
    return std::binary_search(all.begin(), all.end(), label);
  }

  Existence existence = Existence::InBase;
  bool labels_changed = false;  // always for created nodes
  LabelList labels;             // all of them, if labels_changed
  PropertyChanges properties;
  OptionalList out, in;
};

class RelationshipChange : public SlabEntry {
 public:
  explicit RelationshipChange(Owner owner) : SlabEntry(owner) {}
  RelationshipChange(const RelationshipChange& from, Owner owner)
      : SlabEntry(owner),
        existence(from.existence),
        type(from.type),
        start(from.start),
        end(from.end),
        properties(from.properties) {}
  static void destroy(const RelationshipChange* change) noexcept { destroy_entry(change); }

  Existence existence = Existence::InBase;
  TypeId type;  // type and ends: of created ones only
  std::uint64_t start = 0, end = 0;
  PropertyChanges properties;
};

using NodeTree = Tree<Ref<NodeChange>, kSegmentLevels>;
using RelationshipTree = Tree<Ref<RelationshipChange>, kSegmentLevels>;

}  // namespace kith::storage
