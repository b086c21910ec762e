// cypher/exec/pipeline.cpp: making and running the workers' instances of a pipeline.
#include "cypher/exec/pipeline.hpp"

#include <algorithm>
#include <chrono>

namespace kith::exec {

namespace {

constexpr auto kTimeAlone = std::chrono::milliseconds(1);
// As many rows are about a millisecond's work at the least: then nobody waits to see.
constexpr double kManyRows = 500'000;

// The most rows that any of the operators is thought to give.
double most_rows(const plan::Node& node) {
  double most = node.rows;
  for (const auto& child : node.children) most = std::max(most, most_rows(*child));
  return most;
}

}  // namespace

Pipelines::Pipelines(const plan::Node& input, const Lowering& lowering)
    : input_(input), lowering_(lowering) {
  sources_.push_back(lower(input_, lowering_));
}

Worker& Pipelines::worker(std::uint32_t number) const {
  return number == 0 ? *lowering_.worker : lowering_.execution().worker(number);
}

void Pipelines::open() {
  sources_.resize(1);
  sources_[0]->open();
  workers_ = 1;
  const Execution& execution = lowering_.execution();
  if (!lowering_.shared || execution.threads < 2) return;
  const std::size_t morsels = sources_[0]->morsels();
  if (morsels < 2) return;
  KITH_ASSERT(lowering_.worker->number() == 0);
  workers_ = static_cast<std::uint32_t>(std::min<std::size_t>(execution.threads, morsels));
  sources_.resize(workers_);
}

void Pipelines::run(const std::function<void(std::uint32_t, Operator&)>& work) {
  if (workers_ == 1) {
    work(0, *sources_[0]);
    return;
  }
  Execution& execution = lowering_.execution();
  execution.scheduler.run(workers_, [&](std::uint32_t number) {
    if (execution.failed()) return;
    try {
      if (!sources_[number]) {
        Lowering own = lowering_;
        own.worker = &worker(number);
        sources_[number] = lower(input_, own);
        sources_[number]->open();
      }
      work(number, *sources_[number]);
    } catch (...) {
      execution.fail();
      throw;
    }
  });
}

void Pipelines::drain(const std::function<void(std::uint32_t, const Batch&)>& consume) {
  if (workers_ > 1 && most_rows(input_) < kManyRows && drained_alone(consume)) return;
  run([&](std::uint32_t number, Operator& source) { drain_one(number, source, consume); });
}

bool Pipelines::drained_alone(const std::function<void(std::uint32_t, const Batch&)>& consume) {
  Operator& source = *sources_[0];
  const auto until = std::chrono::steady_clock::now() + kTimeAlone;
  source.pause_after(until);
  Batch batch(lowering_.execution().slot_count);
  bool more = true;
  while (more && std::chrono::steady_clock::now() <= until) {
    more = source.next(batch);
    if (more) consume(0, batch);
  }
  source.pause_after(Operator::Time::max());
  return !more && !source.is_paused();
}

void Pipelines::drain_one(std::uint32_t worker, Operator& source,
                          const std::function<void(std::uint32_t, const Batch&)>& consume) {
  const Execution& execution = lowering_.execution();
  Batch batch(execution.slot_count);
  while (!execution.failed() && source.next(batch)) {
    KITH_ASSERT(batch.rows != 0);  // E2
    consume(worker, batch);
  }
}

}  // namespace kith::exec
