// cypher/exec/fold_evaluator.cpp: walking the trees of a fold.
#include "cypher/exec/fold_evaluator.hpp"

#include <algorithm>
#include <array>

#include "cypher/exec/fold_product.hpp"
#include "cypher/exec/fold_tree.hpp"
#include "cypher/functions/exact_sum.hpp"
#include "cypher/plan/fold_pattern.hpp"
#include "storage/cursor_facts.hpp"

namespace kith::exec {

namespace {

constexpr std::uint64_t kWorkBetweenPolls = 1 << 20;

}  // namespace

FoldEvaluator::FoldEvaluator(const plan::Weight& weight, Worker& worker, FoldMemory& memory,
                             bool remembers)
    : worker_(worker),
      execution_(worker.execution()),
      memory_(memory),
      root_(std::make_unique<Sum>(make_sum(weight, remembers))) {}

FoldEvaluator::~FoldEvaluator() = default;

// ---- making

FoldEvaluator::Sum FoldEvaluator::make_sum(const plan::Weight& weight, bool remembers) {
  Sum sum{.kind = weight.kind, .terms = {}};
  for (const auto& term : weight.terms) {
    std::vector<Node*> path;
    auto root = make_node(term.root, nullptr, path);
    if (!remembers) root->memo = nullptr;
    if (needs_missing_loops(term.root, 0)) continue;  // after make_node(): numbers stay the same
    sum.terms.push_back({term.factor, std::move(root), &term.root});
  }
  return sum;
}

// Some relationship of the tree begins where it ends, and there is none of its types that does.
bool FoldEvaluator::needs_missing_loops(const plan::WeightNode& node, std::uint32_t depth) const {
  for (const auto& closing : node.closings) {
    if (closing.depth != depth || closing.kind == plan::Closing::Kind::Absent) continue;
    const auto types = find_types(execution_.view, closing.types);
    if (!types || !storage::may_have_loops(execution_.view, *types)) return true;
  }
  return std::any_of(node.steps.begin(), node.steps.end(),
                     [&](const auto& step) { return needs_missing_loops(step.to, depth + 1); });
}

std::unique_ptr<storage::NeighbourCursor> FoldEvaluator::cursor(
    const std::vector<std::string>& names, Direction direction) const {
  auto types = find_types(execution_.view, names);
  if (!types) return nullptr;
  return std::make_unique<storage::NeighbourCursor>(execution_.view, direction, std::move(*types));
}

std::unique_ptr<FoldEvaluator::Node> FoldEvaluator::make_node(const plan::WeightNode& node,
                                                              const plan::WeightStep* step,
                                                              std::vector<Node*>& path) {
  auto made = std::make_unique<Node>();
  made->number = nodes_.size();
  made->depth = path.size();
  nodes_.push_back(made.get());
  make_labels(node, step, *made);
  if (!node.conjuncts.empty()) {
    made->condition = make_test(node.conjuncts, storage::ElementKind::Node, node.slot);
  }
  path.push_back(made.get());
  make_closings(node, *made, path);
  for (const auto& below : node.steps) {
    made->steps.push_back({find_types(execution_.view, below.types).value_or(std::vector<TypeId>()),
                           below.direction, cursor(below.types, below.direction),
                           make_node(below.to, &below, path)});
    Step& added = made->steps.back();
    if (!below.conjuncts.empty()) {
      added.test = tests_.size();
      added.condition =
          make_test(below.conjuncts, storage::ElementKind::Relationship, below.relationship);
    }
    look_up_from(below, made->steps.back(), path);
  }
  path.pop_back();
  const bool is_one = node.steps.empty() && node.weights.empty();
  if (!is_one && plan::least_depth(node) >= path.size()) made->memo = &memory_.memo(made->number);
  for (const auto& weight : node.weights) {
    made->weights.push_back(make_sum(weight, made->memo == nullptr));
  }
  const bool is_step = made->is_closed() && made->closings.size() == 1 && made->ends.empty() &&
                       made->weights.empty() && made->steps.size() == 1;
  made->narrows_ends = is_step && made->steps[0].memo != nullptr &&
                       made->steps[0].looks_at->depth <= made->closings[0].depth;
  return made;
}

std::unique_ptr<ConditionTest> FoldEvaluator::make_test(
    const std::vector<bound::ExpressionPtr>& conjuncts, storage::ElementKind kind, Slot slot) {
  auto test = std::make_unique<ConditionTest>(conjuncts, kind, slot, worker_,
                                              memory_.truths(tests_.size(), kind));
  tests_.push_back(test.get());
  return test;
}

// A node right below the one that is looked at is seen once for each relationship, those below it
// again and again.
void FoldEvaluator::look_up_from(const plan::WeightStep& step, Step& made,
                                 const std::vector<Node*>& path) {
  const std::size_t depth = path.size() - 1;
  const auto deepest = plan::deepest_look(step.to, static_cast<std::uint32_t>(depth));
  if (!deepest) return;
  made.looks_here = *deepest == depth;
  if (depth < *deepest + 2) return;
  made.memo = std::make_unique<PassingMemo>(execution_.view.node_id_limit(), memory_.account);
  made.looks_at = path[*deepest];
  make_push(step, made);
}

// Labels that whatever the step leads to has need no test.
void FoldEvaluator::make_labels(const plan::WeightNode& node, const plan::WeightStep* step,
                                Node& made) {
  const auto types = step == nullptr ? std::nullopt : find_types(execution_.view, step->types);
  for (const auto& name : node.labels) {
    const auto label = execution_.view.catalog().find_label(name);
    made.is_impossible |= !label.has_value();
    if (!label) continue;
    made.known_labels.push_back(*label);
    if (types && storage::ends_have_label(execution_.view, *types, step->direction, *label)) {
      continue;
    }
    const auto [at, is_new] = labels_.try_emplace(label->value, execution_.view, *label);
    made.labels.push_back(&at->second);
  }
}

void FoldEvaluator::make_closings(const plan::WeightNode& node, Node& made,
                                  std::vector<Node*>& path) {
  for (const auto& closing : node.closings) {
    KITH_ASSERT(closing.depth < path.size());
    Node& other = *path[closing.depth];
    const bool is_tested = !closing.conjuncts.empty();
    KITH_ASSERT(!is_tested || &other == &made);
    auto lists = cursor(closing.types, closing.direction);
    Close close{closing.kind, nullptr, other.depth};
    if (is_tested && lists != nullptr) {
      made.tested_loops.push_back(std::make_unique<Step>());
      close.tested = made.tested_loops.back().get();
      close.tested->cursor = std::move(lists);
      close.tested->condition =
          make_test(closing.conjuncts, storage::ElementKind::Relationship, closing.relationship);
    }
    other.ends.push_back(std::make_unique<NodeEnds>(
        std::move(lists), execution_.view.node_id_limit(), memory_.account));
    close.ends = other.ends.back().get();
    (&other == &made ? made.loops : made.closings).push_back(close);
  }
  std::stable_partition(made.closings.begin(), made.closings.end(), [](const Close& close) {
    return close.kind != plan::Closing::Kind::Absent;
  });
}

// ---- weighing

void FoldEvaluator::weigh(std::span<const std::uint64_t> nodes, std::span<Matches> out) {
  KITH_ASSERT(nodes.size() == out.size());
  for (Sum::Term& term : root_->terms) learn(*term.root, nodes);
  values(*root_, nodes, out);
}

void FoldEvaluator::values(Sum& sum, std::span<const std::uint64_t> ids, std::span<Matches> out) {
  if (is_search(sum)) return search(sum, ids, out);
  const bool is_remembered = std::any_of(sum.terms.begin(), sum.terms.end(), [](const auto& term) {
    return term.root->memo != nullptr;
  });
  if (is_remembered || sum.terms.empty() || sum.terms[0].factor != 1) {
    for (std::size_t i = 0; i < ids.size(); ++i) out[i] = value(sum, ids[i]);
    return;
  }
  products(*sum.terms[0].root, ids, out);
  if (sum.terms.size() > 1) add_terms(sum, ids, out);
  switch (sum.kind) {
    case plan::Weight::Kind::Times:
      return;
    case plan::Weight::Kind::Optional:
      for (Matches& matches : out) matches += matches == 0 ? 1 : 0;
      return;
    case plan::Weight::Kind::Exists:
      for (Matches& matches : out) matches = matches > 0 ? 1 : 0;
      return;
    case plan::Weight::Kind::Absent:
      for (Matches& matches : out) matches = matches > 0 ? 0 : 1;
      return;
  }
}

// To what the first term says of the nodes, that of the others.
void FoldEvaluator::add_terms(Sum& sum, std::span<const std::uint64_t> ids,
                              std::span<Matches> out) {
  constexpr Wide kEnough = Wide{1} << 120;  // what others take away does not matter
  sum.left.resize(ids.size());
  sum.rows.resize(ids.size());
  std::size_t count = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    sum.left[count] = ids[i];
    sum.rows[count] = static_cast<std::uint32_t>(i);
    count += out[i] != 0 ? 1 : 0;
  }
  sum.left.resize(count);
  sum.rows.resize(count);
  sum.totals.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Matches first = out[sum.rows[i]];
    sum.totals[i] = first == kTooMany ? kEnough : static_cast<Wide>(first);
  }
  for (std::size_t term = 1; term < sum.terms.size(); ++term) {
    sum.some.resize(sum.left.size());
    products(*sum.terms[term].root, sum.left, sum.some);
    for (std::size_t i = 0; i < sum.left.size(); ++i) {
      Wide& total = sum.totals[i];
      const Wide more = static_cast<Wide>(sum.some[i]) * sum.terms[term].factor;
      total = sum.some[i] == kTooMany ? kEnough : total + more;
    }
  }
  for (std::size_t i = 0; i < sum.left.size(); ++i) {
    KITH_ASSERT(sum.totals[i] >= 0);
    out[sum.rows[i]] = static_cast<Matches>(std::min<Wide>(sum.totals[i], kTooMany));
  }
}

