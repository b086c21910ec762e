// storage/check/segments.hpp: the segment tables of a checkpoint, and every segment they lead to.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "storage/catalog.hpp"
#include "storage/check/adjacency.hpp"
#include "storage/check/edges.hpp"
#include "storage/check/findings.hpp"
#include "storage/graph/segment.hpp"

namespace kith::storage::check {

// What the segments add up to, to be compared with what the root says.
struct Tally {
  std::vector<std::uint64_t> nodes_by_label, relationships_by_type;
  EdgeSums edges;
  std::vector<LeafEntry> node_entries, relationship_entries;  // by segment number
};

class SegmentWalk {
 public:
  // `catalog`: nullptr where it could not be read.
  SegmentWalk(Findings& findings, const Catalog* catalog, IdLimits limits, Tally& tally)
      : findings_(findings), catalog_(catalog), limits_(limits), tally_(tally) {}

  // K4, K5, K6. `segments`: how many there are; leaves are of kLeafSegments each.
  void nodes(const std::vector<BlockPtr>& leaves, std::uint64_t segments);
  void relationships(const std::vector<BlockPtr>& leaves, std::uint64_t segments);

 private:
  std::vector<LeafEntry> read_leaves(const std::string& what, const std::vector<BlockPtr>& leaves,
                                     std::uint64_t segments);
  void unused_entry(const std::string& where, const LeafEntry& entry);
  void sizes(const std::string& where, const LeafEntry& entry, std::uint32_t slots,
             const SlotSet& alive);
  void node_segment(std::uint64_t number, const LeafEntry& entry);
  void labels(const std::string& where, const NodeSegment& segment);
  void relationship_segment(std::uint64_t number, const LeafEntry& entry);
  void ends(const std::string& where, std::uint64_t number, const RelationshipSegment& segment);
  void columns(const std::string& where, std::span<const ColumnChunk> columns, const SlotSet& alive,
               std::uint32_t slots);

  Findings& findings_;
  const Catalog* catalog_;
  IdLimits limits_;
  Tally& tally_;
};

// The directory of one segment; throws StorageError. `blocks` (if given) gets those read.
std::shared_ptr<const NodeSegment> load_node_segment(  // shared: as the directory reader makes it
    BlockFile& file, BlockPtr ptr, std::vector<BlockPtr>* blocks = nullptr);
std::shared_ptr<const RelationshipSegment> load_relationship_segment(  // shared: likewise
    BlockFile& file, BlockPtr ptr, std::vector<BlockPtr>* blocks = nullptr);

}  // namespace kith::storage::check
