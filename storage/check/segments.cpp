// storage/check/segments.cpp: walks the segment tables, one segment in memory at a time.
#include "storage/check/segments.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/assert.hpp"
#include "storage/check/columns.hpp"
#include "storage/column/column_reader.hpp"
#include "storage/graph/directory.hpp"
#include "storage/page/block_writer.hpp"
#include "storage/page/bytes.hpp"

namespace kith::storage::check {

namespace {

// One more than the highest member.
std::uint32_t end_of(const SlotSet& set) {
  for (std::uint32_t w = kSetWords; w-- > 0;)
    if (const std::uint64_t word = set.word(w); word != 0)
      return w * 64 + 64 - static_cast<std::uint32_t>(std::countl_zero(word));
  return 0;
}

template <class Id>
std::string name_in(const Names* names, Id id) {
  if (names && id.value < names->size()) return fmt::format("'{}'", names->name(id.value));
  return fmt::format("number {}", id.value);
}

void add_to(std::vector<std::uint64_t>& counts, std::uint32_t id, std::uint64_t count) {
  if (counts.size() <= id) counts.resize(std::size_t{id} + 1);
  counts[id] += count;
}

}  // namespace

std::shared_ptr<const NodeSegment> load_node_segment(BlockFile& file, BlockPtr ptr,
                                                     std::vector<BlockPtr>* blocks) {
  return SegmentDirectory::read_node(read_stream(file, ptr, BlockKind::Directory, blocks), {});
}

std::shared_ptr<const RelationshipSegment> load_relationship_segment(
    BlockFile& file, BlockPtr ptr, std::vector<BlockPtr>* blocks) {
  return SegmentDirectory::read_relationship(read_stream(file, ptr, BlockKind::Directory, blocks),
                                             {});
}

std::vector<LeafEntry> SegmentWalk::read_leaves(const std::string& what,
                                                const std::vector<BlockPtr>& leaves,
                                                std::uint64_t segments) {
  std::vector<LeafEntry> entries(leaves.size() * kLeafSegments);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (!leaves[i].is_set()) continue;
    const std::string where = fmt::format("table {} of {} segments", i, what);
    if (!findings_.block(where, leaves[i], BlockKind::Leaf)) {
      findings_.blind = true;
      continue;
    }
    findings_.attempt(where, [&] {
      const auto bytes = read_stream(findings_.file, leaves[i], BlockKind::Leaf);
      ByteSource source(bytes, "a segment table");
      for (std::uint32_t at = 0; at < kLeafSegments; ++at)
        entries[i * kLeafSegments + at] = source.take<LeafEntry>();
      source.expect_end();
    });
  }
  for (std::uint64_t number = segments; number < entries.size(); ++number)
    if (entries[number].directory.is_set())
      findings_.problem(fmt::format("{} segment {}", what, number),
                        fmt::format("there are only {} segments", segments));
  entries.resize(std::min<std::uint64_t>(segments, entries.size()));
  if (entries.size() < segments)
    findings_.problem(
        "the root of the checkpoint",
        fmt::format("its tables hold {} of {} {} segments", entries.size(), segments, what));
  return entries;
}

void SegmentWalk::unused_entry(const std::string& where, const LeafEntry& entry) {
  // Slots of a segment in which nothing is left stay used.
  if (entry.alive != 0 || entry.slots > kSegmentSlots)
    findings_.problem(where, fmt::format("its table says {} slots and {} elements, but there is no "
                                         "directory",
                                         entry.slots, entry.alive));
}

void SegmentWalk::sizes(const std::string& where, const LeafEntry& entry, std::uint32_t slots,
                        const SlotSet& alive) {
  if (slots != entry.slots)
    findings_.problem(
        where, fmt::format("{} slots in its directory, {} in the table", slots, entry.slots));
  if (alive.count() != entry.alive)
    findings_.problem(where, fmt::format("{} elements in its directory, {} in the table",
                                         alive.count(), entry.alive));
  if (const std::uint32_t end = end_of(alive); end > slots)
    findings_.problem(where, fmt::format("slot {} exists, but only {} are in use", end - 1, slots));
}

void SegmentWalk::columns(const std::string& where, std::span<const ColumnChunk> columns,
                          const SlotSet& alive, std::uint32_t slots) {
  for (const ColumnChunk& column : columns) {
    const std::string name = fmt::format(
        "{}, property {}", where, name_in(catalog_ ? &catalog_->keys : nullptr, column.key()));
    if (catalog_ && column.key().value >= catalog_->keys.size())
      findings_.problem(name, "nothing in the catalog has this number");
    if (!check_column(findings_, name, column, &alive, slots)) findings_.blind = true;
  }
}

void SegmentWalk::nodes(const std::vector<BlockPtr>& leaves, std::uint64_t segments) {
  tally_.node_entries = read_leaves("node", leaves, segments);
  for (std::uint64_t number = 0; number < tally_.node_entries.size(); ++number) {
    const LeafEntry& entry = tally_.node_entries[number];
    if (entry.directory.is_set())
      node_segment(number, entry);
    else
      unused_entry(fmt::format("node segment {}", number), entry);
  }
}

