// cypher/exec/lower.cpp: a line for each plan node; and how plans inside plans get their rows.
#include "cypher/exec/lower.hpp"

#include <algorithm>
#include <chrono>

#include "cypher/bind/walk.hpp"
#include "cypher/exec/kept_rows.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/writing.hpp"
#include "cypher/plan/expressions.hpp"

namespace kith::exec {

namespace {

OperatorPtr make_operator(const plan::Node& node, const Lowering& lowering) {
  return std::visit(
      Overload{
          [&](const plan::Unit&) { return make_unit(lowering); },
          [&](const plan::Argument&) { return make_argument(lowering); },
          [&](const plan::NodeScan& op) { return make_scan(node, op, lowering); },
          [&](const plan::RelationshipScan& op) { return make_scan(node, op, lowering); },
          [&](const plan::StoreCount& op) { return make_store_count(op, lowering); },
          [&](const plan::NodeById& op) { return make_by_id(node, op, lowering); },
          [&](const plan::RelationshipById& op) { return make_by_id(node, op, lowering); },
          [&](const plan::IndexSeek& op) { return make_index_seek(node, op, lowering); },
          [&](const plan::Expand& op) { return make_expand(node, op, lowering); },
          [&](const plan::ExpandBound& op) { return make_expand_bound(node, op, lowering); },
          [&](const plan::VarExpand& op) {
            return op.each_end_once ? make_expand_reach(node, op, lowering)
                                    : make_expand_var(node, op, lowering);
          },
          [&](const plan::ShortestPath& op) { return make_shortest_path(node, op, lowering); },
          [&](const plan::PathExpand& op) {
            return op.path.selector ? make_stateful_shortest_path(node, op, lowering)
                                    : make_repeat(node, op, lowering);
          },
          [&](const plan::Intersect& op) { return make_intersect(node, op, lowering); },
          [&](const plan::Sieve& op) { return make_sieve(node, op, lowering); },
          [&](const plan::Select& op) { return make_filter(node, op, lowering); },
          [&](const plan::Project& op) { return make_project(node, op, lowering); },
          [&](const plan::Unwind& op) { return make_unwind(node, op, lowering); },
          [&](const plan::CallProcedure& op) { return make_call_procedure(node, op, lowering); },
          [&](const plan::LoadCsv& op) { return make_load_csv(node, op, lowering); },
          [&](const plan::Fold& op) { return make_fold(node, op, lowering); },
          [&](const plan::Aggregate& op) { return make_aggregate(node, op, lowering); },
          [&](const plan::Distinct& op) { return make_distinct(node, op, lowering); },
          [&](const plan::Sort& op) { return make_sort(node, op, lowering); },
          [&](const plan::Top& op) { return make_top(node, op, lowering); },
          [&](const plan::Limit& op) { return make_limit(node, op, lowering); },
          [&](const plan::Eager&) { return make_eager(node, lowering); },
          [&](const plan::Produce&) {
            return make_gather(*node.children.at(0), lowering_of_inputs(node, lowering));
          },
          [&](const plan::CartesianProduct&) { return make_cartesian_product(node, lowering); },
          [&](const plan::HashJoin& op) { return make_hash_join(node, op, lowering); },
          [&](const plan::Apply& op) { return make_apply(node, op, lowering); },
          [&](const plan::CallInTransactions& op) {
            return make_call_in_transactions(node, op, lowering);
          },
          [&](const plan::Union& op) { return make_union(node, op, lowering); },
          [&](const plan::Create& op) { return make_create(node, op, lowering); },
          [&](const plan::Set& op) { return make_set(node, op, lowering); },
          [&](const plan::Delete& op) { return make_delete(node, op, lowering); },
          [&](const plan::Merge& op) { return make_merge(node, op, lowering); },
          [&](const plan::Foreach& op) { return make_foreach(node, op, lowering); },
          [&](const plan::SchemaCommand& op) { return make_schema_command(op, lowering); },
      },
      node.op);
}

// Counts rows and time for PROFILE; the time of the operators below is in it.
class ProfiledOperator final : public Streaming {
 public:
  ProfiledOperator(OperatorPtr inner, Execution::Profile& profile)
      : Streaming(std::move(inner)), profile_(profile) {}

