// tests/fuzz/graph.hpp: a random graph as a script that builds it.
//
// Every element has a property `uid`, unique among all nodes (relationships): answers name elements
// by it, so they do not depend on ids. Some elements and properties come after a checkpoint, some
// are deleted again: the graph is then a base with a delta.
#pragma once

#include <string>
#include <vector>

#include "tests/fuzz/random.hpp"

namespace kith::fuzz {

// The names that graphs and queries are made of.
const std::vector<std::string>& all_labels();
const std::vector<std::string>& all_types();
const std::vector<std::string>& all_keys();
std::string random_literal(Random& random);  // of a property, as Cypher text
std::string random_literal_of(Random& random, const std::string& key);

struct GraphProperty {
  std::string key, value;  // as Cypher text
  bool late = false;       // set after the checkpoint
};
struct GraphNode {
  int uid = 0;
  std::vector<std::string> labels, late_labels, lost_labels;  // lost: removed after the checkpoint
  std::vector<GraphProperty> properties;
  bool late = false, doomed = false;
};
struct GraphRelationship {
  int uid = 0;
  std::string type;
  int from = 0, to = 0;  // uids
  std::vector<GraphProperty> properties;
  bool late = false, doomed = false;
};
struct SchemaStatement {
  std::string text;
  bool late = false;
};

struct Graph {
  std::vector<GraphNode> nodes;
  std::vector<GraphRelationship> relationships;
  std::vector<SchemaStatement> schema;
  bool checkpoint = false;        // between the early and the late
  bool final_checkpoint = false;  // and at the end
  bool reopen = false;            // a file that is closed and opened at the end
};

struct Step {
  enum class Kind { Statement, Checkpoint, Reopen } kind = Kind::Statement;
  std::string text;
};
std::vector<Step> build_steps(const Graph& graph, bool with_schema);

Graph random_graph(Random& random);

}  // namespace kith::fuzz
