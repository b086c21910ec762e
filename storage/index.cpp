// storage/index.cpp: the tree of the base and the delta of the root, read as one.
#include "storage/index.hpp"

#include <algorithm>
#include <utility>

#include "core/assert.hpp"
#include "core/hash.hpp"
#include "storage/delta/index_upkeep.hpp"
#include "storage/delta/lookup.hpp"
#include "storage/index/range.hpp"
#include "storage/index_lookups.hpp"

namespace kith::storage {

namespace {

constexpr std::uint64_t kSampledEntries = 1000;
// Above every entry: no type begins so.
constexpr std::string_view kAbove = "\xff";

const IndexState& state_of(const Root& root, const IndexDef& index) {
  const IndexState* state = root.index_state(index.id);
  KITH_ASSERT(state && root.is_online(*state));
  return *state;
}

// Entries of the delta in a range, net, about.
std::int64_t net_of(const IndexDelta& delta, std::string_view low, std::string_view high) {
  if (delta.empty()) return 0;
  const double share =
      static_cast<double>(delta.rank(high) - delta.rank(low)) / static_cast<double>(delta.size());
  return static_cast<std::int64_t>(share * static_cast<double>(delta.balance()));
}

std::uint64_t sum(std::uint64_t entries, std::int64_t net) {
  const auto all = static_cast<std::int64_t>(entries) + net;
  return all > 0 ? static_cast<std::uint64_t>(all) : 0;
}

// From the first entries.
std::uint64_t distinct_of(const IndexDelta& delta) {
  std::uint64_t seen = 0, distinct = 0;
  std::string last;
  IndexDelta::Cursor at(delta);
  for (at.seek_first(); at.valid() && seen < kSampledEntries; at.next()) {
    if (!at.present()) continue;
    const std::string_view key = key_of_entry(at.entry());
    if (seen++ == 0 || key != last) ++distinct;
    last = key;
  }
  const auto present = static_cast<std::uint64_t>(std::max<std::int64_t>(delta.balance(), 0));
  return seen == 0 ? 0 : std::max(distinct, present * distinct / seen);
}

}  // namespace

std::uint64_t plan_version(const View& view) {
  std::uint64_t online = 0;
  for (const IndexState& index : view.root().indexes())
    online += view.root().is_online(index) ? 1 : 0;
  return combine_hashes(view.schema().version(), online);
}

bool is_online(const View& view, const IndexDef& index) {
  const IndexState* state = view.root().index_state(index.id);
  return state && view.root().is_online(*state);
}

struct IndexCursor::State {
  State(View v, const IndexDef& i, IndexOrder o)
      : view(std::move(v)),
        index(i),
        descending(o == IndexOrder::Descending),
        tree(view.root().base().index_tree(i.id)),
        delta(state_of(view.root(), i).delta),
        edition(view.root().edition()) {}

  void begin(const KeyBounds& wanted) {
    done = wanted.nothing || (wanted.has_high && wanted.low >= wanted.high);
    group.clear();
    placed = placed && !std::exchange(exact, false);
    if (done) return;
    passed.swap(high);
    entry_bounds(wanted, low, high);
    if (high.empty()) high = kAbove;
    if (placed && !descending && low >= passed) return go_on_to(low);
    position(descending ? high : low);
  }

  // For the entries of one whole key, which are those that begin with it (K2).
  void begin_exact(std::string_view key) {
    KITH_ASSERT(!descending && !is_cut(key));
    done = false;
    group.clear();
    const bool passed_all = placed && exact && low < key;
    exact = true;
    low = key;
    passed_all ? go_on_to(low) : position(low);
  }

  // As position(), where nothing from there on was read and the cursors stand at the first entries
  // that were not: lookups in ascending order rarely have to descend the trees.
  void go_on_to(std::string_view from) {
    if (tree.valid() && tree.entry() < from) tree.seek(from);
    if (delta.valid() && delta.entry() < from) delta.next();
    if (delta.valid() && delta.entry() < from) delta.seek(from);
  }

