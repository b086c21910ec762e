// shell/line_reader.cpp: see line_reader.hpp.
#include "shell/line_reader.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "kith/kith.hpp"

namespace kith::shell {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 1 << 16;
// About the time from an answer to the next statement of a program that does little between them.
constexpr auto kMoment = std::chrono::microseconds(100);
// What passes between two looks only if another process had the processor meanwhile.
constexpr auto kPreempted = std::chrono::microseconds(50);
constexpr std::uint32_t kManyInputs = 10'000, kSomeInputs = 50;
// With the time to be woken, which passes where nobody looked.
constexpr auto kSoon = std::chrono::microseconds(400);

bool is_pipe(int file) {
  struct stat status {};
  if (fstat(file, &status) != 0) return false;
  return S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode);
}

}  // namespace

LineReader::LineReader(int file)
    : file_(file), is_pipe_(is_pipe(file) && std::thread::hardware_concurrency() > 1) {}

std::optional<std::string_view> LineReader::next() {
  for (;;) {
    const char* from = buffer_.data() + scanned_;
    const void* found = scanned_ < end_ ? std::memchr(from, '\n', end_ - scanned_) : nullptr;
    if (found != nullptr) {
      const std::size_t size = static_cast<std::size_t>(static_cast<const char*>(found) - from);
      return take(scanned_ + size, 1);
    }
    scanned_ = end_;
    if (fill()) continue;
    if (begin_ == end_) return std::nullopt;
    return take(end_, 0);
  }
}

// What was not given out, up to there; then `more` bytes are passed over.
std::string_view LineReader::take(std::size_t end, std::size_t more) {
  const std::string_view line(buffer_.data() + begin_, end - begin_);
  begin_ = scanned_ = end + more;
  return line;
}

bool LineReader::fill() {
  std::copy(buffer_.data() + begin_, buffer_.data() + end_, buffer_.data());
  end_ -= begin_;
  scanned_ -= begin_;
  begin_ = 0;
  if (buffer_.size() - end_ < kReadBytes) buffer_.resize(2 * buffer_.size() + kReadBytes);
  const auto start = Clock::now();
  if (sleeps_ > 0) {
    --sleeps_;
  } else if (is_pipe_ && soon_) {
    look_for_input();
  }
  ssize_t count = 0;
  do {
    count = read(file_, buffer_.data() + end_, buffer_.size() - end_);
  } while (count < 0 && errno == EINTR);
  if (count < 0)
    throw QueryError("ArgumentError", "CannotRead",
                     std::string("cannot read the statements: ") + std::strerror(errno));
  soon_ = Clock::now() - start < kSoon;
  end_ += static_cast<std::size_t>(count);
  return count > 0;
}

void LineReader::look_for_input() {
  const auto start = Clock::now();
  pollfd input{file_, POLLIN, 0};
  for (auto last = start; poll(&input, 1, 0) == 0;) {
    const auto now = Clock::now();
    if (now - last > kPreempted) sleeps_ = kManyInputs;
    if (now - start > kMoment) sleeps_ = std::max(sleeps_, kSomeInputs);
    if (sleeps_ > 0) return;
    last = now;
  }
}

}  // namespace kith::shell
