// storage/inspect/segment_text.hpp: directories of segments as text.
#pragma once

#include "storage/catalog.hpp"
#include "storage/graph/segment.hpp"
#include "storage/inspect/printer.hpp"

namespace kith::storage::inspect {

// `catalog`: an empty one where it could not be read.
void print_section(Printer& out, const SectionHeader& section);
void print_segment(Printer& out, const NodeSegment& segment, const Catalog& catalog);
void print_segment(Printer& out, const RelationshipSegment& segment, const Catalog& catalog);

}  // namespace kith::storage::inspect
