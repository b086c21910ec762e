// cypher/exec/evaluate_local.cpp: list comprehensions, quantifiers and reduce.
//
// The elements of all lists of a batch become rows of an inner batch, with the local variable as
// one more column, some thousands of rows at a time.
#include <algorithm>
#include <string>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/equal_elements.hpp"
#include "cypher/exec/evaluate.hpp"

namespace kith::exec {

namespace {

[[noreturn]] void not_a_list(const Cell& cell, Position at) {
  throw TypeError("InvalidArgumentType",
                  "expected a LIST, got a value of type " + std::string(kind_name(cell.kind)), at);
}

std::vector<Slot> outer_slots(std::initializer_list<const bound::ExpressionPtr*> expressions,
                              std::initializer_list<Slot> locals) {
  std::vector<Slot> slots;
  for (const auto* expression : expressions) {
    if (!*expression) continue;
    for (const Slot slot : bound::free_slots(**expression)) {
      const bool known = std::find(slots.begin(), slots.end(), slot) != slots.end();
      const bool local = std::find(locals.begin(), locals.end(), slot) != locals.end();
      if (!known && !local) slots.push_back(slot);
    }
  }
  return slots;
}

void keep_present(const Batch& batch, const std::vector<Slot>& slots, std::vector<Slot>& present) {
  present.clear();
  for (const Slot slot : slots) {
    if (batch.columns[slot].is_set()) present.push_back(slot);
  }
}

// Walks the elements of a column of lists as batches.
class Elements {
 public:
  Elements(Slot variable, std::vector<Slot> outer, Worker& worker)
      : worker_(worker), variable_(variable), outer_(std::move(outer)) {}

  void begin(const Batch& batch, const Column& lists, Position at) {
    batch_ = &batch;
    lists_ = lists;
    only_ = nullptr;
    row_ = 0;
    item_ = 0;
    keep_present(batch, outer_, present_);
    for (std::uint32_t i = 0; i < batch.rows; ++i) {
      const Cell list = lists.cell(i);
      if (!list.is_null() && list.kind != Kind::List) not_a_list(list, at);
    }
  }

  // No others than those that `only` finds.
  void narrow(EqualElements& only) { only_ = &only; }

  // The next elements; nullptr at the end. row_of(i) is the row of `batch` that element i is of.
  const Batch* next() {
    worker_.poll();
    rows_.clear();
    cells_.clear();
    while (row_ < batch_->rows && rows_.size() < kRows) take_from_row();
    if (rows_.empty()) return nullptr;
    picker_.pick(*batch_, rows_, present_, inner_);
    fill_narrow(cells_, values_);
    inner_.set(variable_, values_);
    return &inner_;
  }
  std::uint32_t row_of(std::uint32_t element) const { return rows_[element]; }
  const Cell& element(std::uint32_t element) const { return cells_[element]; }

 private:
  static constexpr std::size_t kRows = 2 * kBatchRows;

  void take_from_row() {
    const Cell list = lists_.cell(row_);
    const auto items = list.is_null() ? std::span<const Cell>() : list.items();
    const bool some = only_ != nullptr && !items.empty();
    if (some && item_ == 0) only_->find(row_, found_);
    const std::size_t all = some ? found_.size() : items.size();
    const std::size_t count = std::min(all - item_, kRows - rows_.size());
    rows_.insert(rows_.end(), count, row_);
    for (std::size_t i = item_; i < item_ + count; ++i) {
      cells_.push_back(items[some ? found_[i] : i]);
    }
    item_ += count;
    if (item_ < all) return;
    ++row_;
    item_ = 0;
  }

  Worker& worker_;
  Slot variable_;
  std::vector<Slot> outer_, present_;
  const Batch* batch_ = nullptr;
  Column lists_;
  EqualElements* only_ = nullptr;
  std::vector<std::uint32_t> found_;  // by only_, in the list of row_
  std::uint32_t row_ = 0;
  std::size_t item_ = 0;  // of the list, or of found_
  std::vector<std::uint32_t> rows_;
  std::vector<Cell> cells_;
  Vector values_;
  RowPicker picker_;
  Batch inner_;
};

class ListComprehensionEvaluator final : public Evaluator {
 public:
  ListComprehensionEvaluator(const bound::ListComprehension& node, Position at, Worker& worker)
      : list_(compile(*node.list, worker)),
        elements_(node.variable, outer_slots({&node.where, &node.projection}, {node.variable}),
                  worker),
        at_(at),
        reserved_(worker.execution().budget, "a list comprehension"),
        arena_(worker) {
    if (node.where) {
      where_ = compile(*node.where, worker);
      equal_ = EqualElements::of(*node.where, node.variable, worker);
      if (equal_ && equal_->is_contrary()) equal_.reset();
    }
    if (node.projection) projection_.emplace_back(*node.projection, worker);
  }

