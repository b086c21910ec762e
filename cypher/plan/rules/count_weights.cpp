// cypher/plan/rules/count_weights.cpp: COUNT { … } and EXISTS { … } around one node are weights of
// that node: what is remembered, counted by degrees and weighed for many nodes at once need not be
// enumerated row by row.
//
// A COUNT is the weight itself, rows that weigh nothing stay. Only in plans that read alone; and
// below a LIMIT that may want few rows only where nothing is prepared for all nodes.
#include <algorithm>

#include "core/assert.hpp"
#include "cypher/plan/fold_source.hpp"
#include "cypher/plan/rewrite.hpp"

namespace kith::plan::rule {

namespace {

using Kind = bound::Subquery::Kind;

bool returns_distinct(const bound::Subquery& subquery) {
  const auto& clauses = subquery.query->parts[0].clauses;
  const auto* end = std::get_if<bound::Return>(&clauses.back().node);
  return end != nullptr && end->body.distinct;
}

bool is_of_degrees(const Weight& weight) {
  return std::all_of(weight.terms.begin(), weight.terms.end(), [](const WeightTerm& term) {
    return term.root.conjuncts.empty() && term.root.weights.empty() &&
           std::all_of(term.root.steps.begin(), term.root.steps.end(), is_degree);
  });
}

class Weigher {
 public:
  explicit Weigher(Context& context) : context_(context) {}

  // `limited`: a LIMIT above may stop before all rows were asked for.
  void visit(Node& node, bool limited) {
    const bool takes_all =
        as<Aggregate>(node) != nullptr || as<Sort>(node) != nullptr || as<Top>(node) != nullptr;
    if (as<Limit>(node) != nullptr) limited = true;
    if (takes_all) limited = false;
    limited_ = limited;
    if (as<Select>(node) != nullptr) {
      weigh_conjuncts(node);
    } else if (takes_all || as<Project>(node) != nullptr) {
      weigh_expressions(node);
    }
    for (auto& child : node.children) visit(*child, limited);
  }

 private:
  // What was made goes between the node and its input.
  void weigh_expressions(Node& node) {
    folds_.clear();
    known_ = available_slots(*node.children.at(0));
    edit_expressions(node, [this](ExpressionPtr& e) { e = weighed(e); });
    for (Fold& fold : folds_) put_above(node.children[0], std::move(fold));
  }

  // Conjuncts that need no weight are asked before.
  void weigh_conjuncts(Node& node) {
    auto& conjuncts = as<Select>(node)->conjuncts;
    const auto first = std::find_if(conjuncts.begin(), conjuncts.end(),
                                    [](const auto& e) { return has_subquery(*e); });
    std::vector<ExpressionPtr> before(conjuncts.begin(), first);
    folds_.clear();
    known_ = available_slots(*node.children.at(0));
    for (auto e = first; e != conjuncts.end(); ++e) *e = weighed(*e);
    if (folds_.empty()) return;
    conjuncts.erase(conjuncts.begin(), first);
    const double rows = node.children[0]->rows;
    node.children[0] = select(std::move(node.children[0]), std::move(before), rows);
    for (Fold& fold : folds_) put_above(node.children[0], std::move(fold));
  }

  ExpressionPtr weighed(const ExpressionPtr& e) {
    const auto* subquery = as_subquery(*e);
    if (subquery == nullptr) {
      return bound::map_children(e, [this](const ExpressionPtr& part) { return weighed(part); });
    }
    auto fold = fold_of(*subquery);
    if (!fold) return e;
    const ExpressionPtr weight = variable(fold->weight, kIntegerType);
    folds_.push_back(*std::move(fold));
    if (subquery->kind == Kind::Count) return weight;
    return operation(bound::Operator::NotEqual, {weight, integer(0)});
  }

  std::optional<Fold> fold_of(const bound::Subquery& subquery) {
    if (subquery.kind == Kind::Collect || subquery.imports.size() != 1) return std::nullopt;
    const Slot root = subquery.imports[0];
    const bound::Pattern* pattern = only_pattern(subquery);
    if (pattern == nullptr || !known_.contains(root)) return std::nullopt;
    if (subquery.kind == Kind::Count && returns_distinct(subquery)) return std::nullopt;
    const auto kind = subquery.kind == Kind::Count ? Weight::Kind::Times : Weight::Kind::Exists;
    auto fold = counted_around(context_, *pattern, root, kind);
    if (fold && limited_ && !is_of_degrees(fold->of)) return std::nullopt;
    return fold;
  }

  Context& context_;
  bool limited_ = false;
  SlotSet known_;
  std::vector<Fold> folds_;
};

}  // namespace

void count_weights(NodePtr& root, RuleContext& context) {
  if (context.context.folding == Folding::never || writes_anywhere(*root)) return;
  Weigher(context.context).visit(*root, false);
}

}  // namespace kith::plan::rule
