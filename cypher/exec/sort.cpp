// cypher/exec/sort.cpp: ORDER BY, and ORDER BY with LIMIT.
//
// Workers collect rows of their own, which are sorted together. With a limit a worker keeps little
// more than the rows that may still be among the first.
#include <algorithm>
#include <numeric>

#include "cypher/exec/operators.hpp"
#include "cypher/exec/pipeline.hpp"
#include "cypher/exec/row_count.hpp"
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
      : worker_(worker),
        input_(keys, slots, worker),
        order_(keys, input_.columns()),
        limit_(limit),
        rows_(new_buffer()) {}

  void consume(const Batch& batch) {
    const auto keys = input_.keys_of(batch);
    kept_.clear();
    for (std::uint32_t i = 0; i < batch.rows; ++i) {
      if (may_be_among_first(keys, i)) kept_.push_back(i);
    }
    if (kept_.empty()) return;
    input_.append(batch, kept_, *rows_);
    if (limit_ != kNoLimit && rows_->size() >= 2 * limit_ + kSlack) prune();
  }

  std::unique_ptr<RowBuffer> take_rows() { return std::move(rows_); }
  const SortOrder& order() const { return order_; }

 private:
  static constexpr std::uint64_t kSlack = 2 * kBatchRows;

  std::unique_ptr<RowBuffer> new_buffer() const {
    return std::make_unique<RowBuffer>(input_.columns(), worker_.execution().budget, "ORDER BY");
  }

  // Later rows lose against earlier ones with the same keys.
  bool may_be_among_first(std::span<const Column> keys, std::uint32_t row) {
    if (worst_ == nullptr) return limit_ != 0;
    bound_.clear();
    for (const Column& key : keys) bound_.push_back(key.cell(row));
    return order_.compare_keys(bound_.data(), worst_) < 0;
  }

  // Keeps the first `limit_` rows, in memory of their own.
  void prune() {
    auto& rows = rows_->pointers();
    const auto end = rows.begin() + static_cast<std::ptrdiff_t>(limit_);
    const auto less = [this](const Cell* a, const Cell* b) { return order_.less(a, b); };
    std::nth_element(rows.begin(), end - 1, rows.end(), less);
    auto kept = new_buffer();
    for (auto row = rows.begin(); row != end; ++row) {
      Cell* copy = kept->append_row();
      for (std::size_t c = 0; c < input_.columns(); ++c)
        copy[c] = copy_into(kept->arena(), (*row)[c]);
    }
    kept->charge();
    worst_ = kept->row(kept->size() - 1);  // nth_element left the last of them at its place
    rows_ = std::move(kept);
  }

  Worker& worker_;
  SortInput input_;
  SortOrder order_;
  std::uint64_t limit_;
  std::unique_ptr<RowBuffer> rows_;
  const Cell* worst_ = nullptr;  // the last of the first `limit_` rows, once there were as many
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
    const SortOrder order = partials[0]->order();
    for (auto& partial : partials) {
      rows.owners.push_back(partial->take_rows());
      const auto more = rows.owners.back()->rows();
      rows.order.insert(rows.order.end(), more.begin(), more.end());
    }
    order.sort(rows.order, execution());
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
