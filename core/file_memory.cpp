// core/file_memory.cpp: a file system in memory, for `:memory:` databases and tests.
//
// It keeps the contract of core/environment.hpp: locks conflict between open files and end with
// them, a removed file lives on for those who have it open, nothing is replaced by a rename.
// Directories need not be made. Thread-safe as the posix one is: reads of one file run side by
// side.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <shared_mutex>

#include "core/assert.hpp"
#include "core/environment.hpp"
#include "kith/error.hpp"

namespace kith {

namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;

// One file's bytes and locks. Chunks that were never written are holes and read as zeros.
struct Content {
  struct Lock {
    const void* owner;  // the open file
    std::uint64_t begin, end;
    bool exclusive;
  };

  std::shared_mutex bytes_mutex;
  std::uint64_t size = 0;
  std::vector<std::unique_ptr<std::byte[]>> chunks;

  std::mutex locks_mutex;
  std::vector<Lock> locks;
};

using Locks = std::vector<Content::Lock>;

void drop_range(Locks& locks, const void* owner, std::uint64_t begin, std::uint64_t end) {
  Locks kept;
  for (const Content::Lock& lock : locks) {
    if (lock.owner != owner || lock.end <= begin || lock.begin >= end) {
      kept.push_back(lock);
      continue;
    }
    if (lock.begin < begin) kept.push_back({owner, lock.begin, begin, lock.exclusive});
    if (lock.end > end) kept.push_back({owner, end, lock.end, lock.exclusive});
  }
  locks = std::move(kept);
}

class MemoryFile final : public File {
 public:
  // The content is shared by all who have the file open and by the directory.
  MemoryFile(std::shared_ptr<Content> content, std::string path, bool writable)
      : content_(std::move(content)), path_(std::move(path)), writable_(writable) {}
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() override {
    const std::lock_guard guard(content_->locks_mutex);
    std::erase_if(content_->locks, [this](const Content::Lock& l) { return l.owner == this; });
  }

  void read(std::uint64_t offset, std::span<std::byte> buffer) override {
    const std::shared_lock guard(content_->bytes_mutex);
    const std::uint64_t size = content_->size;
    if (offset > size || buffer.size() > size - offset) {
      const std::uint64_t there = offset > size ? 0 : size - offset;
      throw StorageError("ShortRead", fmt::format("cannot read '{}': it ends {} bytes too early "
                                                  "(at offset {})",
                                                  path_, buffer.size() - there, offset + there));
    }
    each_chunk(offset, buffer.size(),
               [&](std::size_t chunk, std::size_t from, std::size_t done, std::size_t count) {
                 const std::byte* bytes = content_->chunks[chunk].get();
                 if (bytes == nullptr) {
                   std::memset(buffer.data() + done, 0, count);
                 } else {
                   std::memcpy(buffer.data() + done, bytes + from, count);
                 }
               });
  }

  void write(std::uint64_t offset, std::span<const std::byte> bytes) override {
    if (bytes.empty()) return;
    demand_writable("write");
    const std::unique_lock guard(content_->bytes_mutex);
    if (offset + bytes.size() > content_->size) resize(offset + bytes.size());
    each_chunk(offset, bytes.size(),
               [&](std::size_t chunk, std::size_t to, std::size_t done, std::size_t count) {
                 std::unique_ptr<std::byte[]>& target = content_->chunks[chunk];
                 if (!target) target = std::make_unique<std::byte[]>(kChunkBytes);
                 std::memcpy(target.get() + to, bytes.data() + done, count);
               });
  }

  void sync() override {}

  std::uint64_t size() override {
    const std::shared_lock guard(content_->bytes_mutex);
    return content_->size;
  }

  void truncate(std::uint64_t bytes) override {
    demand_writable("set the size of");
    const std::unique_lock guard(content_->bytes_mutex);
    resize(bytes);
  }

  bool try_lock(std::uint64_t offset, std::uint64_t bytes, bool exclusive) override {
    KITH_ASSERT(bytes > 0);
    if (exclusive) demand_writable("lock");
    const std::uint64_t end = offset + bytes;
    const std::lock_guard guard(content_->locks_mutex);
    for (const Content::Lock& lock : content_->locks) {
      const bool apart = lock.end <= offset || lock.begin >= end;
      if (lock.owner != this && !apart && (exclusive || lock.exclusive)) return false;
    }
    drop_range(content_->locks, this, offset, end);
    content_->locks.push_back({this, offset, end, exclusive});
    return true;
  }

