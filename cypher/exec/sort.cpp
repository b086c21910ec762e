// cypher/exec/sort.cpp: ORDER BY, and ORDER BY with LIMIT.
//
// Workers collect rows of their own, which are sorted together, or merged if some were written to
// disk. With a limit a worker keeps little more than the rows that may still be among the first:
// a row that its first key rules out (top_bound.hpp) is not looked at further.
#include <algorithm>
#include <numeric>

#include "cypher/exec/operators.hpp"
#include "cypher/exec/pipeline.hpp"
#include "cypher/exec/row_count.hpp"
#include "cypher/exec/row_sorter.hpp"
#include "cypher/exec/row_source.hpp"
#include "cypher/exec/sort_order.hpp"
#include "cypher/exec/top_bound.hpp"
#include "cypher/plan/expressions.hpp"

namespace kith::exec {

namespace {

constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};

// Whether rows may be dropped for their first key before the others are computed: nobody can tell.
bool may_look_at_first(const std::vector<plan::SortKey>& keys) {
  return std::none_of(keys.begin(), keys.end(), [](const plan::SortKey& key) {
    return plan::can_fail(*key.value) || plan::is_volatile(*key.value);
  });
}

// One worker's rows.
class Partial {
 public:
  Partial(const std::vector<plan::SortKey>& keys, const std::vector<Slot>& slots,
          std::uint64_t limit, TopBound& bound, Worker& worker)
      : input_(keys, slots, worker),
        sorter_(SortOrder(keys, input_.columns()), input_.columns(), worker.execution(),
                "ORDER BY"),
        limit_(limit),
        first_key_(bound, keys.size() == 1),
        looks_at_first_(may_look_at_first(keys)) {
    plan::SlotSet needed(slots);
    for (const auto& key : keys) needed.insert(plan::slots_of(*key.value));
    needed_ = needed.slots();
  }

  void consume(const Batch& batch) {
    const Batch* rows = &batch;
    const bool known = limit_ != kNoLimit && first_key_.is_known();
    Column first;
    if (known && looks_at_first_) {
      first = input_.first_key_of(batch);
      first_key_.select(first, batch.rows, kept_);
      if (kept_.empty()) return;
      if (kept_.size() < batch.rows) rows = &picked_of(batch);
    }
    const auto keys = input_.keys_of(*rows, first.is_set() && rows == &batch ? &first : nullptr);
    if (known && !looks_at_first_) {
      first_key_.select(keys[0], rows->rows, kept_);
    } else {
      kept_.resize(rows->rows);
      std::iota(kept_.begin(), kept_.end(), 0u);
    }
    if (!worst_.empty()) drop_by_all(keys);
    if (kept_.empty()) return;
    input_.append(*rows, kept_, sorter_.rows());
    if (limit_ != kNoLimit && sorter_.rows().size() >= 2 * limit_ + kSlack) prune();
    if (sorter_.fits()) return;
    if (sorter_.rows().size() > limit_) prune();
    sorter_.spill();
  }

  RowSorter& sorter() { return sorter_; }
  std::size_t columns() const { return input_.columns(); }

 private:
  static constexpr std::uint64_t kSlack = 512;

  // The rows kept_ of the batch.
  const Batch& picked_of(const Batch& batch) {
    present_.clear();
    for (const Slot slot : needed_) {
      if (batch.columns[slot].is_set()) present_.push_back(slot);
    }
    picked_rows_.swap(kept_);
    picker_.pick(batch, picked_rows_, present_, picked_);
    return picked_;
  }

  // Of rows with the same keys earlier ones win, and all that were kept are earlier.
  void drop_by_all(std::span<const Column> keys) {
    std::size_t count = 0;
    for (const std::uint32_t row : kept_) {
      bound_.clear();
      for (const Column& key : keys) bound_.push_back(key.cell(row));
      kept_[count] = row;
      count += sorter_.order().compare_keys(bound_.data(), worst_.data()) < 0 ? 1 : 0;
    }
    kept_.resize(count);
  }

  // Keeps the first `limit_` rows, in memory of their own.
  void prune() {
    const auto rows = sorter_.take_rows();
    const auto end = rows->pointers().begin() + static_cast<std::ptrdiff_t>(limit_);
    const SortOrder& order = sorter_.order();
    const auto less = [&order](const Cell* a, const Cell* b) { return order.less(a, b); };
    std::nth_element(rows->pointers().begin(), end - 1, rows->pointers().end(), less);
    for (auto row = rows->pointers().begin(); row != end; ++row) sorter_.rows().append_copy(*row);
    worst_.clear();
    worst_memory_.reset();
    // nth_element left the last of them at its place.
    for (std::size_t i = 0; i < order.keys(); ++i) {
      worst_.push_back(copy_into(worst_memory_, (*(end - 1))[i]));
    }
    first_key_.found(worst_[0]);
  }

