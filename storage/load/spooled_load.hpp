// storage/load/spooled_load.hpp: relationships of one type that do not fit into memory.
//
// Rows are sorted by (start, end, arrival), on disk where need be, their properties with them. One
// pass over them writes forward lists and relationship segments and feeds a second sort, by (end,
// start, position), from which the backward lists come. The graph is the same, ids and all, as the
// one that sorting in memory gives (relationship_load.cpp).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "storage/load/external_sort.hpp"
#include "storage/load/relationship_load.hpp"

namespace kith::storage {

class SpooledLoad final : public RelationshipLoad {
 public:
  SpooledLoad(TypeId type, const LoadMemory& memory);

  std::uint64_t add(std::span<const std::uint64_t> starts, std::span<const std::uint64_t> ends,
                    std::span<const std::uint32_t> picked,
                    std::span<const BulkColumn> columns) override;
  void add_row(std::uint64_t start, std::uint64_t end, std::string_view properties) {
    forward_.add(start, end, rows_++, properties);
  }
  // A property of the row that add_row() will get.
  static void put_property(std::string& properties, KeyId key, const Cell& value);

  std::uint64_t rows() const override { return rows_; }
  std::uint64_t bytes() const override { return forward_.bytes(); }
  void spill() { forward_.spill(); }
  // By write(), besides what went to the spool that all types share.
  std::uint64_t bytes_spooled() const { return bytes_spooled_; }
  void write(const RelationshipTarget& target) override;

 private:
  class Wave;
  void write_backward(const RelationshipTarget& target, ExternalSort& backward, Steps& steps);

  TypeId type_;
  LoadMemory memory_;
  std::uint64_t rows_ = 0, bytes_spooled_ = 0;
  ExternalSort forward_;
  std::string properties_;
};

}  // namespace kith::storage
