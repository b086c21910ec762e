// storage/log/process_lock.cpp: taking the lock of the data file, and naming who has it.
#include "storage/log/process_lock.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <cstring>
#include <optional>
#include <span>
#include <thread>
#include <type_traits>

#include "core/assert.hpp"
#include "kith/error.hpp"
#include "storage/page/format.hpp"

namespace kith::storage {

namespace {

constexpr std::uint64_t kLockOffset = std::uint64_t{1} << 62;
constexpr auto kPause = std::chrono::milliseconds(5);

struct Holder {            // offset  at byte 0 of the coordination page
  char magic[8];           //  0      "kith own"
  std::uint64_t process;   //  8      process id of the writer
  std::int64_t since;      // 16      Unix nanoseconds
  std::uint64_t checksum;  // 24      XXH3-64 of the bytes before it
};                         // 32
static_assert(sizeof(Holder) == 32 && std::is_trivially_copyable_v<Holder>);
constexpr char kMagic[8] = {'k', 'i', 't', 'h', ' ', 'o', 'w', 'n'};
constexpr std::uint64_t kHolderOffset = kCoordinationPage * kPageBytes;

std::uint64_t checksum_of(const Holder& holder) {
  return XXH3_64bits(&holder, offsetof(Holder, checksum));
}

std::optional<Holder> read_holder(File& file) {
  Holder holder;
  try {
    file.read(kHolderOffset, std::as_writable_bytes(std::span(&holder, 1)));
  } catch (const StorageError&) {
    return std::nullopt;  // a file too short for it names nobody
  }
  if (std::memcmp(holder.magic, kMagic, sizeof kMagic) != 0) return std::nullopt;
  if (holder.checksum != checksum_of(holder)) return std::nullopt;
  return holder;
}

void write_holder(File& file, Clock& clock) {
  if (file.size() < kHolderOffset + kPageBytes) return;  // not a database: open will say so
  Holder holder{};
  std::memcpy(holder.magic, kMagic, sizeof kMagic);
  holder.process = static_cast<std::uint64_t>(process_id());
  holder.since = clock.unix_nanoseconds();
  holder.checksum = checksum_of(holder);
  file.write(kHolderOffset, std::as_bytes(std::span(&holder, 1)));
}

[[noreturn]] void refuse(File& file, const std::string& path) {
  // Who can be joined by another reader is a reader, and has not said who it is.
  if (file.try_lock(kLockOffset, 1, false)) {
    file.unlock(kLockOffset, 1);
    throw StorageError("Locked", fmt::format("'{}' is open for reading elsewhere, so it cannot be "
                                             "opened for writing now; open it read-only, or wait",
                                             path));
  }
  const std::optional<Holder> holder = read_holder(file);
  if (!holder)
    throw StorageError("Locked", fmt::format("'{}' is open for writing in another process", path));
  if (holder->process == static_cast<std::uint64_t>(process_id()))
    throw StorageError("InUse", fmt::format("'{}' is open in this process already; share that "
                                            "database object instead of opening a second one",
                                            path));
  throw StorageError("Locked",
                     fmt::format("'{}' is open for writing in process {}", path, holder->process));
}

// Waiting for oneself would be in vain.
bool held_by_this_process(File& file) {
  const std::optional<Holder> holder = read_holder(file);
  if (!holder || holder->process != static_cast<std::uint64_t>(process_id())) return false;
  if (!file.try_lock(kLockOffset, 1, false)) return true;
  file.unlock(kLockOffset, 1);
  return false;
}

}  // namespace

void lock_data_file(File& file, const std::string& path, bool exclusive, Clock& clock,
                    std::chrono::milliseconds timeout) {
  KITH_ASSERT(timeout.count() >= 0);
  const std::int64_t deadline =
      clock.monotonic_nanoseconds() +
      std::chrono::duration_cast<std::chrono::nanoseconds>(timeout).count();
  while (!file.try_lock(kLockOffset, 1, exclusive)) {
    if (held_by_this_process(file) || clock.monotonic_nanoseconds() >= deadline) refuse(file, path);
    std::this_thread::sleep_for(kPause);
  }
  if (exclusive) write_holder(file, clock);
}

void unlock_data_file(File& file) { file.unlock(kLockOffset, 1); }

}  // namespace kith::storage
