// cypher/exec/fold.cpp: each row with the weight of its node; rows that weigh nothing go, unless
// the weight is looked at as a value.
#include <algorithm>
#include <atomic>
#include <set>
#include <tuple>

#include "cypher/exec/aggregate_partial.hpp"
#include "cypher/exec/fold_evaluator.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/plan/sample.hpp"

namespace kith::exec {

namespace {

// Where the rows have each node at most once: the scan that they come from. Else null.
const plan::NodeScan* scan_below(const plan::Node& node, Slot slot) {
  if (const auto* scan = std::get_if<plan::NodeScan>(&node.op)) {
    return scan->node == slot ? scan : nullptr;
  }
  const bool passes = std::holds_alternative<plan::Select>(node.op) ||
                      std::holds_alternative<plan::Project>(node.op) ||
                      std::holds_alternative<plan::Fold>(node.op);
  return passes ? scan_below(*node.children.at(0), slot) : nullptr;
}

class FoldOperator final : public Streaming {
 public:
  FoldOperator(const plan::Node& node, const plan::Fold& op, const Lowering& lowering)
      : Streaming(lower_input(node, lowering)),
        op_(op),
        carry_(node, lowering),
        worker_(*lowering.worker),
        execution_(lowering.execution()),
        id_(node.id),
        rows_(node.rows),
        scan_(scan_below(*node.children.at(0), op.node)),
        shared_(lowering.shared),
        adds_up_(op.in_all && !execution_.profile),
        remembers_(lowering.argument != nullptr || scan_ == nullptr) {}

  void open() override {
    input_->open();
    if (shared_ && worker_.number() != 0) return;  // the first has done that
    FoldEvaluator& evaluator = evaluation().evaluator;
    if (op_.in_all) {
      FoldMemory& memory = *evaluation().memory;
      memory.is_given = false;
      memory.total = evaluator.total(shared_ ? execution_.threads : 1);
      if (memory.total) return;
    }
    const auto some = sample();
    const auto population = static_cast<double>(execution_.view.node_count());
    for (const auto& layer : evaluator.layers({rows_, population, some})) {
      if (!done_.insert({execution_.changes(), layer.number, layer.of_relationships}).second) {
        continue;
      }
      compute(evaluator, layer);
      evaluator.complete(layer);
    }
  }

  bool next(Batch& out) override {
    if (op_.in_all && evaluation().memory->total) return give_total(out);
    while (input_->next(in_)) {
      execution_.poll();
      if (adds_up_) {
        if (add_up(out)) return true;
        continue;
      }
      weigh();
      if (kept_.empty()) continue;
      if (kept_.size() == in_.rows) {
        carry_.pass(in_, out);
      } else {
        picker_.pick(in_, kept_, carry_.of(in_), out);
      }
      out.set(op_.weight, weights_);
      return true;
    }
    return false;
  }

 private:
  struct Evaluation {
    // shared: with the other workers
    std::shared_ptr<FoldMemory> memory;
    FoldEvaluator evaluator;
  };

  std::unique_ptr<Evaluation> make() {
    const auto make_memory = [this] {
      return std::make_shared<FoldMemory>(execution_.view, execution_.budget);
    };
    auto memory = shared_ ? execution_.shared<FoldMemory>(id_, make_memory) : make_memory();
    FoldMemory& kept = *memory;
    return std::unique_ptr<Evaluation>(
        new Evaluation{std::move(memory), FoldEvaluator(op_.of, worker_, kept, remembers_)});
  }

  // Some of the nodes that rows may have, if they are many.
  std::vector<std::uint64_t> sample() const {
    constexpr double kMany = 1000;
    if (scan_ == nullptr || rows_ < kMany) return {};
    if (scan_->labels.empty()) return plan::sample_nodes(execution_.view, std::nullopt);
    const auto label = execution_.view.catalog().find_label(scan_->labels[0]);
    return label ? plan::sample_nodes(execution_.view, label) : std::vector<std::uint64_t>();
  }

  Evaluation& evaluation() {
    return *evaluation_.get(execution_, [this] { return make(); });
  }

  // All there is, as the weight of one row.
  bool give_total(Batch& out) {
    FoldMemory& memory = *evaluation().memory;
    if (*memory.total == 0 || memory.is_given || !input_->next(in_)) return false;
    if (memory.is_given.exchange(true)) return false;
    give_one(*memory.total, out);
    return true;
  }
  // The first row of in_, with that weight.
  void give_one(Matches weight, Batch& out) {
    kept_ = {0};
    weights_.reset(VectorType::Integer, 1);
    weights_.data<std::int64_t>()[0] = static_cast<std::int64_t>(weight);
    picker_.pick(in_, kept_, carry_.of(in_), out);
    out.set(op_.weight, weights_);
  }
  // One row for all of in_; false if they weigh nothing.
  bool add_up(Batch& out) {
    nodes_.read(in_[op_.node], in_.rows, Kind::Node, "the node of a fold");
    KITH_ASSERT(nodes_.valid() == nullptr);  // they come of a scan
    found_.resize(in_.rows);
    evaluation().evaluator.weigh(nodes_.ids().first(in_.rows), found_);
    Matches all = 0, total = 0;
    for (const Matches weight : found_) {
      all |= weight;
      total += weight;
    }
    if (all >= kTooMany / in_.rows) {
      total = 0;
      for (const Matches weight : found_) total = sum_of(total, weight);
    }
    if (total != 0) give_one(total, out);
    return total != 0;
  }

