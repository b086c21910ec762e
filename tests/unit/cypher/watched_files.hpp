// tests/unit/cypher/watched_files.hpp: a file system in memory that tells of each call, which a
// test may let fail.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/temp_file.hpp"

namespace kith::test {

enum class FileCall { Open, Read, Write, Remove };

class WatchedFiles final : public FileSystem {
 public:
  // Before the call; may throw. From any thread.
  std::function<void(FileCall, const std::string& path)> before = [](FileCall, const auto&) {};

  std::unique_ptr<File> open(const std::string& path, OpenMode mode) override {
    before(FileCall::Open, path);
    return std::make_unique<Watched>(*this, path, files_->open(path, mode));
  }
  bool exists(const std::string& path) override { return files_->exists(path); }
  void remove(const std::string& path) override {
    before(FileCall::Remove, path);
    files_->remove(path);
  }
  void rename_no_replace(const std::string& from, const std::string& to) override {
    files_->rename_no_replace(from, to);
  }
  void rename_over(const std::string& from, const std::string& to) override {
    files_->rename_over(from, to);
  }
  void sync_directory(const std::string& directory) override { files_->sync_directory(directory); }
  std::vector<std::string> list(const std::string& directory) override {
    return files_->list(directory);
  }

 private:
  class Watched final : public File {
   public:
    Watched(WatchedFiles& files, std::string path, std::unique_ptr<File> file)
        : files_(files), path_(std::move(path)), file_(std::move(file)) {}
    void read(std::uint64_t offset, std::span<std::byte> buffer) override {
      files_.before(FileCall::Read, path_);
      file_->read(offset, buffer);
    }
    void write(std::uint64_t offset, std::span<const std::byte> bytes) override {
      files_.before(FileCall::Write, path_);
      file_->write(offset, bytes);
    }
    void sync() override { file_->sync(); }
    std::uint64_t size() override { return file_->size(); }
    void truncate(std::uint64_t bytes) override { file_->truncate(bytes); }
    bool try_lock(std::uint64_t offset, std::uint64_t bytes, bool exclusive) override {
      return file_->try_lock(offset, bytes, exclusive);
    }
    void unlock(std::uint64_t offset, std::uint64_t bytes) override {
      file_->unlock(offset, bytes);
    }
    std::optional<std::uint64_t> first_lock(std::uint64_t offset, std::uint64_t bytes,
                                            bool exclusive) override {
      return file_->first_lock(offset, bytes, exclusive);
    }

   private:
    WatchedFiles& files_;
    std::string path_;
    std::unique_ptr<File> file_;
  };

  std::shared_ptr<FileSystem> files_ = memory_environment().files;  // shared, as an environment's
};

}  // namespace kith::test
