// cypher/exec/evaluate_arithmetic.cpp: + - * / % ^, unary minus, and || of strings and lists.
//
// Integers that overflow and integer division by zero are errors, floats follow IEEE 754. `+` also
// joins strings and lists and, with the others, does temporal arithmetic (core/temporal.hpp).
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "core/divider.hpp"
#include "core/number.hpp"
#include "core/temporal.hpp"
#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/number_kernels.hpp"

namespace kith::exec {

namespace {

using bound::Operator;

[[noreturn]] void overflow(Operator op, std::int64_t a, std::int64_t b, Position at) {
  const char* sign = op == Operator::Add        ? "+"
                     : op == Operator::Subtract ? "-"
                     : op == Operator::Multiply ? "*"
                                                : "/";
  throw QueryError("ArithmeticError", "IntegerOverflow",
                   std::to_string(a) + " " + sign + " " + std::to_string(b) +
                       " is outside the range of a 64-bit integer",
                   at);
}

[[noreturn]] void division_by_zero(Position at) {
  throw QueryError("ArithmeticError", "DivisionByZero", "an integer was divided by zero", at);
}

// True if the result does not fit; division by zero counts.
bool integer_op(Operator op, std::int64_t a, std::int64_t b, std::int64_t& out) {
  switch (op) {
    case Operator::Add:
      return __builtin_add_overflow(a, b, &out);
    case Operator::Subtract:
      return __builtin_sub_overflow(a, b, &out);
    case Operator::Multiply:
      return __builtin_mul_overflow(a, b, &out);
    case Operator::Divide:
      if (b == 0 || (b == -1 && a == std::numeric_limits<std::int64_t>::min())) return true;
      out = a / b;
      return false;
    default:
      KITH_ASSERT(op == Operator::Modulo);
      if (b == 0) return true;
      out = b == -1 ? 0 : a % b;
      return false;
  }
}

double float_op(Operator op, double a, double b) {
  switch (op) {
    case Operator::Add:
      return a + b;
    case Operator::Subtract:
      return a - b;
    case Operator::Multiply:
      return a * b;
    case Operator::Divide:
      return a / b;
    case Operator::Modulo:
      return std::fmod(a, b);
    default:
      KITH_ASSERT(op == Operator::Power);
      return std::pow(a, b);
  }
}

// Calls loop() with the operator as a constant, so that its rows need not choose.
template <class Loop>
void with_operator(Operator op, const Loop& loop) {
  switch (op) {
    case Operator::Add:
      return loop(std::integral_constant<Operator, Operator::Add>{});
    case Operator::Subtract:
      return loop(std::integral_constant<Operator, Operator::Subtract>{});
    case Operator::Multiply:
      return loop(std::integral_constant<Operator, Operator::Multiply>{});
    case Operator::Divide:
      return loop(std::integral_constant<Operator, Operator::Divide>{});
    case Operator::Modulo:
      return loop(std::integral_constant<Operator, Operator::Modulo>{});
    default:
      return loop(std::integral_constant<Operator, Operator::Power>{});
  }
}

double as_double(const Cell& cell) {
  return cell.kind == Kind::Integer ? static_cast<double>(cell.integer) : cell.real;
}

Cell number_arithmetic(Operator op, const Cell& a, const Cell& b, Position at) {
  if (a.kind != Kind::Integer || b.kind != Kind::Integer || op == Operator::Power) {
    return Cell::of(float_op(op, as_double(a), as_double(b)));
  }
  std::int64_t result = 0;
  if (!integer_op(op, a.integer, b.integer, result)) return Cell::of(result);
  if (b.integer == 0 && (op == Operator::Divide || op == Operator::Modulo)) division_by_zero(at);
  overflow(op, a.integer, b.integer, at);
}

Cell concat_text(std::string_view a, std::string_view b, Arena& arena) {
  if (a.size() + b.size() > UINT32_MAX) {
    throw ResourceError("StringTooLong", "a string of more than 4 GiB would come about");
  }
  const auto memory = arena.make_array<char>(a.size() + b.size());
  if (!a.empty()) std::memcpy(memory.data(), a.data(), a.size());
  if (!b.empty()) std::memcpy(memory.data() + a.size(), b.data(), b.size());
  return Cell::of(std::string_view(memory.data(), memory.size()));
}

Cell concat_lists(const Cell& a, const Cell& b, Arena& arena) {
  const auto items_of = [](const Cell& cell) {
    return cell.kind == Kind::List ? cell.items() : std::span<const Cell>(&cell, 1);
  };
  const auto left = items_of(a);
  const auto right = items_of(b);
  const auto items = arena.make_array<Cell>(left.size() + right.size());
  std::copy(right.begin(), right.end(), std::copy(left.begin(), left.end(), items.begin()));
  return list_over(arena, items);
}

// What a value is in a text that it is added to.
std::string text_of(const Cell& cell) {
  std::string text;
  if (cell.kind == Kind::String) text = cell.string();
  if (cell.kind == Kind::Integer) append_integer(text, cell.integer);
  if (cell.kind == Kind::Float) append_float(text, cell.real);
  if (cell.kind == Kind::Boolean) text = cell.is_true() ? "true" : "false";
  if (is_temporal(cell.kind)) format_temporal(text, cell);
  return text;
}

[[noreturn]] void no_such_operation(Operator op, const Cell& a, const Cell& b, Position at) {
  const char* name = op == Operator::Add        ? "add"
                     : op == Operator::Subtract ? "subtract"
                     : op == Operator::Multiply ? "multiply"
                     : op == Operator::Divide   ? "divide"
                     : op == Operator::Modulo   ? "take the remainder of"
                     : op == Operator::Power    ? "raise to a power"
                                                : "join";
  throw TypeError("InvalidArgumentType",
                  std::string("cannot ") + name + " values of type " +
                      std::string(kind_name(a.kind)) + " and " + std::string(kind_name(b.kind)),
                  at);
}

bool joins_with_text(Kind kind) {
  return kind == Kind::String || kind == Kind::Integer || kind == Kind::Float ||
         kind == Kind::Boolean || is_temporal(kind);
}

Cell add_others(Operator op, const Cell& a, const Cell& b, Arena& arena, Position at) {
  if (a.kind == Kind::String && b.kind == Kind::String) {
    return concat_text(a.string(), b.string(), arena);
  }
  if (a.kind == Kind::List || b.kind == Kind::List) return concat_lists(a, b, arena);
  if (op == Operator::Concat) no_such_operation(op, a, b, at);
  const bool one_is_text = a.kind == Kind::String || b.kind == Kind::String;
  if (one_is_text && joins_with_text(a.kind) && joins_with_text(b.kind)) {
    return concat_text(text_of(a), text_of(b), arena);
  }
  if (is_temporal(a.kind) && is_temporal(b.kind)) return temporal_add(a, b, arena);
  no_such_operation(op, a, b, at);
}

Cell negate(const Cell& cell, Arena& arena, Position at) {
  if (cell.is_null()) return cell;
  if (cell.kind == Kind::Float) return Cell::of(-cell.real);
  if (cell.kind == Kind::Duration) return duration_negate(cell, arena);
  if (cell.kind != Kind::Integer) {
    throw TypeError("InvalidArgumentType",
                    "cannot negate a value of type " + std::string(kind_name(cell.kind)), at);
  }
  if (cell.integer == std::numeric_limits<std::int64_t>::min()) {
    overflow(Operator::Subtract, 0, cell.integer, at);
  }
  return Cell::of(-cell.integer);
}

class NegateEvaluator final : public Evaluator {
 public:
  NegateEvaluator(EvaluatorPtr operand, Position at, Worker& worker)
      : operand_(std::move(operand)), at_(at), arena_(worker) {}

