// storage/log/delta_account.cpp: counts what the tip says.
#include "storage/log/delta_account.hpp"

#include <algorithm>

namespace kith::storage {

DeltaAccount::DeltaAccount(MemoryBudget& budget, const Publisher& publisher)
    : budget_(budget), publisher_(publisher), reserved_(budget, "committed changes") {
  recount();
  ticket_ = budget_.add_reclaimer([this](std::uint64_t) { return recount(); });
}

DeltaAccount::~DeltaAccount() { budget_.remove_reclaimer(ticket_); }

std::uint64_t DeltaAccount::recount() noexcept {
  const std::lock_guard lock(mutex_);
  const std::uint64_t before = reserved_.bytes();
  const std::uint64_t delta = publisher_.tip()->delta_bytes();
  if (delta < last_ && largest_ > delta) largest_ -= (largest_ - delta) / kFade;
  largest_ = std::max(largest_, delta);
  last_ = delta;
  reserved_.resize_anyway(std::max(delta + largest_ / kHoles, largest_));
  return before > reserved_.bytes() ? before - reserved_.bytes() : 0;
}

}  // namespace kith::storage
