// tests/oracle/path_model.hpp: path patterns as a model: their text, and all that they match, by
// trying everything.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace kith::test {

struct ModelNode {
  bool has_label = false;  // A
  std::int64_t v = 0;
};
struct ModelRelationship {
  std::size_t from, to;
  bool is_t = true;  // T, else S
  std::int64_t w = 0;
};
struct ModelGraph {
  std::vector<ModelNode> nodes;
  std::vector<ModelRelationship> relationships;
};
ModelGraph random_graph(std::mt19937_64& random);

struct ModelStep {
  int direction = 1;                 // 1: out, -1: in, 0: both
  std::optional<bool> wants_t = {};  // a type: T, or S
};
// Steps, once or repeated, and the node behind them.
struct ModelPart {
  bool is_repeated = false;
  std::vector<ModelStep> steps;
  std::size_t min = 1;
  std::optional<std::size_t> max;
  enum class Condition { None, Ascends, Weight, Label } condition = Condition::None;  // inside
  bool node_is_written = true;
  bool node_has_label = false;  // :A on it
};
struct ModelPath {
  enum class Selector { None, Any, Shortest, Groups } selector = Selector::None;
  std::size_t count = 1;
  bool repeats = false;  // REPEATABLE ELEMENTS
  bool start_has_label = false;
  std::vector<ModelPart> parts;
  // In parentheses around the path; without a selector in the MATCH's WHERE.
  enum class Condition { None, Ends, Size, Inner } condition = Condition::None;
};
ModelPath random_path(std::mt19937_64& random, bool selects);
std::string query_of(const ModelPath& path);

// One row of the query: the ends and the relationships of the path, then the lists of each part.
struct ModelMatch {
  std::size_t start = 0, end = 0;
  std::vector<std::size_t> relationships;
  std::string row;  // as text_of_row() makes it of an answer
};
std::vector<ModelMatch> all_matches(const ModelGraph& graph, const ModelPath& path);
std::string list_text(const std::vector<std::size_t>& ids);

}  // namespace kith::test