  Column evaluate(const Batch& batch) override {
    const Column column = operand_->evaluate(batch);
    const std::uint32_t rows = column.constant ? 1 : batch.rows;
    arena_.reset();
    cells_.resize(rows);
    for (std::uint32_t i = 0; i < rows; ++i) cells_[i] = negate(column.cell(i), arena_, at_);
    fill_narrow(cells_, out_);
    return {&out_, nullptr, column.constant};
  }

 private:
  EvaluatorPtr operand_;
  Position at_;
  std::vector<Cell> cells_;
  ValueArena arena_;
  Vector out_;
};

class ArithmeticEvaluator final : public Evaluator {
 public:
  ArithmeticEvaluator(Operator op, EvaluatorPtr left, EvaluatorPtr right, Position at,
                      Worker& worker)
      : op_(op), left_(std::move(left)), right_(std::move(right)), at_(at), arena_(worker) {}

  Column evaluate(const Batch& batch) override {
    const Column a = left_->evaluate(batch);
    const Column b = right_->evaluate(batch);
    const bool constant = a.constant && b.constant;
    const std::uint32_t rows = constant ? 1 : batch.rows;
    const bool numbers = are_numbers(a) && are_numbers(b) && op_ != Operator::Concat;
    const bool integral = a.vector->type() == VectorType::Integer &&
                          b.vector->type() == VectorType::Integer && op_ != Operator::Power;
    if (numbers && integral) {
      integers(a, b, rows);
    } else if (numbers) {
      floats(a, b, rows);
    } else {
      cells(a, b, rows);
    }
    return {&out_, nullptr, constant};
  }

 private:
  static bool are_numbers(const Column& column) {
    const VectorType type = column.vector->type();
    return type == VectorType::Integer || type == VectorType::Float;
  }

