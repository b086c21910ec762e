// cypher/exec/limit.cpp: SKIP and LIMIT. Stops asking once it has what it wants.
#include <algorithm>
#include <limits>
#include <string>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/row_count.hpp"

namespace kith::exec {

namespace {

class LimitOperator final : public Operator {
 public:
  LimitOperator(const plan::Node& node, const plan::Limit& op, const Lowering& lowering)
      : input_(make_gather(*node.children.at(0), lowering_of_inputs(node, lowering))),
        op_(op),
        carry_(node, lowering),
        worker_(*lowering.worker) {}

  void open() override {
    skip_ = op_.skip ? row_count(*op_.skip, "SKIP", worker_) : 0;
    left_ = op_.limit ? row_count(*op_.limit, "LIMIT", worker_)
                      : std::numeric_limits<std::uint64_t>::max();
    input_->open();  // with LIMIT 0, too: writes below take place
  }

  bool next(Batch& out) override {
    while (left_ != 0 && input_->next(in_)) {
      if (skip_ >= in_.rows) {
        skip_ -= in_.rows;
        continue;
      }
      const auto begin = static_cast<std::uint32_t>(std::exchange(skip_, 0));
      const auto count =
          static_cast<std::uint32_t>(std::min<std::uint64_t>(in_.rows - begin, left_));
      left_ -= count;
      if (count == in_.rows) {
        carry_.pass(in_, out);
        return true;
      }
      rows_.resize(count);
      for (std::uint32_t i = 0; i < count; ++i) rows_[i] = begin + i;
      picker_.pick(in_, rows_, carry_.of(in_), out);
      return true;
    }
    return false;
  }

 private:
  OperatorPtr input_;
  const plan::Limit& op_;
  Carry carry_;
  Worker& worker_;
  Batch in_;
  std::uint64_t skip_ = 0, left_ = 0;
  std::vector<std::uint32_t> rows_;
  RowPicker picker_;
};

// For each of several outer rows on its own: those of one come one after the other.
class LimitOfEach final : public Streaming {
 public:
  LimitOfEach(const plan::Node& node, const plan::Limit& op, const Lowering& lowering)
      : Streaming(lower_input(node, lowering)),
        op_(op),
        carry_(node, lowering),
        ordinal_(lowering.carried.at(0)),
        worker_(*lowering.worker) {}

  void open() override {
    skip_ = op_.skip ? row_count(*op_.skip, "SKIP", worker_) : 0;
    limit_ = op_.limit ? row_count(*op_.limit, "LIMIT", worker_)
                       : std::numeric_limits<std::uint64_t>::max();
    number_ = -1;
    input_->open();
  }

  bool next(Batch& out) override {
    while (input_->next(in_)) {
      const auto numbers = operand<std::int64_t>(in_[ordinal_], in_.rows, scratch_);
      rows_.clear();
      for (std::uint32_t i = 0; i < in_.rows; ++i) {
        if (numbers[i] != number_) seen_ = 0;
        number_ = numbers[i];
        const std::uint64_t place = seen_++;
        if (place >= skip_ && place - skip_ < limit_) rows_.push_back(i);
      }
      if (rows_.empty()) continue;
      picker_.pick(in_, rows_, carry_.of(in_), out);
      return true;
    }
    return false;
  }

 private:
  const plan::Limit& op_;
  Carry carry_;
  Slot ordinal_;
  Worker& worker_;
  std::uint64_t skip_ = 0, limit_ = 0;
  std::int64_t number_ = -1;  // of the last row's outer row …
  std::uint64_t seen_ = 0;    // … and how many of its rows came in
  Batch in_;
  std::vector<std::int64_t> scratch_;
  std::vector<std::uint32_t> rows_;
  RowPicker picker_;
};

}  // namespace

std::uint64_t row_count(const bound::Expression& expression, std::string_view clause,
                        Worker& worker) {
  Arena arena;
  const Cell cell = evaluate_once(expression, worker, arena);
  const auto fail = [&](const char* detail, const std::string& what) {
    throw SyntaxError(detail, std::string(clause) + " needs " + what, expression.at,
                      Phase::Runtime);
  };
  if (cell.kind != Kind::Integer) {
    fail("InvalidArgumentType", "an INTEGER, not a " + std::string(kind_name(cell.kind)));
  }
  if (cell.integer < 0) {
    fail("NegativeIntegerArgument",
         "a number that is not negative: " + std::to_string(cell.integer));
  }
  return static_cast<std::uint64_t>(cell.integer);
}

OperatorPtr make_limit(const plan::Node& node, const plan::Limit& op, const Lowering& lowering) {
  if (!lowering.carried.empty()) return std::make_unique<LimitOfEach>(node, op, lowering);
  return std::make_unique<LimitOperator>(node, op, lowering);
}

}  // namespace kith::exec
