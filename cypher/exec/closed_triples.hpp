// cypher/exec/closed_triples.hpp: how many triples of nodes there are of which each two are tied.
//
// Nodes are numbered by falling degree, and each keeps of its neighbours those before it: hubs have
// short lists (N. Chiba, T. Nishizeki, SIAM J. Computing 1985). A triple is counted at its last
// node, for each neighbour in the middle, by what the two have in common among the first. A list
// that fills much of the numbers before its node is a row of bits as well (M. Koohi Esfahani,
// P. Kilpatrick, H. Vandierendonck, LOTUS, PPoPP 2022): hubs among hubs are counted by words.
//
//   T1  Ties are sets: where a node is tied to itself, or twice to another, nothing is counted.
//   T2  The lists are read from the view once, so its changes are in them.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "cypher/exec/context.hpp"
#include "cypher/exec/fold_memory.hpp"
#include "cypher/exec/set_kernels.hpp"
#include "storage/cursor.hpp"

namespace kith::exec {

struct TriplePattern {
  struct Tie {
    std::vector<TypeId> types;  // empty: all
    Direction direction;        // from the role that comes first
  };
  std::array<Tie, 3> ties;                       // of the roles 0 and 1, 1 and 2, 0 and 2
  std::vector<std::vector<std::uint64_t>> sets;  // of nodes, each ascending
  std::array<std::size_t, 3> set_of;             // by role
};

class ClosedTriples {
 public:
  ClosedTriples(const TriplePattern& pattern, Execution& execution, std::uint32_t threads);

  // Null where T1 forbids it, or where memory does not suffice.
  std::optional<Matches> count();
  // False: weighing the nodes of the first role one by one is thought to be less work. Of some of
  // them it looks at their lists.
  bool is_worth_it() const;

 private:
  using Rank = std::uint32_t;
  static constexpr Rank kNoRank = ~Rank{0};

  struct List {
    const Rank* first = nullptr;
    std::uint32_t size = 0;
    std::uint32_t row = 0;  // 1 + its number in rows; 0: it has none
    std::span<const Rank> items() const { return {first, size}; }
  };
  // From nodes of one role to those of another.
  struct Side {
    std::vector<TypeId> types;
    Direction direction;
    std::size_t set;  // of the nodes it leads to
    std::vector<List> lists = {};
    std::vector<std::size_t> row_at = {};  // where a row begins in `rows`
    std::vector<std::uint64_t> rows = {};
    bool operator==(const Side& other) const {
      return types == other.types && direction == other.direction && set == other.set;
    }
  };
  // One order of the three roles: the last node, the middle, the first.
  struct Pass {
    std::size_t middle, last_first, middle_first;  // sides
    std::size_t set;                               // that the last node is in
    auto operator<=>(const Pass&) const = default;
  };
  struct CountedPass {
    Pass pass;
    Matches times;  // orders that are the same
  };

  void make_passes();
  std::uint64_t relationships_to_read() const;
  double work_node_by_node() const;
  std::size_t side(std::size_t from, std::size_t to);
  void number_nodes();
  void read_lists();
  void read_chunk(std::span<const std::uint64_t> nodes);
  bool append(const Side& side, std::span<const storage::NeighbourList> lists, std::uint64_t node,
              std::vector<Rank>& out);
  void make_rows(Side& side);
  Matches count_from(Rank begin, Rank end, std::vector<std::vector<std::uint64_t>>& bits);
  struct Active;
  Matches common(const Active& pass, Rank other) const;
  Matches count_middles(std::span<const Rank> middles, std::span<Active> passes) const;
  static void mark(const List& list, std::vector<std::uint64_t>& bits);
  bool take(std::uint64_t bytes);
  bool is_in(std::size_t set, Rank rank) const {
    return members_.empty() || (members_[set][rank / 64] >> rank % 64 & 1) != 0;
  }
  // Calls work(begin, end) for pieces of 0 … size, by all threads.
  template <class Work>
  void share(std::size_t size, std::size_t piece, Work&& work);
  std::unique_ptr<storage::NeighbourCursor> cursor(const Side& side) const;
  std::unique_ptr<storage::NeighbourCursor> cursor(const TriplePattern::Tie& tie) const;

  const TriplePattern& pattern_;
  Execution& execution_;
  std::uint32_t threads_;
  decltype(SetKernels::count_both) count_both_;
  std::vector<Side> sides_;
  std::vector<CountedPass> passes_;
  std::vector<std::uint64_t> domain_;                // nodes of any role, ascending
  std::vector<Rank> ranks_;                          // by node id
  Rank count_ = 0;                                   // nodes that have a rank
  std::vector<std::vector<std::uint64_t>> members_;  // bits by rank; empty: there is one set
  std::vector<std::vector<Rank>> items_;             // what lists point into
  std::mutex mutex_;                                 // of items_ and reserved_
  Reservation reserved_;
  std::atomic<bool> refused_{false};
};

}  // namespace kith::exec
