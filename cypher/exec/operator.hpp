// cypher/exec/operator.hpp: what every operator of a running query is.
//
// Rows are pulled: an operator asks its input for a batch, and gives its own batch to whoever
// asked. So a pipeline can stop after any batch and go on later, and LIMIT stops all that lies
// below it.
//
//   E1  A batch's columns stay unchanged until the operator that gave it is asked for the next one
//       or opened again.
//   E2  A batch that is given has at least one row.
//   E3  Batches of one operator instance come in their natural order; `sequence` never falls. The
//       batches of one morsel have one sequence, and one worker gives all of them.
//   E4  open() begins, or begins again with whatever the enclosing Argument holds now.
//
// One instance serves one thread. Workers have instances of their own, see pipeline.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "core/vector.hpp"

namespace kith::exec {

class Operator {
 public:
  virtual ~Operator() = default;

  virtual void open() = 0;
  // False at the end; `out` is then unspecified.
  virtual bool next(Batch& out) = 0;

  // After open(): how many pieces of work workers may share; 1 if the rows come from one source
  // that cannot be shared.
  virtual std::size_t morsels() const { return 1; }

  // The source will, once, before a piece of work that it would begin after this time, say that it
  // is at its end: the caller gets a word in. is_paused() tells that from the end; next() goes on.
  using Time = std::chrono::steady_clock::time_point;
  virtual void pause_after(Time) {}
  virtual bool is_paused() const { return false; }
};

using OperatorPtr = std::unique_ptr<Operator>;

// An operator whose rows come of those of one input, in their order. After the input's end it can
// be asked again.
class Streaming : public Operator {
 public:
  explicit Streaming(OperatorPtr input) : input_(std::move(input)) {}
  std::size_t morsels() const final { return input_->morsels(); }
  void pause_after(Time time) final { input_->pause_after(time); }
  bool is_paused() const final { return input_->is_paused(); }

 protected:
  OperatorPtr input_;
};

// When a source pauses.
class Pause {
 public:
  void after(Operator::Time time) { time_ = time; }
  // Before each piece of work: true if it is time.
  bool is_due() {
    paused_ = time_ != kNever && std::chrono::steady_clock::now() > time_;
    if (paused_) time_ = kNever;
    return paused_;
  }
  bool is_paused() const { return paused_; }

 private:
  static constexpr Operator::Time kNever = Operator::Time::max();
  Operator::Time time_ = kNever;
  bool paused_ = false;
};

}  // namespace kith::exec
