// cypher/engine.cpp: prepare and run; plans are cached by the shape of their texts.
#include "cypher/engine.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "core/assert.hpp"
#include "core/text.hpp"
#include "cypher/bind/lifting.hpp"
#include "cypher/cache/idle_runs.hpp"
#include "cypher/cache/plan_cache.hpp"
#include "cypher/exec/run.hpp"
#include "cypher/explain.hpp"
#include "cypher/notices.hpp"
#include "cypher/prepare.hpp"

namespace kith::cypher {

namespace {

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

// Runs `work`; errors that know a position get a line that points there. `place` says where that is
// in `text`.
template <class Place, class Work>
decltype(auto) with_caret(const std::string& text, Place&& place, Work&& work) {
  const auto message = [&](const Error& e, Position at) {
    return std::string(e.what()) + "\n" + caret(text, at);
  };
  try {
    return work();
  } catch (const SyntaxError& e) {
    if (e.line() == 0) throw;
    const Position at = place(e.position());
    throw SyntaxError(e.detail(), message(e, at), at, e.phase());
  } catch (const TypeError& e) {
    if (e.line() == 0) throw;
    const Position at = place(e.position());
    throw TypeError(e.detail(), message(e, at), at, e.phase());
  } catch (const ImportError& e) {
    if (e.line() == 0) throw;
    const Position at = place(e.position());
    throw ImportError(e.detail(), message(e, at), at);
  } catch (const QueryError& e) {
    if (e.line() == 0) throw;
    const Position at = place(e.position());
    throw QueryError(e.type(), e.detail(), message(e, at), at, e.phase(), e.retryable());
  }
}

template <class Work>
decltype(auto) with_caret(const PreparedStatement& statement, Work&& work) {
  return with_caret(
      statement.text(), [&](Position planned) { return statement.here(planned); },
      std::forward<Work>(work));
}

// A plan as EXPLAIN and PROFILE show it says which literals it leaves open.
PlanDescription with_literals(PlanDescription plan, const SharedPlan& shared) {
  if (shared.open_literals().empty()) return plan;
  plan.details += (plan.details.empty() ? "" : "; ") +
                  ("for any literals in the place of " + shared.open_literals());
  return plan;
}

class CaretRun final : public Run {
 public:
  // `begun`: idle.times_dropped() before the run was made.
  CaretRun(std::unique_ptr<exec::Rerun> run, std::shared_ptr<const PreparedStatement> statement,
           IdleRuns& idle, std::uint64_t begun)
      : statement_(std::move(statement)), run_(std::move(run)), idle_(idle), begun_(begun) {}
  ~CaretRun() override {
    if (!run_->can_begin_again()) return;
    try {
      idle_.keep(statement_->shared(), std::move(run_), begun_);
    } catch (const std::bad_alloc&) {  // then it is not kept
    }
  }

  bool fetch(std::vector<std::vector<Value>>& rows, std::size_t limit) override {
    return with_caret(*statement_, [&] { return run_->fetch(rows, limit); });
  }
  std::optional<PlanDescription> plan() const override {
    auto plan = run_->plan();
    if (plan) plan = with_literals(std::move(*plan), statement_->shared());
    return plan;
  }
  Committed committed() const override { return run_->committed(); }

 private:
  // shared: with the cache; the run reads its plan
  std::shared_ptr<const PreparedStatement> statement_;
  std::unique_ptr<exec::Rerun> run_;
  IdleRuns& idle_;
  std::uint64_t begun_;
};

// The candidates that are open, the first few.
std::string named(const Fingerprint& print, const std::vector<bool>& open) {
  constexpr std::size_t kMost = 60;  // bytes, about
  std::string all;
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (!open[i]) continue;
    if (all.size() > kMost) return all + ", …";
    const std::string_view literal = print.spelling(print.candidates()[i]);
    const std::string_view shown = code_points(literal, 0, kMost);
    all += (all.empty() ? "" : ", ") + std::string(shown) + (shown == literal ? "" : "…");
  }
  return all;
}

// The cache's part of the memory limit.
std::uint64_t cache_bytes(const EngineOptions& options, const MemoryBudget& budget) {
  return std::min(options.cached_plan_bytes, budget.limit() / 32);
}

}  // namespace

struct Engine::State {
  Scheduler& scheduler;
  MemoryBudget& budget;
  Environment environment;
  EngineOptions options;
  ProcedureRegistry procedures;
  PlanCache cache;
  IdleRuns idle;

  std::shared_ptr<const SharedPlan> make_plan(const std::shared_ptr<const Fingerprint>& print,
                                              const storage::View& view) const;
  SharedPlan::Parts bind_and_plan(const ast::Query& query,
                                  const std::shared_ptr<const Fingerprint>& print, bool lifts,
                                  const storage::View& view) const;
  std::unique_ptr<exec::Rerun> begin_again(
      const std::shared_ptr<const PreparedStatement>& statement,
      const std::map<std::string, Value, std::less<>>& parameters, const RunOptions& run_options);
  exec::RunSetup setup_of(const std::shared_ptr<const PreparedStatement>& statement,
                          const RunOptions& run_options);
};

// By way of the parser.
std::shared_ptr<const SharedPlan> Engine::State::make_plan(
    const std::shared_ptr<const Fingerprint>& print, const storage::View& view) const {
  const ast::Query query = parse(print->text());
  if (!print->candidates().empty()) {
    try {
      return std::make_shared<const SharedPlan>(bind_and_plan(query, print, true, view));
    } catch (const Error&) {  // what is wrong is said of the literals as they are, or nothing is
    }
  }
  return std::make_shared<const SharedPlan>(bind_and_plan(query, print, false, view));
}

