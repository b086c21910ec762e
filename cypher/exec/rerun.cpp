// cypher/exec/rerun.cpp: which plans' runs may begin again.
#include "cypher/exec/rerun.hpp"

#include <variant>

#include "cypher/bind/walk.hpp"
#include "cypher/plan/tree.hpp"

namespace kith::exec {

namespace {

using bound::Expression;

bool reads_parameter(const Expression& e) {
  return bound::any_in(e, [](const Expression& each) {
    return std::holds_alternative<bound::Parameter>(each.node);
  });
}

// A2. Comparisons, arithmetic, logic and lists look at the values of their operands in each batch;
// IN and tests of texts prepare what is the same in all of them.
bool looks_each_time(const Expression& e) {
  if (std::holds_alternative<bound::List>(e.node)) return true;
  if (std::holds_alternative<bound::Tried>(e.node)) return true;
  const auto* operation = std::get_if<bound::Operation>(&e.node);
  if (operation == nullptr) return false;
  switch (operation->op) {
    case bound::Operator::In:
    case bound::Operator::StartsWith:
    case bound::Operator::EndsWith:
    case bound::Operator::Contains:
    case bound::Operator::Matches:
      return false;
    default:
      return true;
  }
}

bool computes_anew(const Expression& e) {
  if (std::holds_alternative<bound::Parameter>(e.node) || !reads_parameter(e)) return true;
  bool all = looks_each_time(e);
  bound::for_each_child(e, [&](const auto& child) { all = all && computes_anew(*child); });
  return all;
}

bool is_repeatable(const plan::Node& node) {
  return std::visit(
      [](const auto& op) {
        using T = std::decay_t<decltype(op)>;
        return std::is_same_v<T, plan::Unit> || std::is_same_v<T, plan::NodeById> ||
               std::is_same_v<T, plan::RelationshipById> || std::is_same_v<T, plan::IndexSeek> ||
               std::is_same_v<T, plan::Expand> || std::is_same_v<T, plan::ExpandBound> ||
               std::is_same_v<T, plan::ShortestPath> || std::is_same_v<T, plan::Select> ||
               std::is_same_v<T, plan::Project> || std::is_same_v<T, plan::Limit> ||
               std::is_same_v<T, plan::Produce>;
      },
      node.op);
}

}  // namespace

bool may_run_again(const plan::Plan& plan) {
  if (plan.writes || plan.changes_schema || plan.in_transactions) return false;
  bool may = true;
  plan::for_each_node(*plan.root, [&](const plan::Node& node) {
    may = may && is_repeatable(node);
    if (!may) return;
    plan::for_each_expression(node, [&](const auto& e) {
      may = may && computes_anew(*e) && !bound::has_subquery(*e) && !bound::is_volatile(*e);
    });
  });
  return may;
}

std::uint32_t cursors_kept(const plan::Plan& plan) {
  constexpr std::uint32_t kOfSearch = 2;  // from both ends
  constexpr std::uint32_t kInto = 3;      // and those that hold an end
  std::uint32_t count = 0;
  plan::for_each_node(*plan.root, [&](const plan::Node& node) {
    const auto* expand = std::get_if<plan::Expand>(&node.op);
    if (expand != nullptr) count += expand->into ? kInto : 1;
    if (std::holds_alternative<plan::ShortestPath>(node.op)) count += kOfSearch;
  });
  return count;
}

}  // namespace kith::exec
