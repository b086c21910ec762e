// cypher/exec/context.cpp: the state of one execution.
#include "cypher/exec/context.hpp"

#include <random>

#include "core/hash.hpp"

namespace kith::exec {

namespace {

std::uint64_t seed_of(const Environment& environment, std::uint32_t number) {
  if (environment.seed != 0) return mix_bits(environment.seed + number);
  std::random_device entropy;
  return (std::uint64_t{entropy()} << 32) | entropy();
}

}  // namespace

Execution::Execution(storage::View graph, MemoryBudget& memory, Scheduler& threads_of,
                     Environment world)
    : view(std::move(graph)), budget(memory), scheduler(threads_of), environment(std::move(world)) {
  KITH_ASSERT(environment.clock != nullptr);
}

Execution::~Execution() = default;

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
