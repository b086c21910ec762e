// cypher/plan/rules/list_keys.cpp: rows that are told apart by a list of values are told apart by
// these values.
//
// Two lists are equivalent if their items are. So where rows are grouped by `[a, b]`, or made
// distinct, the keys are a and b, which need no list for each row; lists are made for the groups.
// And the distinct lists of count(DISTINCT [a, b]) are counted as the distinct rows of a and b.
#include <algorithm>
#include <utility>

#include "cypher/plan/rewrite.hpp"

namespace kith::plan::rule {

namespace {

constexpr std::size_t kMostItems = 8;

// The list, if its items can be keys instead.
const bound::List* as_keys(const Expression& e) {
  const auto* list = std::get_if<bound::List>(&e.node);
  const bool fits = list != nullptr && !list->items.empty() && list->items.size() <= kMostItems;
  return fits ? list : nullptr;
}

class Spreader {
 public:
  explicit Spreader(Context& context) : context_(context) {}

  void visit(NodePtr& node) {
    for (auto& child : node->children) visit(child);
    if (auto* aggregate = as<Aggregate>(*node)) {
      Project lists = spread(aggregate->keys);
      if (counts_lists(*aggregate)) count_rows(*node, *aggregate);
      if (!lists.items.empty()) put_above(node, std::move(lists));
    } else if (as<Distinct>(*node) != nullptr) {
      spread_distinct(node);
    }
  }

 private:
  // Keys for the items of lists; what makes the lists of them.
  Project spread(std::vector<Item>& keys) {
    Project lists;
    std::vector<Item> all;
    for (Item& key : keys) {
      if (const auto* list = as_keys(*key.value)) {
        lists.items.push_back({key.slot, names_of(*list, *key.value, all)});
      } else {
        all.push_back(std::move(key));
      }
    }
    keys = std::move(all);
    return lists;
  }

  // The list of new variables for its items, which `keys` get.
  ExpressionPtr names_of(const bound::List& list, const Expression& e, std::vector<Item>& keys) {
    bound::List names;
    for (const ExpressionPtr& item : list.items) {
      const Slot slot = context_.fresh_slot();
      names.items.push_back(variable(slot, item->types));
      keys.push_back({slot, item});
    }
    return bound::make(std::move(names), e.types, e.at);
  }

  void spread_distinct(NodePtr& node) {
    auto& slots = as<Distinct>(*node)->slots;
    auto* project = as<Project>(*node->children[0]);
    if (project == nullptr) return;
    std::vector<Item> keys, others;
    for (Item& item : project->items) {
      const bool is_key = std::ranges::find(slots, item.slot) != slots.end();
      (is_key ? keys : others).push_back(std::move(item));
    }
    Project lists = spread(keys);
    for (const Item& list : lists.items) std::erase(slots, list.slot);
    for (const Item& key : keys) {
      if (std::ranges::find(slots, key.slot) == slots.end()) slots.push_back(key.slot);
    }
    project->items = std::move(others);
    project->items.insert(project->items.end(), keys.begin(), keys.end());
    if (!lists.items.empty()) put_above(node, std::move(lists));
  }

  static bool counts_lists(const Aggregate& op) {
    if (op.calls.size() != 1) return false;
    const AggregateCall& call = op.calls[0];
    return call.distinct && call.function != nullptr && call.function->name == "count" &&
           call.arguments.size() == 1 && as_keys(*call.arguments[0]) != nullptr;
  }

  // Of the distinct rows of keys and items, which count once however often they came.
  void count_rows(Node& node, Aggregate& op) {
    Project values;
    Distinct distinct;
    const auto add = [&](const ExpressionPtr& value) {
      const Slot slot = context_.fresh_slot();
      values.items.push_back({slot, value});
      distinct.slots.push_back(slot);
      return variable(slot, value->types);
    };
    for (Item& key : op.keys) key.value = add(key.value);
    for (const ExpressionPtr& item : as_keys(*op.calls[0].arguments[0])->items) add(item);
    op.calls[0].distinct = false;
    op.calls[0].arguments.clear();
    op.weights.clear();
    put_above(node.children[0], std::move(values));
    put_above(node.children[0], std::move(distinct));
  }

  Context& context_;
};

}  // namespace

void list_keys(NodePtr& root, RuleContext& context) { Spreader(context.context).visit(root); }

}  // namespace kith::plan::rule
