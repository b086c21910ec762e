// cypher/exec/pipeline.hpp: one input of an operator, run by as many workers as it is worth.
//
// Each worker has an instance of the input's operators of its own; the sources at the bottom share
// what there is to read. The first instance is made and opened on the calling thread: it computes
// what all share (lists of morsels, tables to join with, sorted rows). It also begins alone: others
// join if there is work left after a millisecond.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "cypher/exec/lower.hpp"
#include "cypher/exec/operator.hpp"

namespace kith::exec {

class Pipelines {
 public:
  Pipelines(const plan::Node& input, const Lowering& lowering);

  // Begins; after it workers() is known.
  void open();
  std::uint32_t workers() const { return workers_; }
  Worker& worker(std::uint32_t number) const;

  // The instance of the calling thread.
  Operator& first() { return *sources_[0]; }

  // Calls consume(worker, batch) for every batch, on the worker's thread.
  void drain(const std::function<void(std::uint32_t worker, const Batch& batch)>& consume);
  // Calls work(worker, source) on each worker's thread; what it leaves of a source, the next call
  // finds there.
  void run(const std::function<void(std::uint32_t worker, Operator& source)>& work);

 private:
  // True if the first instance came to its end soon.
  bool drained_alone(const std::function<void(std::uint32_t worker, const Batch& batch)>& consume);
  void drain_one(std::uint32_t worker, Operator& source,
                 const std::function<void(std::uint32_t, const Batch&)>& consume);

  const plan::Node& input_;
  Lowering lowering_;
  std::vector<OperatorPtr> sources_;  // by worker; made when first used
  std::uint32_t workers_ = 1;
};

}  // namespace kith::exec