  Column evaluate(const Batch& batch) override {
    const Column lists = list_->evaluate(batch);
    arena_.reset();
    results_.clear();
    counts_.assign(batch.rows, 0);
    elements_.begin(batch, lists, at_);
    if (equal_ && equal_->begin(batch, lists)) elements_.narrow(*equal_);
    while (const Batch* inner = elements_.next()) {
      take(*inner);
      reserved_.grow_to(results_.capacity() * sizeof(Cell));
    }
    out_.reset(VectorType::Any, batch.rows);
    std::size_t begin = 0;
    for (std::uint32_t i = 0; i < batch.rows; ++i) {
      if (!lists.cell(i).is_null()) {
        out_.data<Cell>()[i] = make_list(arena_, std::span(results_).subspan(begin, counts_[i]));
      }
      begin += counts_[i];
    }
    return {&out_, nullptr, false};
  }

 private:
  void take(const Batch& inner) {
    kept_.resize(inner.rows);
    for (std::uint32_t i = 0; i < inner.rows; ++i) kept_[i] = i;
    if (where_) {
      truths_.resize(inner.rows);
      read_truths(where_->evaluate(inner), inner.rows, truths_, at_);
      std::erase_if(kept_, [&](std::uint32_t i) { return truths_[i] != Truth::True; });
    }
    if (kept_.empty()) return;
    for (const std::uint32_t i : kept_) ++counts_[elements_.row_of(i)];
    if (projection_.empty()) {
      for (const std::uint32_t i : kept_) results_.push_back(elements_.element(i));
      return;
    }
    const Column values = projection_[0].evaluate(inner, kept_);
    const VectorType type = values.vector->type();
    const bool is_deep = type == VectorType::Any || type == VectorType::String;
    for (std::uint32_t i = 0; i < kept_.size(); ++i) {
      results_.push_back(is_deep ? copy_into(arena_, values.cell(i)) : values.cell(i));
    }
  }

  EvaluatorPtr list_, where_;
  std::unique_ptr<EqualElements> equal_;  // or nullptr
  std::vector<Narrowed> projection_;      // at most one
  Elements elements_;
  Position at_;
  std::vector<std::uint32_t> kept_;
  std::vector<Truth> truths_;
  std::vector<Cell> results_;  // of all rows, one after the other
  std::vector<std::size_t> counts_;
  Reservation reserved_;  // of results_
  ValueArena arena_;
  Vector out_;
};

class QuantifierEvaluator final : public Evaluator {
 public:
  QuantifierEvaluator(const bound::Quantifier& node, Position at, Worker& worker)
      : kind_(node.kind),
        list_(compile(*node.list, worker)),
        where_(compile(*node.where, worker)),
        equal_(EqualElements::of(*node.where, node.variable, worker)),
        elements_(node.variable, outer_slots({&node.where}, {node.variable}), worker),
        at_(at) {}

  Column evaluate(const Batch& batch) override {
    const Column lists = list_->evaluate(batch);
    tallies_.assign(batch.rows, Tally{});
    elements_.begin(batch, lists, at_);
    const bool by_hash = equal_ && equal_->begin(batch, lists);
    if (by_hash && equal_->is_whole()) {
      look_up_all(batch, lists);
    } else {
      if (by_hash) elements_.narrow(*equal_);
      ask_elements();
      if (by_hash) add_falses(batch, lists);
    }
    truths_.resize(batch.rows);
    for (std::uint32_t i = 0; i < batch.rows; ++i) {
      truths_[i] = lists.cell(i).is_null() ? Truth::Unknown : decide(tallies_[i]);
    }
    write_truths(truths_, out_);
    return {&out_, nullptr, false};
  }

 private:
  struct Tally {
    std::uint64_t of[3] = {0, 0, 0};  // by Truth
    std::uint64_t& operator[](Truth truth) { return of[static_cast<std::size_t>(truth)]; }
  };

  void ask_elements() {
    while (const Batch* inner = elements_.next()) {
      truths_.resize(inner->rows);
      read_truths(where_->evaluate(*inner), inner->rows, truths_, at_);
      for (std::uint32_t i = 0; i < inner->rows; ++i) {
        ++tallies_[elements_.row_of(i)][truths_[i]];
      }
    }
  }
  // What was not found is not equal, whatever else is asked.
  void add_falses(const Batch& batch, const Column& lists) {
    for (std::uint32_t i = 0; i < batch.rows; ++i) {
      const Cell list = lists.cell(i);
      if (list.is_null()) continue;
      Tally& tally = tallies_[i];
      tally[Truth::False] += list.items().size() - tally.of[0] - tally.of[1] - tally.of[2];
    }
  }
  void look_up_all(const Batch& batch, const Column& lists) {
    const bool contrary = equal_->is_contrary();
    for (std::uint32_t i = 0; i < batch.rows; ++i) {
      const Cell list = lists.cell(i);
      if (list.is_null() || list.items().empty()) continue;
      const CellIndex::Count count = equal_->count(i);
      Tally& tally = tallies_[i];
      tally[Truth::Unknown] = count.unknown;
      tally[contrary ? Truth::False : Truth::True] = count.equal;
      tally[contrary ? Truth::True : Truth::False] =
          list.items().size() - count.equal - count.unknown;
    }
  }

