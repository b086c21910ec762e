// storage/log/log_scan.cpp: reading a log that may be cut, torn or damaged, or just being written.
#include <algorithm>
#include <cstring>

#include "core/assert.hpp"
#include "core/encode.hpp"
#include "kith/error.hpp"
#include "storage/log/frame_check.hpp"
#include "storage/log/log_file.hpp"

namespace kith::storage {

namespace {

constexpr std::uint64_t kReadFrames = 256;

// Frames of a file one after another, as many as there are now; what is cut off the last one reads
// as zeros.
class Frames {
 public:
  explicit Frames(File& file) : file_(file), bytes_(file.size()) {}

  std::uint64_t count() const { return (bytes_ + kFrameBytes - 1) / kFrameBytes; }

  const std::byte* frame(std::uint64_t number) {
    KITH_ASSERT(number < count());
    if (number < first_ || number >= first_ + loaded_) load(number);
    return buffer_.data() + (number - first_) * kFrameBytes;
  }
  // What was read is read again.
  void forget() { loaded_ = 0; }

 private:
  void load(std::uint64_t number) {
    first_ = number;
    loaded_ = std::min(kReadFrames, count() - number);
    buffer_.assign(loaded_ * kFrameBytes, std::byte{0});
    const std::uint64_t begin = number * kFrameBytes;
    const std::uint64_t there = std::min<std::uint64_t>(buffer_.size(), bytes_ - begin);
    file_.read(begin, std::span(buffer_).first(there));
  }

  File& file_;
  std::uint64_t bytes_;
  std::uint64_t first_ = 0, loaded_ = 0;
  std::vector<std::byte> buffer_;
};

bool is_zero(const std::byte* frame) {
  return std::all_of(frame, frame + kFrameBytes, [](std::byte b) { return b == std::byte{0}; });
}

class Scanner {
 public:
  Scanner(File& file, std::uint64_t database, std::uint64_t number, const LogReader& reader)
      : frames_(file), reader_(reader) {
    scan_.identity.database = database;
    scan_.identity.number = number;
  }

  LogScan run() {
    if (!read_head() || (reader_.accept && !reader_.accept(scan_))) return scan_;
    std::uint64_t at = 1;
    do {
      while (at < frames_.count() && take(at)) ++at;
    } while (read_rest(at++));
    return scan_;
  }

 private:
  bool of_this_log(const FrameHeader& header, std::uint64_t at) const {
    return header.database == scan_.identity.database && header.log == scan_.identity.number &&
           header.frame == at;
  }

  bool read_head() {
    if (frames_.count() > 0) {
      const std::byte* frame = frames_.frame(0);
      const FrameHeader header = header_of(frame);
      const bool whole = proves_itself(header, frame) && header.kind == FrameKind::Head &&
                         header.frame == 0 && header.bytes >= kLeastHeadBytes;
      if (whole && header.database != scan_.identity.database) {
        scan_.foreign = true;
        scan_.identity.database = header.database;
        return false;
      }
      if (whole && of_this_log(header, 0)) {
        check_version(header);
        LogHead head;
        std::memcpy(&head, frame + sizeof header, sizeof head);  // what is not there is zero
        scan_.identity.salt = header.salt;
        scan_.link = {header.previous, head.follows, head.position};
        scan_.end_frame = 1;
        scan_.end_checksum = checksum_ = header.checksum;
        return true;
      }
    }
    scan_.headless = true;
    read_rest(0);
    return false;
  }

  // False if the frame does not count (F1).
  bool take(std::uint64_t at) {
    const std::byte* frame = frames_.frame(at);
    const FrameHeader header = header_of(frame);
    if (!proves_itself(header, frame) || !of_this_log(header, at) ||
        header.salt != scan_.identity.salt || header.previous != checksum_)
      return false;
    check_version(header);
    scan_.synced = std::max(scan_.synced, header.synced);
    if (header.kind == FrameKind::Claim) {  // nothing of this writing follows
      LogClaim claim;
      std::memcpy(&claim, frame + sizeof header, sizeof claim);
      if (pending_.empty()) scan_.next = claim.next;
      return false;
    }
    if (header.kind != FrameKind::Data || header.bytes == 0) return false;
    if (((header.flags & kBegins) != 0) != pending_.empty()) return false;
    checksum_ = header.checksum;
    if ((header.flags & kShared) != 0) {
      for (ByteReader in(payload_of(header, frame)); !in.at_end();) reader_.transaction(in.text());
    } else {
      pending_.append(reinterpret_cast<const char*>(frame + sizeof header), header.bytes);
      if ((header.flags & kEnds) == 0) return true;
      reader_.transaction(pending_);
      pending_.clear();
    }
    scan_.end_frame = at + 1;
    scan_.end_checksum = checksum_;
    return true;
  }

  // From the first frame that does not count: is it a torn tail, or was it once known to be good?
  // Beside a writer it may have been read before it was written, and what says that it was synced
  // after that. Read once more it counts then, and the answer is true: it is the frame to go on
  // with.
  bool read_rest(std::uint64_t bad) {
    std::uint64_t last_written = scan_.end_frame;
    for (std::uint64_t at = bad; at < frames_.count(); ++at) {
      const std::byte* frame = frames_.frame(at);
      if (is_zero(frame)) continue;
      const FrameHeader header = header_of(frame);
      const bool ours = proves_itself(header, frame) && of_this_log(header, at) &&
                        (scan_.headless || header.salt == scan_.identity.salt);
      if (ours && header.synced > bad && !scan_.damage) {
        frames_.forget();
        if (!scan_.headless && take(bad)) return true;
        scan_.damage = bad * kFrameBytes;
      }
      const bool claim_at_end = ours && at == bad && header.kind == FrameKind::Claim &&
                                header.previous == checksum_ && bad == scan_.end_frame;
      if (!claim_at_end) last_written = at + 1;
    }
    if (bad > scan_.end_frame) last_written = std::max(last_written, bad);
    scan_.torn_bytes = (last_written - scan_.end_frame) * kFrameBytes;
    return false;
  }

  Frames frames_;
  const LogReader& reader_;
  LogScan scan_;
  std::uint64_t checksum_ = 0;  // of the frame before
  std::string pending_;         // payload of the transaction that has begun
};

}  // namespace

LogScan scan_log(File& file, std::uint64_t database, std::uint64_t number,
                 const LogReader& reader) {
  KITH_ASSERT(number > 0 && reader.transaction);
  return Scanner(file, database, number, reader).run();
}

void harden_log(File& file, std::uint64_t from, std::uint64_t to) {
  const std::uint64_t size = file.size();
  std::vector<std::byte> buffer;
  for (std::uint64_t at = from; at < to; at += kReadFrames) {
    const std::uint64_t begin = at * kFrameBytes;
    KITH_ASSERT(begin < size);
    buffer.assign(std::min(kReadFrames, to - at) * kFrameBytes, std::byte{0});
    // The file may end within the last frame, whose rest is zeros.
    file.read(begin, std::span(buffer).first(std::min<std::uint64_t>(buffer.size(), size - begin)));
    file.write(begin, buffer);
  }
  file.sync();
}

}  // namespace kith::storage
