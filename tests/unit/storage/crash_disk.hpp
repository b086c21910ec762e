// tests/unit/storage/crash_disk.hpp: a disk in memory that fails on demand and loses power.
//
// It remembers which bytes and directory entries are durable. power_loss() keeps those, and of the
// rest any part: whole pages of 512 bytes, or whole entries, chosen at random. Locks always
// succeed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/environment.hpp"
#include "kith/error.hpp"
#include "tests/unit/storage/hook.hpp"

namespace kith::storage::test {

class CrashDisk final : public FileSystem, public std::enable_shared_from_this<CrashDisk> {
 public:
  enum class Call { Write, Rest, Sync, Directory };
  // Asked before each call that changes the disk; it may throw a StorageError instead.
  Hook<Call, const std::string& /*path*/> before;
  // A write may be short: how many of its bytes the system takes at first. The others follow in a
  // call of their own, `Rest`, as in a program that writes on.
  std::function<std::size_t(const std::string& path, std::size_t bytes)> take;

  struct Content {
    std::vector<std::byte> now, durable;
    std::map<std::size_t, bool> dirty;  // pages written since the last sync
  };
  using Entries = std::map<std::string, std::shared_ptr<Content>>;  // shared: with open files

  std::unique_ptr<File> open(const std::string& path, OpenMode mode) override;
  bool exists(const std::string& path) override {
    const std::lock_guard lock(mutex);
    return now.contains(path);
  }
  void remove(const std::string& path) override {
    call(Call::Directory, path);
    const std::lock_guard lock(mutex);
    if (now.erase(path) == 0) throw StorageError("NotFound", path);
  }
  void rename_no_replace(const std::string& from, const std::string& to) override {
    call(Call::Directory, from);
    const std::lock_guard lock(mutex);
    if (now.contains(to)) throw StorageError("AlreadyExists", to);
    auto entry = now.extract(from);
    if (entry.empty()) throw StorageError("NotFound", from);
    entry.key() = to;
    now.insert(std::move(entry));
  }
  void rename_over(const std::string& from, const std::string& to) override {
    call(Call::Directory, from);
    const std::lock_guard lock(mutex);
    auto entry = now.extract(from);
    if (entry.empty()) throw StorageError("NotFound", from);
    now.erase(to);
    entry.key() = to;
    now.insert(std::move(entry));
  }
  void sync_directory(const std::string& directory) override {
    call(Call::Directory, directory);
    const std::lock_guard lock(mutex);
    durable = now;
  }
  std::vector<std::string> list(const std::string&) override {
    const std::lock_guard lock(mutex);
    std::vector<std::string> names;
    for (const auto& [path, content] : now) names.push_back(file_name_of(path));
    return names;
  }

  // What a machine finds when it starts again.
  std::shared_ptr<CrashDisk> power_loss(std::mt19937_64& random) {
    const std::lock_guard lock(mutex);
    const auto found = std::make_shared<CrashDisk>();
    std::map<std::string, bool> names;
    for (const auto& [path, content] : now) names[path] = true;
    for (const auto& [path, content] : durable) names[path] = true;
    for (const auto& [path, unused] : names) {
      const bool was = durable.contains(path), is = now.contains(path);
      if (was != is && random() % 2 == 0 ? !was : !is) continue;
      // One that was replaced is what it was or what it is.
      const bool newer = is && (!was || durable.at(path) == now.at(path) || random() % 2 == 0);
      const Content& from = *(newer ? now.at(path) : durable.at(path));
      const auto content = std::make_shared<Content>();
      content->now = survive(from, random);
      content->durable = content->now;
      found->now[path] = content;
    }
    found->durable = found->now;
    return found;
  }

  void call(Call kind, const std::string& path) const { before(kind, path); }

  static constexpr std::size_t kPage = 512;
  std::mutex mutex;
  Entries now, durable;

