// cypher/exec/row_source.cpp: handing out computed rows, a batch at a time.
#include "cypher/exec/row_source.hpp"

#include <algorithm>
#include <numeric>

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
  const auto is_in = [](const std::vector<Slot>& slots, Slot slot) {
    return std::find(slots.begin(), slots.end(), slot) != slots.end();
  };
  for (const Emitted& column : columns) {
    if (is_in(node.live, column.slot) || is_in(lowering.carried, column.slot)) {
      columns_.push_back(column);
    }
  }
}

bool RowSource::is_wanted(std::size_t column) const {
  return std::ranges::find(columns_, column, &Emitted::column) != columns_.end();
}

void RowSource::open() {
  const auto make = [] { return std::make_shared<Rows>(); };
  rows_ = shared_ ? execution_.shared<Rows>(id_, make) : make();
  if (streamed_) streamed_->restart();
  if (rows_->computed) return;
  compute(*rows_);
  const std::size_t batch = execution_.batch_rows;
  rows_->chunk = spread_ ? std::clamp<std::size_t>(rows_->size() / kPieces, 1, batch) : batch;
  rows_->computed = true;
}

std::size_t RowSource::morsels() const { return (rows_->size() + rows_->chunk - 1) / rows_->chunk; }

bool RowSource::next_streamed(Batch& out) {
  if (!streamed_) streamed_ = std::make_unique<StreamedBatch>(rows_->width, execution_.budget);
  {
    const std::lock_guard lock(rows_->streaming);
    if (!streamed_->take(*rows_->stream, rows_->chunk)) return false;
    out.sequence = rows_->taken.fetch_add(1, std::memory_order_relaxed);
  }
  out.columns.assign(execution_.slot_count, Column{});
  streamed_->emit(columns_, out);
  return true;
}

bool RowSource::next(Batch& out) {
  execution_.poll();
  if (pause_.is_due()) return false;
  if (rows_->stream) return next_streamed(out);
  const std::size_t chunk = rows_->taken.fetch_add(1, std::memory_order_relaxed);
  const std::size_t begin = chunk * rows_->chunk;
  if (begin >= rows_->size()) return false;
  const std::size_t count = std::min<std::size_t>(rows_->chunk, rows_->size() - begin);
  out.columns.assign(execution_.slot_count, Column{});
  if (rows_->order.empty()) {
    index_.resize(count);
    std::iota(index_.begin(), index_.end(), static_cast<std::uint32_t>(begin));
    for (const auto& [slot, column] : columns_) {
      out.columns[slot] = {&rows_->columns[column], index_.data(), false};
    }
    out.rows = static_cast<std::uint32_t>(count);
  } else {
    emitter_.emit(std::span(rows_->order).subspan(begin, count), columns_, out);
  }
  out.sequence = chunk;
  return true;
}

}  // namespace kith::exec
