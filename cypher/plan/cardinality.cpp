// cypher/plan/cardinality.cpp: how many rows to expect.
//
// Conditions are taken as independent of each other. Guesses without any statistics are the usual
// ones: a tenth for equality, three tenths for a range.
#include "cypher/plan/cardinality.hpp"

#include <algorithm>
#include <cmath>

#include "core/assert.hpp"
#include "cypher/plan/value_sample.hpp"

namespace kith::plan {

using bound::Operator;

namespace {

constexpr double kEquality = 0.1;
constexpr double kRange = 0.3;
constexpr double kUnknown = 0.5;

const std::vector<std::string>& labels_of(Slot slot, const Labels& labels) {
  static const std::vector<std::string> kNone;
  const auto found = labels.find(slot);
  return found == labels.end() ? kNone : found->second;
}

// The share of rows that one value of a property (of an id, of a node) has.
double equality_of(const Expression& e, const Labels& labels, const Statistics& statistics) {
  const auto* property = std::get_if<bound::Property>(&e.node);
  if (property != nullptr) {
    const auto* owner = as_variable(*property->subject);
    if (owner == nullptr || !property->subject->types.is_only(kNodeType | kNullType))
      return kEquality;
    double least = 1;
    const auto& known = labels_of(owner->slot, labels);
    if (known.empty()) return statistics.equality({}, property->key);
    for (const auto& label : known) {
      least = std::min(least, statistics.equality(label, property->key));
    }
    return least;
  }
  const Expression* of_id = argument_of(e, "id");
  const auto* element = as_variable(of_id == nullptr ? e : *of_id);
  if (element == nullptr) return kEquality;
  const auto types = (of_id == nullptr ? e : *of_id).types;
  if (types.is_only(kNodeType | kNullType)) {
    return 1 / std::max(1.0, node_count(statistics, labels_of(element->slot, labels)));
  }
  if (types.is_only(kRelationshipType | kNullType))
    return 1 / std::max(1.0, statistics.relationships());
  return kEquality;
}

bool is_fixed(const Expression& e) { return slots_of(e).empty(); }

double equality(const bound::Operation& o, const Labels& labels, const Statistics& statistics) {
  double share = 1;
  for (const auto& side : o.operands) {
    if (!is_fixed(*side)) share = std::min(share, equality_of(*side, labels, statistics));
  }
  return share < 1 ? share : kEquality;
}

double membership(const bound::Operation& o, const Labels& labels, const Statistics& statistics) {
  const double items = list_items(o.operands[1], statistics);
  return std::min(0.9, items * equality_of(*o.operands[0], labels, statistics));
}

double range_share(const Expression& e, const Labels& labels, const Statistics& statistics) {
  const auto range = as_value_range(e);
  if (!range) return kRange;
  return share_of_values(*range, nullptr, labels_of(range->node, labels), statistics)
      .value_or(kRange);
}

double of_operation(const Expression& whole, const Labels& labels, const Statistics& statistics) {
  const auto& o = std::get<bound::Operation>(whole.node);
  const auto of = [&](const ExpressionPtr& e) { return selectivity(*e, labels, statistics); };
  switch (o.op) {
    case Operator::Not:
      return 1 - of(o.operands[0]);
    case Operator::And: {
      double share = 1;
      for (const auto& e : o.operands) share *= of(e);
      return share;
    }
    case Operator::Or: {
      double none = 1;
      for (const auto& e : o.operands) none *= 1 - of(e);
      return 1 - none;
    }
    case Operator::Equal:
      return equality(o, labels, statistics);
    case Operator::NotEqual:
      return 1 - equality(o, labels, statistics);
    case Operator::In:
      return membership(o, labels, statistics);
    case Operator::Less:
    case Operator::LessEqual:
    case Operator::Greater:
    case Operator::GreaterEqual:
      return range_share(whole, labels, statistics);
    case Operator::StartsWith:
    case Operator::EndsWith:
    case Operator::Matches:
      return 0.05;
    case Operator::Contains:
      return 0.1;
    case Operator::IsNull:
      return 0.1;
    case Operator::IsNotNull:
      return 0.9;
    default:
      return kUnknown;
  }
}

double of_labels(const bound::LabelExpression& e, const Statistics& statistics) {
  using Op = bound::LabelExpression::Op;
  const double all = std::max(1.0, statistics.nodes());
  switch (e.op) {
    case Op::Name:
      return std::min(1.0, statistics.nodes(e.name) / all);
    case Op::Any:
      return 0.9;
    case Op::Dynamic:
      return kUnknown;
    case Op::Not:
      return 1 - of_labels(e.operands[0], statistics);
    case Op::And: {
      double share = 1;
      for (const auto& operand : e.operands) share *= of_labels(operand, statistics);
      return share;
    }
    case Op::Or: {
      double none = 1;
      for (const auto& operand : e.operands) none *= 1 - of_labels(operand, statistics);
      return 1 - none;
    }
  }
  return kUnknown;
}

// Of several labels of an end the rarest decides; null if there is none.
const std::string* rarest(const std::string& type, End end, const std::vector<std::string>& labels,
                          const Statistics& statistics) {
  const std::string* found = nullptr;
  double least = 2;
  for (const auto& label : labels) {
    const double share = statistics.share(type, end, label);
    if (share < least) found = &label;
    least = std::min(least, share);
  }
  return found;
}

double share_of(const std::string& type, const std::vector<std::string>& start_labels,
                const std::vector<std::string>& end_labels, const Statistics& statistics) {
  const auto* start = rarest(type, End::Start, start_labels, statistics);
  const auto* end = rarest(type, End::End, end_labels, statistics);
  if (start != nullptr && end != nullptr) return statistics.share_between(type, *start, *end);
  if (start != nullptr) return statistics.share(type, End::Start, *start);
  return end == nullptr ? 1 : statistics.share(type, End::End, *end);
}

std::vector<std::string> types_of(const bound::PatternRelationship& pattern) {
  return pattern.types.empty() ? std::vector<std::string>{""} : pattern.types;
}

double relationships_of(const std::string& type, const Statistics& statistics) {
  return type.empty() ? statistics.relationships() : statistics.relationships(type);
}

}  // namespace

double node_count(const Statistics& statistics, const std::vector<std::string>& labels) {
  double least = statistics.nodes();
  for (const auto& label : labels) least = std::min(least, statistics.nodes(label));
  return least;
}

double selectivity(const Expression& e, const Labels& labels, const Statistics& statistics) {
  const double share =
      std::visit(Overload{
                     [&](const bound::Operation&) { return of_operation(e, labels, statistics); },
                     [&](const bound::HasLabels& h) {
                       const auto* owner = as_variable(*h.subject);
                       const bool on_node = h.subject->types.is_only(kNodeType | kNullType);
                       if (!on_node || owner == nullptr) return kUnknown;
                       return of_labels(h.labels, statistics);
                     },
                     [&](const bound::Tried& t) {
                       return t.early ? selectivity(*t.condition, labels, statistics) : 1;
                     },
                     [](const bound::Constant& c) { return c.value.cell().is_true() ? 1.0 : 0.0; },
                     [](const auto&) { return kUnknown; },
                 },
                 e.node);
  return std::clamp(share, 0.0, 1.0);
}

double selectivity(const std::vector<ExpressionPtr>& conjuncts, const Labels& labels,
                   const Statistics& statistics) {
  double share = 1;
  for (const auto& e : conjuncts) share *= selectivity(*e, labels, statistics);
  return share;
}

double list_items(const ExpressionPtr& list, const Statistics& statistics, double unknown) {
  if (const auto* written = std::get_if<bound::List>(&list->node)) {
    return static_cast<double>(written->items.size());
  }
  const Cell* cell = planned_value(*list);
  if (cell == nullptr || cell->kind != Kind::List) return unknown;
  const std::size_t items = cell->items().size();
  if (is_open_literal(*list)) statistics.rests_on(ItemsPremise{list, size_class(items)});
  return static_cast<double>(items);
}

double distinct_values(const Expression& e, double rows, const Labels& labels,
                       const Statistics& statistics) {
  if (is_fixed(e)) return 1;
  const bool known = std::holds_alternative<bound::Property>(e.node) ||
                     e.types.is_only(kElementType | kNullType) || argument_of(e, "id") != nullptr;
  const double values = known ? 1 / std::max(1 / kMostRows, equality_of(e, labels, statistics))
                              : std::sqrt(std::max(1.0, rows));
  return std::max(1.0, std::min(rows, values));
}

double matching_relationships(const bound::PatternRelationship& pattern,
                              const std::vector<std::string>& left,
                              const std::vector<std::string>& right, const Statistics& statistics) {
  double total = 0;
  for (const auto& type : types_of(pattern)) {
    const double all = relationships_of(type, statistics);
    if (pattern.direction != Direction::In) {
      total += all * share_of(type, left, right, statistics);
    }
    if (pattern.direction != Direction::Out) {
      total += all * share_of(type, right, left, statistics);
    }
  }
  return std::min(kMostRows, total);
}

double end_population(const bound::PatternRelationship& pattern, bool left,
                      const Statistics& statistics) {
  double most = 0;
  for (const auto& type : types_of(pattern)) {
    const bool start = (pattern.direction == Direction::Out) == left;
    if (pattern.direction == Direction::Both || start) {
      most = std::max(most, statistics.population(type, End::Start));
    }
    if (pattern.direction == Direction::Both || !start) {
      most = std::max(most, statistics.population(type, End::End));
    }
  }
  return std::clamp(most, 1.0, std::max(1.0, statistics.nodes()));
}

double trails(const bound::PatternRelationship::Length& length, double first, double next) {
  KITH_ASSERT(first >= 0 && next >= 0);
  constexpr std::uint64_t kDeepest = 12;  // what lies beyond does not change a choice
  const std::uint64_t longest =
      std::min(length.max.value_or(length.min + kDeepest), length.min + kDeepest);
  double total = length.min == 0 ? 1 : 0, at_depth = first;
  for (std::uint64_t depth = 1; depth <= longest && at_depth < kMostRows; ++depth) {
    if (depth >= length.min) total += at_depth;
    at_depth *= next;
  }
  return std::min(kMostRows, total);
}

}  // namespace kith::plan
