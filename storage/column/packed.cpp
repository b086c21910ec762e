// storage/column/packed.cpp: integers, dates, local times as bits above the smallest.
//
// Header: base is the smallest value, width the bits of a number. Body: the numbers (bits.hpp).
#include <bit>

#include "core/assert.hpp"
#include "storage/column/encoding.hpp"
#include "storage/column/unpack.hpp"
#include "storage/pack/bits.hpp"

namespace kith::storage {

namespace {

constexpr int kWidestPacked = 48;  // beyond, the room saved is not worth the shifts

std::optional<std::uint64_t> estimate(const ColumnInput& input) {
  if (!input.one_kind || !is_whole(input.sample.kind)) return std::nullopt;
  const auto width = static_cast<int>(std::bit_width(input.maximum - input.minimum));
  if (width < 1 || width > kWidestPacked) return std::nullopt;
  return packed_bytes(input.rows(), static_cast<std::uint32_t>(width));
}

void write(const ColumnInput& input, ColumnHeader& header, ColumnOutput& out) {
  const auto width = static_cast<std::uint32_t>(std::bit_width(input.maximum - input.minimum));
  header.width = static_cast<std::uint8_t>(width);
  header.base = input.minimum;
  const std::size_t at = out.main.size();
  out.main.resize(at + packed_bytes(input.rows(), width));
  auto* to = static_cast<std::byte*>(static_cast<void*>(out.main.data() + at));
  const auto put = [&](const auto& word) {
    pack(
        input.rows(), width, [&](std::size_t i) { return word(i) - input.minimum; }, to);
  };
  input.with_words(put, input.minimum);
  out.end_section(SectionForm::Bits, header.width);
}

void open(ColumnView& view) {
  if (!is_whole(static_cast<Kind>(view.header->kind))) corrupt_column("wrong kind");
  if (view.header->width < 1 || view.header->width > kMostPackedBits)
    corrupt_column("a wrong number of bits");
  view.first = view.bytes(view.body, packed_bytes(view.rows, view.header->width));
}

Cell value(ColumnView& view, std::uint32_t row, Arena&) {
  const std::uint32_t width = view.header->width;
  return whole_cell(static_cast<Kind>(view.header->kind),
                    view.header->base + unpack(view.first, width, low_bits(width), row));
}

void read(ColumnView& view, const Gather& gather, Vector& out) {
  const std::byte* packed = view.first;
  const std::uint32_t width = view.header->width;
  const std::uint64_t mask = low_bits(width), base = view.header->base;
  if (out.type() == VectorType::Integer) {
    auto* data = out.data<std::uint64_t>();
    if (!gather.rows && !gather.to) {
      const std::span<const std::byte> all(packed, packed_bytes(view.rows, width));
      return unpack_run({all, width, base, gather.first_row},
                        {data + gather.first_to, gather.count});
    }
    gather.for_each([=](std::uint32_t row, std::uint32_t to) {
      data[to] = base + unpack(packed, width, mask, row);
    });
    return;
  }
  KITH_ASSERT(out.type() == VectorType::Any);
  const Kind kind = static_cast<Kind>(view.header->kind);
  Cell* data = out.data<Cell>();
  gather.for_each([=](std::uint32_t row, std::uint32_t to) {
    data[to] = whole_cell(kind, base + unpack(packed, width, mask, row));
  });
}

}  // namespace

const EncodingDef kPackedEncoding = {
    Encoding::Packed, "packed", estimate, write, open, read, value};

}  // namespace kith::storage
