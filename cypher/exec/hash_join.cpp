// cypher/exec/hash_join.cpp: pairs of rows with equal keys. The second input is kept in a hash
// table, if there is room for it; the first streams then. Equality: null and NaN match nothing. Or
// rows of the first input that have a match, or none.
#include <algorithm>
#include <numeric>

#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/group_table.hpp"
#include "cypher/exec/join_side.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/spilled_join.hpp"

namespace kith::exec {

namespace {

std::vector<bound::ExpressionPtr> keys_of(const plan::HashJoin& op, bool second) {
  std::vector<bound::ExpressionPtr> keys;
  for (const auto& [left, right] : op.keys) keys.push_back(second ? right : left);
  return keys;
}

class HashJoinOperator final : public Streaming {
 public:
  HashJoinOperator(const plan::Node& node, const plan::HashJoin& op, const Lowering& lowering)
      : Streaming(lower_input(node, lowering)),
        kind_(op.kind),
        keys_(compile(keys_of(op, false), *lowering.worker)),
        side_(node, keys_of(op, true), lowering, "a hash join"),
        carry_(node, lowering),
        execution_(lowering.execution()) {}

  void open() override {
    side_.open();
    input_->open();
    in_.rows = 0;
    candidates_.clear();
    at_ = entry_ = end_ = 0;
    sieved_ = passed_ = 0;
    spilled_.reset();
    all_read_ = false;
  }

  bool next(Batch& out) override {
    if (side_.has_spilled()) return next_spilled(out);
    if (kind_ != JoinKind::Inner) return next_of_first(out);
    while (!side_.empty()) {
      execution_.poll();
      if (at_ == candidates_.size() && !begin_batch()) return false;
      rows_.clear();
      others_.clear();
      while (at_ < candidates_.size() && rows_.size() < execution_.batch_rows) probe();
      if (rows_.empty()) continue;
      picker_.pick(in_, rows_, carry_.of(in_), out);
      side_.give(others_, out);
      return true;
    }
    return false;
  }

 private:
  using JoinKind = plan::HashJoin::Kind;

  bool next_of_first(Batch& out) {
    if (kind_ == JoinKind::Semi && side_.empty()) return false;
    for (;;) {
      execution_.poll();
      if (!input_->next(in_)) return false;
      rows_.clear();
      candidates_.clear();
      if (!side_.empty()) begin_rows();
      at_ = 0;
      for (std::uint32_t row = 0; row < in_.rows; ++row) {
        if (has_match(row) == (kind_ == JoinKind::Semi)) rows_.push_back(row);
      }
      if (rows_.empty()) continue;
      picker_.pick(in_, rows_, carry_.of(in_), out);
      return true;
    }
  }
  // Of rows in their order.
  bool has_match(std::uint32_t row) {
    if (at_ == candidates_.size() || candidates_[at_] != row) return false;
    begin_row();
    ++at_;
    const KeptSide& kept = side_.kept();
    while (entry_ != end_) {
      if (matches(kept, *kept.index.entry(entry_++))) return true;
    }
    return false;
  }

  bool next_spilled(Batch& out) {
    while (!all_read_) {
      execution_.poll();
      if (!input_->next(in_)) {
        if (input_->is_paused()) return false;
        all_read_ = true;
        break;
      }
      if (!spilled_)
        spilled_ = std::make_unique<SpilledJoin>(side_, kind_, carry_.of(in_), execution_);
      columns_.clear();
      for (const auto& key : keys_) columns_.push_back(key->evaluate(in_));
      spilled_->add(in_, columns_);
    }
    return spilled_ && spilled_->next(out);
  }

  bool begin_batch() {
    at_ = 0;
    candidates_.clear();
    if (!input_->next(in_)) {
      in_.rows = 0;
      return false;
    }
    begin_rows();
    begin_row();
    return true;
  }

