// storage/column/plain.cpp: values as they are: 8 bytes each, or one bit for booleans.
//
// Body: one u64 per row (int64, double, date, local time), or a bitmap of whole u64.
#include <cstring>

#include "core/assert.hpp"
#include "storage/column/encoding.hpp"
#include "storage/pack/bits.hpp"

namespace kith::storage {

namespace {

std::size_t body_bytes(Kind kind, std::size_t rows) {
  return kind == Kind::Boolean ? (rows + 63) / 64 * 8 : rows * 8;
}

std::optional<std::uint64_t> estimate(const ColumnInput& input) {
  const Kind kind = input.sample.kind;
  if (!input.one_kind || !(is_whole(kind) || kind == Kind::Float || kind == Kind::Boolean))
    return std::nullopt;
  return body_bytes(kind, input.rows());
}

void write(const ColumnInput& input, ColumnHeader& header, ColumnOutput& out) {
  const Kind kind = input.sample.kind;
  header.width = kind == Kind::Boolean ? 1 : 64;
  const std::size_t at = out.main.size();
  out.main.resize(at + body_bytes(kind, input.rows()));
  input.with_words([&](const auto& word_of) {
    for (std::size_t i = 0; i < input.rows(); ++i) {
      const std::uint64_t word = word_of(i);
      if (kind != Kind::Boolean)
        std::memcpy(out.main.data() + at + i * 8, &word, 8);
      else if (word != 0)
        out.main[at + i / 8] = static_cast<char>(out.main[at + i / 8] | (1 << (i % 8)));
    }
  });
  if (kind == Kind::Float)
    out.end_section(SectionForm::Decimals);
  else if (kind != Kind::Boolean)
    out.end_section(SectionForm::Words, sizeof(std::uint64_t));
}

void open(ColumnView& view) {
  const Kind kind = static_cast<Kind>(view.header->kind);
  if (!is_whole(kind) && kind != Kind::Float && kind != Kind::Boolean) corrupt_column("wrong kind");
  view.first = view.bytes(view.body, body_bytes(kind, view.rows));
}

std::uint64_t word_at(const ColumnView& view, std::uint32_t row) {
  std::uint64_t word;
  std::memcpy(&word, view.first + std::size_t{row} * 8, sizeof word);
  return word;
}

Cell value(ColumnView& view, std::uint32_t row, Arena&) {
  const Kind kind = static_cast<Kind>(view.header->kind);
  if (kind == Kind::Boolean) return Cell::boolean(bit_at(view.first, row));
  Cell cell;
  cell.kind = kind;
  cell.word = word_at(view, row);
  return cell;
}

void read(ColumnView& view, const Gather& gather, Vector& out) {
  if (out.type() == VectorType::Boolean) {
    auto* data = out.data<std::uint8_t>();
    gather.for_each(
        [&](std::uint32_t row, std::uint32_t to) { data[to] = bit_at(view.first, row) ? 1 : 0; });
  } else if (out.type() == VectorType::Any) {
    Cell* data = out.data<Cell>();
    gather.for_each(
        [&](std::uint32_t row, std::uint32_t to) { data[to] = value(view, row, out.arena()); });
  } else {
    KITH_ASSERT(out.type() == VectorType::Integer || out.type() == VectorType::Float);
    auto* data = out.data<std::uint64_t>();  // the bits, whatever they mean
    if (!gather.rows && !gather.to) {
      std::memcpy(data + gather.first_to, view.first + std::size_t{gather.first_row} * 8,
                  std::size_t{gather.count} * 8);
      return;
    }
    gather.for_each([&](std::uint32_t row, std::uint32_t to) { data[to] = word_at(view, row); });
  }
}

}  // namespace

const EncodingDef kPlainEncoding = {Encoding::Plain, "plain", estimate, write, open, read, value};

}  // namespace kith::storage
