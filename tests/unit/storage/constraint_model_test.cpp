// tests/unit/storage/constraint_model_test.cpp: random writes under random constraints, judged a
// second time by rules that look at the whole graph in plain maps.
//
// Both must agree about every statement, every commit and every new constraint: accepted, or
// refused with nothing left; and about the graph that follows from cascades.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <deque>

#include "core/compare.hpp"
#include "kith/error.hpp"
#include "storage/schema_text.hpp"
#include "storage/store.hpp"
#include "tests/unit/storage/graph_model.hpp"
#include "tests/unit/storage/store_fixture.hpp"

namespace kith::storage::test {
namespace {

constexpr std::uint32_t kLabels = 3, kTypes = 2, kKeys = 2;

std::string label_name(LabelId label) { return "L" + std::to_string(label.value); }
std::string type_name(TypeId type) { return "T" + std::to_string(type.value); }
std::string key_name(KeyId key) { return "K" + std::to_string(key.value); }

Cell decoded(const std::string& bytes, Arena& arena) {
  ByteReader in(std::as_bytes(std::span(bytes.data(), bytes.size())));
  return decode(in, arena);
}

// ---- the naive rules

bool has_one_of(const std::set<std::string>& labels, const std::vector<LabelId>& wanted) {
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](LabelId label) {
           return labels.contains(label_name(label));
         });
}

// An edge as one of its ends sees it: true if it is of the step; loops are seen once.
bool is_of(const PatternStep& step, const ModelEdge& edge, std::uint64_t node,
           const std::set<std::string>& other_labels) {
  const bool out = edge.start == node && step.direction != Direction::In;
  const bool in = edge.end == node && step.direction != Direction::Out;
  const bool typed =
      step.types.empty() || std::any_of(step.types.begin(), step.types.end(),
                                        [&](TypeId type) { return type_name(type) == edge.type; });
  return (out || in) && typed && has_one_of(other_labels, step.others);
}

std::uint64_t other_end(const ModelEdge& edge, std::uint64_t node) {
  return edge.start == node ? edge.end : edge.start;
}

bool all_keys(const ConstraintDef& c, const Values& values) {
  return std::all_of(c.keys.begin(), c.keys.end(),
                     [&](KeyId key) { return values.contains(key_name(key)); });
}

bool agree(const ConstraintDef& c, const Values& a, const Values& b) {
  return all_keys(c, a) && all_keys(c, b) &&
         std::all_of(c.keys.begin(), c.keys.end(), [&](KeyId key) {
           Arena arena;
           return equivalent(decoded(a.at(key_name(key)), arena),
                             decoded(b.at(key_name(key)), arena));
         });
}

// The property values of the elements that the constraint is about.
std::vector<const Values*> about(const ConstraintDef& c, const GraphModel& graph) {
  std::vector<const Values*> values;
  if (c.token.on == ElementKind::Node) {
    for (const auto& [id, node] : graph.nodes)
      if (node.labels.contains(label_name(c.token.label()))) values.push_back(&node.values);
  } else {
    for (const auto& [id, edge] : graph.edges)
      if (edge.type == type_name(c.token.type())) values.push_back(&edge.values);
  }
  return values;
}

bool is_unique(const ConstraintDef& c, const std::vector<const Values*>& all) {
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (agree(c, *all[i], *all[k])) return false;
  return true;
}

bool types_hold(const ConstraintDef& c, const std::vector<const Values*>& all) {
  return std::all_of(all.begin(), all.end(), [&](const Values* values) {
    const auto found = values->find(key_name(c.keys[0]));
    Arena arena;
    return found == values->end() || c.types.values.may_be(decoded(found->second, arena).kind);
  });
}

bool ends_hold(const ConstraintDef& c, const GraphModel& graph) {
  return std::all_of(graph.edges.begin(), graph.edges.end(), [&](const auto& entry) {
    const ModelEdge& edge = entry.second;
    return edge.type != type_name(c.token.type()) ||
           std::any_of(c.ends.begin(), c.ends.end(), [&](const EndLabels& pair) {
             return has_one_of(graph.nodes.at(edge.start).labels, pair.starts) &&
                    has_one_of(graph.nodes.at(edge.end).labels, pair.ends);
           });
  });
}

