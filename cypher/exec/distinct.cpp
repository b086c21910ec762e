// cypher/exec/distinct.cpp: each row once, where it is first seen.
//
// A small input streams, so that a LIMIT above can stop it. A large one is read by all workers,
// each with a table of its own; the tables are merged in the order of the rows.
#include <algorithm>
#include <numeric>

#include "cypher/exec/group_table.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/pipeline.hpp"
#include "cypher/exec/row_source.hpp"

namespace kith::exec {

namespace {

constexpr std::string_view kWho = "DISTINCT";

void columns_of(const Batch& batch, const std::vector<Slot>& slots, std::vector<Column>& out) {
  out.clear();
  for (const Slot slot : slots) out.push_back(batch[slot]);
}

class StreamingDistinct final : public Operator {
 public:
  StreamingDistinct(const plan::Node& node, const plan::Distinct& op, const Lowering& lowering)
      : input_(lower_input(node, lowering)),
        op_(op),
        carry_(node, lowering),
        execution_(lowering.execution()) {}

  void open() override {
    input_->open();
    table_ = std::make_unique<GroupTable>(op_.slots.size(), execution_.budget, kWho);
  }

  bool next(Batch& out) override {
    while (input_->next(in_)) {
      execution_.poll();
      columns_of(in_, op_.slots, columns_);
      std::uint32_t known = table_->size();
      table_->find_or_add(columns_, in_.rows, groups_);
      kept_.clear();
      for (std::uint32_t i = 0; i < in_.rows; ++i) {
        if (groups_[i] < known) continue;
        kept_.push_back(i);
        known = groups_[i] + 1;
      }
      if (kept_.empty()) continue;
      picker_.pick(in_, kept_, carry_.of(in_), out);
      return true;
    }
    return false;
  }

 private:
  OperatorPtr input_;
  const plan::Distinct& op_;
  Carry carry_;
  Execution& execution_;
  std::unique_ptr<GroupTable> table_;
  Batch in_;
  std::vector<Column> columns_;
  std::vector<std::uint32_t> groups_, kept_;
  RowPicker picker_;
};

class SharedDistinct final : public RowSource {
 public:
  SharedDistinct(const plan::Node& node, const plan::Distinct& op, const Lowering& lowering)
      : RowSource(node, lowering, emitted(op)),
        op_(op),
        pipelines_(*node.children.at(0), lowering_of_inputs(node, lowering)) {}

 private:
  struct Partial {
    Partial(std::size_t width, MemoryBudget& budget) : table(width, budget, kWho) {}
    GroupTable table;
    std::vector<FirstSeen> first;
    std::vector<Column> columns;
    std::vector<std::uint32_t> groups;
  };

  static std::vector<Emitted> emitted(const plan::Distinct& op) {
    std::vector<Emitted> columns;
    for (const Slot slot : op.slots) columns.push_back({slot, columns.size()});
    return columns;
  }

  void compute(Rows& rows) override {
    pipelines_.open();
    partials_.clear();
    for (std::uint32_t i = 0; i < pipelines_.workers(); ++i) {
      partials_.push_back(std::make_unique<Partial>(op_.slots.size(), execution().budget));
    }
    pipelines_.drain([this](std::uint32_t worker, const Batch& batch) {
      Partial& mine = *partials_[worker];
      columns_of(batch, op_.slots, mine.columns);
      mine.table.find_or_add(mine.columns, batch.rows, mine.groups);
      note_first(mine.first, mine.table.size(), batch.sequence);
    });
    Partial& all = *partials_[0];
    for (std::size_t i = 1; i < partials_.size(); ++i) merge(all, *partials_[i]);
    std::vector<std::uint32_t> order(all.table.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return all.first[a] < all.first[b]; });
    rows.owners.push_back(std::make_unique<RowBuffer>(std::move(all.table.keys())));
    for (const std::uint32_t group : order) rows.order.push_back(rows.owners[0]->row(group));
    partials_.clear();
  }

  static void merge(Partial& into, const Partial& from) {
    for (std::uint32_t i = 0; i < from.table.size(); ++i) {
      const std::uint32_t group = into.table.find_or_add(from.table.key(i));
      if (group == into.first.size()) into.first.push_back(from.first[i]);
      into.first[group] = std::min(into.first[group], from.first[i]);
    }
  }

  const plan::Distinct& op_;
  Pipelines pipelines_;
  std::vector<std::unique_ptr<Partial>> partials_;
};

// Nothing but these slots is needed above, which is so wherever DISTINCT ends a WITH or RETURN
// without ORDER BY over other variables.
bool needs_only(const plan::Node& node, const std::vector<Slot>& slots) {
  return std::all_of(node.live.begin(), node.live.end(), [&](Slot slot) {
    return std::find(slots.begin(), slots.end(), slot) != slots.end();
  });
}

}  // namespace

OperatorPtr make_distinct(const plan::Node& node, const plan::Distinct& op,
                          const Lowering& lowering) {
  const bool parallel = lowering.shared && !lowering.limited && lowering.execution().threads > 1 &&
                        needs_only(node, op.slots);
  if (parallel) return std::make_unique<SharedDistinct>(node, op, lowering);
  return std::make_unique<StreamingDistinct>(node, op, lowering);
}

}  // namespace kith::exec
