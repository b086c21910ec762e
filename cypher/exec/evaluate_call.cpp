// cypher/exec/evaluate_call.cpp: functions, coalesce and CASE.
#include <algorithm>
#include <array>
#include <numeric>
#include <string>

#include "core/text.hpp"
#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/readers.hpp"
#include "cypher/exec/same_texts.hpp"
#include "cypher/functions/real_functions.hpp"

namespace kith::exec {

namespace {

// Functions that may still be asked about an element that the statement has deleted.
constexpr std::array<std::string_view, 3> kOfDeleted = {"id", "elementId", "type"};
// How many characters a text has.
constexpr std::array<std::string_view, 3> kLengths = {"size", "char_length", "character_length"};

// Row i of `from` becomes row rows[i] of `into`.
template <class T>
void scatter_native(const Column& from, std::span<const std::uint32_t> rows, Vector& into) {
  const T* values = from.vector->data<T>();
  T* to = into.data<T>();
  if (from.constant) {
    for (const std::uint32_t row : rows) to[row] = values[0];
  } else {
    for (std::uint32_t i = 0; i < rows.size(); ++i) to[rows[i]] = values[from.at(i)];
  }
}
void scatter(const Column& from, std::span<const std::uint32_t> rows, std::span<Cell> into) {
  if (from.constant) {
    const Cell cell = from.cell(0);
    for (const std::uint32_t row : rows) into[row] = cell;
    return;
  }
  if (from.vector->type() == VectorType::Integer && !from.vector->may_have_nulls()) {
    const auto* values = from.vector->data<std::int64_t>();
    for (std::uint32_t i = 0; i < rows.size(); ++i) into[rows[i]] = Cell::of(values[from.at(i)]);
    return;
  }
  for (std::uint32_t i = 0; i < rows.size(); ++i) into[rows[i]] = from.cell(i);
}

// The values of a batch that come from several columns, each for some of its rows; null for rows
// that none has. As long as all are numbers of one type or null, they are kept as that type.
class ScatteredValues {
 public:
  void begin(std::uint32_t rows) {
    rows_ = rows;
    given_ = 0;
    is_begun_ = false;
    is_native_ = true;
  }

  void put(const Column& from, std::span<const std::uint32_t> rows) {
    const VectorType type = from.vector->type();
    const bool number = type == VectorType::Integer || type == VectorType::Float;
    if (is_native_ && !is_begun_ && number) {
      out_.reset(type, rows_);
      is_given_.assign(rows_, 0);
    }
    is_begun_ = true;
    if (is_native_ && (!number || type != out_.type())) become_cells();
    if (!is_native_) return scatter(from, rows, cells_);
    if (type == VectorType::Integer) {
      scatter_native<std::int64_t>(from, rows, out_);
    } else {
      scatter_native<double>(from, rows, out_);
    }
    for (std::uint32_t i = 0; i < rows.size(); ++i) {
      const bool valid = from.valid(i);
      is_given_[rows[i]] = valid ? 1 : 0;
      given_ += valid ? 1 : 0;
    }
  }

  bool is_null(std::uint32_t row) const {
    if (!is_begun_) return true;
    return is_native_ ? is_given_[row] == 0 : cells_[row].is_null();
  }

  const Vector& finish() {
    if (!is_begun_) become_cells();
    if (!is_native_) {
      fill_narrow(cells_, out_);
    } else if (given_ != rows_) {
      for (std::uint32_t i = 0; i < rows_; ++i) {
        if (is_given_[i] == 0) out_.set_null(i);
      }
    }
    return out_;
  }

 private:
  void become_cells() {
    cells_.assign(rows_, Cell::null());
    for (std::uint32_t i = 0; given_ != 0 && i < rows_; ++i) {
      if (is_given_[i] != 0) cells_[i] = out_.cell(i);
    }
    is_native_ = false;
  }

