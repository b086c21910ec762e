// storage/graph/root.cpp: the root's counts and pointers; names one after another.
#include "storage/graph/root.hpp"

#include <unordered_set>

#include "core/assert.hpp"
#include "core/encode.hpp"
#include "kith/error.hpp"

namespace kith::storage {

ByteSink write_root(const BaseFields& fields, const RootPointers& pointers) {
  RootHeader header{};
  header.node_id_limit = fields.node_id_limit;
  header.relationship_segments = fields.relationship_segments;
  header.nodes = fields.nodes;
  header.relationships = fields.relationships;
  header.catalog = pointers.catalog;
  header.carry = pointers.carry;
  header.schema = pointers.schema;
  header.labels = static_cast<std::uint32_t>(fields.nodes_by_label.size());
  const std::size_t types =
      std::max(fields.relationships_by_type.size(), fields.open_relationship_segment.size());
  header.types = static_cast<std::uint32_t>(types);
  header.open_node_segments = static_cast<std::uint32_t>(fields.open_node_segments.size());
  header.node_leaves = static_cast<std::uint32_t>(pointers.node_leaves.size());
  header.relationship_leaves = static_cast<std::uint32_t>(pointers.relationship_leaves.size());
  header.indexes = static_cast<std::uint32_t>(pointers.indexes.size());
  ByteSink sink;
  sink.put(header);
  sink.put_array(std::span(fields.nodes_by_label));
  std::vector<std::uint64_t> counts = fields.relationships_by_type;
  std::vector<std::uint64_t> open = fields.open_relationship_segment;
  counts.resize(types);
  open.resize(types, kNoSegment);
  sink.put_array(std::span<const std::uint64_t>(counts));
  sink.put_array(std::span<const std::uint64_t>(open));
  for (const OpenNodeSegment& segment : fields.open_node_segments) {
    sink.put(segment.segment);
    sink.put(static_cast<std::uint64_t>(segment.labels.size()));
    sink.put_array(std::span(segment.labels));
  }
  sink.put_array(std::span(pointers.node_leaves));
  sink.put_array(std::span(pointers.relationship_leaves));
  sink.put_array(std::span(pointers.indexes));
  return sink;
}

void read_root(std::span<const std::byte> bytes, BaseFields& fields, RootPointers& pointers) {
  ByteSource source(bytes, "the root of a checkpoint");
  const auto header = source.take<RootHeader>();
  fields.node_id_limit = header.node_id_limit;
  fields.relationship_segments = header.relationship_segments;
  fields.nodes = header.nodes;
  fields.relationships = header.relationships;
  pointers.catalog = header.catalog;
  pointers.carry = header.carry;
  pointers.schema = header.schema;
  fields.nodes_by_label = source.take_array<std::uint64_t>(header.labels);
  fields.relationships_by_type = source.take_array<std::uint64_t>(header.types);
  fields.open_relationship_segment = source.take_array<std::uint64_t>(header.types);
  for (std::uint32_t i = 0; i < header.open_node_segments; ++i) {
    OpenNodeSegment segment;
    segment.segment = source.take<std::uint64_t>();
    segment.labels = source.take_array<LabelId>(source.take<std::uint64_t>());
    fields.open_node_segments.push_back(std::move(segment));
  }
  pointers.node_leaves = source.take_array<BlockPtr>(header.node_leaves);
  pointers.relationship_leaves = source.take_array<BlockPtr>(header.relationship_leaves);
  pointers.indexes = source.take_array<IndexEntry>(header.indexes);
  source.expect_end();
}

std::string write_catalog(const Catalog& catalog) {
  std::string bytes;
  for (const Names* names : {&catalog.labels, &catalog.types, &catalog.keys}) {
    put_varint(bytes, names->size());
    for (std::uint32_t id = 0; id < names->size(); ++id) put_text(bytes, names->name(id));
  }
  return bytes;
}

Catalog read_catalog(std::span<const std::byte> bytes) {
  Catalog catalog;
  ByteReader in(bytes);
  for (Names* names : {&catalog.labels, &catalog.types, &catalog.keys}) {
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count; ++i) {
      std::string name(in.text());
      if (names->find(name)) throw StorageError("CorruptBlock", "the catalog has a name twice");
      names->add(std::move(name));
    }
  }
  if (!in.at_end()) throw StorageError("CorruptBlock", "the catalog has bytes left over");
  return catalog;
}

}  // namespace kith::storage
