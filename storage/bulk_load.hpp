// storage/bulk_load.hpp: writing a new database file from columns, without log or delta.
//
// Order of use: intern names, add all nodes, add all relationships, finish(). Until finish()
// returns there is no file at the path, only a temporary sibling that is removed when the load is
// destroyed. Nodes get dense consecutive ids in the order of their arrival, each new label set
// beginning a fresh segment. Relationships are sorted into both adjacency directions by type; their
// ids follow forward adjacency order (type, start, end). Memory: node segments are written as they
// fill; relationships are held as columns until finish().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/environment.hpp"
#include "core/id.hpp"
#include "core/scheduler.hpp"
#include "core/vector.hpp"

namespace kith::storage {

struct BulkColumn {
  KeyId key;
  const Vector* values;  // null values are absent properties
};

class BulkLoad {
 public:
  static std::unique_ptr<BulkLoad> create(const std::string& path, Environment environment,
                                          Scheduler& scheduler, std::uint64_t memory_limit_bytes);
  virtual ~BulkLoad() = default;

  virtual LabelId intern_label(std::string_view name) = 0;
  virtual TypeId intern_type(std::string_view name) = 0;
  virtual KeyId intern_key(std::string_view name) = 0;

  // `rows` nodes that all have `labels` (sorted ascending, unique). The ids of the rows: a run may
  // start a new segment only at its own beginning, so they are first, first + 1, ….
  virtual NodeId add_nodes(std::span<const LabelId> labels, std::uint32_t rows,
                           std::span<const BulkColumn> columns) = 0;
  virtual void add_relationships(TypeId type, std::span<const std::uint64_t> starts,
                                 std::span<const std::uint64_t> ends,
                                 std::span<const BulkColumn> columns) = 0;

  struct Summary {
    std::uint64_t nodes = 0, relationships = 0, properties = 0, file_bytes = 0;
  };
  // Sorts, writes, syncs and renames into place. `progress` (may be empty) gets 0 … 1.
  virtual Summary finish(const std::function<void(double)>& progress) = 0;
};

}  // namespace kith::storage