  void open() override {
    const auto start = std::chrono::steady_clock::now();
    input_->open();
    add_time(start);
  }
  bool next(Batch& out) override {
    const auto start = std::chrono::steady_clock::now();
    const bool more = input_->next(out);
    add_time(start);
    if (more) profile_.rows.fetch_add(out.rows, std::memory_order_relaxed);
    return more;
  }

 private:
  void add_time(std::chrono::steady_clock::time_point start) {
    const auto spent = std::chrono::steady_clock::now() - start;
    profile_.nanoseconds.fetch_add(
        static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::nanoseconds>(spent).count()),
        std::memory_order_relaxed);
  }

  Execution::Profile& profile_;
};

template <class T>
bool is(const plan::Node& node) {
  return std::holds_alternative<T>(node.op);
}

bool fans_out(const plan::Node& node) {
  return is<plan::Expand>(node) || is<plan::VarExpand>(node) || is<plan::ShortestPath>(node) ||
         is<plan::PathExpand>(node) || is<plan::Intersect>(node) ||
         is<plan::CartesianProduct>(node) || is<plan::HashJoin>(node) || is<plan::Apply>(node) ||
         is<plan::Fold>(node);
}

// The step that a fold looks at last, and most at.
Fan fan_of(const plan::Fold& fold) {
  if (fold.of.terms.empty() || fold.of.terms[0].root.steps.empty()) return {};
  const plan::WeightStep& step = fold.of.terms[0].root.steps.back();
  return {fold.node, &step.types, step.direction};
}

// A scan, filtered perhaps, of so little that it would be one morsel, or a few. What is done with
// its rows may still be worth sharing.
bool is_small_scan(const plan::Node& node, const Lowering& lowering) {
  const Execution& execution = lowering.execution();
  if (!lowering.shared || lowering.limited || execution.threads < 2) return false;
  if (is<plan::Select>(node) || is<plan::Project>(node))
    return is_small_scan(*node.children.at(0), lowering);
  const auto& view = execution.view;
  std::uint64_t count = 0;
  if (const auto* nodes = std::get_if<plan::NodeScan>(&node.op)) {
    count = view.node_count();
    for (const auto& name : nodes->labels) {
      const auto label = view.catalog().find_label(name);
      count = std::min(count, label ? view.node_count(*label) : 0);
    }
  } else if (const auto* scan = std::get_if<plan::RelationshipScan>(&node.op)) {
    const auto type = scan->type ? view.catalog().find_type(*scan->type) : std::nullopt;
    count = !scan->type ? view.relationship_count() : type ? view.relationship_count(*type) : 0;
  } else {
    return false;
  }
  constexpr std::uint64_t kFewMorsels = 4;
  return count < kFewMorsels * execution.morsel_work();
}

}  // namespace

OperatorPtr lower(const plan::Node& node, const Lowering& lowering) {
  OperatorPtr result = make_operator(node, lowering);
  Execution& execution = lowering.execution();
  // The effects of an inner plan take place whatever reads the rows, and after the outer rows.
  if (is<plan::Apply>(node) && writes(*node.children.at(1))) {
    result = make_drained(std::move(result), node.live, execution);
  }
  if (!execution.profile) return result;
  return std::make_unique<ProfiledOperator>(std::move(result), execution.profile_of(node.id));
}

namespace {

// The same whatever the order of the rows is. Of 1 and 1.0 either may be the least; sums are exact
// enough (exact_sum.hpp).
bool is_of_any_order(const bound::AggregateCall& call) {
  const bool may_fail = std::ranges::any_of(call.arguments, [](const auto& argument) {
    return plan::can_fail(*argument) || plan::is_volatile(*argument);
  });
  if (may_fail) return false;
  const auto name = call.function->name;
  if (name == "count") return true;
  if (name == "sum" || name == "avg") return !call.distinct;
  return (name == "min" || name == "max") &&
         call.arguments[0]->types.is_only(TypeSet::of(Kind::Integer) | plan::kNullType);
}

// Whether nobody can tell in which order the rows of the input came. Not so if one of them may
// fail, as it is seen which does, or has something random.
bool loses_order(const plan::Node& node, const Lowering& lowering) {
  if (const auto* aggregate = std::get_if<plan::Aggregate>(&node.op)) {
    return aggregate->keys.empty() && std::ranges::all_of(aggregate->calls, is_of_any_order);
  }
  if (!lowering.any_order) return false;
  if (const auto* select = std::get_if<plan::Select>(&node.op)) {
    return std::ranges::none_of(select->conjuncts, [](const auto& e) {
      return plan::condition_can_fail(*e) || plan::is_volatile(*e);
    });
  }
  const auto* project = std::get_if<plan::Project>(&node.op);
  return project != nullptr && std::ranges::none_of(project->items, [](const auto& item) {
           return plan::can_fail(*item.value) || plan::is_volatile(*item.value);
         });
}

}  // namespace

