// storage/log/process_lock.hpp: who may have the data file open: locks far behind its end.
//
// All locks belong to an open file description: the kernel drops them with the process, and two
// opens in one process are to each other as two processes are. docs/processes.md says how they
// serve.
//
//   byte                      held by
//   kWriterByte               the one who writes: exclusive (L1)
//   kAnnouncedByte            the same, while page 3 says how far readers may go (L2)
//   kCheckpointBytes + c      whoever reads checkpoint c: shared (L3)
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/environment.hpp"

namespace kith::storage {

inline constexpr std::uint64_t kWriterByte = std::uint64_t{1} << 62;
inline constexpr std::uint64_t kAnnouncedByte = kWriterByte + 1;
inline constexpr std::uint64_t kCheckpointBytes = kWriterByte + (std::uint64_t{1} << 61);
inline constexpr std::uint64_t kCheckpointLimit = std::uint64_t{1} << 60;

// Waits up to `timeout` for the writer's byte, and says in page 2 who has it now. StorageError
// "InUse" if this process has the file open for writing already (it is not waited for), "Locked" if
// another has; the message names who, and since when. False, and no lock: while it waited another
// file was put in this one's place (by an import, or by hand), so the path is to be opened again.
[[nodiscard]] bool lock_for_writing(File& file, const std::string& path, Clock& clock,
                                    std::chrono::milliseconds timeout);
void unlock_for_writing(File& file);

}  // namespace kith::storage