  // Rows that may have a match, in their order. Where most have one, it does not pay to ask.
  void find_candidates() {
    constexpr std::uint64_t kAsked = 8 * std::uint64_t{kBatchRows};
    candidates_.resize(in_.rows);
    if (sieved_ >= kAsked && passed_ > sieved_ / 2) {
      std::iota(candidates_.begin(), candidates_.end(), 0u);
      return;
    }
    const JoinIndex& index = side_.kept().index;
    std::size_t count = 0;  // no branches: which rows pass is hard to foresee
    for (std::uint32_t row = 0; row < in_.rows; ++row) {
      candidates_[count] = row;
      count += static_cast<std::size_t>(index.may_match(hashes_[row]));
    }
    candidates_.resize(count);
    sieved_ += in_.rows;
    passed_ += count;
  }

  void begin_rows() {
    columns_.clear();
    for (const auto& key : keys_) columns_.push_back(key->evaluate(in_));
    hash_rows(columns_, in_.rows, hashes_);
    find_candidates();
    const VectorType type = columns_[0].vector->type();
    words_ = nullptr;
    const Kind plain = side_.kept().index.plain();
    if ((plain == Kind::Integer && type == VectorType::Integer) ||
        (plain == Kind::Node && type == VectorType::Node) ||
        (plain == Kind::Relationship && type == VectorType::Relationship)) {
      if (!columns_[0].vector->may_have_nulls()) {
        words_ = columns_[0].vector->data<std::uint64_t>();
      }
    }
  }

  // Memory is asked for what later rows will look at.
  void prefetch(const JoinIndex& index) const {
    constexpr std::size_t kBeginAhead = 24, kEntryAhead = 10;
    const auto bucket = [&](std::size_t ahead) {
      return index.bucket_of(hashes_[candidates_[at_ + ahead]]);
    };
    if (at_ + kBeginAhead < candidates_.size()) {
      __builtin_prefetch(index.begin_of(bucket(kBeginAhead)));
    }
    if (at_ + kEntryAhead < candidates_.size()) {
      __builtin_prefetch(index.entry(*index.begin_of(bucket(kEntryAhead))));
    }
  }

  void begin_row() {
    if (at_ == candidates_.size()) return;
    const JoinIndex& index = side_.kept().index;
    prefetch(index);
    row_ = candidates_[at_];
    const std::uint32_t* begin = index.begin_of(index.bucket_of(hashes_[row_]));
    entry_ = begin[0];
    end_ = begin[1];
  }

  // The matches of row_, from entry_ on, until the batch is full.
  void probe() {
    const KeptSide& kept = side_.kept();
    for (; entry_ != end_; ++entry_) {
      if (rows_.size() == execution_.batch_rows) return;
      const JoinIndex::Entry& entry = *kept.index.entry(entry_);
      if (!matches(kept, entry)) continue;
      rows_.push_back(row_);
      others_.push_back(entry.row);
    }
    ++at_;
    begin_row();
  }

  bool matches(const KeptSide& kept, const JoinIndex::Entry& entry) const {
    if (words_ != nullptr) return words_[columns_[0].at(row_)] == entry.word;
    if (kept.index.plain() == Kind::Null && entry.word != hashes_[row_]) return false;
    return matches(kept.rows[entry.row]);
  }

  bool matches(const Cell* other) const {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (!keys_are_equal(columns_[i].cell(row_), other[i])) return false;
    }
    return true;
  }

  JoinKind kind_;
  std::vector<EvaluatorPtr> keys_;
  JoinSide side_;
  Carry carry_;
  Execution& execution_;
  Batch in_;
  std::vector<std::uint32_t> candidates_;        // rows of in_ that may have a match …
  std::size_t at_ = 0;                           // … and the one that is probed: row_
  std::uint32_t row_ = 0, entry_ = 0, end_ = 0;  // where probing goes on, in row_'s bucket
  std::uint64_t sieved_ = 0, passed_ = 0;        // rows
  const std::uint64_t* words_ = nullptr;         // the plain key of the rows of in_, if it is that
  std::vector<Column> columns_;
  std::vector<std::uint64_t> hashes_;
  std::vector<std::uint32_t> rows_, others_;
  RowPicker picker_;

  std::unique_ptr<SpilledJoin> spilled_;  // if the kept side is on disk
  bool all_read_ = false;                 // … of the first input
};

}  // namespace

OperatorPtr make_hash_join(const plan::Node& node, const plan::HashJoin& op,
                           const Lowering& lowering) {
  return std::make_unique<HashJoinOperator>(node, op, lowering);
}

}  // namespace kith::exec
