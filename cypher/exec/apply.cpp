// cypher/exec/apply.cpp: an inner plan for each row of the outer input.
//
// Where the inner plan is a stream it runs for all rows of a batch at once, its rows carrying the
// number of their outer row; else row by row. Whether there is an inner row is remembered by the
// node of the outer row, if that is all that the inner plan looks at.
#include <algorithm>
#include <numeric>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/kept_rows.hpp"
#include "cypher/exec/node_set.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/plan/expressions.hpp"
#include "cypher/plan/tree.hpp"

namespace kith::exec {

namespace {

using Kind = plan::Apply::Kind;

// The rows of the inner plan for a batch of outer rows, with the numbers of those: the two ways to
// run it look the same from here.
class InnerRows {
 public:
  InnerRows(const plan::Node& node, const Lowering& lowering)
      : plan_(lower_inner(*node.children.at(1), lowering)),
        execution_(lowering.execution()),
        inner_(execution_.slot_count) {}

  void begin(const Batch& outer) {
    outer_ = &outer;
    row_ = 0;
    open_ = false;
    if (!plan_.batched) return;
    plan_.argument->set_all(outer, plan_.ordinal);
    plan_.root->open();
  }

  // The next inner rows; those of one outer row come together, in the order of the outer rows.
  bool next() {
    if (plan_.batched) {
      if (!plan_.root->next(inner_)) return false;
      const auto numbers = operand<std::int64_t>(inner_[plan_.ordinal], inner_.rows, scratch_);
      numbers_.resize(inner_.rows);
      for (std::uint32_t i = 0; i < inner_.rows; ++i) {
        numbers_[i] = static_cast<std::uint32_t>(numbers[i]);
      }
      return true;
    }
    while (row_ < outer_->rows) {
      if (!open_) open_row();
      if (plan_.root->next(inner_)) {
        numbers_.assign(inner_.rows, row_);
        return true;
      }
      skip_row();
    }
    return false;
  }

  // Not interested in more rows of this outer row (which next() gave last).
  void skip_row() {
    if (plan_.batched) return;
    open_ = false;
    ++row_;
  }

  const Batch& batch() const { return inner_; }
  const std::vector<std::uint32_t>& numbers() const { return numbers_; }

 private:
  void open_row() {
    execution_.poll();
    plan_.argument->set_row(*outer_, row_);
    plan_.root->open();
    open_ = true;
  }

  InnerPlan plan_;
  Execution& execution_;
  const Batch* outer_ = nullptr;
  std::uint32_t row_ = 0;
  bool open_ = false;
  Batch inner_;
  std::vector<std::uint32_t> numbers_;
  std::vector<std::int64_t> scratch_;
};

bool is_steady(const plan::Node& plan) {
  bool steady = true;
  plan::for_each_node(plan, [&](const plan::Node& node) {
    steady = steady && !std::holds_alternative<plan::CallProcedure>(node.op);
    plan::for_each_expression(
        node, [&](const plan::ExpressionPtr& e) { steady = steady && !plan::is_volatile(*e); });
  });
  return steady;
}

// The nodes that an inner plan has been asked about, and those for which it had a row. As long as
// many come again.
class AskedNodes {
 public:
  AskedNodes(const plan::Node& inner, Execution& execution)
      : execution_(execution), slots_(plan::argument_slots(inner).slots()) {
    is_possible_ = execution.transaction == nullptr && slots_.size() == 1 && is_steady(inner);
  }

  void clear() {
    is_worth_it_ = is_possible_;
    rows_ = 0;
    asked_.clear(execution_.view.node_id_limit());
    passed_.clear(execution_.view.node_id_limit());
  }

  // Of rows whose nodes can be remembered: those of nodes that are asked for the first time. Null:
  // all have to be asked.
  const Batch* begin(const Batch& batch) {
    if (!is_worth_it_) return nullptr;
    const Column& nodes = batch[slots_[0]];
    if (nodes.vector->type() != VectorType::Node || nodes.vector->may_have_nulls()) return nullptr;
    new_.clear();
    for (std::uint32_t i = 0; i < batch.rows; ++i) {
      if (asked_.insert(id_of(nodes, i))) new_.push_back(i);
    }
    picker_.pick(batch, new_, slots_, picked_);
    return &picked_;
  }
  // What was found for the rows of begin(), into what is known of all rows of its batch.
  void end(const Batch& batch, std::vector<std::uint8_t>& matched) {
    const Column& nodes = batch[slots_[0]];
    for (std::size_t i = 0; i < new_.size(); ++i) {
      if (matched[i] != 0) passed_.insert(id_of(nodes, new_[i]));
    }
    matched.resize(batch.rows);
    for (std::uint32_t i = 0; i < batch.rows; ++i) matched[i] = passed_.has(id_of(nodes, i));
    rows_ += batch.rows;
    const bool few_again = rows_ > kLookAt && rows_ - asked_.size() < rows_ / kLeastAgain;
    is_worth_it_ = !few_again && memory_.try_resize(asked_.bytes() + passed_.bytes());
  }

 private:
  static constexpr std::uint64_t kLookAt = 8192, kLeastAgain = 8;

  static std::uint64_t id_of(const Column& nodes, std::uint32_t row) {
    return nodes.vector->data<std::uint64_t>()[nodes.at(row)];
  }

  Execution& execution_;
  std::vector<Slot> slots_;
  bool is_possible_ = false, is_worth_it_ = false;
  std::uint64_t rows_ = 0;
  NodeSet asked_, passed_;
  Reservation memory_{execution_.budget, "what is known of nodes"};
  std::vector<std::uint32_t> new_;
  RowPicker picker_;
  Batch picked_;
};

// Semi, Anti, Mark, Unit: no inner columns, at most one row for an outer one.
class TestingApply final : public Streaming {
 public:
  TestingApply(const plan::Node& node, const plan::Apply& op, const Lowering& lowering)
      : Streaming(lower_input(node, lowering)),
        inner_(node, lowering),
        asked_(*node.children.at(1), lowering.execution()),
        op_(op),
        carry_(node, lowering) {}

