// cypher/exec/row_source.cpp: handing out computed rows, a batch at a time.
#include "cypher/exec/row_source.hpp"

#include <algorithm>

namespace kith::exec {

RowSource::RowSource(const plan::Node& node, const Lowering& lowering,
                     const std::vector<Emitted>& columns)
    : execution_(lowering.execution()), id_(node.id), shared_(lowering.shared) {
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
  rows_->computed = true;
}

std::size_t RowSource::morsels() const {
  return (rows_->order.size() + execution_.batch_rows - 1) / execution_.batch_rows;
}

bool RowSource::next(Batch& out) {
  execution_.poll();
  const std::size_t chunk = rows_->taken.fetch_add(1, std::memory_order_relaxed);
  const std::size_t begin = chunk * execution_.batch_rows;
  if (begin >= rows_->order.size()) return false;
  const std::size_t count =
      std::min<std::size_t>(execution_.batch_rows, rows_->order.size() - begin);
  out.columns.assign(execution_.slot_count, Column{});
  emitter_.emit(std::span(rows_->order).subspan(begin, count), columns_, out);
  out.sequence = chunk;
  return true;
}

}  // namespace kith::exec
