// storage/column/column.cpp: looks at the values of a column, chooses the encoding, writes it.
#include "storage/column/column.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/assert.hpp"
#include "core/encode.hpp"
#include "storage/column/column_reader.hpp"
#include "storage/column/encoding.hpp"
#include "storage/column/patch.hpp"
#include "storage/pack/bits.hpp"

namespace kith::storage {

namespace {

bool same_bits(const Cell& a, const Cell& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Kind::Boolean:
    case Kind::Integer:
    case Kind::Float:
    case Kind::Date:
    case Kind::LocalTime:
      return a.word == b.word;
    case Kind::Time:
    case Kind::LocalDateTime:
      return a.word == b.word && a.aux == b.aux;
    case Kind::String:
      return a.string() == b.string();
    default: {
      std::string one, other;
      encode(one, a);
      encode(other, b);
      return one == other;
    }
  }
}

// Order of the words as the kind means them.
bool less(Kind kind, std::uint64_t a, std::uint64_t b) {
  if (kind == Kind::Float) return std::bit_cast<double>(a) < std::bit_cast<double>(b);
  return static_cast<std::int64_t>(a) < static_cast<std::int64_t>(b);
}

ColumnInput examine(std::span<const Cell> cells) {
  ColumnInput input;
  input.cells = cells;
  for (const Cell& cell : cells) {
    if (cell.is_null()) continue;
    if (input.values++ == 0) {
      input.sample = cell;
      input.has_range = is_whole(cell.kind) || cell.kind == Kind::Float;
      if (input.has_range) input.minimum = input.maximum = cell.word;
    }
    input.one_kind = input.one_kind && cell.kind == input.sample.kind;
    input.one_value = input.one_value && same_bits(cell, input.sample);
    if (cell.kind == Kind::String) input.text_bytes += cell.aux;
    if (cell.kind == Kind::Float && std::isnan(cell.real)) input.has_range = false;
    if (!input.one_kind || !input.has_range) continue;
    if (less(cell.kind, cell.word, input.minimum)) input.minimum = cell.word;
    if (less(cell.kind, input.maximum, cell.word)) input.maximum = cell.word;
  }
  input.has_range = input.has_range && input.one_kind;
  return input;
}

ColumnInput examine(std::span<const std::int64_t> integers) {
  ColumnInput input;
  input.integers = integers;
  input.values = static_cast<std::uint32_t>(integers.size());
  const auto [least, most] = std::minmax_element(integers.begin(), integers.end());
  input.sample = Cell::of(*least);
  input.one_value = *least == *most;
  input.has_range = true;
  input.minimum = static_cast<std::uint64_t>(*least);
  input.maximum = static_cast<std::uint64_t>(*most);
  return input;
}

const EncodingDef& choose(const ColumnInput& input) {
  const EncodingDef* best = nullptr;
  std::uint64_t least = 0;
  for (const EncodingDef& def : encoding_defs()) {
    const auto bytes = def.estimate(input);
    if (!bytes || (best && *bytes >= least)) continue;
    best = &def;
    least = *bytes;
  }
  KITH_ASSERT(best != nullptr);  // mixed holds everything
  return *best;
}

// `header` says how many rows and values there are, and how presence is written: `slots` have one.
ColumnChunk write_column(BlockWriter& out, ColumnHeader header, const ColumnInput& input,
                         std::span<const std::uint16_t> slots) {
  KITH_ASSERT(input.values == header.values);
  const EncodingDef& encoding = choose(input);
  header.encoding = encoding.encoding;
  header.kind = static_cast<std::uint8_t>(input.sample.kind);
  if (input.has_range) {
    header.flags |= kHasRange;
    header.minimum = input.minimum;
    header.maximum = input.maximum;
  }
  ColumnOutput output{out, {}, {}, {}, {}};
  put_presence(output, header.flags, slots, header.rows);
  encoding.write(input, header, output);
  return finish_column(header, std::move(output));
}

}  // namespace