bool counts_hold(const ConstraintDef& c, const GraphModel& graph) {
  for (const auto& [id, node] : graph.nodes) {
    if (!node.labels.contains(label_name(c.token.label()))) continue;
    std::uint64_t count = 0;
    for (const auto& [number, edge] : graph.edges)
      if ((edge.start == id || edge.end == id) &&
          is_of(c.step, edge, id, graph.nodes.at(other_end(edge, id)).labels))
        ++count;
    if (count < c.least || count > c.most) return false;
  }
  return true;
}

bool holds(const ConstraintDef& c, const GraphModel& graph) {
  const auto values = about(c, graph);
  const auto complete = [&] {
    return std::all_of(values.begin(), values.end(),
                       [&](const Values* v) { return all_keys(c, *v); });
  };
  switch (c.kind) {
    case ConstraintKind::Unique:
      return is_unique(c, values);
    case ConstraintKind::Key:
      return complete() && is_unique(c, values);
    case ConstraintKind::Exists:
      return complete();
    case ConstraintKind::Type:
      return types_hold(c, values);
    case ConstraintKind::Ends:
      return ends_hold(c, graph);
    case ConstraintKind::Count:
      return counts_hold(c, graph);
    case ConstraintKind::OnDelete:
      return true;
  }
  return false;
}

// One statement on the model: deletions are remembered, and followed at its end.
class ModelStatement {
 public:
  ModelStatement(GraphModel& graph, const std::vector<ConstraintDef>& constraints)
      : graph_(graph), before_(graph), constraints_(constraints) {}

  void delete_node(std::uint64_t id, bool detach) {
    const auto found = graph_.nodes.find(id);
    if (found == graph_.nodes.end()) return;
    Gone gone{id, found->second.labels, detach, {}};
    if (detach) {
      for (const auto& [number, edge] : graph_.edges)
        if (edge.start == id || edge.end == id) gone.edges[number] = {edge, other_labels(edge, id)};
      for (const auto& [number, edge] : gone.edges) graph_.edges.erase(number);
    }
    graph_.nodes.erase(id);
    gone_.push_back(std::move(gone));
  }
  void delete_edge(std::uint64_t id) {
    cut_.insert(id);
    graph_.edges.erase(id);
  }

  // False: the statement is refused.
  bool end() {
    std::set<std::uint64_t> restricting;
    // What DETACH reaches goes first: a node that is reached both ways is detached.
    for (const bool detach : {true, false})
      for (std::size_t i = 0; i < gone_.size(); ++i)
        if (gone_[i].detach == detach) follow(gone_[i], restricting);
    for (const std::uint64_t other : restricting)
      if (graph_.nodes.contains(other)) return false;
    for (const auto& [number, edge] : graph_.edges)
      if (!graph_.nodes.contains(edge.start) || !graph_.nodes.contains(edge.end)) return false;
    return std::all_of(constraints_.begin(), constraints_.end(), [&](const ConstraintDef& c) {
      return c.kind == ConstraintKind::Count || holds(c, graph_);
    });
  }

 private:
  using Labels = std::set<std::string>;
  struct Gone {
    std::uint64_t id;
    Labels labels;
    bool detach;
    std::map<std::uint64_t, std::pair<ModelEdge, Labels>> edges;  // lost, with the others' labels
  };

  Labels other_labels(const ModelEdge& edge, std::uint64_t id) const {
    const std::uint64_t other = other_end(edge, id);
    if (const auto now = graph_.nodes.find(other); now != graph_.nodes.end())
      return now->second.labels;
    const auto then = before_.nodes.find(other);
    return then == before_.nodes.end() ? Labels{} : then->second.labels;
  }

  void follow(Gone gone, std::set<std::uint64_t>& restricting) {
    if (!gone.detach)
      for (const auto& [number, edge] : graph_.edges)
        if (edge.start == gone.id || edge.end == gone.id)
          gone.edges[number] = {edge, other_labels(edge, gone.id)};
    for (const ConstraintDef& c : constraints_) {
      if (c.kind != ConstraintKind::OnDelete) continue;
      if (!gone.labels.contains(label_name(c.token.label()))) continue;
      for (const auto& [number, lost] : gone.edges) {
        const auto& [edge, labels] = lost;
        if (cut_.contains(number) || !is_of(c.step, edge, gone.id, labels)) continue;
        const std::uint64_t other = other_end(edge, gone.id);
        if (!c.cascades) {
          restricting.insert(other);
          continue;
        }
        graph_.edges.erase(number);
        delete_node(other, gone.detach);
      }
    }
  }