SharedPlan::Parts Engine::State::bind_and_plan(const ast::Query& query,
                                               const std::shared_ptr<const Fingerprint>& print,
                                               bool lifts, const storage::View& view) const {
  Lifting lifting(*print);
  const std::string& text = print->text();
  const bound::Query bound =
      bind(query, {text, procedures, options.graph_name, lifts ? &lifting : nullptr});
  SharedPlan::Parts parts;
  parts.planned = print;
  parts.mode = query.mode;
  parts.columns = bound.columns;
  parts.notices = notices_of(query);
  parts.state = GraphState::of(view);
  parts.plan = with_caret(
      text, [](Position at) { return at; },
      [&] {
        return plan_query(bound, view, options.optimise, options.folding, options.without_rule);
      });
  lifting.fix_values(parts.plan.fixed_literals);
  parts.open = lifting.result();
  if (print->is_shown()) {  // what is printed has them in it
    parts.open_literals = named(*print, parts.open);
    parts.open.assign(parts.open.size(), false);
  }
  return parts;
}

Engine::Engine(Scheduler& scheduler, MemoryBudget& budget, Environment environment,
               EngineOptions options)
    : state_(new State{scheduler,
                       budget,
                       std::move(environment),
                       std::move(options),
                       {},
                       PlanCache(options.cached_plans, cache_bytes(options, budget), budget),
                       {}}) {}

Engine::~Engine() = default;

ProcedureRegistry& Engine::procedures() { return state_->procedures; }

PlanCacheStats Engine::cache_stats() const { return state_->cache.stats(); }

std::shared_ptr<const Statement> Engine::prepare(std::string_view text, const storage::View& view) {
  // shared: by the statement and, if it is planned for this text, by the plan
  auto print = std::make_shared<const Fingerprint>(std::string(text), state_->cache.is_on());
  auto plan = state_->cache.find(*print, view);
  if (plan == nullptr) {
    plan = state_->make_plan(print, view);
    state_->cache.add(plan);
  }
  return std::make_shared<const PreparedStatement>(std::move(plan), std::move(print));
}

std::shared_ptr<const Statement> Engine::renewed(const std::shared_ptr<const Statement>& statement,
                                                 const storage::View& view) {
  // Statements are made by prepare() alone.
  const auto& prepared = static_cast<const PreparedStatement&>(*statement);
  if (prepared.shared().is_current(view)) return statement;
  return prepare(prepared.text(), view);
}

std::unique_ptr<Run> Engine::run(std::shared_ptr<const Statement> statement,
                                 const std::map<std::string, Value, std::less<>>& parameters,
                                 RunOptions options) {
  // Statements are made by prepare() alone.
  auto prepared = std::static_pointer_cast<const PreparedStatement>(std::move(statement));
  const plan::Plan& plan = prepared->plan();
  const std::uint64_t planned_for = prepared->shared().state().schema;
  KITH_ASSERT(planned_for == GraphState::of(options.view).schema);  // renewed()
  if (prepared->is_explain()) {
    return std::make_unique<ExplainRun>(
        with_literals(describe(*plan.root, plan.slots), prepared->shared()));
  }
  const std::uint64_t begun = state_->idle.times_dropped();
  auto run = with_caret(*prepared, [&] {
    auto again = state_->begin_again(prepared, parameters, options);
    return again ? std::move(again)
                 : exec::start_run(state_->setup_of(prepared, options), parameters, options);
  });
  return std::make_unique<CaretRun>(std::move(run), prepared, state_->idle, begun);
}

// Null: it has to be made.
std::unique_ptr<exec::Rerun> Engine::State::begin_again(
    const std::shared_ptr<const PreparedStatement>& statement,
    const std::map<std::string, Value, std::less<>>& parameters, const RunOptions& run_options) {
  const SharedPlan& shared = statement->shared();
  if (!run_options.view_is_fixed || shared.calls_procedures()) {  // which may tell of open views
    idle.drop();
    return nullptr;
  }
  const auto is_given = [&](const std::string& name) { return parameters.count(name) != 0; };
  const auto& wanted = shared.plan().parameters;
  if (!std::all_of(wanted.begin(), wanted.end(), is_given)) return nullptr;  // it says where
  auto run = idle.take(shared, run_options.view);
  if (run) run->begin_again(statement, statement->literals(), parameters, run_options);
  return run;
}

exec::RunSetup Engine::State::setup_of(const std::shared_ptr<const PreparedStatement>& statement,
                                       const RunOptions& run_options) {
  exec::RunSetup setup;
  setup.statement = statement;
  setup.plan = &statement->plan();
  setup.literals = statement->literals();
  setup.profile = statement->is_profile();
  setup.may_run_again = run_options.view_is_fixed && statement->shared().may_run_again();
  setup.scheduler = &scheduler;
  setup.budget = &budget;
  setup.memory_bytes =
      options.query_memory_bytes != 0 ? options.query_memory_bytes : budget.limit() / 2;
  setup.temp_space = options.temp_space;
  setup.file_access = options.file_access;
  setup.environment = environment;
  setup.procedures = &procedures;
  return setup;
}

void Engine::drop_idle_runs() noexcept { state_->idle.drop(); }
void Engine::close() noexcept { state_->idle.close(); }

}  // namespace kith::cypher
