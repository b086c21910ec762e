// storage/delta/change.hpp: what a delta knows about one node or one relationship.
//
// Every entry is absolute: it says how the element is, not what was done to it, so applying it
// twice, or over a newer base that has it already, gives the same graph. Adjacency is keyed by
// relationship id: an addition that the base has too counts once, a removal is an entry of its own.
//
// An entry may be **common** to several elements of a leaf of the tree, so that what is written by
// the thousand takes little more than its values:
//
//   E1  A common entry says the same of all its elements, but for what lies in rows: values, ends,
//       changes of lists. An element's row is its number among the places of the entry.
//   E2  A common entry never changes. Whoever changes one element gives it an entry of its own;
//       the places of the entry stay as they were.
//   E3  One without rows may be **alike for all**: any element of any leaf may have it.
//   E4  Where a node's list is marked, relationships that are gone may still be in it: who reads
//       it leaves out those that do not exist. A mark says "perhaps", and it is enough.
//   E5  What came to lists of a segment by the hundred lies in parts (added_edges.hpp) that entries
//       share; a node's lists are what its entry has of its own, and its rows of them. A part comes
//       to entries when it is made, and to no entry later: who has it not knows nothing of it, and
//       a checkpoint that has it has it for all. So elements that get a common entry must have the
//       same parts, in one object. A node without a row in a part may have it, too.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/bits.hpp"
#include "core/cell.hpp"
#include "core/id.hpp"
#include "storage/delta/added_edges.hpp"
#include "storage/delta/common_rows.hpp"
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

