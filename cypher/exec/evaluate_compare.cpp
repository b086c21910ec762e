// cypher/exec/evaluate_compare.cpp: =, <>, <, <=, >, >=.
//
// Pairs of arrays of one native type have loops of their own; everything else goes cell by cell
// through core/compare.hpp.
#include <algorithm>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/row_kernels.hpp"

namespace kith::exec {

namespace {

using bound::Operator;

// Calls body with the function object of an operator.
template <class Body>
void with_comparison(Operator op, Body&& body) {
  switch (op) {
    case Operator::Equal:
      return body([](const auto& a, const auto& b) { return a == b; });
    case Operator::NotEqual:
      return body([](const auto& a, const auto& b) { return a != b; });
    case Operator::Less:
      return body([](const auto& a, const auto& b) { return a < b; });
    case Operator::LessEqual:
      return body([](const auto& a, const auto& b) { return a <= b; });
    case Operator::Greater:
      return body([](const auto& a, const auto& b) { return a > b; });
    case Operator::GreaterEqual:
      return body([](const auto& a, const auto& b) { return a >= b; });
    default:
      KITH_ASSERT(false && "not a comparison");
  }
}

// An operator as an order of its left side to the right one, or any other than that; `turned`:
// of the right side to the left one.
std::pair<Order, bool> order_of(Operator op, bool turned) {
  const Order less = turned ? Order::Greater : Order::Less;
  const Order greater = turned ? Order::Less : Order::Greater;
  switch (op) {
    case Operator::Equal:
      return {Order::Equal, false};
    case Operator::NotEqual:
      return {Order::Equal, true};
    case Operator::Less:
      return {less, false};
    case Operator::LessEqual:
      return {greater, true};
    case Operator::Greater:
      return {greater, false};
    default:
      KITH_ASSERT(op == Operator::GreaterEqual);
      return {less, true};
  }
}

Truth compare_cells(Operator op, const Cell& a, const Cell& b) {
  if (op == Operator::Equal) return equals(a, b);
  if (op == Operator::NotEqual) {
    const Truth same = equals(a, b);
    return same == Truth::Unknown ? same : truth(same == Truth::False);
  }
  using Result = Comparison::Result;
  const Result result = compare(a, b).result;
  if (result == Result::Unordered) return Truth::Unknown;
  if (result == Result::NotANumber) return Truth::False;
  switch (op) {
    case Operator::Less:
      return truth(result == Result::Less);
    case Operator::LessEqual:
      return truth(result != Result::Greater);
    case Operator::Greater:
      return truth(result == Result::Greater);
    default:
      return truth(result != Result::Less);
  }
}

class ComparisonEvaluator final : public Evaluator {
 public:
  ComparisonEvaluator(Operator op, EvaluatorPtr left, EvaluatorPtr right)
      : op_(op), left_(std::move(left)), right_(std::move(right)) {}

  Column evaluate(const Batch& batch) override {
    const Column a = left_->evaluate(batch);
    const Column b = right_->evaluate(batch);
    const bool constant = a.constant && b.constant;
    const std::uint32_t rows = constant ? 1 : batch.rows;
    if (!native(a, b, rows)) cells(a, b, rows);
    return {&out_, nullptr, constant};
  }

 private:
  bool is_equality() const { return op_ == Operator::Equal || op_ == Operator::NotEqual; }

  bool native(const Column& a, const Column& b, std::uint32_t rows) {
    const VectorType type = a.vector->type();
    if (type != b.vector->type()) return mixed_numbers(a, b, rows);
    switch (type) {
      case VectorType::Integer:
        integers(a, b, rows);
        return true;
      case VectorType::Float:
        floats(a, b, rows);
        return true;
      case VectorType::String:
        text_loop(a, b, rows);
        return true;
      case VectorType::Boolean:
        loop<std::uint8_t>(a, b, rows, bytes_a_, bytes_b_);
        return true;
      case VectorType::Node:
      case VectorType::Relationship:
        if (!is_equality()) return false;
        loop<std::uint64_t>(a, b, rows, ids_a_, ids_b_);
        return true;
      case VectorType::Any:
        return false;
    }
    return false;
  }

