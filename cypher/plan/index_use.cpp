// cypher/plan/index_use.cpp: from conjuncts to ranges of an index.
#include "cypher/plan/index_use.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "core/assert.hpp"

namespace kith::plan {

using bound::Operator;

namespace {

constexpr double kRangeShare = 0.3;  // of values, for one open end
constexpr double kPrefixShare = 0.05;

// `element.key <op> value`, the way round that it is read here.
struct KeyTest {
  enum class Kind : std::uint8_t { Equal, In, Lower, Upper, Prefix, NotNull, Other } kind;
  std::size_t conjunct;
  std::string key;
  ExpressionPtr value;  // null for NotNull and Other
  bool inclusive = false;
};

KeyTest::Kind kind_of(Operator op, bool key_first) {
  using Kind = KeyTest::Kind;
  switch (op) {
    case Operator::Equal:
      return Kind::Equal;
    case Operator::In:
      return key_first ? Kind::In : Kind::Other;
    case Operator::Less:
    case Operator::LessEqual:
      return key_first ? Kind::Upper : Kind::Lower;
    case Operator::Greater:
    case Operator::GreaterEqual:
      return key_first ? Kind::Lower : Kind::Upper;
    case Operator::StartsWith:
      return key_first ? Kind::Prefix : Kind::Other;
    case Operator::IsNotNull:
      return Kind::NotNull;
    default:
      return Kind::Other;
  }
}

// Operators that are never true of null.
bool refuses_null(Operator op) {
  switch (op) {
    case Operator::Equal:
    case Operator::NotEqual:
    case Operator::Less:
    case Operator::LessEqual:
    case Operator::Greater:
    case Operator::GreaterEqual:
    case Operator::In:
    case Operator::StartsWith:
    case Operator::EndsWith:
    case Operator::Contains:
    case Operator::Matches:
    case Operator::IsNotNull:
      return true;
    default:
      return false;
  }
}

const bound::Property* property_of(const Expression& e, Slot slot) {
  const auto* property = std::get_if<bound::Property>(&e.node);
  if (property == nullptr) return nullptr;
  const auto* owner = as_variable(*property->subject);
  const bool is_element = property->subject->types.is_only(kElementType | kNullType);
  return owner != nullptr && owner->slot == slot && is_element ? property : nullptr;
}

void add_test(std::size_t i, const bound::Operation& o, bool key_first, Slot slot,
              std::vector<KeyTest>& tests) {
  const auto* property = property_of(*o.operands[key_first ? 0 : 1], slot);
  if (property == nullptr) return;
  KeyTest test{kind_of(o.op, key_first), i, property->key, nullptr};
  if (o.operands.size() == 2) {
    const auto& value = o.operands[key_first ? 1 : 0];
    const bool usable = !has_subquery(*value) && !slots_of(*value).contains(slot);
    if (usable) test.value = value;
    if (!usable && test.kind != KeyTest::Kind::NotNull) test.kind = KeyTest::Kind::Other;
  }
  test.inclusive = o.op == Operator::LessEqual || o.op == Operator::GreaterEqual;
  tests.push_back(std::move(test));
}

std::vector<KeyTest> tests_of(const QueryGraph& graph, Slot slot) {
  std::vector<KeyTest> tests;
  for (std::size_t i = 0; i < graph.conjuncts.size(); ++i) {
    const auto& conjunct = graph.conjuncts[i];
    const auto* o = std::get_if<bound::Operation>(&without_trial(*conjunct.value).node);
    if (conjunct.late || o == nullptr || !refuses_null(o->op)) continue;
    add_test(i, *o, true, slot, tests);
    // `list` IN refuses nothing of its items; other operators take null from both sides.
    if (o->operands.size() == 2 && o->op != Operator::In) add_test(i, *o, false, slot, tests);
  }
  return tests;
}

const Cell* known(const ExpressionPtr& e) { return e == nullptr ? nullptr : planned_value(*e); }

// A range of an index's first key as a query has it; ends that are not known are null.
struct WrittenRange {
  ExpressionPtr lower = {}, upper = {}, prefix = {};
  bool lower_inclusive = false, upper_inclusive = false;
};

std::optional<double> share_of(const Statistics& statistics, const IndexFacts& index,
                               const WrittenRange& range) {
  const auto share = statistics.share(index, {.lower = known(range.lower),
                                              .upper = known(range.upper),
                                              .prefix = known(range.prefix),
                                              .lower_inclusive = range.lower_inclusive,
                                              .upper_inclusive = range.upper_inclusive});
  const auto known_only = [](const ExpressionPtr& e) { return known(e) == nullptr ? nullptr : e; };
  RangePremise premise{index.id,
                       known_only(range.lower),
                       known_only(range.upper),
                       known_only(range.prefix),
                       range.lower_inclusive,
                       range.upper_inclusive,
                       0,
                       nullptr,
                       false};
  const bool is_open = std::ranges::any_of(
      std::array{premise.lower, premise.upper, premise.prefix},
      [](const ExpressionPtr& e) { return e != nullptr && is_open_literal(*e); });
  if (share && is_open) {
    premise.share_class = share_class(*share);
    statistics.rests_on(premise);
  }
  return share;
}

// Makes a seek of one index.
class Fitting {
 public:
  Fitting(const QueryGraph& graph, const Statistics& statistics, const IndexFacts& index,
          const std::vector<KeyTest>& tests, Slot slot, const SlotSet& sight)
      : graph_(graph),
        statistics_(statistics),
        index_(index),
        tests_(tests),
        slot_(slot),
        sight_(sight) {}