  void compute(FoldEvaluator& first, const FoldEvaluator::Layer& layer) {
    const auto ranges = FoldEvaluator::ranges(execution_.view, layer);
    if (!shared_ || execution_.threads < 2 || ranges.size() < 2) {
      for (const auto& range : ranges) first.compute(layer, range);
      return;
    }
    FoldMemory& memory = *evaluation().memory;
    std::atomic<std::size_t> taken{0};
    execution_.scheduler.run(execution_.threads, [&](std::uint32_t number) {
      std::unique_ptr<FoldEvaluator> own;
      if (number != 0) {
        own =
            std::make_unique<FoldEvaluator>(op_.of, execution_.worker(number), memory, remembers_);
      }
      FoldEvaluator& evaluator = number == 0 ? first : *own;
      for (std::size_t i = taken++; i < ranges.size(); i = taken++) {
        evaluator.compute(layer, ranges[i]);
      }
    });
  }

  // Which rows are kept, and what they weigh.
  void weigh() {
    FoldEvaluator& evaluator = evaluation().evaluator;
    nodes_.read(in_[op_.node], in_.rows, Kind::Node, "the node of a fold");
    if (nodes_.valid() == nullptr) {
      weigh_all(evaluator);
    } else {
      weigh_some(evaluator);
    }
    // A value that is looked at cannot be wrong; a weight is checked where it is added up.
    if (op_.keeps_all && std::ranges::find(found_, kTooMany) != found_.end()) too_many_matches();
  }

  // Some rows have no node.
  void weigh_some(FoldEvaluator& evaluator) {
    there_.clear();
    for (std::uint32_t i = 0; i < in_.rows; ++i) {
      if (nodes_.is_valid(i)) there_.push_back(nodes_.ids()[i]);
    }
    found_.resize(there_.size());
    evaluator.weigh(there_, found_);
    kept_.clear();
    weights_.reset(VectorType::Integer, in_.rows);
    std::size_t at = 0;
    for (std::uint32_t i = 0; i < in_.rows; ++i) {
      const Matches weight = nodes_.is_valid(i) ? found_[at++] : evaluator.weight_of_null();
      if (weight == 0 && !op_.keeps_all) continue;
      weights_.data<std::int64_t>()[kept_.size()] = static_cast<std::int64_t>(weight);
      kept_.push_back(i);
    }
    weights_.truncate(static_cast<std::uint32_t>(kept_.size()));
  }

  void weigh_all(FoldEvaluator& evaluator) {
    found_.resize(in_.rows);
    evaluator.weigh(nodes_.ids().first(in_.rows), found_);
    kept_.resize(in_.rows);
    weights_.reset(VectorType::Integer, in_.rows);
    auto* weights = weights_.data<std::int64_t>();
    std::size_t count = 0;
    const bool all = op_.keeps_all;
    for (std::uint32_t i = 0; i < in_.rows; ++i) {
      kept_[count] = i;
      weights[count] = static_cast<std::int64_t>(found_[i]);
      count += static_cast<std::size_t>(found_[i] != 0) | static_cast<std::size_t>(all);
    }
    kept_.resize(count);
    weights_.truncate(static_cast<std::uint32_t>(count));
  }

  const plan::Fold& op_;
  Carry carry_;
  Worker& worker_;
  Execution& execution_;
  std::uint32_t id_;
  double rows_;                 // about
  const plan::NodeScan* scan_;  // may be null
  bool shared_;
  bool adds_up_;  // nobody asks for rows, only for the sum of their weights
  bool remembers_;
  PerState<Evaluation> evaluation_;
  std::set<std::tuple<std::uint64_t, std::size_t, bool>> done_;  // layers, by state of the graph
  Batch in_;
  IdColumn nodes_;
  std::vector<std::uint64_t> there_;
  std::vector<Matches> found_;
  std::vector<std::uint32_t> kept_;
  Vector weights_;
  RowPicker picker_;
};

}  // namespace

OperatorPtr make_fold(const plan::Node& node, const plan::Fold& op, const Lowering& lowering) {
  return std::make_unique<FoldOperator>(node, op, lowering);
}

}  // namespace kith::exec
