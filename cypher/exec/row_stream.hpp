// cypher/exec/row_stream.hpp: kept rows given one after the other, wherever they are.
#pragma once

#include <cstdint>
#include <memory>

#include "cypher/exec/row_buffer.hpp"
#include "cypher/exec/spill_file.hpp"

namespace kith::exec {

// One thread at a time.
class RowStream {
 public:
  virtual ~RowStream() = default;
  // Valid until the next call; nullptr at the end.
  virtual const Cell* next() = 0;
  virtual std::uint64_t size() const = 0;  // of all rows there are or were to be given
};
using RowStreamPtr = std::unique_ptr<RowStream>;

// The rows of a run.
class RunStream final : public RowStream {
 public:
  explicit RunStream(const Run& run) : reader_(run), size_(run.rows()) {}
  const Cell* next() override { return reader_.next(); }
  std::uint64_t size() const override { return size_; }

 private:
  RunReader reader_;
  std::uint64_t size_;
};

// Makes batches of the rows of a stream. Of wide rows there are fewer in a batch (S8).
class StreamedBatch {
 public:
  StreamedBatch(std::size_t columns, MemoryBudget& budget)
      : rows_(columns, budget, "rows read from a temporary file"),
        most_bytes_(budget.limit() / kShareOfBatch) {}

  // Takes up to `limit` rows as long as `wanted(row)`; false if there are none. They stay until the
  // next call. A row that is not wanted is the first of the next call.
  template <class Wanted>
  bool take(RowStream& stream, std::size_t limit, Wanted wanted) {
    rows_.clear();
    while (rows_.size() < limit && (rows_.size() == 0 || rows_.bytes() < most_bytes_)) {
      if (ahead_ == nullptr) ahead_ = stream.next();
      if (ahead_ == nullptr || !wanted(ahead_)) break;
      rows_.append_copy(ahead_);
      ahead_ = nullptr;
    }
    rows_.charge();
    return rows_.size() != 0;
  }
  bool take(RowStream& stream, std::size_t limit) {
    return take(stream, limit, [](const Cell*) { return true; });
  }
  void restart() {
    rows_.clear();
    ahead_ = nullptr;
  }

  std::span<Cell* const> rows() const { return rows_.rows(); }
  void emit(std::span<const Emitted> columns, Batch& out) {
    emitter_.emit(rows_.rows(), columns, out);
  }

 private:
  static constexpr std::uint64_t kShareOfBatch = 128;

  RowBuffer rows_;
  std::uint64_t most_bytes_;
  const Cell* ahead_ = nullptr;  // read, and not yet wanted
  RowEmitter emitter_;
};

}  // namespace kith::exec