  GraphModel& graph_;
  const GraphModel before_;
  const std::vector<ConstraintDef>& constraints_;
  std::deque<Gone> gone_;
  std::set<std::uint64_t> cut_;
};

// ---- random work

class Play {
 public:
  explicit Play(std::uint64_t seed) : random_(seed) {
    options_.environment = memory_environment();
    options_.memory_limit_bytes = 64 * kMiB;
    options_.checkpoint_log_bytes = 100 * 1024;
    store_ = Store::open("/graph.kith", options_);
    const auto tx = store_->begin();
    tx->begin_statement();
    for (std::uint32_t i = 0; i < kLabels; ++i) tx->intern_label(label_name({i}));
    for (std::uint32_t i = 0; i < kTypes; ++i) tx->intern_type(type_name({i}));
    for (std::uint32_t i = 0; i < kKeys; ++i) tx->intern_key(key_name({i}));
    tx->end_statement();
    tx->commit();
  }

  void transaction() {
    std::vector<ConstraintDef> constraints = constraints_;
    GraphModel changed = graph_;
    const auto tx = store_->begin();
    for (std::uint64_t n = 1 + pick(3); n > 0; --n) {
      if (chance(8)) {
        try_constraint(*tx, changed, constraints);
      } else if (chance(4) && !constraints.empty()) {
        drop_constraint(*tx, constraints);
      } else {
        statement(*tx, changed, constraints);
      }
    }
    if (chance(5)) return;  // rolls back
    bool expected = true;
    for (const ConstraintDef& c : constraints) expected = expected && holds(c, changed);
    const bool accepted = succeeds([&] { tx->commit(); });
    REQUIRE(accepted == expected);
    ++(accepted ? commits : refused_commits);
    if (!accepted) return;
    graph_ = std::move(changed);
    constraints_ = std::move(constraints);
  }

  void check() {
    const View view = store_->snapshot();
    REQUIRE((capture(view) == graph_));
    REQUIRE(view.schema().constraints().size() == constraints_.size());
    for (const ConstraintDef& c : view.schema().constraints()) {
      INFO(create_statement(view.catalog(), c));
      REQUIRE(holds(c, graph_));  // K1
    }
  }
  void reopen() {
    store_->close();
    store_ = Store::open("/graph.kith", options_);
  }
  void checkpoint() { store_->checkpoint(); }

  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  bool chance(std::uint64_t percent) { return pick(100) < percent; }

  std::uint64_t commits = 0, refused_commits = 0, statements = 0, refused_statements = 0, made = 0,
                refused = 0, cascaded = 0;

