// cypher/exec/fold_evaluator.hpp: weights of nodes, one tree of a fold's pattern at a time.
//
// The tree is walked from the root for one node after the other. What a node's subtree weighs is
// remembered, unless a closing below it looks at something above it. A closing that ties a node to
// one above is an intersection of two lists: the neighbours of the node's parent and those of the
// node above.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cypher/exec/fold_ends.hpp"
#include "cypher/exec/fold_memory.hpp"
#include "cypher/exec/readers.hpp"
#include "cypher/plan/logical.hpp"

namespace kith::exec {

class FoldEvaluator {
 public:
  // `memory` and what `weight` is part of must outlive it. `remembers`: nodes may be asked about
  // more than once.
  FoldEvaluator(const plan::Weight& weight, Worker& worker, FoldMemory& memory, bool remembers);
  ~FoldEvaluator();

  // Of nodes that exist.
  void weigh(std::span<const std::uint64_t> nodes, std::span<Matches> out);
  // Of a row that has no node.
  Matches weight_of_null() const;

  // The sum of the weights of all nodes that the root's labels and conditions let through, if it
  // can be had at less cost than one by one: of three nodes tied to each other, see
  // closed_triples.hpp.
  std::optional<Matches> total(std::uint32_t threads);

  // How often nodes are asked about, how many there are that may be, and some of those: none if
  // nothing is known of them.
  struct Visits {
    double times, population;
    std::span<const std::uint64_t> sample = {};
  };
  // Nodes of the tree, or relationships that are tested, of which most will be asked for:
  // cheaper in the order in which they lie. To be computed in this order,
  // each by any number of evaluators.
  struct Layer {
    std::size_t number;  // of the node, or of the test
    storage::MorselOptions morsels;
    std::vector<LabelId> labels = {};
    bool of_relationships = false;
  };
  std::vector<Layer> layers(Visits roots) const;
  static std::vector<storage::IdRange> ranges(const storage::View& view, const Layer& layer);
  void compute(const Layer& layer, storage::IdRange range);
  // When all of its ranges are computed.
  void complete(const Layer& layer);

 private:
  struct Node;
  struct Step;
  struct Sum;
  class Product;
  struct Close {
    plan::Closing::Kind kind;
    NodeEnds* ends;
    std::size_t depth;       // of the node whose ends they are
    Step* tested = nullptr;  // of a loop: counts instead of the ends
  };

  Sum make_sum(const plan::Weight& weight, bool remembers);
  // `step`: what leads to it; null: it is a root.
  std::unique_ptr<Node> make_node(const plan::WeightNode& node, const plan::WeightStep* step,
                                  std::vector<Node*>& path);
  void look_up_from(const plan::WeightStep& step, Step& made, const std::vector<Node*>& path);
  void make_labels(const plan::WeightNode& node, const plan::WeightStep* step, Node& made);
  void find_layers(const Node& node, Visits visits, std::vector<Layer>& layers) const;
  void find_layers(const Step& step, double reached, std::vector<Layer>& layers) const;
  void find_layers(const Sum& sum, Visits visits, std::vector<Layer>& layers) const;
  static bool is_search(const Sum& sum);
  double sampled_share(const Node& node) const;
  double relationships_of(const Step& step) const;
  double reached_by(const Step& step, const Visits& visits) const;
  bool finds_soon(const Sum& sum, Visits visits) const;
  void search(Sum& sum, std::span<const std::uint64_t> ids, std::span<Matches> out);
  void compute_tests(const Layer& layer, storage::IdRange range);
  std::unique_ptr<ConditionTest> make_test(const std::vector<bound::ExpressionPtr>& conjuncts,
                                           storage::ElementKind kind, Slot slot);
  double count_of(const Node& node) const;
  void make_closings(const plan::WeightNode& node, Node& made, std::vector<Node*>& path);
  std::unique_ptr<storage::NeighbourCursor> cursor(const std::vector<std::string>& types,
                                                   Direction direction) const;
  bool needs_missing_loops(const plan::WeightNode& node, std::uint32_t depth) const;

  // Those that pass for the node, ascending.
  std::vector<std::uint64_t> all_of(Node& node);

  template <class Id>
  void learn(Node& node, std::span<const Id> ids);
  // Of many nodes, for whose conditions learn() has been called.
  void values(Sum& sum, std::span<const std::uint64_t> ids, std::span<Matches> out);
  void products(Node& node, std::span<const std::uint64_t> ids, std::span<Matches> out);
  void add_terms(Sum& sum, std::span<const std::uint64_t> ids, std::span<Matches> out);
  void closed_sums(Node& node, std::span<const std::uint64_t> ids, std::span<Matches> out);
  void multiply(Product& product, Step& step);
  void multiply(Product& product, Sum& weight);
  static Step* degree_of(Sum& sum);
  static storage::DegreeFactor degree_factor(plan::Weight::Kind kind);
  void sum_pairs(Node& node, Step& step, std::span<const std::uint64_t> ids,
                 std::span<Matches> out);
  void weigh_pairs(Node& node, Step& step, std::span<const std::uint64_t> ids,
                   std::span<Matches> out);
  static bool is_cheap(const Sum& sum);
  static Matches finish(plan::Weight::Kind kind, Matches total);
  Matches value(Sum& sum, std::uint64_t node);
  Matches value(Node& node, std::uint64_t id);
  Matches product(Node& node, std::uint64_t id);
  static Matches count_loops(Step& loops, std::uint64_t id);
  Matches enter(Node& node, std::uint64_t id, std::size_t place = NodeEnds::kNoPlace);
  Matches sum(Step& step, std::uint64_t id);
  void make_push(const plan::WeightStep& step, Step& made) const;
  bool push(Step& step);
  bool push_all(Step& step);
  void find_back_ends(Step& step);
  void look_ahead(Step& step, std::span<const std::uint64_t> ids);
  void sums(Step& step, std::span<const std::uint64_t> ids, std::span<Matches> out);
  void sum_lists(Step& step, std::span<const std::uint64_t> ids, std::span<Matches> out);
  template <class Id>
  Matches sum_list(Step& step, std::span<const Id> ids);
  template <class Id>
  Matches sum_any(Node& to, std::span<const Id> ids);
  template <class Id>
  Matches sum_open(Node& to, std::span<const Id> ids);
  template <class Id>
  Matches sum_closed(Node& to, std::span<const Id> ids);
  bool has_labels(const Node& node, std::uint64_t id) const;
  bool may_pass(const Node& node, std::uint64_t id) const;
  template <class Id>
  static bool have_labels(const Node& node, std::span<const Id> ids);
  void count_work(std::size_t looked_at);

  Worker& worker_;
  Execution& execution_;
  FoldMemory& memory_;
  std::vector<Node*> nodes_;           // by number, parents first
  std::vector<ConditionTest*> tests_;  // by number
  std::map<std::uint32_t, LabelTest> labels_;
  std::unique_ptr<Sum> root_;
  std::uint64_t work_ = 0;  // since the last poll
  std::uint64_t looked_at_ = 0;
};

}  // namespace kith::exec
