// core/file_posix.cpp: files of the operating system: the only system calls on database files.
//
// Locks belong to the open file description (F_OFD_SETLK), so two opens in one process exclude
// each other as two processes do, whatever path led to the file, and the kernel drops the locks of
// a killed process. Symbolic links are followed: the database is what the path names. Thread-safe,
// apart from close.
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "core/assert.hpp"
#include "core/environment.hpp"
#include "kith/error.hpp"

namespace kith {

namespace {

constexpr std::size_t kLargestTransfer = std::size_t{1} << 30;
// What is written to a file by the disk while more is being made.
constexpr std::uint64_t kWriteBehind = std::uint64_t{8} << 20;

std::string_view detail_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return "NotFound";
    case EEXIST:
      return "AlreadyExists";
    case EACCES:
    case EPERM:
    case EROFS:
      return "AccessDenied";
    case ENOSPC:
    case EDQUOT:
      return "NoSpace";
    case ELOOP:
      return "TooManyLinks";
    case EMFILE:
    case ENFILE:
      return "TooManyOpenFiles";
    case EFBIG:
      return "FileTooLarge";
    case EISDIR:
      return "NotAFile";
    case ENAMETOOLONG:
      return "NameTooLong";
    default:
      return "IoError";
  }
}

[[noreturn]] void fail(std::string_view operation, const std::string& path, int error) {
  throw StorageError(
      std::string(detail_of(error)),
      fmt::format("cannot {} '{}': {}", operation, path, std::generic_category().message(error)));
}