void FoldEvaluator::multiply(Product& product, Step& step) {
  const bool is_degree = step.is_degree();
  if (is_degree && step.cursor != nullptr &&
      product.multiply_degrees(*step.cursor, storage::DegreeFactor::Count)) {
    return;
  }
  product.multiply(is_degree, [&](auto nodes, auto factors) { sums(step, nodes, factors); });
}

void FoldEvaluator::multiply(Product& product, Sum& weight) {
  Step* step = degree_of(weight);
  if (step != nullptr && product.multiply_degrees(*step->cursor, degree_factor(weight.kind)))
    return;
  product.multiply(is_cheap(weight),
                   [&](auto nodes, auto factors) { values(weight, nodes, factors); });
}

// Degrees first, then what else can be had for many nodes together. Then, node by node, what is
// closed to the node.
void FoldEvaluator::products(Node& node, std::span<const std::uint64_t> ids,
                             std::span<Matches> out) {
  if (ids.empty()) return;
  Product product(node, ids, out);
  if (node.is_impossible || !node.labels.empty() || node.condition) {
    product.restrict([&](std::uint64_t id) { return may_pass(node, id); });
  }
  for (Step& step : node.steps) {
    if (step.is_degree()) multiply(product, step);
  }
  for (Sum& weight : node.weights) {
    if (degree_of(weight) != nullptr) multiply(product, weight);
  }
  for (Step& step : node.steps) {
    if (!step.is_degree() && !step.looks_here) multiply(product, step);
  }
  for (Sum& weight : node.weights) {
    if (degree_of(weight) == nullptr) multiply(product, weight);
  }
  product.begin();
  if (node.ends.empty()) return;
  product.finish([&](auto nodes, auto factors) { closed_sums(node, nodes, factors); });
}