  // Ascending: to the first entry from there on; descending: to the last before it.
  void position(std::string_view from) {
    placed = true;
    if (descending) {
      tree.seek_before(from);
      delta.seek_before(from);
    } else {
      tree.seek(from);
      delta.seek(from);
    }
  }

  // A running transaction changed something since.
  void catch_up() {
    const Root& root = view.root();
    if (root.edition() == edition) return;
    edition = root.edition();
    const IndexDelta& changed = state_of(root, index).delta;
    delta = IndexDelta::Cursor(changed);
    if (together) together->follow(changed);
    placed = false;
    if (!done && (looking ? active : true)) position(resume);
  }

  std::size_t fill_exact(std::span<std::uint64_t> out) {
    std::size_t count = 0;
    while (count < out.size()) {
      const bool in_tree = tree.valid() && tree.entry().starts_with(low);
      const bool in_delta = delta.valid() && delta.entry().starts_with(low);
      if (!in_tree && !in_delta) {
        done = true;
        return count;
      }
      const bool changed = in_delta && (!in_tree || delta.entry() <= tree.entry());
      const std::uint64_t id = id_of_entry(changed ? delta.entry() : tree.entry());
      if (!changed || delta.present()) out[count++] = id;
      if (!changed || (in_tree && tree.entry() == delta.entry())) tree.next();
      if (changed) delta.next();
    }
    remember();
    return count;
  }

  // Where to go on after a change of the view.
  void remember() {
    if (!tree.valid() && !delta.valid()) {
      done = true;
      return;
    }
    std::string_view next;
    if (tree.valid()) next = tree.entry();
    if (delta.valid()) {
      const bool first =
          !tree.valid() || (descending ? delta.entry() > next : delta.entry() < next);
      if (first) next = delta.entry();
    }
    resume = next;
    if (descending) resume.push_back('\0');  // just above it
  }

  std::size_t fill(std::span<std::uint64_t> out) {
    std::size_t count = 0;
    while (count < out.size()) {
      if (!group.empty()) {
        out[count++] = group.back();
        group.pop_back();
      } else if (done) {
        break;
      } else {
        count += descending ? step_down(out.subspan(count)) : step_up(out.subspan(count));
      }
    }
    if (!done) remember();
    return count;
  }

  bool slow() const {
    return bounds.compare_lists || (tree.valid() && tree.among_cut()) ||
           (delta.valid() && is_cut(key_of_entry(delta.entry())));
  }

  // Some ids, perhaps none yet.
  std::size_t step_up(std::span<std::uint64_t> out) {
    if (slow()) return collect_group();
    const bool changed = delta.valid() && delta.entry() < high;
    const std::string_view limit = changed ? delta.entry() : std::string_view(high);
    if (tree.valid())
      if (const std::size_t count = tree.take_below(limit, out)) return count;
    if (!changed) {
      done = true;
      return 0;
    }
    if (tree.valid() && tree.entry() == limit) tree.next();
    const bool present = delta.present();
    out[0] = id_of_entry(limit);
    delta.next();
    return present ? 1 : 0;
  }

  std::size_t step_down(std::span<std::uint64_t> out) {
    if (slow()) return collect_group();
    const bool changed = delta.valid() && delta.entry() >= low;
    limit_.assign(changed ? delta.entry() : std::string_view(low));
    if (changed) limit_.push_back('\0');  // the tree's entries above that of the delta
    if (tree.valid())
      if (const std::size_t count = tree.take_down_to(limit_, out)) return count;
    if (!changed) {
      done = true;
      return 0;
    }
    if (tree.valid() && tree.entry() == delta.entry()) tree.previous();
    const bool present = delta.present();
    out[0] = id_of_entry(delta.entry());
    delta.previous();
    return present ? 1 : 0;
  }

  void move_tree() { descending ? tree.previous() : tree.next(); }
  void move_delta() { descending ? delta.previous() : delta.next(); }

