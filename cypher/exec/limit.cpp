// cypher/exec/limit.cpp: SKIP and LIMIT. Stops asking once it has what it wants.
#include <algorithm>
#include <limits>
#include <string>

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
  return std::make_unique<LimitOperator>(node, op, lowering);
}

}  // namespace kith::exec
