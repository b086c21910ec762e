// cypher/exec/evaluate_tried.cpp: a condition asked before its turn, and what is left of it then.
//
// The early one is evaluated for all rows at once. If that fails the rows are halved until those
// that fail are alone: they are let through. A row reaches the second one only by way of the first,
// so whoever finds nothing noted there has no failure among its rows.
#include <atomic>
#include <numeric>
#include <span>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"

namespace kith::exec {

namespace {

class EarlyEvaluator final : public Evaluator {
 public:
  EarlyEvaluator(const bound::Tried& node, Position at, Worker& worker)
      : condition_(*node.condition, worker), at_(at), failed_(*node.failed) {}

  Column evaluate(const Batch& batch) override {
    truths_.resize(batch.rows);
    rows_.resize(batch.rows);
    std::iota(rows_.begin(), rows_.end(), 0);
    find_truths(batch, rows_);
    write_truths(truths_, out_);
    return {&out_, nullptr, false};
  }

 private:
  void find_truths(const Batch& batch, std::span<const std::uint32_t> rows) {
    if (try_all(batch, rows)) return;
    failed_.store(true, std::memory_order_relaxed);
    if (rows.size() == 1) {
      truths_[rows[0]] = Truth::True;
      return;
    }
    const std::size_t half = rows.size() / 2;
    find_truths(batch, rows.first(half));
    find_truths(batch, rows.subspan(half));
  }

  // Errors of the data alone: not of limits, nor of the store.
  bool try_all(const Batch& batch, std::span<const std::uint32_t> rows) {
    try {
      const auto count = static_cast<std::uint32_t>(rows.size());
      const std::span<Truth> into(&truths_[rows[0]], count);  // rows follow one another
      read_truths(condition_.evaluate(batch, rows), count, into, at_);
      return true;
    } catch (const TypeError&) {
      return false;
    } catch (const QueryError&) {
      return false;
    }
  }

  Narrowed condition_;
  Position at_;
  std::atomic<bool>& failed_;  // the plan's
  std::vector<std::uint32_t> rows_;
  std::vector<Truth> truths_;
  Vector out_;
};

class RecheckEvaluator final : public Evaluator {
 public:
  RecheckEvaluator(const bound::Tried& node, Worker& worker)
      : condition_(compile(*node.condition, worker)), failed_(*node.failed) {
    const Cell yes = Cell::boolean(true);
    fill_narrow(std::span(&yes, 1), true_);
  }

  Column evaluate(const Batch& batch) override {
    if (!failed_.load(std::memory_order_relaxed)) return {&true_, nullptr, true};
    return condition_->evaluate(batch);
  }

 private:
  EvaluatorPtr condition_;
  const std::atomic<bool>& failed_;  // the plan's
  Vector true_;
};

}  // namespace

EvaluatorPtr compile_tried(const bound::Tried& node, Position at, Worker& worker) {
  if (node.early) return std::make_unique<EarlyEvaluator>(node, at, worker);
  return std::make_unique<RecheckEvaluator>(node, worker);
}

}  // namespace kith::exec
