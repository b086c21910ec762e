// cypher/exec/sort_of_each.cpp: ORDER BY, and ORDER BY with LIMIT, of each outer row's rows, in a
// plan that runs for many outer rows at once.
//
// The number of the outer row is the first key of all, and the only one where rows of several
// inputs are put together. With a limit, of a batch's rows those are
// kept that are among the first of their outer row by its first key; what is left is cut when it is
// sorted.
#include <algorithm>
#include <numeric>

#include "core/compare.hpp"
#include "cypher/exec/columns.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/row_count.hpp"
#include "cypher/exec/row_sorter.hpp"
#include "cypher/exec/row_source.hpp"
#include "cypher/plan/expressions.hpp"

namespace kith::exec {

namespace {

constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};

// Counts rows with one number in their first cell, which come one after the other.
class Places {
 public:
  bool is_among(const Cell* row, std::uint64_t wanted) {
    if (row[0].integer != number_) place_ = 0;
    number_ = row[0].integer;
    return place_++ < wanted;
  }

 private:
  std::int64_t number_ = -1;
  std::uint64_t place_ = 0;
};

// The first rows of each number.
class FirstOfEach final : public RowStream {
 public:
  FirstOfEach(RowStreamPtr rows, std::uint64_t wanted) : rows_(std::move(rows)), wanted_(wanted) {}

  const Cell* next() override {
    while (const Cell* row = rows_->next()) {
      if (places_.is_among(row, wanted_)) return row;
    }
    return nullptr;
  }
  std::uint64_t size() const override { return rows_->size(); }  // at most

 private:
  RowStreamPtr rows_;
  std::uint64_t wanted_;
  Places places_;
};

// The rows that may be among the first `wanted` of those with their number.
class FirstKeys {
 public:
  explicit FirstKeys(bool ascending) : ascending_(ascending) {}

  void select(Operand<std::int64_t> numbers, std::uint32_t rows, const Column& keys,
              std::uint64_t wanted, std::vector<std::uint32_t>& kept) {
    kept.clear();
    for (std::uint32_t begin = 0, end = 0; begin < rows; begin = end) {
      while (end < rows && numbers[end] == numbers[begin]) ++end;
      if (end - begin > wanted) {
        select_some(keys, begin, end, static_cast<std::size_t>(wanted), kept);
      } else {
        for (std::uint32_t row = begin; row < end; ++row) kept.push_back(row);
      }
    }
  }

 private:
  void select_some(const Column& keys, std::uint32_t begin, std::uint32_t end, std::size_t wanted,
                   std::vector<std::uint32_t>& kept) {
    const bool is_native =
        keys.vector->type() == VectorType::Integer && !keys.vector->may_have_nulls();
    if (is_native) {
      const auto* values = keys.vector->data<std::int64_t>();
      const auto at = [&](std::uint32_t row) { return values[keys.at(row)]; };
      if (ascending_) return keep(integers_, begin, end, wanted, kept, at, std::less<>());
      return keep(integers_, begin, end, wanted, kept, at, std::greater<>());
    }
    const auto before = [this](const Cell& a, const Cell& b) {
      return ascending_ ? order(a, b) < 0 : order(a, b) > 0;
    };
    keep(
        cells_, begin, end, wanted, kept, [&](std::uint32_t row) { return keys.cell(row); },
        before);
  }

  // Those before the last that is wanted, and those beside it.
  template <class Value, class At, class Before>
  static void keep(std::vector<Value>& scratch, std::uint32_t begin, std::uint32_t end,
                   std::size_t wanted, std::vector<std::uint32_t>& kept, At at, Before before) {
    scratch.clear();
    for (std::uint32_t row = begin; row < end; ++row) scratch.push_back(at(row));
    const auto last = scratch.begin() + static_cast<std::ptrdiff_t>(wanted) - 1;
    std::nth_element(scratch.begin(), last, scratch.end(), before);
    const Value bound = *last;
    for (std::uint32_t row = begin; row < end; ++row) {
      if (!before(bound, at(row))) kept.push_back(row);
    }
  }