// The step whose degree is all that the weight looks at; null: there is more to it, or nothing.
FoldEvaluator::Step* FoldEvaluator::degree_of(Sum& sum) {
  if (sum.terms.size() != 1 || sum.terms[0].factor != 1) return nullptr;
  Node& root = *sum.terms[0].root;
  const bool is_step = root.labels.empty() && !root.is_impossible && !root.condition &&
                       root.ends.empty() && root.weights.empty() && root.steps.size() == 1;
  if (!is_step || !root.steps[0].is_degree() || root.steps[0].cursor == nullptr) return nullptr;
  return root.steps.data();
}

storage::DegreeFactor FoldEvaluator::degree_factor(plan::Weight::Kind kind) {
  switch (kind) {
    case plan::Weight::Kind::Times:
      return storage::DegreeFactor::Count;
    case plan::Weight::Kind::Optional:
      return storage::DegreeFactor::AtLeastOne;
    case plan::Weight::Kind::Exists:
      return storage::DegreeFactor::Any;
    case plan::Weight::Kind::Absent:
      return storage::DegreeFactor::None;
  }
  return storage::DegreeFactor::Count;
}

// Degrees alone.
bool FoldEvaluator::is_cheap(const Sum& sum) {
  return std::all_of(sum.terms.begin(), sum.terms.end(), [](const Sum::Term& term) {
    const Node& root = *term.root;
    return root.memo == nullptr && root.ends.empty() && root.weights.empty() && !root.condition &&
           std::all_of(root.steps.begin(), root.steps.end(),
                       [](const Step& step) { return step.is_degree(); });
  });
}

