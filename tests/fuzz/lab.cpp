// tests/fuzz/lab.cpp: see lab.hpp.
#include "tests/fuzz/lab.hpp"

#include <algorithm>
#include <filesystem>

#include "tests/fuzz/answers.hpp"

namespace kith::fuzz {
namespace {

const Parameters& parameters() {
  static const Parameters given = {{"one", 1},
                                   {"two", 2},
                                   {"text", "a"},
                                   {"none", nullptr},
                                   {"list", List{1, 2, "a", nullptr}},
                                   {"half", 0.5},
                                   {"day", Date::of(2020, 1, 1)},
                                   {"map", Map{{"k", 1}, {"s", "a"}}}};
  return given;
}

constexpr std::size_t kMostRows = 30'000;
constexpr std::chrono::milliseconds kTimeout{1500};

std::string counters_text(const Counters& c) {
  std::string text;
  for (const auto count :
       {c.nodes_created, c.nodes_deleted, c.relationships_created, c.relationships_deleted,
        c.properties_set, c.labels_added, c.labels_removed})
    text += std::to_string(count) + " ";
  return text;
}

template <class Execute>
Outcome outcome_of(Execute&& execute) {
  Outcome out;
  try {
    Result result = execute();
    out.columns = result.columns();
    out.rows = result.fetch(kMostRows + 1);
    out.gave_up = out.rows.size() > kMostRows;
    out.counters = counters_text(result.summary().counters);
  } catch (const Error& e) {
    out.rows.clear();
    out.error_type = e.type();
    out.error = e.type() + " (" + std::string(e.phase_name()) + ") " + e.detail() + ": " + e.what();
    out.compile_time = e.phase() == Phase::CompileTime;
    out.gave_up = e.type() == "Interrupted";
  }
  return out;
}

std::vector<std::string> elements(const Outcome& nodes, const Outcome& relationships) {
  std::vector<std::string> out;
  for (const auto* part : {&nodes, &relationships}) {
    if (part->failed()) out.push_back("cannot be read: " + part->error);
    for (const auto& row : part->rows) out.push_back(row_text(row, {}));
  }
  std::sort(out.begin(), out.end());
  return out;
}

constexpr const char* kAllNodes =
    "MATCH (n) RETURN n, size([(n)-->() | 1]) AS out, size([(n)<--() | 1]) AS in";
constexpr const char* kAllRelationships = "MATCH (a)-[r]->(b) RETURN a, r, b";

}  // namespace

std::string_view mode_name(Mode mode) {
  switch (mode) {
    case Mode::Default:
      return "default";
    case Mode::NoOptimiser:
      return "optimiser off";
    case Mode::Small:
      return "small vectors, threads, spilling, folds";
    case Mode::NoIndex:
      return "no indexes";
  }
  return "";
}

Lab::Lab(const Graph& graph, std::string folder) : graph_(graph), folder_(std::move(folder)) {}

Lab::~Lab() {
  for (auto& site : sites_) {
    site.connection.reset();
    site.database.reset();
  }
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, ignored))
    std::filesystem::remove_all(entry.path(), ignored);
}

void Lab::open(Site& site, const std::string& path, Mode mode) const {
  DatabaseOptions options;
  options.memory_limit = 256u << 20;
  options.durability = Durability::relaxed;
  options.threads = 1;
  if (mode == Mode::NoOptimiser) options.optimise = false;
  if (mode == Mode::Small) {
    options.threads = 4, options.batch_rows = 2, options.spill_bytes = 1;
    options.folding = Folding::always;
  }
  site.database.emplace(Database::open(path, options));
  site.connection.emplace(site.database->connect());
}

void Lab::build(Site& site, Mode mode) const {
  const auto path = graph_.reopen ? folder_ + "/" + std::to_string(static_cast<int>(mode)) + ".kith"
                                  : std::string(":memory:");
  open(site, path, mode);
  for (const auto& step : build_steps(graph_, mode != Mode::NoIndex)) {
    switch (step.kind) {
      case Step::Kind::Statement:
        site.connection->execute(step.text);
        break;
      case Step::Kind::Checkpoint:
        site.database->checkpoint();
        break;
      case Step::Kind::Reopen:
        site.connection.reset();
        site.database->close();
        site.database.reset();
        open(site, path, mode);
        break;
    }
  }
}

Lab::Site& Lab::site(Mode mode) {
  auto& site = sites_[static_cast<std::size_t>(mode)];
  if (site.database) return site;
  build(site, mode);
  site.connection->set_timeout(kTimeout);
  return site;
}

Outcome Lab::run(Mode mode, const std::string& query) {
  auto& connection = *site(mode).connection;
  return outcome_of([&] { return connection.execute(query, parameters()); });
}

std::vector<std::string> Lab::graph_of(Mode mode) {
  return elements(run(mode, kAllNodes), run(mode, kAllRelationships));
}

WriteOutcome Lab::run_write(Mode mode, const std::string& statement, const std::string& then) {
  auto transaction = site(mode).connection->begin(AccessMode::write);
  WriteOutcome out;
  const auto run = [&](const std::string& text) {
    return outcome_of([&] { return transaction.execute(text, parameters()); });
  };
  out.answer = run(statement);
  if (!then.empty()) out.then = run(then);
  out.graph = elements(run(kAllNodes), run(kAllRelationships));
  transaction.rollback();
  return out;
}

}  // namespace kith::fuzz
