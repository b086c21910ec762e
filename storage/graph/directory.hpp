// storage/graph/directory.hpp: segments as the bytes of their directories, and back.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "storage/graph/segment.hpp"
#include "storage/page/bytes.hpp"

namespace kith::storage {

// Reading throws StorageError("CorruptBlock") where the bytes contradict themselves. `blocks`: of
// the directory itself.
struct SegmentDirectory {
  static ByteSink write(const NodeSegment& segment);
  static ByteSink write(const RelationshipSegment& segment);
  // Shared: by all bases that have the segment in common.
  static std::shared_ptr<NodeSegment> read_node(std::span<const std::byte> bytes,
                                                std::vector<BlockPtr> blocks);
  static std::shared_ptr<RelationshipSegment> read_relationship(std::span<const std::byte> bytes,
                                                                std::vector<BlockPtr> blocks);
};

}  // namespace kith::storage