  // Into out_; false if some result is none, perhaps that of a null row.
  bool all_integers(Operand<std::int64_t> left, Operand<std::int64_t> right, std::uint32_t rows) {
    const NumberKernels& kernels = number_kernels();
    auto* out = out_.data<std::int64_t>();
    switch (op_) {
      case Operator::Add:
        return kernels.combine(Combination::Sum, left, right, rows, out);
      case Operator::Subtract:
        return kernels.combine(Combination::Difference, left, right, rows, out);
      case Operator::Multiply:
        return kernels.combine(Combination::Product, left, right, rows, out);
      default:
        KITH_ASSERT(op_ == Operator::Divide || op_ == Operator::Modulo);
    }
    if (right.constant && !left.constant && Divider::takes(right[0])) {
      const Division how = op_ == Operator::Divide ? Division::Quotient : Division::Remainder;
      kernels.divide(how, {left.values, rows}, right[0], out);
      return true;
    }
    bool good = true;
    for_each_pair(left, right, rows, out, [&](std::int64_t x, std::int64_t y) {
      std::int64_t result = 0;
      good &= !integer_op(op_, x, y, result);
      return result;
    });
    return good;
  }

  void integers(const Column& a, const Column& b, std::uint32_t rows) {
    const auto left = operand<std::int64_t>(a, rows, ints_a_);
    const auto right = operand<std::int64_t>(b, rows, ints_b_);
    out_.reset(VectorType::Integer, rows);
    const bool good = all_integers(left, right, rows);
    copy_nulls(a, rows, out_);
    copy_nulls(b, rows, out_);
    if (good) return;
    for (std::uint32_t i = 0; i < rows; ++i) {  // the row at fault, unless it was a null one
      if (out_.valid(i)) number_arithmetic(op_, Cell::of(left[i]), Cell::of(right[i]), at_);
    }
  }

  void floats(const Column& a, const Column& b, std::uint32_t rows) {
    const auto left = real_operand(a, rows, reals_a_);
    const auto right = real_operand(b, rows, reals_b_);
    out_.reset(VectorType::Float, rows);
    const auto loop = [&]<Operator kOp>(std::integral_constant<Operator, kOp>) {
      for_each_pair(left, right, rows, out_.data<double>(),
                    [](double x, double y) { return float_op(kOp, x, y); });
    };
    with_operator(op_, loop);
    copy_nulls(a, rows, out_);
    copy_nulls(b, rows, out_);
  }

  void cells(const Column& a, const Column& b, std::uint32_t rows) {
    arena_.reset();
    cells_.resize(rows);
    for (std::uint32_t i = 0; i < rows; ++i) {
      cells_[i] = arithmetic(op_, a.cell(i), b.cell(i), arena_, at_);
    }
    fill_narrow(cells_, out_);
  }

  Operator op_;
  EvaluatorPtr left_, right_;
  Position at_;
  std::vector<std::int64_t> ints_a_, ints_b_;
  std::vector<double> reals_a_, reals_b_;
  std::vector<Cell> cells_;
  ValueArena arena_;
  Vector out_;
};

}  // namespace

Cell arithmetic(Operator op, const Cell& a, const Cell& b, Arena& arena, Position at) {
  if (a.is_null() || b.is_null()) return Cell::null();
  if (op != Operator::Concat && a.is_number() && b.is_number()) {
    return number_arithmetic(op, a, b, at);
  }
  return at_position(at, [&] {
    if (op == Operator::Add || op == Operator::Concat) return add_others(op, a, b, arena, at);
    if (op == Operator::Subtract && is_temporal(a.kind) && b.kind == Kind::Duration) {
      return temporal_subtract(a, b, arena);
    }
    if (op == Operator::Multiply && a.kind == Kind::Duration && b.is_number()) {
      return duration_multiply(a, b, arena);
    }
    if (op == Operator::Multiply && a.is_number() && b.kind == Kind::Duration) {
      return duration_multiply(b, a, arena);
    }
    if (op == Operator::Divide && a.kind == Kind::Duration && b.is_number()) {
      return duration_divide(a, b, arena);
    }
    no_such_operation(op, a, b, at);
  });
}

EvaluatorPtr compile_arithmetic(const bound::Operation& node, Position at, Worker& worker) {
  if (node.op == Operator::Negate) {
    KITH_ASSERT(node.operands.size() == 1);
    return std::make_unique<NegateEvaluator>(compile(*node.operands[0], worker), at, worker);
  }
  KITH_ASSERT(node.operands.size() == 2);
  return std::make_unique<ArithmeticEvaluator>(node.op, compile(*node.operands[0], worker),
                                               compile(*node.operands[1], worker), at, worker);
}

}  // namespace kith::exec
