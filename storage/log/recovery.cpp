// storage/log/recovery.cpp: replaying the chain of logs that the data file names.
#include "storage/log/recovery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/assert.hpp"
#include "kith/error.hpp"
#include "storage/log/log_file.hpp"
#include "storage/log/replay.hpp"

namespace kith::storage {

namespace {

constexpr Owner kReplayOwner = 0;  // no statement has it

class Recovery {
 public:
  Recovery(FileSystem& files, const std::string& path, BaseFile& file, bool read_only)
      : files_(files),
        path_(path),
        data_(file),
        read_only_(read_only),
        base_(file.base()),
        replay_(std::make_shared<Root>(base_), kReplayOwner) {}

  Recovered run() {
    const std::string carried = base_->read_carry();
    if (!carried.empty()) replay_.carry(carried);
    const std::vector<std::uint64_t> numbers = list_logs(files_, path_);
    const std::uint64_t first = first_log(numbers);
    if (first != 0 && !std::binary_search(numbers.begin(), numbers.end(), first)) missing(first);
    for (const std::uint64_t number : numbers) {
      if (stopped_) break;
      first == 0 || number < first ? leftover(number) : next_of_chain(number, number == first);
    }
    if (next_ != 0 && !stopped_) missing(next_);
    found_.root = replay_.root();
    found_.end.position = found_.root->position();
    found_.report.replayed_commits = replay_.commits();
    return std::move(found_);
  }

 private:
  // The chain begins with the log that the meta page names. A meta page that does not verify may
  // have been the one that named the first log after a clean close.
  std::uint64_t first_log(const std::vector<std::uint64_t>& numbers) {
    const std::uint64_t named = base_->fields().first_log;
    if (named != 0 || !data_.other_meta_was_invalid()) return named;
    const auto at = std::upper_bound(numbers.begin(), numbers.end(), base_->checkpoint());
    if (at == numbers.end()) return 0;
    const LogScan scan = look(*at);
    const bool ours = !scan.foreign && !scan.headless;
    return ours && scan.link.position == base_->fields().position ? *at : 0;
  }

  std::unique_ptr<File> open(std::uint64_t number) {
    return files_.open(log_path(path_, number),
                       read_only_ ? OpenMode::ReadOnly : OpenMode::ReadWrite);
  }
  // The head alone.
  LogScan look(std::uint64_t number) {
    return scan_log(*open(number), base_->database_id(), number,
                    {[](const LogScan&) { return false; }, [](std::string_view) {}});
  }

  // A log that the data file does not need: its removal was interrupted, or it is not its own.
  void leftover(std::uint64_t number) {
    std::uint64_t last = 0;
    const LogScan scan = scan_log(*open(number), base_->database_id(), number,
                                  {{}, [&](std::string_view bytes) { last = position_of(bytes); }});
    if (scan.foreign) return set_aside(number);
    if (last > base_->fields().position)
      throw StorageError(
          "UnexpectedLog",
          fmt::format("the log '{}' has commits up to {}, but '{}' ends at {} and does not name "
                      "it: the file is older than its log. Restore the file that belongs to the "
                      "log, or move the log away",
                      log_path(path_, number), last, path_, base_->fields().position));
    // One that cannot be read, though it once could, is nobody's to remove.
    if (scan.damage) {
      found_.highest_log = std::max(found_.highest_log, number);
    } else {
      keep(number);
    }
  }

