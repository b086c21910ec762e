// core/file_access.hpp: the files that a query may read: those beneath one directory.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/environment.hpp"

namespace kith {

struct FileAccess {
  std::shared_ptr<FileSystem> files;  // shared, as an environment's
  std::string directory;              // empty: there are none
};

// The real path of a file by its URL ("file:///a%20b.csv") or by its name ("a b.csv"), both of
// which are relative to the directory. ImportError: AccessDenied if queries may read no files, or
// if the path leads out of the directory, by `..` or by a symbolic link; UnsupportedUrl for
// anything but a local file; FileNotFound.
std::string path_of(const FileAccess& access, std::string_view url);

}  // namespace kith