  // Null if the index does not serve.
  std::shared_ptr<const IndexUse> fit(bool needs_sight) {
    if (!all_keys_there()) return nullptr;
    use_.seek.index = index_.name;
    use_.seek.unique = index_.unique;
    use_.seek.on = index_.on;
    use_.seek.token = index_.token;
    use_.seek.keys = index_.keys;
    use_.seek.element = slot_;
    take_values();
    if (needs_sight && !uses_sight_) return nullptr;
    use_.rows = estimate();
    use_.entries = index_.entries;
    if (use_.seek.lower || use_.seek.upper || use_.seek.prefix) use_.share = known_share();
    settle();
    return std::make_shared<const IndexUse>(std::move(use_));
  }

 private:
  using Kind = KeyTest::Kind;

  bool all_keys_there() const {  // U1
    return std::all_of(index_.keys.begin(), index_.keys.end(), [&](const std::string& key) {
      return statistics_.is_always_there(index_.on, index_.token, key) ||
             std::any_of(tests_.begin(), tests_.end(),
                         [&](const KeyTest& test) { return test.key == key; });
    });
  }

  const KeyTest* find(const std::string& key, Kind kind) const {
    for (const KeyTest& test : tests_) {
      if (test.key != key || test.kind != kind) continue;
      if (test.value == nullptr || sight_.contains_all(slots_of(*test.value))) return &test;
    }
    return nullptr;
  }

  void use(const KeyTest& test) {
    used_.push_back(test.conjunct);
    uses_sight_ |= !slots_of(*test.value).empty();
  }

  void take_values() {
    std::size_t at = 0;
    for (; at < index_.keys.size(); ++at) {
      const std::string& key = index_.keys[at];
      const KeyTest* test = find(key, Kind::Equal);
      const bool is_list = test == nullptr;
      if (is_list) test = find(key, Kind::In);
      if (test == nullptr) break;
      use_.seek.equal.push_back({test->value, is_list});
      use(*test);
    }
    if (at == index_.keys.size()) return;
    const std::string& key = index_.keys[at];
    if (const KeyTest* prefix = find(key, Kind::Prefix)) {
      use_.seek.prefix = prefix->value;
      return use(*prefix);
    }
    if (const KeyTest* lower = find(key, Kind::Lower)) {
      use_.seek.lower = lower->value;
      use_.seek.lower_inclusive = lower->inclusive;
      use(*lower);
    }
    if (const KeyTest* upper = find(key, Kind::Upper)) {
      use_.seek.upper = upper->value;
      use_.seek.upper_inclusive = upper->inclusive;
      use(*upper);
    }
  }

