// storage/constraints/unique.cpp: elements that agree in all keys.
#include <algorithm>
#include <unordered_map>

#include "core/assert.hpp"
#include "core/compare.hpp"
#include "core/hash.hpp"
#include "storage/constraints/check.hpp"
#include "storage/constraints/scan.hpp"
#include "storage/constraints/why.hpp"
#include "storage/cursor.hpp"
#include "storage/delta/root.hpp"
#include "storage/index.hpp"
#include "storage/index/key.hpp"
#include "storage/index/tree.hpp"

namespace kith::storage {

namespace {

// The values under all keys, for batches of elements.
class KeyReader {
 public:
  KeyReader(const View& view, const ConstraintDef& constraint) {
    for (const KeyId key : constraint.keys)
      columns_.push_back(std::make_unique<Keys>(view, constraint.token.on, key));
  }
  void read(std::span<const std::uint64_t> ids) {
    for (const auto& column : columns_) column->reader.read(ids, nullptr, column->values);
  }
  // False if one of them is absent.
  bool row(std::uint32_t row, std::vector<Cell>& out) const {
    out.clear();
    for (const auto& column : columns_) {
      if (!column->values.valid(row)) return false;
      out.push_back(column->values.cell(row));
    }
    return true;
  }

 private:
  struct Keys {
    Keys(const View& view, ElementKind on, KeyId key) : reader(view, on, key) {}
    PropertyReader reader;
    Vector values;
  };
  std::vector<std::unique_ptr<Keys>> columns_;
};

// Values of some elements, found by `=`: what has a NaN in it is equal to nothing.
class KnownValues {
 public:
  // The element that has them already, or nothing if they are new.
  std::optional<std::uint64_t> add(std::span<const Cell> values, std::uint64_t id) {
    if (const auto found = find(values)) return found;
    std::vector<Cell> kept;
    for (const Cell& value : values) kept.push_back(copy_into(arena_, value));
    by_hash_.emplace(hash_of(values), Entry{std::move(kept), id});
    return std::nullopt;
  }
  std::optional<std::uint64_t> find(std::span<const Cell> values) const {
    const auto [begin, end] = by_hash_.equal_range(hash_of(values));
    for (auto at = begin; at != end; ++at)
      if (std::equal(values.begin(), values.end(), at->second.values.begin(), are_equal))
        return at->second.id;
    return std::nullopt;
  }

 private:
  struct Entry {
    std::vector<Cell> values;
    std::uint64_t id;
  };
  static bool are_equal(const Cell& a, const Cell& b) { return equals(a, b) == Truth::True; }
  static std::uint64_t hash_of(std::span<const Cell> values) {
    std::uint64_t all = 0;
    for (const Cell& value : values) all = combine_hashes(all, hash(value));
    return all;
  }
  std::unordered_multimap<std::uint64_t, Entry> by_hash_;
  Arena arena_;
};

// While the index is not there yet: one pass over all elements, values of `ids` in memory.
std::optional<std::uint64_t> find_double_by_scan(const View& view, const ConstraintDef& constraint,
                                                 std::span<const std::uint64_t> ids) {
  KeyReader reader(view, constraint);
  KnownValues known;
  std::vector<Cell> values;
  std::optional<std::uint64_t> among, outside;
  for (std::size_t at = 0; at < ids.size(); at += kBatchRows) {
    const auto batch = ids.subspan(at, std::min<std::size_t>(kBatchRows, ids.size() - at));
    reader.read(batch);
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
      if (!reader.row(i, values)) continue;
      const auto old = known.add(values, batch[i]);
      if (old && !among) among = old;
    }
  }
  for_each_batch(view, constraint.token, [&](std::span<const std::uint64_t> batch) {
    if (outside) return;
    reader.read(batch);
    for (std::uint32_t i = 0; i < batch.size() && !outside; ++i) {
      if (!reader.row(i, values) || !known.find(values)) continue;
      if (!std::binary_search(ids.begin(), ids.end(), batch[i])) outside = batch[i];
    }
  });
  return outside ? outside : among;
}

// Ids that ascend, as runs of those that follow one another.
class AscendingIds {
 public:
  explicit AscendingIds(std::span<const std::uint64_t> ids) {
    for (const std::uint64_t id : ids) {
      if (runs_.empty() || runs_.back().end != id) runs_.push_back({id, id});
      runs_.back().end = id + 1;
    }
    KITH_ASSERT(!runs_.empty());
  }
  // Fast where the one that was asked for before is of the same run.
  bool has(std::uint64_t id) {
    if (!runs_[last_].has(id)) {
      const auto after =
          std::upper_bound(runs_.begin(), runs_.end(), id,
                           [](std::uint64_t a, const Run& run) { return a < run.begin; });
      if (after == runs_.begin() || !(after - 1)->has(id)) return false;
      last_ = static_cast<std::size_t>(after - runs_.begin()) - 1;
    }
    return true;
  }