  // The next entry of both, whatever the bounds.
  bool peek_merged(std::string& entry) {
    for (;;) {
      if (!tree.valid() && !delta.valid()) return false;
      if (!delta.valid()) {
        entry = tree.entry();
        return true;
      }
      if (tree.valid()) {
        const std::string_view here = tree.entry();
        const bool tree_first = descending ? here > delta.entry() : here < delta.entry();
        if (tree_first) {
          entry = here;
          return true;
        }
        if (here == delta.entry()) move_tree();  // the delta says how it is
      }
      if (delta.present()) {
        entry = delta.entry();
        return true;
      }
      move_delta();
    }
  }
  void skip(std::string_view entry) {
    if (delta.valid() && delta.entry() == entry) return move_delta();
    KITH_ASSERT(tree.valid() && tree.entry() == entry);
    move_tree();
  }

  // The entries of the next key, as they order by their whole keys; those that are not meant are
  // left out. Goes to `group`, the first one last.
  std::size_t collect_group() {
    std::string entry;
    if (!peek_merged(entry) || (descending ? entry < low : entry >= high)) {
      done = true;
      return 0;
    }
    const std::string key(key_of_entry(entry));
    std::vector<std::pair<std::string, std::uint64_t>> found;
    do {
      const std::uint64_t id = id_of_entry(entry);
      skip(entry);
      add_if_meant(key, id, found);
    } while (peek_merged(entry) && key_of_entry(entry) == key);
    std::sort(found.begin(), found.end());
    if (!descending) std::reverse(found.begin(), found.end());
    for (const auto& [whole, id] : found) group.push_back(id);
    return 0;
  }

  void add_if_meant(const std::string& key, std::uint64_t id,
                    std::vector<std::pair<std::string, std::uint64_t>>& found) {
    const Root& root = view.root();
    arena.reset();
    if (bounds.compare_lists) {
      const KeyId compared = index.keys[range.equal.size()];
      const Cell value = index.token.on == ElementKind::Node
                             ? property(root, NodeId{id}, compared, arena)
                             : property(root, RelationshipId{id}, compared, arena);
      if (!within(range, value)) return;
    }
    if (!is_cut(key)) return static_cast<void>(found.emplace_back(key, id));
    auto whole = index_key_of(root, index.token.on, id, index.keys, arena, SIZE_MAX);
    if (whole && bounds.contains(*whole)) found.emplace_back(std::move(*whole), id);
  }

  // --- many lookups

  std::size_t matches(std::size_t limit, std::uint32_t* out_rows, std::uint64_t* ids) {
    std::size_t count = 0;
    while (count < limit) {
      if (!active && together)
        count += together->take(row, limit - count, out_rows + count, ids + count);
      if (count == limit || (!active && !begin_row())) break;
      const std::span<std::uint64_t> rest(ids + count, limit - count);
      const std::size_t more = exact ? fill_exact(rest) : fill(rest);
      std::fill_n(out_rows + count, more, row);
      count += more;
      if (!done || !group.empty()) break;  // the limit is reached
      active = false;
      ++row;
    }
    return count;
  }

  // The first row from this one on whose values can be found; false: there is none.
  bool begin_row() {
    for (; row < rows; ++row) {
      values.clear();
      for (const auto& column : columns) values.push_back(column[row]);
      bounds.low.clear();
      if (!equal_key(values, bounds.low)) continue;
      if (together && !is_cut(bounds.low)) {
        active = true;
        begin_exact(bounds.low);
        return true;
      }
      bounds.high = bounds.low;
      bounds.has_high = next_after_prefix(bounds.high);
      bounds.nothing = bounds.compare_lists = false;
      active = true;
      begin(bounds);
      return true;
    }
    return false;
  }

  const View view;
  const IndexDef index;
  const bool descending;
  IndexTree::Cursor tree;
  IndexDelta::Cursor delta;
  std::uint64_t edition;

  KeyBounds bounds;
  IndexRange range;
  std::string low, high;  // of entries
  std::string passed;     // the high of the range before
  bool placed = false;    // the cursors are where it was read to, or before it
  bool exact = false;     // what was begun last is the one key in `low`
  std::string resume, limit_;
  bool done = true;
  std::vector<std::uint64_t> group;
  Arena arena;