  // ---- how many
  double estimate() const {
    const auto& seek = use_.seek;
    double lists = 1;
    for (const auto& value : seek.equal)
      lists *= value.any_of ? list_items(value.value, statistics_) : 1;
    if (index_.unique && seek.equal.size() == index_.keys.size()) return lists;
    double rows = index_.entries * lists;
    if (!seek.equal.empty()) {
      KITH_ASSERT(seek.equal.size() <= index_.distinct.size());
      rows /= std::max(1.0, index_.distinct[seek.equal.size() - 1]);
    }
    const double open = (seek.lower ? kRangeShare : 1) * (seek.upper ? kRangeShare : 1);
    if (seek.prefix) return rows * known_share().value_or(kPrefixShare);
    return rows * known_share().value_or(open);
  }

  // Of a range of the first key between constants.
  std::optional<double> known_share() const {
    const auto& seek = use_.seek;
    if (!seek.equal.empty()) return std::nullopt;
    return share_of(
        statistics_, index_,
        {seek.lower, seek.upper, seek.prefix, seek.lower_inclusive, seek.upper_inclusive});
  }

  // ---- what it answers (U2)
  void settle() {
    for (const KeyTest& test : tests_) {  // being in the index says that they are there
      const bool is_key =
          std::find(index_.keys.begin(), index_.keys.end(), test.key) != index_.keys.end();
      if (is_key && test.kind == Kind::NotNull) use_.answered.push_back(test.conjunct);
    }
    std::sort(used_.begin(), used_.end());
    for (std::size_t i = 0; i < graph_.conjuncts.size(); ++i) {
      if (is_label_test(i)) use_.answered.push_back(i);
    }
    for (const std::size_t i : used_) {
      const auto& conjunct = graph_.conjuncts[i];
      if (conjunct.fixed && !comes_first(i)) continue;
      use_.answered.push_back(i);
      use_.seek.conjuncts.push_back(conjunct.value);
    }
    std::sort(use_.answered.begin(), use_.answered.end());
  }

  // A test of just the label that the index is on.
  bool is_label_test(std::size_t i) const {
    const auto* test = std::get_if<bound::HasLabels>(&graph_.conjuncts[i].value->node);
    const auto* owner = test == nullptr ? nullptr : as_variable(*test->subject);
    if (owner == nullptr || owner->slot != slot_ || index_.on != ElementKind::Node) return false;
    const auto names = plain_labels(test->labels);
    return !names.empty() && std::all_of(names.begin(), names.end(), [&](const std::string& name) {
      return name == index_.token;
    });
  }

  bool comes_first(std::size_t i) const {
    for (std::size_t j = 0; j < i; ++j) {
      const auto& before = graph_.conjuncts[j];
      const bool made =
          before.answered || sight_.contains_all(before.needs) ||
          std::find(use_.answered.begin(), use_.answered.end(), j) != use_.answered.end();
      if (!made) return false;
    }
    return true;
  }

  const QueryGraph& graph_;
  const Statistics& statistics_;
  const IndexFacts& index_;
  const std::vector<KeyTest>& tests_;
  Slot slot_;
  const SlotSet& sight_;
  IndexUse use_;
  std::vector<std::size_t> used_;
  bool uses_sight_ = false;
};

bool is_scan(const bound::Hint* hint) { return hint != nullptr && hint->keys.empty(); }

bool may_serve(const IndexFacts& index, const Sought& sought) {
  if (index.on != sought.on || is_scan(sought.hint)) return false;
  const auto& tokens = sought.tokens;
  if (std::find(tokens.begin(), tokens.end(), index.token) == tokens.end()) return false;
  return sought.hint == nullptr ||
         (sought.hint->label == index.token && sought.hint->keys == index.keys);
}

}  // namespace

std::shared_ptr<const IndexUse> find_index_use(const QueryGraph& graph,
                                               const Statistics& statistics, const Sought& sought,
                                               const SlotSet& sight, bool needs_sight) {
  std::shared_ptr<const IndexUse> best;
  std::optional<std::vector<KeyTest>> tests;
  for (const IndexFacts& index : statistics.indexes()) {
    if (!may_serve(index, sought)) continue;
    if (!tests) tests = tests_of(graph, sought.slot);
    auto use = Fitting(graph, statistics, index, *tests, sought.slot, sight).fit(needs_sight);
    if (use != nullptr && (best == nullptr || use->rows < best->rows)) best = std::move(use);
  }
  return best;
}

Sought sought(const GraphNode& node) {
  return {ElementKind::Node, node.slot, node.labels, node.hint};
}

std::optional<Sought> sought(const GraphEdge& edge) {
  const auto& pattern = edge.pattern;
  if (edge.is_list() || pattern.bound_before || pattern.types.size() != 1) return std::nullopt;
  if (edge.left == edge.right) return std::nullopt;
  return Sought{ElementKind::Relationship, pattern.slot, pattern.types, edge.hint};
}

// ---- selectivities

namespace {

// What the conjuncts about one element say, by the first keys of its indexes.
class Weighing {
 public:
  Weighing(QueryGraph& graph, const Statistics& statistics, const Sought& sought, double all)
      : graph_(graph), statistics_(statistics), all_(std::max(1.0, all)) {
    std::optional<std::vector<KeyTest>> tests;
    for (const IndexFacts& index : statistics.indexes()) {
      if (!may_serve(index, sought) || index.distinct.empty()) continue;
      if (!tests) tests = tests_of(graph, sought.slot);
      const double present = std::min(1.0, index.entries / all_);
      if (index.keys.size() == 1) weigh(index, *tests, present);
    }
  }

