// storage/column/mixed.cpp: values of any kinds, tagged, as core/encode.hpp writes them (heap.hpp).
#include "core/assert.hpp"
#include "core/encode.hpp"
#include "storage/column/heap.hpp"

namespace kith::storage {

namespace {

// The last resort: it can hold everything, and is chosen only where nothing else can.
std::optional<std::uint64_t> estimate(const ColumnInput&) { return ~std::uint64_t{0}; }

void write(const ColumnInput& input, ColumnHeader& header, ColumnOutput& out) {
  header.kind = kMixedKind;
  std::string encoded;
  std::vector<std::uint64_t> offsets;
  offsets.reserve(input.cells.size() + 1);
  for (const Cell& cell : input.cells) {
    offsets.push_back(encoded.size());
    if (!cell.is_null()) encode(encoded, cell);
  }
  offsets.push_back(encoded.size());
  const std::size_t body =
      heap_offsets_bytes(input.cells.size(), heap_offset_width(encoded.size())) + encoded.size();
  HeapWriter heap(out.out, out.heap_blocks, out.parts, out.main.size() + body <= kMaxPayload);
  const auto bytes = std::as_bytes(std::span(encoded.data(), encoded.size()));
  for (std::size_t i = 0; i + 1 < offsets.size(); ++i)
    heap.append(bytes.subspan(offsets[i], offsets[i + 1] - offsets[i]));
  write_heap_offsets(offsets, heap.finish(), header, out);
}

Cell value(ColumnView& view, std::uint32_t row, Arena& arena) {
  ByteReader in(heap_value(view, row, arena));
  const Cell cell = decode(in, arena);
  if (!in.at_end()) corrupt_column("bytes left over behind a value");
  return cell;
}

void read(ColumnView& view, const Gather& gather, Vector& out) {
  KITH_ASSERT(out.type() == VectorType::Any);
  Cell* data = out.data<Cell>();
  gather.for_each(
      [&](std::uint32_t row, std::uint32_t to) { data[to] = value(view, row, out.arena()); });
}

}  // namespace

const EncodingDef kMixedEncoding = {Encoding::Mixed, "mixed", estimate, write,
                                    open_heap,       read,    value};

}  // namespace kith::storage
