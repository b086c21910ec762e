// cypher/plan/rules/first_values.cpp: where only the beginning of a collected list is looked at, no
// more is collected.
//
// `collect(x)[0]`, `head(collect(x))` and `collect(x)[..3]` need one value, or three, of each
// group. The aggregation then keeps no others, and does not compute them; so their computing must
// not be able to fail. Bounds may be literals that the plan leaves open: how many values they are
// is known when it runs.
#include <algorithm>
#include <map>

#include "cypher/plan/rewrite.hpp"

namespace kith::plan::rule {

namespace {

using bound::ListPrefix;

bool is_literal(const Expression& e) {
  const auto* parameter = std::get_if<bound::Parameter>(&e.node);
  return std::holds_alternative<bound::Constant>(e.node) ||
         (parameter != nullptr && parameter->is_literal());
}

class Looks {
 public:
  void visit(Node& node) {
    for_each_node(node, [&](Node& each) { see(each); });
  }
  void see_all(const SlotSet& slots) {
    for (const Slot slot : slots.slots()) see_whole(slot);
  }

  // Empty: nobody looks, or at the whole list.
  std::vector<ListPrefix> at(Slot slot) const {
    const auto found = prefixes_.find(slot);
    if (found == prefixes_.end() || whole_.contains(slot)) return {};
    return found->second;
  }

 private:
  void see(const Node& node) {
    if (const auto* all = as<Union>(node)) {
      for (const auto& input : all->inputs) see_all(SlotSet(input));
    }
    const bool reads_values_alone = as<Project>(node) != nullptr || as<Select>(node) != nullptr ||
                                    as<Aggregate>(node) != nullptr || as<Sort>(node) != nullptr ||
                                    as<Top>(node) != nullptr || as<Unwind>(node) != nullptr;
    if (!reads_values_alone) return see_all(reads_slots(node));
    for_each_expression(node, [&](const ExpressionPtr& e) { see(*e); });
  }

  void see(const Expression& e) {
    if (see_prefix(e)) return;
    if (const auto* variable = as_variable(e)) return see_whole(variable->slot);
    if (std::holds_alternative<bound::Subquery>(e.node) ||
        std::holds_alternative<bound::MakePath>(e.node)) {
      return see_all(slots_of(e));
    }
    bound::for_each_child(e, [&](const ExpressionPtr& child) { see(*child); });
  }

  bool see_prefix(const Expression& e) {
    if (const auto* index = std::get_if<bound::Index>(&e.node)) {
      const auto* list = as_variable(*index->subject);
      if (list == nullptr || !is_literal(*index->index)) return false;
      prefixes_[list->slot].push_back({index->index, true});
      return true;
    }
    if (const auto* slice = std::get_if<bound::Slice>(&e.node)) {
      const auto* list = as_variable(*slice->subject);
      if (list == nullptr || !slice->to || !is_literal(*slice->to)) return false;
      if (slice->from && !is_literal(*slice->from)) return false;
      prefixes_[list->slot].push_back({slice->to, false});
      if (slice->from) prefixes_[list->slot].push_back({slice->from, false});  // not from the end
      return true;
    }
    const Expression* argument = argument_of(e, "head");
    const auto* list = argument == nullptr ? nullptr : as_variable(*argument);
    if (list == nullptr) return false;
    prefixes_[list->slot].push_back({integer(0), true});
    return true;
  }

  void see_whole(Slot slot) { whole_.insert(slot); }

  std::map<Slot, std::vector<ListPrefix>> prefixes_;
  SlotSet whole_;
};

bool can_stop(const AggregateCall& call) {
  return call.function != nullptr && call.function->name == "collect" && !call.distinct &&
         call.arguments.size() == 1 && !can_fail(*call.arguments[0]);
}

}  // namespace

void first_values(NodePtr& root, RuleContext& context) {
  if (writes_anywhere(*root)) return;
  bool collects = false;
  for_each_node(*root, [&](const Node& node) {
    const auto* aggregate = as<Aggregate>(node);
    collects |= aggregate != nullptr && std::ranges::any_of(aggregate->calls, can_stop);
  });
  if (!collects) return;
  Looks looks;
  looks.see_all(context.wanted);
  looks.visit(*root);
  for_each_node(*root, [&](Node& node) {
    auto* aggregate = as<Aggregate>(node);
    if (aggregate == nullptr) return;
    for (AggregateCall& call : aggregate->calls) {
      if (can_stop(call)) call.looked_at = looks.at(call.slot);
    }
  });
}

}  // namespace kith::plan::rule
