// storage/column/dictionary.cpp: strings as numbers into a sorted list of the distinct ones.
//
// Header: entries, width (bits of a code). Body: the codes (bits.hpp), then entries + 1 offsets
// (u32), padded to 8, then the bytes of the strings. Codes compare as their strings do.
#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>
#include <unordered_map>

#include "core/assert.hpp"
#include "storage/column/encoding.hpp"
#include "storage/pack/bits.hpp"

namespace kith::storage {

namespace {

constexpr std::size_t kMostDictionaryBytes = 96 * 1024;
constexpr std::size_t kTrialRows = 1024;  // give up early where nearly all differ

std::optional<DistinctStrings> distinct_of(const ColumnInput& input) {
  DistinctStrings result;
  std::size_t seen = 0;
  for (const Cell& cell : input.cells) {
    if (cell.is_null()) continue;
    ++seen;
    if (!result.codes.emplace(cell.string(), 0).second) continue;
    result.bytes += cell.aux;
    const std::size_t overhead = result.codes.size() * sizeof(std::uint32_t);
    if (result.bytes + overhead > kMostDictionaryBytes) return std::nullopt;
    if (seen >= kTrialRows && result.codes.size() * 4 > seen * 3) return std::nullopt;
  }
  for (const auto& [text, code] : result.codes) result.sorted.push_back(text);
  std::sort(result.sorted.begin(), result.sorted.end());
  for (std::uint32_t i = 0; i < result.sorted.size(); ++i) result.codes[result.sorted[i]] = i;
  result.width = std::max(1u, static_cast<std::uint32_t>(std::bit_width(result.codes.size() - 1)));
  return result;
}

std::size_t body_bytes(std::size_t rows, std::uint32_t width, std::size_t entries,
                       std::size_t bytes) {
  return packed_bytes(rows, width) + padded((entries + 1) * sizeof(std::uint32_t)) + bytes;
}

std::optional<std::uint64_t> estimate(const ColumnInput& input) {
  if (!input.one_kind || input.sample.kind != Kind::String) return std::nullopt;
  input.distinct = distinct_of(input);
  if (!input.distinct) return std::nullopt;
  return body_bytes(input.cells.size(), input.distinct->width, input.distinct->sorted.size(),
                    input.distinct->bytes);
}

void write(const ColumnInput& input, ColumnHeader& header, ColumnOutput& out) {
  KITH_ASSERT(input.distinct.has_value() && input.values > 0);
  const DistinctStrings& distinct = *input.distinct;
  const std::size_t rows = input.cells.size();
  header.entries = static_cast<std::uint32_t>(distinct.sorted.size());
  header.width = static_cast<std::uint8_t>(distinct.width);
  const std::size_t at = out.main.size();
  out.main.resize(at + body_bytes(rows, distinct.width, header.entries, 0));
  auto* to = static_cast<std::byte*>(static_cast<void*>(out.main.data() + at));
  pack(
      rows, distinct.width,
      [&](std::size_t i) {
        const Cell& cell = input.cells[i];
        return cell.is_null() ? 0u : distinct.codes.find(cell.string())->second;
      },
      to);
  std::byte* offsets = to + packed_bytes(rows, distinct.width);
  out.sections.end_at(at + packed_bytes(rows, distinct.width), SectionForm::Bits, header.width);
  std::uint32_t offset = 0;
  for (std::uint32_t i = 0; i <= header.entries; ++i) {
    std::memcpy(offsets + std::size_t{i} * sizeof offset, &offset, sizeof offset);
    if (i < header.entries) offset += static_cast<std::uint32_t>(distinct.sorted[i].size());
  }
  out.end_section(SectionForm::Words, sizeof offset);
  for (const std::string_view text : distinct.sorted) out.main.append(text);
  out.end_section(SectionForm::Text);
  KITH_ASSERT(out.main.size() <= kMaxPayload);
}

struct Entries {
  const std::byte* offsets;
  const char* bytes;
  std::uint32_t count, most_bytes;

  std::string_view at(std::uint64_t code) const {
    if (code >= count) corrupt_column("a code without an entry");
    std::uint32_t ends[2];
    std::memcpy(ends, offsets + code * sizeof(std::uint32_t), sizeof ends);
    if (ends[0] > ends[1] || ends[1] > most_bytes) corrupt_column("an entry out of bounds");
    return {bytes + ends[0], ends[1] - ends[0]};
  }
};

void open(ColumnView& view) {
  const ColumnHeader& header = *view.header;
  if (header.width < 1 || header.width > 32) corrupt_column("a wrong number of bits");
  const std::size_t codes = packed_bytes(view.rows, header.width);
  view.first = view.bytes(view.body, codes);
  view.second = view.bytes(view.body + codes,
                           padded((std::uint64_t{header.entries} + 1) * sizeof(std::uint32_t)));
}

Entries entries_of(const ColumnView& view) {
  const std::byte* bytes =
      view.second + padded((std::size_t{view.header->entries} + 1) * sizeof(std::uint32_t));
  const auto most = static_cast<std::uint32_t>(view.main + view.main_bytes - bytes);
  return {view.second, static_cast<const char*>(static_cast<const void*>(bytes)),
          view.header->entries, most};
}

Cell value(ColumnView& view, std::uint32_t row, Arena&) {
  const std::uint32_t width = view.header->width;
  return Cell::of(entries_of(view).at(unpack(view.first, width, low_bits(width), row)));
}

void read(ColumnView& view, const Gather& gather, Vector& out) {
  KITH_ASSERT(out.type() == VectorType::String || out.type() == VectorType::Any);
  const std::uint32_t width = view.header->width;
  const std::uint64_t mask = low_bits(width);
  const Entries entries = entries_of(view);
  Cell* data = out.data<Cell>();
  gather.for_each([&](std::uint32_t row, std::uint32_t to) {
    data[to] = Cell::of(entries.at(unpack(view.first, width, mask, row)));
  });
}

}  // namespace

const EncodingDef kDictionaryEncoding = {
    Encoding::Dictionary, "dictionary", estimate, write, open, read, value};

}  // namespace kith::storage