Matches FoldEvaluator::weight_of_null() const {
  const bool one =
      root_->kind == plan::Weight::Kind::Optional || root_->kind == plan::Weight::Kind::Absent;
  return one ? 1 : 0;
}

// Conditions of the node itself, and of the roots of its weights.
template <class Id>
void FoldEvaluator::learn(Node& node, std::span<const Id> ids) {
  if (node.condition) node.condition->learn(ids);
  for (Sum& sum : node.weights) {
    for (Sum::Term& term : sum.terms) learn(*term.root, ids);
  }
}

Matches FoldEvaluator::value(Sum& sum, std::uint64_t node) {
  Wide total = 0;
  for (Sum::Term& term : sum.terms) {
    const Matches matches = value(*term.root, node);
    if (matches == kTooMany && sum.terms.size() > 1) return finish(sum.kind, kTooMany);
    if (matches == 0 && &term == &sum.terms[0] && term.factor == 1) break;  // nor have the others
    total += static_cast<Wide>(matches) * term.factor;
  }
  KITH_ASSERT(total >= 0);
  return finish(sum.kind, static_cast<Matches>(std::min<Wide>(total, kTooMany)));
}

Matches FoldEvaluator::finish(plan::Weight::Kind kind, Matches total) {
  switch (kind) {
    case plan::Weight::Kind::Times:
      return total;
    case plan::Weight::Kind::Optional:
      return std::max<Matches>(total, 1);
    case plan::Weight::Kind::Exists:
      return total > 0 ? 1 : 0;
    case plan::Weight::Kind::Absent:
      return total > 0 ? 0 : 1;
  }
  return total;
}

Matches FoldEvaluator::value(Node& node, std::uint64_t id) {
  if (node.memo == nullptr) return product(node, id);
  Matches known = node.memo->find(id);
  if (known != WeightMemo::kUnknown) return known;
  known = product(node, id);
  node.memo->note(id, known);
  return known;
}

bool FoldEvaluator::has_labels(const Node& node, std::uint64_t id) const {
  if (node.is_impossible) return false;
  for (LabelTest* label : node.labels) {
    if (!label->has(id)) return false;
  }
  return true;
}

bool FoldEvaluator::may_pass(const Node& node, std::uint64_t id) const {
  return has_labels(node, id) && (!node.condition || node.condition->passes(id));
}

