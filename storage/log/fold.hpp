// storage/log/fold.hpp: a transaction larger than its share of memory.
//
// When its changes have grown too many, they are merged into blocks that nobody else can reach: the
// transaction goes on over a base of its own. Such a transaction is committed as a checkpoint, by a
// flip of the meta page; its records are in no log.
//
//   G1  Until the flip the durable checkpoint has all its pages; a crash or a rollback leaves
//       nothing but free pages.
//   G2  Between the first fold and the end of the transaction no checkpoint is made (C4), and
//       nobody commits (the transaction holds the writer lock).
//   G3  The log that takes the commits after it is made before the flip and named by it; its head
//       says the position of this commit. Without the flip it stays empty, and is followed by
//       another.
//   G4  A statement that is rolled back gives back what was folded in it.
#pragma once

#include "storage/graph/base_file.hpp"
#include "storage/log/checkpointer.hpp"

namespace kith::storage {

// Not thread-safe; the transaction that has it holds the writer lock.
class Fold {
 public:
  // Waits for the checkpoint that runs.
  explicit Fold(Checkpointer& checkpointer);
  Fold(const Fold&) = delete;
  Fold& operator=(const Fold&) = delete;

  // The delta goes into the private base, the segments with most changes first, until what is left
  // takes about `keep` bytes: a segment is rewritten for many changes or not yet.
  void merge(Root& root, std::uint64_t keep);
  // Where a statement begins, and back there. A root on the base of that moment must follow.
  BaseWriter::Mark mark() const { return writer_.mark(); }
  void rewind(const BaseWriter::Mark& mark) { writer_.rewind(mark); }
  // `root` has the position of its commit. Durable and published when it returns.
  void commit(const std::shared_ptr<Root>& root);  // shared: with the transaction's views

 private:
  Checkpointer& checkpointer_;
  Checkpointer::Turn turn_;
  BaseWriter writer_;
};

}  // namespace kith::storage
