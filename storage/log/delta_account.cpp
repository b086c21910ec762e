// storage/log/delta_account.cpp: counts what the tip says.
#include "storage/log/delta_account.hpp"

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
  reserved_.resize_anyway(publisher_.tip()->delta_bytes());
  return before > reserved_.bytes() ? before - reserved_.bytes() : 0;
}

}  // namespace kith::storage