// Without its closings to nodes above.
Matches FoldEvaluator::product(Node& node, std::uint64_t id) {
  if (!may_pass(node, id)) return 0;
  Matches total = enter(node, id);
  for (Step& step : node.steps) {
    if (total == 0) return 0;
    total = product_of(total, sum(step, id));
  }
  for (Sum& weight : node.weights) {
    if (total == 0) return 0;
    total = product_of(total, value(weight, id));
  }
  return total;
}

// That pass its condition.
Matches FoldEvaluator::count_loops(Step& loops, std::uint64_t id) {
  Matches count = 0;
  loops.each_ends({&id, 1}, [&](std::size_t, auto ends) {
    const auto range = std::equal_range(ends.begin(), ends.end(), id);
    count += static_cast<Matches>(range.second - range.first);
  });
  return count;
}

// From now on closings to the node are about this one. What its own loops make of it.
Matches FoldEvaluator::enter(Node& node, std::uint64_t id, std::size_t place) {
  for (auto& ends : node.ends) ends->enter(id, place);
  ++node.entered;
  Matches total = 1;
  for (const Close& loop : node.loops) {
    const Matches count =
        loop.tested != nullptr ? count_loops(*loop.tested, id) : loop.ends->count(id);
    if (loop.kind == plan::Closing::Kind::Times) {
      total = product_of(total, count);
    } else if ((loop.kind == plan::Closing::Kind::Exists) != (count > 0)) {
      return 0;
    }
  }
  return total;
}

void FoldEvaluator::count_work(std::size_t looked_at) {
  work_ += looked_at;
  looked_at_ += looked_at;
  if (work_ < kWorkBetweenPolls) return;
  work_ = 0;
  execution_.poll();
}

Matches FoldEvaluator::sum(Step& step, std::uint64_t id) {
  Matches total = 0;
  if (step.memo == nullptr) {
    sum_lists(step, {&id, 1}, {&total, 1});
    return total;
  }
  const std::uint64_t time = step.looks_at->entered;
  total = step.memo->find(id, time, step.is_pushed && step.asked_at == time);
  if (total != WeightMemo::kUnknown) return total;
  if (step.back != nullptr && push(step)) return step.memo->find(id, time, true);
  const std::uint64_t before = looked_at_;
  sum_lists(step, {&id, 1}, {&total, 1});
  step.looked_at += looked_at_ - before;
  step.memo->note(id, time, total);
  return total;
}

void FoldEvaluator::sums(Step& step, std::span<const std::uint64_t> ids, std::span<Matches> out) {
  if (step.memo == nullptr) return sum_lists(step, ids, out);
  for (std::size_t i = 0; i < ids.size(); ++i) out[i] = sum(step, ids[i]);
}

void FoldEvaluator::sum_lists(Step& step, std::span<const std::uint64_t> ids,
                              std::span<Matches> out) {
  KITH_ASSERT(ids.size() == out.size());
  const bool none = step.cursor == nullptr || step.to->is_impossible;
  if (!none && step.is_degree()) return step.cursor->degrees(ids, out);
  std::fill(out.begin(), out.end(), 0);
  if (none) return;
  step.each_ends(ids, [&](std::size_t place, auto ends) {
    out[place] = sum_of(out[place], sum_list(step, ends));
  });
}

template <class Id>
bool FoldEvaluator::have_labels(const Node& node, std::span<const Id> ids) {
  return std::all_of(node.labels.begin(), node.labels.end(),
                     [&](LabelTest* label) { return label->have_all(ids.front(), ids.back()); });
}

template <class Id>
Matches FoldEvaluator::sum_list(Step& step, std::span<const Id> ids) {
  Node& to = *step.to;
  count_work(ids.size());
  if (to.is_label_alone() && have_labels(to, ids)) return ids.size();
  if (to.is_label_alone() && to.labels.size() == 1) return to.labels[0]->count(ids);
  if (!to.condition || have_labels(to, ids)) return sum_any(to, ids);
  // Nobody wants to know the condition of others, for which it may fail.
  to.labelled.clear();
  for (const Id id : ids) {
    if (has_labels(to, id)) to.labelled.push_back(id);
  }
  if (to.labelled.empty()) return 0;
  return sum_any(to, std::span<const std::uint64_t>(to.labelled));
}

