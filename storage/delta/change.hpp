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
#include "storage/delta/tree.hpp"

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

// Overrides of properties, ascending by key. A null cell: the property is absent.
class PropertyChanges {
 public:
  struct Entry {
    KeyId key;
    OwnedCell value;
  };
  // nullptr: nothing was said about this key.
  const Cell* find(KeyId key) const {
    const std::size_t at = place(key);
    return at < entries_.size() && entries_[at].key == key ? &entries_[at].value.cell() : nullptr;
  }
  // Room for this many.
  void reserve(std::size_t count) { entries_.reserve(count); }
  // What is kept; valid until the next change.
  const OwnedCell& set(KeyId key, const Cell& value) {
    if (entries_.empty() || entries_.back().key < key)
      return entries_.emplace_back(Entry{key, OwnedCell(value)}).value;
    const std::size_t at = place(key);
    if (entries_[at].key == key) return entries_[at].value = OwnedCell(value);
    return entries_
        .insert(entries_.begin() + static_cast<std::ptrdiff_t>(at), Entry{key, OwnedCell(value)})
        ->value;
  }
  void clear() { entries_.clear(); }
  const std::vector<Entry>& entries() const { return entries_; }
  // Of the array, without what values have elsewhere.
  std::uint64_t array_bytes() const { return entries_.capacity() * sizeof(Entry); }
  static std::uint64_t bytes_of(const OwnedCell& value) {
    return value.heap_bytes() > 0 ? value.heap_bytes() + kHeapBytes : 0;
  }

 private:
  std::size_t place(KeyId key) const {
    const auto at =
        std::lower_bound(entries_.begin(), entries_.end(), key,
                         [](const Entry& entry, KeyId wanted) { return entry.key < wanted; });
    return static_cast<std::size_t>(at - entries_.begin());
  }
  std::vector<Entry> entries_;
};

// One relationship that came to, or went from, the adjacency list of a node.
struct ListChange {
  std::uint64_t relationship = 0;
  std::uint64_t neighbour = 0;
  TypeId type;
  bool added = false;
};

// In the order of their making. Few are an array; a hub of a million changes costs a statement one
// short path.
class ListChanges {
 public:
  ListChanges() = default;
  ListChanges(const ListChanges& from)
      : few_(from.few_), many_(from.many_ ? std::make_unique<Many>(*from.many_) : nullptr) {}
  ListChanges& operator=(const ListChanges&) = delete;

  void append(const ListChange& change, Owner owner) {
    if (!many_ && few_.size() < kFew) return few_.push_back(change);
    if (!many_) {
      many_ = std::make_unique<Many>();
      for (const ListChange& early : few_) many_->edit(many_->size(), owner) = early;
      few_ = {};
    }
    many_->edit(many_->size(), owner) = change;
  }
  std::uint64_t size() const { return many_ ? many_->size() : few_.size(); }
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const ListChange& change : few_) visit(change);
    if (many_) many_->for_each([&](std::uint64_t, const ListChange& change) { visit(change); });
  }
  std::uint64_t bytes() const {
    const std::uint64_t few = few_.capacity() * sizeof(ListChange) + kHeapBytes;
    return sizeof *this + kHeapBytes + few + (many_ ? sizeof *many_ + many_->bytes() : 0);
  }

 private:
  static constexpr std::size_t kFew = 16;
  using Many = Tree<ListChange, 1>;
  std::vector<ListChange> few_;  // empty, if there are many
  std::unique_ptr<Many> many_;
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

class NodeChange : public Shared {
 public:
  explicit NodeChange(Owner owner) : Shared(owner) {}
  NodeChange(const NodeChange& from, Owner owner)
      : Shared(owner),
        existence(from.existence),
        labels_changed(from.labels_changed),
        labels(from.labels),
        properties(from.properties),
        out(from.out),
        in(from.in) {}
  static void destroy(const NodeChange* change) noexcept { delete change; }

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

class RelationshipChange : public Shared {
 public:
  explicit RelationshipChange(Owner owner) : Shared(owner) {}
  RelationshipChange(const RelationshipChange& from, Owner owner)
      : Shared(owner),
        existence(from.existence),
        type(from.type),
        start(from.start),
        end(from.end),
        properties(from.properties) {}
  static void destroy(const RelationshipChange* change) noexcept { delete change; }

  Existence existence = Existence::InBase;
  TypeId type;  // type and ends: of created ones only
  std::uint64_t start = 0, end = 0;
  PropertyChanges properties;
};

using NodeTree = Tree<Ref<NodeChange>, 2>;
using RelationshipTree = Tree<Ref<RelationshipChange>, 2>;

}  // namespace kith::storage
