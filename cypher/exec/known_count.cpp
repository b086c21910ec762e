// cypher/exec/known_count.cpp: how many relationships there are between nodes of some labels, where
// the store's counts answer that.
//
// `MATCH (:A)-[:T]->(:B) RETURN count(*)` is the number of relationships of type T if all of them
// begin at an A and end at a B. Whether that is so is asked when the statement runs: of label
// counts, and of segments; if they do not say so, the matches are counted.
#include <algorithm>
#include <optional>

#include "cypher/exec/operators.hpp"
#include "cypher/exec/readers.hpp"
#include "storage/cursor_facts.hpp"

namespace kith::exec {

namespace {

// One step, and what is asked of its two ends.
struct Step {
  std::vector<std::string> types;
  Direction direction;
  std::vector<std::string> start_labels, end_labels;
};

bool counts_rows(const plan::Aggregate& op) {
  const auto is_count = [](const plan::AggregateCall& call) {
    return call.function != nullptr && call.function->name == "count" && call.arguments.empty();
  };
  return op.keys.empty() && !op.calls.empty() &&
         std::all_of(op.calls.begin(), op.calls.end(), is_count);
}

bool is_bare(const plan::WeightNode& node) {
  return node.conjuncts.empty() && node.closings.empty() && node.weights.empty();
}

// The step whose matches the aggregation counts, if it does nothing else.
std::optional<Step> counted_step(const plan::Node& node, const plan::Aggregate& op) {
  const auto* fold = std::get_if<plan::Fold>(&node.children.at(0)->op);
  if (fold == nullptr || !counts_rows(op)) return std::nullopt;
  if (op.weights != std::vector<Slot>{fold->weight}) return std::nullopt;
  const auto* scan = std::get_if<plan::NodeScan>(&node.children[0]->children.at(0)->op);
  if (scan == nullptr || scan->node != fold->node) return std::nullopt;
  const plan::Weight& weight = fold->of;
  if (weight.kind != plan::Weight::Kind::Times || weight.terms.size() != 1) return std::nullopt;
  const plan::WeightNode& root = weight.terms[0].root;
  if (weight.terms[0].factor != 1 || !is_bare(root) || root.steps.size() != 1) return std::nullopt;
  const plan::WeightStep& step = root.steps[0];
  if (!step.conjuncts.empty()) return std::nullopt;
  if (step.direction == Direction::Both || !is_bare(step.to) || !step.to.steps.empty())
    return std::nullopt;
  Step found{step.types, step.direction, scan->labels, step.to.labels};
  found.start_labels.insert(found.start_labels.end(), root.labels.begin(), root.labels.end());
  return found;
}

// Whatever relationships of these types lead to has all of the labels.
bool have_labels(const storage::View& view, const std::vector<TypeId>& types, Direction direction,
                 const std::vector<std::string>& names) {
  const auto labels = find_labels(view, names);
  if (!labels) return false;
  return std::all_of(labels->begin(), labels->end(), [&](LabelId label) {
    return view.node_count(label) == view.node_count() ||
           storage::ends_have_label(view, types, direction, label);
  });
}

std::optional<std::uint64_t> known_count(const storage::View& view, const Step& step) {
  auto types = find_types(view, step.types);
  if (!types) return 0;
  const Direction back = step.direction == Direction::Out ? Direction::In : Direction::Out;
  if (!have_labels(view, *types, step.direction, step.end_labels) ||
      !have_labels(view, *types, back, step.start_labels)) {
    return std::nullopt;
  }
  if (types->empty()) return view.relationship_count();
  std::sort(types->begin(), types->end());
  types->erase(std::unique(types->begin(), types->end()), types->end());
  std::uint64_t count = 0;
  for (const TypeId type : *types) count += view.relationship_count(type);
  return count;
}

// The row of the counts, if they are known, else what `counted` gives.
class KnownCountOperator final : public Operator {
 public:
  KnownCountOperator(const plan::Aggregate& op, Step step, OperatorPtr counted,
                     Execution& execution)
      : op_(op), step_(std::move(step)), counted_(std::move(counted)), execution_(execution) {}

  void open() override {
    done_ = false;
    known_ = known_count(execution_.view, step_);
    if (!known_) counted_->open();
  }
  std::size_t morsels() const override { return known_ ? 1 : counted_->morsels(); }
  void pause_after(Time time) override {
    if (!known_) counted_->pause_after(time);
  }
  bool is_paused() const override { return !known_ && counted_->is_paused(); }

  bool next(Batch& out) override {
    if (!known_) return counted_->next(out);
    if (done_) return false;
    done_ = true;
    count_.reset(VectorType::Integer, 1);
    count_.data<std::int64_t>()[0] = static_cast<std::int64_t>(*known_);
    out.columns.assign(execution_.slot_count, Column{});
    out.rows = 1;
    out.sequence = 0;
    for (const auto& call : op_.calls) out.set(call.slot, count_);
    return true;
  }

 private:
  const plan::Aggregate& op_;
  Step step_;
  OperatorPtr counted_;
  Execution& execution_;
  std::optional<std::uint64_t> known_;
  bool done_ = false;
  Vector count_;
};

}  // namespace

OperatorPtr with_known_count(const plan::Node& node, const plan::Aggregate& op,
                             const Lowering& lowering, OperatorPtr counted) {
  if (lowering.execution().profile) return counted;
  auto step = counted_step(node, op);
  if (!step) return counted;
  return std::make_unique<KnownCountOperator>(op, *std::move(step), std::move(counted),
                                              lowering.execution());
}

}  // namespace kith::exec
