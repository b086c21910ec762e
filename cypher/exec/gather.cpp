// cypher/exec/gather.cpp: where many workers' rows become one stream again, in their order.
//
// The first batches come from the calling thread's own instance. If the reader wants more, or they
// take long, all workers run in waves: each fills a buffer up to a quota and pauses, its pipeline
// keeping its state. Between waves rows are given in order of their sequence, as far as no worker
// can still come up with earlier ones. Nothing runs while nobody asks. Rows that are all there in
// their order (of a sort, an aggregation) are read by the calling thread alone, without a copy.
#include <algorithm>
#include <chrono>
#include <deque>
#include <limits>

#include "cypher/exec/operators.hpp"
#include "cypher/exec/pipeline.hpp"
#include "cypher/exec/row_buffer.hpp"

namespace kith::exec {

namespace {

constexpr std::uint32_t kBatchesAlone = 2;
constexpr auto kTimeAlone = std::chrono::milliseconds(1);
constexpr std::size_t kFirstQuota = 4 * kBatchRows, kLargestQuota = 64 * kBatchRows;  // rows

// Whether all rows are there, in their order, before the first is read.
bool has_ordered_rows(const plan::Node& node, const Execution& execution) {
  if (const auto* aggregate = std::get_if<plan::Aggregate>(&node.op)) {
    return !passes_rows(node, *aggregate, execution);
  }
  return std::holds_alternative<plan::Sort>(node.op) || std::holds_alternative<plan::Top>(node.op);
}

class GatherOperator final : public Operator {
 public:
  GatherOperator(const plan::Node& node, const Lowering& lowering)
      : pipelines_(node, lowering_of(lowering)),
        live_(node.live),
        execution_(lowering.execution()),
        reads_alone_(has_ordered_rows(node, execution_)) {
    for (const Slot slot : live_) columns_.push_back({slot, columns_.size()});
  }

  void open() override {
    pipelines_.open();
    lanes_ = std::vector<Lane>(pipelines_.workers());
    is_alone_ = true;
    batches_alone_ = 0;
    quota_ = kFirstQuota;
  }

  std::size_t morsels() const override { return 1; }

  bool next(Batch& out) override {
    if (reads_alone_ || pipelines_.workers() == 1) return pipelines_.first().next(out);
    if (is_alone_ && next_alone(out)) return true;
    if (lanes_[0].ended && is_alone_) return false;
    is_alone_ = false;
    while (true) {
      if (give(out)) return true;
      const bool all_ended =
          std::all_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.ended; });
      if (all_ended) return false;
      run_wave();
    }
  }

 private:
  static Lowering lowering_of(const Lowering& lowering) {
    Lowering own = lowering;
    own.gathered = true;
    return own;
  }

  struct Chunk {
    std::uint64_t sequence;
    std::unique_ptr<RowBuffer> rows;
    std::size_t given = 0;
  };
  struct Lane {  // one worker's
    std::deque<Chunk> chunks;
    std::size_t waiting = 0;  // rows in chunks
    std::uint64_t bytes = 0;  // their memory
    std::uint64_t last = 0;   // the sequence of its last batch
    bool ended = false;
  };

  // False when it is time for the others, or all is done: then lanes_[0] has ended.
  bool next_alone(Batch& out) {
    Operator& source = pipelines_.first();
    if (batches_alone_ == 0) source.pause_after(std::chrono::steady_clock::now() + kTimeAlone);
    const bool more = batches_alone_ < kBatchesAlone;
    if (more && source.next(out)) {
      ++batches_alone_;
      lanes_[0].last = out.sequence;
      return true;
    }
    source.pause_after(Time::max());
    lanes_[0].ended = more && !source.is_paused();
    return false;
  }

  void run_wave() {
    pipelines_.run([this](std::uint32_t worker, Operator& source) {
      Lane& lane = lanes_[worker];
      Batch batch(execution_.slot_count);
      const std::uint64_t most = execution_.budget.limit() / 8 / pipelines_.workers();
      while (!lane.ended && lane.waiting < quota_ && !execution_.failed()) {
        if (lane.waiting != 0 && (lane.bytes > most || is_memory_short())) return;
        lane.ended = !source.next(batch);
        if (!lane.ended) keep(lane, batch);
      }
    });
    quota_ = std::min(2 * quota_, kLargestQuota);
  }

  // What is kept can be given away first.
  bool is_memory_short() const {
    constexpr std::uint64_t kShare = 16;
    return execution_.budget.used() > execution_.budget.limit() / kShare * (kShare - 1);
  }

  void keep(Lane& lane, const Batch& batch) {
    if (lane.chunks.empty() || lane.chunks.back().sequence != batch.sequence) {
      lane.chunks.push_back(
          {batch.sequence, std::make_unique<RowBuffer>(live_.size(), execution_.budget,
                                                       "the rows of a parallel query")});
    }
    std::vector<Column> columns;
    for (const Slot slot : live_) columns.push_back(batch[slot]);
    RowBuffer& rows = *lane.chunks.back().rows;
    const std::uint64_t before = rows.bytes();
    rows.append(columns, batch.rows);
    lane.bytes += rows.bytes() - before;
    lane.waiting += batch.rows;
    lane.last = batch.sequence;
  }

  // The rows with the least sequence, if no worker can still give lesser ones.
  bool give(Batch& out) {
    Lane* least = nullptr;
    std::uint64_t bound = std::numeric_limits<std::uint64_t>::max();
    for (Lane& lane : lanes_) {
      while (!lane.chunks.empty() && lane.chunks[0].given == lane.chunks[0].rows->size()) {
        lane.bytes -= lane.chunks[0].rows->bytes();
        lane.chunks.pop_front();
      }
      if (!lane.ended) bound = std::min(bound, lane.last);
      if (lane.chunks.empty()) continue;
      if (least == nullptr || lane.chunks[0].sequence < least->chunks[0].sequence) least = &lane;
    }
    if (least == nullptr || least->chunks[0].sequence > bound) return false;
    Chunk& chunk = least->chunks[0];
    const std::size_t count =
        std::min<std::size_t>(execution_.batch_rows, chunk.rows->size() - chunk.given);
    out.columns.assign(execution_.slot_count, Column{});
    emitter_.emit(chunk.rows->rows().subspan(chunk.given, count), columns_, out);
    out.sequence = chunk.sequence;
    chunk.given += count;
    least->waiting -= count;
    return true;
  }

  Pipelines pipelines_;
  std::vector<Slot> live_;
  std::vector<Emitted> columns_;
  Execution& execution_;
  bool reads_alone_;
  std::vector<Lane> lanes_;
  bool is_alone_ = true;
  std::uint32_t batches_alone_ = 0;
  std::size_t quota_ = kFirstQuota;
  RowEmitter emitter_;
};

}  // namespace

OperatorPtr make_gather(const plan::Node& node, const Lowering& lowering) {
  const Execution& execution = lowering.execution();
  if (!lowering.shared || execution.threads < 2) return lower(node, lowering);
  return std::make_unique<GatherOperator>(node, lowering);
}

}  // namespace kith::exec
