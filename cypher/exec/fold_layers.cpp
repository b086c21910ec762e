// cypher/exec/fold_layers.cpp: what a fold will ask of most nodes, computed in the order in which
// they lie.
#include <algorithm>
#include <array>
#include <numeric>

#include "cypher/exec/fold_tree.hpp"

namespace kith::exec {

namespace {

// A layer is computed if this share of all nodes is asked for.
constexpr double kShareOfLayer = 0.4;

}  // namespace

double FoldEvaluator::count_of(const Node& node) const {
  std::uint64_t count = execution_.view.node_count();
  for (const LabelId label : node.known_labels) {
    count = std::min(count, execution_.view.node_count(label));
  }
  return static_cast<double>(count);
}

std::vector<FoldEvaluator::Layer> FoldEvaluator::layers(Visits roots) const {
  std::vector<Layer> layers;
  find_layers(*root_, roots, layers);
  // What is below has a greater number.
  std::sort(layers.begin(), layers.end(), [](const Layer& a, const Layer& b) {
    if (a.of_relationships != b.of_relationships) return a.of_relationships;
    return a.number > b.number;
  });
  return layers;
}

std::vector<storage::IdRange> FoldEvaluator::ranges(const storage::View& view, const Layer& layer) {
  if (!layer.of_relationships) return storage::node_morsels(view, layer.morsels);
  std::vector<storage::IdRange> all;
  for (const TypeId type : layer.morsels.types) {
    const auto some = storage::relationship_morsels(view, type, layer.morsels.target);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

double FoldEvaluator::relationships_of(const Step& step) const {
  double count = 0;
  for (const TypeId type : step.types) {
    count += static_cast<double>(execution_.view.relationship_count(type));
  }
  return count;
}

// So many of a step's relationships are looked at.
double FoldEvaluator::reached_by(const Step& step, const Visits& visits) const {
  const double all = relationships_of(step);
  if (visits.sample.empty()) {
    return all * std::min(1.0, visits.times / std::max(1.0, visits.population));
  }
  std::vector<std::uint64_t> degrees(visits.sample.size());
  step.cursor->degrees(visits.sample, degrees);
  const double sum = std::accumulate(degrees.begin(), degrees.end(), 0.0);
  return std::min(all, visits.times * sum / static_cast<double>(degrees.size()));
}

// What a step tests, if so many of its relationships are asked for.
void FoldEvaluator::find_layers(const Step& step, double reached,
                                std::vector<Layer>& layers) const {
  if (!step.condition || reached < kWorthALayer) return;
  if (reached < relationships_of(step) * kShareOfLayer) return;
  Layer layer{.number = step.test, .morsels = {}, .of_relationships = true};
  layer.morsels.types = step.types;
  layer.morsels.target = execution_.morsel_work();
  layers.push_back(std::move(layer));
}

void FoldEvaluator::find_layers(const Node& node, Visits visits, std::vector<Layer>& layers) const {
  for (const Step& step : node.steps) {
    const Node& to = *step.to;
    if (step.cursor == nullptr || to.is_impossible) continue;
    const double reached = reached_by(step, visits), all = count_of(to);
    find_layers(step, reached, layers);
    const bool is_layer = (to.memo != nullptr || to.condition) && reached > kWorthALayer &&
                          reached > all * kShareOfLayer;
    find_layers(to, {is_layer && to.memo != nullptr ? all : reached, all}, layers);
    if (!is_layer) continue;
    Layer layer{.number = to.number, .morsels = {}, .labels = to.known_labels};
    if (!to.known_labels.empty()) layer.morsels.label = to.known_labels[0];
    if (!to.steps.empty()) {
      layer.morsels.weigh = true;
      layer.morsels.direction = to.steps.back().direction;
      layer.morsels.types = to.steps.back().types;
    }
    layer.morsels.target = execution_.morsel_work();
    layers.push_back(std::move(layer));
  }
  for (const Sum& sum : node.weights) find_layers(sum, visits, layers);
}

void FoldEvaluator::find_layers(const Sum& sum, Visits visits, std::vector<Layer>& layers) const {
  if (finds_soon(sum, visits)) return;
  for (const Sum::Term& term : sum.terms) find_layers(*term.root, visits, layers);
}

void FoldEvaluator::compute_tests(const Layer& layer, storage::IdRange range) {
  storage::RelationshipScan scan(execution_.view, std::nullopt);
  scan.begin(range);
  std::array<std::uint64_t, kBatchRows> ids, starts, ends;
  while (const std::size_t count = scan.next(ids, starts, ends)) {
    execution_.poll();
    tests_[layer.number]->learn(std::span<const std::uint64_t>(ids.data(), count));
  }
}

void FoldEvaluator::complete(const Layer& layer) {
  if (layer.of_relationships) tests_[layer.number]->complete();
}

void FoldEvaluator::compute(const Layer& layer, storage::IdRange range) {
  if (layer.of_relationships) return compute_tests(layer, range);
  Node& node = *nodes_[layer.number];
  storage::NodeScan scan(execution_.view, layer.labels);
  scan.begin(range);
  std::array<std::uint64_t, kBatchRows> ids;
  while (const std::size_t count = scan.next(ids)) {
    execution_.poll();
    const std::span<const std::uint64_t> nodes(ids.data(), count);
    learn(node, nodes);
    if (node.memo == nullptr) continue;
    std::array<Matches, kBatchRows> weights;
    products(node, nodes, std::span(weights.data(), count));
    for (std::size_t i = 0; i < count; ++i) node.memo->note(ids[i], weights[i]);
  }
}

}  // namespace kith::exec
