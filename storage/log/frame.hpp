// storage/log/frame.hpp: the log on disk: frames of one page, each proving itself and the one
// before.
//
//   F1  A frame counts only if its checksum is right, its database, salt, log and number are those
//       of its place, and `previous` is the checksum of the frame before it.
//   F2  A transaction is a run of data frames; the first has kBegins, the last has kEnds. It counts
//       only if the whole run counts. Small ones may share a frame (kShared).
//   F3  A frame that was given to the file is never written again, so data that was synced is not:
//       transactions share a frame only as long as it waits in memory.
//   F4  `synced` is how many frames of this log were known to be on disk when the frame was
//   written.
//       A bad frame below a later frame's `synced` is damage; any other is a torn tail.
//
// Frame 0 is the head of the log; its `previous` is the checksum of the frame at which the log
// before this one ended (0 for the first), which chains the logs.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace kith::storage {

inline constexpr std::size_t kFrameBytes = 4096;
inline constexpr std::uint16_t kLogVersion = 2;  // the newest there is; a frame says what it needs

enum class FrameKind : std::uint8_t {
  Head = 1,   // payload: LogHead
  Data = 2,   // payload: bytes of a transaction's records
  Claim = 3,  // says what is synced, may be overwritten by the next frame; payload: LogClaim or
              // none
};
inline constexpr std::uint8_t kBegins = 1;  // flags of data frames
inline constexpr std::uint8_t kEnds = 2;
inline constexpr std::uint8_t kShared = 4;  // whole transactions, each behind its length; version 2

struct FrameHeader {       // offset  little-endian
  std::uint64_t checksum;  //  0      XXH3-64 of bytes 8 … 4095 of the frame
  std::uint64_t database;  //  8      the database's id
  std::uint64_t salt;      // 16      random, one a log
  std::uint64_t log;       // 24      number of the log
  std::uint64_t frame;     // 32      number of the frame: its offset / 4096
  std::uint64_t previous;  // 40      checksum of the frame before
  std::uint64_t synced;    // 48      frames known to be on disk (F4)
  std::uint16_t version;   // 56      1, or what its flags demand
  FrameKind kind;          // 58
  std::uint8_t flags;      // 59      kBegins, kEnds, kShared
  std::uint32_t bytes;     // 60      of payload; the rest of the frame is zero
};                         // 64      payload
static_assert(sizeof(FrameHeader) == 64 && offsetof(FrameHeader, synced) == 48 &&
              offsetof(FrameHeader, bytes) == 60);
static_assert(std::is_trivially_copyable_v<FrameHeader>);
static_assert(std::endian::native == std::endian::little, "add byte swaps here first");

inline constexpr std::size_t kFramePayload = kFrameBytes - sizeof(FrameHeader);

struct LogHead {           // payload of frame 0
  char magic[8];           //  0      "kith log"
  std::uint64_t position;  //  8      of the last commit before this log
  std::uint64_t follows;   // 16      number of the log before it; 0, or not there: not said
};                         // 24
static_assert(sizeof(LogHead) == 24 && std::is_trivially_copyable_v<LogHead>);
inline constexpr std::uint32_t kLeastHeadBytes = 16;

struct LogClaim {      // payload of the claim that ends a log
  std::uint64_t next;  //  0      number of the log that takes the commits from here on
};
static_assert(sizeof(LogClaim) == 8);
inline constexpr char kLogMagic[8] = {'k', 'i', 't', 'h', ' ', 'l', 'o', 'g'};

}  // namespace kith::storage
