// cypher/exec/sort.cpp: ORDER BY, and ORDER BY with LIMIT.
//
// Workers collect rows of their own, which are sorted together, or merged if some were written to
// disk. With a limit a worker keeps little more than the rows that may still be among the first.
#include <algorithm>

#include "cypher/exec/operators.hpp"
#include "cypher/exec/pipeline.hpp"
#include "cypher/exec/row_count.hpp"
#include "cypher/exec/row_sorter.hpp"
#include "cypher/exec/row_source.hpp"
#include "cypher/exec/sort_order.hpp"

namespace kith::exec {

namespace {

constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};

// One worker's rows.
class Partial {
 public:
  Partial(const std::vector<plan::SortKey>& keys, const std::vector<Slot>& slots,
          std::uint64_t limit, Worker& worker)
      : input_(keys, slots, worker),
        sorter_(SortOrder(keys, input_.columns()), input_.columns(), worker.execution(),
                "ORDER BY"),
        limit_(limit) {}

  void consume(const Batch& batch) {
    const auto keys = input_.keys_of(batch);
    kept_.clear();
    for (std::uint32_t i = 0; i < batch.rows; ++i) {
      if (may_be_among_first(keys, i)) kept_.push_back(i);
    }
    if (kept_.empty()) return;
    input_.append(batch, kept_, sorter_.rows());
    if (limit_ != kNoLimit && sorter_.rows().size() >= 2 * limit_ + kSlack) prune();
    if (sorter_.fits()) return;
    if (sorter_.rows().size() > limit_) prune();
    sorter_.spill();
  }

  RowSorter& sorter() { return sorter_; }
  std::size_t columns() const { return input_.columns(); }

 private:
  static constexpr std::uint64_t kSlack = 2 * kBatchRows;

  // Later rows lose against earlier ones with the same keys.
  bool may_be_among_first(std::span<const Column> keys, std::uint32_t row) {
    if (worst_.empty()) return limit_ != 0;
    bound_.clear();
    for (const Column& key : keys) bound_.push_back(key.cell(row));
    return sorter_.order().compare_keys(bound_.data(), worst_.data()) < 0;
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
  }

  SortInput input_;
  RowSorter sorter_;
  std::uint64_t limit_;
  std::vector<Cell> worst_;  // keys of the last of the first `limit_` rows, once there were as many
  Arena worst_memory_;
  std::vector<std::uint32_t> kept_;
  std::vector<Cell> bound_;
};

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
        pipelines_(*node.children.at(0), lowering_of_inputs(node, lowering)) {}

 private:
  std::uint64_t limit() const {
    if (limit_ == nullptr) return kNoLimit;
    const std::uint64_t limit = row_count(*limit_, "LIMIT", worker_);
    const std::uint64_t skip = skip_ == nullptr ? 0 : row_count(*skip_, "SKIP", worker_);
    return limit + skip > kMostKept ? kNoLimit : limit + skip;
  }

  void compute(Rows& rows) override {
    const std::uint64_t wanted = limit();
    pipelines_.open();
    std::vector<std::unique_ptr<Partial>> partials;
    for (std::uint32_t i = 0; i < pipelines_.workers(); ++i) {
      partials.push_back(std::make_unique<Partial>(keys_, slots_, wanted, pipelines_.worker(i)));
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
  Pipelines pipelines_;
};

}  // namespace

OperatorPtr make_sort(const plan::Node& node, const plan::Sort& op, const Lowering& lowering) {
  return std::make_unique<SortOperator>(node, op.keys, nullptr, nullptr, lowering);
}

OperatorPtr make_top(const plan::Node& node, const plan::Top& op, const Lowering& lowering) {
  return std::make_unique<SortOperator>(node, op.keys, op.skip.get(), op.limit.get(), lowering);
}

}  // namespace kith::exec
