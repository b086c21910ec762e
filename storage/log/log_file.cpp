// storage/log/log_file.cpp: appending to a log.
#include "storage/log/log_file.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>

#include "core/assert.hpp"
#include "core/encode.hpp"
#include "kith/error.hpp"

namespace kith::storage {

namespace {

// Zeros are written ahead, so that a sync need not write the file's metadata: at first a few, then
// as much as there is, up to a limit, since the commit that comes next waits for them.
constexpr std::uint64_t kLeastReserved = 64, kMostReserved = 256;
// No more than these wait for a sync to write them. Longer transactions are their own reservation,
// and are written in parts that stay in the caches.
constexpr std::uint64_t kWriteFrames = 256, kPartFrames = 32;
// Room for so many is kept for the next.
constexpr std::uint64_t kKeptFrames = 32;

std::uint64_t frames_for(std::uint64_t bytes) {
  return std::max<std::uint64_t>(1, (bytes + kFramePayload - 1) / kFramePayload);
}

// Of a frame that others may share, taken by a transaction of so many: a length is a varint.
std::uint64_t shared_bytes(std::uint64_t bytes) { return bytes + (bytes < 128 ? 1 : 2); }
static_assert(kFramePayload < 128 * 128);

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
    : file_(std::move(file)), identity_(identity) {
  open_.reserve(kFramePayload);
}

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
  header.version = (flags & kShared) != 0 ? 2 : 1;
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

void LogWriter::append(std::span<const std::string_view> transaction) {
  const std::lock_guard lock(mutex_);
  std::uint64_t bytes = 0;
  for (const std::string_view part : transaction) {
    KITH_ASSERT(bytes % kFramePayload == 0 && !part.empty());
    bytes += part.size();
  }
  if (failed_) throw StorageError("ReadOnly", "the log failed before; reopen the database");
  if (transaction.size() == 1 && share(transaction.front())) return;
  seal();
  const bool small = transaction.size() == 1 && shared_bytes(bytes) <= kFramePayload;
  const std::uint64_t count = frames_for(bytes);
  const std::uint64_t previous = last_checksum_;
  try {
    if (count < kWriteFrames) reserve(count);
    if (small) {
      add_frame(frames_, kWriteFrames);
      put_text(open_, transaction.front());
    } else {
      add_frames(transaction, count);
    }
    if (count >= kWriteFrames) write_frames(pending_);  // so what waits has room
  } catch (const StorageError& error) {
    if (error.detail() != "NoSpace") failed_ = true;
    take_back(previous);
    throw;
  } catch (const std::bad_alloc&) {
    take_back(previous);
    throw;
  }
  frames_ += count;
  reserved_ = std::max(reserved_, frames_);
}

// Whether there was room for it in the frame that waits.
bool LogWriter::share(std::string_view transaction) {
  if (open_.empty() || open_.size() + shared_bytes(transaction.size()) > kFramePayload)
    return false;
  put_text(open_, transaction);
  return true;
}

// Nothing joins the last frame any more.
void LogWriter::seal() {
  if (open_.empty()) return;
  KITH_ASSERT(pending_.count > 0 && pending_.first + pending_.count == frames_);
  last_checksum_ = put_frame(pending_.frames[pending_.count - 1].bytes, FrameKind::Data,
                             kBegins | kEnds | kShared, frames_ - 1, last_checksum_, open_);
  open_.clear();
}

// W3: what was added behind frame frames_ - 1, whose checksum this is, is not pending any more.
void LogWriter::take_back(std::uint64_t checksum) {
  last_checksum_ = checksum;
  const std::uint64_t whole = frames_ > pending_.first ? frames_ - pending_.first : 0;
  pending_.count = std::min(pending_.count, whole);
}

// Room for frame `number` behind those that wait, of which there are never more than `most`.
std::byte* LogWriter::add_frame(std::uint64_t number, std::uint64_t most) {
  KITH_ASSERT(open_.empty());
  if (pending_.count >= most) write_frames(pending_);
  if (pending_.count == 0) pending_.first = number;
  KITH_ASSERT(pending_.first + pending_.count == number);
  if (pending_.count == pending_.frames.size()) pending_.frames.emplace_back();
  return pending_.frames[pending_.count++].bytes;
}

void LogWriter::add_frames(std::span<const std::string_view> transaction, std::uint64_t count) {
  std::size_t part = 0, at = 0;  // what goes to the next frame
  const std::uint64_t most = count < kWriteFrames ? kWriteFrames : kPartFrames;
  for (std::uint64_t index = 0; index < count; ++index) {
    std::byte* frame = add_frame(frames_ + index, most);
    const auto flags =
        static_cast<std::uint8_t>((index == 0 ? kBegins : 0) | (index + 1 == count ? kEnds : 0));
    last_checksum_ = put_frame(frame, FrameKind::Data, flags, frames_ + index, last_checksum_,
                               transaction[part].substr(at, kFramePayload));
    at += kFramePayload;
    if (at >= transaction[part].size()) {
      ++part;
      at = 0;
    }
  }
}

void LogWriter::write_frames(Frames& frames) {
  if (frames.count > 0) file_->write(frames.first * kFrameBytes, frames.bytes());
  frames.count = 0;
  if (frames.frames.size() > kKeptFrames) std::vector<Frame>().swap(frames.frames);
}

void LogWriter::write() {
  const std::lock_guard lock(mutex_);
  if (failed_) throw StorageError("ReadOnly", "the log failed before; reopen the database");
  seal();
  try {
    write_frames(pending_);
  } catch (const StorageError&) {
    failed_ = true;
    throw;
  }
}

void LogWriter::sync() {
  const std::lock_guard one(sync_mutex_);
  std::uint64_t written = 0;
  {
    const std::lock_guard lock(mutex_);
    if (failed_) throw StorageError("ReadOnly", "the log failed before; reopen the database");
    KITH_ASSERT(syncing_.count == 0);
    seal();
    written = frames_;
    std::swap(syncing_, pending_);
  }
  try {
    write_frames(syncing_);
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
  KITH_ASSERT(pending_.count == 0);
  const LogClaim claim{next};
  const std::string_view payload(reinterpret_cast<const char*>(&claim), sizeof claim);
  Frame frame;
  put_frame(frame.bytes, FrameKind::Claim, 0, frames_, last_checksum_,
            next == 0 ? std::string_view() : payload);
  try {
    file_->write(frames_ * kFrameBytes, frame.bytes);
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
  KITH_ASSERT(open_.empty());
  return last_checksum_;
}

}  // namespace kith::storage
