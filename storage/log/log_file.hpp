// storage/log/log_file.hpp: one log: writing it, and reading it back.
//
// LogWriter appends transactions, one thread at a time (who holds the writer lock), while another
// thread may sync. Frames gather in memory until a sync, or too many of them, writes them at once;
// small transactions that are written together share frames, so that many commits are few bytes.
// LogScan reads a log that may be cut, torn or damaged, and says which.
//
//   W1  A transaction is durable once append() and then a sync() that began later have returned.
//   W2  After a failed write or sync the log is never written again.
//   W3  Space is reserved before a transaction is appended; NoSpace leaves the log as it was.
//
// transaction pipeline -> [log_file] -> core/environment.hpp
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/environment.hpp"
#include "storage/log/frame.hpp"

namespace kith::storage {

std::string log_path(const std::string& database_path, std::uint64_t number);
// The numbers of the logs beside a database, ascending.
std::vector<std::uint64_t> list_logs(FileSystem& files, const std::string& database_path);

struct LogIdentity {
  std::uint64_t database = 0, salt = 0, number = 0;
};

// What a log goes on from.
struct LogLink {
  std::uint64_t previous = 0;  // the checksum at which the log before it ended; 0: there is none
  std::uint64_t follows = 0;   // the number of that log
  std::uint64_t position = 0;  // of the last commit before
};

class LogWriter {
 public:
  // Makes the log's file; it is durable, its directory entry included, when this returns.
  static std::unique_ptr<LogWriter> create(FileSystem& files, const std::string& path,
                                           const LogIdentity& identity, const LogLink& link);

  // One transaction; each of its parts but the last fills its frames. Throws
  // StorageError("NoSpace") with nothing changed (W3), or another StorageError after which W2
  // holds.
  void append(std::span<const std::string_view> transaction);
  void append(std::string_view transaction) { append({&transaction, 1}); }
  // What was appended is in the file, though perhaps not on disk.
  void write();
  // Everything appended before the call is on disk when it returns.
  void sync();
  // Says in the log what is synced, for recovery to tell damage from a torn tail; not itself
  // synced. `next`: the log that takes the commits from here on, or 0.
  void claim(std::uint64_t next = 0);

  std::uint64_t number() const { return identity_.number; }
  bool empty() const;  // no transaction so far
  std::uint64_t bytes() const;
  std::uint64_t last_checksum() const;

 private:
  struct Frame {
    std::byte bytes[kFrameBytes];
  };
  struct Frames {
    std::vector<Frame> frames;
    std::uint64_t first = 0, count = 0;  // the number of the first; how many there are
    std::span<const std::byte> bytes() const {
      return std::as_bytes(std::span(frames)).first(count * kFrameBytes);
    }
  };
  LogWriter(std::unique_ptr<File> file, const LogIdentity& identity);
  void reserve(std::uint64_t frames);
  void write_zeros(std::uint64_t end);
  void write_frames(Frames& frames);
  bool share(std::string_view transaction);
  void seal();
  std::byte* add_frame(std::uint64_t number, std::uint64_t most);
  void add_frames(std::span<const std::string_view> transaction, std::uint64_t count);
  void take_back(std::uint64_t checksum);
  std::uint64_t put_frame(std::byte* at, FrameKind kind, std::uint8_t flags, std::uint64_t frame,
                          std::uint64_t previous, std::string_view payload) const;

  std::unique_ptr<File> file_;
  LogIdentity identity_;
  std::mutex sync_mutex_;            // one sync at a time; locked before the other
  Frames syncing_;                   // what it writes
  mutable std::mutex mutex_;         // guards what follows; not held while syncing
  Frames pending_;                   // appended, and not written yet
  std::string open_;                 // payload of the last of them if others may join; or empty
  std::uint64_t frames_ = 0;         // appended, claims not counted
  std::uint64_t reserved_ = 0;       // frames that the file has room for
  std::uint64_t synced_ = 0;         // frames known to be on disk
  std::uint64_t last_checksum_ = 0;  // of the last frame that is not open
  bool failed_ = false;              // W2
};

// What became of a log file.
struct LogScan {
  LogIdentity identity;
  LogLink link;                         // what its head says
  std::uint64_t next = 0;               // the log that its last claim names; 0: none
  std::uint64_t end_frame = 0;          // first frame after the last whole transaction or head
  std::uint64_t end_checksum = 0;       // of the frame before that
  std::uint64_t synced = 0;             // the highest claim found in frames that count
  std::uint64_t torn_bytes = 0;         // written behind the end, and dropped
  std::optional<std::uint64_t> damage;  // offset of a bad frame that was claimed as synced
  bool headless = false;                // the head is bad, and nothing says it was ever synced
  bool foreign = false;                 // of another database
};

struct LogReader {
  // Asked when the head is read: false ends the scan there.
  std::function<bool(const LogScan&)> accept;
  // Each whole transaction's bytes, in order.
  std::function<void(std::string_view)> transaction;
};

// Reads the log of `number`, as far as it goes when this is called; a writer may be at it
// meanwhile. Throws StorageError for errors of the disk, for logs of a later version, and what the
// reader throws.
LogScan scan_log(File& file, std::uint64_t database, std::uint64_t number, const LogReader& reader);

// Writes frames [from, to) over themselves and syncs: after a failed sync the page cache may hold
// bytes that the disk does not.
void harden_log(File& file, std::uint64_t from, std::uint64_t to);

}  // namespace kith::storage
