// cypher/engine.cpp: prepare and run; statements are cached by their text.
#include "cypher/engine.hpp"

#include <algorithm>
#include <list>
#include <mutex>
#include <unordered_map>

#include "core/assert.hpp"
#include "cypher/exec/run.hpp"
#include "cypher/explain.hpp"
#include "cypher/parse/unparse.hpp"
#include "cypher/plan/statistics.hpp"
#include "cypher/prepare.hpp"

namespace kith::cypher {

namespace {

// What the graph was like when a statement was planned.
struct GraphState {
  std::uint64_t schema = 0;  // the version: with another a plan must not run
  std::uint64_t nodes = 0, relationships = 0;

  static GraphState of(const storage::View& view) {
    return {plan::access_version(view), view.node_count(), view.relationship_count()};
  }
  // Another plan may be better by now.
  bool is_far_from(const GraphState& other) const {
    return schema != other.schema || far(nodes, other.nodes) ||
           far(relationships, other.relationships);
  }

 private:
  static bool far(std::uint64_t a, std::uint64_t b) {
    constexpr std::uint64_t kSmall = 100, kTimes = 10;  // counts below kSmall are alike
    a = std::max(a, kSmall);
    b = std::max(b, kSmall);
    return a > kTimes * b || b > kTimes * a;
  }
};

class PreparedStatement final : public Statement {
 public:
  PreparedStatement(std::string text, ast::Query::Mode mode, plan::Plan plan, GraphState state)
      : text_(std::move(text)), mode_(mode), plan_(std::move(plan)), state_(state) {
    if (is_explain()) {
      columns_.push_back("plan");
      return;
    }
    for (const auto& column : std::get<plan::Produce>(plan_.root->op).columns) {
      columns_.push_back(column.name);
    }
  }

  const std::vector<std::string>& columns() const override { return columns_; }
  StatementType type() const override {
    if (plan_.changes_schema) return StatementType::Schema;
    if (!plan_.writes) return StatementType::Read;
    return plan_.reads ? StatementType::ReadWrite : StatementType::Write;
  }
  bool writes() const override { return plan_.writes; }
  bool commits_itself() const override { return plan_.in_transactions; }
  bool is_explain() const override { return mode_ == ast::Query::Mode::Explain; }
  std::string describe(std::string_view stage) const override {
    if (stage == "ast") return unparse(parse(text_));
    return to_text(cypher::describe(*plan_.root, plan_.slots));
  }

  bool is_profile() const { return mode_ == ast::Query::Mode::Profile; }
  const std::string& text() const { return text_; }
  const plan::Plan& plan() const { return plan_; }
  const GraphState& state() const { return state_; }

 private:
  std::string text_;
  ast::Query::Mode mode_;
  plan::Plan plan_;
  GraphState state_;
  std::vector<std::string> columns_;
};

// A cached plan knows procedures by name only: after one is replaced it would be wrong.
bool calls_procedure(const plan::Node& node) {
  if (std::holds_alternative<plan::CallProcedure>(node.op)) return true;
  for (const auto& child : node.children) {
    if (calls_procedure(*child)) return true;
  }
  return false;
}

// Statements by text, the last used first.
class StatementCache {
 public:
  explicit StatementCache(std::size_t capacity) : capacity_(capacity) {}

  std::shared_ptr<const PreparedStatement> find(std::string_view text, const GraphState& state) {
    const std::lock_guard lock(mutex_);
    const auto found = by_text_.find(text);
    if (found == by_text_.end()) return nullptr;
    if ((*found->second)->state().is_far_from(state)) {
      entries_.erase(found->second);
      by_text_.erase(found);
      return nullptr;
    }
    entries_.splice(entries_.begin(), entries_, found->second);
    return entries_.front();
  }

  void add(std::shared_ptr<const PreparedStatement> statement) {
    const std::lock_guard lock(mutex_);
    if (capacity_ == 0 || by_text_.count(statement->text()) != 0) return;
    entries_.push_front(std::move(statement));
    by_text_.emplace(entries_.front()->text(), entries_.begin());
    if (entries_.size() <= capacity_) return;
    by_text_.erase(entries_.back()->text());
    entries_.pop_back();
  }

 private:
  // shared: with the runs of a statement, which may outlive its place here
  using Entries = std::list<std::shared_ptr<const PreparedStatement>>;
  const std::size_t capacity_;
  std::mutex mutex_;
  Entries entries_;
  std::unordered_map<std::string_view, Entries::iterator> by_text_;  // the text is the entry's
};

// EXPLAIN: a row for each line of the plan's table.
class ExplainRun final : public Run {
 public:
  explicit ExplainRun(PlanDescription plan) : plan_(std::move(plan)), left_(to_text(plan_)) {}

  bool fetch(std::vector<std::vector<Value>>& rows, std::size_t limit) override {
    for (std::size_t i = 0; i < limit && !left_.empty(); ++i) {
      const std::size_t end = std::min(left_.find('\n'), left_.size());
      rows.push_back({Value(left_.substr(0, end))});
      left_.erase(0, end + 1);
    }
    return !left_.empty();
  }
  std::optional<PlanDescription> plan() const override { return plan_; }

