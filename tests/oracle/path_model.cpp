// tests/oracle/path_model.cpp: path patterns by trying everything.
#include "tests/oracle/path_model.hpp"

#include <algorithm>

namespace kith::test {

namespace {

using Random = std::mt19937_64;
bool chance(Random& random, unsigned of) { return random() % of == 0; }

std::string number(std::size_t n) { return std::to_string(n); }

// ---- text

std::string arrow(const ModelStep& step, const std::string& name) {
  const std::string type = step.wants_t ? (*step.wants_t ? ":T" : ":S") : "";
  return std::string(step.direction < 0 ? "<-[" : "-[") + name + type +
         (step.direction > 0 ? "]->" : "]-");
}

std::string quantifier(const ModelPart& part) {
  if (!part.max && part.min < 2) return part.min == 0 ? "*" : "+";
  if (part.max && *part.max == part.min) return "{" + number(part.min) + "}";
  return "{" + number(part.min) + "," + (part.max ? number(*part.max) : "") + "}";
}

std::string inside_text(const ModelPart& part, const std::string& name) {
  std::string text = "((" + name + "x0)";
  const std::size_t last = part.steps.size();
  for (std::size_t i = 0; i < last; ++i) {
    text += arrow(part.steps[i], name + "r" + number(i)) + "(" + name + "x" + number(i + 1);
    if (i + 1 == last && part.condition == ModelPart::Condition::Label) text += ":A";
    text += ")";
  }
  if (part.condition == ModelPart::Condition::Ascends) {
    text += " WHERE " + name + "x0.v <= " + name + "x" + number(last) + ".v";
  } else if (part.condition == ModelPart::Condition::Weight) {
    text += " WHERE " + name + "r0.w <> 1";
  }
  return text + ")" + quantifier(part);
}

// ---- matching

class Matcher {
 public:
  Matcher(const ModelGraph& graph, const ModelPath& path) : graph_(graph), path_(path) {
    for (const ModelPart& part : path.parts) lists_.push_back(Lists(2 * part.steps.size() + 1));
  }

  std::vector<ModelMatch> run() {
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      if (path_.start_has_label && !graph_.nodes[n].has_label) continue;
      start_ = n;
      between_.clear();
      begin_part(0, n);
    }
    return std::move(found_);
  }

 private:
  // Of a part: x0, r0, x1, r1 … each with what it stood for.
  using Lists = std::vector<std::vector<std::size_t>>;

  void begin_part(std::size_t at, std::size_t node) {
    if (at == path_.parts.size()) return finish(node);
    if (!path_.parts[at].is_repeated) return step(at, 0, 0, node);
    repeat(at, 0, node);
  }

  // After `done` repetitions of a part.
  void repeat(std::size_t at, std::size_t done, std::size_t node) {
    const ModelPart& part = path_.parts[at];
    if (done >= part.min) leave_part(at, node);
    if (!part.max || done < *part.max) step(at, 0, done, node);
  }

  void leave_part(std::size_t at, std::size_t node) {
    const ModelPart& part = path_.parts[at];
    if (part.node_has_label && !graph_.nodes[node].has_label) return;
    between_.push_back(node);
    begin_part(at + 1, node);
    between_.pop_back();
  }

  void step(std::size_t at, std::size_t i, std::size_t done, std::size_t node) {
    const ModelStep& wanted = path_.parts[at].steps[i];
    for (std::size_t r = 0; r < graph_.relationships.size(); ++r) {
      const auto& relationship = graph_.relationships[r];
      if (wanted.wants_t && *wanted.wants_t != relationship.is_t) continue;
      if (!path_.repeats && std::find(trail_.begin(), trail_.end(), r) != trail_.end()) continue;
      const bool out = wanted.direction >= 0 && relationship.from == node;
      const bool in = wanted.direction <= 0 && relationship.to == node;
      if (out) take(at, i, done, node, r, relationship.to);
      if (in && !(out && relationship.from == relationship.to)) {
        take(at, i, done, node, r, relationship.from);
      }
    }
  }

  void take(std::size_t at, std::size_t i, std::size_t done, std::size_t node, std::size_t r,
            std::size_t to) {
    const ModelPart& part = path_.parts[at];
    Lists& lists = lists_[at];
    trail_.push_back(r);
    if (i == 0) lists[0].push_back(node);
    lists[2 * i + 1].push_back(r);
    lists[2 * i + 2].push_back(to);
    if (i + 1 < part.steps.size()) {
      step(at, i + 1, done, to);
    } else if (holds_inside(part, lists)) {
      part.is_repeated ? repeat(at, done + 1, to) : leave_part(at, to);
    }
    lists[2 * i + 2].pop_back();
    lists[2 * i + 1].pop_back();
    if (i == 0) lists[0].pop_back();
    trail_.pop_back();
  }

  bool holds_inside(const ModelPart& part, const Lists& lists) const {
    using Condition = ModelPart::Condition;
    switch (part.condition) {
      case Condition::None:
        return true;
      case Condition::Ascends:
        return graph_.nodes[lists.front().back()].v <= graph_.nodes[lists.back().back()].v;
      case Condition::Weight:
        return graph_.relationships[lists[1].back()].w != 1;
      case Condition::Label:
        return graph_.nodes[lists.back().back()].has_label;
    }
    return false;
  }

  bool holds(std::size_t end) const {
    using Condition = ModelPath::Condition;
    switch (path_.condition) {
      case Condition::None:
        return true;
      case Condition::Ends:
        return graph_.nodes[start_].v <= graph_.nodes[end].v;
      case Condition::Size:
        return lists_[0][1].size() != 1;
      case Condition::Inner:
        return graph_.nodes[between_[0]].v != graph_.nodes[start_].v;
    }
    return false;
  }

