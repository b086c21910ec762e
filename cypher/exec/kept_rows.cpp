// cypher/exec/kept_rows.cpp: putting rows aside.
#include "cypher/exec/kept_rows.hpp"

#include <algorithm>

namespace kith::exec {

KeptRows::KeptRows(std::vector<Slot> slots, Execution& execution, std::string_view who)
    : slots_(std::move(slots)),
      execution_(execution),
      words_(slots_.size(), execution, who),
      rows_(slots_.size(), execution, who),
      reader_(rows_),
      batch_(slots_.size(), execution.budget),
      vectors_(slots_.size()) {
  for (const Slot slot : slots_) emitted_.push_back({slot, emitted_.size()});
}

void KeptRows::clear() {
  rewind();
  rows_.clear();
  words_.clear();
  are_words_ = true;
  count_ = 0;
}

void KeptRows::rewind() {
  batch_.restart();
  reader_.rewind();
  given_ = batches_ = 0;
}

void KeptRows::add(const Batch& batch) {
  count_ += batch.rows;
  if (slots_.empty()) return;
  columns_.clear();
  for (const Slot slot : slots_) columns_.push_back(batch[slot]);
  are_words_ = are_words_ && words_.add(columns_, batch.rows);
  if (are_words_) return;
  rows_.append(columns_, batch.rows);
}

bool KeptRows::next(Batch& out, std::uint64_t most) {
  if (given_ == count_) return false;
  const std::uint64_t count =
      std::min({std::uint64_t{execution_.batch_rows}, most, count_ - given_});
  out.columns.assign(execution_.slot_count, Column{});
  out.rows = static_cast<std::uint32_t>(count);
  out.sequence = batches_++;
  if (!slots_.empty()) {
    rows_.finish();
    give(count, out);
  }
  KITH_ASSERT(out.rows != 0 && out.rows <= count);
  given_ += out.rows;
  return true;
}

void KeptRows::give(std::size_t count, Batch& out) {
  const std::uint64_t words = words_.size();
  if (given_ < words) {
    out.rows = words_.copy(given_, count, vectors_);
    for (std::size_t i = 0; i < slots_.size(); ++i) out.set(slots_[i], vectors_[i]);
    return;
  }
  if (!rows_.has_spilled()) {
    emitter_.emit(rows_.rows().rows().subspan(given_ - words, count), emitted_, out);
    return;
  }
  batch_.take(reader_, count);
  batch_.emit(emitted_, out);
}

namespace {

class DrainedOperator final : public Operator {
 public:
  DrainedOperator(OperatorPtr source, std::vector<Slot> slots, Execution& execution)
      : source_(std::move(source)),
        execution_(execution),
        rows_(std::move(slots), execution, "the rows before a write") {}

  void open() override {
    rows_.clear();
    source_->open();
    Batch in(execution_.slot_count);
    while (source_->next(in)) rows_.add(in);
  }
  bool next(Batch& out) override { return rows_.next(out); }

 private:
  OperatorPtr source_;
  Execution& execution_;
  KeptRows rows_;
};

}  // namespace

OperatorPtr make_drained(OperatorPtr source, std::vector<Slot> slots, Execution& execution) {
  return std::make_unique<DrainedOperator>(std::move(source), std::move(slots), execution);
}

}  // namespace kith::exec
