// tests/oracle/paths_test.cpp: path patterns against a model that tries everything, on small random
// graphs with loops and parallel relationships.
//
// The seed is printed; KITH_SEED repeats a run, KITH_ORACLE_PATHS asks for more patterns.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "kith/kith.hpp"
#include "tests/oracle/path_model.hpp"

namespace kith {
namespace {

using test::ModelGraph;
using test::ModelMatch;
using test::ModelPath;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::mt19937_64 seeded() {
  const auto seed = number_from("KITH_SEED", std::random_device{}());
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  return std::mt19937_64(seed);
}

// The graph in two databases: with two-row batches and no optimiser, and as it comes.
class Databases {
 public:
  explicit Databases(const ModelGraph& graph) {
    for (auto* connection : {&plain_, &small_}) {
      Appender appender(*connection);
      std::vector<std::int64_t> ids;
      for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        std::vector<std::string> labels = {"N"};
        if (graph.nodes[i].has_label) labels.push_back("A");
        ids.push_back(appender.add_node(
            labels, {{"i", static_cast<std::int64_t>(i)}, {"v", graph.nodes[i].v}}));
      }
      for (std::size_t i = 0; i < graph.relationships.size(); ++i) {
        const auto& r = graph.relationships[i];
        appender.add_relationship(r.is_t ? "T" : "S", ids[r.from], ids[r.to],
                                  {{"i", static_cast<std::int64_t>(i)}, {"w", r.w}});
      }
      appender.finish();
    }
  }

  std::vector<std::string> rows(const std::string& query, bool small) {
    std::vector<std::string> rows;
    auto result = (small ? small_ : plain_).execute(query);
    for (const auto& row : result) rows.push_back(text_of_row(row));
    std::sort(rows.begin(), rows.end());
    return rows;
  }

 private:
  static std::string text_of_row(const Row& row) {
    std::string text;
    for (const Value& value : row.values()) {
      if (!text.empty()) text += " ";
      if (value.type() == ValueType::Integer) {
        text += std::to_string(value.as_int());
        continue;
      }
      std::vector<std::size_t> ids;
      for (const Value& item : value.as_list()) {
        ids.push_back(static_cast<std::size_t>(item.as_int()));
      }
      text += test::list_text(ids);
    }
    return text;
  }

  Database plain_database_ = Database::open(":memory:", {.threads = 2});
  Database small_database_ =
      Database::open(":memory:", {.threads = 1, .batch_rows = 2, .optimise = false});
  Connection plain_ = plain_database_.connect(), small_ = small_database_.connect();
};

std::vector<std::string> texts(const std::vector<ModelMatch>& matches) {
  std::vector<std::string> rows;
  for (const ModelMatch& match : matches) rows.push_back(match.row);
  std::sort(rows.begin(), rows.end());
  return rows;
}

using Ends = std::pair<std::size_t, std::size_t>;
std::map<Ends, std::vector<ModelMatch>> by_ends(std::vector<ModelMatch> matches) {
  std::stable_sort(matches.begin(), matches.end(), [](const auto& a, const auto& b) {
    return a.relationships.size() < b.relationships.size();
  });
  std::map<Ends, std::vector<ModelMatch>> parts;
  for (ModelMatch& match : matches) parts[{match.start, match.end}].push_back(std::move(match));
  return parts;
}

// All matches of the `count` least lengths between each two nodes.
std::vector<ModelMatch> groups_of(const std::vector<ModelMatch>& all, std::size_t count) {
  std::vector<ModelMatch> kept;
  for (const auto& [ends, matches] : by_ends(all)) {
    std::size_t lengths = 0, last = SIZE_MAX;
    for (const ModelMatch& match : matches) {
      if (match.relationships.size() != last && ++lengths > count) break;
      last = match.relationships.size();
      kept.push_back(match);
    }
  }
  return kept;
}

// Some `count` shortest matches between each two nodes: any of those equally long will do.
void check_shortest(const std::vector<ModelMatch>& all, std::size_t count,
                    const std::vector<std::string>& rows) {
  std::map<std::string, const ModelMatch*> known;
  for (const ModelMatch& match : all) known[match.row] = &match;
  std::map<Ends, std::vector<std::size_t>> lengths;
  for (const std::string& row : rows) {
    const auto found = known.find(row);
    REQUIRE(found != known.end());
    const ModelMatch& match = *found->second;
    lengths[{match.start, match.end}].push_back(match.relationships.size());
  }
  CHECK(std::adjacent_find(rows.begin(), rows.end()) == rows.end());
  std::map<Ends, std::vector<std::size_t>> wanted;
  for (const auto& [ends, matches] : by_ends(all)) {
    for (std::size_t i = 0; i < std::min(count, matches.size()); ++i) {
      wanted[ends].push_back(matches[i].relationships.size());
    }
  }
  for (auto& [ends, list] : lengths) std::sort(list.begin(), list.end());
  CHECK(lengths == wanted);
}

void check_path(Databases& databases, const ModelGraph& graph, const ModelPath& path) {
  const std::string query = test::query_of(path);
  INFO(query);
  const auto all = test::all_matches(graph, path);
  for (const bool small : {false, true}) {
    INFO((small ? "two-row batches, no optimiser" : "as it comes"));
    const auto rows = databases.rows(query, small);
    switch (path.selector) {
      case ModelPath::Selector::None:
        CHECK(rows == texts(all));
        break;
      case ModelPath::Selector::Groups:
        CHECK(rows == texts(groups_of(all, path.count)));
        break;
      case ModelPath::Selector::Any:
      case ModelPath::Selector::Shortest:
        check_shortest(all, path.count, rows);
        break;
    }
  }
}

TEST_CASE("path patterns find what trying everything finds") {
  auto random = seeded();
  const auto graphs = number_from("KITH_ORACLE_PATHS", 120);
  for (std::uint64_t round = 0; round < graphs; ++round) {
    const ModelGraph graph = test::random_graph(random);
    Databases databases(graph);
    std::string text;
    for (const auto& r : graph.relationships) {
      text += " " + std::to_string(r.from) + (r.is_t ? "-T" : "-S") + std::to_string(r.w) + ">" +
              std::to_string(r.to);
    }
    INFO("graph " << round << ":" << text);
    for (int i = 0; i < 8; ++i) {
      check_path(databases, graph, test::random_path(random, i % 2 == 1));
    }
  }
}

}  // namespace
}  // namespace kith
