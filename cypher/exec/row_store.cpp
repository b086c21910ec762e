// cypher/exec/row_store.cpp: keeping rows in their order.
#include "cypher/exec/row_store.hpp"

namespace kith::exec {

// Rows of a run have one cell more, the place of a position.
RowStore::RowStore(std::size_t columns, Execution& execution, std::string_view who)
    : execution_(execution),
      columns_(columns),
      rows_(columns, execution.budget, who, Charging::ByOwner),
      run_(columns + 1),
      cells_(columns + 1) {}

void RowStore::append(std::span<const Column> columns, std::uint32_t rows) {
  rows_.append(columns, rows);
  if (!execution_.may_keep(rows_.reserved(), rows_.bytes())) spill();
}

void RowStore::append(const Cell* row) {
  rows_.append_copy(row);
  if (!execution_.may_keep(rows_.reserved(), rows_.bytes())) spill();
}

void RowStore::spill() {
  KITH_ASSERT(run_.rows() == 0);
  execution_.poll();
  if (!writer_) writer_ = std::make_unique<RunWriter>(execution_.spill_file(), columns_ + 1);
  for (const Cell* row : rows_.rows()) {
    std::copy_n(row, columns_, cells_.begin());
    writer_->add(cells_.data());
  }
  rows_.clear();
}

void RowStore::finish() {
  if (!writer_) return;
  run_ = writer_->finish();
  writer_.reset();
}

void RowStore::clear() {
  writer_.reset();
  run_ = Run(columns_ + 1);
  rows_.clear();
}

const Cell* RowStore::Reader::next() {
  KITH_ASSERT(store_.writer_ == nullptr);
  const std::uint64_t at = given_++;
  const std::uint64_t on_disk = store_.run_.rows();
  if (at < on_disk) {
    if (!run_) run_.emplace(store_.run_);
    return run_->next();
  }
  run_.reset();
  if (at < store_.size()) return store_.rows_.row(at - on_disk);
  given_ = at;
  return nullptr;
}

void RowStore::Reader::rewind() {
  run_.reset();
  given_ = 0;
}

}  // namespace kith::exec
