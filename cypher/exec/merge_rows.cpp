// cypher/exec/merge_rows.cpp: see merge_rows.hpp.
#include "cypher/exec/merge_rows.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "core/compare.hpp"
#include "core/hash.hpp"
#include "cypher/bind/walk.hpp"
#include "cypher/exec/writing.hpp"

namespace kith::exec {

namespace {

// M2: of elements the expression uses the merged node alone, and of that only properties.
bool reads_only_own(const bound::Expression& expression, Slot own, bool blind) {
  std::size_t seen = 0, properties = 0;
  const bool other = bound::any_in(expression, [&](const bound::Expression& e) {
    if (const auto* variable = std::get_if<bound::Variable>(&e.node)) {
      if (variable->slot != own) return !blind && e.types.overlaps(kMayHoldElements);
      ++seen;
    } else if (const auto* property = std::get_if<bound::Property>(&e.node)) {
      const auto* subject = std::get_if<bound::Variable>(&property->subject->node);
      properties += subject != nullptr && subject->slot == own ? 1 : 0;
    }
    return std::holds_alternative<bound::Subquery>(e.node);
  });
  return !other && seen == properties;
}

bool sets_own_only(const std::vector<plan::SetItem>& items, const std::set<std::string>& pattern,
                   Slot own, bool blind) {
  return std::all_of(items.begin(), items.end(), [&](const plan::SetItem& item) {
    const auto* subject = std::get_if<bound::Variable>(&item.subject->node);
    return item.kind == plan::SetItem::Kind::Property && !item.dynamic_key && subject != nullptr &&
           subject->slot == own && pattern.count(item.key) == 0 &&
           reads_only_own(*item.value, own, blind);
  });
}

}  // namespace

bool may_merge_at_once(const plan::Node& node, const plan::Merge& op) {
  if (op.create.nodes.size() != 1 || !op.create.relationships.empty()) return false;
  const plan::CreateNode& made = op.create.nodes.front();
  if (!made.dynamic_labels.empty() || !made.properties) return false;
  const auto* map = std::get_if<bound::Map>(&made.properties->node);
  if (map == nullptr || map->entries.empty() || PatternCreator::refers_to_itself(op.create))
    return false;
  // What the match gives beside the node and what the row had before is nothing.
  const auto& live = node.children.at(1)->live;
  const bool finds_more = std::any_of(live.begin(), live.end(), [&](Slot slot) {
    return slot != made.slot &&
           std::find(op.imports.begin(), op.imports.end(), slot) == op.imports.end();
  });
  if (finds_more) return false;
  std::set<std::string> keys, changed;
  for (const auto& [key, value] : map->entries) keys.insert(key);
  const bool blind = is_blind(*node.children.at(0));
  for (const auto* items : {&op.on_create, &op.on_match}) {
    if (!sets_own_only(*items, keys, made.slot, blind)) return false;
    for (const plan::SetItem& item : *items) changed.insert(item.key);
  }
  return std::none_of(map->entries.begin(), map->entries.end(), [&](const auto& entry) {
    return !blind && reads_changes(*entry.second, changed, false);
  });
}

void EqualRows::begin(std::span<const Cell> values, std::size_t width) {
  values_ = values;
  width_ = width;
  by_hash_.clear();
}

std::uint32_t EqualRows::first_like(std::uint32_t row) {
  std::uint64_t all = 0;
  for (const Cell& value : of(row)) all = combine_hashes(all, hash(value));
  const auto [begin, end] = by_hash_.equal_range(all);
  for (auto at = begin; at != end; ++at) {
    const bool same =
        std::equal(of(row).begin(), of(row).end(), of(at->second).begin(),
                   [](const Cell& a, const Cell& b) { return equals(a, b) == Truth::True; });
    if (same) return at->second;
  }
  by_hash_.emplace(all, row);
  return row;
}

}  // namespace kith::exec
