// cypher/exec/row_source.cpp: handing out computed rows, a batch at a time.
#include "cypher/exec/row_source.hpp"

#include <algorithm>

namespace kith::exec {

namespace {

// A row may be much work for the operators above: few rows are still that many pieces of work.
constexpr std::size_t kPieces = 64;

}  // namespace

RowSource::RowSource(const plan::Node& node, const Lowering& lowering,
                     const std::vector<Emitted>& columns, std::uint32_t id)
    : execution_(lowering.execution()),
      id_(id),
      shared_(lowering.shared),
      spread_(lowering.shared && lowering.fans_out && !lowering.limited) {
  for (const Emitted& column : columns) {
    if (std::find(node.live.begin(), node.live.end(), column.slot) != node.live.end()) {
      columns_.push_back(column);
    }
  }
}

void RowSource::open() {
  const auto make = [] { return std::make_shared<Rows>(); };
  rows_ = shared_ ? execution_.shared<Rows>(id_, make) : make();
  if (rows_->computed) return;
  compute(*rows_);
  const std::size_t batch = execution_.batch_rows;
  rows_->chunk = spread_ ? std::clamp<std::size_t>(rows_->order.size() / kPieces, 1, batch) : batch;
  rows_->computed = true;
}

std::size_t RowSource::morsels() const {
  return (rows_->order.size() + rows_->chunk - 1) / rows_->chunk;
}

bool RowSource::next(Batch& out) {
  execution_.poll();
  if (pause_.is_due()) return false;
  const std::size_t chunk = rows_->taken.fetch_add(1, std::memory_order_relaxed);
  const std::size_t begin = chunk * rows_->chunk;
  if (begin >= rows_->order.size()) return false;
  const std::size_t count = std::min(rows_->chunk, rows_->order.size() - begin);
  out.columns.assign(execution_.slot_count, Column{});
  emitter_.emit(std::span(rows_->order).subspan(begin, count), columns_, out);
  out.sequence = chunk;
  return true;
}

}  // namespace kith::exec
