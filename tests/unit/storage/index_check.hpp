// tests/unit/storage/index_check.hpp: every index of a view against what a plain model of the graph
// says it should have.
#pragma once

#include <catch2/catch.hpp>

#include "core/compare.hpp"
#include "storage/delta/root.hpp"
#include "storage/index.hpp"
#include "storage/index/tree.hpp"
#include "tests/unit/storage/graph_model.hpp"

namespace kith::storage::test {

// One index, filled from the model.
class IndexModel {
 public:
  struct Row {
    std::vector<Cell> values;
    std::uint64_t id;
  };

  IndexModel(const View& view, const IndexDef& index, const GraphModel& graph)
      : view_(view), index_(index) {
    const bool nodes = index.token.on == ElementKind::Node;
    if (nodes) {
      const std::string& label = view.catalog().name(index.token.label());
      for (const auto& [id, node] : graph.nodes)
        if (node.labels.contains(label)) add(id, node.values);
    } else {
      const std::string& type = view.catalog().name(index.token.type());
      for (const auto& [id, edge] : graph.edges)
        if (edge.type == type) add(id, edge.values);
    }
    std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return less(a, b); });
  }

  void check(std::mt19937_64& random, int ranges) {
    CAPTURE(index_.name);
    check_range({}, random);
    for (int i = 0; i < ranges; ++i) check_some_range(random);
    check_lookups(random);
    const IndexStatistics statistics = index_statistics(view_, index_);
    CHECK(statistics.distinct <= statistics.entries);
    const IndexTree* tree = view_.root().base().index_tree(index_.id);
    if (tree) CHECK(check_tree(tree->pool(), tree->top(), {}) == std::vector<std::string>{});
    if (view_.root().index_state(index_.id)->delta.empty()) {
      CHECK(statistics.entries == rows_.size());
      CHECK(estimate_entries(view_, index_, {}) == rows_.size());
    }
  }

 private:
  static bool less(const Row& a, const Row& b) {
    for (std::size_t k = 0; k < a.values.size(); ++k)
      if (const auto by = order(a.values[k], b.values[k]); by != 0) return by < 0;
    return a.id < b.id;
  }

  void add(std::uint64_t id, const Values& values) {
    Row row{{}, id};
    for (const KeyId key : index_.keys) {
      const auto found = values.find(view_.catalog().name(key));
      if (found == values.end()) return;
      ByteReader in(std::as_bytes(std::span(found->second.data(), found->second.size())));
      row.values.push_back(copy_into(arena_, decode(in, arena_)));
    }
    rows_.push_back(std::move(row));
  }

  // A value that is there, mostly.
  Cell some_value(std::mt19937_64& random, std::size_t key) {
    if (rows_.empty() || random() % 8 == 0) {
      const Cell others[] = {Cell::of(std::int64_t{7}),
                             Cell::of(3.5),
                             Cell::of(std::string_view("name")),
                             Cell::null(),
                             Cell::boolean(true),
                             Cell::of(std::numeric_limits<double>::quiet_NaN())};
      return others[random() % std::size(others)];
    }
    return rows_[random() % rows_.size()].values[key];
  }

  static bool meant(const IndexRange& range, const Row& row) {
    std::size_t k = 0;
    for (const Cell& value : range.equal)
      if (equals(row.values[k++], value) != Truth::True) return false;
    using Result = Comparison::Result;
    if (range.lower) {
      const Result by = compare(row.values[k], range.lower->value).result;
      if (by != Result::Greater && !(range.lower->inclusive && by == Result::Equal)) return false;
    }
    if (range.upper) {
      const Result by = compare(row.values[k], range.upper->value).result;
      if (by != Result::Less && !(range.upper->inclusive && by == Result::Equal)) return false;
    }
    if (range.prefix)
      return row.values[k].kind == Kind::String &&
             row.values[k].string().starts_with(*range.prefix);
    return true;
  }

  std::vector<std::uint64_t> read(IndexCursor& cursor, std::mt19937_64& random) {
    std::vector<std::uint64_t> ids, some(1 + random() % 300);
    while (const std::size_t count = cursor.next(some))
      ids.insert(ids.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(count));
    return ids;
  }

  void check_range(const IndexRange& range, std::mt19937_64& random) {
    std::vector<std::uint64_t> wanted;
    for (const Row& row : rows_)
      if (meant(range, row)) wanted.push_back(row.id);
    IndexCursor up(view_, index_);
    up.seek(range);
    CHECK(read(up, random) == wanted);
    std::reverse(wanted.begin(), wanted.end());
    IndexCursor down(view_, index_, IndexOrder::Descending);
    down.seek(range);
    CHECK(read(down, random) == wanted);
  }

  void check_some_range(std::mt19937_64& random) {
    std::vector<Cell> equal;
    const std::size_t keys = index_.keys.size();
    const std::size_t fixed = random() % (keys + 1);
    for (std::size_t k = 0; k < fixed; ++k) equal.push_back(some_value(random, k));
    IndexRange range;
    range.equal = equal;
    if (fixed < keys) {
      const std::uint64_t shape = random() % 5;
      if (shape == 0 || shape == 1) range.lower = {some_value(random, fixed), random() % 2 == 0};
      if (shape == 0 || shape == 2) range.upper = {some_value(random, fixed), random() % 2 == 0};
      const Cell text = some_value(random, fixed);
      if (shape == 3 && text.kind == Kind::String)
        range.prefix = text.string().substr(0, random() % (text.string().size() + 1));
    }
    check_range(range, random);
  }

  void check_lookups(std::mt19937_64& random) {
    const std::size_t keys = 1 + random() % index_.keys.size();
    const auto count = static_cast<std::uint32_t>(random() % 40);
    std::vector<std::vector<Cell>> columns(keys);
    std::vector<std::span<const Cell>> spans;
    for (std::size_t k = 0; k < keys; ++k) {
      for (std::uint32_t i = 0; i < count; ++i) columns[k].push_back(some_value(random, k));
      spans.emplace_back(columns[k]);
    }
    using Match = std::pair<std::uint32_t, std::uint64_t>;
    std::vector<Match> wanted, found;
    for (std::uint32_t i = 0; i < count; ++i) {
      std::vector<Cell> equal;
      for (const auto& column : columns) equal.push_back(column[i]);
      IndexRange range;
      range.equal = equal;
      for (const Row& row : rows_)
        if (meant(range, row)) wanted.emplace_back(i, row.id);
    }
    IndexCursor cursor(view_, index_);
    cursor.begin_lookups(spans, count);
    std::uint32_t rows[64];
    std::uint64_t ids[64];
    const std::size_t limit = 1 + random() % 64;
    while (const std::size_t more = cursor.next_matches(limit, rows, ids))
      for (std::size_t i = 0; i < more; ++i) found.emplace_back(rows[i], ids[i]);
    CHECK(found == wanted);
  }

  const View& view_;
  const IndexDef& index_;
  Arena arena_;
  std::vector<Row> rows_;
};

// Those that are online; how many.
inline std::size_t check_indexes(const View& view, const GraphModel& graph, std::uint64_t seed,
                                 int ranges = 10) {
  std::mt19937_64 random(seed);
  std::size_t online = 0;
  for (const IndexDef& index : view.schema().indexes()) {
    if (!is_online(view, index)) continue;
    ++online;
    IndexModel(view, index, graph).check(random, ranges);
  }
  return online;
}

}  // namespace kith::storage::test
