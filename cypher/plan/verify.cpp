// cypher/plan/verify.cpp: checks what dead-variable elimination and the planner promise.
#include "cypher/plan/verify.hpp"

#include <fmt/format.h>

#include "core/assert.hpp"
#include "cypher/plan/tree.hpp"

namespace kith::plan {

namespace {

std::string numbers(const SlotSet& slots) {
  std::string text;
  for (const Slot slot : slots) text += " " + std::to_string(slot);
  return text;
}

SlotSet live(const Node& node) { return SlotSet(node.live); }

class Verifier {
 public:
  std::string run(const Node& root) {
    visit(root, false);
    return defect_;
  }

 private:
  void fail(const Node& node, std::string_view what, const SlotSet& slots) {
    if (!defect_.empty()) return;
    defect_ =
        fmt::format("node {} (operator {}): {}{}", node.id, node.op.index(), what, numbers(slots));
  }
  void require(const Node& node, const SlotSet& needed, const SlotSet& given,
               std::string_view what) {
    if (!given.contains_all(needed)) fail(node, what, needed.minus(given));
  }

  void visit(const Node& node, bool has_row) {
    if (as<Argument>(node) != nullptr && !has_row) fail(node, "no row around an Argument", {});
    const bool own_scope = has_inner(node);
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      visit(*node.children[i], has_row || (own_scope && i == 1));
    }
    for_each_expression(node, [&](const ExpressionPtr& e) { visit_subqueries(node, *e); });
    require(node, live(node), provided(node), "nobody provides live slots");
    check_inputs(node);
  }

  void visit_subqueries(const Node& node, const Expression& e) {
    any_in(e, [&](const Expression& part) {
      const auto* subquery = as_subquery(part);
      if (subquery == nullptr) return false;
      if (subquery->plan == nullptr) {
        fail(node, "a subquery without a plan", {});
        return true;
      }
      visit(*subquery->plan, true);
      require(node, argument_slots(*subquery->plan), SlotSet(subquery->imports),
              "a subquery's plan reads more than its imports");
      return false;
    });
  }

  // Slots that the node's rows have, if its children hand on what they say.
  static SlotSet provided(const Node& node) {
    SlotSet slots = introduces_slots(node);
    if (as<Aggregate>(node) != nullptr || as<Union>(node) != nullptr) return slots;
    if (!node.children.empty()) slots.insert(live(*node.children[0]));
    if (hands_on_second(node)) slots.insert(live(*node.children[1]));
    return slots;
  }

  void check_inputs(const Node& node) {
    if (const auto* all = as<Union>(node)) {
      for (std::size_t i = 0; i < node.children.size(); ++i) {
        require(node, SlotSet(all->inputs[i]), live(*node.children[i]), "a union lacks");
      }
      return;
    }
    if (const auto* join = as<HashJoin>(node)) {
      for (const auto& [one, two] : join->keys) {
        require(node, slots_of(*one), live(*node.children[0]), "a join's first side lacks");
        require(node, slots_of(*two), live(*node.children[1]), "a join's second side lacks");
      }
      return;
    }
    if (node.children.empty()) return;
    require(node, reads_slots(node), live(*node.children[0]), "the input lacks");
    if (node.children.size() == 1) check_new(node);
    if (node.children.size() < 2 || as<CartesianProduct>(node) != nullptr) return;
    SlotSet given(imports_of(node));
    if (const auto* each = as<Foreach>(node)) given.insert(each->slot);
    require(node, argument_slots(*node.children[1]), given, "the inner side reads more than");
  }

  static std::vector<Slot> imports_of(const Node& node) {
    if (const auto* apply = as<Apply>(node)) return apply->imports;
    if (const auto* merge = as<Merge>(node)) return merge->imports;
    if (const auto* call = as<CallInTransactions>(node)) return call->imports;
    const auto* each = as<Foreach>(node);
    KITH_ASSERT(each != nullptr);
    return each->imports;
  }

  void check_new(const Node& node) {
    if (as<Aggregate>(node) != nullptr) return;  // keys may keep their slots
    const SlotSet twice = introduces_slots(node).common(live(*node.children[0]));
    if (!twice.empty()) fail(node, "slots made twice", twice);
  }

  std::string defect_;
};

}  // namespace

std::string defect_of(const Node& root) { return Verifier().run(root); }

}  // namespace kith::plan
