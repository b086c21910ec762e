// storage/index_lookups.hpp: whole keys of an index looked up for many rows, a group at a time
// (index/lookups.hpp), in the tree of the base and the delta of the root.
//
// Rows that need more than a look at one leaf are left to the cursor: their key is cut, goes on on
// the next page, or has more elements than there is room for.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/cell.hpp"
#include "storage/delta/index_delta.hpp"
#include "storage/index/lookups.hpp"

namespace kith::storage {

// Not thread-safe.
class IndexLookups {
 public:
  IndexLookups(const IndexTree* tree, const IndexDelta& delta) : tree_(tree), delta_(delta) {}

  // Row i looks for the values columns[0][i], columns[1][i], … of all keys; the columns stay valid
  // until the next ones.
  void begin(std::span<const std::span<const Cell>> columns, std::uint32_t rows);
  // The delta has changed.
  void follow(const IndexDelta& delta);
  // The matches of `row` and those that follow, at most `limit`; how many. `row` becomes the first
  // that was not given whole: the end, or one that is the cursor's.
  std::size_t take(std::uint32_t& row, std::size_t limit, std::uint32_t* rows, std::uint64_t* ids);

 private:
  static constexpr std::size_t kGroup = IndexTree::Lookups::kGroup;
  // Of a row of the group. Nothing: no key equals its values.
  enum class Row : std::uint8_t { Nothing, Found, Cut };

  void find_group(std::uint32_t from);
  std::optional<std::size_t> matches(std::size_t place, std::span<std::uint64_t> out);

  std::vector<std::span<const Cell>> columns_;
  std::uint32_t rows_ = 0;
  IndexTree::Lookups tree_;
  IndexDelta::Cursor delta_;

  std::uint32_t first_ = 0, end_ = 0;       // rows of the group
  std::array<Row, kGroup> found_;           // by row of the group
  std::array<std::uint8_t, kGroup> place_;  // of those Found, among the keys
  std::array<std::string, kGroup> text_;
  std::array<std::string_view, kGroup> keys_;
  std::vector<Cell> values_;
};

}  // namespace kith::storage
