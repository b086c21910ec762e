// cypher/plan/judge.cpp: may an expression fail, vary, read the graph; what does it cost.
//
// These answers decide what may be moved. Where the type of a value is not known, the answer is the
// careful one.
#include <algorithm>
#include <array>
#include <string_view>

#include "cypher/bind/bound.hpp"
#include "cypher/plan/expressions.hpp"

namespace kith::plan {

using bound::Operator;

namespace {

bool only(const ExpressionPtr& e, TypeSet types) { return e->types.is_only(types | kNullType); }

// Functions that never fail on nodes, relationships and paths.
constexpr std::array<std::string_view, 11> kSafeOnElements = {
    "id",        "elementId", "labels", "type",          "keys",  "properties",
    "startNode", "endNode",   "nodes",  "relationships", "length"};

bool call_can_fail(const bound::Call& call) {
  if (call.function == nullptr) return true;
  if (call.function->name == "coalesce" || call.function->name == "exists") return false;
  const auto& safe = kSafeOnElements;
  if (std::find(safe.begin(), safe.end(), call.function->name) == safe.end()) return true;
  return !std::all_of(call.arguments.begin(), call.arguments.end(),
                      [](const auto& a) { return only(a, kElementType | kPathType); });
}

bool operation_can_fail(const bound::Operation& o) {
  const auto all_are = [&](TypeSet types) {
    return std::all_of(o.operands.begin(), o.operands.end(),
                       [&](const auto& e) { return only(e, types); });
  };
  switch (o.op) {
    case Operator::Not:
    case Operator::And:
    case Operator::Or:
    case Operator::Xor:
      return !all_are(kBooleanType);
    case Operator::Equal:
    case Operator::NotEqual:
    case Operator::Less:
    case Operator::LessEqual:
    case Operator::Greater:
    case Operator::GreaterEqual:
    case Operator::StartsWith:
    case Operator::EndsWith:
    case Operator::Contains:
    case Operator::IsNull:
    case Operator::IsNotNull:
      return false;
    case Operator::In:
      return !only(o.operands[1], kListType);
    case Operator::Add:
    case Operator::Subtract:
    case Operator::Multiply:
    case Operator::Divide:
    case Operator::Negate:
      return !all_are(TypeSet::of(Kind::Float));
    case Operator::Modulo:
    case Operator::Power:
    case Operator::Concat:
    case Operator::Matches:
      return true;
  }
  return true;
}

// The body of an EXISTS with nothing but patterns: as safe as its conditions.
bool query_can_fail(const bound::Query& query) {
  if (query.parts.size() != 1) return true;
  for (const auto& clause : query.parts[0].clauses) {
    const auto* match = std::get_if<bound::Match>(&clause.node);
    if (match == nullptr || !match->pattern.shortest.empty()) return true;
    for (const auto& conjunct : match->pattern.conjuncts) {
      if (condition_can_fail(*conjunct)) return true;
    }
    for (const auto& r : match->pattern.relationships) {
      if (r.predicate && condition_can_fail(*r.predicate)) return true;
      if (r.path) return true;  // a count of paths may be too small
    }
  }
  return false;
}

// $(value): it may not be a name.
bool has_value(const bound::LabelExpression& labels) {
  return labels.value != nullptr ||
         std::any_of(labels.operands.begin(), labels.operands.end(), has_value);
}

bool node_can_fail(const Expression& e) {
  return std::visit(
      Overload{
          [](const bound::Property& n) { return !only(n.subject, kElementType | kMapType); },
          [](const bound::Index&) { return true; }, [](const bound::Slice&) { return true; },
          [](const bound::MapProjection& n) { return !only(n.subject, kElementType | kMapType); },
          [](const bound::Operation& n) { return operation_can_fail(n); },
          [](const bound::HasLabels& n) {
            return !only(n.subject, kElementType) || has_value(n.labels);
          },
          [](const bound::Call& n) { return call_can_fail(n); },
          [](const bound::Case& n) {
            return (n.operand == nullptr || n.subject) &&
                   !std::all_of(n.whens.begin(), n.whens.end(),
                                [](const auto& when) { return only(when.first, kBooleanType); });
          },
          [](const bound::ListComprehension& n) {
            const bool filters = n.where != nullptr && !only(n.where, kBooleanType);
            return filters || !only(n.list, kListType);
          },
          [](const bound::Quantifier& n) {
            return !only(n.where, kBooleanType) || !only(n.list, kListType);
          },
          [](const bound::Reduce& n) { return !only(n.list, kListType); },
          [](const bound::Subquery& n) {
            return n.kind != bound::Subquery::Kind::Exists || n.query == nullptr ||
                   query_can_fail(*n.query);
          },
          [](const auto&) { return false; },  // constants, variables, parameters, lists, maps
      },
      e.node);
}

// What may hold a node or a relationship.
constexpr TypeSet kHolders = kElementType | kPathType | kListType | kMapType;

bool node_reads_graph(const Expression& e) {
  const auto reads = [](const ExpressionPtr& subject) {
    return subject->types.overlaps(kElementType);
  };
  return std::visit(
      Overload{
          [&](const bound::Property& n) { return reads(n.subject); },
          [&](const bound::Index& n) { return reads(n.subject); },
          [&](const bound::MapProjection& n) { return reads(n.subject); },
          [&](const bound::HasLabels& n) { return reads(n.subject); },
          [&](const bound::Call& n) {
            const auto name = n.function == nullptr ? std::string_view() : n.function->name;
            if (name == "id" || name == "elementId" || name == "coalesce") return false;
            return std::any_of(n.arguments.begin(), n.arguments.end(),
                               [](const auto& a) { return a->types.overlaps(kHolders); });
          },
          [](const bound::MakePath&) { return true; },
          [](const bound::Subquery&) { return true; },
          [](const auto&) { return false; },
      },
      e.node);
}

double node_cost(const Expression& e) {
  return std::visit(Overload{
                        [](const bound::Constant&) { return 0.0; },
                        [](const bound::Parameter&) { return 0.0; },
                        [](const bound::Variable&) { return 0.05; },
                        [](const bound::Property&) { return 1.0; },
                        [](const bound::HasLabels&) { return 0.3; },
                        [](const bound::Tried&) { return 0.0; },
                        [](const bound::Operation& n) {
                          if (n.op == Operator::Matches) return 10.0;
                          if (n.op == Operator::Contains) return 3.0;
                          return 0.3;
                        },
                        [](const bound::Call&) { return 2.0; },
                        [](const bound::ListComprehension&) { return 10.0; },
                        [](const bound::Quantifier&) { return 10.0; },
                        [](const bound::Reduce&) { return 10.0; },
                        [](const bound::Subquery&) { return 100.0; },
                        [](const auto&) { return 0.5; },
                    },
                    e.node);
}

}  // namespace

bool can_fail(const Expression& e) {
  if (as_tried(e) != nullptr) return false;
  if (node_can_fail(e)) return true;
  bool any = false;
  bound::for_each_child(e, [&](const ExpressionPtr& child) { any = any || can_fail(*child); });
  return any;
}
bool may_be_no_truth(const Expression& e) {
  return !e.types.is_only(kBooleanType | kNullType) && !can_fail(e);
}
bool condition_can_fail(const Expression& e) {
  return !e.types.is_only(kBooleanType | kNullType) || can_fail(e);
}
bool reads_graph(const Expression& e) { return any_in(e, node_reads_graph); }

double cost_of(const Expression& e) {
  double cost = node_cost(e);
  bound::for_each_child(e, [&](const ExpressionPtr& child) { cost += cost_of(*child); });
  return cost;
}

}  // namespace kith::plan