// Few values get a list of their slots; else a bitmap says which slots have one.
std::uint8_t choose_presence(std::uint32_t rows, std::uint32_t values) {
  if (values == rows) return 0;
  return values < rows / 8 ? kSparseRows : kHasValidity;
}

void put_presence(ColumnOutput& output, std::uint8_t flags, std::span<const std::uint16_t> slots,
                  std::uint32_t rows) {
  std::string& main = output.main;
  KITH_ASSERT(main.empty());
  if (flags & kSparseRows) {
    main.resize(padded(slots.size() * sizeof(std::uint16_t)));
    std::memcpy(main.data(), slots.data(), slots.size() * sizeof(std::uint16_t));
    output.end_section(SectionForm::Words, sizeof(std::uint16_t));
  } else if (flags & kHasValidity) {
    main.resize((rows + 63) / 64 * 8);
    for (const std::uint16_t slot : slots)
      main[slot / 8] = static_cast<char>(main[slot / 8] | (1 << (slot % 8)));
    output.end_section(SectionForm::Bytes);
  }
}

ColumnChunk finish_column(ColumnHeader header, ColumnOutput output) {
  ColumnChunk column;
  column.header = header;
  column.heap = std::move(output.parts);
  const auto main = std::as_bytes(std::span(output.main.data(), output.main.size()));
  const bool may_be_inline = output.heap_blocks.blocks.empty();
  column.chunk = output.out.write_chunk(BlockKind::Column, main, output.sections, may_be_inline);
  auto& blocks = column.chunk.blocks;
  blocks.insert(blocks.end(), output.heap_blocks.blocks.begin(), output.heap_blocks.blocks.end());
  return column;
}

ColumnChunk encode_column(BlockWriter& out, KeyId key, std::span<const Cell> cells) {
  while (!cells.empty() && cells.back().is_null()) cells = cells.first(cells.size() - 1);
  KITH_ASSERT(cells.size() <= kSegmentSlots);
  ColumnHeader header{};
  header.id = key.value;
  header.rows = static_cast<std::uint32_t>(cells.size());
  std::vector<std::uint16_t> slots;
  slots.reserve(cells.size());
  for (std::uint32_t slot = 0; slot < header.rows; ++slot)
    if (!cells[slot].is_null()) slots.push_back(static_cast<std::uint16_t>(slot));
  header.values = static_cast<std::uint32_t>(slots.size());
  if (header.values == 0) return {header, {}, {}};

  header.flags = choose_presence(header.rows, header.values);
  std::vector<Cell> stored;
  if (header.flags & kSparseRows) {
    for (const std::uint16_t slot : slots) stored.push_back(cells[slot]);
    cells = stored;
  }
  return write_column(out, header, examine(cells), slots);
}

ColumnChunk encode_integers(BlockWriter& out, KeyId key, std::span<const std::int64_t> values) {
  KITH_ASSERT(values.size() <= kSegmentSlots);
  ColumnHeader header{};
  header.id = key.value;
  header.rows = header.values = static_cast<std::uint32_t>(values.size());
  if (values.empty()) return {header, {}, {}};
  return write_column(out, header, examine(values), {});
}

VectorType ColumnChunk::vector_type() const {
  if (header.kind >= kKindCount) return VectorType::Any;
  const auto kind = static_cast<Kind>(header.kind);
  const bool is_element = kind == Kind::Node || kind == Kind::Relationship;  // no file has these
  return is_element ? VectorType::Any : narrow_type(kind);
}

namespace {

Cell range_cell(const ColumnHeader& header, std::uint64_t word) {
  Cell cell;
  cell.kind = static_cast<Kind>(header.kind);
  cell.word = word;
  return cell;
}

}  // namespace

Cell ColumnChunk::minimum() const {
  KITH_ASSERT(has_range());
  return range_cell(header, header.minimum);
}

Cell ColumnChunk::maximum() const {
  KITH_ASSERT(has_range());
  return range_cell(header, header.maximum);
}

}  // namespace kith::storage