  void unlock(std::uint64_t offset, std::uint64_t bytes) override {
    KITH_ASSERT(bytes > 0);
    const std::lock_guard guard(content_->locks_mutex);
    drop_range(content_->locks, this, offset, offset + bytes);
  }

  std::optional<std::uint64_t> first_lock(std::uint64_t offset, std::uint64_t bytes,
                                          bool exclusive) override {
    KITH_ASSERT(bytes > 0);
    std::optional<std::uint64_t> first;
    const std::lock_guard guard(content_->locks_mutex);
    for (const Content::Lock& lock : content_->locks) {
      const bool apart = lock.end <= offset || lock.begin >= offset + bytes;
      if (lock.owner == this || apart || !(exclusive || lock.exclusive)) continue;
      const std::uint64_t at = std::max(offset, lock.begin);
      if (!first || at < *first) first = at;
    }
    return first;
  }

 private:
  template <class Visit>
  static void each_chunk(std::uint64_t offset, std::size_t bytes, Visit&& visit) {
    std::size_t done = 0;
    while (done < bytes) {
      const auto within = static_cast<std::size_t>((offset + done) % kChunkBytes);
      const std::size_t count = std::min(kChunkBytes - within, bytes - done);
      visit(static_cast<std::size_t>((offset + done) / kChunkBytes), within, done, count);
      done += count;
    }
  }

  void resize(std::uint64_t bytes) {
    content_->chunks.resize(static_cast<std::size_t>((bytes + kChunkBytes - 1) / kChunkBytes));
    const auto within = static_cast<std::size_t>(bytes % kChunkBytes);
    if (bytes < content_->size && within != 0 && content_->chunks.back()) {
      // What is cut off must read as zeros if the file grows again.
      std::memset(content_->chunks.back().get() + within, 0, kChunkBytes - within);
    }
    content_->size = bytes;
  }

  void demand_writable(std::string_view operation) const {
    if (writable_) return;
    throw StorageError("AccessDenied", fmt::format("cannot {} '{}': it is open for reading only",
                                                   operation, path_));
  }

  std::shared_ptr<Content> content_;
  std::string path_;
  bool writable_;
};

class MemoryFileSystem final : public FileSystem {
 public:
  std::unique_ptr<File> open(const std::string& path, OpenMode mode) override {
    const std::lock_guard guard(mutex_);
    const auto found = files_.find(path);
    if (mode == OpenMode::CreateNew) {
      if (found != files_.end()) fail("AlreadyExists", "create", path, "it exists already");
      const auto made = files_.emplace(path, std::make_shared<Content>()).first;
      return std::make_unique<MemoryFile>(made->second, path, true);
    }
    if (found == files_.end()) fail("NotFound", "open", path, "there is no such file");
    return std::make_unique<MemoryFile>(found->second, path, mode == OpenMode::ReadWrite);
  }

  bool exists(const std::string& path) override {
    const std::lock_guard guard(mutex_);
    return files_.contains(path);
  }

  void remove(const std::string& path) override {
    const std::lock_guard guard(mutex_);
    if (files_.erase(path) == 0) fail("NotFound", "remove", path, "there is no such file");
  }

  void rename_no_replace(const std::string& from, const std::string& to) override {
    const std::lock_guard guard(mutex_);
    if (files_.contains(to)) fail("AlreadyExists", "make", to, "it exists already");
    auto moved = files_.extract(from);
    if (moved.empty()) fail("NotFound", "rename", from, "there is no such file");
    moved.key() = to;
    files_.insert(std::move(moved));
  }

  void rename_over(const std::string& from, const std::string& to) override {
    const std::lock_guard guard(mutex_);
    auto moved = files_.extract(from);
    if (moved.empty()) fail("NotFound", "rename", from, "there is no such file");
    files_.erase(to);
    moved.key() = to;
    files_.insert(std::move(moved));
  }

  void sync_directory(const std::string&) override {}

  std::vector<std::string> list(const std::string& directory) override {
    const std::lock_guard guard(mutex_);
    std::vector<std::string> names;
    for (const auto& [path, content] : files_) {
      if (directory_of(path) == directory) names.push_back(file_name_of(path));
    }
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  [[noreturn]] static void fail(const char* detail, std::string_view operation,
                                const std::string& path, std::string_view why) {
    throw StorageError(detail, fmt::format("cannot {} '{}': {}", operation, path, why));
  }

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Content>> files_;  // shared with the open files
};

}  // namespace

Environment memory_environment() {
  return {std::make_shared<MemoryFileSystem>(), system_clock(), 0};
}

}  // namespace kith