 private:
  static std::vector<std::byte> survive(const Content& from, std::mt19937_64& random) {
    std::vector<std::byte> bytes = from.durable;
    if (from.now.size() > bytes.size() && random() % 2 == 0) bytes.resize(from.now.size());
    const std::uint64_t odds = random() % 5;  // none … all of what was not synced
    for (const auto& [page, unused] : from.dirty) {
      const std::size_t begin = page * kPage;
      const std::size_t end = std::min({begin + kPage, from.now.size(), bytes.size()});
      if (random() % 4 >= odds || begin >= end) continue;
      std::copy(from.now.begin() + static_cast<std::ptrdiff_t>(begin),
                from.now.begin() + static_cast<std::ptrdiff_t>(end),
                bytes.begin() + static_cast<std::ptrdiff_t>(begin));
    }
    return bytes;
  }
};

class CrashFile final : public File {
 public:
  CrashFile(std::shared_ptr<CrashDisk> disk, std::shared_ptr<CrashDisk::Content> content,
            std::string path)
      : disk_(std::move(disk)), content_(std::move(content)), path_(std::move(path)) {}

  void read(std::uint64_t offset, std::span<std::byte> buffer) override {
    const std::lock_guard lock(disk_->mutex);
    if (offset + buffer.size() > content_->now.size()) throw StorageError("ShortRead", path_);
    std::copy_n(content_->now.begin() + static_cast<std::ptrdiff_t>(offset), buffer.size(),
                buffer.begin());
  }
  void write(std::uint64_t offset, std::span<const std::byte> bytes) override {
    if (tells_readers(offset)) return put(offset, bytes);
    disk_->call(CrashDisk::Call::Write, path_);
    const std::size_t taken = disk_->take ? disk_->take(path_, bytes.size()) : bytes.size();
    put(offset, bytes.first(taken));
    if (taken == bytes.size()) return;
    disk_->call(CrashDisk::Call::Rest, path_);
    put(offset + taken, bytes.subspan(taken));
  }
  void sync() override {
    disk_->call(CrashDisk::Call::Sync, path_);
    const std::lock_guard lock(disk_->mutex);
    content_->durable.resize(content_->now.size());
    for (const auto& [page, unused] : content_->dirty) {
      const std::size_t begin = page * CrashDisk::kPage;
      const std::size_t end = std::min(begin + CrashDisk::kPage, content_->now.size());
      for (std::size_t i = begin; i < end; ++i) content_->durable[i] = content_->now[i];
    }
    content_->dirty.clear();
  }
  std::uint64_t size() override {
    const std::lock_guard lock(disk_->mutex);
    return content_->now.size();
  }
  void truncate(std::uint64_t bytes) override {
    disk_->call(CrashDisk::Call::Write, path_);
    const std::lock_guard lock(disk_->mutex);
    content_->now.resize(bytes);
  }
  bool try_lock(std::uint64_t, std::uint64_t, bool) override { return true; }
  void unlock(std::uint64_t, std::uint64_t) override {}
  std::optional<std::uint64_t> first_lock(std::uint64_t, std::uint64_t, bool) override {
    return std::nullopt;
  }

 private:
  void put(std::uint64_t offset, std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    const std::lock_guard lock(disk_->mutex);
    if (content_->now.size() < offset + bytes.size()) content_->now.resize(offset + bytes.size());
    std::copy(bytes.begin(), bytes.end(),
              content_->now.begin() + static_cast<std::ptrdiff_t>(offset));
    for (std::size_t page = offset / CrashDisk::kPage;
         page * CrashDisk::kPage < offset + bytes.size(); ++page)
      content_->dirty[page] = true;
  }
  // Pages 2 and 3 of a data file: written at each commit, and nothing of the graph.
  bool tells_readers(std::uint64_t offset) const {
    return offset >= 2 * 4096 && offset < 4 * 4096 && path_.find("-wal.") == std::string::npos;
  }

  std::shared_ptr<CrashDisk> disk_;
  std::shared_ptr<CrashDisk::Content> content_;
  std::string path_;
};

inline std::unique_ptr<File> CrashDisk::open(const std::string& path, OpenMode mode) {
  if (mode == OpenMode::CreateNew) call(Call::Directory, path);
  const std::lock_guard lock(mutex);
  const auto found = now.find(path);
  if (mode == OpenMode::CreateNew) {
    if (found != now.end()) throw StorageError("AlreadyExists", path);
    return std::make_unique<CrashFile>(shared_from_this(), now[path] = std::make_shared<Content>(),
                                       path);
  }
  if (found == now.end()) throw StorageError("NotFound", path);
  return std::make_unique<CrashFile>(shared_from_this(), found->second, path);
}

inline Environment environment_of(const std::shared_ptr<CrashDisk>& disk) {
  Environment environment = memory_environment();
  environment.files = disk;
  return environment;
}

}  // namespace kith::storage::test