Lowering lowering_of_inputs(const plan::Node& node, const Lowering& lowering) {
  Lowering inputs = lowering;
  if (const auto* expand = std::get_if<plan::Expand>(&node.op)) {
    inputs.fan = {expand->from, &expand->types, expand->direction};
  } else if (const auto* fold = std::get_if<plan::Fold>(&node.op)) {
    if (const Fan fan = fan_of(*fold); fan.types != nullptr) inputs.fan = fan;
  } else if (!is<plan::Select>(node) && !is<plan::Project>(node) && !is<plan::Sieve>(node)) {
    inputs.fan = {};
  }
  inputs.zones = zone_tests_below(node, lowering.zones);
  inputs.any_order = loses_order(node, lowering);
  inputs.gathered = lowering.gathered && (is<plan::Select>(node) || is<plan::Project>(node));
  inputs.fans_out =
      fans_out(node) || (lowering.fans_out && (is<plan::Select>(node) || is<plan::Project>(node)));
  const bool blocks = is<plan::Aggregate>(node) || is<plan::Sort>(node) || is<plan::Top>(node) ||
                      is<plan::Eager>(node);
  if (is<plan::Limit>(node)) inputs.limited = true;
  if (blocks) inputs.limited = false;
  return inputs;
}

OperatorPtr lower_input(const plan::Node& node, const Lowering& lowering, std::size_t child) {
  const plan::Node& below = *node.children.at(child);
  const Lowering inner = lowering_of_inputs(node, lowering);
  OperatorPtr input = fans_out(node) && is_small_scan(below, inner) ? make_spread(below, inner)
                                                                    : lower(below, inner);
  const bool runs_a_write_inside = is<plan::Apply>(node) && writes(*node.children.at(1));
  if (!runs_a_write_inside) return input;
  return make_drained(std::move(input), node.children[child]->live, lowering.execution());
}

namespace {

// What looks at all rows that come of an outer row before it gives one.
bool computes(const plan::Node& node) {
  return is<plan::Aggregate>(node) || is<plan::Distinct>(node) || is<plan::Sort>(node) ||
         is<plan::Top>(node);
}

// A sieve serves one outer row.
bool has_sieve(const plan::Node& node) {
  if (is<plan::Sieve>(node)) return true;
  return std::ranges::any_of(node.children, [](const auto& child) { return has_sieve(*child); });
}

// LIMIT of rows that were computed is the same work for one outer row or many; others it may stop.
bool limits_computed(const plan::Node& node) {
  if (!is<plan::Limit>(node)) return false;
  const plan::Node* below = node.children.at(0).get();
  while (is<plan::Project>(*below) || is<plan::Select>(*below)) below = below->children[0].get();
  return computes(*below) && !is<plan::Distinct>(*below);
}

// Whether anything computes on the way to the Argument.
bool computes_somewhere(const plan::Node& node) {
  if (computes(node) || is<plan::Union>(node)) return true;
  return !node.children.empty() && computes_somewhere(*node.children[0]);
}

}  // namespace

