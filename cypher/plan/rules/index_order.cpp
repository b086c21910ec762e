// cypher/plan/rules/index_order.cpp: rows that an index gives in the order wanted are not sorted.
//
// ORDER BY n.k over a scan of n's label, or over a seek in an index, becomes a scan of the index in
// its order, if all between hands rows on in the order they came. A LIMIT then stops the scan.
#include <algorithm>
#include <map>

#include "core/assert.hpp"
#include "cypher/plan/rewrite.hpp"

namespace kith::plan::rule {

namespace {

using Order = IndexSeek::Order;

// Where the rows of a Sort come from.
struct Source {
  NodePtr* leaf = nullptr;
  std::map<Slot, ExpressionPtr> values;  // of projections in between
  bool widens = false;                   // a row of the leaf may become many
};

// The items' values, and those of items above in terms of them.
void note_values(const Project& project, std::map<Slot, ExpressionPtr>& values) {
  for (const auto& item : project.items) {
    for (auto& [slot, value] : values) {
      const bool uses = slots_of(*value).contains(item.slot) && !has_subquery(*value);
      if (uses) value = substitute(value, {{item.slot, item.value}});
    }
    values.emplace(item.slot, item.value);
  }
}

// Follows operators that keep the order of their (first) input.
Source source_of(NodePtr& input) {
  Source source;
  NodePtr* at = &input;
  while (true) {
    Node& node = **at;
    if (const auto* project = as<Project>(node)) {
      note_values(*project, source.values);
    } else if (as<Expand>(node) != nullptr || as<VarExpand>(node) != nullptr ||
               as<PathExpand>(node) != nullptr || as<Apply>(node) != nullptr ||
               as<Unwind>(node) != nullptr) {
      source.widens = true;
    } else if (as<Select>(node) == nullptr) {
      break;
    }
    at = &node.children[0];
  }
  const auto* seek = as<IndexSeek>(**at);
  const bool is_leaf = as<NodeScan>(**at) != nullptr || as<RelationshipScan>(**at) != nullptr ||
                       (seek != nullptr && as<Unit>(*(*at)->children[0]) != nullptr);
  if (is_leaf) source.leaf = at;
  return source;
}

// The keys of `element` that the rows are to be ordered by, all in one direction; nothing if
// anything else is asked for.
struct Wanted {
  std::vector<std::string> keys;
  std::vector<bool> ascending;
};
std::optional<Wanted> wanted_of(const Sort& sort, const Source& source, Slot element) {
  Wanted wanted;
  for (const auto& key : sort.keys) {
    ExpressionPtr value = key.value;
    if (const auto* name = as_variable(*value)) {
      const auto found = source.values.find(name->slot);
      if (found != source.values.end()) value = found->second;
    }
    const auto* property = std::get_if<bound::Property>(&value->node);
    const auto* owner = property == nullptr ? nullptr : as_variable(*property->subject);
    if (owner == nullptr || owner->slot != element) return std::nullopt;
    wanted.keys.push_back(property->key);
    wanted.ascending.push_back(key.ascending);
  }
  return wanted;
}

// How an index that fixes the first `equal` of `keys` has to be read; nothing if it cannot serve.
std::optional<Order> order_by(const std::vector<std::string>& keys, std::size_t equal,
                              const Wanted& wanted) {
  Order order = Order::Any;
  std::size_t at = equal;
  for (std::size_t i = 0; i < wanted.keys.size(); ++i) {
    const auto fixed = keys.begin() + static_cast<std::ptrdiff_t>(equal);
    if (std::find(keys.begin(), fixed, wanted.keys[i]) != fixed) continue;  // always the same
    if (at == keys.size() || keys[at] != wanted.keys[i]) return std::nullopt;
    const Order here = wanted.ascending[i] ? Order::Ascending : Order::Descending;
    if (order != Order::Any && order != here) return std::nullopt;
    order = here;
    ++at;
  }
  return order;
}

bool order_seek(IndexSeek& seek, const Wanted& wanted) {
  if (seek.both_ways) return false;
  const auto is_list = [](const IndexSeek::Value& value) { return value.any_of; };
  const auto list = std::find_if(seek.equal.begin(), seek.equal.end(), is_list);
  const auto order =
      order_by(seek.keys, static_cast<std::size_t>(list - seek.equal.begin()), wanted);
  if (!order) return false;
  if (*order != Order::Any) seek.order = *order;
  return true;
}

// What a scan of one label or type reads.
struct Scanned {
  ElementKind on;
  std::string token;
  Slot element;
};
std::optional<Scanned> scanned_by(const Node& leaf) {
  if (const auto* scan = as<NodeScan>(leaf)) {
    if (scan->labels.size() != 1) return std::nullopt;
    return Scanned{ElementKind::Node, scan->labels[0], scan->node};
  }
  const auto* scan = as<RelationshipScan>(leaf);
  if (scan == nullptr || !scan->type) return std::nullopt;
  return Scanned{ElementKind::Relationship, *scan->type, scan->relationship};
}

// The scan as one of an index in the order wanted.
std::optional<IndexSeek> ordered_scan(const Node& leaf, const Scanned& scanned,
                                      const Wanted& wanted, const Statistics& statistics) {
  for (const IndexFacts& index : statistics.indexes()) {
    if (index.on != scanned.on || index.token != scanned.token) continue;
    const auto order = order_by(index.keys, 0, wanted);
    if (!order || *order == Order::Any) continue;
    const bool all_there = std::all_of(index.keys.begin(), index.keys.end(), [&](const auto& key) {
      return statistics.is_always_there(index.on, index.token, key);
    });
    if (!all_there && index.keys.size() > 1) continue;
    IndexSeek seek;
    seek.index = index.name;
    seek.unique = index.unique;
    seek.on = index.on;
    seek.token = index.token;
    seek.keys = index.keys;
    seek.element = scanned.element;
    seek.order = *order;
    seek.with_absent = !all_there;
    if (const auto* scan = as<RelationshipScan>(leaf)) {
      seek.start = scan->start;
      seek.end = scan->end;
    }
    return seek;
  }
  return std::nullopt;
}

// Whether the rows below the sort come in its order by now.
bool serve(const Sort& sort, NodePtr& input, bool is_cut, const Statistics& statistics) {
  Source source = source_of(input);
  if (source.leaf == nullptr) return false;
  Node& leaf = **source.leaf;
  if (auto* seek = as<IndexSeek>(leaf)) {
    const auto wanted = wanted_of(sort, source, seek->element);
    return wanted && seek->order == Order::Any && order_seek(*seek, *wanted);
  }
  const auto scanned = scanned_by(leaf);
  // What follows a scan may be shared between threads; what follows an index is not.
  if (!scanned || (source.widens && !is_cut)) return false;
  const auto wanted = wanted_of(sort, source, scanned->element);
  auto seek = wanted ? ordered_scan(leaf, *scanned, *wanted, statistics) : std::nullopt;
  if (!seek) return false;
  *source.leaf = make_node(*std::move(seek), leaf.rows, make_node(Unit{}, 1));
  return true;
}

void visit(NodePtr& node, bool is_cut, const Statistics& statistics) {
  const auto* limit = as<Limit>(*node);
  const bool cuts =
      (limit != nullptr && limit->limit != nullptr) || (is_cut && as<Project>(*node) != nullptr);
  for (auto& child : node->children) visit(child, cuts, statistics);
  const auto* sort = as<Sort>(*node);
  if (sort == nullptr || !serve(*sort, node->children[0], is_cut, statistics)) return;
  NodePtr input = std::move(node->children[0]);
  node = std::move(input);
}

}  // namespace

void index_order(NodePtr& root, RuleContext& context) {
  if (context.context.statistics.indexes().empty()) return;
  visit(root, false, context.context.statistics);
}

}  // namespace kith::plan::rule