  void finish(std::size_t end) {
    if (!holds(end)) return;
    ModelMatch match{start_, end, trail_, {}};
    match.row = number(start_) + " " + number(end) + " " + list_text(trail_);
    for (std::size_t at = 0; at < lists_.size(); ++at) {
      if (!path_.parts[at].is_repeated) continue;
      for (const auto& list : lists_[at]) match.row += " " + list_text(list);
    }
    found_.push_back(std::move(match));
  }

  const ModelGraph& graph_;
  const ModelPath& path_;
  std::size_t start_ = 0;
  std::vector<std::size_t> trail_, between_;  // between_: the node behind each part
  std::vector<Lists> lists_;
  std::vector<ModelMatch> found_;
};

ModelPart random_part(Random& random, bool repeats) {
  ModelPart part;
  part.is_repeated = !chance(random, 3);
  const std::size_t steps = part.is_repeated && chance(random, 3) ? 2 : 1;
  for (std::size_t i = 0; i < steps; ++i) {
    ModelStep step;
    step.direction = chance(random, 4) ? 0 : chance(random, 4) ? -1 : 1;
    if (chance(random, 3)) step.wants_t = random() % 2 == 0;
    part.steps.push_back(step);
  }
  part.node_has_label = chance(random, 6);
  if (!part.is_repeated) return part;
  part.min = random() % (repeats ? 2 : 3);  // walks are many
  if (repeats || chance(random, 2)) part.max = part.min + random() % 2 + (part.min == 0 ? 1 : 0);
  part.condition = static_cast<ModelPart::Condition>(random() % 4);
  part.node_is_written = part.node_has_label || chance(random, 2);
  return part;
}

}  // namespace

std::string list_text(const std::vector<std::size_t>& ids) {
  std::string text = "[";
  for (const std::size_t id : ids) text += (text.size() > 1 ? "," : "") + number(id);
  return text + "]";
}

ModelGraph random_graph(Random& random) {
  ModelGraph graph;
  graph.nodes.resize(2 + random() % 4);
  for (ModelNode& node : graph.nodes) {
    node.has_label = !chance(random, 3);
    node.v = static_cast<std::int64_t>(random() % 3);
  }
  const std::size_t count = random() % 7;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t from = random() % graph.nodes.size();
    const std::size_t to = chance(random, 6) ? from : random() % graph.nodes.size();
    graph.relationships.push_back(
        {from, to, !chance(random, 3), static_cast<std::int64_t>(random() % 3)});
  }
  return graph;
}

ModelPath random_path(Random& random, bool selects) {
  ModelPath path;
  path.repeats = chance(random, 4);
  path.start_has_label = chance(random, 4);
  const std::size_t parts = 1 + random() % (path.repeats ? 2 : 3);
  for (std::size_t i = 0; i < parts; ++i) path.parts.push_back(random_part(random, path.repeats));
  for (std::size_t i = 0; i < parts; ++i) {  // simple paths cannot do without the node between
    const bool next_is_simple = i + 1 < parts && !path.parts[i + 1].is_repeated;
    if (next_is_simple) path.parts[i].node_is_written = true;
  }
  path.parts.back().node_is_written = true;
  if (selects) {
    path.selector = static_cast<ModelPath::Selector>(1 + random() % 3);
    path.count = 1 + random() % 3;
  }
  using Condition = ModelPath::Condition;
  const auto condition = static_cast<Condition>(random() % 4);
  const bool is_possible = (condition != Condition::Size || path.parts[0].is_repeated) &&
                           (condition != Condition::Inner || path.parts[0].node_is_written);
  if (is_possible) path.condition = condition;
  return path;
}

std::string query_of(const ModelPath& path) {
  using Selector = ModelPath::Selector;
  using Condition = ModelPath::Condition;
  std::string text = path.start_has_label ? "(n0:A)" : "(n0)";
  std::string columns;
  for (std::size_t i = 0; i < path.parts.size(); ++i) {
    const ModelPart& part = path.parts[i];
    const std::string name = "p" + number(i);
    text += part.is_repeated ? inside_text(part, name) : arrow(part.steps[0], "");
    if (part.node_is_written) {
      text += "(n" + number(i + 1) + (part.node_has_label ? ":A" : "") + ")";
    }
    if (!part.is_repeated) continue;
    for (std::size_t k = 0; k <= 2 * part.steps.size(); ++k) {
      const std::string variable = name + (k % 2 == 0 ? "x" : "r") + number(k / 2);
      columns += ", [e IN " + variable + " | e.i]";
    }
  }
  const std::string end = "n" + number(path.parts.size());
  std::string where;
  if (path.condition == Condition::Ends) where = " WHERE n0.v <= " + end + ".v";
  if (path.condition == Condition::Size) where = " WHERE size(p0r0) <> 1";
  if (path.condition == Condition::Inner) where = " WHERE n1.v <> n0.v";
  std::string query = path.repeats ? "MATCH REPEATABLE ELEMENTS p = " : "MATCH p = ";
  if (path.selector == Selector::Any) query += "ANY " + number(path.count) + " ";
  if (path.selector == Selector::Shortest) query += "SHORTEST " + number(path.count) + " PATHS ";
  if (path.selector == Selector::Groups) query += "SHORTEST " + number(path.count) + " GROUPS ";
  query += path.selector == Selector::None ? text + where : "(" + text + where + ")";
  return query + " RETURN n0.i, " + end + ".i, [e IN relationships(p) | e.i]" + columns;
}

std::vector<ModelMatch> all_matches(const ModelGraph& graph, const ModelPath& path) {
  return Matcher(graph, path).run();
}

}  // namespace kith::test
