// storage/log/log_cursor.hpp: reading a log while another process appends to it.
//
// It goes on where it stopped, transaction by transaction, and stops before a frame that does not
// count (yet): what comes there later is found by the next call. Whether a transaction that is
// there may be believed is not its question.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/environment.hpp"
#include "storage/log/frame.hpp"

namespace kith::storage {

class LogCursor {
 public:
  // Nothing if the file does not begin with a whole head of this log.
  static std::optional<LogCursor> open(std::unique_ptr<File> file, std::uint64_t database,
                                       std::uint64_t number);

  std::uint64_t number() const { return log_; }
  std::uint64_t position() const { return position_; }  // of the last commit before this log
  std::uint64_t previous() const { return previous_; }  // checksum at which that log ended
  std::uint64_t checksum() const { return checksum_; }  // of the last frame read
  std::uint64_t offset() const { return frame_ * kFrameBytes; }

  // What was read before may have changed: frames that did not count may count now.
  void look_again() { loaded_ = 0; }
  // The next whole transaction; nothing if there is none.
  std::optional<std::string> next();

 private:
  LogCursor(std::unique_ptr<File> file, std::uint64_t database, std::uint64_t log)
      : file_(std::move(file)), database_(database), log_(log) {}
  bool read_head();
  std::string next_shared();
  const std::byte* frame(std::uint64_t number);

  std::unique_ptr<File> file_;
  std::uint64_t database_, log_;
  std::uint64_t salt_ = 0, position_ = 0, previous_ = 0;
  std::uint64_t frame_ = 0;     // the first that was not read
  std::uint64_t checksum_ = 0;  // of the frame before it
  std::string shared_;          // payload of the last one, if transactions share it
  std::size_t shared_read_ = 0;
  // Frames first_ … first_ + loaded_ - 1.
  std::vector<std::byte> buffer_;
  std::uint64_t first_ = 0, loaded_ = 0;
};

}  // namespace kith::storage
