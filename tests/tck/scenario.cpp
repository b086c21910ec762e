// tests/tck/scenario.cpp: see scenario.hpp.
#include "tests/tck/scenario.hpp"
#include "tests/cypher/decoy.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "kith/kith.hpp"
#include "tests/tck/expected.hpp"
#include "tests/tck/graph_state.hpp"

namespace kith::tck {
namespace {

struct Mismatch : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Outcome {
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;
  Counters counters;
  std::optional<Error> error;
};

std::string describe(const std::vector<Value>& row) {
  std::ostringstream out;
  for (const auto& value : row) out << " | " << value;
  return out.str() + " |";
}

class ScenarioRun {
 public:
  explicit ScenarioRun(const Mode& mode) : mode_(mode) { open(); }
  ~ScenarioRun() {
    connection_.reset();
    database_.reset();
    if (mode_.reopen) remove_files();
  }

  void step(const Step& step) {
    const std::string& text = step.text;
    if (text == "an empty graph" || text == "any graph") return;
    if (text.starts_with("the ") && text.ends_with(" graph"))
      return load_graph(text.substr(4, text.size() - 10));
    if (text == "having executed:") return setup(step.doc);
    if (text.starts_with("there exists a procedure ")) return add_procedure(step);
    if (text == "parameters are:") return set_parameters(step.table);
    if (text == "executing query:") return query(step.doc);
    if (text == "executing control query:") return control_query(step.doc);
    if (text.starts_with("the result should be")) return check_result(step);
    if (text == "no side effects") return check_side_effects({});
    if (text == "the side effects should be:") return check_side_effects(step.table);
    if (text.find(" should be raised at ") != std::string::npos) return check_error(text);
    throw Mismatch("the runner does not know the step: " + text);
  }

  void finish() const {
    if (outcome_.error && !error_checked_)
      throw Mismatch(std::string("failed: ") + outcome_.error->what());
  }

 private:
  std::string path() const { return mode_.reopen ? mode_.scratch + "/tck.kith" : ":memory:"; }
  void remove_files() const {
    for (const auto& entry : std::filesystem::directory_iterator(mode_.scratch))
      std::filesystem::remove(entry.path());
  }
  void open() {
    DatabaseOptions options;
    options.threads = mode_.threads;
    options.batch_rows = mode_.batch_rows;
    options.spill_bytes = mode_.spill_bytes;
    options.optimise = mode_.optimise;
    options.plan_cache = mode_.plan_cache;
    options.folding = mode_.folding;
    options.memory_limit = 256ull << 20;
    options.durability = Durability::relaxed;
    database_.emplace(Database::open(path(), options));
    connection_.emplace(database_->connect());
    for (const auto& [signature, rows] : procedures_)
      database_->add_table_procedure(signature, rows);
  }
  void reopen() {
    if (!mode_.reopen) return;
    connection_.reset();
    database_.reset();
    open();
  }

  void load_graph(const std::string& name) {
    std::ifstream in(mode_.graphs + "/" + name + "/" + name + ".cypher");
    if (!in) throw Mismatch("no graph " + name);
    std::stringstream text;
    text << in.rdbuf();
    std::string statement = text.str();
    while (!statement.empty() &&
           (statement.back() == ';' || std::isspace(static_cast<unsigned char>(statement.back()))))
      statement.pop_back();
    setup(statement);
  }
  void setup(const std::string& statement) { connection_->execute(statement).fetch_all(); }

  void add_procedure(const Step& step) {
    auto signature = step.text.substr(std::string("there exists a procedure ").size());
    if (signature.ends_with(':')) signature.pop_back();
    std::vector<Map> rows;
    for (std::size_t r = 1; r < step.table.size(); ++r) {
      Map row;
      for (std::size_t c = 0; c < step.table[0].size() && c < step.table[r].size(); ++c)
        row[step.table[0][c]] = to_value(parse_expected(step.table[r][c]));
      rows.push_back(std::move(row));
    }
    database_->add_table_procedure(signature, rows);
    procedures_.emplace_back(signature, std::move(rows));
  }

  void set_parameters(const std::vector<TableRow>& table) {
    for (const auto& row : table) parameters_[row.at(0)] = to_value(parse_expected(row.at(1)));
  }

  void query(const std::string& text) {
    reopen();
    before_ = read_state(*connection_);
    outcome_ = run(text);
    error_checked_ = false;
    // An error has undone everything: check_error() looks for what it left.
    if (outcome_.error) return;
    const auto wrong = disagreement(outcome_.counters, before_, read_state(*connection_));
    if (!wrong.empty()) throw Mismatch("counters differ from the graph: " + wrong);
  }
  void control_query(const std::string& text) {
    if (outcome_.error) throw Mismatch(std::string("failed: ") + outcome_.error->what());
    reopen();
    outcome_ = run(text);
    before_ = read_state(*connection_);
  }

