// cypher/plan/tree.hpp: making, walking and asking about plan nodes.
//
// The one place that knows, for each operator, which expressions it holds and which slots it reads
// and introduces; rules and EXPLAIN are written on top of it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cypher/plan/expressions.hpp"
#include "cypher/plan/logical.hpp"
#include "cypher/plan/slot_set.hpp"

namespace kith::plan {

// ---- making
template <class Op, class... Children>
NodePtr make_node(Op op, double rows, Children... children) {
  auto node = std::make_unique<Node>();
  node->op = std::move(op);
  node->rows = rows;
  (node->children.push_back(std::move(children)), ...);
  return node;
}
NodePtr clone(const Node& node);  // ids and expressions included
// A Select of those conjuncts over `input`, or `input` itself if there are none.
NodePtr select(NodePtr input, std::vector<ExpressionPtr> conjuncts, double rows);
// The same, of whose rows that share is expected to be left.
NodePtr select_share(NodePtr input, std::vector<ExpressionPtr> conjuncts, double share);
// Puts `below` between a node's child slot and the child: make_between(n.children[0], Eager{}).
template <class Op>
void put_above(NodePtr& child, Op op) {
  const double rows = child->rows;
  child = make_node(std::move(op), rows, std::move(child));
}

// ---- asking
template <class Op>
Op* as(Node& node) {
  return std::get_if<Op>(&node.op);
}
template <class Op>
const Op* as(const Node& node) {
  return std::get_if<Op>(&node.op);
}
// Every expression the operator itself holds; none is null.
void for_each_expression(const Node& node, const std::function<void(const ExpressionPtr&)>& visit);
void edit_expressions(Node& node, const std::function<void(ExpressionPtr&)>& edit);
// Parents first.
template <class N, class Visit>
void for_each_node(N& node, const Visit& visit) {
  visit(node);
  for (auto& child : node.children) for_each_node(static_cast<N&>(*child), visit);
}

SlotSet reads_slots(const Node& node);       // what the operator itself reads of its input
SlotSet introduces_slots(const Node& node);  // what the operator itself adds to its input
SlotSet available_slots(const Node& node);   // all that its rows have
bool hands_on_second(const Node& node);      // its rows have what those of the second child have
bool has_inner(const Node& node);            // the second child runs for rows of the first
SlotSet argument_slots(const Node& node);    // what the leaves Argument read of the row around

bool writes(const Node& node);           // the operator itself changes the graph
bool is_blocking(const Node& node);      // takes all its input before its first row
bool writes_anywhere(const Node& node);  // the operator or one below
bool reads_store(const Node& node);      // the operator itself scans or expands
bool reads_anywhere(const Node& node);

}  // namespace kith::plan
