// cypher/exec/run.cpp: the life of an execution: parameters in, operators made, rows out.
#include "cypher/exec/run.hpp"

#include <algorithm>
#include <optional>

#include "core/value_bytes.hpp"
#include "core/value_cell.hpp"
#include "cypher/exec/context.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/lower.hpp"
#include "cypher/explain.hpp"
#include "cypher/words.hpp"

namespace kith::exec {

namespace {

// Time measured at an operator has that of its inputs in it; here it is its own.
std::uint64_t measure(const plan::Node& node, Execution& execution,
                      cypher::Measurements& measurements) {
  std::uint64_t below = 0;
  for (const auto& child : node.children) below += measure(*child, execution, measurements);
  const Execution::Profile& profile = execution.profile_of(node.id);
  const std::uint64_t total = profile.nanoseconds.load();
  measurements[node.id] = {profile.rows.load(), total > below ? total - below : 0, 0};
  return std::max(total, below);
}

// What a run may keep, and how often it may begin again: its cursors pin what they come by (A3).
constexpr std::uint64_t kMostKept = 512 * 1024, kLeastLimit = 256 * kMiB;
constexpr std::uint32_t kMostTimes = 32;

class PlanRun final : public Rerun {
 public:
  PlanRun(RunSetup setup, const std::map<std::string, Value, std::less<>>& parameters,
          cypher::RunOptions options)
      : setup_(std::move(setup)),
        budget_(setup_.memory_bytes, setup_.budget),
        execution_(std::move(options.view), budget_, *setup_.scheduler, setup_.environment),
        kept_reserved_(budget_, "the result of a statement that writes") {
    execution_.slot_count = the_plan().slot_count;
    prepare(options);
    take_parameters(parameters);
    Lowering lowering;
    lowering.worker = &execution_.worker(0);
    lowering.shared = !the_plan().writes;
    root_ = lower(*the_plan().root, lowering);
    require_parameters();
    for (const auto& column : std::get<plan::Produce>(the_plan().root->op).columns) {
      slots_.push_back(column.slot);
    }
    root_->open();
    if (keeps_rows()) run_to_end();
  }

  bool fetch(std::vector<std::vector<Value>>& rows, std::size_t limit) override {
    if (keeps_rows()) return fetch_kept(rows, limit);
    for (std::size_t given = 0; given < limit;) {
      if (at_ == batch_.rows && !next_batch()) return false;
      const auto count =
          static_cast<std::uint32_t>(std::min<std::size_t>(limit - given, batch_.rows - at_));
      convert(at_, count, rows);
      at_ += count;
      given += count;
    }
    return true;
  }

  bool can_begin_again() const override {
    return setup_.may_run_again && is_over_ && execution_.times_begun < kMostTimes &&
           budget_.used() <= kMostKept && given_bytes_ <= kMostKept &&
           setup_.budget->limit() >= kLeastLimit;
  }
  const storage::View& view() const override { return execution_.view; }
  void begin_again(std::shared_ptr<const cypher::Statement> statement,
                   std::span<const Cell> literals,
                   const std::map<std::string, Value, std::less<>>& parameters,
                   const cypher::RunOptions& options) override {
    KITH_ASSERT(can_begin_again() && &options.view.root() == &execution_.view.root());  // A1
    is_over_ = false;
    given_bytes_ = 0;
    ++execution_.times_begun;
    setup_.statement = std::move(statement);
    setup_.literals = literals;
    prepare(options);
    take_parameters(parameters);
    KITH_ASSERT(execution_.parameters.size() == the_plan().parameters.size());
    at_ = batch_.rows = 0;
    root_->open();
  }

  std::optional<cypher::PlanDescription> plan() const override { return description_; }
  cypher::Committed committed() const override {
    return {execution_.committed, execution_.committed_position};
  }

 private:
  const plan::Plan& the_plan() const { return *setup_.plan; }
  // What a transaction of others ends may not be read afterwards.
  bool keeps_rows() const { return the_plan().writes && !the_plan().in_transactions; }

  cypher::PlanDescription describe_profile() {
    cypher::Measurements measurements;
    measure(*the_plan().root, execution_, measurements);
    return cypher::describe(*the_plan().root, the_plan().slots, &measurements);
  }

  void prepare(const cypher::RunOptions& options) {
    execution_.transaction = keeps_rows() ? options.transaction : nullptr;
    KITH_ASSERT(!keeps_rows() || options.transaction != nullptr);
    execution_.store = options.store;
    execution_.committed_position = execution_.view.position();
    execution_.procedures = setup_.procedures;
    execution_.literals = setup_.literals;
    execution_.cancellation = options.cancellation;
    execution_.statement_time = options.statement_time;
    execution_.transaction_time = options.transaction_time;
    execution_.threads = options.threads == 0 ? setup_.scheduler->threads() : options.threads;
    execution_.batch_rows = std::max(1u, options.batch_rows);
    execution_.profile = setup_.profile;
    execution_.file_access = setup_.file_access;
    execution_.temp_space = setup_.temp_space;
    execution_.spill_bytes = options.spill_bytes;
  }

