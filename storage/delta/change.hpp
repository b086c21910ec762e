// storage/delta/change.hpp: what a delta knows about one node or one relationship.
//
// Every entry is absolute: it says how the element is, not what was done to it, so applying it
// twice, or over a newer base that has it already, gives the same graph. Adjacency is keyed by
// relationship id: an addition that the base has too counts once, a removal is an entry of its own.
#pragma once

#include <algorithm>
#include <cstdint>
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
  void set(KeyId key, const Cell& value) {
    const std::size_t at = place(key);
    if (at < entries_.size() && entries_[at].key == key) {
      entries_[at].value = OwnedCell(value);
    } else {
      entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(at),
                      Entry{key, OwnedCell(value)});
    }
  }
  void clear() { entries_.clear(); }
  const std::vector<Entry>& entries() const { return entries_; }

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

// In the order of their making; a hub of a million changes costs a statement one short path.
class ListChanges {
 public:
  void append(const ListChange& change, Owner owner) {
    list_.edit(list_.size(), owner) = change;
    if (!change.added) ++removals_;
  }
  // Those from number `first` on.
  ListChanges since(std::uint64_t first, Owner owner) const {
    KITH_ASSERT(first <= size());
    ListChanges rest;
    for (std::uint64_t i = first; i < size(); ++i) rest.append(*list_.find(i), owner);
    return rest;
  }
  std::uint64_t size() const { return list_.size(); }
  std::uint64_t removals() const { return removals_; }
  template <class Visit>
  void for_each(Visit&& visit) const {
    list_.for_each([&](std::uint64_t, const ListChange& change) { visit(change); });
  }

 private:
  Tree<ListChange, 1> list_;
  std::uint64_t removals_ = 0;
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

  const ListChanges& edges(Direction direction) const {
    KITH_ASSERT(direction != Direction::Both);
    return direction == Direction::Out ? out : in;
  }
  bool has_label(LabelId label) const {
    return std::binary_search(labels.begin(), labels.end(), label);
  }

  Existence existence = Existence::InBase;
  bool labels_changed = false;  // always for created nodes
  std::vector<LabelId> labels;  // ascending; all of them, if labels_changed
  PropertyChanges properties;
  ListChanges out, in;
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