template <class Id>
Matches FoldEvaluator::sum_any(Node& to, std::span<const Id> ids) {
  learn(to, ids);
  return to.is_closed() ? sum_closed(to, ids) : sum_open(to, ids);
}

// Where closings only forbid: a block at a time.
template <class Id>
Matches FoldEvaluator::sum_open(Node& to, std::span<const Id> ids) {
  constexpr std::size_t kBlock = 256;
  std::array<std::uint64_t, kBlock> block;
  const bool is_counted = to.is_one() && !to.condition && to.loops.empty() && to.memo == nullptr &&
                          have_labels(to, ids);
  if (is_counted && to.closings.size() == 1) return to.closings[0].ends->others(ids);
  if (to.memo != nullptr && to.closings.empty() && ids.size() <= kBlock) {
    const Matches known = to.memo->sum(ids);
    if (known != WeightMemo::kUnknown) return known;
  }
  Matches total = 0;
  for (std::size_t begin = 0; begin < ids.size(); begin += kBlock) {
    std::size_t count = std::min(kBlock, ids.size() - begin);
    std::copy_n(ids.begin() + static_cast<std::ptrdiff_t>(begin), count, block.begin());
    for (const Close& close : to.closings) count = close.ends->keep_others({block.data(), count});
    const std::span<const std::uint64_t> left(block.data(), count);
    if (is_counted) {
      total = sum_of(total, count);
      continue;
    }
    const Matches known = to.memo == nullptr ? WeightMemo::kUnknown : to.memo->sum(left);
    if (known != WeightMemo::kUnknown) {
      total = sum_of(total, known);
      continue;
    }
    if (to.memo == nullptr && !to.steps.empty()) look_ahead(to.steps[0], left);
    for (const std::uint64_t id : left) total = sum_of(total, value(to, id));
  }
  return total;
}

template <class Id>
Matches FoldEvaluator::sum_closed(Node& to, std::span<const Id> ids) {
  const Close& first = to.closings[0];
  const bool once = first.kind == plan::Closing::Kind::Exists;
  const bool is_free = have_labels(to, ids) && !to.condition && to.loops.empty();
  const bool is_plain = is_free && to.is_one();
  const bool is_step = is_free && to.memo == nullptr && to.ends.empty() && to.weights.empty() &&
                       to.steps.size() == 1;
  if (is_plain && to.closings.size() == 1) return first.ends->common(ids, once);
  if (is_step && to.narrows_ends) {
    first.ends->narrow([&](auto all) { look_ahead(to.steps[0], all); },
                       [&](std::uint64_t id) { return sum(to.steps[0], id); });
    if (first.ends->weigh_one()) return first.ends->common(ids, once);
  }
  Matches total = 0;
  first.ends->intersect(ids, [&](std::uint64_t id, Matches here, Matches there) {
    Matches matches = once ? there : product_of(here, there);
    for (std::size_t i = 1; i < to.closings.size() && matches > 0; ++i) {
      const Close& close = to.closings[i];
      const Matches count = close.ends->count(id);
      if (close.kind == plan::Closing::Kind::Times) {
        matches = product_of(matches, count);
      } else if ((close.kind == plan::Closing::Kind::Exists) != (count > 0)) {
        matches = 0;
      }
    }
    if (matches == 0) return;
    const Matches weight = is_step ? sum(to.steps[0], id) : value(to, id);
    total = sum_of(total, product_of(matches, weight));
  });
  return total;
}

// For fold_pairs.cpp.
template void FoldEvaluator::learn(Node&, std::span<const std::uint64_t>);
template Matches FoldEvaluator::sum_list(Step&, std::span<const std::uint32_t>);
template Matches FoldEvaluator::sum_list(Step&, std::span<const std::uint64_t>);

}  // namespace kith::exec
