// cypher/exec/kept_rows.hpp: rows put aside and given back in the same order, by one thread.
#pragma once

#include <vector>

#include "cypher/exec/kept_words.hpp"
#include "cypher/exec/lower.hpp"
#include "cypher/exec/operator.hpp"
#include "cypher/exec/row_store.hpp"

namespace kith::exec {

class KeptRows {
 public:
  KeptRows(std::vector<Slot> slots, Execution& execution, std::string_view who);

  void clear();
  void add(const Batch& batch);
  // The next rows, from the first one on after clear() or rewind(); false at the end.
  void rewind();
  bool next(Batch& out) { return next(out, count_); }
  bool next(Batch& out, std::uint64_t most);  // rows
  std::uint64_t size() const { return count_; }

 private:
  void give(std::size_t count, Batch& out);

  std::vector<Slot> slots_;
  std::vector<Emitted> emitted_;
  Execution& execution_;
  // The first rows, as long as they are words; then the rest. Both are empty if there are no slots:
  // then rows are only counted.
  KeptWords words_;
  RowStore rows_;
  bool are_words_ = true;
  RowStore::Reader reader_;
  StreamedBatch batch_;  // of rows that were on disk
  RowEmitter emitter_;
  std::vector<Vector> vectors_;  // of words
  std::vector<Column> columns_;
  std::uint64_t count_ = 0, given_ = 0, batches_ = 0;
};

// All rows of an operator are read when it is opened.
OperatorPtr make_drained(OperatorPtr source, std::vector<Slot> slots, Execution& execution);

}  // namespace kith::exec