  void next_of_chain(std::uint64_t number, bool first) {
    const std::unique_ptr<File> file = open(number);
    if (!read_only_) file->sync();  // what is read below must be what the disk has
    bool continues = true;
    const LogScan scan = scan_log(*file, base_->database_id(), number,
                                  {[&](const LogScan& head) {
                                     continues = first ? at_base(head.link) : goes_on(head.link);
                                     return continues;
                                   },
                                   [&](std::string_view bytes) { replay_.transaction(bytes); }});
    if (read_only_) file->sync();  // O1: a writer may have come, and what it appends was read too
    if (scan.foreign && !first) return set_aside(number);
    if (scan.foreign || (scan.headless && first))
      return damaged(number, 0, "it is not a log of this database");
    if (!continues && !first && scan.link.follows > found_.end.follows) missing(scan.link.follows);
    if (!continues && !first && commits_of(number) == 0) return keep(number);
    if (!continues) return damaged(number, 0, "it does not continue where the one before it ends");
    if (scan.damage) damaged(number, *scan.damage, "a frame that was synced does not verify");
    if (scan.headless && number == next_) return damaged(number, 0, "its head does not verify");
    if (scan.headless) return keep(number);  // its creation was interrupted
    if (scan.torn_bytes > 0 && !scan.damage) torn(number, scan);
    if (!read_only_) {
      const std::uint64_t claimed = std::clamp<std::uint64_t>(scan.synced, 1, scan.end_frame);
      harden_log(*file, claimed, scan.end_frame);
    }
    found_.end = {scan.end_checksum, number, 0};
    next_ = scan.next;
    found_.log_bytes += scan.end_frame * kFrameBytes;
    keep(number);
  }

  bool at_base(const LogLink& link) const { return link.position == base_->fields().position; }
  bool goes_on(const LogLink& link) const { return link.previous == found_.end.previous; }

  [[noreturn]] void missing(std::uint64_t number) const {
    throw StorageError(
        "MissingLog",
        fmt::format("the log '{}' is missing; '{}' is not complete without it. Put it back beside "
                    "the database",
                    log_path(path_, number), path_));
  }

  std::uint64_t commits_of(std::uint64_t number) {
    std::uint64_t commits = 0;
    scan_log(*open(number), base_->database_id(), number,
             {{}, [&](std::string_view) { ++commits; }});
    return commits;
  }

  void keep(std::uint64_t number) {
    found_.logs.push_back(number);
    found_.highest_log = std::max(found_.highest_log, number);
  }

  void note(const std::string& text) {
    std::string& all = found_.report.note;
    if (!all.empty()) all += "\n";
    all += text;
  }

  void torn(std::uint64_t number, const LogScan& scan) {
    found_.report.torn_bytes += scan.torn_bytes;
    note(
        fmt::format("the log '{}' ends in {} bytes at offset {} that were never completely "
                    "written; no commit was acknowledged for them, and they are left out",
                    log_path(path_, number), scan.torn_bytes, scan.end_frame * kFrameBytes));
  }

  void damaged(std::uint64_t number, std::uint64_t offset, std::string_view what) {
    const std::string text = fmt::format("the log '{}' is damaged at offset {}: {}",
                                         log_path(path_, number), offset, what);
    if (!read_only_)
      throw StorageError("DamagedLog",
                         fmt::format("{}. Open the database read-only to see it as of commit {}, "
                                     "or restore a backup",
                                     text, replay_.root()->position()));
    note(fmt::format("{}; commits after {} are not shown", text, replay_.root()->position()));
    stopped_ = true;
  }

  void set_aside(std::uint64_t number) {
    const std::string path = log_path(path_, number);
    if (read_only_) return note(fmt::format("'{}' is a log of another database", path));
    std::string aside = path + ".foreign";
    for (int i = 2; files_.exists(aside); ++i) aside = fmt::format("{}.foreign{}", path, i);
    files_.rename_no_replace(path, aside);
    note(fmt::format("'{}' is a log of another database and was renamed to '{}'", path, aside));
  }

  FileSystem& files_;
  const std::string& path_;
  BaseFile& data_;
  const bool read_only_;
  std::shared_ptr<const Base> base_;  // shared: with the root
  Replay replay_;
  Recovered found_;
  std::uint64_t next_ = 0;  // the log that the last one of the chain says comes next
  bool stopped_ = false;    // at damage
};

}  // namespace

Recovered recover(FileSystem& files, const std::string& path, BaseFile& file, bool read_only) {
  return Recovery(files, path, file, read_only).run();
}

}  // namespace kith::storage
