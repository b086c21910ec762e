// cypher/exec/set_rows.cpp: what SET and REMOVE write for many rows at once: elements and values as
// arrays, and those of batches that come in any order put off until they can be sorted.
#include <algorithm>
#include <numeric>

#include "core/cell_copy.hpp"
#include "core/page_memory.hpp"
#include "core/radix_sort.hpp"
#include "cypher/exec/columns.hpp"
#include "cypher/exec/writing.hpp"

namespace kith::exec {

// The elements of all rows that have one, if they are nodes or relationships alone.
bool ItemSetter::take_subjects(const Column& subjects, std::uint32_t rows) {
  elements_.clear();
  with_element_.clear();
  kind_ = kind_of(subjects.vector->type());
  if ((kind_ == Kind::Node || kind_ == Kind::Relationship) && !may_have_nulls(subjects)) {
    const auto* ids = subjects.vector->data<std::uint64_t>();
    elements_.resize(rows);
    for (std::uint32_t row = 0; row < rows; ++row) elements_[row] = ids[subjects.at(row)];
    return true;
  }
  kind_ = Kind::Null;
  for (std::uint32_t row = 0; row < rows; ++row) {
    const Cell subject = subjects.cell(row);
    if (subject.is_null()) continue;
    if (kind_ == Kind::Null) kind_ = subject.kind;
    if (subject.kind != kind_) return false;
    elements_.push_back(subject.word);
    with_element_.push_back(row);
  }
  return kind_ == Kind::Null || kind_ == Kind::Node || kind_ == Kind::Relationship;
}

namespace {

// Every `step`th cell becomes the value of a row: of all, or of those in `picked`. False: one
// cannot be stored. `bytes`: what they have elsewhere.
bool read_values(const Column& column, std::span<const std::uint32_t> picked, std::size_t rows,
                 Cell* out, std::size_t step, std::size_t& bytes) {
  const Vector& vector = *column.vector;
  const bool words = vector.type() == VectorType::Integer || vector.type() == VectorType::Float;
  if (column.constant) {
    const Cell value = vector.cell(0);
    if (!value.is_null() && !storage::is_storable(value)) return false;
    bytes += rows * bytes_beside(value);
    for (std::size_t i = 0; i < rows; ++i, out += step) *out = value;
    return true;
  }
  if (words && picked.empty() && !vector.may_have_nulls()) {
    const Kind kind = kind_of(vector.type());
    const auto* values = vector.data<std::uint64_t>();
    for (std::uint32_t row = 0; row < rows; ++row, out += step) {
      *out = Cell::null();
      out->kind = kind;
      out->word = values[column.at(row)];
    }
    return true;
  }
  for (std::size_t i = 0; i < rows; ++i, out += step) {
    *out = column.cell(picked.empty() ? static_cast<std::uint32_t>(i) : picked[i]);
    if (!out->is_null() && !storage::is_storable(*out)) return false;
    bytes += bytes_beside(*out);
    if (bytes > kMostBytesAtOnce) return i + 1 == rows;
  }
  return true;
}

}  // namespace

bool ItemSetter::take_values(const Batch& batch, std::size_t& bytes, bool& removes) {
  const std::size_t rows = elements_.size(), width = items_.size();
  KITH_ASSERT(rows <= batch.rows);
  row_values_.resize(rows * width);
  for (std::size_t i = 0; i < width && rows != 0; ++i) {
    const Item& item = items_[i];
    if (bytes > kMostBytesAtOnce) return false;
    if (!item.value) {
      for (std::size_t at = i; at < row_values_.size(); at += width) row_values_[at] = Cell::null();
    } else if (!read_values(item.values, with_element_, rows, &row_values_[i], width, bytes)) {
      return false;
    }
  }
  removes = std::any_of(row_values_.begin(), row_values_.end(),
                        [](const Cell& value) { return value.is_null(); });
  return true;
}

void ItemSetter::set_elements(Kind kind, bool may_wait) {
  kind_ = kind;
  if (!std::is_sorted(row_keys_.begin(), row_keys_.end())) sort_rows();
  if (may_wait && put_off()) return;
  set_gathered();
  kind == Kind::Node ? set_rows<NodeId>(elements_, row_keys_, row_values_)
                     : set_rows<RelationshipId>(elements_, row_keys_, row_values_);
}

// Rows that come in the order of their elements need not wait.
bool ItemSetter::put_off() {
  const bool in_order = std::is_sorted(elements_.begin(), elements_.end());
  if (!gathers_ || (later_elements_.empty() && in_order)) return false;
  if (later_kind_ != kind_) set_gathered();
  later_kind_ = kind_;
  later_elements_.insert(later_elements_.end(), elements_.begin(), elements_.end());
  later_values_.insert(later_values_.end(), row_values_.begin(), row_values_.end());
  if (later_values_.size() >= worker_.execution().transaction->rows_at_once()) set_gathered();
  return true;
}

// Of rows with the same element the last one stays the last.
void ItemSetter::set_gathered() {
  if (later_elements_.empty()) return;
  struct Place {
    std::uint64_t element;
    std::uint32_t row;
  };
  const std::size_t width = row_keys_.size();
  KITH_ASSERT(later_values_.size() == later_elements_.size() * width);
  std::vector<Place> order, scratch;
  reserve_large(order, later_elements_.size());
  for (const std::uint64_t element : later_elements_)
    order.push_back({element, static_cast<std::uint32_t>(order.size())});
  radix_sort(std::span(order), scratch, [](const Place& place) { return place.element; });
  std::vector<Cell> values;
  reserve_large(values, later_values_.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    later_elements_[i] = order[i].element;
    const auto row = later_values_.begin() + static_cast<std::ptrdiff_t>(order[i].row * width);
    values.insert(values.end(), row, row + static_cast<std::ptrdiff_t>(width));
  }
  later_kind_ == Kind::Node ? set_rows<NodeId>(later_elements_, row_keys_, values)
                            : set_rows<RelationshipId>(later_elements_, row_keys_, values);
  later_elements_.clear();
  later_values_.clear();
}

template <class I>
void ItemSetter::set_rows(std::span<const std::uint64_t> elements, std::span<const KeyId> keys,
                          std::span<const Cell> values) {
  std::vector<I> ids;
  ids.reserve(elements.size());
  for (const std::uint64_t element : elements) ids.push_back(I{element});
  worker_.execution().transaction->set_properties(std::span<const I>(ids), keys, values);
}
template void ItemSetter::set_rows<NodeId>(std::span<const std::uint64_t>, std::span<const KeyId>,
                                           std::span<const Cell>);
template void ItemSetter::set_rows<RelationshipId>(std::span<const std::uint64_t>,
                                                   std::span<const KeyId>, std::span<const Cell>);

// Keys ascending, and the values of each row in their order.
void ItemSetter::sort_rows() {
  std::vector<std::size_t> order(row_keys_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return row_keys_[a] < row_keys_[b]; });
  const auto put_in_order = [&](auto* row, auto& scratch) {
    scratch.assign(row, row + order.size());
    for (std::size_t i = 0; i < order.size(); ++i) row[i] = scratch[order[i]];
  };
  std::vector<Cell> cells;
  for (std::size_t at = 0; at < row_values_.size(); at += order.size())
    put_in_order(row_values_.data() + at, cells);
  std::vector<KeyId> keys;
  put_in_order(row_keys_.data(), keys);
}

}  // namespace kith::exec
