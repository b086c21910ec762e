// storage/pack/rows.cpp: short records of one length, a byte of all of them at a time.
//
// Sorted keys share their first bytes, and numbers that are written highest byte first have the
// same high bytes: those planes of bytes take next to nothing.
#include <array>

#include "core/assert.hpp"
#include "storage/pack/numbers.hpp"
#include "storage/pack/section.hpp"

namespace kith::storage {

namespace {

bool pack_rows(std::uint8_t width, std::span<const std::byte> bytes, std::string& out) {
  KITH_ASSERT(width > 0);
  if (bytes.size() % width != 0) return false;
  const std::size_t count = bytes.size() / width;
  for (std::size_t plane = 0; plane < width; ++plane) {
    NumberPacker<std::uint32_t> packer;
    std::uint32_t numbers[kGroupNumbers];
    for (std::size_t at = 0; at < count; at += kGroupNumbers) {
      const std::size_t n = std::min(kGroupNumbers, count - at);
      for (std::size_t i = 0; i < n; ++i)
        numbers[i] = std::to_integer<std::uint32_t>(bytes[(at + i) * width + plane]);
      packer.pack({numbers, n}, out);
    }
  }
  return true;
}

void unpack_rows(std::uint8_t width, std::span<const std::byte> packed,
                 std::span<std::byte> bytes) {
  if (width == 0 || bytes.size() % width != 0) corrupt_pack("half a row");
  const std::size_t count = bytes.size() / width;
  PackReader in(packed);
  for (std::size_t plane = 0; plane < width; ++plane) {
    NumberUnpacker<std::uint32_t> unpacker(in);
    std::array<std::uint32_t, kGroupNumbers> numbers;
    for (std::size_t at = 0; at < count; at += kGroupNumbers) {
      const std::size_t n = std::min(kGroupNumbers, count - at);
      unpacker.unpack(n, numbers);
      for (std::size_t i = 0; i < n; ++i)
        bytes[(at + i) * width + plane] = static_cast<std::byte>(numbers[i] & 0xff);
    }
  }
  in.expect_end();
}

}  // namespace

const SectionFormDef kRowsForm = {SectionForm::Rows, "rows", 8, pack_rows, unpack_rows};

}  // namespace kith::storage
