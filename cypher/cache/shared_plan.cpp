// cypher/cache/shared_plan.cpp: which texts a plan serves, and what it is called in them.
#include "cypher/cache/shared_plan.hpp"

#include <algorithm>
#include <utility>

#include "core/assert.hpp"
#include "core/text.hpp"
#include "cypher/exec/rerun.hpp"
#include "cypher/explain.hpp"
#include "cypher/parse/source.hpp"
#include "cypher/parse/unparse.hpp"
#include "cypher/plan/statistics.hpp"
#include "cypher/plan/tree.hpp"
#include "cypher/prepare.hpp"

namespace kith::cypher {

namespace {

bool calls_procedure(const plan::Node& node) {
  bool found = false;
  plan::for_each_node(node, [&](const plan::Node& each) {
    found = found || std::holds_alternative<plan::CallProcedure>(each.op);
  });
  return found;
}

// Memory of what is allocated one by one: the allocator's part is in it.
constexpr std::uint64_t kPerExpression = sizeof(bound::Expression) + 48;
constexpr std::uint64_t kPerNode = sizeof(plan::Node) + 128;  // with its vectors

std::uint64_t bytes_of(const plan::Node& root);

std::uint64_t bytes_of(const bound::Expression& e) {
  std::uint64_t bytes = kPerExpression;
  if (const auto* constant = std::get_if<bound::Constant>(&e.node)) {
    bytes += constant->value.heap_bytes();
  } else if (const auto* literal = std::get_if<bound::Parameter>(&e.node)) {
    bytes += literal->planned.heap_bytes() + literal->name.size();
  } else if (const auto* subquery = std::get_if<bound::Subquery>(&e.node)) {
    if (subquery->plan) bytes += 2 * bytes_of(*subquery->plan);  // and its bound query
  }
  bound::for_each_child(e, [&](const auto& child) { bytes += bytes_of(*child); });
  return bytes;
}

std::uint64_t bytes_of(const plan::Node& root) {
  std::uint64_t bytes = 0;
  plan::for_each_node(root, [&](const plan::Node& node) {
    bytes += kPerNode + node.live.size() * sizeof(Slot);
    plan::for_each_expression(node, [&](const auto& e) { bytes += bytes_of(*e); });
  });
  return bytes;
}

// Of their samples; those of two premises may be one.
std::uint64_t bytes_of(const plan::Premises& premises) {
  std::uint64_t bytes = 0;
  for (const plan::RangePremise& premise : premises.ranges) {
    if (!premise.sample) continue;
    for (const OwnedCell& value : premise.sample->values) {
      bytes += sizeof(OwnedCell) + value.heap_bytes();
    }
  }
  return bytes;
}

// The byte that a position says; a line or column beyond the text is its end.
std::size_t byte_of(std::string_view text, Position at) {
  KITH_ASSERT(at.line > 0 && at.column > 0);
  std::size_t begin = 0;
  for (std::uint32_t line = 1; line < at.line; ++line) {
    const std::size_t newline = text.find('\n', begin);
    if (newline == std::string_view::npos) return text.size();
    begin = newline + 1;
  }
  return begin + byte_of_code_point(text.substr(begin), at.column - 1);
}

}  // namespace

GraphState GraphState::of(const storage::View& view) {
  return {plan::access_version(view), view.node_count(), view.relationship_count()};
}

bool GraphState::is_far_from(const GraphState& other) const {
  return schema != other.schema || plan::far_apart(nodes, other.nodes) ||
         plan::far_apart(relationships, other.relationships);
}

// ---- SharedPlan

SharedPlan::SharedPlan(Parts parts)
    : parts_(std::move(parts)),
      calls_procedures_(calls_procedure(*plan().root)),
      may_run_again_(mode() == ast::Query::Mode::Run && exec::may_run_again(plan())),
      cursors_kept_(exec::cursors_kept(plan())) {
  const auto& candidates = planned().candidates();
  KITH_ASSERT(open().size() == candidates.size());
  for (const bound::Column& column : parts_.columns) {
    names_.push_back(column.name);
    if (!column.name_at) continue;
    const std::size_t begin = *column.name_at, end = begin + column.name.size();
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const bool inside = candidates[i].begin >= begin && candidates[i].end <= end;
      names_vary_ = names_vary_ || (open()[i] && inside);
    }
  }
  if (mode() == ast::Query::Mode::Explain) {
    names_ = {"plan"};
    names_vary_ = false;
  }
  bytes_ = sizeof(*this) + planned().bytes() + bytes_of(*plan().root) + bytes_of(plan().premises);
}

bool SharedPlan::serves(const Fingerprint& text) const {
  if (!text.has_shape_of(planned())) return false;
  for (std::size_t i = 0; i < open().size(); ++i) {
    if (open()[i]) continue;
    if (text.spelling(text.candidates()[i]) != planned().spelling(planned().candidates()[i])) {
      return false;
    }
  }
  return true;
}

bool SharedPlan::is_current(const storage::View& view) const {
  return !state().is_far_from(GraphState::of(view)) && plan::hold_for_data(plan().premises, view);
}

std::vector<std::string> SharedPlan::names_in(const Fingerprint& text) const {
  KITH_ASSERT(names_.size() == parts_.columns.size());
  std::vector<std::string> names = names_;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bound::Column& column = parts_.columns[i];
    if (!column.name_at) continue;
    const std::size_t begin = text.place_of(planned(), *column.name_at);
    const std::size_t end = text.place_of(planned(), *column.name_at + column.name.size());
    names[i] = text.text().substr(begin, end - begin);
  }
  return names;
}

// ---- PreparedStatement

PreparedStatement::PreparedStatement(std::shared_ptr<const SharedPlan> plan,
                                     std::shared_ptr<const Fingerprint> text)
    : plan_(std::move(plan)), text_(std::move(text)) {
  if (plan_->names_vary() && text_.get() != &plan_->planned()) {
    own_names_ = plan_->names_in(*text_);
  }
}

const std::vector<std::string>& PreparedStatement::columns() const {
  return own_names_.empty() ? plan_->names() : own_names_;
}

StatementType PreparedStatement::type() const {
  if (plan().changes_schema) return StatementType::Schema;
  if (!plan().writes) return StatementType::Read;
  return plan().reads ? StatementType::ReadWrite : StatementType::Write;
}

std::string PreparedStatement::describe(std::string_view stage) const {
  if (stage == "ast") return unparse(parse(text()));
  return to_text(cypher::describe(*plan().root, plan().slots));
}

std::vector<Notification> PreparedStatement::notifications(const storage::View& view) const {
  auto made = cypher::notifications(plan_->notices(), view);
  for (Notification& notification : made) notification.at = here(notification.at);
  return made;
}

Position PreparedStatement::here(Position planned) const {
  if (planned.line == 0 || text_.get() == &plan_->planned()) return planned;
  const std::size_t there = byte_of(plan_->planned().text(), planned);
  return position_of(text(), text_->place_of(plan_->planned(), there));
}

}  // namespace kith::cypher
