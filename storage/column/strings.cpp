// storage/column/strings.cpp: strings as offsets and bytes (heap.hpp).
#include "core/assert.hpp"
#include "storage/column/heap.hpp"

namespace kith::storage {

namespace {

std::optional<std::uint64_t> estimate(const ColumnInput& input) {
  if (!input.one_kind || input.sample.kind != Kind::String) return std::nullopt;
  return heap_offsets_bytes(input.cells.size(), heap_offset_width(input.text_bytes)) +
         input.text_bytes;
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

void write(const ColumnInput& input, ColumnHeader& header, ColumnOutput& out) {
  const std::uint64_t body = estimate(input).value();
  const bool behind = out.main.size() + body <= kMaxPayload;
  HeapWriter heap(out.out, out.heap_blocks, out.parts, behind);
  std::vector<std::uint64_t> offsets;
  offsets.reserve(input.cells.size() + 1);
  for (const Cell& cell : input.cells) {
    offsets.push_back(heap.bytes());
    if (!cell.is_null()) heap.append(bytes_of(cell.string()));
  }
  offsets.push_back(heap.bytes());
  KITH_ASSERT(heap.bytes() == input.text_bytes);
  write_heap_offsets(offsets, heap.finish(), header, out);
}

Cell to_cell(std::span<const std::byte> bytes) {
  if (bytes.empty()) return Cell::of("");
  if (bytes.size() > UINT32_MAX) corrupt_column("a string of more than 4 GiB");
  return Cell::of(std::string_view(static_cast<const char*>(static_cast<const void*>(bytes.data())),
                                   bytes.size()));
}

Cell value(ColumnView& view, std::uint32_t row, Arena& arena) {
  return to_cell(heap_value(view, row, arena));
}

void read(ColumnView& view, const Gather& gather, Vector& out) {
  KITH_ASSERT(out.type() == VectorType::String || out.type() == VectorType::Any);
  Cell* data = out.data<Cell>();
  HeapCursor(view).for_each(
      gather, out.arena(),
      [data](std::span<const std::byte> bytes, std::uint32_t to) { data[to] = to_cell(bytes); });
}

}  // namespace

const EncodingDef kStringsEncoding = {Encoding::Strings, "strings", estimate, write,
                                      open_heap,         read,      value};

}  // namespace kith::storage