bool may_run_batched(const plan::Node& node) {
  if (is<plan::Argument>(node)) return true;
  if (computes(node)) return may_run_batched(*node.children.at(0)) && !has_sieve(node);
  if (is<plan::Union>(node)) {
    return std::ranges::all_of(node.children,
                               [](const auto& child) { return may_run_batched(*child); });
  }
  if (limits_computed(node)) return may_run_batched(*node.children.at(0));
  const bool streams =
      is<plan::Expand>(node) || is<plan::ExpandBound>(node) || is<plan::VarExpand>(node) ||
      is<plan::ShortestPath>(node) || is<plan::PathExpand>(node) || is<plan::Intersect>(node) ||
      is<plan::Sieve>(node) || is<plan::Select>(node) || is<plan::Project>(node) ||
      is<plan::Unwind>(node) || is<plan::LoadCsv>(node) || is<plan::Fold>(node) ||
      is<plan::NodeById>(node) || is<plan::RelationshipById>(node) || is<plan::IndexSeek>(node);
  if (streams) return may_run_batched(*node.children.at(0));
  if (is<plan::Apply>(node)) {
    return may_run_batched(*node.children.at(0)) && !writes(*node.children.at(1));
  }
  if (is<plan::CartesianProduct>(node) || is<plan::HashJoin>(node)) {
    return may_run_batched(*node.children.at(0)) && !reads_argument(*node.children.at(1)) &&
           !writes(*node.children.at(1));
  }
  return false;
}

bool reads_argument(const plan::Node& node) {
  if (is<plan::Argument>(node)) return true;
  // What an Apply runs inside has an Argument of its own.
  const bool has_inner = is<plan::Apply>(node) || is<plan::CallInTransactions>(node) ||
                         is<plan::Merge>(node) || is<plan::Foreach>(node);
  const std::size_t own = has_inner ? 1 : node.children.size();
  for (std::size_t i = 0; i < own; ++i) {
    if (reads_argument(*node.children[i])) return true;
  }
  return false;
}

InnerPlan lower_inner(const plan::Node& node, const Lowering& outer, const std::uint64_t* as_of) {
  InnerPlan inner;
  inner.argument = std::make_unique<ArgumentRows>();
  // Where few outer rows may be wanted, not all of a batch are computed.
  inner.batched = may_run_batched(node) && !(outer.limited && computes_somewhere(node));
  Lowering lowering;
  lowering.worker = outer.worker;
  lowering.shared = false;
  lowering.argument = inner.argument.get();
  lowering.as_of = as_of;
  if (inner.batched) {
    inner.ordinal = outer.execution().slot_of_node(node.id);
    lowering.carried.push_back(inner.ordinal);
  }
  inner.root = lower(node, lowering);
  return inner;
}

void ArgumentRows::count_to(std::uint32_t rows) {
  if (index_.size() >= rows && numbers_.rows() >= rows) return;
  index_.resize(rows);
  numbers_.reset(VectorType::Integer, rows);
  for (std::uint32_t i = 0; i < rows; ++i) {
    index_[i] = i;
    numbers_.data<std::int64_t>()[i] = i;
  }
}

void ArgumentRows::set_all(const Batch& outer, Slot ordinal) {
  count_to(outer.rows);
  rows_.columns = outer.columns;
  if (rows_.columns.size() <= ordinal) rows_.columns.resize(ordinal + 1);
  rows_.rows = outer.rows;
  rows_.set(ordinal, numbers_);
}

void ArgumentRows::set_row(const Batch& outer, std::uint32_t row) {
  count_to(outer.rows);
  rows_.columns = outer.columns;
  rows_.rows = 1;
  for (Column& column : rows_.columns) {
    if (!column.is_set() || column.constant) continue;
    column.index = (column.index == nullptr ? index_.data() : column.index) + row;
  }
}

void ArgumentRows::set(Slot slot, const Vector& values) {
  if (rows_.columns.size() <= slot) rows_.columns.resize(slot + 1);
  rows_.set(slot, values);
}

Carry::Carry(const plan::Node& node, const Lowering& lowering) : wanted_(node.live) {
  for (const Slot slot : lowering.carried) {
    if (std::find(wanted_.begin(), wanted_.end(), slot) == wanted_.end()) wanted_.push_back(slot);
  }
}

std::span<const Slot> Carry::of(const Batch& in) {
  present_.clear();
  for (const Slot slot : wanted_) {
    if (slot < in.columns.size() && in.columns[slot].is_set()) present_.push_back(slot);
  }
  return present_;
}

void Carry::pass(const Batch& in, Batch& out) {
  out.columns.assign(in.columns.size(), Column{});
  for (const Slot slot : of(in)) out.columns[slot] = in.columns[slot];
  out.rows = in.rows;
  out.sequence = in.sequence;
}

}  // namespace kith::exec