// Calls again while a signal interrupts.
template <class Call>
auto uninterrupted(Call&& call) {
  decltype(call()) result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& from) noexcept : number_(std::exchange(from.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

class PosixFile final : public File {
 public:
  PosixFile(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {
    KITH_ASSERT(descriptor_.number() > 2);
  }

  void read(std::uint64_t offset, std::span<std::byte> buffer) override {
    while (!buffer.empty()) {
      const std::size_t wish = std::min(buffer.size(), kLargestTransfer);
      const auto got =
          uninterrupted([&] { return ::pread(fd(), buffer.data(), wish, at(offset)); });
      if (got < 0) fail("read", path_, errno);
      if (got == 0) {
        throw StorageError("ShortRead", fmt::format("cannot read '{}': it ends {} bytes too early "
                                                    "(at offset {})",
                                                    path_, buffer.size(), offset));
      }
      buffer = buffer.subspan(static_cast<std::size_t>(got));
      offset += static_cast<std::uint64_t>(got);
    }
  }

  void write(std::uint64_t offset, std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      const std::size_t wish = std::min(bytes.size(), kLargestTransfer);
      const auto put =
          uninterrupted([&] { return ::pwrite(fd(), bytes.data(), wish, at(offset)); });
      if (put < 0) fail("write", path_, errno);
      if (put == 0) fail("write", path_, ENOSPC);
      bytes = bytes.subspan(static_cast<std::size_t>(put));
      offset += static_cast<std::uint64_t>(put);
      write_behind(static_cast<std::uint64_t>(put));
    }
  }

  // Not repeated after a failure: the kernel may have dropped what it could not write.
  void sync() override {
    is_kept_ = true;
    unsynced_ = 0;
    if (::fdatasync(fd()) != 0) fail("sync", path_, errno);
  }

  std::uint64_t size() override {
    struct stat status {};
    if (::fstat(fd(), &status) != 0) fail("ask the size of", path_, errno);
    return static_cast<std::uint64_t>(status.st_size);
  }

  void truncate(std::uint64_t bytes) override {
    if (uninterrupted([&] { return ::ftruncate(fd(), at(bytes)); }) != 0) {
      fail("set the size of", path_, errno);
    }
  }

  bool try_lock(std::uint64_t offset, std::uint64_t bytes, bool exclusive) override {
    const int error = set_lock(exclusive ? F_WRLCK : F_RDLCK, offset, bytes);
    if (error == EAGAIN || error == EACCES) return false;
    if (error != 0) fail("lock", path_, error);
    return true;
  }

  void unlock(std::uint64_t offset, std::uint64_t bytes) override {
    const int error = set_lock(F_UNLCK, offset, bytes);
    if (error != 0) fail("unlock", path_, error);
  }

  // The kernel names any of the locks in the way, so the range is cut until there is none below.
  std::optional<std::uint64_t> first_lock(std::uint64_t offset, std::uint64_t bytes,
                                          bool exclusive) override {
    std::optional<std::uint64_t> first;
    while (bytes > 0) {
      struct flock lock = lock_of(exclusive ? F_WRLCK : F_RDLCK, offset, bytes);
      if (uninterrupted([&] { return ::fcntl(fd(), F_OFD_GETLK, &lock); }) != 0)
        fail("ask for locks of", path_, errno);
      if (lock.l_type == F_UNLCK) break;
      first = std::max(offset, static_cast<std::uint64_t>(lock.l_start));
      KITH_ASSERT(*first < offset + bytes);
      bytes = *first - offset;
    }
    return first;
  }

  bool is_at(const std::string& path) override {
    struct stat mine {
    }, there{};
    if (::fstat(fd(), &mine) != 0) fail("look at", path_, errno);
    if (::stat(path.c_str(), &there) == 0)
      return mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
    if (errno != ENOENT && errno != ENOTDIR) fail("look at", path, errno);
    return false;
  }

 private:
  int fd() const { return descriptor_.number(); }

  // What is written to a file is sent to the disk before its sync asks for it. A temporary file
  // need never reach the disk: one that is kept is told by a sync before. A failure is for the next
  // sync to report; the kernel keeps it until then.
  void write_behind(std::uint64_t bytes) {
    if (!is_kept_) return;
    const std::uint64_t before = unsynced_.fetch_add(bytes, std::memory_order_relaxed);
    if (before / kWriteBehind == (before + bytes) / kWriteBehind) return;
    static_cast<void>(::sync_file_range(fd(), 0, 0, SYNC_FILE_RANGE_WRITE));
  }

  static off_t at(std::uint64_t offset) {
    KITH_ASSERT(offset <= static_cast<std::uint64_t>(INT64_MAX));
    return static_cast<off_t>(offset);
  }

  static struct flock lock_of(int type, std::uint64_t offset, std::uint64_t bytes) {
    KITH_ASSERT(bytes > 0);
    struct flock lock {};  // l_pid must be 0
    lock.l_type = static_cast<short>(type);
    lock.l_whence = SEEK_SET;
    lock.l_start = at(offset);
    lock.l_len = at(bytes);
    return lock;
  }

  // The error number, or 0.
  int set_lock(int type, std::uint64_t offset, std::uint64_t bytes) {
    struct flock lock = lock_of(type, offset, bytes);
    const int result = uninterrupted([&] { return ::fcntl(fd(), F_OFD_SETLK, &lock); });
    return result == 0 ? 0 : errno;
  }

  Descriptor descriptor_;
  std::string path_;
  std::atomic<bool> is_kept_{false};
  std::atomic<std::uint64_t> unsynced_{0};  // bytes written since the last sync, about
};

int flags_of(OpenMode mode) {
  // O_NONBLOCK: a path that names a pipe must not hang; on regular files it means nothing.
  constexpr int kAlways = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  switch (mode) {
    case OpenMode::ReadOnly:
      return kAlways | O_RDONLY;
    case OpenMode::ReadWrite:
      return kAlways | O_RDWR;
    case OpenMode::CreateNew:
      return kAlways | O_RDWR | O_CREAT | O_EXCL;
  }
  KITH_ASSERT(false && "an open mode that does not exist");
  return kAlways | O_RDONLY;
}

class PosixFileSystem final : public FileSystem {
 public:
  std::unique_ptr<File> open(const std::string& path, OpenMode mode) override {
    const std::string_view what = mode == OpenMode::CreateNew ? "create" : "open";
    Descriptor opened(
        uninterrupted([&] { return ::open(path.c_str(), flags_of(mode), S_IRUSR | S_IWUSR); }));
    const int error = errno;
    struct stat status {};
    if (opened.number() < 0) {
      // A folder cannot be opened for writing, nor a socket at all; the reason is what it is.
      if (mode != OpenMode::CreateNew && ::stat(path.c_str(), &status) == 0)
        demand_regular(status, what, path);
      fail(what, path, error);
    }
    if (::fstat(opened.number(), &status) != 0) fail(what, path, errno);
    demand_regular(status, what, path);
    return std::make_unique<PosixFile>(above_standard_streams(std::move(opened), path), path);
  }

  std::string real_path(const std::string& path) override {
    if (const auto real = resolve(path)) return *real;
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode))
      throw StorageError("NotFound", fmt::format("'{}' is a symbolic link to '{}', which does not "
                                                 "exist",
                                                 path, link_text(path)));
    const std::string folder = directory_of(path);
    const auto real = resolve(folder);
    if (!real)
      throw StorageError("NotFound", fmt::format("cannot open '{}': the folder '{}' does not exist",
                                                 path, folder));
    return (*real == "/" ? "" : *real) + "/" + file_name_of(path);
  }

  bool may_change(const std::string& directory) override {
    return ::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
  }

  bool exists(const std::string& path) override {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    fail("look at", path, errno);
  }

  void remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) fail("remove", path, errno);
  }

  void rename_no_replace(const std::string& from, const std::string& to) override {
    const auto rename = [&] {
      return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
    };
    if (rename() == 0) return;
    if (errno == EEXIST) fail("make", to, EEXIST);
    if (errno != EINVAL && errno != ENOSYS) fail("rename", from, errno);
    // A file system without that call: link() too refuses to replace.
    if (::link(from.c_str(), to.c_str()) != 0) fail("make", to, errno);
    if (::unlink(from.c_str()) != 0) fail("remove", from, errno);
  }

  void rename_over(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) fail("rename", from, errno);
  }

  void sync_directory(const std::string& directory) override {
    Descriptor opened(uninterrupted(
        [&] { return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
    if (opened.number() < 0) fail("open directory", directory, errno);
    // EINVAL: a file system whose directories need no sync.
    if (::fsync(opened.number()) != 0 && errno != EINVAL) fail("sync directory", directory, errno);
  }

  std::vector<std::string> list(const std::string& directory) override {
    const auto close = [](DIR* stream) { ::closedir(stream); };
    std::unique_ptr<DIR, decltype(close)> stream(::opendir(directory.c_str()), close);
    if (!stream) fail("list", directory, errno);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
      errno = 0;
    }
    if (errno != 0) fail("list", directory, errno);
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  static void demand_regular(const struct stat& status, std::string_view what,
                             const std::string& path) {
    if (S_ISREG(status.st_mode)) return;
    const std::string_view kind = S_ISDIR(status.st_mode)    ? "a folder"
                                  : S_ISFIFO(status.st_mode) ? "a pipe"
                                  : S_ISSOCK(status.st_mode) ? "a socket"
                                                             : "a device";
    throw StorageError("NotAFile",
                       fmt::format("cannot {} '{}': it is {}, not a file", what, path, kind));
  }

  // Nothing if it does not exist.
  static std::optional<std::string> resolve(const std::string& path) {
    const auto free = [](char* text) { std::free(text); };
    const std::unique_ptr<char, decltype(free)> real(::realpath(path.c_str(), nullptr), free);
    if (real) return std::string(real.get());
    if (errno != ENOENT) fail("open", path, errno);
    return std::nullopt;
  }

  static std::string link_text(const std::string& path) {
    std::string text(PATH_MAX, '\0');
    const auto length = ::readlink(path.c_str(), text.data(), text.size());
    text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    return text;
  }

  // A program that closed its standard streams must not find its output in the database.
  static Descriptor above_standard_streams(Descriptor opened, const std::string& path) {
    if (opened.number() > 2) return opened;
    Descriptor higher(::fcntl(opened.number(), F_DUPFD_CLOEXEC, 3));
    if (higher.number() < 0) fail("open", path, errno);
    return higher;
  }
};

class SystemClock final : public Clock {
 public:
  std::int64_t unix_nanoseconds() override {
    return nanoseconds(std::chrono::system_clock::now().time_since_epoch());
  }
  std::int64_t monotonic_nanoseconds() override {
    return nanoseconds(std::chrono::steady_clock::now().time_since_epoch());
  }

 private:
  template <class Duration>
  static std::int64_t nanoseconds(Duration since) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
  }
};

}  // namespace

std::shared_ptr<Clock> system_clock() { return std::make_shared<SystemClock>(); }

Environment posix_environment() { return {std::make_shared<PosixFileSystem>(), system_clock(), 0}; }

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string file_name_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::int64_t process_id() { return ::getpid(); }

std::string program_name() { return program_invocation_short_name; }

}  // namespace kith
