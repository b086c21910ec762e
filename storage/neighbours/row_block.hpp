// storage/neighbours/row_block.hpp: the lists of many rows, found together.
//
// A cursor opens blocks of rows as long as their nodes' lists are as the base has them and one list
// each. Looking the lists of a block up is one loop, giving what they have is another: in neither
// does a row wait for what another reads from memory. Where a row is not of that kind, the block
// ends before it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "storage/graph/list_search.hpp"
#include "storage/neighbours/segment_lists.hpp"

namespace kith::storage {

inline constexpr std::size_t kRowsOfBlock = 256;
// Beyond this a list is long enough to look whether the other end's is shorter.
inline constexpr std::uint64_t kLongList = 64;

// Each is the next one.
bool is_run(std::span<const std::uint64_t> nodes);
// How many of the nodes are of the first one's segment.
std::size_t in_one_segment(std::span<const std::uint64_t> nodes);
// Where the lists of nodes of one segment begin (null: not wanted), and how long they are. `run`:
// each is the next one.
void find_lists(const AdjacencyReader& reader, std::span<const std::uint64_t> nodes, bool run,
                std::uint64_t* firsts, std::uint64_t* sizes);

// Where a cursor writes what it finds; null: not wanted.
struct Matches {
  std::uint32_t* rows = nullptr;
  std::uint64_t* neighbours = nullptr;
  std::uint64_t* relationships = nullptr;

  Matches from(std::size_t at) const {
    return {rows ? rows + at : nullptr, neighbours ? neighbours + at : nullptr,
            relationships ? relationships + at : nullptr};
  }
};

// Whole lists, of one direction.
class ListBlock {
 public:
  // The rows from `row` on that are of the kind; how many.
  std::size_t open(const Root& root, ListCache& cache, Direction direction,
                   std::span<const std::uint64_t> nodes, const std::uint8_t* valid,
                   std::size_t row);
  // The next matches, at most `limit`; none: the block is at its end. Readers are those of the
  // cache, of which nothing may have gone since.
  std::size_t next(std::size_t limit, const Matches& out);
  void clear() { at_ = count_ = 0; }

 private:
  std::size_t first_row_ = 0, at_ = 0, count_ = 0;
  std::array<AdjacencyReader*, kRowsOfBlock> readers_;
  std::array<std::uint64_t, kRowsOfBlock> firsts_, sizes_;
};

// Relationships between two nodes a row, of one direction.
class PairBlock {
 public:
  struct Sides {
    ListCache& forward;
    ListCache& backward;  // of the other node, the other way
    Direction direction;
    bool wants_relationships;
  };
  // The rows from `row` on that are of the kind; how many.
  std::size_t open(const Root& root, const Sides& sides, std::span<const std::uint64_t> nodes,
                   std::span<const std::uint64_t> others, std::size_t row);
  // The next matches, at most `limit`, until the end or a row that has several.
  std::size_t next(std::size_t limit, std::span<const std::uint64_t> others, const Matches& out);
  // Then: its number; it is passed over.
  bool take_row_of_several(std::size_t& row);
  // It has no relationships, as they were not wanted when it was opened.
  bool lacks_relationships() const { return at_ < count_ && !wants_relationships_; }
  std::size_t give_up();  // the row that is next
  void clear() { at_ = count_ = waiting_ = 0; }

 private:
  enum class Found : std::uint8_t { None, One, Several };
  struct Wanted {
    AdjacencyReader* reader;
    AdjacencyReader::List list;
    std::uint64_t other;
    std::size_t place;  // in the block
  };

  bool add_row(const Root& root, const Sides& sides, std::uint64_t node, std::uint64_t other);
  void look_up(const Wanted& wanted);
  void search();
  void search_alone(const Wanted& wanted);

  std::size_t first_row_ = 0, at_ = 0, count_ = 0;
  bool wants_relationships_ = false;
  std::array<Found, kRowsOfBlock> found_;
  std::array<std::uint64_t, kRowsOfBlock> relationships_;
  std::size_t waiting_ = 0;
  std::array<Wanted, kSearchesAtOnce> waits_;
  std::array<ListSearch, kSearchesAtOnce> searches_;
  std::array<Pin, kSearchesAtOnce> held_;  // by their readers, if they do not keep them
};

}  // namespace kith::storage