  Truth decide(const Tally& tally) const {
    const auto falses = tally.of[static_cast<std::size_t>(Truth::False)];
    const auto trues = tally.of[static_cast<std::size_t>(Truth::True)];
    const bool unknown = tally.of[static_cast<std::size_t>(Truth::Unknown)] != 0;
    switch (kind_) {
      case bound::QuantifierKind::All:
        if (falses != 0) return Truth::False;
        return unknown ? Truth::Unknown : Truth::True;
      case bound::QuantifierKind::Any:
        if (trues != 0) return Truth::True;
        return unknown ? Truth::Unknown : Truth::False;
      case bound::QuantifierKind::None:
        if (trues != 0) return Truth::False;
        return unknown ? Truth::Unknown : Truth::True;
      case bound::QuantifierKind::Single:
        if (trues > 1) return Truth::False;
        return unknown ? Truth::Unknown : truth(trues == 1);
    }
    return Truth::Unknown;
  }

  bound::QuantifierKind kind_;
  EvaluatorPtr list_, where_;
  std::unique_ptr<EqualElements> equal_;  // or nullptr
  Elements elements_;
  Position at_;
  std::vector<Tally> tallies_;
  std::vector<Truth> truths_;
  Vector out_;
};

// Steps through all lists of the batch at once: step k handles element k of those that have one.
class ReduceEvaluator final : public Evaluator {
 public:
  ReduceEvaluator(const bound::Reduce& node, Position at, Worker& worker)
      : accumulator_(node.accumulator),
        variable_(node.variable),
        initial_(compile(*node.initial, worker)),
        list_(compile(*node.list, worker)),
        step_(compile(*node.step, worker)),
        outer_(outer_slots({&node.step}, {node.accumulator, node.variable})),
        at_(at),
        worker_(worker),
        arenas_{ValueArena(worker), ValueArena(worker)} {}

  Column evaluate(const Batch& batch) override {
    const Column initial = initial_->evaluate(batch);
    const Column lists = list_->evaluate(batch);
    begin(batch, initial, lists);
    for (std::size_t k = 0; !open_.empty(); ++k) {
      std::erase_if(open_, [&](std::uint32_t row) { return lists.cell(row).items().size() <= k; });
      if (!open_.empty()) step(batch, lists, k);
    }
    fill_narrow(cells_, out_);
    return {&out_, nullptr, false};
  }

 private:
  void begin(const Batch& batch, const Column& initial, const Column& lists) {
    keep_present(batch, outer_, present_);
    arenas_[0].reset();
    arenas_[1].reset();
    cells_.resize(batch.rows);
    open_.clear();
    for (std::uint32_t i = 0; i < batch.rows; ++i) {
      const Cell list = lists.cell(i);
      cells_[i] = list.is_null() ? Cell::null() : initial.cell(i);
      if (list.is_null()) continue;
      if (list.kind != Kind::List) not_a_list(list, at_);
      open_.push_back(i);
    }
  }

  void step(const Batch& batch, const Column& lists, std::size_t k) {
    worker_.poll();
    before_.clear();
    elements_.clear();
    for (const std::uint32_t row : open_) {
      before_.push_back(cells_[row]);
      elements_.push_back(lists.cell(row).items()[k]);
    }
    picker_.pick(batch, open_, present_, inner_);
    fill_narrow(before_, accumulators_);
    fill_narrow(elements_, variables_);
    inner_.set(accumulator_, accumulators_);
    inner_.set(variable_, variables_);
    const Column after = step_->evaluate(inner_);
    for (std::uint32_t i = 0; i < open_.size(); ++i) {
      cells_[open_[i]] = copy_into(arenas_[0], after.cell(i));
    }
    if (arenas_[0].bytes() > compact_at_) compact();
  }

  // Drops values that later ones have replaced.
  void compact() {
    arenas_[1].reset();
    for (Cell& cell : cells_) cell = copy_into(arenas_[1], cell);
    std::swap(arenas_[0], arenas_[1]);
    arenas_[1].reset();
    compact_at_ = std::max(kCompactBytes, 2 * arenas_[0].bytes());
  }

  static constexpr std::size_t kCompactBytes = 1 << 20;
  std::size_t compact_at_ = kCompactBytes;

  Slot accumulator_, variable_;
  EvaluatorPtr initial_, list_, step_;
  std::vector<Slot> outer_, present_;
  Position at_;
  Worker& worker_;
  std::vector<std::uint32_t> open_;  // rows whose list has more elements
  std::vector<Cell> cells_, before_, elements_;
  ValueArena arenas_[2];
  Vector accumulators_, variables_, out_;
  RowPicker picker_;
  Batch inner_;
};

}  // namespace

EvaluatorPtr compile_list_comprehension(const bound::ListComprehension& node, Position at,
                                        Worker& worker) {
  return std::make_unique<ListComprehensionEvaluator>(node, at, worker);
}

EvaluatorPtr compile_quantifier(const bound::Quantifier& node, Position at, Worker& worker) {
  return std::make_unique<QuantifierEvaluator>(node, at, worker);
}

EvaluatorPtr compile_reduce(const bound::Reduce& node, Position at, Worker& worker) {
  return std::make_unique<ReduceEvaluator>(node, at, worker);
}

}  // namespace kith::exec
