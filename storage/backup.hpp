// storage/backup.hpp: a copy of a state in a file of its own, while the database is in use.
//
//   Q1  The copy is one whole file without logs, and is the state of the view exactly.
//   Q2  It is checked (storage/check.hpp) before it gets its name; a copy that is not sound never
//       does.
//   Q3  Nothing is overwritten, and what was begun is taken away when something fails.
//
// docs/backup.md says how. The view holds its checkpoint's pages as they are, so writers go on.
#pragma once

#include <cstdint>
#include <string>

#include "core/environment.hpp"
#include "storage/view.hpp"

namespace kith::storage {

struct BackupOptions {
  Environment environment;               // where the copy goes; required
  std::uint64_t memory_limit_bytes = 0;  // for cached blocks; 0: 64 MiB
};

struct BackupReport {
  std::uint64_t position = 0;  // the commit position of the copy
  std::uint64_t nodes = 0, relationships = 0;
  std::uint64_t file_bytes = 0;
};

// StorageError("AlreadyExists") if there is a file at `path`, "BackupDamaged" if the database is
// damaged, or what the disk says. Durable when it returns. `view` is of a committed state.
BackupReport write_backup(const View& view, const std::string& path, const BackupOptions& options);

}  // namespace kith::storage
