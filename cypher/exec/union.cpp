// cypher/exec/union.cpp: the rows of several inputs, one input after the other.
//
// In a pipeline of many workers each goes through the inputs, and all share what there is to read
// of each, if scans are at the bottom of all: the sequence of batches says which comes first. All
// inputs are open from the beginning then, as the first instance computes what is shared. Else, and
// where a LIMIT may stop before the last of them begins, an input is opened when the one before it
// has ended.
#include <algorithm>
#include <type_traits>

#include "cypher/exec/operators.hpp"

namespace kith::exec {

namespace {

// The rows come from a scan, whose morsels any number of instances may take.
bool is_shareable(const plan::Node& node) {
  return std::visit(
      [&]<class Op>(const Op&) {
        constexpr bool kScans =
            std::is_same_v<Op, plan::NodeScan> || std::is_same_v<Op, plan::RelationshipScan>;
        constexpr bool kStreams =
            std::is_same_v<Op, plan::Select> || std::is_same_v<Op, plan::Project> ||
            std::is_same_v<Op, plan::Expand> || std::is_same_v<Op, plan::Unwind> ||
            std::is_same_v<Op, plan::HashJoin> || std::is_same_v<Op, plan::CartesianProduct>;
        if constexpr (kStreams) return is_shareable(*node.children.at(0));
        return kScans;
      },
      node.op);
}

class UnionOperator final : public Operator {
 public:
  UnionOperator(const plan::Node& node, const plan::Union& op, const Lowering& lowering)
      : op_(op),
        execution_(lowering.execution()),
        carried_(lowering.carried),
        is_shared_(may_be_shared(node, lowering)) {
    KITH_ASSERT(op.inputs.size() == node.children.size());
    const Lowering inputs = lowering_of_inputs(node, lowering);
    for (const auto& child : node.children) {
      inputs_.push_back(is_shared_ ? lower(*child, inputs) : make_gather(*child, inputs));
    }
  }

  // One that is not shared may write, and then no cursor of another may be open (W2).
  void open() override {
    at_ = 0;
    inputs_[0]->open();
    for (std::size_t i = 1; is_shared_ && i < inputs_.size(); ++i) inputs_[i]->open();
  }

  std::size_t morsels() const override {
    if (!is_shared_) return 1;
    std::size_t sum = 0;
    for (const auto& input : inputs_) sum += input->morsels();
    return sum;
  }
  void pause_after(Time time) override {
    for (const auto& input : inputs_) input->pause_after(time);
  }
  bool is_paused() const override { return at_ < inputs_.size() && inputs_[at_]->is_paused(); }

  bool next(Batch& out) override {
    while (at_ < inputs_.size()) {
      if (inputs_[at_]->next(in_)) {
        give(out);
        return true;
      }
      if (inputs_[at_]->is_paused()) return false;
      if (++at_ < inputs_.size() && !is_shared_) inputs_[at_]->open();
    }
    return false;
  }

 private:
  static bool may_be_shared(const plan::Node& node, const Lowering& lowering) {
    const Execution& execution = lowering.execution();
    return lowering.shared && !lowering.limited && execution.threads > 1 &&
           std::ranges::all_of(node.children,
                               [](const auto& child) { return is_shareable(*child); });
  }

  void give(Batch& out) const {
    out.columns.assign(execution_.slot_count, Column{});
    out.rows = in_.rows;
    out.sequence = (std::uint64_t{at_} << 48) + in_.sequence;
    for (std::size_t i = 0; i < op_.slots.size(); ++i) {
      out.columns[op_.slots[i]] = in_.columns[op_.inputs[at_][i]];
    }
    for (const Slot slot : carried_) out.columns[slot] = in_.columns[slot];
  }

  const plan::Union& op_;
  Execution& execution_;
  std::vector<Slot> carried_;
  bool is_shared_;
  std::vector<OperatorPtr> inputs_;
  std::size_t at_ = 0;
  Batch in_;
};

// Gives the first input's rows, or the second's if the first fails before it gives any: from then
// on whenever it is opened, as nobody knows what the first one was doing.
class FallbackOperator final : public Operator {
 public:
  FallbackOperator(const plan::Node& node, const plan::Union& op, const Lowering& lowering)
      : op_(op), execution_(lowering.execution()) {
    KITH_ASSERT(node.children.size() == 2 && lowering.carried.empty());
    const Lowering inputs = lowering_of_inputs(node, lowering);
    for (const auto& child : node.children) inputs_.push_back(make_gather(*child, inputs));
  }

  void open() override { is_open_ = false; }

  bool next(Batch& out) override {
    if (!(is_open_ ? inputs_[at_]->next(in_) : begin())) return false;
    out.columns.assign(execution_.slot_count, Column{});
    out.rows = in_.rows;
    out.sequence = in_.sequence;
    for (std::size_t i = 0; i < op_.slots.size(); ++i) {
      out.columns[op_.slots[i]] = in_.columns[op_.inputs[at_][i]];
    }
    return true;
  }

 private:
  // Errors of the data alone: limits hold for the second one, too.
  bool begin() {
    is_open_ = true;
    if (at_ == 0) {
      try {
        return begin_with(0);
      } catch (const TypeError&) {
        at_ = 1;
      } catch (const QueryError&) {
        at_ = 1;
      }
      inputs_[0].reset();
      execution_.recover();
    }
    return begin_with(1);
  }
  bool begin_with(std::size_t input) {
    inputs_[input]->open();
    return inputs_[input]->next(in_);
  }

  const plan::Union& op_;
  Execution& execution_;
  std::vector<OperatorPtr> inputs_;
  std::size_t at_ = 0;
  bool is_open_ = false;
  Batch in_;
};

}  // namespace

OperatorPtr make_union(const plan::Node& node, const plan::Union& op, const Lowering& lowering) {
  if (op.is_fallback) return std::make_unique<FallbackOperator>(node, op, lowering);
  auto rows = std::make_unique<UnionOperator>(node, op, lowering);
  if (lowering.carried.empty()) return rows;
  return make_in_order_of_each(node, lowering, std::move(rows));
}

}  // namespace kith::exec
