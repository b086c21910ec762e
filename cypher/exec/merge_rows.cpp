// cypher/exec/merge_rows.cpp: see merge_rows.hpp.
#include "cypher/exec/merge_rows.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "core/compare.hpp"
#include "core/hash.hpp"
#include "cypher/bind/walk.hpp"
#include "cypher/exec/writing.hpp"
#include "cypher/plan/tree.hpp"

namespace kith::exec {

namespace {

// M2: of elements the expression uses the merged one alone, and of that only properties.
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

struct Pattern {
  MergedElement element;
  const bound::Map* properties;  // may be null
};

bool runs_either_way(const plan::Node& match, Slot relationship) {
  bool found = false;
  plan::for_each_node(match, [&](const plan::Node& node) {
    std::visit(
        [&](const auto& op) {
          if constexpr (requires { op.relationship, op.direction; })
            found |= op.relationship == relationship && op.direction == Direction::Both;
        },
        node.op);
  });
  return found;
}

// M1, but for what is set.
std::optional<Pattern> one_element(const plan::Node& match, const plan::Create& made) {
  if (made.nodes.size() + made.relationships.size() != 1 || PatternCreator::refers_to_itself(made))
    return std::nullopt;
  const auto pattern = [](MergedElement element, const bound::ExpressionPtr& properties) {
    const bound::Map* map = properties ? std::get_if<bound::Map>(&properties->node) : nullptr;
    const bool fits = map ? !map->entries.empty() : element.type != VectorType::Node && !properties;
    return fits ? std::optional(Pattern{element, map}) : std::nullopt;
  };
  if (!made.nodes.empty()) {
    const plan::CreateNode& node = made.nodes.front();
    if (!node.dynamic_labels.empty()) return std::nullopt;
    return pattern({node.slot, VectorType::Node}, node.properties);
  }
  const plan::CreateRelationship& relationship = made.relationships.front();
  if (relationship.dynamic_type) return std::nullopt;
  const Slot slot = relationship.slot;
  return pattern({slot, VectorType::Relationship, runs_either_way(match, slot)},
                 relationship.properties);
}

}  // namespace

std::optional<MergedElement> merged_at_once(const plan::Node& node, const plan::Merge& op) {
  const plan::Node& match = *node.children.at(1);
  const std::optional<Pattern> pattern = one_element(match, op.create);
  if (!pattern) return std::nullopt;
  const Slot own = pattern->element.slot;
  // What the match gives beside the element and what the row had before is nothing.
  const bool finds_more = std::any_of(match.live.begin(), match.live.end(), [&](Slot slot) {
    return slot != own && std::find(op.imports.begin(), op.imports.end(), slot) == op.imports.end();
  });
  if (finds_more) return std::nullopt;
  static const bound::Map kNone;
  const auto& entries = (pattern->properties ? *pattern->properties : kNone).entries;
  std::set<std::string> keys, changed;
  for (const auto& [key, value] : entries) keys.insert(key);
  const bool blind = is_blind(*node.children.at(0));
  for (const auto* items : {&op.on_create, &op.on_match}) {
    if (!sets_own_only(*items, keys, own, blind)) return std::nullopt;
    for (const plan::SetItem& item : *items) changed.insert(item.key);
  }
  const bool reads_what_is_set = std::any_of(
      entries.begin(), entries.end(),
      [&](const auto& entry) { return !blind && reads_changes(*entry.second, changed, false); });
  return reads_what_is_set ? std::nullopt : std::optional(pattern->element);
}

void EqualRows::clear() {
  arena_.reset();
  values_.clear();
  places_ = 0;
  by_hash_.clear();
  reserved_.clear();
}

std::uint32_t EqualRows::place_of(std::span<const Cell> row) {
  std::uint64_t all = 0;
  for (const Cell& value : row) all = combine_hashes(all, hash(value));
  const auto [begin, end] = by_hash_.equal_range(all);
  for (auto at = begin; at != end; ++at) {
    const bool same =
        std::equal(row.begin(), row.end(), values_.data() + at->second * row.size(),
                   [](const Cell& a, const Cell& b) { return equals(a, b) == Truth::True; });
    if (same) return at->second;
  }
  for (const Cell& value : row) values_.push_back(copy_into(arena_, value));
  by_hash_.emplace(all, places_);
  constexpr std::size_t kHashed = 5 * sizeof(std::uint64_t);  // a place in by_hash_
  reserved_.grow_to(values_.capacity() * sizeof(Cell) + by_hash_.size() * kHashed);
  return places_++;
}

}  // namespace kith::exec
