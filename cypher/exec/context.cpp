// cypher/exec/context.cpp: the state of one execution.
#include "cypher/exec/context.hpp"

#include <algorithm>
#include <random>

#include "core/hash.hpp"
#include "cypher/exec/spill_file.hpp"

namespace kith::exec {

namespace {

std::uint64_t seed_of(const Environment& environment, std::uint32_t number) {
  if (environment.seed != 0) return mix_bits(environment.seed + number);
  std::random_device entropy;
  return (std::uint64_t{entropy()} << 32) | entropy();
}

constexpr std::uint64_t kLeastKept = 256 * 1024, kLeastShare = 256, kKeptStep = 64 * 1024;
constexpr std::uint64_t kLeastTestPage = 256, kLeastPage = 4096, kMostPage = 64 * 1024;
constexpr std::uint64_t kMostMerged = 128;

std::uint64_t page_bytes_for(std::uint64_t limit) {
  return std::clamp(limit / 1024, kLeastPage, kMostPage);
}

}  // namespace

Execution::Execution(storage::View graph, MemoryBudget& memory, Scheduler& threads_of,
                     Environment world)
    : view(std::move(graph)), budget(memory), scheduler(threads_of), environment(std::move(world)) {
  KITH_ASSERT(environment.clock != nullptr);
}

Execution::~Execution() = default;

bool Execution::may_keep(Reservation& memory, std::uint64_t bytes) const {
  if (spill_bytes != 0 && bytes > spill_bytes) return false;
  if (bytes <= memory.bytes()) return true;
  // Half of what others leave, and a quarter of the limit is left alone: n that grow side by side
  // have 3/4 / (n + 1) of the limit each.
  const std::uint64_t limit = budget.limit();
  const std::uint64_t others = budget.used() - std::min(budget.used(), memory.bytes());
  const std::uint64_t room = limit - std::min(limit, limit / 4 + others);
  const std::uint64_t most = std::max(room / 2, std::min(kLeastKept, limit / kLeastShare));
  if (bytes > most) return false;
  const std::uint64_t generous = std::min(most, bytes + std::max(bytes / 8, kKeptStep));
  return memory.try_resize(generous) || memory.try_resize(bytes);
}

SpillFile& Execution::spill_file() {
  const std::lock_guard lock(mutex_);
  if (!spill_file_) {
    const std::uint64_t page = spill_bytes != 0
                                   ? std::clamp(spill_bytes / 4, kLeastTestPage, kMostPage)
                                   : page_bytes_for(budget.limit());
    spill_file_ = std::make_unique<SpillFile>(temp_space, budget, static_cast<std::size_t>(page));
  }
  return *spill_file_;
}

std::size_t Execution::most_merged() const {
  if (spill_bytes != 0) return 3;
  const std::uint64_t limit = budget.limit();
  const std::uint64_t room = limit - std::min(limit, budget.used());
  const std::uint64_t pages = room / 4 / page_bytes_for(limit);
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(pages, 2, kMostMerged));
}

Slot Execution::slot_of_node(std::uint32_t plan_node_id) {
  const std::lock_guard lock(mutex_);
  const auto [at, is_new] = own_slots_.try_emplace(plan_node_id, slot_count);
  if (is_new) ++slot_count;
  return at->second;
}

Worker& Execution::worker(std::uint32_t number) {
  const std::lock_guard lock(mutex_);
  while (workers_.size() <= number) {
    workers_.push_back(
        std::make_unique<Worker>(*this, static_cast<std::uint32_t>(workers_.size())));
  }
  return *workers_[number];
}

Execution::Profile& Execution::profile_of(std::uint32_t plan_node_id) {
  const std::lock_guard lock(mutex_);
  auto& entry = profiles_[plan_node_id];
  if (!entry) entry = std::make_unique<Profile>();
  return *entry;
}

Worker::Worker(Execution& execution, std::uint32_t number)
    : execution_(execution), number_(number) {}

double Worker::random() {
  if (!is_seeded_) random_state_ = seed_of(execution_.environment, number_);
  is_seeded_ = true;
  random_state_ += 0x9e3779b97f4a7c15;
  return static_cast<double>(mix_bits(random_state_) >> 11) * 0x1.0p-53;
}

}  // namespace kith::exec
