// storage/column/encoding.hpp: what a column encoding is: one file, and one row in encodings.cpp.
//
// A chunk's main payload is presence (validity bitmap or slot list, if any) and then the body,
// which belongs to the encoding. Encodings see stored rows, not slots: with a slot list only slots
// that hold a value have a row.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/arena.hpp"
#include "core/cell.hpp"
#include "core/vector.hpp"
#include "storage/page/block_writer.hpp"
#include "storage/page/chunk.hpp"
#include "storage/page/format.hpp"

namespace kith::storage {

struct ColumnChunk;

// The different strings of a column, and their places in sorted order.
struct DistinctStrings {
  std::unordered_map<std::string_view, std::uint32_t> codes;
  std::vector<std::string_view> sorted;
  std::size_t bytes = 0;
  std::uint32_t width = 0;  // bits of a code
};

// What is to be encoded: cells by stored row (null cells mean nothing there), with what one pass
// over them found out.
struct ColumnInput {
  std::span<const Cell> cells;
  std::span<const std::int64_t> integers;  // instead of cells, where each row holds an integer
  std::uint32_t values = 0;                // cells that are not null
  Cell sample;                             // one of them
  bool one_kind = true;                    // all have sample.kind
  bool one_value = true;                   // all are the same to the bit
  bool has_range = false;                  // minimum and maximum are meaningful
  std::uint64_t minimum = 0, maximum = 0;
  std::uint64_t text_bytes = 0;                     // if all are strings
  mutable std::optional<DistinctStrings> distinct;  // kept from the dictionary's estimate

  std::size_t rows() const { return integers.empty() ? cells.size() : integers.size(); }
  // Calls use(word), where word(i) is that of row i, or `nothing` where it holds none.
  template <class Use>
  void with_words(Use&& use, std::uint64_t nothing = 0) const {
    if (!integers.empty())
      use([this](std::size_t i) { return static_cast<std::uint64_t>(integers[i]); });
    else
      use([&](std::size_t i) { return cells[i].is_null() ? nothing : cells[i].word; });
  }
};
// Integers, dates, local times: their words.
bool is_whole(Kind kind);

// Where an encoding puts its bytes: `main` (which may already hold presence), and a heap.
struct ColumnOutput {
  BlockWriter& out;
  std::string main;
  Sections sections;        // what main consists of
  Chunk heap_blocks;        // blocks of the heap only; the main block will be put before them
  std::vector<Part> parts;  // block numbers count from the main block

  // All of main behind the last section is one.
  void end_section(SectionForm form, std::uint8_t width = 0) {
    sections.end_at(main.size(), form, width);
  }
};

// An opened chunk.
struct ColumnView {
  BufferPool* pool = nullptr;
  const ColumnHeader* header = nullptr;
  const ColumnChunk* column = nullptr;
  const std::byte* main = nullptr;
  std::uint32_t main_bytes = 0;
  std::uint32_t body = 0;            // offset in main
  std::uint32_t rows = 0;            // stored
  const std::byte* first = nullptr;  // the encoding's arrays, set by its open()
  const std::byte* second = nullptr;
  std::vector<Pin> pins;  // heap blocks by part, pinned as they are read

  // `count` bytes at `at` of the main payload; StorageError("CorruptBlock") if it is shorter.
  const std::byte* bytes(std::uint64_t at, std::uint64_t count) const;
};
[[noreturn]] void corrupt_column(const char* what);

// Which rows go where: rows[i] (or first_row + i) to to[i] (or first_to + i).
struct Gather {
  std::uint32_t count = 0;
  const std::uint32_t* rows = nullptr;
  std::uint32_t first_row = 0;
  const std::uint32_t* to = nullptr;
  std::uint32_t first_to = 0;

  template <class F>  // f(row, to); the kinds of gather are told apart outside the loop
  void for_each(F&& f) const {
    if (rows && to)
      for (std::uint32_t i = 0; i < count; ++i) f(rows[i], to[i]);
    else if (rows)
      for (std::uint32_t i = 0; i < count; ++i) f(rows[i], first_to + i);
    else if (to)
      for (std::uint32_t i = 0; i < count; ++i) f(first_row + i, to[i]);
    else
      for (std::uint32_t i = 0; i < count; ++i) f(first_row + i, first_to + i);
  }
};

struct EncodingDef {
  Encoding encoding;
  std::string_view name;
  // Bytes the body and heap would take; nullopt if it cannot hold the input.
  std::optional<std::uint64_t> (*estimate)(const ColumnInput&);
  void (*write)(const ColumnInput&, ColumnHeader&, ColumnOutput&);
  void (*open)(ColumnView&);  // finds the arrays and checks that they are there
  // `out` has the column's vector type or Any. Rows hold values.
  void (*read)(ColumnView&, const Gather&, Vector& out);
  Cell (*value)(ColumnView&, std::uint32_t row, Arena&);
};
const EncodingDef& encoding_def(Encoding encoding);
std::span<const EncodingDef> encoding_defs();

// One row each, beside their code.
extern const EncodingDef kConstantEncoding, kPlainEncoding, kPackedEncoding, kDictionaryEncoding,
    kStringsEncoding, kMixedEncoding;

// Values of the whole kinds (integer, date, local time) as vector elements or cells.
Cell whole_cell(Kind kind, std::uint64_t word);

}  // namespace kith::storage