  // One that is missing is an error where it stands: that of the expression it is in.
  void take_parameters(const std::map<std::string, Value, std::less<>>& parameters) {
    for (const auto& name : the_plan().parameters) {
      const auto found = parameters.find(name);
      if (found == parameters.end()) continue;
      execution_.parameters.emplace(name, to_cell(found->second, execution_.parameter_memory));
    }
  }

  // Of those that the rules have removed from the plan, too.
  void require_parameters() const {
    for (const auto& name : the_plan().parameters) {
      if (execution_.parameters.count(name) == 0) missing_parameter(name, {});
    }
  }

  bool next_batch() {
    at_ = batch_.rows = 0;
    while (!is_over_ && root_->next(batch_)) {
      if (!slots_.empty()) return true;  // rows without columns are no rows to anybody
    }
    batch_.rows = 0;
    finish();
    return false;
  }

  void finish() {
    is_over_ = true;
    if (setup_.profile && !description_) description_ = describe_profile();
    if (!setup_.may_run_again) return root_.reset();
    execution_.parameters.clear();
    execution_.parameter_memory.reset();
  }

  void run_to_end() {
    std::uint64_t bytes = 0;
    while (next_batch()) {
      const std::size_t first = kept_.size();
      convert(0, batch_.rows, kept_);
      for (std::size_t i = first; i < kept_.size(); ++i) {
        bytes += sizeof(kept_[i]);
        for (const Value& value : kept_[i]) bytes += value_bytes(value);
      }
      kept_reserved_.grow_to(bytes);
    }
  }

  bool fetch_kept(std::vector<std::vector<Value>>& rows, std::size_t limit) {
    const std::size_t count = std::min(limit, kept_.size() - given_);
    const auto begin = kept_.begin() + static_cast<std::ptrdiff_t>(given_);
    std::move(begin, begin + static_cast<std::ptrdiff_t>(count), std::back_inserter(rows));
    given_ += count;
    return given_ < kept_.size();
  }

  void convert(std::uint32_t begin, std::uint32_t count, std::vector<std::vector<Value>>& rows) {
    const std::size_t first = rows.size();
    rows.resize(first + count);
    for (std::uint32_t i = 0; i < count; ++i) rows[first + i].reserve(slots_.size());
    for (const Slot slot : slots_) {
      const Column& column = batch_[slot];
      for (std::uint32_t i = 0; i < count; ++i) {
        rows[first + i].push_back(value_of(column.cell(begin + i)));
      }
    }
  }

  Value value_of(const Cell& cell) {
    switch (cell.kind) {
      case Kind::Null:
        return {};
      case Kind::Boolean:
        return cell.is_true();
      case Kind::Integer:
        return cell.integer;
      case Kind::Float:
        return cell.real;
      case Kind::String:
        given_bytes_ += cell.string().size();
        return cell.string();
      default: {
        Value value = cypher::to_value(cell, execution_.view);
        if (setup_.may_run_again) given_bytes_ += value_bytes(value);
        return value;
      }
    }
  }

  RunSetup setup_;
  MemoryBudget budget_;  // of this query; its parent is the database's
  Execution execution_;
  OperatorPtr root_;
  bool is_over_ = false;           // all rows were given
  std::uint64_t given_bytes_ = 0;  // of texts and the like, that the run has copies of
  std::vector<Slot> slots_;
  Batch batch_;
  std::uint32_t at_ = 0;                  // the row of batch_ to be given next
  std::vector<std::vector<Value>> kept_;  // of a statement that writes
  Reservation kept_reserved_;
  std::size_t given_ = 0;  // of kept_
  std::optional<cypher::PlanDescription> description_;
};

// Of the parameter that an error says is missing: one like it that was given.
std::string given_instead(std::string_view message, const std::vector<std::string>& wanted,
                          const std::map<std::string, Value, std::less<>>& given) {
  std::vector<std::string> known;
  for (const auto& [name, value] : given) known.push_back("$" + name);
  for (const std::string& name : wanted) {
    if (given.count(name) != 0 || message.find("$" + name + " ") == std::string_view::npos)
      continue;
    return cypher::did_you_mean("$" + name, known);
  }
  return {};
}

}  // namespace

std::unique_ptr<Rerun> start_run(RunSetup setup,
                                 const std::map<std::string, Value, std::less<>>& parameters,
                                 cypher::RunOptions options) {
  const std::vector<std::string>& wanted = setup.plan->parameters;  // outlives this call
  try {
    return std::make_unique<PlanRun>(std::move(setup), parameters, std::move(options));
  } catch (const QueryError& error) {
    if (error.detail() != "MissingParameter") throw;
    throw QueryError(error.type(), error.detail(),
                     error.what() + given_instead(error.what(), wanted, parameters),
                     error.position(), error.phase());
  }
}

}  // namespace kith::exec