void SegmentWalk::node_segment(std::uint64_t number, const LeafEntry& entry) {
  const std::string where = fmt::format("node segment {}", number);
  std::vector<BlockPtr> blocks;
  std::shared_ptr<const NodeSegment> segment;  // shared: as the reader makes it
  const bool read = findings_.attempt(
      where, [&] { segment = load_node_segment(findings_.file, entry.directory, &blocks); });
  findings_.stream_blocks(where, blocks);
  if (!read) {
    findings_.blind = true;
    return;
  }
  ++findings_.counts().node_segments;
  findings_.counts().nodes += segment->alive().count();
  sizes(where, entry, segment->slots(), segment->alive());
  const std::uint64_t first = number << kSegmentBits;
  if (first + end_of(segment->alive()) > limits_.nodes)
    findings_.problem(where, fmt::format("it has nodes past the last id, {}", limits_.nodes));
  labels(where, *segment);
  columns(where, segment->columns(), segment->alive(), segment->slots());
  for (const AdjacencyChunk& chunk : segment->adjacencies()) {
    const std::string name = fmt::format(
        "{}, {} lists of type {}", where, chunk.header.incoming ? "incoming" : "outgoing",
        name_in(catalog_ ? &catalog_->types : nullptr, chunk.type()));
    if (catalog_ && chunk.type().value >= catalog_->types.size()) {
      findings_.problem(name, "nothing in the catalog has this number");
      findings_.blind = true;
      continue;
    }
    TypeSums& sums = tally_.edges.of(chunk.type());
    if (!check_adjacency(findings_, name, chunk, *segment, first, limits_,
                         chunk.header.incoming ? sums.incoming : sums.outgoing))
      findings_.blind = true;
  }
}

void SegmentWalk::labels(const std::string& where, const NodeSegment& segment) {
  for (const LabelSet& set : segment.labels()) {
    ++findings_.counts().label_sets;
    const std::string name = fmt::format(
        "{}, label {}", where, name_in(catalog_ ? &catalog_->labels : nullptr, set.label));
    if (catalog_ && set.label.value >= catalog_->labels.size()) {
      findings_.problem(name, "nothing in the catalog has this number");
      continue;
    }
    if (set.slots.empty()) findings_.problem(name, "no node has it");
    std::uint32_t strangers = 0;
    for (std::uint32_t w = 0; w < kSetWords; ++w)
      strangers +=
          static_cast<std::uint32_t>(std::popcount(set.slots.word(w) & ~segment.alive().word(w)));
    if (strangers > 0)
      findings_.problem(name, fmt::format("{} slots have it where no node exists", strangers));
    add_to(tally_.nodes_by_label, set.label.value, set.slots.count());
  }
}

void SegmentWalk::relationships(const std::vector<BlockPtr>& leaves, std::uint64_t segments) {
  tally_.relationship_entries = read_leaves("relationship", leaves, segments);
  for (std::uint64_t number = 0; number < tally_.relationship_entries.size(); ++number) {
    const LeafEntry& entry = tally_.relationship_entries[number];
    if (entry.directory.is_set())
      relationship_segment(number, entry);
    else
      unused_entry(fmt::format("relationship segment {}", number), entry);
  }
}

void SegmentWalk::relationship_segment(std::uint64_t number, const LeafEntry& entry) {
  const std::string where = fmt::format("relationship segment {}", number);
  std::vector<BlockPtr> blocks;
  std::shared_ptr<const RelationshipSegment> segment;  // shared: as the reader makes it
  const bool read = findings_.attempt(where, [&] {
    segment = load_relationship_segment(findings_.file, entry.directory, &blocks);
  });
  findings_.stream_blocks(where, blocks);
  if (!read) {
    findings_.blind = true;
    return;
  }
  ++findings_.counts().relationship_segments;
  findings_.counts().relationships += segment->alive().count();
  sizes(where, entry, segment->slots(), segment->alive());
  if (segment->type().value != entry.type)
    findings_.problem(where, fmt::format("of type {} in its directory, of {} in the table",
                                         segment->type().value, entry.type));
  if (catalog_ && segment->type().value >= catalog_->types.size()) {
    findings_.problem(where,
                      fmt::format("there is no relationship type {}", segment->type().value));
    findings_.blind = true;
    return;
  }
  ends(where, number, *segment);
  columns(where, segment->columns(), segment->alive(), segment->slots());
}

void SegmentWalk::ends(const std::string& where, std::uint64_t number,
                       const RelationshipSegment& segment) {
  add_to(tally_.relationships_by_type, segment.type().value, segment.alive().count());
  const bool starts =
      check_column(findings_, where + ", start nodes", segment.starts(), nullptr, segment.slots());
  const bool ends =
      check_column(findings_, where + ", end nodes", segment.ends(), nullptr, segment.slots());
  if (!starts || !ends) {
    findings_.blind = true;
    return;
  }
  findings_.attempt(where, [&] {
    const ColumnReader start(findings_.pool, segment.starts());
    const ColumnReader end(findings_.pool, segment.ends());
    EdgeSum& sum = tally_.edges.of(segment.type()).stored;
    const std::uint64_t first = number << kSegmentBits;
    segment.alive().for_each([&](std::uint32_t slot) {
      if (slot >= segment.slots()) return;  // said before
      const auto from = static_cast<std::uint64_t>(start.integer(slot));
      const auto to = static_cast<std::uint64_t>(end.integer(slot));
      if (from >= limits_.nodes || to >= limits_.nodes)
        findings_.problem(
            where, fmt::format("relationship {} has an end past the last node", first + slot));
      sum.add(from, to, first + slot);
    });
  });
}

}  // namespace kith::storage::check
