// storage/log/recovery.hpp: from the files as found to the graph as it was committed.
//
//   V1  Every commit that was ever acknowledged and whose frames are whole is in the root.
//   V2  Nothing below the last claim that survived is dropped without an error.
//   V3  No log is edited; those of another database are set aside under another name.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/environment.hpp"
#include "storage/delta/root.hpp"
#include "storage/graph/base_file.hpp"
#include "storage/log/log_file.hpp"
#include "storage/store.hpp"

namespace kith::storage {

struct Recovered {
  std::shared_ptr<const Root> root;  // shared: with its readers
  OpenReport report;
  std::vector<std::uint64_t> logs;  // all of this database; not needed after the next checkpoint
  std::uint64_t highest_log = 0;    // numbers up to here have been used
  LogLink end;                      // what the next log goes on from
  std::uint64_t log_bytes = 0;      // of the logs that were replayed
};

// `file` is locked. Throws StorageError("MissingLog", "DamagedLog", "UnexpectedLog", "CorruptLog",
// "NewerVersion"); a read-only open goes up to the damage and says so in the report.
Recovered recover(FileSystem& files, const std::string& path, BaseFile& file, bool read_only);

}  // namespace kith::storage
