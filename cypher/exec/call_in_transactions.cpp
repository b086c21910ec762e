// cypher/exec/call_in_transactions.cpp: CALL { … } IN TRANSACTIONS: the subquery for so many rows
// of the input at a time, each time in a transaction of its own.
//
//   X1  All of it takes place when the operator is opened. Its input is not read while a
//   transaction
//       runs, and has no cursor on the graph (the planner puts an Eager below where it would).
//   X2  Inside a transaction execution.transaction and execution.view are that transaction's;
//   between
//       two, and afterwards, the view is the newest commit, and there is no transaction.
//   X3  Rows of a transaction that fails are given with nulls for what the subquery returns.
#include <algorithm>
#include <optional>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/kept_rows.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/row_count.hpp"
#include "cypher/plan/statistics.hpp"
#include "storage/store.hpp"
#include "storage/writer.hpp"

namespace kith::exec {

namespace {

constexpr std::uint64_t kUsualRows = 1000;

void add(Counters& to, const Counters& more) {
  to.nodes_created += more.nodes_created;
  to.nodes_deleted += more.nodes_deleted;
  to.relationships_created += more.relationships_created;
  to.relationships_deleted += more.relationships_deleted;
  to.properties_set += more.properties_set;
  to.labels_added += more.labels_added;
  to.labels_removed += more.labels_removed;
}

// Errors of one transaction's doing. After the others there is no sense in going on.
bool is_recoverable(const Error& e) {
  return e.type() != "Interrupted" && e.type() != "StorageError";
}

// While it lives the execution works inside a transaction of its own (X2).
class InnerTransaction {
 public:
  InnerTransaction(Execution& execution, std::unique_ptr<storage::Transaction> transaction)
      : execution_(execution), transaction_(std::move(transaction)) {
    execution_.transaction = transaction_.get();
    execution_.view = transaction_->view();
    execution_.transaction_time = execution_.environment.clock->unix_nanoseconds();
    execution_.changed();
    execution_.deleted();  // rows may hold what an earlier transaction deleted
    transaction_->begin_statement();
  }
  ~InnerTransaction() {
    execution_.transaction = nullptr;  // uncommitted it rolls back
  }
  InnerTransaction(const InnerTransaction&) = delete;
  InnerTransaction& operator=(const InnerTransaction&) = delete;

  void commit() {
    transaction_->end_statement();
    const Counters made = transaction_->counters();
    execution_.committed_position = transaction_->commit();
    add(execution_.committed, made);
  }

 private:
  Execution& execution_;
  std::unique_ptr<storage::Transaction> transaction_;
};

struct Outcome {
  bool started = false, committed = false;
  std::string id, error;
};

class CallInTransactionsOperator final : public Operator {
 public:
  CallInTransactionsOperator(const plan::Node& node, const plan::CallInTransactions& op,
                             const Lowering& lowering)
      : op_(op),
        worker_(*lowering.worker),
        live_(node.live),
        outer_slots_(node.children.at(0)->live),
        input_(lower_input(node, lowering)),
        outer_(outer_slots_, execution(), "the rows of a transaction"),
        made_(without_status(node.live, op), execution(), "the rows that a transaction gives"),
        rows_(node.live, execution(), "the rows of CALL { … } IN TRANSACTIONS") {
    KITH_ASSERT(!lowering.shared);
    Lowering own;
    own.worker = lowering.worker;
    own.shared = false;
    own.argument = &argument_;
    inner_ = lower(*node.children.at(1), own);
    const Cell null = Cell::null();
    fill_narrow({&null, 1}, null_);
  }

  void open() override {
    KITH_ASSERT(execution().transaction == nullptr && execution().store != nullptr);
    size_ = op_.rows ? row_count(*op_.rows, "OF … ROWS", worker_) : kUsualRows;
    if (size_ == 0) {
      throw SyntaxError("InvalidArgumentValue", "a transaction has at least one row", op_.rows->at,
                        Phase::Runtime);
    }
    schema_ = plan::access_version(execution().view);
    rows_.clear();
    broken_ = false;
    number_ = 0;
    input_->open();
    in_.rows = taken_ = 0;
    while (fill()) run_batch();
  }

  bool next(Batch& out) override { return rows_.next(out); }

 private:
  Execution& execution() const { return worker_.execution(); }

  static std::vector<Slot> without_status(std::vector<Slot> slots,
                                          const plan::CallInTransactions& op) {
    if (op.status) std::erase(slots, *op.status);
    return slots;
  }

  // Takes the input of one transaction; false if there is none left.
  bool fill() {
    outer_.clear();
    while (outer_.size() < size_) {
      if (taken_ == in_.rows) {
        taken_ = 0;
        in_.rows = 0;
        if (!input_->next(in_)) break;
      }
      const auto count = static_cast<std::uint32_t>(
          std::min<std::uint64_t>(in_.rows - taken_, size_ - outer_.size()));
      picked_.resize(count);
      for (std::uint32_t i = 0; i < count; ++i) picked_[i] = taken_ + i;
      picker_.pick(in_, picked_, outer_slots_, part_);
      outer_.add(part_);
      taken_ += count;
    }
    return outer_.size() != 0;
  }