 private:
  template <class Work>
  static bool succeeds(Work&& work) {
    try {
      work();
    } catch (const ConstraintError&) {
      return false;
    }
    return true;
  }
  LabelId any_label() { return {static_cast<std::uint32_t>(pick(kLabels))}; }
  TypeId any_type() { return {static_cast<std::uint32_t>(pick(kTypes))}; }
  KeyId any_key() { return {static_cast<std::uint32_t>(pick(kKeys))}; }
  Cell any_value() {
    if (chance(15)) return Cell::of(std::string_view("text"));
    if (chance(20)) return Cell::of(static_cast<double>(pick(60)));
    return Cell::of(static_cast<std::int64_t>(pick(60)));
  }
  template <class Map>
  std::uint64_t any_id(const Map& map) {
    auto at = map.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(pick(map.size())));
    return at->first;
  }
  PatternStep any_step() {
    PatternStep step;
    step.direction = static_cast<Direction>(pick(3));
    if (!chance(15)) step.types = {any_type()};
    if (chance(60)) step.others = {any_label()};
    if (chance(15)) step.others.push_back(any_label());
    return step;
  }

  ConstraintDef any_constraint() {
    ConstraintDef c;
    c.name = "c" + std::to_string(++names_);
    c.kind = chance(40) ? ConstraintKind::Count
                        : static_cast<ConstraintKind>(1 + pick(kConstraintKinds));
    const bool on_node = c.is_reference() ? c.kind != ConstraintKind::Ends : chance(60);
    c.token = on_node ? SchemaToken::of(any_label()) : SchemaToken::of(any_type());
    if (!c.is_reference()) c.keys = {any_key()};
    if (c.owns_index() && chance(30)) c.keys = {KeyId{0}, KeyId{1}};
    c.types.values = TypeSet::of(Kind::Integer) |
                     (chance(70) ? TypeSet::of(Kind::Float) : TypeSet::of(Kind::String));
    for (std::uint64_t n = 1 + pick(2); c.kind == ConstraintKind::Ends && n > 0; --n)
      c.ends.push_back(
          {{any_label()}, chance(50) ? std::vector<LabelId>{} : std::vector<LabelId>{any_label()}});
    if (c.kind == ConstraintKind::Count || c.kind == ConstraintKind::OnDelete) c.step = any_step();
    if (c.kind == ConstraintKind::Count) {
      c.least = chance(30) ? 1 : 0;
      c.most = c.least == 0 ? 1 + pick(3) : chance(50) ? 1 : kNoMost;
    }
    c.cascades = chance(70);
    if (c.kind != ConstraintKind::Type) c.types = {};
    if (c.kind != ConstraintKind::OnDelete) c.cascades = false;
    return c;
  }

  void try_constraint(Transaction& tx, const GraphModel& graph,
                      std::vector<ConstraintDef>& constraints) {
    if (constraints.size() >= 5) return;
    const ConstraintDef c = any_constraint();
    CAPTURE(static_cast<int>(c.kind));
    tx.begin_statement();
    bool known = false;
    const bool accepted = succeeds([&] {
      try {
        tx.create_constraint(c);
      } catch (const QueryError&) {  // there is such a one
        known = true;
      }
    });
    if (known || !accepted) {
      tx.rollback_statement();
      if (known) return;
    } else {
      tx.end_statement();
      constraints.push_back(c);
    }
    REQUIRE(accepted == holds(c, graph));
    ++(accepted ? made : refused);
  }
  void drop_constraint(Transaction& tx, std::vector<ConstraintDef>& constraints) {
    const std::size_t at = pick(constraints.size());
    tx.begin_statement();
    tx.drop_constraint(constraints[at].name);
    tx.end_statement();
    constraints.erase(constraints.begin() + static_cast<std::ptrdiff_t>(at));
  }

  void statement(Transaction& tx, GraphModel& graph,
                 const std::vector<ConstraintDef>& constraints) {
    const GraphModel before = graph;
    ModelStatement model(graph, constraints);
    tx.begin_statement();
    std::uint64_t named = 0;
    for (std::uint64_t n = 1 + pick(4); n > 0; --n) named += change(tx, graph, model);
    if (chance(3)) {
      tx.rollback_statement();
      graph = before;
      return;
    }
    const bool expected = model.end();
    const bool accepted = succeeds([&] { tx.end_statement(); });
    REQUIRE(accepted == expected);
    ++(accepted ? statements : refused_statements);
    if (!accepted) {
      graph = before;
    } else if (tx.counters().nodes_deleted > named) {
      ++cascaded;
    }
    REQUIRE(tx.view().node_count() == graph.nodes.size());
    REQUIRE(tx.view().relationship_count() == graph.edges.size());
  }

  // How many nodes it deleted by name.
  std::uint64_t change(Transaction& tx, GraphModel& graph, ModelStatement& model) {
    const std::uint64_t what = pick(100);
    const bool crowded = graph.nodes.size() > 30;
    if (graph.nodes.size() < 4 || (what < 25 && !crowded)) {
      create_node(tx, graph);
    } else if (what < 50) {
      create_edge(tx, graph);
    } else if (what < 65) {
      set_value(tx, graph);
    } else if (what < 78) {
      change_label(tx, graph);
    } else if (what < 88 && !graph.edges.empty()) {
      const std::uint64_t id = any_id(graph.edges);
      tx.delete_relationship(RelationshipId{id});
      model.delete_edge(id);
    } else {
      const std::uint64_t id = any_id(graph.nodes);
      const bool detach = chance(60);
      detach ? tx.detach_delete_node(NodeId{id}) : tx.delete_node(NodeId{id});
      model.delete_node(id, detach);
      return 1;
    }
    return 0;
  }
  void create_node(Transaction& tx, GraphModel& graph) {
    ModelNode node;
    std::vector<LabelId> labels;
    for (std::uint64_t n = pick(3); n > 0; --n) labels.push_back(any_label());
    for (const LabelId label : labels) node.labels.insert(label_name(label));
    std::vector<Property> values;
    for (std::uint32_t key = 0; key < kKeys; ++key) {
      if (chance(25)) continue;
      values.push_back({KeyId{key}, any_value()});
      node.values[key_name({key})] = bytes_of(values.back().value);
    }
    if (chance(70)) {
      graph.nodes[tx.create_node(labels, values).value] = std::move(node);
      return;
    }
    // The same node twice, at once: often they break a constraint together.
    std::vector<KeyId> keys;
    std::vector<Cell> cells;
    for (const Property& property : values) keys.push_back(property.key);
    for (int copy = 0; copy < 2; ++copy)
      for (const Property& property : values) cells.push_back(property.value);
    std::vector<std::uint64_t> ids(2);
    tx.create_nodes({labels, keys, cells, ids.size()}, ids);
    for (const std::uint64_t id : ids) graph.nodes[id] = node;
  }
  void create_edge(Transaction& tx, GraphModel& graph) {
    const TypeId type = any_type();
    ModelEdge edge{type_name(type), any_id(graph.nodes), any_id(graph.nodes), {}};
    std::vector<Property> values;
    if (chance(70)) values.push_back({any_key(), any_value()});
    for (const Property& p : values) edge.values[key_name(p.key)] = bytes_of(p.value);
    const RelationshipId id =
        tx.create_relationship(type, NodeId{edge.start}, NodeId{edge.end}, values);
    graph.edges[id.value] = std::move(edge);
  }
  void set_value(Transaction& tx, GraphModel& graph) {
    const KeyId key = any_key();
    const Cell value = chance(20) ? Cell::null() : any_value();
    Values* values = nullptr;
    if (chance(70) || graph.edges.empty()) {
      const std::uint64_t id = any_id(graph.nodes);
      tx.set_property(NodeId{id}, key, value);
      values = &graph.nodes[id].values;
    } else {
      const std::uint64_t id = any_id(graph.edges);
      tx.set_property(RelationshipId{id}, key, value);
      values = &graph.edges[id].values;
    }
    values->erase(key_name(key));
    if (!value.is_null()) (*values)[key_name(key)] = bytes_of(value);
  }
  void change_label(Transaction& tx, GraphModel& graph) {
    const std::uint64_t id = any_id(graph.nodes);
    const LabelId label = any_label();
    if (chance(50)) {
      tx.add_label(NodeId{id}, label);
      graph.nodes[id].labels.insert(label_name(label));
    } else {
      tx.remove_label(NodeId{id}, label);
      graph.nodes[id].labels.erase(label_name(label));
    }
  }

  std::mt19937_64 random_;
  StoreOptions options_;
  std::shared_ptr<Store> store_;
  GraphModel graph_;
  std::vector<ConstraintDef> constraints_;
  std::uint64_t names_ = 0;
};

}  // namespace

