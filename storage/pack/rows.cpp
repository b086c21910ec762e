// storage/pack/rows.cpp: short records of one length, a byte of all of them at a time.
//
// Sorted keys share their first bytes, and numbers that are written highest byte first have the
// same high bytes: those planes of bytes take next to nothing.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <utility>

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

using Plane = std::uint8_t __attribute__((vector_size(16)));
using Pairs = std::uint16_t __attribute__((vector_size(16)));
using Fours = std::uint32_t __attribute__((vector_size(16)));
constexpr std::size_t kPlaneRows = sizeof(Plane), kBlock = 8;

// a0 b0 a1 b1 … of the first halves, and of the second: of items of 1, 2 or 4 bytes.
template <class Items>
[[gnu::always_inline]] inline void interleave(Plane& a, Plane& b) {
  constexpr int kItems = sizeof(Items) / sizeof(Items{}[0]);
  const auto first = std::bit_cast<Items>(a), second = std::bit_cast<Items>(b);
  [&]<int... I>(std::integer_sequence<int, I...>) {
    const Items low = __builtin_shufflevector(first, second, (I / 2 + I % 2 * kItems)...);
    const Items high =
        __builtin_shufflevector(first, second, (I / 2 + I % 2 * kItems + kItems / 2)...);
    a = std::bit_cast<Plane>(low);
    b = std::bit_cast<Plane>(high);
  }
  (std::make_integer_sequence<int, kItems>{});
}

// Eight planes of 16 rows become the first eight bytes of these rows, `width` bytes apart.
void put_rows(const std::uint8_t* planes, std::size_t stride, std::size_t width, std::byte* rows) {
  std::array<Plane, kBlock> block;
  for (std::size_t i = 0; i < kBlock; ++i)
    std::memcpy(&block[i], planes + i * stride, sizeof(Plane));
  for (std::size_t i = 0; i < kBlock; i += 2) interleave<Plane>(block[i], block[i + 1]);
  for (std::size_t i = 0; i < kBlock; i += 4)
    for (std::size_t j = i; j < i + 2; ++j) interleave<Pairs>(block[j], block[j + 2]);
  for (std::size_t i = 0; i < kBlock / 2; ++i) interleave<Fours>(block[i], block[i + 4]);
  // Rows 0 to 3 and 8 to 11 came of the first halves of the planes, each two to a register.
  constexpr std::array<std::size_t, kBlock> kOrder = {0, 4, 2, 6, 1, 5, 3, 7};
  for (std::size_t i = 0; i < kBlock; ++i) {
    const auto two = std::bit_cast<std::array<std::uint64_t, 2>>(block[kOrder[i]]);
    std::memcpy(rows + 2 * i * width, &two[0], kBlock);
    std::memcpy(rows + (2 * i + 1) * width, &two[1], kBlock);
  }
}

// `planes`: a byte of each row, `stride` of them to a plane.
void put_planes(const std::uint8_t* planes, std::size_t stride, std::size_t width,
                std::span<std::byte> bytes) {
  const std::size_t count = bytes.size() / width;
  const std::size_t whole = width < kBlock ? 0 : count / kPlaneRows * kPlaneRows;
  for (std::size_t at = 0; at < whole; at += kPlaneRows) {
    for (std::size_t plane = 0; plane < width; plane += kBlock) {
      const std::size_t first = std::min(plane, width - kBlock);  // some twice
      put_rows(planes + first * stride + at, stride, width, &bytes[at * width + first]);
    }
  }
  for (std::size_t plane = 0; plane < width; ++plane)
    for (std::size_t i = whole; i < count; ++i)
      bytes[i * width + plane] = static_cast<std::byte>(planes[plane * stride + i]);
}

void unpack_rows(std::uint8_t width, std::span<const std::byte> packed,
                 std::span<std::byte> bytes) {
  if (width == 0 || bytes.size() % width != 0) corrupt_pack("half a row");
  const std::size_t count = bytes.size() / width;
  const std::size_t stride = (count + kGroupNumbers - 1) / kGroupNumbers * kGroupNumbers;
  const auto planes = std::make_unique_for_overwrite<std::uint8_t[]>(stride * width);
  PackReader in(packed);
  for (std::size_t plane = 0; plane < width; ++plane) {
    NumberUnpacker<std::uint32_t> unpacker(in);
    std::uint8_t* to = planes.get() + plane * stride;
    for (std::size_t at = 0; at < count; at += kGroupNumbers)
      unpacker.unpack_low_bytes(std::min(kGroupNumbers, count - at),
                                std::span<std::uint8_t, kGroupNumbers>(to + at, kGroupNumbers));
  }
  in.expect_end();
  put_planes(planes.get(), stride, width, bytes);
}

}  // namespace

const SectionFormDef kRowsForm = {SectionForm::Rows, "rows", 8, pack_rows, unpack_rows};

}  // namespace kith::storage
