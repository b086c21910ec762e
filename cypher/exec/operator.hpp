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

#include <cstddef>
#include <cstdint>
#include <memory>

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
};

using OperatorPtr = std::unique_ptr<Operator>;

}  // namespace kith::exec
