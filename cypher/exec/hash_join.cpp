// cypher/exec/hash_join.cpp: pairs of rows with equal keys. The second input is kept in a hash
// table, if there is room for it; the first streams then. Equality: null and NaN match nothing. Or
// rows of the first input that have a match, or none; or all of them, with nulls where there is
// none.
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/join_probe.hpp"
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
    probe_.restart();
    probe_.begin_none();
    at_ = entry_ = end_ = 0;
    row_ = 0;
    spilled_.reset();
    all_read_ = false;
  }

  bool next(Batch& out) override {
    if (side_.has_spilled()) return next_spilled(out);
    if (kind_ == JoinKind::Left) return next_of_all(out);
    if (kind_ != JoinKind::Inner) return next_of_first(out);
    while (!side_.empty()) {
      execution_.poll();
      if (at_ == probe_.candidates().size() && !begin_batch()) return false;
      find_pairs();
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
      probe_.begin_none();
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
    const auto candidates = probe_.candidates();
    if (at_ == candidates.size() || candidates[at_] != row) return false;
    begin_row();
    ++at_;
    const JoinIndex& index = side_.kept().index;
    while (entry_ != end_) {
      if (probe_.matches(index, row, *index.entry(entry_++))) return true;
    }
    return false;
  }

  bool next_of_all(Batch& out) {
    execution_.poll();
    if (row_ == in_.rows && !begin_all()) return false;
    const bool all_found = find_all();
    picker_.pick(in_, rows_, carry_.of(in_), out);
    if (all_found) {
      side_.give(others_, out);
    } else {
      side_.give_or_null(others_, values_, out);
    }
    return true;
  }
  bool begin_all() {
    row_ = 0;
    at_ = 0;
    has_found_ = false;
    probe_.begin_none();
    if (!input_->next(in_)) {
      in_.rows = 0;
      return false;
    }
    if (!side_.empty()) begin_rows();
    begin_row();
    return true;
  }
  // Rows from row_ on with their matches, or without one, until the batch is full. True: all have
  // one.
  bool find_all() {
    rows_.clear();
    others_.clear();
    bool all_found = true;
    const auto candidates = probe_.candidates();
    for (; row_ < in_.rows; ++row_, has_found_ = false) {
      const bool may_match = at_ < candidates.size() && candidates[at_] == row_;
      if (may_match && !find_matches_of_row()) return all_found;
      if (!has_found_) {
        if (rows_.size() == execution_.batch_rows) return all_found;
        rows_.push_back(row_);
        others_.push_back(JoinSide::kNoRow);
        all_found = false;
      }
      if (!may_match) continue;
      ++at_;
      begin_row();
    }
    return all_found;
  }
  // False if the batch is full before all are found.
  bool find_matches_of_row() {
    const JoinIndex& index = side_.kept().index;
    for (; entry_ != end_; ++entry_) {
      const JoinIndex::Entry& entry = *index.entry(entry_);
      if (!probe_.matches(index, row_, entry)) continue;
      if (rows_.size() == execution_.batch_rows) return false;
      has_found_ = true;
      rows_.push_back(row_);
      others_.push_back(entry.row);
    }
    return true;
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
    probe_.begin_none();
    if (!input_->next(in_)) {
      in_.rows = 0;
      return false;
    }
    begin_rows();
    begin_row();
    return true;
  }

  void begin_rows() {
    columns_.clear();
    for (const auto& key : keys_) columns_.push_back(key->evaluate(in_));
    probe_.begin(side_.kept().index, columns_, in_.rows);
  }

  // Memory is asked for what later rows will look at.
  void prefetch(const JoinIndex& index, std::span<const std::uint32_t> candidates,
                std::size_t at) const {
    constexpr std::size_t kBeginAhead = 24, kEntryAhead = 10;
    if (at + kBeginAhead < candidates.size()) {
      __builtin_prefetch(index.begin_of(probe_.bucket_of(index, candidates[at + kBeginAhead])));
    }
    if (at + kEntryAhead < candidates.size()) {
      const std::uint32_t bucket = probe_.bucket_of(index, candidates[at + kEntryAhead]);
      __builtin_prefetch(index.entry(*index.begin_of(bucket)));
    }
    if (!probe_.has_texts()) return;
    constexpr std::size_t kKeyAhead = 6, kTextAhead = 3;
    if (at + kKeyAhead < candidates.size()) {
      for_each_entry(index, candidates[at + kKeyAhead],
                     [&](const JoinIndex::Entry& entry) { probe_.prefetch_key(index, entry); });
    }
    if (at + kTextAhead < candidates.size()) {
      for_each_entry(index, candidates[at + kTextAhead],
                     [&](const JoinIndex::Entry& entry) { probe_.prefetch_text(index, entry); });
    }
  }

  // Of the first entries of its bucket.
  template <class Do>
  void for_each_entry(const JoinIndex& index, std::uint32_t row, Do run) const {
    constexpr std::uint32_t kMost = 3;
    const std::uint32_t* begin = index.begin_of(probe_.bucket_of(index, row));
    const std::uint32_t end = std::min(begin[1], begin[0] + kMost);
    for (std::uint32_t i = begin[0]; i < end; ++i) run(*index.entry(i));
  }

  void begin_row() {
    const auto candidates = probe_.candidates();
    if (at_ == candidates.size()) return;
    const JoinIndex& index = side_.kept().index;
    prefetch(index, candidates, at_);
    const std::uint32_t* begin = index.begin_of(probe_.bucket_of(index, candidates[at_]));
    entry_ = begin[0];
    end_ = begin[1];
  }

  // The matches of rows from at_ and entry_ on, until the batch is full.
  void find_pairs() {
    const JoinIndex& index = side_.kept().index;
    const auto candidates = probe_.candidates();
    rows_.resize(execution_.batch_rows);
    others_.resize(execution_.batch_rows);
    std::size_t count = 0;
    while (at_ < candidates.size()) {
      const std::uint32_t row = candidates[at_];
      for (; entry_ != end_ && count < rows_.size(); ++entry_) {
        const JoinIndex::Entry& entry = *index.entry(entry_);
        rows_[count] = row;
        others_[count] = entry.row;
        count += static_cast<std::size_t>(probe_.matches(index, row, entry));
      }
      if (entry_ != end_) break;
      ++at_;
      begin_row();
    }
    rows_.resize(count);
    others_.resize(count);
  }

  JoinKind kind_;
  std::vector<EvaluatorPtr> keys_;
  JoinSide side_;
  Carry carry_;
  Execution& execution_;
  Batch in_;
  JoinProbe probe_;
  std::size_t at_ = 0;                 // the candidate that is probed …
  std::uint32_t entry_ = 0, end_ = 0;  // … and where that goes on, in its bucket
  std::vector<Column> columns_;
  std::vector<std::uint32_t> rows_, others_;
  RowPicker picker_;
  std::uint32_t row_ = 0;       // Left: of in_, that is to be given …
  bool has_found_ = false;      // … with a match already
  std::vector<Vector> values_;  // … of rows of which some have none

  std::unique_ptr<SpilledJoin> spilled_;  // if the kept side is on disk
  bool all_read_ = false;                 // … of the first input
};

}  // namespace

OperatorPtr make_hash_join(const plan::Node& node, const plan::HashJoin& op,
                           const Lowering& lowering) {
  return std::make_unique<HashJoinOperator>(node, op, lowering);
}

}  // namespace kith::exec
