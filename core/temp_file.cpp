// core/temp_file.cpp: a new file, unlinked at once.
#include "core/temp_file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <random>

#include "core/assert.hpp"
#include "kith/error.hpp"

namespace kith {

namespace {

// Another directory may do where this one does not; a device that is full or broken is an error.
bool may_try_elsewhere(const StorageError& error) {
  return error.detail() == "AccessDenied" || error.detail() == "NotFound";
}

std::string new_name() {
  return fmt::format("kith-temp-{}-{:08x}", process_id(), std::random_device{}());
}

}  // namespace

TempSpace system_temp_space(const std::string& preferred) {
  TempSpace space{posix_environment().files, {}};
  if (!preferred.empty()) space.directories.push_back(preferred);
  std::error_code error;
  const auto system = std::filesystem::temp_directory_path(error);
  space.directories.push_back(error ? std::string("/tmp") : system.string());
  return space;
}

TempFile::TempFile(std::shared_ptr<FileSystem> files, std::string path)
    : files_(std::move(files)),
      path_(std::move(path)),
      file_(files_->open(path_, OpenMode::CreateNew)) {
  KITH_ASSERT(file_ != nullptr);
}

std::unique_ptr<TempFile> TempFile::open(const TempSpace& space) {
  KITH_ASSERT(space.files != nullptr && !space.directories.empty());
  constexpr std::size_t kAttempts = 100;  // at a name that nobody has
  for (std::size_t at = 0, attempts = 0;; ++attempts) {
    try {
      std::unique_ptr<TempFile> made(
          new TempFile(space.files, space.directories[at] + "/" + new_name()));
      try {
        made->files_->remove(made->path_);
        made->path_.clear();  // F1
      } catch (const StorageError&) {
        // A file system that does not remove what is open: the destructor tries again.
      }
      return made;
    } catch (const StorageError& error) {
      if (error.detail() == "AlreadyExists" && attempts < kAttempts) continue;
      if (!may_try_elsewhere(error) || ++at == space.directories.size()) throw;
    }
  }
}

TempFile::~TempFile() {
  file_.reset();
  if (path_.empty()) return;
  try {
    files_->remove(path_);
  } catch (const Error&) {
    // Nobody is left to tell.
  }
}

}  // namespace kith
