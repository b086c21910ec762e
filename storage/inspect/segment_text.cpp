// storage/inspect/segment_text.cpp: sets, columns and lists of a segment, a line each.
#include "storage/inspect/segment_text.hpp"

#include "core/assert.hpp"
#include "core/print.hpp"
#include "storage/column/encoding.hpp"

namespace kith::storage::inspect {

namespace {

std::string name_in(const Names& names, std::uint32_t id) {
  std::string out = std::to_string(id);
  if (id >= names.size()) return out;
  out += " ";
  append_name(out, names.name(id));
  return out;
}

std::string_view form_name(SetForm form) {
  switch (form) {
    case SetForm::None:
      return "none";
    case SetForm::All:
      return "all";
    case SetForm::Sparse:
      return "sparse";
    case SetForm::Bitmap:
      return "bitmap";
  }
  return "unknown";
}

std::string_view form_name(ListForm form) {
  switch (form) {
    case ListForm::Dense:
      return "dense";
    case ListForm::Ranked:
      return "ranked";
    case ListForm::Listed:
      return "listed";
  }
  return "unknown";
}

void print_chunk(Printer& out, const Chunk& chunk) {
  if (chunk.blocks.empty()) out.line("    inline, {} bytes", chunk.small_bytes);
  for (const BlockRef& block : chunk.blocks) out.line("    {}", to_text(block.ptr));
}

void print_column(Printer& out, const std::string& name, const ColumnChunk& column) {
  const ColumnHeader& header = column.header;
  KITH_ASSERT(static_cast<std::uint8_t>(header.encoding) < kEncodingCount);
  std::string more;
  if (header.flags & kHasValidity) more += ", bitmap";
  if (header.flags & kSparseRows) more += ", slot list";
  if (header.entries > 0) more += fmt::format(", {} entries", header.entries);
  if (!column.heap.empty())
    more += fmt::format(", heap {} in {} parts", header.base, column.heap.size());
  if (column.has_range())
    more += fmt::format(", {} to {}", to_cypher(column.minimum()), to_cypher(column.maximum()));
  out.line("  {}: {}, kind {}, width {}, {} values in {} rows{}", name,
           encoding_def(header.encoding).name, header.kind, header.width, header.values,
           header.rows, more);
  print_chunk(out, column.chunk);
}

void print_lists(Printer& out, const AdjacencyChunk& chunk, const Catalog& catalog) {
  const AdjacencyHeader& header = chunk.header;
  out.line("  {} lists of type {}: {}, {} lists of {} slots, {} relationships, widths {} {} {}{}",
           header.incoming ? "incoming" : "outgoing", name_in(catalog.types, header.type),
           form_name(header.form), header.lists, header.slots, header.edges, header.offset_width,
           header.neighbour_width, header.relationship_width,
           header.relationship_width == 0 ? fmt::format(", from {}", header.first_relationship)
                                          : std::string());
  print_chunk(out, chunk.chunk);
}

}  // namespace

void print_section(Printer& out, const SectionHeader& section) {
  const auto form = static_cast<std::size_t>(section.form);
  out.line("    {}, width {}: {} bytes in {}",
           form < kSectionFormCount ? section_form_defs()[form].name : "unknown", section.width,
           section.bytes, section.packed);
}

void print_segment(Printer& out, const NodeSegment& segment, const Catalog& catalog) {
  out.line("  {} slots, {} nodes ({})", segment.slots(), segment.alive().count(),
           form_name(segment.alive().form()));
  for (const LabelSet& set : segment.labels())
    out.line("  label {}: {} nodes ({})", name_in(catalog.labels, set.label.value),
             set.slots.count(), form_name(set.slots.form()));
  for (const ColumnChunk& column : segment.columns())
    print_column(out, "property " + name_in(catalog.keys, column.key().value), column);
  for (const AdjacencyChunk& chunk : segment.adjacencies()) print_lists(out, chunk, catalog);
}

void print_segment(Printer& out, const RelationshipSegment& segment, const Catalog& catalog) {
  out.line("  type {}, {} slots, {} relationships ({})",
           name_in(catalog.types, segment.type().value), segment.slots(), segment.alive().count(),
           form_name(segment.alive().form()));
  print_column(out, "starts", segment.starts());
  print_column(out, "ends", segment.ends());
  for (const ColumnChunk& column : segment.columns())
    print_column(out, "property " + name_in(catalog.keys, column.key().value), column);
}

}  // namespace kith::storage::inspect
