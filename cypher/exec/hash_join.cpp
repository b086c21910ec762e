// cypher/exec/hash_join.cpp: pairs of rows with equal keys. The second input is kept in a hash
// table; the first streams. Equality: null and NaN match nothing.
#include <algorithm>

#include "core/compare.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/group_table.hpp"
#include "cypher/exec/join_side.hpp"
#include "cypher/exec/operators.hpp"

namespace kith::exec {

namespace {

std::vector<bound::ExpressionPtr> keys_of(const plan::HashJoin& op, bool second) {
  std::vector<bound::ExpressionPtr> keys;
  for (const auto& [left, right] : op.keys) keys.push_back(second ? right : left);
  return keys;
}

bool are_equal(const Cell& a, const Cell& b) {
  const bool plain = a.kind == b.kind && (a.kind == Kind::Integer || a.kind == Kind::Node ||
                                          a.kind == Kind::Relationship || a.kind == Kind::Boolean);
  return plain ? a.word == b.word : equals(a, b) == Truth::True;
}

class HashJoinOperator final : public Operator {
 public:
  HashJoinOperator(const plan::Node& node, const plan::HashJoin& op, const Lowering& lowering)
      : input_(lower_input(node, lowering)),
        keys_(compile(keys_of(op, false), *lowering.worker)),
        side_(node, keys_of(op, true), lowering, "a hash join"),
        carry_(node, lowering),
        execution_(lowering.execution()) {}

  void open() override {
    side_.open();
    input_->open();
    in_.rows = row_ = 0;
    entry_ = 0;
  }
  std::size_t morsels() const override { return input_->morsels(); }

  bool next(Batch& out) override {
    while (side_.size() != 0) {
      execution_.poll();
      if (row_ == in_.rows && !begin_batch()) return false;
      rows_.clear();
      others_.clear();
      while (row_ < in_.rows && rows_.size() < execution_.batch_rows) probe();
      if (rows_.empty()) continue;
      picker_.pick(in_, rows_, carry_.of(in_), out);
      side_.give(others_, out);
      return true;
    }
    return false;
  }

 private:
  bool begin_batch() {
    row_ = 0;
    if (!input_->next(in_)) {
      in_.rows = 0;
      return false;
    }
    columns_.clear();
    for (const auto& key : keys_) columns_.push_back(key->evaluate(in_));
    hash_rows(columns_, in_.rows, hashes_);
    entry_ = head();
    return true;
  }

  std::uint32_t head() const {
    const auto& heads = side_.kept().heads;
    return row_ < in_.rows ? heads[hashes_[row_] & (heads.size() - 1)] : 0;
  }

  // The matches of row_, from entry_ on, until the batch is full.
  void probe() {
    const KeptSide& kept = side_.kept();
    for (; entry_ != 0; entry_ = kept.next[entry_ - 1]) {
      if (rows_.size() == execution_.batch_rows) return;
      const std::uint32_t other = entry_ - 1;
      if (kept.hashes[other] != hashes_[row_] || !matches(kept.rows[other])) continue;
      rows_.push_back(row_);
      others_.push_back(other);
    }
    ++row_;
    entry_ = head();
  }

  bool matches(const Cell* other) const {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (!are_equal(columns_[i].cell(row_), other[i])) return false;
    }
    return true;
  }

  OperatorPtr input_;
  std::vector<EvaluatorPtr> keys_;
  JoinSide side_;
  Carry carry_;
  Execution& execution_;
  Batch in_;
  std::uint32_t row_ = 0, entry_ = 0;  // where probing goes on
  std::vector<Column> columns_;
  std::vector<std::uint64_t> hashes_;
  std::vector<std::uint32_t> rows_, others_;
  RowPicker picker_;
};

}  // namespace

OperatorPtr make_hash_join(const plan::Node& node, const plan::HashJoin& op,
                           const Lowering& lowering) {
  return std::make_unique<HashJoinOperator>(node, op, lowering);
}

}  // namespace kith::exec
