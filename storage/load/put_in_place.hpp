// storage/load/put_in_place.hpp: a finished file takes its name, and perhaps another's place.
//
// A database is its file and the logs beside it. To be replaced it is opened and closed first: then
// it has no logs, and one rename does it, so at any moment the path names the old database or the
// new one, never a new file beside old logs. One that cannot be opened because it is damaged is
// replaced with its logs: they are removed after the rename, and an open in between recognises
// them by the id of the database they belong to and sets them aside.
#pragma once

#include <string>

#include "core/environment.hpp"
#include "storage/bulk_load.hpp"

namespace kith::storage {

// StorageError if the database at `path` is open somewhere, or is no database.
void demand_replaceable(const Environment& environment, const std::string& path,
                        const BulkOptions& options);

// `from` is synced and closed.
void put_in_place(const Environment& environment, const std::string& from, const std::string& path,
                  const BulkOptions& options);

// A file that did not become a database, and logs it may have got. What cannot be removed stays
// behind; nothing refers to it, and the next load tries again.
void remove_temporary(const Environment& environment, const std::string& path) noexcept;

// Siblings of `path` that a process left behind when it died.
void remove_stale_temporaries(const Environment& environment, const std::string& path);

}  // namespace kith::storage
