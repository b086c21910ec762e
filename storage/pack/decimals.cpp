// storage/pack/decimals.cpp: doubles that are decimal fractions, as whole numbers.
//
// A double that was written with few digits is the quotient of a whole number and a power of ten,
// rounded once: so is the division that gives it back. The others (and -0.0, NaN) stand beside.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>
#include <vector>

#include "core/assert.hpp"
#include "storage/pack/numbers.hpp"
#include "storage/pack/section.hpp"

namespace kith::storage {

namespace {

constexpr double kPowers[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6, 1e7,
                              1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14};
constexpr std::size_t kPowerCount = std::size(kPowers);
constexpr double kMostExact = 9007199254740992.0;  // 2^53
constexpr std::size_t kSamples = 64;

struct DecimalHeader {
  std::uint8_t places;       // digits behind the point
  std::uint8_t reserved[3];  // 0
  std::uint32_t exceptions;
};
static_assert(sizeof(DecimalHeader) == 8);

struct Exception {
  std::uint64_t place, bits;
};

std::uint64_t bits_at(std::span<const std::byte> bytes, std::size_t i) {
  std::uint64_t bits;
  std::memcpy(&bits, bytes.data() + i * sizeof bits, sizeof bits);
  return bits;
}

// The whole number that, divided by `power`, is this double to the bit.
std::optional<std::int64_t> whole_for(std::uint64_t bits, double power) {
  const double scaled = std::nearbyint(std::bit_cast<double>(bits) * power);
  if (!(std::abs(scaled) <= kMostExact)) return std::nullopt;
  const auto whole = static_cast<std::int64_t>(scaled);  // of -0.0 it is 0
  if (std::bit_cast<std::uint64_t>(static_cast<double>(whole) / power) != bits) return std::nullopt;
  return whole;
}

// The fewest places that most of some values need; kPowerCount if they have too many.
std::size_t choose_places(std::span<const std::byte> bytes, std::size_t count) {
  const std::size_t step = std::max<std::size_t>(1, count / kSamples);
  std::array<std::size_t, kPowerCount + 1> needing{};
  std::size_t seen = 0;
  for (std::size_t i = 0; i < count; i += step, ++seen) {
    std::size_t places = 0;
    while (places < kPowerCount && !whole_for(bits_at(bytes, i), kPowers[places])) ++places;
    ++needing[places];
  }
  std::size_t places = kPowerCount, above = needing[kPowerCount];
  while (places > 0 && (above + needing[places - 1]) * 16 <= seen) above += needing[--places];
  if (places == 0) return 0;
  return above * 4 > seen ? kPowerCount : places - 1;
}

bool pack_decimals(std::uint8_t, std::span<const std::byte> bytes, std::string& out) {
  const std::size_t count = bytes.size() / sizeof(double);
  if (count == 0 || bytes.size() % sizeof(double) != 0) return false;
  const std::size_t places = choose_places(bytes, count);
  if (places == kPowerCount) return false;
  std::vector<Exception> exceptions;
  std::string numbers;
  NumberPacker<std::uint64_t> packer;
  std::uint64_t whole[kGroupNumbers], before = 0;
  for (std::size_t at = 0; at < count; at += kGroupNumbers) {
    const std::size_t n = std::min(kGroupNumbers, count - at);
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint64_t bits = bits_at(bytes, at + i);
      const auto found = whole_for(bits, kPowers[places]);
      if (found)
        before = static_cast<std::uint64_t>(*found);
      else
        exceptions.push_back({at + i, bits});
      whole[i] = before;
    }
    packer.pack({whole, n}, numbers);
  }
  const DecimalHeader header{
      static_cast<std::uint8_t>(places), {}, static_cast<std::uint32_t>(exceptions.size())};
  const auto put = [&](const auto* from, std::size_t size) {
    out.append(static_cast<const char*>(static_cast<const void*>(from)), size);
  };
  put(&header, sizeof header);
  put(exceptions.data(), exceptions.size() * sizeof(Exception));
  out += numbers;
  return true;
}

void unpack_decimals(std::uint8_t, std::span<const std::byte> packed, std::span<std::byte> bytes) {
  PackReader in(packed);
  DecimalHeader header;
  std::memcpy(&header, in.take(sizeof header).data(), sizeof header);
  const std::size_t count = bytes.size() / sizeof(double);
  if (header.places >= kPowerCount || bytes.size() % sizeof(double) != 0 ||
      header.exceptions > count)
    corrupt_pack("decimals that cannot be");
  const auto exceptions = in.take(header.exceptions * sizeof(Exception));
  NumberUnpacker<std::uint64_t> unpacker(in);
  const double power = kPowers[header.places];
  std::uint64_t whole[kGroupNumbers];
  double values[kGroupNumbers];
  for (std::size_t at = 0; at < count; at += kGroupNumbers) {
    const std::size_t n = std::min(kGroupNumbers, count - at);
    unpacker.unpack(n, whole);
    for (std::size_t i = 0; i < n; ++i)
      values[i] = static_cast<double>(static_cast<std::int64_t>(whole[i])) / power;
    std::memcpy(bytes.data() + at * sizeof(double), values, n * sizeof(double));
  }
  in.expect_end();
  for (std::size_t i = 0; i < header.exceptions; ++i) {
    Exception exception;
    std::memcpy(&exception, exceptions.data() + i * sizeof exception, sizeof exception);
    if (exception.place >= count) corrupt_pack("an exception out of place");
    std::memcpy(bytes.data() + exception.place * sizeof(double), &exception.bits, sizeof(double));
  }
}

}  // namespace

const SectionFormDef kDecimalsForm = {SectionForm::Decimals, "decimals", 8, pack_decimals,
                                      unpack_decimals};

}  // namespace kith::storage
