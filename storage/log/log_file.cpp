// storage/log/log_file.cpp: appending to a log.
#include "storage/log/log_file.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "core/assert.hpp"
#include "kith/error.hpp"

namespace kith::storage {

namespace {

// Zeros are written ahead, so that a sync need not write the file's metadata: at first a few, then
// as much as there is, up to a limit, since the commit that comes next waits for them.
constexpr std::uint64_t kLeastReserved = 64, kMostReserved = 256;
// Longer transactions are their own reservation, and are written in pieces of this size.
constexpr std::uint64_t kWriteFrames = 256;
// Room for so many is kept for the next.
constexpr std::uint64_t kKeptFrames = 16;

std::uint64_t frames_for(std::uint64_t bytes) {
  return std::max<std::uint64_t>(1, (bytes + kFramePayload - 1) / kFramePayload);
}

}  // namespace

std::string log_path(const std::string& database_path, std::uint64_t number) {
  return fmt::format("{}-wal.{}", database_path, number);
}

std::vector<std::uint64_t> list_logs(FileSystem& files, const std::string& database_path) {
  const std::string prefix = file_name_of(database_path) + "-wal.";
  std::vector<std::uint64_t> numbers;
  for (const std::string& name : files.list(directory_of(database_path))) {
    if (!name.starts_with(prefix)) continue;
    std::uint64_t number = 0;
    const char* end = name.data() + name.size();
    const auto [stopped, error] = std::from_chars(name.data() + prefix.size(), end, number);
    if (error == std::errc{} && stopped == end && number > 0) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

LogWriter::LogWriter(std::unique_ptr<File> file, const LogIdentity& identity)
    : file_(std::move(file)), identity_(identity) {}

std::unique_ptr<LogWriter> LogWriter::create(FileSystem& files, const std::string& path,
                                             const LogIdentity& identity, const LogLink& link) {
  KITH_ASSERT(identity.number > 0);
  std::unique_ptr<LogWriter> log(new LogWriter(files.open(path, OpenMode::CreateNew), identity));
  try {
    LogHead head{};
    std::memcpy(head.magic, kLogMagic, sizeof head.magic);
    head.position = link.position;
    head.follows = link.follows;
    std::byte frame[kFrameBytes];
    log->last_checksum_ =
        log->put_frame(frame, FrameKind::Head, 0, 0, link.previous,
                       std::string_view(reinterpret_cast<const char*>(&head), sizeof head));
    log->file_->write(0, frame);
    log->frames_ = 1;
    log->reserved_ = 1;
    log->reserve(1);
    log->sync();
    files.sync_directory(directory_of(path));
  } catch (const StorageError&) {
    log.reset();
    try {
      files.remove(path);  // it holds nothing; a left one is recognised as such
    } catch (const StorageError&) {
    }
    throw;
  }
  return log;
}

std::uint64_t LogWriter::put_frame(std::byte* at, FrameKind kind, std::uint8_t flags,
                                   std::uint64_t frame, std::uint64_t previous,
                                   std::string_view payload) const {
  KITH_ASSERT(payload.size() <= kFramePayload);
  KITH_ASSERT(synced_ <= frame || frame == 0);  // F3
  FrameHeader header{};
  header.database = identity_.database;
  header.salt = identity_.salt;
  header.log = identity_.number;
  header.frame = frame;
  header.previous = previous;
  header.synced = synced_;
  header.version = kLogVersion;
  header.kind = kind;
  header.flags = flags;
  header.bytes = static_cast<std::uint32_t>(payload.size());
  std::memcpy(at, &header, sizeof header);
  if (!payload.empty()) std::memcpy(at + sizeof header, payload.data(), payload.size());
  const std::size_t used = sizeof header + payload.size();
  std::memset(at + used, 0, kFrameBytes - used);
  header.checksum = XXH3_64bits(at + 8, kFrameBytes - 8);
  std::memcpy(at, &header.checksum, sizeof header.checksum);
  return header.checksum;
}

// Room for `frames` more frames and a claim (W3).
void LogWriter::reserve(std::uint64_t frames) {
  const std::uint64_t needed = frames_ + frames + 1;
  if (needed <= reserved_) return;
  const std::uint64_t more = std::clamp(reserved_, kLeastReserved, kMostReserved);
  try {
    write_zeros(std::max(needed, reserved_ + more));
  } catch (const StorageError& error) {
    if (error.detail() != "NoSpace") throw;
    write_zeros(needed);
  }
}

void LogWriter::write_zeros(std::uint64_t end) {
  KITH_ASSERT(end > reserved_);
  const std::vector<std::byte> zeros((end - reserved_) * kFrameBytes);
  file_->write(reserved_ * kFrameBytes, zeros);
  reserved_ = end;
}

void LogWriter::append(std::string_view transaction) {
  const std::lock_guard lock(mutex_);
  KITH_ASSERT(!transaction.empty());
  if (failed_) throw StorageError("ReadOnly", "the log failed before; reopen the database");
  const std::uint64_t count = frames_for(transaction.size());
  std::uint64_t previous = last_checksum_;
  try {
    if (count < kWriteFrames) reserve(count);
    buffer_.resize(std::min(count, kWriteFrames) * kFrameBytes);
    for (std::uint64_t done = 0; done < count;) {
      const std::uint64_t now = std::min(count - done, kWriteFrames);
      for (std::uint64_t i = 0; i < now; ++i) {
        const std::uint64_t index = done + i;
        const auto flags = static_cast<std::uint8_t>((index == 0 ? kBegins : 0) |
                                                     (index + 1 == count ? kEnds : 0));
        previous =
            put_frame(buffer_.data() + i * kFrameBytes, FrameKind::Data, flags, frames_ + index,
                      previous, transaction.substr(index * kFramePayload, kFramePayload));
      }
      file_->write((frames_ + done) * kFrameBytes, std::span(buffer_).first(now * kFrameBytes));
      done += now;
    }
  } catch (const StorageError& error) {
    if (error.detail() != "NoSpace") failed_ = true;
    throw;
  }
  frames_ += count;
  reserved_ = std::max(reserved_, frames_);
  last_checksum_ = previous;
  if (buffer_.size() > kKeptFrames * kFrameBytes) std::vector<std::byte>().swap(buffer_);
}

void LogWriter::sync() {
  std::uint64_t written = 0;
  {
    const std::lock_guard lock(mutex_);
    if (failed_) throw StorageError("ReadOnly", "the log failed before; reopen the database");
    written = frames_;
  }
  try {
    file_->sync();
  } catch (const StorageError&) {
    const std::lock_guard lock(mutex_);
    failed_ = true;
    throw;
  }
  const std::lock_guard lock(mutex_);
  KITH_ASSERT(written <= frames_);
  synced_ = std::max(synced_, written);
}

void LogWriter::claim(std::uint64_t next) {
  const std::lock_guard lock(mutex_);
  if (failed_ || synced_ != frames_) return;  // the next transaction's frames will carry it
  const LogClaim claim{next};
  const std::string_view payload(reinterpret_cast<const char*>(&claim), sizeof claim);
  std::byte frame[kFrameBytes];
  put_frame(frame, FrameKind::Claim, 0, frames_, last_checksum_,
            next == 0 ? std::string_view() : payload);
  try {
    file_->write(frames_ * kFrameBytes, frame);
  } catch (const StorageError& error) {
    if (error.detail() == "NoSpace") return;
    failed_ = true;
    throw;
  }
  reserved_ = std::max(reserved_, frames_ + 1);
}

bool LogWriter::empty() const {
  const std::lock_guard lock(mutex_);
  return frames_ == 1;
}

std::uint64_t LogWriter::bytes() const {
  const std::lock_guard lock(mutex_);
  return frames_ * kFrameBytes;
}

std::uint64_t LogWriter::last_checksum() const {
  const std::lock_guard lock(mutex_);
  return last_checksum_;
}

}  // namespace kith::storage
