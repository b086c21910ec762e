// tests/bench/rule_effect.cpp: what each rewrite rule is worth.
//
//   rule_effect DATABASE [--threads N] [--runs N] [--param NAME=NUMBER]… FILE.cypher…
//
// Runs each query with all rules, and without each one that changes its plan, in turns, and prints
// the time without the rule over the time with all: the median of wall time, and processor time.
// "folds" are not a rule, but can be left out, too (EngineOptions::folding). Answers must be
// the same: give queries whose order, if they have one, leaves nothing open. Lines that begin with
// // are left out of a file, queries that write are not run.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/environment.hpp"
#include "core/memory_budget.hpp"
#include "core/scheduler.hpp"
#include "cypher/engine.hpp"
#include "cypher/plan/rewrite.hpp"
#include "storage/store.hpp"
#include "tests/bench/query_files.hpp"

namespace {

using namespace kith;

struct Options {
  std::string database;
  std::uint32_t threads = 2, runs = 5;
  std::vector<std::string> files;
  std::map<std::string, Value, std::less<>> parameters;
};

Options read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    const auto value = [&] {
      if (++i == argc) throw std::runtime_error(arg + " needs a value");
      return std::string(argv[i]);
    };
    if (arg == "--threads") {
      options.threads = static_cast<std::uint32_t>(std::stoul(value()));
    } else if (arg == "--runs") {
      options.runs = static_cast<std::uint32_t>(std::stoul(value()));
    } else if (arg == "--param") {
      const auto [name, number] = bench::read_parameter(value());
      options.parameters[name] = number;
    } else if (options.database.empty()) {
      options.database = arg;
    } else {
      options.files.push_back(arg);
    }
  }
  if (options.files.empty() || options.runs == 0)
    throw std::runtime_error("usage: rule_effect DATABASE [options] FILE.cypher…");
  return options;
}

std::string name_of(const std::string& path) {
  const std::size_t begin = path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1;
  return path.substr(begin, path.rfind('.') - begin);
}

void append(std::string& text, const cypher::PlanDescription& plan) {
  text += plan.name + " " + plan.details + "\n";
  for (const auto& child : plan.children) append(text, child);
}

struct Times {
  std::vector<double> wall, processor;
  static double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values.at(values.size() / 2);
  }
};

// An engine with some way of planning.
class Variant {
 public:
  Variant(std::string name, cypher::EngineOptions how, storage::Store& store, Scheduler& scheduler,
          MemoryBudget& budget, const Options& options)
      : name_(std::move(name)),
        store_(store),
        options_(options),
        engine_(scheduler, budget, posix_environment(), std::move(how)) {}

  const std::string& name() const { return name_; }

  std::string plan_of(const std::string& query) {
    const auto run = start("EXPLAIN " + query);
    fetch(*run);
    std::string text;
    append(text, run->plan().value());
    return text;
  }
  // The rows, as text.
  std::string run(const std::string& query, Times& times) {
    const auto began = std::chrono::steady_clock::now();
    const std::clock_t clock = std::clock();
    std::string rows = fetch(*start(query));
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
    times.wall.push_back(wall.count());
    times.processor.push_back(static_cast<double>(std::clock() - clock) / CLOCKS_PER_SEC);
    return rows;
  }
  bool writes(const std::string& query) {
    return engine_.prepare(query, store_.snapshot())->writes();
  }

 private:
  std::unique_ptr<cypher::Run> start(const std::string& query) {
    const auto statement = engine_.prepare(query, store_.snapshot());
    cypher::RunOptions run{.view = store_.snapshot()};
    run.threads = options_.threads;
    return engine_.run(statement, options_.parameters, run);
  }
  static std::string fetch(cypher::Run& run) {
    std::vector<std::vector<Value>> rows;
    while (run.fetch(rows, 1024)) {
    }
    std::string text;
    for (const auto& row : rows) {
      for (const auto& value : row) text += value.to_string() + " ";
      text += '\n';
    }
    return text;
  }

  std::string name_;
  storage::Store& store_;
  const Options& options_;
  cypher::Engine engine_;
};

std::vector<std::unique_ptr<Variant>> make_variants(storage::Store& store, Scheduler& scheduler,
                                                    MemoryBudget& budget, const Options& options) {
  std::vector<std::unique_ptr<Variant>> variants;
  const auto add = [&](std::string name, cypher::EngineOptions how) {
    variants.push_back(std::make_unique<Variant>(std::move(name), std::move(how), store, scheduler,
                                                 budget, options));
  };
  add("all", {});
  for (const auto& rule : plan::rules()) {
    cypher::EngineOptions how;
    how.without_rule = rule.name;
    if (!rule.required) add(std::string(rule.name), std::move(how));
  }
  cypher::EngineOptions without_folds;
  without_folds.folding = Folding::never;
  add("folds", std::move(without_folds));
  return variants;
}

void measure(std::vector<std::unique_ptr<Variant>>& variants, const std::string& path,
             const Options& options) {
  const std::string query = bench::read_query(path);
  Variant& all = *variants[0];
  if (all.writes(query)) return;
  const std::string plan = all.plan_of(query);
  for (std::size_t i = 1; i < variants.size(); ++i) {
    Variant& without = *variants[i];
    if (without.plan_of(query) == plan) continue;
    Times with_all, with_out;
    for (std::uint32_t run = 0; run <= options.runs; ++run) {
      if (run == 1) with_all = with_out = {};  // the first was to warm up
      if (all.run(query, with_all) != without.run(query, with_out))
        throw std::runtime_error(path + ": another answer without " + without.name());
    }
    const double wall = Times::median(with_all.wall), cpu = Times::median(with_all.processor);
    std::printf("| %-18s | %-22s | %10.2f | %10.2f | %9.2f | %9.2f |\n", without.name().c_str(),
                name_of(path).c_str(), wall * 1e3, Times::median(with_out.wall) * 1e3,
                Times::median(with_out.wall) / wall, Times::median(with_out.processor) / cpu);
    std::fflush(stdout);
  }
}

void run(const Options& options) {
  storage::StoreOptions store_options;
  store_options.environment = posix_environment();
  store_options.read_only = true;
  const auto store = storage::Store::open(options.database, store_options);
  MemoryBudget budget(std::uint64_t{8} << 30);
  Scheduler scheduler(options.threads);
  auto variants = make_variants(*store, scheduler, budget, options);
  std::printf(
      "| without            | query                  |    ms with | ms without |     ratio | "
      "processor |\n|---|---|---|---|---|---|\n");
  for (const auto& file : options.files) measure(variants, file, options);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(read_options(argc, argv));
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "rule_effect: %s\n", e.what());
    return 1;
  }
}
