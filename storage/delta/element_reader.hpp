// storage/delta/element_reader.hpp: elements of a root one after another: what those that follow
// one another share, their segment and its columns, is looked up once.
//
// For writers, who look at many elements of a state that they do not change meanwhile. Not
// thread-safe.
#pragma once

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "core/assert.hpp"
#include "core/radix_sort.hpp"
#include "storage/column/column_reader.hpp"
#include "storage/delta/lookup.hpp"

namespace kith::storage {

template <class I>
class ElementReader {
 public:
  explicit ElementReader(const Root& root) : root_(root) {}
  ElementReader(const ElementReader&) = delete;
  ElementReader& operator=(const ElementReader&) = delete;

  // What the rest is about.
  void look_at(I id) {
    if (segment_of(id) != number_) open(id);
    // What texts pin may be a large part of the pool: not of more than one element.
    for (auto& [key, reader] : columns_)
      if (!reader.column().heap.empty()) reader.release();
    slot_ = slot_of(id);
    const auto* found = changes_ ? Tree::find_in(*changes_, slot_) : nullptr;
    change_ = found ? found->get() : nullptr;
  }

  bool exists() const {
    if (change_ && change_->existence != Existence::InBase)
      return change_->existence == Existence::Created;
    return segment_ && segment_->exists(slot_);
  }
  bool has_token(SchemaToken token) const {
    if constexpr (kNodes) {
      return has_label(token.label());
    } else {
      return type_ == token.type();
    }
  }
  bool has_label(LabelId label) const requires(std::is_same_v<I, NodeId>) {
    if (change_ && change_->existence == Existence::Deleted) return false;
    if (change_ && change_->labels_changed) return change_->has_label(label);
    const SlotSet* slots = segment_ ? segment_->label(label) : nullptr;
    return slots && slots->contains(slot_);
  }
  // Ascending.
  void labels(std::vector<LabelId>& out) const requires(std::is_same_v<I, NodeId>) {
    out.clear();
    if (change_ && (change_->existence == Existence::Deleted || change_->labels_changed)) {
      const std::span<const LabelId> all = change_->labels.span();
      if (change_->existence != Existence::Deleted) out.assign(all.begin(), all.end());
      return;
    }
    if (!segment_) return;
    for (const LabelSet& set : segment_->labels())
      if (set.slots.contains(slot_)) out.push_back(set.label);
  }
  bool has_property(KeyId key) {
    if (change_) {
      if (change_->existence == Existence::Deleted) return false;
      if (const auto cell = change_->properties.find(key, change_->row_of(slot_)))
        return !cell->is_null();
      if (change_->existence == Existence::Created) return false;
    }
    const ColumnReader* column = column_of(key);
    return column && column->has_value(slot_);
  }
  // Null: it has none. Valid until the reader looks at another element, or `arena` ends.
  Cell property(KeyId key, Arena& arena) {
    if (change_) {
      if (change_->existence == Existence::Deleted) return Cell::null();
      if (const auto cell = change_->properties.find(key, change_->row_of(slot_))) return *cell;
      if (change_->existence == Existence::Created) return Cell::null();
    }
    ColumnReader* column = column_of(key);
    return column ? column->read(slot_, arena) : Cell::null();
  }

 private:
  static constexpr bool kNodes = std::is_same_v<I, NodeId>;
  using Tree = std::conditional_t<kNodes, NodeTree, RelationshipTree>;
  using Change = std::conditional_t<kNodes, NodeChange, RelationshipChange>;
  using Segment = std::conditional_t<kNodes, NodeSegment, RelationshipSegment>;

  void open(I id) {
    columns_.clear();
    number_ = ~std::uint64_t{0};  // should it fail
    segment_ = base_segment(root_, id);
    if constexpr (kNodes) {
      changes_ = root_.nodes().segment(segment_of(id));
    } else {
      changes_ = root_.relationships().segment(segment_of(id));
      type_ = type_of(root_, id);
    }
    number_ = segment_of(id);
  }
  // nullptr: the segment has none.
  ColumnReader* column_of(KeyId key) {
    for (auto& [known, reader] : columns_)
      if (known == key) return &reader;
    const ColumnChunk* column = segment_ ? segment_->column(key) : nullptr;
    if (!column) return nullptr;
    return &columns_.emplace_back(key, ColumnReader(root_.base().pool(), *column)).second;
  }

  const Root& root_;
  std::uint64_t number_ = ~std::uint64_t{0};
  SegmentPin<Segment> segment_;
  std::deque<std::pair<KeyId, ColumnReader>> columns_;  // of the segment
  const typename Tree::Node* changes_ = nullptr;
  TypeId type_{};
  std::uint32_t slot_ = 0;
  const Change* change_ = nullptr;
};

// Ascending, each once.
template <class I>
void put_in_order(std::vector<I>& ids) {
  std::vector<I> scratch;
  if (!std::is_sorted(ids.begin(), ids.end()))
    radix_sort(std::span(ids), scratch, [](I id) { return id.value; });
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

// The same: those of which wanted(reader), looking at it, is true.
template <class Wanted>
std::vector<NodeId> nodes_where(const Root& root, std::span<const NodeId> nodes, Wanted&& wanted) {
  std::vector<NodeId> found(nodes.begin(), nodes.end());
  put_in_order(found);
  ElementReader<NodeId> reader(root);
  std::erase_if(found, [&](NodeId node) {
    reader.look_at(node);
    return !wanted(reader);
  });
  return found;
}

// Nulls among rows of values, one for each key, where the element has something under the key.
template <class I>
std::size_t removals(const Root& root, std::span<const I> ids, std::span<const KeyId> keys,
                     std::span<const Cell> values) {
  KITH_ASSERT(values.size() == ids.size() * keys.size());
  std::size_t count = 0, at = 0;
  if (std::none_of(values.begin(), values.end(), [](const Cell& cell) { return cell.is_null(); }))
    return count;
  ElementReader<I> reader(root);
  for (const I id : ids) {
    reader.look_at(id);
    for (const KeyId key : keys)
      if (values[at++].is_null() && reader.has_property(key)) ++count;
  }
  return count;
}

}  // namespace kith::storage