  std::vector<std::span<const Cell>> columns;
  std::vector<Cell> values;
  std::uint32_t row = 0, rows = 0;
  bool looking = false;
  bool active = false;                   // a lookup goes on
  std::optional<IndexLookups> together;  // if they are of whole keys
};

IndexCursor::IndexCursor(View view, const IndexDef& index, IndexOrder order)
    : state_(std::make_unique<State>(std::move(view), index, order)) {}
IndexCursor::~IndexCursor() = default;
IndexCursor::IndexCursor(IndexCursor&&) noexcept = default;
IndexCursor& IndexCursor::operator=(IndexCursor&&) noexcept = default;

void IndexCursor::seek(const IndexRange& range) {
  State& s = *state_;
  KITH_ASSERT(range.equal.size() <= s.index.keys.size());
  s.done = true;
  s.catch_up();
  s.looking = false;
  s.range = range;
  bounds_of(range, s.bounds);
  s.begin(s.bounds);
}

std::size_t IndexCursor::next(std::span<std::uint64_t> out) {
  KITH_ASSERT(!state_->looking);
  state_->catch_up();
  return state_->fill(out);
}

void IndexCursor::begin_lookups(std::span<const std::span<const Cell>> columns,
                                std::uint32_t rows) {
  State& s = *state_;
  KITH_ASSERT(!columns.empty() && columns.size() <= s.index.keys.size());
  s.done = true;
  s.catch_up();
  s.looking = true;
  s.columns.assign(columns.begin(), columns.end());
  s.row = 0;
  s.rows = rows;
  s.active = false;
  s.group.clear();
  if (s.descending || columns.size() < s.index.keys.size()) {
    s.together.reset();
    return;
  }
  if (!s.together)
    s.together.emplace(s.view.root().base().index_tree(s.index.id),
                       state_of(s.view.root(), s.index).delta);
  s.together->begin(s.columns, rows);
}

std::size_t IndexCursor::next_matches(std::size_t limit, std::uint32_t* rows, std::uint64_t* ids) {
  KITH_ASSERT(state_->looking);
  state_->catch_up();
  return state_->matches(limit, rows, ids);
}

IndexStatistics index_statistics(const View& view, const IndexDef& index) {
  const Root& root = view.root();
  const IndexDelta& delta = state_of(root, index).delta;
  const IndexTree* tree = root.base().index_tree(index.id);
  IndexStatistics found;
  found.entries = sum(tree ? tree->entries() : 0, delta.balance());
  // New keys are taken to repeat as those that are there do.
  found.distinct = tree && tree->entries() > 0 ? tree->distinct() * found.entries / tree->entries()
                                               : distinct_of(delta);
  if (found.entries > 0) found.distinct = std::max<std::uint64_t>(found.distinct, 1);
  found.distinct = std::min(found.distinct, found.entries);
  return found;
}

std::uint64_t estimate_entries(const View& view, const IndexDef& index, const IndexRange& range) {
  KeyBounds bounds;
  bounds_of(range, bounds);
  if (bounds.nothing || (bounds.has_high && bounds.low >= bounds.high)) return 0;
  std::string low, high;
  entry_bounds(bounds, low, high);
  if (high.empty()) high = kAbove;
  const Root& root = view.root();
  const IndexTree* tree = root.base().index_tree(index.id);
  const std::uint64_t entries = tree ? tree->rank(high) - tree->rank(low) : 0;
  return sum(entries, net_of(state_of(root, index).delta, low, high));
}

IndexBounds index_bounds(const View& view, const IndexDef& index, Arena& arena) {
  const auto end = [&](IndexOrder order) {
    IndexCursor cursor(view, index, order);
    cursor.seek({});
    std::uint64_t id = 0;
    if (cursor.next({&id, 1}) == 0) return Cell::null();
    return index.token.on == ElementKind::Node
               ? view.property(NodeId{id}, index.keys.front(), arena)
               : view.property(RelationshipId{id}, index.keys.front(), arena);
  };
  return {end(IndexOrder::Ascending), end(IndexOrder::Descending)};
}

}  // namespace kith::storage
