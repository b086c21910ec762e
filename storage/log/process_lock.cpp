// storage/log/process_lock.cpp: taking the lock of the data file, and naming who has it.
#include "storage/log/process_lock.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <random>
#include <span>
#include <thread>
#include <type_traits>

#include "core/assert.hpp"
#include "kith/error.hpp"
#include "storage/page/format.hpp"

namespace kith::storage {

namespace {

constexpr auto kPause = std::chrono::milliseconds(5);

struct Holder {           // offset  at byte 0 of page 2
  char magic[8];          //  0      "kith own"
  std::uint64_t process;  //  8      process id of the writer
  std::int64_t since;     // 16      Unix nanoseconds
  std::uint64_t token;    // 24      random, one a process: process ids are not unique in containers
  char program[32];       // 32      its name, zeros behind
  std::uint64_t checksum;  // 64      XXH3-64 of the bytes before it
};                         // 72
static_assert(sizeof(Holder) == 72 && std::is_trivially_copyable_v<Holder>);
constexpr char kMagic[8] = {'k', 'i', 't', 'h', ' ', 'o', 'w', 'n'};
constexpr std::uint64_t kHolderOffset = kCoordinationPage * kPageBytes;

std::uint64_t checksum_of(const Holder& holder) {
  return XXH3_64bits(&holder, offsetof(Holder, checksum));
}

std::uint64_t process_token() {
  static const std::uint64_t token = [] {
    std::random_device device;
    return (std::uint64_t{device()} << 32) ^ device();
  }();
  return token;
}

// Believed only while the writer's byte is locked.
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
  holder.token = process_token();
  const std::string program = program_name();
  std::memcpy(holder.program, program.data(), std::min(program.size(), sizeof holder.program - 1));
  holder.checksum = checksum_of(holder);
  file.write(kHolderOffset, std::as_bytes(std::span(&holder, 1)));
}

bool is_this_process(const Holder& holder) {
  return holder.process == static_cast<std::uint64_t>(process_id()) &&
         holder.token == process_token();
}

std::string describe(const Holder& holder) {
  KITH_ASSERT(holder.checksum == checksum_of(holder));
  const std::chrono::sys_time<std::chrono::nanoseconds> since{
      std::chrono::nanoseconds(holder.since)};
  const std::size_t length = ::strnlen(holder.program, sizeof holder.program);
  return fmt::format("process {} ('{}') since {:%Y-%m-%dT%H:%M:%S}Z", holder.process,
                     std::string_view(holder.program, length),
                     fmt::gmtime(std::chrono::system_clock::to_time_t(
                         std::chrono::floor<std::chrono::seconds>(since))));
}

[[noreturn]] void refuse(const std::optional<Holder>& holder, const std::string& path) {
  if (holder && is_this_process(*holder))
    throw StorageError(
        "InUse", fmt::format("'{}' is open for writing in this process already, as {}; share that "
                             "database object, or open a second one read-only",
                             path, describe(*holder)));
  const std::string who = holder ? describe(*holder) : "another process";
  throw StorageError("Locked", fmt::format("'{}' is open for writing in {}; open it read-only, "
                                           "which works beside the writer, or wait until that one "
                                           "closes it",
                                           path, who));
}

}  // namespace

bool lock_for_writing(File& file, const std::string& path, Clock& clock,
                      std::chrono::milliseconds timeout) {
  KITH_ASSERT(timeout.count() >= 0);
  const std::int64_t deadline =
      clock.monotonic_nanoseconds() +
      std::chrono::duration_cast<std::chrono::nanoseconds>(timeout).count();
  while (!file.try_lock(kWriterByte, 1, true)) {
    const std::optional<Holder> holder = read_holder(file);
    const bool late = clock.monotonic_nanoseconds() >= deadline;
    // Waiting for oneself would be in vain. The page speaks of a holder only if there still is one.
    const bool own = holder && is_this_process(*holder) && file.first_lock(kWriterByte, 1, true);
    if (late || own) refuse(holder, path);
    std::this_thread::sleep_for(kPause);
  }
  if (!file.is_at(path)) {  // what is locked is nobody's database any more
    unlock_for_writing(file);
    return false;
  }
  write_holder(file, clock);
  return true;
}

void unlock_for_writing(File& file) { file.unlock(kWriterByte, 1); }

}  // namespace kith::storage