  void open() override {
    input_->open();
    asked_.clear();
  }

  bool next(Batch& out) override {
    while (input_->next(in_)) {
      test();
      if (op_.kind == Kind::Mark || op_.kind == Kind::Unit) {
        carry_.pass(in_, out);
        if (op_.kind == Kind::Mark) give_marks(out);
        return true;
      }
      kept_.clear();
      const std::uint8_t wanted = op_.kind == Kind::Semi ? 1 : 0;
      for (std::uint32_t i = 0; i < in_.rows; ++i) {
        if (matched_[i] == wanted) kept_.push_back(i);
      }
      if (kept_.empty()) continue;
      picker_.pick(in_, kept_, carry_.of(in_), out);
      return true;
    }
    return false;
  }

 private:
  void test() {
    const Batch* unknown = op_.kind == Kind::Unit ? nullptr : asked_.begin(in_);
    test(unknown == nullptr ? in_ : *unknown);
    if (unknown != nullptr) asked_.end(in_, matched_);
  }
  void test(const Batch& rows) {
    matched_.assign(rows.rows, 0);
    std::uint32_t missing = rows.rows;
    if (missing == 0) return;
    inner_.begin(rows);
    while (inner_.next()) {
      if (op_.kind == Kind::Unit) continue;  // all of its effects
      for (const std::uint32_t row : inner_.numbers()) {
        missing -= matched_[row] == 0 ? 1 : 0;
        matched_[row] = 1;
      }
      if (missing == 0) return;
      inner_.skip_row();
    }
  }

  void give_marks(Batch& out) {
    marks_.reset(VectorType::Boolean, in_.rows);
    std::copy(matched_.begin(), matched_.end(), marks_.data<std::uint8_t>());
    out.set(op_.mark, marks_);
  }

  InnerRows inner_;
  AskedNodes asked_;
  const plan::Apply& op_;
  Carry carry_;
  Batch in_;
  std::vector<std::uint8_t> matched_;  // by row of in_
  std::vector<std::uint32_t> kept_;
  Vector marks_;
  RowPicker picker_;
};

// Cross and Optional.
class JoiningApply final : public Streaming {
 public:
  JoiningApply(const plan::Node& node, const plan::Apply& op, const Lowering& lowering)
      : Streaming(lower_input(node, lowering)),
        inner_(node, lowering),
        optional_(op.kind == Kind::Optional),
        live_(node.live),
        carry_(node, lowering) {
    values_.resize(live_.size());
  }

  void open() override {
    input_->open();
    active_ = false;
  }

  bool next(Batch& out) override {
    while (true) {
      if (!active_) {
        if (!input_->next(in_)) return false;
        inner_.begin(in_);
        active_ = true;
        due_ = 0;
      }
      active_ = inner_.next();
      if (active_) {
        join(out);
        return true;
      }
      if (optional_ && due_ < in_.rows) {
        finish_batch(out);
        return true;
      }
    }
  }

 private:
  static constexpr std::uint32_t kNoRow = ~std::uint32_t{0};

  // Outer rows, with inner rows beside them or with nulls.
  void join(Batch& out) {
    const auto& numbers = inner_.numbers();
    rows_.clear();
    others_.clear();
    for (std::uint32_t i = 0; i < numbers.size(); ++i) {
      if (optional_) {
        while (due_ < numbers[i]) add_unmatched();
        due_ = numbers[i] + 1;
      }
      rows_.push_back(numbers[i]);
      others_.push_back(i);
    }
    give(out);
  }

  void finish_batch(Batch& out) {
    rows_.clear();
    others_.clear();
    while (due_ < in_.rows) add_unmatched();
    give(out);
  }

  void add_unmatched() {
    rows_.push_back(due_++);
    others_.push_back(kNoRow);
  }

  void give(Batch& out) {
    picker_.pick(in_, rows_, carry_.of(in_), out);
    const Batch& inner = inner_.batch();
    const bool all_matched = rows_.size() == inner.rows && others_.back() == inner.rows - 1 &&
                             std::find(others_.begin(), others_.end(), kNoRow) == others_.end();
    for (std::size_t i = 0; i < live_.size(); ++i) {
      const Slot slot = live_[i];
      if (in_.columns[slot].is_set()) continue;
      if (all_matched) {
        out.columns[slot] = inner[slot];
        continue;
      }
      cells_.clear();
      for (const std::uint32_t other : others_) {
        cells_.push_back(other == kNoRow ? Cell::null() : inner[slot].cell(other));
      }
      fill_narrow(cells_, values_[i]);
      out.set(slot, values_[i]);
    }
  }

  InnerRows inner_;
  bool optional_;
  std::vector<Slot> live_;
  Carry carry_;
  Batch in_;
  bool active_ = false;    // the inner rows of in_ are not at their end
  std::uint32_t due_ = 0;  // Optional: the first row of in_ that has not been given
  std::vector<std::uint32_t> rows_, others_;
  std::vector<Cell> cells_;
  std::vector<Vector> values_;
  RowPicker picker_;
};

}  // namespace

OperatorPtr make_apply(const plan::Node& node, const plan::Apply& op, const Lowering& lowering) {
  if (op.kind == Kind::Cross || op.kind == Kind::Optional) {
    return std::make_unique<JoiningApply>(node, op, lowering);
  }
  return std::make_unique<TestingApply>(node, op, lowering);
}

}  // namespace kith::exec
