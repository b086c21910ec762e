// cypher/exec/fold_total.cpp: weights that are wanted in one sum only, where that is less work.
#include <map>

#include "core/assert.hpp"
#include "cypher/exec/closed_triples.hpp"
#include "cypher/exec/fold_tree.hpp"
#include "cypher/plan/fold_pattern.hpp"

namespace kith::exec {

std::vector<std::uint64_t> FoldEvaluator::all_of(Node& node) {
  std::vector<std::uint64_t> nodes;
  storage::NodeScan scan(execution_.view, node.known_labels);
  scan.begin({0, execution_.view.node_id_limit()});
  std::array<std::uint64_t, kBatchRows> some;
  while (const std::size_t count = scan.next(some)) {
    execution_.poll();
    const std::span<const std::uint64_t> ids(some.data(), count);
    if (node.condition) node.condition->learn(ids);
    for (const std::uint64_t id : ids) {
      if (!node.condition || node.condition->passes(id)) nodes.push_back(id);
    }
  }
  return nodes;
}

std::optional<Matches> FoldEvaluator::total(std::uint32_t threads) {
  if (root_->kind != plan::Weight::Kind::Times || root_->terms.size() != 1) return std::nullopt;
  const Sum::Term& term = root_->terms[0];
  if (term.factor != 1 || !plan::is_triple(*term.pattern)) return std::nullopt;
  const plan::WeightStep& first = term.pattern->steps[0];
  const plan::WeightStep& second = first.to.steps[0];
  const plan::Closing& closing = second.to.closings[0];

  TriplePattern pattern;
  const auto tie = [&](std::size_t number, const auto& of) {
    auto types = find_types(execution_.view, of.types);
    if (types) pattern.ties[number] = {std::move(*types), of.direction};
    return types.has_value();
  };
  if (!tie(0, first) || !tie(1, second) || !tie(2, closing)) return 0;
  Node* nodes[] = {term.root.get(), term.root->steps[0].to.get(),
                   term.root->steps[0].to->steps[0].to.get()};
  std::map<std::vector<LabelId>, std::size_t> known;  // sets without conditions
  for (std::size_t role = 0; role < 3; ++role) {
    Node& node = *nodes[role];
    if (node.is_impossible) return 0;
    std::vector<LabelId> labels = node.known_labels;
    std::sort(labels.begin(), labels.end());
    const auto found = known.find(labels);
    if (!node.condition && found != known.end()) {
      pattern.set_of[role] = found->second;
      continue;
    }
    pattern.set_of[role] = pattern.sets.size();
    if (!node.condition) known.emplace(std::move(labels), pattern.sets.size());
    pattern.sets.push_back(all_of(node));
  }
  ClosedTriples triples(pattern, execution_, threads);
  if (!triples.is_worth_it()) return std::nullopt;
  return triples.count();
}

}  // namespace kith::exec
