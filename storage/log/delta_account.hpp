// storage/log/delta_account.hpp: the memory of committed changes that are not in the file yet.
//
// They cannot be refused any more, so they are counted whatever the limit; a checkpoint makes them
// fewer. That is noticed at the next commit, or when somebody wants the memory. Of what was freed
// the heap keeps much, in the holes between what is left: a delta and half of the largest are
// counted, and not less than the largest; which fades each time a checkpoint takes a part of the
// delta out and the heap gives back.
#pragma once

#include <mutex>

#include "core/memory_budget.hpp"
#include "storage/log/publisher.hpp"

namespace kith::storage {

// Thread-safe. The publisher outlives it.
class DeltaAccount {
 public:
  DeltaAccount(MemoryBudget& budget, const Publisher& publisher);
  ~DeltaAccount();
  DeltaAccount(const DeltaAccount&) = delete;
  DeltaAccount& operator=(const DeltaAccount&) = delete;

  // The bytes that are counted no longer.
  std::uint64_t recount() noexcept;

 private:
  MemoryBudget& budget_;
  const Publisher& publisher_;
  static constexpr std::uint64_t kHoles = 2, kFade = 4;
  std::mutex mutex_;
  std::uint64_t largest_ = 0;  // delta of late
  std::uint64_t last_ = 0;
  Reservation reserved_;
  MemoryBudget::Ticket ticket_;
};

}  // namespace kith::storage
