// storage/bulk_load.hpp: writing a new database file from columns, without log or delta.
//
// Order of use: intern names, add all nodes, add all relationships, finish(). Until finish()
// returns there is no file at the path (or the one that was there before), only a temporary sibling
// that is removed when the load is destroyed. Nodes of one label set fill segments of their own, in
// the order of their arrival. Relationships are sorted into both
// adjacency directions by type; their ids follow forward adjacency order (type, start, end).
//
//   B1  Memory is within the budget, but for one segment's rows a thread while they are encoded:
//       node segments are written as they fill, relationships are held until finish() and, past
//       their share, sorted on disk.
//   B2  Whatever fails, and whenever the process dies, the path names the old database with its
//       logs, or the new one; temporary files are removed, at the latest by the next load.
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
#include "core/memory_budget.hpp"
#include "core/scheduler.hpp"
#include "core/vector.hpp"

namespace kith::storage {

struct BulkColumn {
  KeyId key;
  const Vector* values;  // null values are absent properties
};

struct BulkOptions {
  // Shared: with the caller, who takes from it too. nullptr: one of its own, of default size.
  std::shared_ptr<MemoryBudget> budget = nullptr;
  bool replace = false;        // the database at the path, if there is one
  std::string temp_path = {};  // a folder for rows that wait on disk; empty: the database's
  // Called by finish() with the finished file, closed, before it takes its name: what may still be
  // done to it, or refuse it by throwing. The bytes of the file as it is then.
  using Complete = std::function<std::uint64_t(const std::string& file)>;
  Complete complete = {};
};

class BulkLoad {
 public:
  // StorageError("AlreadyExists") if something is there and not to be replaced, "Locked", "InUse"
  // if it is open, "NotADatabase" if it is something else.
  static std::unique_ptr<BulkLoad> create(const std::string& path, Environment environment,
                                          Scheduler& scheduler, BulkOptions options = {});
  virtual ~BulkLoad() = default;

  virtual LabelId intern_label(std::string_view name) = 0;
  virtual TypeId intern_type(std::string_view name) = 0;
  virtual KeyId intern_key(std::string_view name) = 0;

  // Nodes that all have `labels` (sorted ascending, unique), one for each row of `picked`. Their
  // ids, which ascend, go to `ids`.
  virtual void add_nodes(std::span<const LabelId> labels, std::span<const std::uint32_t> picked,
                         std::span<const BulkColumn> columns, std::span<std::uint64_t> ids) = 0;
  // One for each row of `picked`: row r goes from starts[r] to ends[r].
  virtual void add_relationships(TypeId type, std::span<const std::uint64_t> starts,
                                 std::span<const std::uint64_t> ends,
                                 std::span<const std::uint32_t> picked,
                                 std::span<const BulkColumn> columns) = 0;
  // The same with all rows. The ids of the nodes.
  std::vector<std::uint64_t> add_nodes(std::span<const LabelId> labels, std::uint32_t rows,
                                       std::span<const BulkColumn> columns);
  void add_relationships(TypeId type, std::span<const std::uint64_t> starts,
                         std::span<const std::uint64_t> ends, std::span<const BulkColumn> columns);
  // Does a piece of what add_nodes() has left to do, from any thread, while others add or help;
  // false if there is none. What nobody does in time is done by add_nodes() and finish().
  virtual bool help() { return false; }

  struct Summary {
    std::uint64_t nodes = 0, relationships = 0, properties = 0, file_bytes = 0;
    std::uint64_t spooled_bytes = 0;  // written to temporary files
  };
  // Sorts, writes, syncs and renames into place. `progress` (may be empty) gets 0 … 1.
  virtual Summary finish(const std::function<void(double)>& progress) = 0;
};

}  // namespace kith::storage