  std::uint32_t rows_ = 0;
  std::size_t given_ = 0;  // rows that have a value
  bool is_begun_ = false, is_native_ = true;
  std::vector<std::uint8_t> is_given_;
  std::vector<Cell> cells_;
  Vector out_;
};

// The values of all rows, or the one of a constant.
void read(const Column& from, std::uint32_t rows, std::vector<Cell>& out) {
  if (from.constant) {
    out.assign(1, from.cell(0));
    return;
  }
  out.resize(rows);
  const Vector& vector = *from.vector;
  const bool plain = !vector.may_have_nulls();
  if (plain && vector.type() == VectorType::Integer) {
    for (std::uint32_t i = 0; i < rows; ++i) {
      out[i] = Cell::of(vector.data<std::int64_t>()[from.at(i)]);
    }
  } else if (plain && vector.type() == VectorType::Float) {
    for (std::uint32_t i = 0; i < rows; ++i) out[i] = Cell::of(vector.data<double>()[from.at(i)]);
  } else if (plain && vector.type() == VectorType::String) {
    for (std::uint32_t i = 0; i < rows; ++i) out[i] = vector.data<Cell>()[from.at(i)];
  } else {
    for (std::uint32_t i = 0; i < rows; ++i) out[i] = from.cell(i);
  }
}

class CallEvaluator final : public Evaluator {
 public:
  CallEvaluator(const bound::Call& node, Position at, Worker& worker)
      : function_(*node.function),
        arguments_(compile(node.arguments, worker)),
        at_(at),
        worker_(worker),
        checks_alive_(std::find(kOfDeleted.begin(), kOfDeleted.end(), function_.name) ==
                      kOfDeleted.end()),
        real_(real_function_of(function_, arguments_.size())),
        counts_characters_(std::find(kLengths.begin(), kLengths.end(), function_.name) !=
                           kLengths.end()),
        arena_(worker) {
    KITH_ASSERT(function_.run != nullptr);
  }

  Column evaluate(const Batch& batch) override {
    columns_.clear();
    bool constant = !function_.is_volatile;
    for (const auto& argument : arguments_) {
      columns_.push_back(argument->evaluate(batch));
      constant &= columns_.back().constant;
    }
    if (!constant && !function_.is_volatile && repeated_.find(columns_, batch.rows)) {
      repeated_.pick(columns_);
      call_all(repeated_.runs(), false);
      return {&out_, repeated_.run_of_row().data(), false};
    }
    call_all(constant ? 1 : batch.rows, constant);
    return {&out_, nullptr, constant};
  }

 private:
  void call_all(std::uint32_t rows, bool constant) {
    if (real_ != nullptr && call_real(columns_[0], rows)) return;
    if (counts_characters_ && columns_[0].vector->type() == VectorType::String) {
      return count_characters(columns_[0], rows);
    }
    arena_.reset();
    cells_.resize(rows);
    values_.resize(columns_.size());
    flat_.resize(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) read(columns_[i], rows, flat_[i]);
    const ArenaScope scope(worker_, arena_);
    const bool repeats = columns_.size() == 1 && !function_.is_volatile && !constant &&
                         SameTexts::are_many_in(columns_[0], rows);
    at_position(at_, [&] {
      if (repeats) return call_once_each(rows);
      for (std::uint32_t i = 0; i < rows; ++i) cells_[i] = call(i);
    });
    fill_narrow(cells_, out_);
  }

  // All numbers at once, if they are of one type.
  bool call_real(const Column& column, std::uint32_t rows) {
    const VectorType type = column.vector->type();
    if (type != VectorType::Integer && type != VectorType::Float) return false;
    const auto numbers = real_operand(column, rows, reals_);
    out_.reset(VectorType::Float, rows);
    auto* out = out_.data<double>();
    for (std::uint32_t i = 0; i < rows; ++i) out[i] = real_(numbers[i]);
    copy_nulls(column, rows, out_);
    return true;
  }

  void count_characters(const Column& column, std::uint32_t rows) {
    const Cell* texts = column.vector->data<Cell>();
    out_.reset(VectorType::Integer, rows);
    auto* out = out_.data<std::int64_t>();
    for (std::uint32_t i = 0; i < rows; ++i) {
      out[i] = static_cast<std::int64_t>(count_code_points(texts[column.at(i)].string()));
    }
    copy_nulls(column, rows, out_);
  }

