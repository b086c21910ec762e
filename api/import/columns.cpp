// api/import/columns.cpp: see columns.hpp.
#include "api/import/columns.hpp"

namespace kith::import {
namespace {

VectorType vector_type(const ColumnSpec& spec) {
  if (spec.is_array) return VectorType::Any;
  switch (spec.type) {
    case ValueType::Integer:
      return VectorType::Integer;
    case ValueType::Float:
      return VectorType::Float;
    case ValueType::Boolean:
      return VectorType::Boolean;
    case ValueType::String:
      return VectorType::String;
    default:
      return VectorType::Any;
  }
}

}  // namespace

ColumnBuffer::ColumnBuffer(const std::vector<ColumnSpec>& specs, std::vector<std::size_t> columns,
                           std::vector<KeyId> keys, std::uint32_t capacity)
    : columns_(std::move(columns)), keys_(std::move(keys)), capacity_(capacity) {
  for (const auto column : columns_) {
    types_.push_back(vector_type(specs[column]));
    vectors_.push_back(std::make_unique<Vector>());
  }
  clear();
}

void ColumnBuffer::clear() {
  KITH_ASSERT(types_.size() == vectors_.size());
  rows_ = 0;
  for (std::size_t i = 0; i < vectors_.size(); ++i) vectors_[i]->reset(types_[i], capacity_);
}

void ColumnBuffer::move_row(std::uint32_t from, std::uint32_t to) {
  KITH_ASSERT(to < from && from < rows_);
  for (const auto& vector : vectors_) {
    if (vector->valid(from)) {
      vector->set(to, vector->cell(from));
    } else {
      vector->set_null(to);
    }
  }
}

std::uint64_t ColumnBuffer::text_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& vector : vectors_) bytes += vector->arena().bytes();
  return bytes;
}

std::vector<storage::BulkColumn> ColumnBuffer::bulk() const {
  KITH_ASSERT(keys_.size() == vectors_.size() && rows_ <= capacity_);
  std::vector<storage::BulkColumn> out;
  for (std::size_t i = 0; i < vectors_.size(); ++i) out.push_back({keys_[i], vectors_[i].get()});
  return out;
}

}  // namespace kith::import
