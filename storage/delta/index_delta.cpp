// storage/delta/index_delta.cpp: finding, adding, walking.
#include "storage/delta/index_delta.hpp"

#include <algorithm>
#include <unordered_set>

namespace kith::storage {

// A node that became too full, cut in two.
struct IndexDelta::Split {
  Ref<Node> right;  // none: it was not cut
  std::string low;
};

std::size_t IndexDelta::Node::child_for(std::string_view entry) const {
  const auto after =
      std::upper_bound(lows.begin() + 1, lows.end(), entry,
                       [](std::string_view a, const std::string& b) { return a < b; });
  return static_cast<std::size_t>(after - lows.begin()) - 1;
}

std::size_t IndexDelta::Node::place_of(std::string_view entry) const {
  const auto at =
      std::lower_bound(entries.begin(), entries.end(), entry,
                       [](const Entry& a, std::string_view b) { return a.bytes() < b; });
  return static_cast<std::size_t>(at - entries.begin());
}

std::optional<bool> IndexDelta::find(std::string_view entry) const {
  const Node* node = top_.get();
  if (!node) return std::nullopt;
  while (!node->is_leaf()) node = node->children[node->child_for(entry)].get();
  const std::size_t place = node->place_of(entry);
  if (place == node->entries.size() || node->entries[place].bytes() != entry) return std::nullopt;
  return node->entries[place].present();
}

std::uint64_t IndexDelta::rank(std::string_view bound) const {
  const Node* node = top_.get();
  if (!node) return 0;
  std::uint64_t below = 0;
  while (!node->is_leaf()) {
    const std::size_t child = node->child_for(bound);
    for (std::size_t i = 0; i < child; ++i) below += node->children[i]->size;
    node = node->children[child].get();
  }
  return below + node->place_of(bound);
}

IndexDelta::Node& IndexDelta::own(Ref<Node>& link, Owner owner) {
  if (link->owner() != owner) link = Ref<Node>(new Node(*link, owner));
  KITH_ASSERT(link->sole());  // N2
  return *link;
}

void IndexDelta::set(std::string_view entry, bool present, Owner owner) {
  if (!top_) top_ = Ref<Node>(new Node(owner));
  if (append({&entry, 1}, present, owner) > 0) return;
  Split split;
  insert(top_, entry, present, owner, split);
  if (!split.right) return;
  Ref<Node> above(new Node(owner));
  above->size = size_;
  above->lows = {"", std::move(split.low)};
  above->children.push_back(std::move(top_));
  above->children.push_back(std::move(split.right));
  KITH_ASSERT(above->children[0]->size + above->children[1]->size == size_);
  top_ = std::move(above);
}

void IndexDelta::set_all(std::span<const std::string_view> entries, bool present, Owner owner) {
  KITH_ASSERT(std::is_sorted(entries.begin(), entries.end()));
  while (!entries.empty()) {
    std::size_t done = top_ ? append(entries, present, owner) : 0;
    if (done == 0) set(entries[done++], present, owner);
    entries = entries.subspan(done);
  }
}

// At the very end, where the last leaf has room and all on the way are the owner's: with one
// comparison, however many there are. How many of them it took; they ascend.
std::size_t IndexDelta::append(std::span<const std::string_view> entries, bool present,
                               Owner owner) {
  Node* node = top_.get();
  for (; !node->is_leaf(); node = node->children.back().get())
    if (node->owner() != owner) return 0;
  const bool after = node->owner() == owner && !node->entries.empty() &&
                     node->entries.size() < kFan && node->entries.back().bytes() < entries.front();
  if (!after) return 0;
  KITH_ASSERT(node->sole());  // N2
  const std::size_t count = std::min(entries.size(), kFan - node->entries.size());
  for (const std::string_view entry : entries.first(count)) {
    KITH_ASSERT(node->entries.back().bytes() < entry);
    node->entries.emplace_back(entry, present);
  }
  for (Node* above = top_.get(); above != node; above = above->children.back().get())
    above->size += count;
  node->size += count;
  size_ += count;
  present_ += present ? count : 0;
  return count;
}

void IndexDelta::insert(Ref<Node>& link, std::string_view entry, bool present, Owner owner,
                        Split& split) {
  Node& node = own(link, owner);
  const std::uint64_t before = size_;
  if (node.is_leaf()) {
    insert_in_leaf(node, entry, present);
  } else {
    const std::size_t child = node.child_for(entry);
    Split below;
    insert(node.children[child], entry, present, owner, below);
    if (below.right) {
      const auto place = static_cast<std::ptrdiff_t>(child) + 1;
      node.lows.insert(node.lows.begin() + place, std::move(below.low));
      node.children.insert(node.children.begin() + place, std::move(below.right));
    }
  }
  node.size += size_ - before;
  if (node.count() <= kFan) return;
  // What comes in ascending order leaves full nodes behind.
  const bool at_end = node.is_leaf() && node.entries.back().bytes() == entry;
  split_node(node, at_end ? kFan : node.count() - node.count() / 2, owner, split);
}

void IndexDelta::insert_in_leaf(Node& leaf, std::string_view entry, bool present) {
  const std::size_t place = leaf.place_of(entry);
  if (place < leaf.entries.size() && leaf.entries[place].bytes() == entry) {
    Entry& old = leaf.entries[place];
    present_ -= old.present() ? 1 : 0;
    old.set_present(present);
  } else {
    leaf.entries.insert(leaf.entries.begin() + static_cast<std::ptrdiff_t>(place),
                        Entry(entry, present));
    ++size_;
  }
  present_ += present ? 1 : 0;
}

void IndexDelta::split_node(Node& node, std::size_t kept, Owner owner, Split& split) {
  KITH_ASSERT(kept > 0 && kept < node.count());
  split.right = Ref<Node>(new Node(owner));
  Node& right = *split.right;
  const auto from = static_cast<std::ptrdiff_t>(kept);
  if (node.is_leaf()) {
    if (kept == kFan) right.entries.reserve(kFan + 1);  // it will be filled, and cut, like this one
    right.entries.assign(std::make_move_iterator(node.entries.begin() + from),
                         std::make_move_iterator(node.entries.end()));
    node.entries.erase(node.entries.begin() + from, node.entries.end());
    right.size = right.entries.size();
    split.low = right.entries.front().bytes();
  } else {
    right.children.assign(std::make_move_iterator(node.children.begin() + from),
                          std::make_move_iterator(node.children.end()));
    right.lows.assign(std::make_move_iterator(node.lows.begin() + from),
                      std::make_move_iterator(node.lows.end()));
    node.children.resize(kept);
    node.lows.resize(kept);
    split.low = std::exchange(right.lows.front(), std::string());
    for (const Ref<Node>& child : right.children) right.size += child->size;
  }
  KITH_ASSERT(node.size > right.size);
  node.size -= right.size;
}

IndexDelta IndexDelta::without(const IndexDelta& frozen, Owner owner) const {
  std::unordered_set<const Node*> merged;  // leaves that are the same in both
  Cursor was(frozen);
  for (was.seek_first(); was.valid(); was.skip_leaf()) merged.insert(was.leaf());
  IndexDelta left;
  Cursor now(*this);
  now.seek_first();
  while (now.valid()) {
    if (merged.contains(now.leaf())) {
      now.skip_leaf();
      continue;
    }
    const std::optional<bool> before = frozen.find(now.entry());
    if (!before || *before != now.present()) left.set(now.entry(), now.present(), owner);
    now.next();
  }
  return left;
}

void IndexDelta::Cursor::descend(const Node* node, bool first) {
  for (;;) {
    if (node->count() == 0) {  // only a top without entries
      depth_ = 0;
      return;
    }
    push(node, first ? 0 : node->count() - 1);
    if (node->is_leaf()) return;
    node = node->children[path_[depth_ - 1].place].get();
  }
}

void IndexDelta::Cursor::seek_first() {
  depth_ = 0;
  if (top_) descend(top_, true);
}

void IndexDelta::Cursor::seek_last() {
  depth_ = 0;
  if (top_) descend(top_, false);
}

void IndexDelta::Cursor::seek(std::string_view bound) {
  depth_ = 0;
  const Node* node = top_;
  if (!node) return;
  for (; !node->is_leaf(); node = node->children[path_[depth_ - 1].place].get())
    push(node, node->child_for(bound));
  push(node, node->place_of(bound));
  if (path_[depth_ - 1].place < node->entries.size()) return;
  if (node->entries.empty()) {
    depth_ = 0;
    return;
  }
  --path_[depth_ - 1].place;
  next();
}

void IndexDelta::Cursor::seek_before(std::string_view bound) {
  seek(bound);
  valid() ? previous() : seek_last();
}

void IndexDelta::Cursor::next() {
  KITH_ASSERT(valid());
  while (depth_ > 0 && path_[depth_ - 1].place + 1 == path_[depth_ - 1].node->count()) --depth_;
  if (depth_ == 0) return;
  Step& step = path_[depth_ - 1];
  ++step.place;
  if (!step.node->is_leaf()) descend(step.node->children[step.place].get(), true);
}

void IndexDelta::Cursor::previous() {
  KITH_ASSERT(valid());
  while (depth_ > 0 && path_[depth_ - 1].place == 0) --depth_;
  if (depth_ == 0) return;
  Step& step = path_[depth_ - 1];
  --step.place;
  if (!step.node->is_leaf()) descend(step.node->children[step.place].get(), false);
}

}  // namespace kith::storage
