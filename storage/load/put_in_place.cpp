// storage/load/put_in_place.cpp: locks, renames, and what was there before.
#include "storage/load/put_in_place.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <memory>
#include <string_view>
#include <vector>

#include "core/assert.hpp"
#include "kith/error.hpp"
#include "storage/graph/base_file.hpp"
#include "storage/log/log_file.hpp"
#include "storage/log/process_lock.hpp"
#include "storage/store.hpp"

namespace kith::storage {

namespace {

constexpr std::chrono::milliseconds kAtOnce{0};

// What a damaged database does not fail with.
bool forbids_replacing(const StorageError& error) {
  constexpr std::array<std::string_view, 9> kDetails = {"Locked",       "InUse",    "NotADatabase",
                                                        "AccessDenied", "NotAFile", "NotFound",
                                                        "TooManyLinks", "NoSpace",  "IoError"};
  return std::find(kDetails.begin(), kDetails.end(), error.detail()) != kDetails.end();
}

// Leaves a database without logs, or one that nobody can open.
void settle(const Environment& environment, const std::string& path, const BulkOptions& options) {
  StoreOptions open;
  open.environment = environment;
  open.budget = options.budget;
  open.create = false;
  open.busy_timeout = kAtOnce;
  try {
    Store::open(path, open)->close();
  } catch (const StorageError& error) {
    if (forbids_replacing(error)) throw;
  }
}

void remove_if_possible(FileSystem& files, const std::string& path) noexcept {
  try {
    files.remove(path);
  } catch (const std::exception&) {  // the caller says what becomes of it
  }
}

void replace(const Environment& environment, const std::string& from, const std::string& path,
             const BulkOptions& options) {
  FileSystem& files = *environment.files;
  std::unique_ptr<File> old;
  do {
    settle(environment, path, options);
    old = files.open(path, OpenMode::ReadWrite);
  } while (!lock_for_writing(*old, path, *environment.clock, kAtOnce));
  const std::vector<std::uint64_t> logs = list_logs(files, path);
  files.rename_over(from, path);
  files.sync_directory(directory_of(path));  // before the logs go: else the old one may lose them
  // One that stays is seen by the next open not to be the new file's, and set aside.
  for (const std::uint64_t number : logs) remove_if_possible(files, log_path(path, number));
}

bool is_hexadecimal(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

void demand_replaceable(const Environment& environment, const std::string& path,
                        const BulkOptions& options) {
  KITH_ASSERT(options.replace);
  settle(environment, path, options);
}

void put_in_place(const Environment& environment, const std::string& from, const std::string& path,
                  const BulkOptions& options) {
  FileSystem& files = *environment.files;
  if (options.replace && files.exists(path))
    replace(environment, from, path, options);
  else
    files.rename_no_replace(from, path);
  files.sync_directory(directory_of(path));
}

void remove_temporary(const Environment& environment, const std::string& path) noexcept {
  FileSystem& files = *environment.files;
  try {
    for (const std::uint64_t number : list_logs(files, path))
      remove_if_possible(files, log_path(path, number));
  } catch (const std::exception&) {  // the folder is gone
  }
  remove_if_possible(files, path);
}

void remove_stale_temporaries(const Environment& environment, const std::string& path) {
  FileSystem& files = *environment.files;
  const std::string directory = directory_of(path);
  const std::string prefix = file_name_of(path) + ".tmp-";
  constexpr std::size_t kDigits = 16;
  std::vector<std::string> names;
  try {
    names = files.list(directory);
  } catch (const StorageError&) {
    return;  // making the file will say what is wrong with the folder
  }
  for (const std::string& name : names) {
    if (!name.starts_with(prefix) || name.size() != prefix.size() + kDigits) continue;
    if (!is_hexadecimal(std::string_view(name).substr(prefix.size()))) continue;
    const std::string stale = directory + "/" + name;
    try {
      const auto file = files.open(stale, OpenMode::ReadWrite);
      if (file->try_lock(kTemporaryByte, 1, true)) remove_temporary(environment, stale);
    } catch (const StorageError&) {
      // Another process was quicker, or it is not ours.
    }
  }
}

}  // namespace kith::storage
