// storage/log/reader_locks.hpp: readers' locks on the checkpoints they read.
//
//   L3  Whoever reads checkpoint c in a process that does not write holds a shared lock on byte
//       kCheckpointBytes + c, from before it trusts the meta page until the last base of c is gone.
//   L4  The writer asks for these locks after a checkpoint is durable and before it reuses a page
//       that an older one reaches.
#pragma once

#include <cstdint>
#include <vector>

#include "core/environment.hpp"
#include "storage/graph/base_file.hpp"

namespace kith::storage {

// The newest checkpoint of the file, and the lock on it (L3). StorageError("Busy") if checkpoints
// follow each other faster than one can be locked.
MetaChoice lock_newest_checkpoint(BlockFile& file);

// The oldest checkpoint on which another open file holds a reader's lock; none: the largest number.
// If that cannot be found out: 0, as if all of them were read.
std::uint64_t oldest_checkpoint_read(File& file) noexcept;

// For a writer that closes while its views live on: its locks go when the last of them does.
void keep_reading(File& file, const std::vector<std::uint64_t>& checkpoints);

}  // namespace kith::storage