  bool ascending_;
  std::vector<std::int64_t> integers_;
  std::vector<Cell> cells_;
};

// Whether rows may be dropped for their first key before the others are computed: nobody can tell.
bool may_look_at_first(const std::vector<plan::SortKey>& keys) {
  return std::none_of(keys.begin(), keys.end(), [](const plan::SortKey& key) {
    return plan::can_fail(*key.value) || plan::is_volatile(*key.value);
  });
}

std::vector<plan::SortKey> with_number(const std::vector<plan::SortKey>& keys, Slot ordinal) {
  std::vector<plan::SortKey> all{{plan::variable(ordinal), true}};
  all.insert(all.end(), keys.begin(), keys.end());
  return all;
}

std::vector<Emitted> columns_of(const plan::Node& node, std::size_t keys, Slot ordinal) {
  std::vector<Emitted> columns = SortInput::emitted(keys, node.live);
  columns.push_back({ordinal, 0});
  return columns;
}

class SortOfEach final : public RowSource {
 public:
  SortOfEach(const plan::Node& node, const std::vector<plan::SortKey>& keys,
             const bound::Expression* skip, const bound::Expression* limit,
             const Lowering& lowering, OperatorPtr source)
      : RowSource(node, lowering, columns_of(node, 1 + keys.size(), lowering.carried.at(0))),
        keys_(with_number(keys, lowering.carried[0])),
        skip_(skip),
        limit_(limit),
        ordinal_(lowering.carried[0]),
        worker_(*lowering.worker),
        source_(std::move(source)),
        looks_at_first_(limit != nullptr && may_look_at_first(keys)),
        input_(keys_, node.live, worker_),
        sorter_(SortOrder(keys_, input_.columns()), input_.columns(), worker_.execution(),
                "ORDER BY") {
    plan::SlotSet needed(node.live);
    for (const auto& key : keys_) needed.insert(plan::slots_of(*key.value));
    needed_ = needed.slots();
    if (!looks_at_first_) return;
    first_ = compile(*keys.at(0).value, worker_);
    first_keys_ = FirstKeys(keys[0].ascending);
  }

 private:
  std::uint64_t wanted() const {
    if (limit_ == nullptr) return kNoLimit;
    const std::uint64_t limit = row_count(*limit_, "LIMIT", worker_);
    const std::uint64_t skip = skip_ == nullptr ? 0 : row_count(*skip_, "SKIP", worker_);
    return limit + skip < limit ? kNoLimit : limit + skip;
  }

  void compute(Rows& rows) override {
    const std::uint64_t wanted = this->wanted();
    source_->open();
    while (wanted != 0 && source_->next(in_)) {
      execution().poll();
      consume(wanted);
    }
    if (sorter_.has_spilled()) {
      rows.stream = std::make_unique<FirstOfEach>(sorter_.sorted(), wanted);
      rows.width = input_.columns();
      return;
    }
    rows.owners.push_back(sorter_.take_rows());
    const auto all = rows.owners.back()->rows();
    rows.order.assign(all.begin(), all.end());
    sorter_.order().sort_alone(rows.order);
    Places places;
    std::erase_if(rows.order, [&](const Cell* row) { return !places.is_among(row, wanted); });
  }

  void consume(std::uint64_t wanted) {
    if (looks_at_first_ && wanted != kNoLimit) {
      const auto numbers = operand<std::int64_t>(in_[ordinal_], in_.rows, scratch_);
      first_keys_.select(numbers, in_.rows, first_->evaluate(in_), wanted, kept_);
    } else {
      kept_.resize(in_.rows);
      std::iota(kept_.begin(), kept_.end(), 0u);
    }
    const Batch& batch = kept_.size() == in_.rows ? in_ : picked();
    input_.keys_of(batch);
    if (&batch == &picked_) std::iota(kept_.begin(), kept_.end(), 0u);
    input_.append(batch, kept_, sorter_.rows());
    sorter_.added();
  }

  // The rows kept_ of in_.
  const Batch& picked() {
    present_.clear();
    for (const Slot slot : needed_) {
      if (in_.columns[slot].is_set()) present_.push_back(slot);
    }
    picked_rows_ = kept_;
    picker_.pick(in_, picked_rows_, present_, picked_);
    return picked_;
  }

  const std::vector<plan::SortKey> keys_;
  const bound::Expression* skip_;
  const bound::Expression* limit_;
  Slot ordinal_;
  Worker& worker_;
  OperatorPtr source_;
  bool looks_at_first_;
  EvaluatorPtr first_;  // null unless it does
  FirstKeys first_keys_{true};
  SortInput input_;
  RowSorter sorter_;
  std::vector<Slot> needed_, present_;
  Batch in_, picked_;
  std::vector<std::int64_t> scratch_;
  std::vector<std::uint32_t> kept_, picked_rows_;
  RowPicker picker_;
};

}  // namespace

OperatorPtr make_sort_of_each(const plan::Node& node, const std::vector<plan::SortKey>& keys,
                              const bound::Expression* skip, const bound::Expression* limit,
                              const Lowering& lowering) {
  return std::make_unique<SortOfEach>(node, keys, skip, limit, lowering,
                                      lower_input(node, lowering));
}

OperatorPtr make_in_order_of_each(const plan::Node& node, const Lowering& lowering,
                                  OperatorPtr source) {
  return std::make_unique<SortOfEach>(node, std::vector<plan::SortKey>(), nullptr, nullptr,
                                      lowering, std::move(source));
}

}  // namespace kith::exec
