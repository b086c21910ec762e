// storage/log/merge.hpp: a root's delta, merged by segment into the blocks of the next checkpoint.
#pragma once

#include "storage/delta/root.hpp"
#include "storage/graph/base_file.hpp"
#include "storage/log/carry.hpp"

namespace kith::storage {

// Writes the segments of `split`, what it carries, and the new names and schema of `root`, whose
// delta it is. `writer.from()` is the root's base, or the same checkpoint in a copy of the file.
void merge_delta(BaseWriter& writer, const Root& root, const Split& split);

// What the checkpoint of `root` says of the graph as a whole.
BaseFields fields_of(const Root& root, std::uint64_t first_log);

}  // namespace kith::storage
