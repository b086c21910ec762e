// storage/log/index_build.hpp: all entries that a state of the graph has in an index, sorted; and
// the trees of a checkpoint.
//
//   I3  A checkpoint leaves every index of its schema with a tree that has all its entries in the
//       frozen root; trees of indexes that were dropped are freed.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "storage/delta/root.hpp"
#include "storage/graph/base_file.hpp"
#include "storage/index/sorter.hpp"
#include "storage/store.hpp"
#include "storage/view.hpp"

namespace kith::storage {

// Reads every element with the label or type, in parallel if there are many.
EntrySorters collect_entries(const View& view, SchemaToken token, std::span<const KeyId> keys,
                             const SortOptions& options);

// I3. `writer.from()` is the base of the view's root, or the same checkpoint in a copy of the file.
void merge_indexes(BaseWriter& writer, const View& view, const SortOptions& options);

// The changes that a transaction folds go into private trees, too; an index that waits to be built
// keeps its own. What went.
std::vector<IndexState> stage_indexes(BaseWriter& writer, const Root& root);
// About the memory of all changes of indexes.
std::uint64_t index_delta_bytes(const Root& root);

// Temporary files beside the database, or where nothing can be made there (a read-only medium) in
// the system's directory for them; a share of the memory limit, taken from `budget` if there is
// one. Shared: with the store and what outlives it.
SortOptions sort_options(const Environment& environment, const std::string& path,
                         std::uint64_t memory_limit_bytes,
                         std::shared_ptr<MemoryBudget> budget = nullptr);
SortOptions sort_options(const StoreOptions& store, const std::string& path);

}  // namespace kith::storage
