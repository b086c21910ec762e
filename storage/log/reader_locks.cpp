// storage/log/reader_locks.cpp: locking the newest checkpoint, and asking who reads which.
#include "storage/log/reader_locks.hpp"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <thread>

#include "core/assert.hpp"
#include "kith/error.hpp"
#include "storage/log/process_lock.hpp"

namespace kith::storage {

namespace {

constexpr int kAttempts = 200, kLooks = 3;
constexpr auto kPause = std::chrono::milliseconds(1);

// Of one checkpoint; released when it ends, which is before the file is closed.
class CheckpointLock {
 public:
  // `taken` by try_lock.
  CheckpointLock(File& file, std::uint64_t checkpoint) : file_(file), checkpoint_(checkpoint) {}
  CheckpointLock(const CheckpointLock&) = delete;
  CheckpointLock& operator=(const CheckpointLock&) = delete;
  ~CheckpointLock() {
    try {
      file_.unlock(kCheckpointBytes + checkpoint_, 1);
    } catch (const StorageError&) {  // it goes with the file
    }
  }

 private:
  File& file_;
  std::uint64_t checkpoint_;
};

// A page that is being written may be read half: a few more looks show it whole.
MetaPages read_meta(BlockFile& file) {
  for (int attempt = 1;; ++attempt) {
    try {
      MetaPages pages = file.read_meta();
      if (pages.newest.checkpoint >= kCheckpointLimit)
        throw StorageError("CorruptMeta", fmt::format("'{}' is damaged: it counts {} checkpoints",
                                                      file.path(), pages.newest.checkpoint));
      if (!pages.other_is_invalid || attempt == kLooks) return pages;
    } catch (const StorageError& error) {
      if (error.detail() != "CorruptMeta" || attempt == kLooks) throw;
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

MetaChoice lock_newest_checkpoint(BlockFile& file) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::uint64_t wanted = read_meta(file).newest.checkpoint;
    if (!file.file().try_lock(kCheckpointBytes + wanted, 1, false)) {
      std::this_thread::sleep_for(kPause);  // nobody locks these bytes for long
      continue;
    }
    auto lock = std::make_shared<CheckpointLock>(file.file(), wanted);  // shared: see MetaChoice
    // Only now does the writer know. If it has gone on meanwhile, it may have asked before.
    MetaPages pages = read_meta(file);
    if (pages.newest.checkpoint == wanted) return {pages, std::move(lock)};
  }
  throw StorageError("Busy", fmt::format("'{}' gets new checkpoints faster than they can be opened "
                                         "for reading; try again",
                                         file.path()));
}

std::uint64_t oldest_checkpoint_read(File& file) noexcept {
  try {
    const auto first = file.first_lock(kCheckpointBytes, kCheckpointLimit, true);
    return first ? *first - kCheckpointBytes : ~std::uint64_t{0};
  } catch (const StorageError&) {
    return 0;
  }
}

void keep_reading(File& file, const std::vector<std::uint64_t>& checkpoints) {
  for (const std::uint64_t checkpoint : checkpoints) {
    const bool locked = file.try_lock(kCheckpointBytes + checkpoint, 1, false);
    KITH_ASSERT(locked);  // nobody locks these bytes exclusively
    static_cast<void>(locked);
  }
}

}  // namespace kith::storage
