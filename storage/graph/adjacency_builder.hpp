// storage/graph/adjacency_builder.hpp: making adjacency chunks.
//
// Lists are given in order of slots, each sorted by (neighbour, relationship); a list may be given
// in several pieces. Blocks are written as they fill, so a hub larger than memory is no trouble;
// blocks of an old chunk that are copied whole are kept by reference.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "core/id.hpp"
#include "storage/graph/adjacency.hpp"
#include "storage/page/block_writer.hpp"

namespace kith::storage {

// Ids in the chunk are below these; they decide how wide ids are stored.
struct AdjacencyLimits {
  std::uint64_t nodes = 0, relationships = 0;
};

// Not thread-safe; several may write to one BlockWriter.
class AdjacencyBuilder {
 public:
  AdjacencyBuilder(BlockWriter& out, TypeId type, Direction direction, AdjacencyLimits limits);
  ~AdjacencyBuilder();

  // More of the list of `slot`: not below the last slot given.
  void append(std::uint32_t slot, std::span<const std::uint64_t> neighbours,
              std::span<const std::uint64_t> relationships);
  // The same for relationships numbered first, first + 1, … .
  void append(std::uint32_t slot, std::span<const std::uint64_t> neighbours, std::uint64_t first);
  // More of the list of `slot`: positions [first, end) of `old`.
  void append(std::uint32_t slot, AdjacencyReader& old, std::uint64_t first, std::uint64_t end);
  // The lists of slots [first, end) as they are in `old`.
  void copy(AdjacencyReader& old, std::uint32_t first, std::uint32_t end);

  // header.edges is 0 if there was none.
  AdjacencyChunk finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// One relationship of a list that was added or removed.
struct EdgeChange {
  std::uint32_t slot;
  std::uint64_t neighbour, relationship;
  bool removed;
};
// `old` (or nothing) with `changes` over it, sorted by (slot, neighbour, relationship), each once.
// Adding what is there and removing what is not does nothing. Blocks that no change touches are
// kept; the others of `old` are freed. edges == 0 if nothing is left.
AdjacencyChunk merge_adjacency(BlockWriter& out, BufferPool& pool, const AdjacencyChunk* old,
                               TypeId type, Direction direction, AdjacencyLimits limits,
                               std::span<const EdgeChange> changes);

}  // namespace kith::storage
