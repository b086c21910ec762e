// storage/log/open_file.hpp: from a path to the data file, or to what exactly stands in the way.
#pragma once

#include <memory>
#include <string>

#include "core/environment.hpp"
#include "storage/store.hpp"

namespace kith::storage {

struct OpenedFile {
  std::unique_ptr<File> file;
  std::string path;  // of the file itself, not of a link to it: its logs are beside it
};

// Makes the file of an empty graph if there is none and that is wanted; takes no lock. StorageError
// "NotFound", "NotAFile", "AccessDenied", "TooManyLinks", …, with the path and the reason.
OpenedFile open_data_file(const std::string& path, const StoreOptions& options);

}  // namespace kith::storage
