// cypher/plan/value_sample.cpp: ranges of values, by the values of some nodes.
#include "cypher/plan/value_sample.hpp"

#include <algorithm>

#include "core/compare.hpp"
#include "cypher/plan/query_graph.hpp"
#include "cypher/plan/statistics.hpp"

namespace kith::plan {

using bound::Operator;

namespace {

bool is_beyond(const Cell& value, const Cell* bound, bool inclusive, Comparison::Result wanted) {
  if (bound == nullptr) return true;
  const auto result = compare(value, *bound).result;
  return result == wanted || (inclusive && result == Comparison::Result::Equal);
}

// An index's own statistics are better.
bool has_index(const std::vector<std::string>& labels, const std::string& key,
               const Statistics& statistics) {
  const auto& indexes = statistics.indexes();
  return std::any_of(indexes.begin(), indexes.end(), [&](const IndexFacts& index) {
    return index.on == storage::ElementKind::Node && index.keys.size() == 1 &&
           index.keys[0] == key &&
           std::find(labels.begin(), labels.end(), index.token) != labels.end();
  });
}

}  // namespace

double ValueSample::share(const ConstantRange& range, bool of_all) const {
  const auto within = std::count_if(values.begin(), values.end(), [&](const OwnedCell& value) {
    using Result = Comparison::Result;
    return is_beyond(value.cell(), range.lower, range.lower_inclusive, Result::Greater) &&
           is_beyond(value.cell(), range.upper, range.upper_inclusive, Result::Less);
  });
  // None seen does not mean that there are none.
  const double base = static_cast<double>(of_all ? nodes : values.size());
  return (static_cast<double>(within) + 0.5) / (base + 1);
}

std::optional<ValueRange> as_value_range(const Expression& condition) {
  const auto* o = std::get_if<bound::Operation>(&condition.node);
  if (o == nullptr || o->operands.size() != 2) return std::nullopt;
  const bool less = o->op == Operator::Less || o->op == Operator::LessEqual;
  const bool greater = o->op == Operator::Greater || o->op == Operator::GreaterEqual;
  if (!less && !greater) return std::nullopt;
  for (const bool first : {true, false}) {
    const auto* property = std::get_if<bound::Property>(&o->operands[first ? 0 : 1]->node);
    const auto& value = o->operands[first ? 1 : 0];
    if (property == nullptr || planned_value(*value) == nullptr) continue;
    const auto* owner = as_variable(*property->subject);
    if (owner == nullptr || !property->subject->types.is_only(kNodeType | kNullType)) continue;
    ValueRange range{.node = owner->slot, .key = property->key};
    (less == first ? range.upper : range.lower) = value;
    range.inclusive = o->op == Operator::LessEqual || o->op == Operator::GreaterEqual;
    return range;
  }
  return std::nullopt;
}

std::optional<double> share_of_values(const ValueRange& range, const ValueRange* other,
                                      const std::vector<std::string>& labels,
                                      const Statistics& statistics) {
  if (has_index(labels, range.key, statistics)) return std::nullopt;
  RangePremise premise;
  for (const ValueRange* one : {&range, other}) {
    if (one == nullptr) continue;
    if (one->lower) {
      premise.lower = one->lower;
      premise.lower_inclusive = one->inclusive;
    } else {
      premise.upper = one->upper;
      premise.upper_inclusive = one->inclusive;
    }
  }
  premise.sample = statistics.values(labels.empty() ? std::string() : labels[0], range.key);
  if (premise.sample == nullptr || premise.sample->values.empty()) return std::nullopt;
  const auto known = [](const ExpressionPtr& e) { return e ? planned_value(*e) : nullptr; };
  premise.of_all = !labels.empty();
  const double share = premise.sample->share({.lower = known(premise.lower),
                                              .upper = known(premise.upper),
                                              .lower_inclusive = premise.lower_inclusive,
                                              .upper_inclusive = premise.upper_inclusive},
                                             premise.of_all);
  const auto is_open = [](const ExpressionPtr& e) { return e && is_open_literal(*e); };
  if (is_open(premise.lower) || is_open(premise.upper)) {
    premise.share_class = share_class(share);
    statistics.rests_on(premise);
  }
  return share;
}

void weigh_value_ranges(QueryGraph& graph, const Statistics& statistics) {
  for (std::size_t i = 0; i < graph.conjuncts.size(); ++i) {
    const auto first = as_value_range(*graph.conjuncts[i].value);
    if (!first) continue;
    for (std::size_t j = i + 1; j < graph.conjuncts.size(); ++j) {
      const auto second = as_value_range(*graph.conjuncts[j].value);
      const bool are_ends = second && second->node == first->node && second->key == first->key &&
                            (second->lower == nullptr) != (first->lower == nullptr);
      if (!are_ends) continue;
      const auto known = graph.labels.find(first->node);
      const auto share = share_of_values(
          *first, &*second,
          known == graph.labels.end() ? std::vector<std::string>() : known->second, statistics);
      const double alone = graph.conjuncts[i].selectivity;
      if (share && alone > 0) graph.conjuncts[j].selectivity = std::min(1.0, *share / alone);
      break;
    }
  }
}

}  // namespace kith::plan