  void run_batch() {
    Outcome outcome;
    made_.clear();
    if (!broken_) {
      outcome = attempt();
      broken_ = !outcome.committed && op_.on_error == plan::OnError::Break;
    }
    if (!outcome.committed) give_nulls();
    hand_over(outcome);
  }

  Outcome attempt() {
    Outcome outcome;
    try {
      auto transaction = execution().store->begin();
      check_schema(*transaction);
      outcome.started = true;
      outcome.id = "kith-transaction-" + std::to_string(transaction->view().position()) + "-" +
                   std::to_string(++number_);
      InnerTransaction inner(execution(), std::move(transaction));
      run_rows();
      inner.commit();
      outcome.committed = true;
    } catch (const Error& e) {
      const bool ends = !outcome.started && !e.retryable();
      if (op_.on_error == plan::OnError::Fail || ends || !is_recoverable(e)) throw;
      outcome.error = e.what();
      made_.clear();
    }
    execution().view = execution().store->snapshot();
    execution().changed();
    return outcome;
  }

  // The plan rests on the indexes there were.
  void check_schema(storage::Transaction& transaction) const {
    if (plan::access_version(transaction.view()) == schema_) return;
    throw TransactionError("SchemaChanged",
                           "an index or a constraint was changed while CALL { … } IN TRANSACTIONS "
                           "ran: what it committed stays, run it again for the rest");
  }

  void run_rows() {
    outer_.rewind();
    while (outer_.next(batch_)) {
      for (std::uint32_t row = 0; row < batch_.rows; ++row) {
        execution().poll();
        run_row(row);
      }
      if (!op_.returns) made_.add(batch_);
    }
  }

  void run_row(std::uint32_t row) {
    argument_.set_row(batch_, row);
    inner_->open();
    bool is_empty = true;
    while (inner_->next(inner_rows_)) {
      is_empty = false;
      if (op_.returns) add_joined(row);
    }
    if (op_.returns && op_.optional && is_empty) add_with_nulls({&row, 1});
  }

  // The inner rows with the outer one beside them.
  void add_joined(std::uint32_t row) {
    picked_.assign(inner_rows_.rows, row);
    picker_.pick(batch_, picked_, outer_slots_, joined_);
    joined_.columns.resize(execution().slot_count);
    for (const Slot slot : live_) {
      const bool is_inner = slot < inner_rows_.columns.size() && inner_rows_.columns[slot].is_set();
      if (!joined_.columns[slot].is_set() && is_inner) {
        joined_.columns[slot] = inner_rows_.columns[slot];
      }
    }
    made_.add(joined_);
  }

  void add_with_nulls(std::span<const std::uint32_t> rows) {
    picker_.pick(batch_, rows, outer_slots_, joined_);
    joined_.columns.resize(execution().slot_count);
    for (const Slot slot : live_) {
      if (!joined_.columns[slot].is_set()) joined_.set_constant(slot, null_);
    }
    made_.add(joined_);
  }

  void give_nulls() {
    outer_.rewind();
    while (outer_.next(batch_)) {
      picked_.resize(batch_.rows);
      for (std::uint32_t i = 0; i < batch_.rows; ++i) picked_[i] = i;
      add_with_nulls(picked_);
    }
  }

  // The transaction's rows, with how it ended.
  void hand_over(const Outcome& outcome) {
    Arena arena;
    if (op_.status) {
      const auto text = [&](const std::string& value) {
        return value.empty() ? Cell::null() : Cell::of(arena.copy(value));
      };
      const MapEntry entries[] = {{"committed", Cell::boolean(outcome.committed)},
                                  {"errorMessage", text(outcome.error)},
                                  {"started", Cell::boolean(outcome.started)},
                                  {"transactionId", text(outcome.id)}};
      const Cell status = make_map(arena, entries);
      fill_narrow({&status, 1}, status_);
    }
    made_.rewind();
    while (made_.next(joined_)) {
      if (op_.status) joined_.set_constant(*op_.status, status_);
      rows_.add(joined_);
    }
    made_.clear();
  }

  const plan::CallInTransactions& op_;
  Worker& worker_;
  std::vector<Slot> live_, outer_slots_;
  OperatorPtr input_, inner_;
  ArgumentRows argument_;
  KeptRows outer_, made_, rows_;  // of a transaction; what it gives; what all gave
  std::uint64_t size_ = kUsualRows, number_ = 0, schema_ = 0;
  bool broken_ = false;  // ON ERROR BREAK
  Batch in_, part_, batch_, inner_rows_, joined_;
  std::uint32_t taken_ = 0;  // of in_
  std::vector<std::uint32_t> picked_;
  RowPicker picker_;
  Vector null_, status_;
};

}  // namespace

OperatorPtr make_call_in_transactions(const plan::Node& node, const plan::CallInTransactions& op,
                                      const Lowering& lowering) {
  return std::make_unique<CallInTransactionsOperator>(node, op, lowering);
}

}  // namespace kith::exec