  SortInput input_;
  RowSorter sorter_;
  std::uint64_t limit_;
  FirstKeyTest first_key_;
  bool looks_at_first_;
  std::vector<Slot> needed_, present_;
  std::vector<Cell> worst_;  // keys of the last of the first `limit_` rows, once there were as many
  Arena worst_memory_;
  std::vector<std::uint32_t> kept_, picked_rows_;
  std::vector<Cell> bound_;
  RowPicker picker_;
  Batch picked_;
};

// The input of a Top, told what is still needed.
Lowering lowering_of_input(const plan::Node& node, const std::vector<plan::SortKey>& keys,
                           const bound::Expression* limit, const TopBound& bound,
                           const Lowering& lowering) {
  Lowering input = lowering_of_inputs(node, lowering);
  if (limit == nullptr || !may_look_at_first(keys)) return input;
  if (const auto test = zone_test_of(keys[0], bound)) input.zones.push_back(*test);
  return input;
}

class SortOperator final : public RowSource {
 public:
  SortOperator(const plan::Node& node, const std::vector<plan::SortKey>& keys,
               const bound::Expression* skip, const bound::Expression* limit,
               const Lowering& lowering)
      : RowSource(node, lowering, SortInput::emitted(keys.size(), node.live)),
        keys_(keys),
        skip_(skip),
        limit_(limit),
        slots_(node.live),
        worker_(*lowering.worker),
        bound_(keys.at(0).ascending),
        pipelines_(*node.children.at(0), lowering_of_input(node, keys, limit, bound_, lowering)) {}

 private:
  std::uint64_t limit() const {
    if (limit_ == nullptr) return kNoLimit;
    const std::uint64_t limit = row_count(*limit_, "LIMIT", worker_);
    const std::uint64_t skip = skip_ == nullptr ? 0 : row_count(*skip_, "SKIP", worker_);
    return limit + skip > kMostKept ? kNoLimit : limit + skip;
  }

  void compute(Rows& rows) override {
    const std::uint64_t wanted = limit();
    bound_.reset();
    pipelines_.open();
    std::vector<std::unique_ptr<Partial>> partials;
    for (std::uint32_t i = 0; i < pipelines_.workers(); ++i) {
      partials.push_back(
          std::make_unique<Partial>(keys_, slots_, wanted, bound_, pipelines_.worker(i)));
    }
    if (wanted != 0) {
      pipelines_.drain(
          [&](std::uint32_t worker, const Batch& batch) { partials[worker]->consume(batch); });
    }
    std::vector<RowSorter*> sorters;
    bool spilled = false;
    for (auto& partial : partials) {
      sorters.push_back(&partial->sorter());
      spilled |= partial->sorter().has_spilled();
    }
    if (spilled) {
      rows.stream = RowSorter::merge(sorters, wanted);
      rows.width = partials[0]->columns();
      return;
    }
    for (RowSorter* sorter : sorters) {
      rows.owners.push_back(sorter->take_rows());
      const auto more = rows.owners.back()->rows();
      rows.order.insert(rows.order.end(), more.begin(), more.end());
    }
    sorters[0]->order().sort(rows.order, execution());
    if (rows.order.size() > wanted) rows.order.resize(wanted);
  }

  static constexpr std::uint64_t kMostKept = 1 << 20;  // beyond it, sorting all is no worse

  const std::vector<plan::SortKey>& keys_;
  const bound::Expression* skip_;
  const bound::Expression* limit_;
  std::vector<Slot> slots_;
  Worker& worker_;
  TopBound bound_;  // before the pipelines, whose scans look at it
  Pipelines pipelines_;
};

}  // namespace

OperatorPtr make_sort(const plan::Node& node, const plan::Sort& op, const Lowering& lowering) {
  if (!lowering.carried.empty()) {
    return make_sort_of_each(node, op.keys, nullptr, nullptr, lowering);
  }
  return std::make_unique<SortOperator>(node, op.keys, nullptr, nullptr, lowering);
}

OperatorPtr make_top(const plan::Node& node, const plan::Top& op, const Lowering& lowering) {
  if (!lowering.carried.empty()) {
    return make_sort_of_each(node, op.keys, op.skip.get(), op.limit.get(), lowering);
  }
  return std::make_unique<SortOperator>(node, op.keys, op.skip.get(), op.limit.get(), lowering);
}

}  // namespace kith::exec
