// core/temp_file.hpp: files that nobody else sees and that leave nothing behind.
//
//   F1  A temporary file has no name any more when open() returns, if the file system allows that:
//       a process that is killed leaves nothing. Else its name goes with the object.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/environment.hpp"

namespace kith {

// Where temporary files are made: in the first of these directories that takes one.
struct TempSpace {
  std::shared_ptr<FileSystem> files;  // shared, as an environment's
  std::vector<std::string> directories;
};

// `preferred` (if it is not empty), then the system's directory for temporary files.
TempSpace system_temp_space(const std::string& preferred);

class TempFile {
 public:
  // StorageError if no directory takes a file.
  static std::unique_ptr<TempFile> open(const TempSpace& space);
  ~TempFile();
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;

  File& file() { return *file_; }

 private:
  TempFile(std::shared_ptr<FileSystem> files, std::string path);

  std::shared_ptr<FileSystem> files_;  // shared, as an environment's
  std::string path_;                   // empty once it has no name
  std::unique_ptr<File> file_;
};

}  // namespace kith