 private:
  void weigh(const IndexFacts& index, const std::vector<KeyTest>& tests, double present) {
    const KeyTest* lower = nullptr;
    const KeyTest* upper = nullptr;
    for (const KeyTest& test : tests) {
      if (test.key != index.keys[0]) continue;
      const double one = present / std::max(1.0, index.distinct[0]);
      auto& selectivity = graph_.conjuncts[test.conjunct].selectivity;
      switch (test.kind) {
        case KeyTest::Kind::Equal:
          selectivity = one;
          break;
        case KeyTest::Kind::In:
          selectivity = std::min(present, one * list_items(test.value, statistics_));
          break;
        case KeyTest::Kind::NotNull:
          selectivity = present;
          break;
        case KeyTest::Kind::Prefix:
          set_share(index, test, {.prefix = test.value}, present);
          break;
        case KeyTest::Kind::Lower:
          if (lower == nullptr) lower = &test;
          break;
        case KeyTest::Kind::Upper:
          if (upper == nullptr) upper = &test;
          break;
        case KeyTest::Kind::Other:
          break;
      }
    }
    weigh_range(index, lower, upper, present);
  }

  void set_share(const IndexFacts& index, const KeyTest& test, const WrittenRange& range,
                 double present) {
    if (const auto share = share_of(statistics_, index, range)) {
      graph_.conjuncts[test.conjunct].selectivity = *share * present;
    }
  }

  // Both ends together: the first has the whole range's share.
  void weigh_range(const IndexFacts& index, const KeyTest* lower, const KeyTest* upper,
                   double present) {
    WrittenRange range;
    if (lower != nullptr) {
      range.lower = lower->value;
      range.lower_inclusive = lower->inclusive;
    }
    if (upper != nullptr) {
      range.upper = upper->value;
      range.upper_inclusive = upper->inclusive;
    }
    const bool is_known = (lower == nullptr || known(range.lower) != nullptr) &&
                          (upper == nullptr || known(range.upper) != nullptr);
    if (!is_known || (lower == nullptr && upper == nullptr)) return;
    set_share(index, lower != nullptr ? *lower : *upper, range, present);
    if (lower != nullptr && upper != nullptr) graph_.conjuncts[upper->conjunct].selectivity = 1;
  }

  QueryGraph& graph_;
  const Statistics& statistics_;
  double all_;
};

}  // namespace

void weigh_by_indexes(QueryGraph& graph, const Statistics& statistics) {
  if (statistics.indexes().empty()) return;
  for (const auto& node : graph.nodes) {
    if (node.labels.empty()) continue;
    Weighing(graph, statistics, sought(node), node.count);
  }
  for (const auto& edge : graph.edges) {
    const auto what = sought(edge);
    if (what) Weighing(graph, statistics, *what, edge.all);
  }
}

}  // namespace kith::plan
