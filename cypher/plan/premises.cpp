// cypher/plan/premises.cpp: looking at premises again.
#include "cypher/plan/premises.hpp"

#include <algorithm>
#include <cmath>

#include "core/assert.hpp"
#include "cypher/plan/statistics.hpp"
#include "storage/index.hpp"

namespace kith::plan {

namespace {

std::uint64_t count_now(const CountPremise& premise, const storage::View& view) {
  if (premise.of_nodes) {
    const auto label = view.catalog().find_label(premise.name);
    return label ? view.node_count(*label) : 0;
  }
  const auto type = view.catalog().find_type(premise.name);
  return type ? view.relationship_count(*type) : 0;
}

// A constant's value, or that of an open literal; null: there is none.
const Cell* value_of(const bound::ExpressionPtr& e, std::span<const Cell> literals, Cell& room) {
  if (e == nullptr) return nullptr;
  if (const auto* constant = std::get_if<bound::Constant>(&e->node)) return &constant->value.cell();
  const auto* literal = std::get_if<bound::Parameter>(&e->node);
  KITH_ASSERT(literal != nullptr && literal->is_literal());
  room = value_of_literal(*literal, literals);
  return &room;
}

bool holds(const RangePremise& premise, const storage::View& view, std::span<const Cell> literals) {
  Cell lower, upper, prefix;
  const ConstantRange range{.lower = value_of(premise.lower, literals, lower),
                            .upper = value_of(premise.upper, literals, upper),
                            .prefix = value_of(premise.prefix, literals, prefix),
                            .lower_inclusive = premise.lower_inclusive,
                            .upper_inclusive = premise.upper_inclusive};
  if (premise.sample) {
    return share_class(premise.sample->share(range, premise.of_all)) == premise.share_class;
  }
  const storage::IndexDef* index = view.schema().find_index(premise.index);
  if (index == nullptr) return false;
  const auto share = share_of_range(view, *index, range);
  return share && share_class(*share) == premise.share_class;
}

}  // namespace

bool far_apart(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kSmall = 100, kTimes = 10;  // counts below kSmall are alike
  a = std::max(a, kSmall);
  b = std::max(b, kSmall);
  return a / kTimes > b || b / kTimes > a;
}

// Powers of ten, from the whole to a millionth.
int share_class(double share) {
  return static_cast<int>(std::lround(-std::log10(std::clamp(share, 1e-6, 1.0))));
}

// Powers of four.
int size_class(std::size_t items) {
  int size = 0;
  for (; items >= 4; items /= 4) ++size;
  return size;
}

bool hold_for_data(const Premises& premises, const storage::View& view) {
  return std::none_of(premises.counts.begin(), premises.counts.end(), [&](const auto& premise) {
    return far_apart(premise.count, count_now(premise, view));
  });
}

bool hold_for_literals(const Premises& premises, const storage::View& view,
                       std::span<const Cell> literals) {
  for (const ItemsPremise& premise : premises.items) {
    const auto& list = std::get<bound::Parameter>(premise.list->node);
    const Cell value = value_of_literal(list, literals);
    if (value.kind != Kind::List || size_class(value.items().size()) != premise.size_class)
      return false;
  }
  return std::all_of(premises.ranges.begin(), premises.ranges.end(),
                     [&](const auto& premise) { return holds(premise, view, literals); });
}

Cell value_of_literal(const bound::Parameter& literal, std::span<const Cell> literals) {
  KITH_ASSERT(literal.literal < literals.size());
  Cell value = literals[literal.literal];
  if (!literal.negated) return value;
  KITH_ASSERT(value.is_number());
  if (value.kind == Kind::Float) {
    value.real = -value.real;
  } else {
    value.integer = -value.integer;  // it has no sign
  }
  return value;
}

}  // namespace kith::plan