TEST_CASE("Random writes under random constraints are judged as the whole graph says") {
  const std::uint64_t seed = seed_of_the_day();
  const std::uint64_t transactions = number_from_environment("KITH_CONSTRAINT_TRANSACTIONS", 1500);
  CAPTURE(seed);
  Play play(seed);
  for (std::uint64_t i = 0; i < transactions; ++i) {
    CAPTURE(i);
    play.transaction();
    if (play.chance(10)) play.check();
    if (play.chance(2)) play.checkpoint();
    if (play.chance(2)) play.reopen();
  }
  play.check();
  INFO("commits " << play.commits << ", refused " << play.refused_commits << "; statements "
                  << play.statements << ", refused " << play.refused_statements << "; constraints "
                  << play.made << ", refused " << play.refused << "; cascades " << play.cascaded);
  if (std::getenv("KITH_VERBOSE")) WARN("figures");
  if (transactions < 1000) return;
  // Neither side may win by saying always the same.
  CHECK(play.commits > 100);
  CHECK(play.refused_commits > 0);
  CHECK(play.statements > 300);
  CHECK(play.refused_statements > 100);
  CHECK(play.made > 10);
  CHECK(play.refused > 10);
  CHECK(play.cascaded > 0);
}

}  // namespace kith::storage::test
