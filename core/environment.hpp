// core/environment.hpp: the outside world as an argument: files and the clock.
//
// Nothing else in kith makes system calls on database files, so a test passes a disk that crashes,
// tears or lies. Failures of the disk are StorageError ("IoError", "NoSpace", "NotFound", …) with
// the operation, the path and the reason.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kith {

class File {
 public:
  virtual ~File() = default;
  // Reads exactly buffer.size() bytes; a short read is StorageError("ShortRead").
  virtual void read(std::uint64_t offset, std::span<std::byte> buffer) = 0;
  virtual void write(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
  virtual void sync() = 0;  // fdatasync: data and what is needed to read it back
  virtual std::uint64_t size() = 0;
  virtual void truncate(std::uint64_t bytes) = 0;
  // Open-file-description lock on one byte range; false if another open file holds it.
  // `exclusive`: a writer's lock; otherwise shared. Released when the file is closed.
  virtual bool try_lock(std::uint64_t offset, std::uint64_t bytes, bool exclusive) = 0;
  virtual void unlock(std::uint64_t offset, std::uint64_t bytes) = 0;
  // The lowest byte of the range whose lock, held by another open file, would refuse such a lock
  // here: any lock refuses an exclusive one, an exclusive lock refuses all. Nothing is taken.
  virtual std::optional<std::uint64_t> first_lock(std::uint64_t offset, std::uint64_t bytes,
                                                  bool exclusive) = 0;
  // False: the path leads to another file by now, or to none.
  virtual bool is_at(const std::string& /*path*/) { return true; }
};

enum class OpenMode : std::uint8_t { ReadOnly, ReadWrite, CreateNew /* fails if it exists */ };

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual std::unique_ptr<File> open(const std::string& path,
                                     OpenMode mode) = 0;  // mode 0600 if created
  virtual bool exists(const std::string& path) = 0;
  virtual void remove(const std::string& path) = 0;
  // Fails with StorageError("AlreadyExists") if `to` exists.
  virtual void rename_no_replace(const std::string& from, const std::string& to) = 0;
  // Atomic: `to` is at any moment what it was, or what `from` was.
  virtual void rename_over(const std::string& from, const std::string& to) = 0;
  virtual void sync_directory(const std::string& directory) = 0;
  virtual std::vector<std::string> list(const std::string& directory) = 0;  // names, not paths
  // The same file's path without symbolic links. Its last name need not exist; a link that leads
  // nowhere, or a missing folder, is StorageError("NotFound") that says which.
  virtual std::string real_path(const std::string& path) { return path; }
  // Whether this process may make and remove files there.
  virtual bool may_change(const std::string& /*directory*/) { return true; }
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t unix_nanoseconds() = 0;
  virtual std::int64_t monotonic_nanoseconds() = 0;
};

struct Environment {
  std::shared_ptr<FileSystem> files;  // shared: a database and the test that watches it
  std::shared_ptr<Clock> clock;
  std::uint64_t seed = 0;  // for database ids and rand(); 0: take entropy from the system
};

std::shared_ptr<Clock> system_clock();  // of the operating system; shared as above
Environment posix_environment();
Environment memory_environment();  // a file system of its own in memory: `:memory:` databases

std::int64_t process_id();   // of this process
std::string program_name();  // of this process, without the folder

// "/a/b" -> "/a" and "b"; "b" -> "." and "b".
std::string directory_of(const std::string& path);
std::string file_name_of(const std::string& path);

}  // namespace kith
