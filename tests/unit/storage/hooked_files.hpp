// tests/unit/storage/hooked_files.hpp: files of another file system, with a hook before each call.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/environment.hpp"
#include "kith/error.hpp"
#include "tests/unit/storage/hook.hpp"

namespace kith::storage::test {

class HookedFiles final : public FileSystem {
 public:
  explicit HookedFiles(std::shared_ptr<FileSystem> files) : files_(std::move(files)) {}

  Hook<> before;
  std::function<void(const std::string& path)> opened;
  bool read_only = false;  // refuses whatever changes the disk
  bool by_pages = false;   // reads are made page by page, with the hook before each
  std::atomic<bool> refuses_database = false;  // what is no log cannot be written

  std::unique_ptr<File> open(const std::string& path, OpenMode mode) override;
  bool exists(const std::string& path) override { return call(), files_->exists(path); }
  void remove(const std::string& path) override { change(), files_->remove(path); }
  void rename_no_replace(const std::string& from, const std::string& to) override {
    change(), files_->rename_no_replace(from, to);
  }
  void rename_over(const std::string& from, const std::string& to) override {
    change(), files_->rename_over(from, to);
  }
  void sync_directory(const std::string& directory) override {
    change(), files_->sync_directory(directory);
  }
  std::vector<std::string> list(const std::string& directory) override {
    return call(), files_->list(directory);
  }

  void call() const { before(); }
  void change() const {
    call();
    if (read_only) throw StorageError("AccessDenied", "the disk is read-only");
  }

 private:
  std::shared_ptr<FileSystem> files_;  // shared: with the environment it is taken from
};

class HookedFile final : public File {
 public:
  HookedFile(const HookedFiles& disk, std::unique_ptr<File> file, std::string path)
      : disk_(disk), file_(std::move(file)), path_(std::move(path)) {}

  void read(std::uint64_t offset, std::span<std::byte> buffer) override {
    const std::size_t piece = disk_.by_pages ? 4096 : std::max<std::size_t>(buffer.size(), 1);
    for (std::size_t at = 0; at == 0 || at < buffer.size(); at += piece) {
      disk_.call();
      file_->read(offset + at, buffer.subspan(at, std::min(piece, buffer.size() - at)));
    }
  }
  void write(std::uint64_t offset, std::span<const std::byte> bytes) override {
    const bool is_log = path_.find("-wal.") != std::string::npos;
    if (disk_.refuses_database && !is_log) throw StorageError("IoError", "the disk says no");
    disk_.change(), file_->write(offset, bytes);
  }
  void sync() override { disk_.call(), file_->sync(); }
  std::uint64_t size() override { return disk_.call(), file_->size(); }
  void truncate(std::uint64_t bytes) override { disk_.change(), file_->truncate(bytes); }
  bool try_lock(std::uint64_t offset, std::uint64_t bytes, bool exclusive) override {
    return disk_.call(), file_->try_lock(offset, bytes, exclusive);
  }
  void unlock(std::uint64_t offset, std::uint64_t bytes) override { file_->unlock(offset, bytes); }
  bool is_at(const std::string& path) override { return disk_.call(), file_->is_at(path); }
  std::optional<std::uint64_t> first_lock(std::uint64_t offset, std::uint64_t bytes,
                                          bool exclusive) override {
    return disk_.call(), file_->first_lock(offset, bytes, exclusive);
  }

 private:
  const HookedFiles& disk_;  // the store's environment holds it as long as its files
  std::unique_ptr<File> file_;
  std::string path_;
};

inline std::unique_ptr<File> HookedFiles::open(const std::string& path, OpenMode mode) {
  mode == OpenMode::ReadOnly ? call() : change();
  if (opened) opened(path);
  return std::make_unique<HookedFile>(*this, files_->open(path, mode), path);
}

}  // namespace kith::storage::test
