// storage/column/constant.cpp: all slots that hold a value hold the same one.
//
// Body: the value, as core/encode.hpp writes it.
#include "core/assert.hpp"
#include "core/encode.hpp"
#include "storage/column/encoding.hpp"

namespace kith::storage {

namespace {

constexpr std::size_t kLongestConstant = 64 * 1024;  // a main block holds it and any presence

std::optional<std::uint64_t> estimate(const ColumnInput& input) {
  if (!input.one_value) return std::nullopt;
  if (input.sample.kind == Kind::String && input.sample.aux > kLongestConstant) return std::nullopt;
  return input.sample.kind == Kind::String ? input.sample.aux + 6 : 16;
}

void write(const ColumnInput& input, ColumnHeader&, ColumnOutput& out) {
  KITH_ASSERT(input.one_value && input.values > 0);
  encode(out.main, input.sample);
  KITH_ASSERT(out.main.size() <= kMaxPayload);
}

void open(ColumnView& view) { view.first = view.bytes(view.body, 1); }

Cell value(ColumnView& view, std::uint32_t, Arena& arena) {
  ByteReader in({view.first, view.main_bytes - view.body});
  const Cell cell = decode(in, arena);
  if (static_cast<std::uint8_t>(cell.kind) != view.header->kind) corrupt_column("wrong kind");
  return cell;
}

template <class T>
void fill(const Gather& gather, Vector& out, const T& cell) {
  T* data = out.data<T>();
  gather.for_each([&](std::uint32_t, std::uint32_t to) { data[to] = cell; });
}

void read(ColumnView& view, const Gather& gather, Vector& out) {
  const Cell cell = value(view, 0, out.arena());
  switch (out.type()) {
    case VectorType::Boolean:
      return fill<std::uint8_t>(gather, out, cell.word != 0 ? 1 : 0);
    case VectorType::Integer:
      return fill<std::int64_t>(gather, out, cell.integer);
    case VectorType::Float:
      return fill<double>(gather, out, cell.real);
    default:
      return fill<Cell>(gather, out, cell);
  }
}

}  // namespace

const EncodingDef kConstantEncoding = {
    Encoding::Constant, "constant", estimate, write, open, read, value};

}  // namespace kith::storage