 private:
  struct Run {
    std::uint64_t begin, end;
    bool has(std::uint64_t id) const { return id >= begin && id < end; }
  };
  std::vector<Run> runs_;
  std::size_t last_ = 0;
};

// False: none of `ids` agrees with another element, since each has an entry in the index's delta,
// and no two entries there, or there and in the tree, have the same key. One pass over the delta,
// which is worth it where most of it is theirs. Where a transaction was folded entries are in the
// tree.
bool may_have_doubles(const View& view, const IndexDef& index, std::span<const std::uint64_t> ids) {
  const Root& root = view.root();
  AscendingIds known(ids);
  IndexTree::Cursor tree(root.base().index_tree(index.id));
  IndexDelta::Cursor changed(root.index_state(index.id)->delta);
  std::string_view last, ahead;  // `ahead`: the tree's
  std::size_t seen = 0;          // entries of `ids`
  bool placed = false;
  for (changed.seek_first(); changed.valid(); changed.next()) {
    if (!changed.present()) continue;
    const std::string_view key = key_of_entry(changed.entry());
    if (is_cut(key) || key == last) return true;
    last = key;
    if (!placed || (tree.valid() && ahead < key)) {
      tree.seek(key);
      if (tree.valid()) ahead = tree.entry();
    }
    placed = true;
    if (tree.valid() && ahead.starts_with(key)) return true;  // perhaps it is gone
    seen += known.has(id_of_entry(changed.entry())) ? 1 : 0;
  }
  KITH_ASSERT(seen <= ids.size());
  return seen < ids.size();
}

std::optional<std::uint64_t> find_double_by_index(const View& view, const ConstraintDef& constraint,
                                                  const IndexDef& index,
                                                  std::span<const std::uint64_t> ids) {
  const bool mostly_new = 2 * ids.size() >= view.root().index_state(index.id)->delta.size();
  if (mostly_new && !may_have_doubles(view, index, ids)) return std::nullopt;
  KeyReader reader(view, constraint);
  IndexCursor cursor(view, index);
  std::vector<Cell> values;
  std::vector<std::vector<Cell>> columns(constraint.keys.size());
  std::vector<std::span<const Cell>> spans(columns.size());
  std::vector<std::uint64_t> owners, found(kBatchRows);
  std::vector<std::uint32_t> rows(kBatchRows);
  std::optional<std::uint64_t> among;
  for (std::size_t at = 0; at < ids.size(); at += kBatchRows) {
    const auto batch = ids.subspan(at, std::min<std::size_t>(kBatchRows, ids.size() - at));
    reader.read(batch);
    owners.clear();
    for (auto& column : columns) column.clear();
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
      if (!reader.row(i, values)) continue;
      owners.push_back(batch[i]);
      for (std::size_t k = 0; k < values.size(); ++k) columns[k].push_back(values[k]);
    }
    std::copy(columns.begin(), columns.end(), spans.begin());
    cursor.begin_lookups(spans, static_cast<std::uint32_t>(owners.size()));
    while (const std::size_t n = cursor.next_matches(kBatchRows, rows.data(), found.data()))
      for (std::size_t i = 0; i < n; ++i) {
        const std::uint64_t owner = owners[rows[i]];
        if (found[i] == owner) continue;
        if (!std::binary_search(ids.begin(), ids.end(), found[i])) return found[i];
        if (!among) among = std::min(owner, found[i]);
      }
  }
  return among;
}

}  // namespace

std::shared_ptr<const IndexSeed> check_all_unique(const View& view, const ConstraintDef& constraint,
                                                  const SortOptions& options) {
  KITH_ASSERT(constraint.owns_index());
  auto entries = sort_entries(view, constraint.token, constraint.keys, options);
  const Duplicates doubles =
      find_duplicates(view, constraint.token, constraint.keys, *entries, kNamedElements);
  if (doubles.count == 0) return entries;
  std::vector<std::uint64_t> named;
  for (const Duplicate& one : doubles.first) named.push_back(one.lowest);
  throw existing_error(view, constraint, named, doubles.count);
}

std::optional<std::uint64_t> find_double(const View& view, const ConstraintDef& constraint,
                                         std::span<const std::uint64_t> ids) {
  KITH_ASSERT(constraint.owns_index() && std::is_sorted(ids.begin(), ids.end()));
  const IndexDef* index = view.schema().find_index(constraint.index);
  KITH_ASSERT(index);
  return is_online(view, *index) ? find_double_by_index(view, constraint, *index, ids)
                                 : find_double_by_scan(view, constraint, ids);
}

}  // namespace kith::storage
