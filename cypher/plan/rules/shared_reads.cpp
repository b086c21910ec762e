// cypher/plan/rules/shared_reads.cpp: a property that is needed more than once is read once.
//
// Where a filter, an aggregation or a projection reads `n.key` for each of its rows, and it or what
// stands above it reads it again, a projection below reads it, and the others take that column. A
// filter's later conjuncts and what lies above then find values of the rows that are left, instead
// of reading these rows anew. Not in statements that write: there the later read may see more.
#include <algorithm>

#include "cypher/plan/rewrite.hpp"

namespace kith::plan::rule {

namespace {

// `node.key` of a variable that holds nodes or relationships alone.
struct Read {
  Slot element;
  std::string key;
  friend bool operator==(const Read&, const Read&) = default;
};

const bound::Variable* element_of(const Expression& e) {
  const auto* property = std::get_if<bound::Property>(&e.node);
  if (property == nullptr) return nullptr;
  const bool is_element = property->subject->types.is_only(kElementType | kNullType);
  return is_element ? as_variable(*property->subject) : nullptr;
}

bool is(const Expression& e, const Read& read) {
  const auto* variable = element_of(e);
  return variable != nullptr && variable->slot == read.element &&
         std::get<bound::Property>(e.node).key == read.key;
}

// What is read for each row that the expression is evaluated for.
void find_certain(const Expression& e, std::vector<Read>& reads) {
  if (const auto* variable = element_of(e)) {
    Read read{variable->slot, std::get<bound::Property>(e.node).key};
    if (std::find(reads.begin(), reads.end(), read) == reads.end())
      reads.push_back(std::move(read));
    return;
  }
  const auto* operation = std::get_if<bound::Operation>(&e.node);
  if (operation == nullptr) return;
  const bool may_stop =
      operation->op == bound::Operator::And || operation->op == bound::Operator::Or;
  for (const ExpressionPtr& operand : operation->operands) {
    find_certain(*operand, reads);
    if (may_stop) return;
  }
}

std::vector<Read> certain_reads(const Node& node) {
  std::vector<Read> reads;
  if (const auto* filter = as<Select>(node)) {
    if (!filter->conjuncts.empty()) find_certain(*filter->conjuncts[0], reads);
  } else if (as<Aggregate>(node) != nullptr || as<Project>(node) != nullptr) {
    for_each_expression(node, [&](const ExpressionPtr& e) { find_certain(*e, reads); });
  }
  return reads;
}

std::size_t count_in(const Expression& e, const Read& read) {
  if (is(e, read)) return 1;
  std::size_t count = 0;
  bound::for_each_child(e, [&](const ExpressionPtr& child) { count += count_in(*child, read); });
  return count;
}

std::size_t count_in(const Node& node, const Read& read) {
  std::size_t count = 0;
  for_each_expression(node, [&](const ExpressionPtr& e) { count += count_in(*e, read); });
  return count;
}

// Errors still name the place where the property is written.
ExpressionPtr replaced(const ExpressionPtr& e, const Read& read, Slot by) {
  if (is(*e, read)) return bound::make(bound::Variable{by, {}}, e->types, e->at);
  if (count_in(*e, read) == 0) return e;
  return bound::map_children(e,
                             [&](const ExpressionPtr& child) { return replaced(child, read, by); });
}

class Sharing {
 public:
  explicit Sharing(Context& context) : context_(context) {}

  // `above`: the nodes above that rows of this one reach as they are, the nearest last.
  void visit(Node& node, std::vector<Node*> above) {
    const std::vector<Node*> mine = above;
    const bool ends = as<Aggregate>(node) != nullptr;
    const bool lets_through =
        as<Select>(node) != nullptr || as<Project>(node) != nullptr || as<Expand>(node) != nullptr;
    if (ends || !lets_through) above.clear();
    if (ends || lets_through) above.push_back(&node);
    for (auto& child : node.children) visit(*child, above);
    share(node, as<Aggregate>(node) != nullptr ? std::vector<Node*>{} : mine);
  }

 private:
  void share(Node& node, const std::vector<Node*>& above) {
    for (const Read& read : certain_reads(node)) {
      std::size_t count = count_in(node, read);
      for (const Node* other : above) count += count_in(*other, read);
      if (count < 2) continue;
      const Slot slot = context_.fresh_slot();
      ExpressionPtr property;
      const auto edit = [&](ExpressionPtr& e) {
        find(e, read, property);
        if (property) e = replaced(e, read, slot);
      };
      edit_expressions(node, edit);
      for (Node* other : above) edit_expressions(*other, edit);
      put_project(node.children[0], {slot, property}, read.element);
    }
  }

  static void find(const ExpressionPtr& e, const Read& read, ExpressionPtr& property) {
    if (property) return;
    if (is(*e, read)) {
      property = e;
      return;
    }
    bound::for_each_child(*e, [&](const ExpressionPtr& child) { find(child, read, property); });
  }

  // Below expansions that do not bring the element: they have more rows, or are but counted.
  static void put_project(NodePtr& child, Item item, Slot element) {
    if (as<Expand>(*child) != nullptr && !introduces_slots(*child).contains(element))
      return put_project(child->children[0], std::move(item), element);
    if (auto* project = as<Project>(*child); project != nullptr && is_shared_read(*project)) {
      project->items.push_back(std::move(item));
      return;
    }
    put_above(child, Project{{std::move(item)}});
  }
  // A projection that this rule made: it reads, and renames nothing.
  static bool is_shared_read(const Project& project) {
    return std::all_of(project.items.begin(), project.items.end(),
                       [](const Item& item) { return element_of(*item.value) != nullptr; });
  }

  Context& context_;
};

}  // namespace

void shared_reads(NodePtr& root, RuleContext& context) {
  if (!writes_anywhere(*root)) Sharing(context.context).visit(*root, {});
}

}  // namespace kith::plan::rule
