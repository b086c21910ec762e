// storage/column/encodings.cpp: the table of encodings, and what they share.
#include <array>

#include "core/assert.hpp"
#include "kith/error.hpp"
#include "storage/column/encoding.hpp"

namespace kith::storage {

std::span<const EncodingDef> encoding_defs() {
  static const std::array<EncodingDef, kEncodingCount> kTable = {
      kConstantEncoding,   kPlainEncoding,   kPackedEncoding,
      kDictionaryEncoding, kStringsEncoding, kMixedEncoding};
  return kTable;
}

const EncodingDef& encoding_def(Encoding encoding) {
  const auto index = static_cast<std::size_t>(encoding);
  if (index >= kEncodingCount) corrupt_column("unknown encoding");
  const EncodingDef& def = encoding_defs()[index];
  KITH_ASSERT(def.encoding == encoding);
  return def;
}

void corrupt_column(const char* what) {
  throw StorageError("CorruptBlock", std::string("a column chunk contradicts itself: ") + what);
}

bool is_whole(Kind kind) {
  return kind == Kind::Integer || kind == Kind::Date || kind == Kind::LocalTime;
}

Cell whole_cell(Kind kind, std::uint64_t word) {
  KITH_ASSERT(is_whole(kind));
  Cell cell;
  cell.kind = kind;
  cell.word = word;
  return cell;
}

const std::byte* ColumnView::bytes(std::uint64_t at, std::uint64_t count) const {
  if (at > main_bytes || count > main_bytes - at) corrupt_column("its block is too short");
  return main + at;
}

}  // namespace kith::storage
