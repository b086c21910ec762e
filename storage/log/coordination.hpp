// storage/log/coordination.hpp: page 3: how far readers in other processes may go.
//
// The writer says at which position and checkpoint the durable state is. It says so before it
// acknowledges the commit, in two slots that take turns, each with a checksum: whoever reads while
// it writes finds the slot before. The word counts only while the writer lives, which the lock of
// the announced byte tells (L2); what a dead writer left there is not believed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/environment.hpp"

namespace kith::storage {

// What readers may see: commits up to `position`, all of them durable; `checkpoint` is the newest.
struct Progress {
  std::uint64_t position = 0, checkpoint = 0;
  friend bool operator==(const Progress&, const Progress&) = default;
};

inline constexpr std::size_t kProgressSlotBytes = 64;
using ProgressPage = std::array<std::byte, 2 * kProgressSlotBytes>;

// The writer's side. One thread at a time, and only while it holds the writer's byte.
class Announcer {
 public:
  explicit Announcer(File& file) : file_(file) {}

  // The first word of this writer, before it appends anything: the page differs from now on from
  // what any reader has seen, and counts.
  void begin(Progress progress);
  // Before the commit is acknowledged. While it cannot be written nothing is announced, and readers
  // look at the logs themselves.
  void publish(Progress progress) noexcept;
  void stop() noexcept;

 private:
  void write(Progress progress);
  void fall_silent() noexcept;

  File& file_;
  std::uint64_t sequence_ = 0;
  bool begun_ = false;
  bool announced_ = false;  // the byte is locked
};

// The readers' side.
struct Signal {
  std::optional<Progress> progress;  // of a writer that lives
  bool writer = false;               // there is one, though perhaps not ready to say how far it is
  ProgressPage page{};               // any later writer changes it before it appends
};
Signal listen(File& file);
// The page alone: as long as it is what it was while nobody wrote, no writer has begun.
ProgressPage read_progress_page(File& file);

}  // namespace kith::storage
