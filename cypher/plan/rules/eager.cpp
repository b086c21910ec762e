// cypher/plan/rules/eager.cpp: barriers, so that each clause sees the graph that the clauses before
// it left, and nothing of what clauses after it do.
//
// Operators between two barriers run interleaved. Among them there must be no reader below a writer
// and no writer below a reader or another writer; the exceptions are CREATE and SET on top of a
// CREATE, which only make and change what is new to the row. A LIMIT must not stop a writer below
// it. An operator that takes all its input first (Sort, Aggregate) is a barrier itself.
#include "cypher/plan/rewrite.hpp"

namespace kith::plan::rule {

namespace {

// What has happened in the rows since the last barrier.
struct Open {
  bool reads = false;    // the graph
  bool creates = false;  // elements
  bool changes = false;  // any other write
  SlotSet plain = {};    // hold no nodes and relationships (barriers do not end this)
  bool writes() const { return creates || changes; }
};

// Made of values that hold no elements, so it holds none itself.
bool is_plain(const Expression& e, const SlotSet& plain) {
  return !has_subquery(e) && plain.contains_all(slots_of(e));
}

bool expressions_read(const Node& node, const SlotSet& plain) {
  bool reads = false;
  for_each_expression(node, [&](const ExpressionPtr& e) {
    reads = reads || (reads_graph(*e) && !is_plain(*e, plain));
  });
  return reads;
}

// The slots that the operator fills with plain values.
SlotSet makes_plain(const Node& node, const SlotSet& plain) {
  SlotSet made;
  const auto offer = [&](Slot slot, const Expression& value) {
    if (is_plain(value, plain)) made.insert(slot);
  };
  if (const auto* unwind = as<Unwind>(node)) offer(unwind->slot, *unwind->list);
  if (const auto* load = as<LoadCsv>(node))
    made.insert(SlotSet({load->slot, load->file, load->line}));
  if (const auto* project = as<Project>(node)) {
    for (const auto& item : project->items) offer(item.slot, *item.value);
  }
  if (const auto* aggregate = as<Aggregate>(node)) {
    for (const auto& key : aggregate->keys) offer(key.slot, *key.value);
  }
  return made;
}

// What the operator itself does, its inner side (a second child run for each row) included.
Open does(const Node& node, const SlotSet& plain) {
  Open own;
  own.reads = reads_store(node) || expressions_read(node, plain);
  own.creates = as<Create>(node) != nullptr;
  own.changes = writes(node) && !own.creates;
  if (has_inner(node)) {
    own.reads = own.reads || reads_anywhere(*node.children[1]);
    own.changes = own.changes || writes_anywhere(*node.children[1]);
  }
  own.plain = makes_plain(node, plain);
  return own;
}

bool needs_barrier(const Node& node, const Open& below, const Open& own) {
  if (as<Eager>(node) != nullptr || as<Produce>(node) != nullptr) return false;
  if (as<Limit>(node) != nullptr) return below.writes();
  if (own.reads && below.writes()) return true;
  if (own.writes() && below.reads) return true;
  if (!own.writes() || !below.writes()) return false;
  const bool gentle = as<Create>(node) != nullptr || as<Set>(node) != nullptr;
  return below.changes || !gentle;
}

Open merged(Open a, const Open& b) {
  a.reads |= b.reads;
  a.creates |= b.creates;
  a.changes |= b.changes;
  a.plain.insert(b.plain);
  return a;
}

Open visit(Node& node) {
  Open below;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Open child = visit(*node.children[i]);
    if (i == 0 || as<Union>(node) != nullptr) {
      below = merged(below, child);
    } else {  // an inner side counts as the operator's own doing; a join's second ends first (P3)
      below.plain.insert(child.plain);
    }
  }
  const Open own = does(node, below.plain);
  if (needs_barrier(node, below, own)) {
    put_above(node.children[0], Eager{});
    for (std::size_t i = 1; as<Union>(node) != nullptr && i < node.children.size(); ++i) {
      put_above(node.children[i], Eager{});
    }
    below = Open{.plain = std::move(below.plain)};
  }
  const Open open = merged(below, own);
  return is_blocking(node) ? Open{.plain = open.plain} : open;
}

}  // namespace

void eager(NodePtr& root, RuleContext& context) {
  static_cast<void>(context);
  visit(*root);
}

}  // namespace kith::plan::rule