  Outcome run(const std::string& text) {
    Outcome outcome;
    if (mode_.decoys) test::run_decoy(*connection_, text, parameters_);
    try {
      auto result = connection_->execute(text, parameters_);
      outcome.columns = result.columns();
      outcome.rows = result.fetch_all();
      outcome.counters = result.summary().counters;
    } catch (const Error& e) {
      outcome.error = e;
    }
    return outcome;
  }

  void check_result(const Step& step) {
    if (outcome_.error) throw Mismatch(std::string("failed: ") + outcome_.error->what());
    const bool in_order = step.text.find("in order") != std::string::npos;
    const CompareOptions options{step.text.find("ignoring element order") != std::string::npos};
    if (step.text.find("empty") != std::string::npos) {
      if (!outcome_.rows.empty())
        throw Mismatch("rows where none were expected:" + describe(outcome_.rows[0]));
      return;
    }
    if (step.table.empty() || outcome_.columns != step.table[0]) {
      std::string names;
      for (const auto& column : outcome_.columns) names += " | " + column;
      throw Mismatch("columns are" + names);
    }
    std::vector<std::vector<Expected>> expected;
    for (std::size_t r = 1; r < step.table.size(); ++r) {
      auto& row = expected.emplace_back();
      for (const auto& cell : step.table[r]) row.push_back(parse_expected(cell));
    }
    compare_rows(expected, in_order, options);
  }

  void compare_rows(const std::vector<std::vector<Expected>>& expected, bool in_order,
                    const CompareOptions& options) {
    if (expected.size() != outcome_.rows.size())
      throw Mismatch(std::to_string(outcome_.rows.size()) + " rows, expected " +
                     std::to_string(expected.size()) +
                     (outcome_.rows.empty() ? "" : "; the first:" + describe(outcome_.rows[0])));
    std::vector<bool> used(expected.size(), false);
    for (std::size_t r = 0; r < outcome_.rows.size(); ++r) {
      const std::size_t from = in_order ? r : 0;
      const std::size_t to = in_order ? r + 1 : expected.size();
      std::size_t found = from;
      while (found < to &&
             (used[found] || !row_matches(expected[found], outcome_.rows[r], options)))
        ++found;
      if (found == to) throw Mismatch("unexpected row" + describe(outcome_.rows[r]));
      used[found] = true;
    }
  }

  static bool row_matches(const std::vector<Expected>& expected, const std::vector<Value>& actual,
                          const CompareOptions& options) {
    if (expected.size() != actual.size()) return false;
    for (std::size_t i = 0; i < expected.size(); ++i)
      if (!matches(expected[i], actual[i], options)) return false;
    return true;
  }

  void check_side_effects(const std::vector<TableRow>& table) {
    std::map<std::string, std::int64_t> expected;
    for (const auto& row : table)
      if (row.at(1) != "0") expected[row.at(0)] = std::stoll(row.at(1));
    const auto actual = side_effects(before_, read_state(*connection_));
    if (actual == expected) return;
    std::string text = "side effects:";
    for (const auto& [what, count] : actual) text += " " + what + "=" + std::to_string(count);
    throw Mismatch(text);
  }

  void check_error(const std::string& text) {
    // "a TYPE should be raised at PHASE: DETAIL"
    const auto start = text.find(' ') + 1;
    const auto middle = text.find(" should be raised at ");
    const auto colon = text.rfind(": ");
    const auto type = text.substr(start, middle - start);
    const auto phase = text.substr(middle + 21, colon - middle - 21);
    const auto detail = text.substr(colon + 2);
    if (!outcome_.error) throw Mismatch("no error, expected " + type + " " + detail);
    const Error& error = *outcome_.error;
    const bool same = error.type() == type && (detail == "*" || error.detail() == detail) &&
                      (phase == "any time" || error.phase_name() == phase);
    if (!same)
      throw Mismatch(error.type() + " at " + std::string(error.phase_name()) + ": " +
                     error.detail() + " (" + error.what() + "), expected " + type + " at " + phase +
                     ": " + detail);
    error_checked_ = true;
    check_side_effects({});
  }

  Mode mode_;
  std::optional<Database> database_;
  std::optional<Connection> connection_;
  std::vector<std::pair<std::string, std::vector<Map>>> procedures_;
  Parameters parameters_;
  GraphState before_;
  Outcome outcome_;
  bool error_checked_ = false;
};

}  // namespace

std::string run_scenario(const Scenario& scenario, const Mode& mode) {
  try {
    ScenarioRun run(mode);
    for (const auto& step : scenario.steps) run.step(step);
    run.finish();
    return {};
  } catch (const std::exception& e) {
    return e.what()[0] != '\0' ? e.what() : "failed without a message";
  }
}

}  // namespace kith::tck