 private:
  PlanDescription plan_;
  std::string left_;
};

// Runs `work`; errors of the run that know a position get a line that points there.
template <class Work>
decltype(auto) with_caret(const std::string& text, Work&& work) {
  const auto message = [&](const Error& e) {
    return std::string(e.what()) + "\n" + caret(text, e.position());
  };
  const auto has_place = [](const Error& e) { return e.line() != 0; };
  try {
    return work();
  } catch (const SyntaxError& e) {
    if (!has_place(e)) throw;
    throw SyntaxError(e.detail(), message(e), e.position(), e.phase());
  } catch (const TypeError& e) {
    if (!has_place(e)) throw;
    throw TypeError(e.detail(), message(e), e.position(), e.phase());
  } catch (const ImportError& e) {
    if (!has_place(e)) throw;
    throw ImportError(e.detail(), message(e), e.position());
  } catch (const QueryError& e) {
    if (!has_place(e)) throw;
    throw QueryError(e.type(), e.detail(), message(e), e.position(), e.phase(), e.retryable());
  }
}

class CaretRun final : public Run {
 public:
  CaretRun(std::unique_ptr<Run> run, std::shared_ptr<const PreparedStatement> statement)
      : statement_(std::move(statement)), run_(std::move(run)) {}

  bool fetch(std::vector<std::vector<Value>>& rows, std::size_t limit) override {
    return with_caret(statement_->text(), [&] { return run_->fetch(rows, limit); });
  }
  std::optional<PlanDescription> plan() const override { return run_->plan(); }
  Committed committed() const override { return run_->committed(); }

 private:
  // shared: with the cache; the run reads its plan
  std::shared_ptr<const PreparedStatement> statement_;
  std::unique_ptr<Run> run_;
};

}  // namespace

struct Engine::State {
  Scheduler& scheduler;
  MemoryBudget& budget;
  Environment environment;
  EngineOptions options;
  ProcedureRegistry procedures;
  StatementCache cache;
};

Engine::Engine(Scheduler& scheduler, MemoryBudget& budget, Environment environment,
               EngineOptions options)
    : state_(new State{scheduler,
                       budget,
                       std::move(environment),
                       std::move(options),
                       {},
                       StatementCache(options.cached_plans)}) {}

Engine::~Engine() = default;

ProcedureRegistry& Engine::procedures() { return state_->procedures; }

std::shared_ptr<const Statement> Engine::prepare(std::string_view text, const storage::View& view) {
  const GraphState state = GraphState::of(view);
  if (auto cached = state_->cache.find(text, state)) return cached;
  const ast::Query query = parse(text);
  const bound::Query bound = bind(query, {text, state_->procedures, state_->options.graph_name});
  plan::Plan plan = with_caret(std::string(text),
                               [&] { return plan_query(bound, view, state_->options.optimise); });
  auto statement = std::make_shared<const PreparedStatement>(std::string(text), query.mode,
                                                             std::move(plan), state);
  if (!calls_procedure(*statement->plan().root)) state_->cache.add(statement);
  return statement;
}

std::shared_ptr<const Statement> Engine::renewed(const std::shared_ptr<const Statement>& statement,
                                                 const storage::View& view) {
  // Statements are made by prepare() alone.
  const auto& prepared = static_cast<const PreparedStatement&>(*statement);
  if (!prepared.state().is_far_from(GraphState::of(view))) return statement;
  return prepare(prepared.text(), view);
}

std::unique_ptr<Run> Engine::run(std::shared_ptr<const Statement> statement,
                                 const std::map<std::string, Value, std::less<>>& parameters,
                                 RunOptions options) {
  // Statements are made by prepare() alone.
  auto prepared = std::static_pointer_cast<const PreparedStatement>(std::move(statement));
  const plan::Plan& plan = prepared->plan();
  KITH_ASSERT(prepared->state().schema == GraphState::of(options.view).schema);  // renewed()
  if (prepared->is_explain()) {
    return std::make_unique<ExplainRun>(describe(*plan.root, plan.slots));
  }
  exec::RunSetup setup;
  setup.statement = prepared;
  setup.plan = &plan;
  setup.profile = prepared->is_profile();
  setup.scheduler = &state_->scheduler;
  setup.budget = &state_->budget;
  setup.memory_bytes = state_->options.query_memory_bytes != 0 ? state_->options.query_memory_bytes
                                                               : state_->budget.limit() / 2;
  setup.temp_space = state_->options.temp_space;
  setup.file_access = state_->options.file_access;
  setup.environment = state_->environment;
  setup.procedures = &state_->procedures;
  auto run = with_caret(prepared->text(), [&] {
    return exec::start_run(std::move(setup), parameters, std::move(options));
  });
  return std::make_unique<CaretRun>(std::move(run), prepared);
}

}  // namespace kith::cypher
