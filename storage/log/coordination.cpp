// storage/log/coordination.cpp: writing and reading the two slots of page 3.
#include "storage/log/coordination.hpp"

#include <xxhash.h>

#include <cstring>
#include <span>
#include <type_traits>

#include "core/assert.hpp"
#include "kith/error.hpp"
#include "storage/log/process_lock.hpp"
#include "storage/page/format.hpp"

namespace kith::storage {

namespace {

struct Slot {                 // offset  twice, from byte 0 of page 3
  char magic[8];              //  0      "kith pos"
  std::uint64_t sequence;     //  8      one more than in the other slot; it is in slot sequence % 2
  std::uint64_t position;     // 16      commits up to here are durable
  std::uint64_t checkpoint;   // 24      the newest that is durable
  std::uint64_t reserved[3];  // 32
  std::uint64_t checksum;     // 56      XXH3-64 of the bytes before it
};                            // 64
static_assert(sizeof(Slot) == kProgressSlotBytes && std::is_trivially_copyable_v<Slot>);
constexpr char kMagic[8] = {'k', 'i', 't', 'h', ' ', 'p', 'o', 's'};
constexpr std::uint64_t kSlotsOffset = (kCoordinationPage + 1) * kPageBytes;

std::uint64_t checksum_of(const Slot& slot) { return XXH3_64bits(&slot, offsetof(Slot, checksum)); }

std::optional<Slot> newest_slot(const ProgressPage& page) {
  std::optional<Slot> newest;
  for (std::size_t i = 0; i < 2; ++i) {
    Slot slot;
    std::memcpy(&slot, page.data() + i * sizeof slot, sizeof slot);
    const bool whole = std::memcmp(slot.magic, kMagic, sizeof kMagic) == 0 &&
                       slot.checksum == checksum_of(slot) && slot.sequence % 2 == i;
    if (whole && (!newest || slot.sequence > newest->sequence)) newest = slot;
  }
  return newest;
}

}  // namespace

ProgressPage read_progress_page(File& file) {
  ProgressPage page{};
  file.read(kSlotsOffset, page);
  return page;
}

void Announcer::write(Progress progress) {
  Slot slot{};
  std::memcpy(slot.magic, kMagic, sizeof kMagic);
  slot.sequence = ++sequence_;
  slot.position = progress.position;
  slot.checkpoint = progress.checkpoint;
  slot.checksum = checksum_of(slot);
  file_.write(kSlotsOffset + slot.sequence % 2 * sizeof slot, std::as_bytes(std::span(&slot, 1)));
}

void Announcer::begin(Progress progress) {
  KITH_ASSERT(!begun_ && !announced_);
  const std::optional<Slot> last = newest_slot(read_progress_page(file_));
  sequence_ = last ? last->sequence : 0;
  write(progress);
  announced_ = file_.try_lock(kAnnouncedByte, 1, true);  // L2
  begun_ = true;
}

void Announcer::publish(Progress progress) noexcept {
  if (!begun_) return;
  try {
    write(progress);
    if (!announced_) announced_ = file_.try_lock(kAnnouncedByte, 1, true);
  } catch (const StorageError&) {
    fall_silent();
  }
}

void Announcer::stop() noexcept {
  begun_ = false;
  fall_silent();
}

void Announcer::fall_silent() noexcept {
  if (!announced_) return;
  announced_ = false;
  try {
    file_.unlock(kAnnouncedByte, 1);
  } catch (const StorageError&) {  // then it goes with the file
  }
}

// First whether a writer lives, then what it says: so it has said it while it lived, or later. If
// none does, the other way round: no writer came between the page and the look.
Signal listen(File& file) {
  Signal signal;
  const bool announced = file.first_lock(kAnnouncedByte, 1, false).has_value();
  signal.page = read_progress_page(file);
  if (const std::optional<Slot> slot = announced ? newest_slot(signal.page) : std::nullopt)
    signal.progress = Progress{slot->position, slot->checkpoint};
  signal.writer = signal.progress || file.first_lock(kWriterByte, 1, false).has_value();
  return signal;
}

}  // namespace kith::storage
