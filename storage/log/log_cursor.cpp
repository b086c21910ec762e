// storage/log/log_cursor.cpp: frames in small pieces, verified as recovery verifies them.
#include "storage/log/log_cursor.hpp"

#include <algorithm>
#include <cstring>

#include "core/assert.hpp"
#include "core/encode.hpp"
#include "kith/error.hpp"
#include "storage/log/frame_check.hpp"

namespace kith::storage {

namespace {

// Mostly one commit is new, and behind it are frames that are only reserved.
constexpr std::uint64_t kFewFrames = 4, kManyFrames = 256;

}  // namespace

std::optional<LogCursor> LogCursor::open(std::unique_ptr<File> file, std::uint64_t database,
                                         std::uint64_t number) {
  KITH_ASSERT(file != nullptr && number > 0);
  LogCursor cursor(std::move(file), database, number);
  if (!cursor.read_head()) return std::nullopt;
  return cursor;
}

bool LogCursor::read_head() {
  const std::byte* bytes = frame(0);
  if (!bytes) return false;
  const FrameHeader header = header_of(bytes);
  const bool whole = proves_itself(header, bytes) && header.kind == FrameKind::Head &&
                     header.frame == 0 && header.bytes >= kLeastHeadBytes;
  if (!whole || header.database != database_ || header.log != log_) return false;
  check_version(header);
  LogHead head;
  std::memcpy(&head, bytes + sizeof header, sizeof head);
  salt_ = header.salt;
  position_ = head.position;
  previous_ = header.previous;
  checksum_ = header.checksum;
  frame_ = 1;
  return true;
}

// nullptr past the end of the file.
const std::byte* LogCursor::frame(std::uint64_t number) {
  if (number < first_ || number >= first_ + loaded_) {
    // Longer pieces once it turns out that there is much to read.
    const std::uint64_t wish = loaded_ > 0 && number == first_ + loaded_ ? kManyFrames : kFewFrames;
    const std::uint64_t there = file_->size() / kFrameBytes;
    if (number >= there) return nullptr;
    first_ = number;
    loaded_ = 0;
    const std::uint64_t count = std::min(wish, there - number);
    buffer_.resize(count * kFrameBytes);
    file_->read(number * kFrameBytes, buffer_);
    loaded_ = count;
  }
  KITH_ASSERT(number >= first_ && (number - first_ + 1) * kFrameBytes <= buffer_.size());
  return buffer_.data() + (number - first_) * kFrameBytes;
}

std::optional<std::string> LogCursor::next() {
  KITH_ASSERT(frame_ > 0 && shared_read_ <= shared_.size());
  if (shared_read_ < shared_.size()) return next_shared();
  std::string transaction;
  std::uint64_t checksum = checksum_;
  for (std::uint64_t at = frame_;; ++at) {
    const std::byte* bytes = frame(at);
    if (!bytes) return std::nullopt;
    const FrameHeader header = header_of(bytes);
    const bool counts = proves_itself(header, bytes) && header.database == database_ &&
                        header.salt == salt_ && header.log == log_ && header.frame == at &&
                        header.previous == checksum;  // F1
    if (!counts) return std::nullopt;
    check_version(header);
    const bool begins = (header.flags & kBegins) != 0, ends = (header.flags & kEnds) != 0;
    if (header.kind != FrameKind::Data || header.bytes == 0 || begins != transaction.empty())
      return std::nullopt;
    checksum = header.checksum;
    transaction.append(reinterpret_cast<const char*>(bytes + sizeof header), header.bytes);
    if (!ends) continue;
    frame_ = at + 1;  // F2
    checksum_ = checksum;
    if ((header.flags & kShared) == 0) return transaction;
    shared_ = std::move(transaction);
    shared_read_ = 0;
    return next_shared();
  }
}

std::string LogCursor::next_shared() {
  ByteReader in(std::as_bytes(std::span(shared_).subspan(shared_read_)));
  std::string transaction(in.text());
  shared_read_ = shared_.size() - in.left();
  return transaction;
}

}  // namespace kith::storage
