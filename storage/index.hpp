// storage/index.hpp: reading the indexes of a View.
//
// What an index holds: docs/indexes.md. An index that is not online is read by nobody. Results are
// exact: what a cursor gives is what a scan with the same predicates would give, in the order of
// ORDER BY over the keys, equal keys by id.
//
// Comparisons are Cypher's: `=` finds no NaN and no null, `<` finds values of the bound's own type
// alone (numbers of either kind), a bound that cannot be compared finds nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/arena.hpp"
#include "core/cell.hpp"
#include "storage/view.hpp"

namespace kith::storage {

// What plans are cached against: it changes when indexes or constraints come or go, and when an
// index comes online.
std::uint64_t plan_version(const View& view);
bool is_online(const View& view, const IndexDef& index);

// Values of the leading keys, then at most one of: a range, a prefix. Nothing at all: every entry.
// The cells point to memory that outlives the seek.
struct IndexRange {
  struct Bound {
    Cell value;
    bool inclusive = true;
  };
  std::span<const Cell> equal;
  std::optional<Bound> lower, upper;       // of the key after `equal`
  std::optional<std::string_view> prefix;  // a string that begins so, of the same key
};

enum class IndexOrder : std::uint8_t { Ascending, Descending };

// Not thread-safe. On the view of a running transaction it goes on where it stood after a change.
class IndexCursor {
 public:
  // `index` is online, and of the view's schema.
  IndexCursor(View view, const IndexDef& index, IndexOrder order = IndexOrder::Ascending);
  ~IndexCursor();
  IndexCursor(IndexCursor&&) noexcept;
  IndexCursor& operator=(IndexCursor&&) noexcept;

  void seek(const IndexRange& range);
  // Fills `out` with at most out.size() ids, in order; the count, 0 at the end.
  std::size_t next(std::span<std::uint64_t> out);

  // Many lookups by `=`: row i looks for the values columns[0][i], columns[1][i], … under the
  // leading keys. The columns stay valid until the end. Lookups in the order of the keys are
  // quicker, others as right.
  void begin_lookups(std::span<const std::span<const Cell>> columns, std::uint32_t rows);
  // Writes the next matches, at most `limit`: the row and the id. Rows ascend. 0 at the end.
  std::size_t next_matches(std::size_t limit, std::uint32_t* rows, std::uint64_t* ids);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct IndexStatistics {
  std::uint64_t entries = 0;
  std::uint64_t distinct = 0;  // keys, about
};
IndexStatistics index_statistics(const View& view, const IndexDef& index);  // O(1)
// How many entries a range has, about: O(depth of the tree).
std::uint64_t estimate_entries(const View& view, const IndexDef& index, const IndexRange& range);
// The least and the greatest value of the first key; null cells if the index is empty.
struct IndexBounds {
  Cell least, greatest;
};
IndexBounds index_bounds(const View& view, const IndexDef& index, Arena& arena);

// All entries that an index on these keys has, sorted, in temporary files if they are many.
struct IndexSeed;
struct SortOptions;
std::shared_ptr<const IndexSeed> sort_entries(const View& view, SchemaToken token,
                                              std::span<const KeyId> keys,
                                              const SortOptions& options);

// Elements that agree in all keys, by `=`, with one that has a lower id.
struct Duplicate {
  std::uint64_t lowest = 0;  // of those that agree
  std::uint64_t id = 0;
};
struct Duplicates {
  std::uint64_t count = 0;
  std::vector<Duplicate> first;  // by `id`
};
// `entries`: of that view and these keys. The first `most` of them are listed.
Duplicates find_duplicates(const View& view, SchemaToken token, std::span<const KeyId> keys,
                           const IndexSeed& entries, std::size_t most);

}  // namespace kith::storage
