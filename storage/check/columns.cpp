// storage/check/columns.cpp: presence, offsets, dictionary and values of one column chunk.
#include "storage/check/columns.hpp"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "core/assert.hpp"
#include "core/text.hpp"
#include "storage/column/column_reader.hpp"
#include "storage/pack/bits.hpp"
#include "storage/writer.hpp"

namespace kith::storage::check {

namespace {

constexpr std::uint32_t kKeptPins = 256;  // values read between two releases of heap blocks

class ColumnCheck {
 public:
  ColumnCheck(Findings& findings, const std::string& where, const ColumnChunk& column,
              const SlotSet* alive)
      : findings_(findings),
        where_(where),
        column_(column),
        header_(column.header),
        alive_(alive),
        main_(findings.pool, column.chunk, BlockKind::Column),
        reader_(findings.pool, column) {}

  void run() {
    presence();
    if (header_.encoding == Encoding::Dictionary) dictionary();
    if (header_.encoding == Encoding::Strings || header_.encoding == Encoding::Mixed) offsets();
    if (has_range() && !rangeable(static_cast<Kind>(header_.kind)))
      problem("a range of values that have none");
    values();
  }

 private:
  bool sparse() const { return (header_.flags & kSparseRows) != 0; }
  bool has_range() const { return column_.has_range(); }
  std::uint32_t rows() const { return sparse() ? header_.values : header_.rows; }
  std::size_t body() const {
    if (sparse()) return padded(std::size_t{header_.values} * 2);
    return (header_.flags & kHasValidity) ? (std::size_t{header_.rows} + 63) / 64 * 8 : 0;
  }
  static bool rangeable(Kind kind) { return is_whole(kind) || kind == Kind::Float; }

  void problem(std::string what) { findings_.problem(where_, std::move(what)); }

  template <class T>
  T load(std::size_t at, std::size_t bytes = sizeof(T)) const {
    T value{};
    KITH_ASSERT(at + bytes <= main_.size());
    std::memcpy(&value, main_.data() + at, bytes);
    return value;
  }

  void presence() {
    if (sparse() && (header_.flags & kHasValidity) != 0) problem("two kinds of presence");
    if (sparse()) {
      for (std::uint32_t i = 0; i < header_.values; ++i) {
        const auto slot = load<std::uint16_t>(std::size_t{i} * 2);
        const bool ascends = i == 0 || load<std::uint16_t>(std::size_t{i} * 2 - 2) < slot;
        if (slot >= header_.rows || !ascends)
          return problem(fmt::format("entry {} of its list of slots is out of order", i));
      }
    } else if ((header_.flags & kHasValidity) != 0) {
      std::uint32_t count = 0;
      for (std::size_t at = 0; at < body(); at += 8) {
        const auto word = load<std::uint64_t>(at);
        count += static_cast<std::uint32_t>(std::popcount(word));
        const std::size_t first = at * 8;
        if (header_.rows < first + 64 && word >> (header_.rows - first) != 0)
          problem("its bitmap has slots past its rows");
      }
      if (count != header_.values)
        problem(
            fmt::format("its bitmap has {} slots, its header {} values", count, header_.values));
    }
  }

  // Offsets ascend from 0 to the end of the heap.
  void offsets() {
    std::uint64_t before = 0;
    for (std::uint32_t i = 0; i <= rows(); ++i) {
      const auto offset =
          load<std::uint64_t>(body() + std::size_t{i} * header_.width, header_.width);
      if (offset < before || (i == 0 && offset != 0) || offset > header_.base)
        return problem(fmt::format("offset {} of its values is out of order", i));
      before = offset;
    }
    if (before != header_.base)
      problem(fmt::format("its values end at {}, its heap at {}", before, header_.base));
  }

  void dictionary() {
    const std::size_t list = body() + packed_bytes(rows(), header_.width);
    const std::size_t bytes = list + padded((std::size_t{header_.entries} + 1) * 4);
    const std::size_t room = main_.size() - bytes;
    std::string_view before;
    std::uint32_t begin = load<std::uint32_t>(list);
    if (begin != 0) return problem("its dictionary does not begin at 0");
    for (std::uint32_t i = 0; i < header_.entries; ++i) {
      const auto end = load<std::uint32_t>(list + (std::size_t{i} + 1) * 4);
      if (end < begin || end > room)
        return problem(fmt::format("entry {} of its dictionary is out of bounds", i));
      const std::string_view text(
          static_cast<const char*>(static_cast<const void*>(main_.data() + bytes + begin)),
          end - begin);
      if (i > 0 && !(before < text))
        return problem(fmt::format("entry {} of its dictionary is out of order", i));
      before = text;
      begin = end;
    }
  }

  void values() {
    Arena arena;
    std::uint32_t found = 0;
    for (std::uint32_t slot = 0; slot < header_.rows; ++slot) {
      if (!reader_.has_value(slot)) continue;
      if (++found % kKeptPins == 0) {
        reader_.release();
        arena.reset();
      }
      const Cell cell = reader_.read(slot, arena);
      if (alive_ && !alive_->contains(slot))
        problem(fmt::format("slot {} has a value, but nothing exists there", slot));
      value(slot, cell);
    }
    if (found != header_.values)
      problem(fmt::format("{} values were found, its header says {}", found, header_.values));
    findings_.counts().values += found;
  }

  void value(std::uint32_t slot, const Cell& cell) {
    const bool kind_fits = header_.kind == kMixedKind
                               ? header_.encoding == Encoding::Mixed
                               : static_cast<Kind>(header_.kind) == cell.kind;
    if (!kind_fits || cell.is_null())
      return problem(
          fmt::format("the value of slot {} is of another kind than its header says", slot));
    try {
      check_storable(cell);
    } catch (const Error& error) {
      problem(fmt::format("slot {}: {}", slot, error.what()));
    }
    if (cell.kind == Kind::String && find_invalid_utf8(cell.string()) != kValidUtf8)
      problem(fmt::format("the string of slot {} is not UTF-8", slot));
    if (has_range() && rangeable(cell.kind) && !within(cell))
      problem(fmt::format("the value of slot {} is outside its range", slot));
  }

  bool within(const Cell& cell) const {
    if (cell.kind == Kind::Float)
      return cell.real >= std::bit_cast<double>(header_.minimum) &&
             cell.real <= std::bit_cast<double>(header_.maximum);
    return cell.integer >= static_cast<std::int64_t>(header_.minimum) &&
           cell.integer <= static_cast<std::int64_t>(header_.maximum);
  }

  Findings& findings_;
  const std::string& where_;
  const ColumnChunk& column_;
  const ColumnHeader& header_;
  const SlotSet* alive_;
  ChunkPin main_;
  ColumnReader reader_;
};

}  // namespace

bool check_column(Findings& findings, const std::string& where, const ColumnChunk& column,
                  const SlotSet* alive, std::uint32_t slots) {
  ++findings.counts().columns;
  if (column.header.rows > slots)
    findings.problem(where,
                     fmt::format("{} rows in a segment of {} slots", column.header.rows, slots));
  if (!findings.chunk(where, column.chunk, BlockKind::Column, BlockKind::Heap)) return false;
  return findings.attempt(where, [&] { ColumnCheck(findings, where, column, alive).run(); });
}

}  // namespace kith::storage::check