// Which of a node's lists are marked (E4).
using ListMarks = std::uint8_t;
inline constexpr ListMarks kNoMarks = 0;
constexpr ListMarks mark_of(Direction direction) {
  return direction == Direction::Out ? 1 : direction == Direction::In ? 2 : 3;
}

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
  // Those of one of its rows (E1), the first of all if there is one.
  PropertyChanges(const PropertyChanges& from, std::uint32_t row)
      : rows_(from.rows_), row_(from.row_ + row) {
    if (from.size_ != 0) copy_own(from);
  }
  PropertyChanges& operator=(const PropertyChanges&) = delete;

  // Nothing: nothing was said about this key. What a value points to stays until the next change.
  std::optional<Cell> find(KeyId key, std::uint32_t of) const;
  // visit(key, cell), ascending by key.
  template <class Visit>
  void for_each(std::uint32_t of, Visit&& visit) const {
    std::uint32_t own = 0;
    if (rows_) {
      for (std::size_t i = 0; i < rows_->keys().size(); ++i) {
        const KeyId key = rows_->keys()[i];
        for (; own < size_ && own_[own].key < key; ++own)
          visit(own_[own].key, own_[own].value.cell());
        if (own == size_ || own_[own].key != key) visit(key, rows_->cell(row_ + of, i));
      }
    }
    for (; own < size_; ++own) visit(own_[own].key, own_[own].value.cell());
  }
  // Values of rows from one on (E1); nothing: nothing was said about this key.
  std::optional<ValueRows::Words> words(KeyId key, std::uint32_t of) const {
    if (size_ != 0) return ValueRows::Words{};
    return rows_ ? rows_->words(row_ + of, key) : std::nullopt;
  }
  bool empty() const { return size_ == 0 && !rows_; }
  // All keys that it says something about, if none is an element's own.
  std::span<const KeyId> row_keys() const {
    KITH_ASSERT(size_ == 0);
    return rows_ ? rows_->keys() : std::span<const KeyId>();
  }
  // At least as many as for_each() visits.
  std::size_t size_limit() const { return size_ + (rows_ ? rows_->keys().size() : 0); }

  // Room for so many of its own.
  void reserve(std::size_t count) {
    if (count > capacity_) grow(static_cast<std::uint32_t>(count));
  }
  // What is kept; valid until the next change.
  const OwnedCell& set(KeyId key, const Cell& value);
  // The row's, or of a common entry those from it on, instead of all there are. They have no other
  // keys.
  void set_row(Ref<const ValueRows> rows, std::uint32_t row);
  bool has_no_other(std::span<const KeyId> keys) const;
  // Of a common entry: what another one of the same elements has.
  void share(const PropertyChanges& from) {
    KITH_ASSERT(empty() && from.size_ == 0);
    rows_ = from.rows_;
    row_ = from.row_;
  }
  void clear();

  // The array of what is its own, without what values have elsewhere.
  std::uint64_t array_bytes() const { return capacity_ * sizeof(Entry); }
  // With that, and its part of what it shares.
  std::uint64_t bytes(std::uint32_t of) const;
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
  OptionalList(OptionalList&&) noexcept = default;
  OptionalList& operator=(OptionalList&&) = default;

  void append(const ListChange& change, Owner owner) {
    if (!list_) list_ = std::make_unique<ListChanges>();
    list_->append(change, owner);
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

// The changes of one list: an element's own, or a row of a common entry; then what it has of parts
// (E5).
class ListView {
 public:
  ListView(const OptionalList& own) : own_(&own) {}
  ListView(std::span<const ListChange> row) : row_(row) {}
  ListView(ListView first, const AddedEdges* added, Direction direction, std::uint32_t slot)
      : ListView(first) {
    added_ = added;
    direction_ = direction;
    slot_ = slot;
  }

  std::uint64_t size() const { return own_size() + (added_ ? added_->size(direction_, slot_) : 0); }
  template <class Visit>
  void for_each(Visit&& visit) const {
    if (own_) {
      own_->for_each(visit);
    } else {
      for (const ListChange& change : row_) visit(change);
    }
    if (added_) added_->for_each(direction_, slot_, visit);
  }
  // As lists of an element's own.
  std::uint64_t bytes() const {
    return (own_ ? own_->bytes() : row_.size_bytes()) +
           (added_ ? added_->size(direction_, slot_) * sizeof(ListChange) : 0);
  }
  // A copy of those from number `first` on.
  OptionalList since(std::uint64_t first, Owner owner) const {
    KITH_ASSERT(first <= size());
    OptionalList rest;
    std::uint64_t i = 0;
    for_each([&](const ListChange& change) {
      if (i++ >= first) rest.append(change, owner);
    });
    return rest;
  }

 private:
  std::uint64_t own_size() const { return own_ ? own_->size() : row_.size(); }

  const OptionalList* own_ = nullptr;
  std::span<const ListChange> row_;
  const AddedEdges* added_ = nullptr;
  Direction direction_ = Direction::Out;  // in which, and whose, as are
  std::uint32_t slot_ = 0;
};

class ElementChange : public SlabEntry {
 public:
  bool is_common() const { return places_ != 0; }
  std::uint32_t places() const { return places_; }
  // Before it is anybody's.
  void make_common(std::uint32_t places) {
    KITH_ASSERT(places != 0 && places_ == 0);
    places_ = places;
  }
  void make_alike_for_all() {
    make_common(~std::uint32_t{0});
    alike_for_all_ = true;
  }
  bool is_alike_for_all() const { return alike_for_all_; }  // E3
  // The row of an element (E1); 0 of an entry of its own.
  std::uint32_t row_of(std::uint64_t id) const {
    if (places_ == 0) return 0;
    const auto place = static_cast<unsigned>(id % kTreeFan);
    KITH_ASSERT((places_ >> place & 1) != 0);
    return count_bits(places_ & ((std::uint32_t{1} << place) - 1));
  }

  Existence existence = Existence::InBase;
  bool labels_changed = false;  // of a node; always of created ones
  ListMarks marks = kNoMarks;   // of a node: E4

 protected:
  explicit ElementChange(Owner owner) : SlabEntry(owner) {}
  ElementChange(const ElementChange& from, Owner owner)
      : SlabEntry(owner),
        existence(from.existence),
        labels_changed(from.labels_changed),
        marks(from.marks) {}
  ~ElementChange() = default;

 private:
  bool alike_for_all_ = false;
  std::uint32_t places_ = 0;  // of a common entry: those of its elements in the leaf
};

class NodeChange : public ElementChange {
 public:
  explicit NodeChange(Owner owner) : ElementChange(owner) {}
  // An entry of a node's own.
  NodeChange(const NodeChange& from, std::uint64_t id, Owner owner)
      : ElementChange(from, owner),
        labels(from.labels),
        properties(from.properties, from.row_of(id)),
        out(from.copy_edges(Direction::Out, id, owner)),
        in(from.copy_edges(Direction::In, id, owner)),
        added(from.added) {}
  static void destroy(const NodeChange* change) noexcept { destroy_entry(change); }

  // A common entry begins as one of the same nodes.
  void take(const NodeChange& from) {
    KITH_ASSERT(from.is_common() && from.places() == places());
    existence = from.existence;
    labels_changed = from.labels_changed;
    marks |= from.marks;
    labels.assign(from.labels.span());
    properties.share(from.properties);
    lists = from.lists;
    added = from.added;
  }
  // Nothing but lists.
  bool is_plain() const {
    return existence == Existence::InBase && !labels_changed && properties.empty();
  }
  ListView edges(Direction direction, std::uint64_t id) const {
    const ListView own = own_edges(direction, id);
    if (!added) return own;
    return {own, added.get(), direction, static_cast<std::uint32_t>(id % kSegmentSlots)};
  }
  // Without those of parts (E5).
  ListView own_edges(Direction direction, std::uint64_t id) const {
    KITH_ASSERT(direction != Direction::Both);
    if (lists) return lists->row(2 * row_of(id) + (direction == Direction::Out ? 0 : 1));
    return direction == Direction::Out ? out : in;
  }
  bool is_marked(Direction direction) const { return (marks & mark_of(direction)) != 0; }  // E4
  // The base alone does not say what the list is.
  bool changes_list(Direction direction, std::uint64_t id) const {
    return is_marked(direction) || edges(direction, id).size() > 0;
  }
  bool has_label(LabelId label) const {
    const std::span<const LabelId> all = labels.span();
    return std::binary_search(all.begin(), all.end(), label);
  }

  LabelList labels;  // all of them, if labels_changed
  PropertyChanges properties;
  OptionalList out, in;         // of a common entry: none
  Ref<const ListRows> lists;    // of a common entry: two rows a node, Out and In; or none
  Ref<const AddedEdges> added;  // E5

 private:
  OptionalList copy_edges(Direction direction, std::uint64_t id, Owner owner) const {
    if (lists) return own_edges(direction, id).since(0, owner);
    return OptionalList(direction == Direction::Out ? out : in);
  }
};

class RelationshipChange : public ElementChange {
 public:
  explicit RelationshipChange(Owner owner) : ElementChange(owner) {}
  // An entry of a relationship's own.
  RelationshipChange(const RelationshipChange& from, std::uint64_t id, Owner owner)
      : ElementChange(from, owner),
        type(from.type),
        ends_in_base(from.ends_in_base),
        own_ends(from.ends_in_base ? EndPair{} : from.ends(id)),
        properties(from.properties, from.row_of(id)) {}
  static void destroy(const RelationshipChange* change) noexcept { destroy_entry(change); }

  void take(const RelationshipChange& from) {
    KITH_ASSERT(from.is_common() && from.places() == places());
    KITH_ASSERT(!from.ends_in_base);
    existence = from.existence;
    type = from.type;
    first_row = from.first_row;
    rows = from.rows;
    properties.share(from.properties);
  }
  // Not of those that are as the base says, nor of those that only went from it.
  bool knows_ends() const { return existence != Existence::InBase && !ends_in_base; }
  EndPair ends(std::uint64_t id) const {
    KITH_ASSERT(!ends_in_base);
    return rows ? rows->row(first_row + row_of(id)) : own_ends;
  }

  TypeId type;                // type and ends: of those that are not as the base says
  bool ends_in_base = false;  // of a deleted one: the base has it, and knows them
  std::uint32_t first_row = 0;
  EndPair own_ends;
  Ref<const EndRows> rows;  // of a common entry: from first_row on
  PropertyChanges properties;
};

using NodeTree = Tree<Ref<NodeChange>, kSegmentLevels>;
using RelationshipTree = Tree<Ref<RelationshipChange>, kSegmentLevels>;

}  // namespace kith::storage
