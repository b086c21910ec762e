// storage/graph/root.hpp: the root of a checkpoint and the catalog, as bytes and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "storage/catalog.hpp"
#include "storage/graph/base.hpp"
#include "storage/page/bytes.hpp"

namespace kith::storage {

struct RootPointers {
  BlockPtr catalog, carry, schema;
  std::vector<BlockPtr> node_leaves, relationship_leaves;  // unset: a leaf without segments
  std::vector<IndexEntry> indexes;
};

// Node segments that hold ids below `limit`.
constexpr std::uint64_t segments_below(std::uint64_t limit) {
  return (limit + kSegmentSlots - 1) >> kSegmentBits;
}

ByteSink write_root(const BaseFields& fields, const RootPointers& pointers);
void read_root(std::span<const std::byte> bytes, BaseFields& fields, RootPointers& pointers);

std::string write_catalog(const Catalog& catalog);
Catalog read_catalog(std::span<const std::byte> bytes);

}  // namespace kith::storage