  // NaN: <> is true and the rest false, as in C++.
  void floats(const Column& a, const Column& b, std::uint32_t rows) {
    const auto left = real_operand(a, rows, reals_a_);
    const auto right = real_operand(b, rows, reals_b_);
    out_.reset(VectorType::Boolean, rows);
    with_comparison(op_, [&](auto op) {
      for_each_pair(left, right, rows, out_.data<std::uint8_t>(),
                    [op](double x, double y) { return static_cast<std::uint8_t>(op(x, y)); });
    });
    copy_nulls(a, rows, out_);
    copy_nulls(b, rows, out_);
  }

  // Integers and floats, if all integers are the same as floats.
  bool mixed_numbers(const Column& a, const Column& b, std::uint32_t rows) {
    const VectorType left = a.vector->type(), right = b.vector->type();
    const bool mixed = (left == VectorType::Integer && right == VectorType::Float) ||
                       (left == VectorType::Float && right == VectorType::Integer);
    if (!mixed || !are_small(left == VectorType::Integer ? a : b, rows)) return false;
    floats(a, b, rows);
    return true;
  }
  static bool are_small(const Column& integers, std::uint32_t rows) {
    constexpr std::int64_t kMost = std::int64_t{1} << 53;
    const auto* values = integers.vector->data<std::int64_t>();
    const std::uint32_t count = integers.constant ? 1 : rows;
    bool small = true;
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::int64_t value = values[integers.at(i)];
      small &= value <= kMost && value >= -kMost;
    }
    return small;
  }

  // Most comparisons are of a column and a constant.
  void integers(const Column& a, const Column& b, std::uint32_t rows) {
    if (a.constant == b.constant) return loop<std::int64_t>(a, b, rows, ints_a_, ints_b_);
    const auto left = operand<std::int64_t>(a, rows, ints_a_);
    const auto right = operand<std::int64_t>(b, rows, ints_b_);
    out_.reset(VectorType::Boolean, rows);
    const auto [order, other] = order_of(op_, a.constant);
    row_kernels().compare(order, other, {a.constant ? right.values : left.values, rows},
                          a.constant ? left[0] : right[0], out_.data<std::uint8_t>());
    copy_nulls(a, rows, out_);
    copy_nulls(b, rows, out_);
  }

  template <class T>
  void loop(const Column& a, const Column& b, std::uint32_t rows, std::vector<T>& scratch_a,
            std::vector<T>& scratch_b) {
    const auto left = operand<T>(a, rows, scratch_a);
    const auto right = operand<T>(b, rows, scratch_b);
    out_.reset(VectorType::Boolean, rows);
    with_comparison(op_, [&](auto op) {
      for_each_pair(left, right, rows, out_.data<std::uint8_t>(),
                    [op](T x, T y) { return static_cast<std::uint8_t>(op(x, y)); });
    });
    copy_nulls(a, rows, out_);
    copy_nulls(b, rows, out_);
  }

  void text_loop(const Column& a, const Column& b, std::uint32_t rows) {
    const auto left = operand<Cell>(a, rows, cells_a_);
    const auto right = operand<Cell>(b, rows, cells_b_);
    out_.reset(VectorType::Boolean, rows);
    with_comparison(op_, [&](auto op) {
      for_each_pair(left, right, rows, out_.data<std::uint8_t>(),
                    [op](const Cell& x, const Cell& y) {
                      return static_cast<std::uint8_t>(op(x.string(), y.string()));
                    });
    });
    copy_nulls(a, rows, out_);
    copy_nulls(b, rows, out_);
  }

  void cells(const Column& a, const Column& b, std::uint32_t rows) {
    truths_.resize(rows);
    for (std::uint32_t i = 0; i < rows; ++i) truths_[i] = compare_cells(op_, a.cell(i), b.cell(i));
    write_truths(truths_, out_);
  }

  Operator op_;
  EvaluatorPtr left_, right_;
  std::vector<std::int64_t> ints_a_, ints_b_;
  std::vector<double> reals_a_, reals_b_;
  std::vector<std::uint64_t> ids_a_, ids_b_;
  std::vector<std::uint8_t> bytes_a_, bytes_b_;
  std::vector<Cell> cells_a_, cells_b_;
  std::vector<Truth> truths_;
  Vector out_;
};

}  // namespace

EvaluatorPtr compile_comparison(const bound::Operation& node, Position, Worker& worker) {
  KITH_ASSERT(node.operands.size() == 2);
  return std::make_unique<ComparisonEvaluator>(node.op, compile(*node.operands[0], worker),
                                               compile(*node.operands[1], worker));
}

}  // namespace kith::exec
