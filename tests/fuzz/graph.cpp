// tests/fuzz/graph.cpp: see graph.hpp.
#include "tests/fuzz/graph.hpp"

#include <algorithm>

namespace kith::fuzz {
namespace {

std::vector<std::string> some_labels(Random& random) {
  std::vector<std::string> labels;
  for (const auto& label : all_labels())
    if (random.chance(40)) labels.push_back(label);
  return labels;
}

std::vector<GraphProperty> some_properties(Random& random, bool deltas) {
  std::vector<GraphProperty> properties;
  for (const auto& key : all_keys()) {
    if (!random.chance(55)) continue;
    properties.push_back({key, random_literal_of(random, key), deltas && random.chance(15)});
  }
  return properties;
}

std::string map_text(int uid, const std::vector<GraphProperty>& properties, bool with_late) {
  std::string text = "{uid: " + std::to_string(uid);
  for (const auto& property : properties)
    if (with_late || !property.late) text += ", " + property.key + ": " + property.value;
  return text + "}";
}

std::string labels_text(const std::vector<std::string>& labels) {
  std::string text;
  for (const auto& label : labels) text += ":" + label;
  return text;
}

class Script {
 public:
  explicit Script(const Graph& graph) : graph_(graph) {}

  std::vector<Step> steps(bool with_schema) {
    if (with_schema) schema(false);
    early();
    if (graph_.checkpoint) steps_.push_back({Step::Kind::Checkpoint, {}});
    if (with_schema) schema(true);
    late_nodes();
    late_relationships();
    if (graph_.final_checkpoint) steps_.push_back({Step::Kind::Checkpoint, {}});
    if (graph_.reopen) steps_.push_back({Step::Kind::Reopen, {}});
    return std::move(steps_);
  }

 private:
  void add(std::string text) { steps_.push_back({Step::Kind::Statement, std::move(text)}); }
  static std::string node_name(int uid) { return "n" + std::to_string(uid); }

  void schema(bool late) {
    for (const auto& statement : graph_.schema)
      if (statement.late == late) add(statement.text);
  }
  bool is_early(int uid) const {
    return std::any_of(graph_.nodes.begin(), graph_.nodes.end(),
                       [&](const auto& node) { return node.uid == uid && !node.late; });
  }
  bool is_late(const GraphRelationship& r) const {
    return r.late || !is_early(r.from) || !is_early(r.to);
  }

  void early() {
    std::string text;
    const auto comma = [&] { return text.empty() ? "CREATE " : ", "; };
    for (const auto& node : graph_.nodes) {
      if (node.late) continue;
      text += comma();
      text += "(" + node_name(node.uid) + labels_text(node.labels) + labels_text(node.lost_labels) +
              " " + map_text(node.uid, node.properties, false) + ")";
    }
    for (const auto& r : graph_.relationships) {
      if (is_late(r)) continue;
      text += comma();
      text += "(" + node_name(r.from) + ")-[:" + r.type + " " +
              map_text(r.uid, r.properties, false) + "]->(" + node_name(r.to) + ")";
    }
    if (!text.empty()) add(text);
  }

  void late_nodes() {
    for (const auto& node : graph_.nodes) {
      const auto uid = std::to_string(node.uid);
      const auto match = "MATCH (n {uid: " + uid + "}) ";
      if (node.late) {
        add("CREATE (" + labels_text(node.labels) + labels_text(node.late_labels) + " " +
            map_text(node.uid, node.properties, true) + ")");
        continue;
      }
      std::string items;
      for (const auto& property : node.properties)
        if (property.late)
          items += (items.empty() ? "SET n." : ", n.") + property.key + " = " + property.value;
      if (!items.empty()) add(match + items);
      if (!node.late_labels.empty()) add(match + "SET n" + labels_text(node.late_labels));
      if (!node.lost_labels.empty()) add(match + "REMOVE n" + labels_text(node.lost_labels));
    }
  }

  void late_relationships() {
    for (const auto& r : graph_.relationships) {
      const auto uid = std::to_string(r.uid);
      if (is_late(r)) {
        add("MATCH (a {uid: " + std::to_string(r.from) + "}), (b {uid: " + std::to_string(r.to) +
            "}) CREATE (a)-[:" + r.type + " " + map_text(r.uid, r.properties, true) + "]->(b)");
      } else {
        for (const auto& property : r.properties)
          if (property.late)
            add("MATCH ()-[r {uid: " + uid + "}]->() SET r." + property.key + " = " +
                property.value);
      }
      if (r.doomed) add("MATCH ()-[r {uid: " + uid + "}]->() DELETE r");
    }
    for (const auto& node : graph_.nodes)
      if (node.doomed) add("MATCH (n {uid: " + std::to_string(node.uid) + "}) DETACH DELETE n");
  }