  void call_once_each(std::uint32_t rows) {
    SameTexts same;
    for (std::uint32_t i = 0; i < rows; ++i) {
      const std::uint32_t row = same.find(flat_[0][i], [&] {
        cells_[i] = call(i);
        return i;
      });
      cells_[i] = cells_[row];
    }
  }

  Cell call(std::uint32_t row) {
    bool null = false;
    for (std::size_t i = 0; i < flat_.size(); ++i) {
      values_[i] = flat_[i][columns_[i].constant ? 0 : row];
      null |= values_[i].is_null();
    }
    if (null && function_.nulls == Nulls::Propagate) return Cell::null();
    if (worker_.execution().has_deletions() && checks_alive_) {
      for (const Cell& value : values_) {
        if (value.kind == Kind::Node || value.kind == Kind::Relationship) {
          check_alive(worker_, value, at_);
        }
      }
    }
    return function_.run(worker_, values_);
  }

  const FunctionDef& function_;
  std::vector<EvaluatorPtr> arguments_;
  Position at_;
  Worker& worker_;
  bool checks_alive_;
  RealFunction real_;  // nullptr: it is none
  bool counts_characters_;
  std::vector<double> reals_;
  std::vector<Column> columns_;
  RepeatedRows repeated_;
  std::vector<std::vector<Cell>> flat_;  // of the columns
  std::vector<Cell> values_, cells_;
  ValueArena arena_;
  Vector out_;
};

class CoalesceEvaluator final : public Evaluator {
 public:
  CoalesceEvaluator(const bound::Call& node, Worker& worker) {
    for (const auto& argument : node.arguments) arguments_.emplace_back(*argument, worker);
  }

  Column evaluate(const Batch& batch) override {
    values_.begin(batch.rows);
    open_.resize(batch.rows);
    std::iota(open_.begin(), open_.end(), 0u);
    for (Narrowed& argument : arguments_) {
      if (open_.empty()) break;
      const Column column = argument.evaluate(batch, open_);
      if (open_.size() == batch.rows && !may_have_nulls(column)) return column;
      values_.put(column, open_);
      std::erase_if(open_, [&](std::uint32_t row) { return !values_.is_null(row); });
    }
    return {&values_.finish(), nullptr, false};
  }

 private:
  std::vector<Narrowed> arguments_;
  std::vector<std::uint32_t> open_;  // rows without a value yet
  ScatteredValues values_;
};

class CaseEvaluator final : public Evaluator {
 public:
  CaseEvaluator(const bound::Case& node, Worker& worker) : at_(position_of(node)) {
    if (node.operand) operand_ = compile(*node.operand, worker);
    subject_ = node.subject;
    for (const auto& [when, then] : node.whens) {
      whens_.push_back({Narrowed(*when, worker), Narrowed(*then, worker)});
    }
    if (node.otherwise) otherwise_.emplace_back(*node.otherwise, worker);
    picks_ = !operand_ && whens_.size() == 1 && is_fixed(*node.whens[0].second) && node.otherwise &&
             is_fixed(*node.otherwise);
  }

  Column evaluate(const Batch& given) override {
    values_.begin(given.rows);
    open_.resize(given.rows);
    std::iota(open_.begin(), open_.end(), 0u);
    if (picks_) return pick(given);
    const Column operand = operand_ ? operand_->evaluate(given) : Column{};
    if (subject_) {
      with_subject_ = given;
      if (with_subject_.columns.size() <= *subject_) with_subject_.columns.resize(*subject_ + 1);
      with_subject_.columns[*subject_] = operand;
    }
    const Batch& batch = subject_ ? with_subject_ : given;
    for (When& when : whens_) {
      if (open_.empty()) break;
      take(when, when.when.evaluate(batch, open_), batch, operand);
    }
    return finish(batch);
  }

 private:
  struct When {
    Narrowed when, then;
  };

  static bool is_fixed(const bound::Expression& e) {
    return std::holds_alternative<bound::Constant>(e.node) ||
           std::holds_alternative<bound::Parameter>(e.node);
  }

