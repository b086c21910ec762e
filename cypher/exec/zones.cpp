// cypher/exec/zones.cpp: comparisons with the least and the greatest value of a segment.
#include "cypher/exec/zones.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "core/compare.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/plan/expressions.hpp"
#include "storage/cursor_facts.hpp"

namespace kith::exec {

namespace {

using bound::Operator;

// The same comparison with its sides changed; nullopt: it is none that zones can answer.
std::optional<Operator> turned(Operator op) {
  switch (op) {
    case Operator::Equal:
      return Operator::Equal;
    case Operator::Less:
      return Operator::Greater;
    case Operator::LessEqual:
      return Operator::GreaterEqual;
    case Operator::Greater:
      return Operator::Less;
    case Operator::GreaterEqual:
      return Operator::LessEqual;
    default:
      return std::nullopt;
  }
}

// A property of a node; or a column without a key, which a projection below may say is one.
struct NodeProperty {
  Slot node;
  const std::string* key;
};
std::optional<NodeProperty> as_node_property(const bound::Expression& e) {
  if (const auto* column = plan::as_variable(e)) return NodeProperty{column->slot, nullptr};
  const auto* property = std::get_if<bound::Property>(&e.node);
  if (property == nullptr) return std::nullopt;
  const auto* node = plan::as_variable(*property->subject);
  if (node == nullptr) return std::nullopt;
  return NodeProperty{node->slot, &property->key};
}

bool is_fixed(const bound::Expression& e) {
  return std::holds_alternative<bound::Constant>(e.node) ||
         std::holds_alternative<bound::Parameter>(e.node);
}

std::optional<ZoneTest> as_test(const bound::Expression& conjunct) {
  if (const auto* has = std::get_if<bound::HasLabels>(&conjunct.node)) {
    const auto* node = plan::as_variable(*has->subject);
    if (node == nullptr) return std::nullopt;
    ZoneTest test{node->slot};
    test.labels = &has->labels;
    return test;
  }
  const auto* operation = std::get_if<bound::Operation>(&conjunct.node);
  if (operation == nullptr || !turned(operation->op)) return std::nullopt;
  const auto& left = *operation->operands[0];
  const auto& right = *operation->operands[1];
  if (const auto property = as_node_property(left); property && is_fixed(right))
    return ZoneTest{property->node, property->key, operation->op, &right};
  if (const auto property = as_node_property(right); property && is_fixed(left))
    return ZoneTest{property->node, property->key, *turned(operation->op), &left};
  return std::nullopt;
}

// No value between the two passes.
bool excludes(Operator op, const Cell& minimum, const Cell& maximum, const Cell& value) {
  using Result = Comparison::Result;
  const auto is_order = [](Result r) {
    return r == Result::Less || r == Result::Equal || r == Result::Greater;
  };
  const Result least = compare(minimum, value).result, most = compare(maximum, value).result;
  if (!is_order(least) || !is_order(most)) return false;
  switch (op) {
    case Operator::Less:
      return least != Result::Less;
    case Operator::LessEqual:
      return least == Result::Greater;
    case Operator::Greater:
      return most != Result::Greater;
    case Operator::GreaterEqual:
      return most == Result::Less;
    default:
      return least == Result::Greater || most == Result::Less;
  }
}

std::vector<ZoneTest> tests_below(const plan::Project& project, std::vector<ZoneTest> tests) {
  for (const auto& item : project.items) {
    if (plan::can_fail(*item.value)) return {};
    const auto property = as_node_property(*item.value);
    for (ZoneTest& test : tests) {
      if (!property || test.key != nullptr || test.node != item.slot) continue;
      test.node = property->node;
      test.key = property->key;
    }
  }
  return tests;
}

}  // namespace

std::vector<ZoneTest> zone_tests_below(const plan::Node& node, const std::vector<ZoneTest>& above) {
  if (const auto* project = std::get_if<plan::Project>(&node.op)) {
    return tests_below(*project, above);
  }
  if (std::holds_alternative<plan::Expand>(node.op)) return above;
  const auto* select = std::get_if<plan::Select>(&node.op);
  if (select == nullptr) return {};
  std::vector<ZoneTest> tests = above;
  for (const auto& conjunct : select->conjuncts) {
    if (plan::condition_can_fail(*conjunct)) {
      tests.erase(tests.begin(), tests.begin() + static_cast<std::ptrdiff_t>(above.size()));
      break;  // those after it are not asked about rows for which it fails
    }
    if (const auto test = as_test(*conjunct)) tests.push_back(*test);
  }
  return tests;
}

std::optional<ZoneTest> zone_test_of(const plan::SortKey& key, const TopBound& bound) {
  const auto property = as_node_property(*key.value);
  if (!property) return std::nullopt;
  ZoneTest test{property->node, property->key};
  test.bound = &bound;
  return test;
}

ZoneTests::ZoneTests(const std::vector<ZoneTest>& tests, Slot node) {
  for (const ZoneTest& test : tests) {
    const bool is_known = test.key != nullptr || test.labels != nullptr;
    if (test.node == node && is_known) tests_.push_back({test, {}, false, {}});
  }
}

namespace {

using Labels = bound::LabelExpression;

template <class Visit>
void each_name(const Labels& labels, const Visit& visit) {
  if (labels.op == Labels::Op::Name) visit(labels);
  for (const Labels& operand : labels.operands) each_name(operand, visit);
}

}  // namespace

void ZoneTests::prepare(Worker& worker) {
  const auto& catalog = worker.view().catalog();
  labels_.clear();
  for (Test& test : tests_) {
    if (test.test.labels != nullptr) {
      each_name(*test.test.labels, [&](const Labels& name) {
        labels_.push_back({&name, catalog.find_label(name.name)});
      });
      continue;
    }
    const auto key = catalog.find_key(*test.test.key);
    test.has_key = key.has_value();
    if (key) test.key = *key;
    if (test.test.value == nullptr) continue;
    Arena arena;
    test.value = OwnedCell(evaluate_once(*test.test.value, worker, arena));
  }
}

bool ZoneTests::exclude(const storage::View& view, std::uint64_t segment) const {
  return std::ranges::any_of(tests_,
                             [&](const Test& test) { return excludes(test, view, segment); });
}

bool ZoneTests::excludes(const Test& test, const storage::View& view, std::uint64_t segment) const {
  if (test.test.labels != nullptr) {
    return share_of(*test.test.labels, view, segment) == storage::LabelShare::None;
  }
  if (!test.has_key) return false;
  const auto zone = storage::node_zone(view, test.key, segment);
  if (!zone) return false;
  const TopBound* bound = test.test.bound;
  if (zone->is_empty) return bound == nullptr || bound->excludes_null();
  if (!zone->range) return false;
  const auto& [minimum, maximum] = *zone->range;
  return bound == nullptr ? kith::exec::excludes(test.test.op, minimum, maximum, test.value.cell())
                          : bound->excludes(minimum, maximum, zone->may_be_null);
}

// Which nodes of a segment have these labels.
storage::LabelShare ZoneTests::share_of(const Labels& labels, const storage::View& view,
                                        std::uint64_t segment) const {
  using storage::LabelShare;
  const bool any = labels.op == Labels::Op::Or;
  switch (labels.op) {
    case Labels::Op::Name: {
      const auto known = std::ranges::find(labels_, &labels, &Label::name);
      KITH_ASSERT(known != labels_.end());
      if (!known->label) return LabelShare::None;
      std::array<std::uint64_t, kSegmentSlots / 64> bits;
      return storage::nodes_with(view, *known->label, segment, bits);
    }
    case Labels::Op::Not: {
      const LabelShare other = share_of(labels.operands.at(0), view, segment);
      if (other == LabelShare::Some) return other;
      return other == LabelShare::All ? LabelShare::None : LabelShare::All;
    }
    case Labels::Op::Any:
    case Labels::Op::Dynamic:
      return LabelShare::Some;
    case Labels::Op::And:
    case Labels::Op::Or:
      break;
  }
  LabelShare share = any ? LabelShare::None : LabelShare::All;
  const LabelShare end = any ? LabelShare::All : LabelShare::None;
  for (const Labels& operand : labels.operands) {
    const LabelShare one = share_of(operand, view, segment);
    if (one == end) return end;
    if (one == LabelShare::Some) share = one;
  }
  return share;
}

}  // namespace kith::exec
