// cypher/exec/pair_ways.hpp: one shortest way between two nodes, for one pair after the other.
//
// A pair is sought from both ends. Where many pairs of a batch in turn have an end in common, a
// tree grows from it: as far as it costs no more than the searches would, which a few of them tell,
// or as far as need be, where the plan expects more such pairs than a batch has. So which way is
// found depends on the graph and on the pairs of a batch, not on who asked before.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cypher/exec/context.hpp"
#include "cypher/exec/pair_search.hpp"
#include "cypher/exec/source_tree.hpp"

namespace kith::exec {

class PairWays {
 public:
  struct Options {
    Direction direction = Direction::Out;
    std::vector<TypeId> types;  // empty: all
    std::uint64_t max = 0;
    bool many = false;  // very many pairs have an end in common
  };
  PairWays(Execution& execution, Options options, Reservation& reserved);

  // The pairs of a batch; they stay valid until the next.
  void begin(std::span<const std::uint64_t> from, std::span<const std::uint64_t> to);
  // The relationships of a way of at most Options::max steps between the two nodes of a pair, which
  // are not the same; between two nodes of it the first that there is. False: there is no way.
  // Pairs are asked for in their order, some not at all.
  bool find(std::size_t pair, std::vector<std::uint64_t>& relationships);

 private:
  static constexpr std::size_t kTried = 8;     // pairs that tell what a search takes
  static constexpr std::size_t kLongRun = 64;  // pairs that a tree may pay for

  void begin_run(std::size_t pair);
  SourceTree& tree();
  bool search(std::size_t pair, std::vector<std::uint64_t>& relationships);
  void watch();

  Execution& execution_;
  Options options_;
  Reservation& reserved_;
  PairSearch pairs_;
  std::unique_ptr<SourceTree> trees_[2];  // from the first end, from the second
  std::span<const std::uint64_t> from_, to_;

  // Pairs with an end in common.
  std::size_t run_begin_ = 0, run_end_ = 0;
  bool is_long_ = false;
  bool holds_to_ = false;     // it is the second end
  std::size_t tried_ = 0;     // searches
  std::uint64_t spent_ = 0;   // relationships that they looked at
  std::uint64_t budget_ = 0;  // that the tree may look at
  std::uint64_t depth_ = 0;   // levels of it that have been paid for

  std::vector<std::uint32_t> rows_;
  std::vector<std::uint64_t> found_;
};

}  // namespace kith::exec