  // One of two constants, by one condition.
  Column pick(const Batch& batch) {
    When& when = whens_[0];
    const Column truths = when.when.evaluate(batch, open_);
    const Column yes = when.then.evaluate(batch, open_);
    const Column no = otherwise_[0].evaluate(batch, open_);
    const Vector& passed = *truths.vector;
    const VectorType type = yes.vector->type();
    const bool plain = passed.type() == VectorType::Boolean && !passed.may_have_nulls() &&
                       !truths.constant && truths.index == nullptr;
    const bool numbers = (type == VectorType::Integer || type == VectorType::Float) &&
                         no.vector->type() == type && yes.valid(0) && no.valid(0);
    if (!plain || !numbers) {
      take(when, truths, batch, {});
      return finish(batch);
    }
    picked_.reset(type, batch.rows);
    if (type == VectorType::Integer) {
      pick_each<std::int64_t>(passed, yes, no);
    } else {
      pick_each<double>(passed, yes, no);
    }
    return {&picked_, nullptr, false};
  }
  template <class T>
  void pick_each(const Vector& passed, const Column& yes, const Column& no) {
    const T values[] = {no.vector->data<T>()[0], yes.vector->data<T>()[0]};
    const auto* which = passed.data<std::uint8_t>();
    T* out = picked_.data<T>();
    for (std::uint32_t i = 0; i < picked_.rows(); ++i) out[i] = values[which[i] != 0 ? 1 : 0];
  }

  void take(When& when, const Column& conditions, const Batch& batch, const Column& operand) {
    const auto chosen = choose(conditions, operand);
    if (!chosen.empty()) values_.put(when.then.evaluate(batch, chosen), chosen);
  }
  Column finish(const Batch& batch) {
    if (!open_.empty() && !otherwise_.empty()) {
      values_.put(otherwise_[0].evaluate(batch, open_), open_);
    }
    return {&values_.finish(), nullptr, false};
  }

  static Position position_of(const bound::Case& node) {
    return node.whens.empty() ? Position{} : node.whens[0].first->at;
  }

  // The open rows that this arm takes; they are open no more.
  std::span<const std::uint32_t> choose(const Column& values, const Column& operand) {
    const auto rows = static_cast<std::uint32_t>(open_.size());
    if (truths_.size() < rows) truths_.resize(rows);
    if (chosen_.size() < rows) chosen_.resize(rows);
    Truth* truths = truths_.data();
    if (operand_ && !subject_) {
      for (std::uint32_t i = 0; i < rows; ++i) {
        truths[i] = equals(operand.cell(open_[i]), values.cell(i));
      }
    } else {
      read_truths(values, rows, truths_, at_);
    }
    std::uint32_t* taken = chosen_.data();
    std::uint32_t* open = open_.data();
    std::size_t chosen = 0;  // no branches: which rows an arm takes is hard to foresee
    for (std::size_t i = 0; i < rows; ++i) {
      const std::uint32_t row = open[i];
      taken[chosen] = row;
      open[i - chosen] = row;
      chosen += static_cast<std::size_t>(truths[i] == Truth::True);
    }
    open_.resize(rows - chosen);
    return {taken, chosen};
  }

  Position at_;
  EvaluatorPtr operand_;
  std::optional<Slot> subject_;  // the operand is this column, and the conditions say all
  Batch with_subject_;
  std::vector<When> whens_;
  std::vector<Narrowed> otherwise_;  // at most one
  bool picks_ = false;               // there is one condition, and two constants
  Vector picked_;
  std::vector<std::uint32_t> open_;    // rows that no arm has taken yet
  std::vector<std::uint32_t> chosen_;  // of choose(): as many as its result says
  std::vector<Truth> truths_;
  ScatteredValues values_;
};

}  // namespace

EvaluatorPtr compile_call(const bound::Call& node, Position at, Worker& worker) {
  KITH_ASSERT(node.function != nullptr);
  if (node.function->name == "coalesce") return std::make_unique<CoalesceEvaluator>(node, worker);
  return with_epoch(node, std::make_unique<CallEvaluator>(node, at, worker), worker);
}

EvaluatorPtr compile_case(const bound::Case& node, Worker& worker) {
  return std::make_unique<CaseEvaluator>(node, worker);
}

}  // namespace kith::exec
