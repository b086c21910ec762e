// cypher/exec/row_source.hpp: operators that compute all of their rows when they are opened (sort,
// aggregation, …) and then hand them out, to all workers of the pipeline above.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "cypher/exec/lower.hpp"
#include "cypher/exec/operator.hpp"
#include "cypher/exec/row_buffer.hpp"
#include "cypher/exec/row_stream.hpp"

namespace kith::exec {

// Rows that were computed and are in memory.
struct ComputedRows {
  // As cells, which lie in what the owners have …
  std::vector<std::unique_ptr<RowBuffer>> owners;
  std::vector<Cell*> order;
  // … or as columns, of those that are wanted, and how many they are.
  std::vector<Vector> columns;
  std::uint64_t count = 0;
  Reservation reserved;  // of the columns

  std::uint64_t size() const { return order.empty() ? count : order.size(); }
};

class RowSource : public Operator {
 public:
  // `columns`: of the rows; those are given that somebody needs. `id`: under which workers share.
  RowSource(const plan::Node& node, const Lowering& lowering, const std::vector<Emitted>& columns,
            std::uint32_t id);
  RowSource(const plan::Node& node, const Lowering& lowering, const std::vector<Emitted>& columns)
      : RowSource(node, lowering, columns, node.id) {}

  void open() final;
  std::size_t morsels() const final;
  bool next(Batch& out) final;
  void pause_after(Time time) final { pause_.after(time); }
  bool is_paused() const final { return pause_.is_paused(); }

 protected:
  struct Rows : ComputedRows {
    RowStreamPtr stream;  // instead of them, if not all rows are in memory; of `width` cells each
    std::size_t width = 0;
    std::mutex streaming;
    bool computed = false;
    std::size_t chunk = 1;              // rows to a batch
    std::atomic<std::size_t> taken{0};  // chunks

    std::uint64_t size() const { return stream ? stream->size() : ComputedRows::size(); }
  };
  // On the thread that opens the pipeline, before other workers have begun.
  virtual void compute(Rows& rows) = 0;

  Execution& execution() const { return execution_; }
  // Whether somebody needs a column of the rows.
  bool is_wanted(std::size_t column) const;

 private:
  bool next_streamed(Batch& out);

  Execution& execution_;
  std::uint32_t id_;
  bool shared_, spread_;
  std::vector<Emitted> columns_;
  std::shared_ptr<Rows> rows_;  // shared: by all workers' instances
  RowEmitter emitter_;
  std::vector<std::uint32_t> index_;         // of the columns' rows that were given last
  std::unique_ptr<StreamedBatch> streamed_;  // this worker's copies of streamed rows
  Pause pause_;
};

}  // namespace kith::exec