  const Graph& graph_;
  std::vector<Step> steps_;
};

void add_schema(Random& random, Graph& graph) {
  const std::vector<std::string> statements = {
      "CREATE INDEX a_k FOR (n:A) ON (n.k)",
      "CREATE INDEX a_i FOR (n:A) ON (n.i)",
      "CREATE INDEX b_ik FOR (n:B) ON (n.i, n.k)",
      "CREATE INDEX b_s FOR (n:B) ON (n.s)",
      "CREATE INDEX c_f FOR (n:C) ON (n.f)",
      "CREATE INDEX c_d FOR (n:C) ON (n.d)",
      "CREATE INDEX d_l FOR (n:D) ON (n.l)",
      "CREATE CONSTRAINT a_uid FOR (n:A) REQUIRE n.uid IS UNIQUE",
      "CREATE CONSTRAINT d_uid FOR (n:D) REQUIRE n.uid IS NODE KEY",
      "CREATE INDEX r_k FOR ()-[r:R]-() ON (r.k)",
      "CREATE INDEX s_i FOR ()-[r:S]-() ON (r.i)",
      "CREATE CONSTRAINT t_uid FOR ()-[r:T]-() REQUIRE r.uid IS UNIQUE"};
  for (const auto& statement : statements)
    if (random.chance(45)) graph.schema.push_back({statement, random.chance(40)});
}

}  // namespace

const std::vector<std::string>& all_labels() {
  static const std::vector<std::string> names = {"A", "B", "C", "D"};
  return names;
}
const std::vector<std::string>& all_types() {
  static const std::vector<std::string> names = {"R", "S", "T"};
  return names;
}
const std::vector<std::string>& all_keys() {
  static const std::vector<std::string> names = {"k", "i", "f", "s", "l", "d", "b"};
  return names;
}

std::string random_literal_of(Random& random, const std::string& key) {
  static const std::vector<std::string> integers = {"0", "1", "2", "3", "-1", "2", "1"};
  static const std::vector<std::string> extreme = {"9223372036854775807", "-9223372036854775808",
                                                   "9007199254740993", "4294967296", "-1"};
  static const std::vector<std::string> floats = {"0.5", "1.5",  "-2.25", "1.0",         "0.0",
                                                  "2.0", "1e18", "-0.0",  "(0.0 / 0.0)", "1e308"};
  static const std::vector<std::string> strings = {"''",  "'a'", "'ab'", "'b'",
                                                   "'A'", "'é'", "'1'",  "'abc'"};
  static const std::vector<std::string> lists = {"[]",         "[1]",   "[1, 2]",     "[2, 1]",
                                                 "['a', 'b']", "[0.5]", "[1.0, 2.0]", "[true]"};
  static const std::vector<std::string> times = {"date('2020-01-01')",
                                                 "date('2020-02-29')",
                                                 "date('1969-12-31')",
                                                 "localdatetime('2020-01-01T00:00')",
                                                 "datetime('2020-01-01T00:00+01:00')",
                                                 "datetime('2019-12-31T23:00Z')",
                                                 "time('10:00+01:00')",
                                                 "localtime('10:00')",
                                                 "duration('P1D')",
                                                 "duration('PT24H')",
                                                 "point({x: 1, y: 2})"};
  switch (key.empty() ? 'k' : key[0]) {
    case 'i':
      return random.word(random.chance(12) ? extreme : integers);
    case 'f':
      return random.word(floats);
    case 's':
      return random.word(strings);
    case 'l':
      return random.word(lists);
    case 'd':
      return random.word(times);
    case 'b':
      return random.chance(50) ? "true" : "false";
    default:
      return random_literal(random);
  }
}

std::string random_literal(Random& random) {
  static const std::vector<std::string> keys = {"i", "i", "f", "s", "s", "l", "d", "b"};
  return random_literal_of(random, random.word(keys));
}

Graph random_graph(Random& random) {
  Graph graph;
  const bool deltas = random.chance(60);
  graph.checkpoint = deltas && random.chance(70);
  graph.final_checkpoint = random.chance(30);
  graph.reopen = random.chance(15);
  // Few nodes: many matches. More of them, with few relationships each: other plans.
  const bool large = random.chance(15);
  const int nodes = large              ? random.between(40, 120)
                    : random.chance(6) ? random.between(0, 2)
                                       : random.between(3, 16);
  for (int uid = 0; uid < nodes; ++uid) {
    GraphNode node{.uid = uid,
                   .labels = some_labels(random),
                   .late_labels = {},
                   .lost_labels = {},
                   .properties = some_properties(random, deltas)};
    node.late = deltas && random.chance(20);
    node.doomed = deltas && random.chance(10);
    if (deltas && !node.late && random.chance(15)) {
      auto& moved = random.chance(50) ? node.late_labels : node.lost_labels;
      for (const auto& label : all_labels())
        if (std::count(node.labels.begin(), node.labels.end(), label) == 0) moved.push_back(label);
    }
    graph.nodes.push_back(std::move(node));
  }
  const int most = large || random.chance(25) ? nodes * 3 / 4 : nodes * 2;
  const int types = random.between(1, 3);
  const bool loops = random.chance(60);
  for (int uid = 0; nodes > 0 && uid < most; ++uid) {
    GraphRelationship r{.uid = 200 + uid,
                        .type = all_types()[random.below(static_cast<std::size_t>(types))],
                        .from = random.between(0, nodes - 1),
                        .to = random.between(0, nodes - 1),
                        .properties = some_properties(random, deltas)};
    if (uid > 0 && random.chance(20)) {  // beside another
      const auto& other = graph.relationships[random.below(graph.relationships.size())];
      r.from = other.from, r.to = other.to;
      if (random.chance(30)) std::swap(r.from, r.to);
    }
    if (r.from == r.to && !loops) r.to = (r.to + 1) % nodes;
    r.late = deltas && random.chance(20);
    r.doomed = deltas && random.chance(8);
    graph.relationships.push_back(std::move(r));
  }
  if (random.chance(75)) add_schema(random, graph);
  return graph;
}

std::vector<Step> build_steps(const Graph& graph, bool with_schema) {
  return Script(graph).steps(with_schema);
}

}  // namespace kith::fuzz
