// storage/log/open_file.cpp: resolving, making and opening the data file.
#include "storage/log/open_file.hpp"

#include <fmt/format.h>

#include "core/assert.hpp"
#include "kith/error.hpp"
#include "storage/graph/base_file.hpp"

namespace kith::storage {

namespace {

bool can_be_read(FileSystem& files, const std::string& path) {
  try {
    files.open(path, OpenMode::ReadOnly);
    return true;
  } catch (const StorageError&) {
    return false;
  }
}

std::unique_ptr<File> open_for_writing(FileSystem& files, const std::string& path) {
  std::unique_ptr<File> file;
  try {
    file = files.open(path, OpenMode::ReadWrite);
  } catch (const StorageError& error) {
    if (error.detail() != "AccessDenied" || !can_be_read(files, path)) throw;
    throw StorageError("AccessDenied",
                       fmt::format("{}. It may be read: open it read-only", error.what()));
  }
  if (!files.may_change(directory_of(path)))
    throw StorageError("AccessDenied",
                       fmt::format("cannot write '{}': the folder '{}' may not be written, and the "
                                   "database's log has to be made there. It may be read: open it "
                                   "read-only",
                                   path, directory_of(path)));
  return file;
}

}  // namespace

OpenedFile open_data_file(const std::string& path, const StoreOptions& options) {
  FileSystem& files = *options.environment.files;
  OpenedFile opened;
  opened.path = files.real_path(path);
  if (!files.exists(opened.path)) {
    if (options.read_only || !options.create)
      throw StorageError("NotFound", fmt::format("there is no database at '{}'", path));
    if (!files.may_change(directory_of(opened.path)))
      throw StorageError("AccessDenied",
                         fmt::format("cannot create '{}': the folder '{}' may not be written", path,
                                     directory_of(opened.path)));
    try {
      BaseFile::create(options.environment, opened.path, new_database_id(options.environment));
    } catch (const StorageError& error) {
      if (error.detail() != "AlreadyExists") throw;  // somebody else was quicker
    }
  }
  opened.file = options.read_only ? files.open(opened.path, OpenMode::ReadOnly)
                                  : open_for_writing(files, opened.path);
  KITH_ASSERT(opened.file != nullptr);
  return opened;
}

}  // namespace kith::storage
