// storage/pack/words.cpp: arrays of numbers: whole bytes each, or so many bits.
#include <cstring>

#include "core/assert.hpp"
#include "storage/pack/bits.hpp"
#include "storage/pack/numbers.hpp"
#include "storage/pack/section.hpp"

namespace kith::storage {

namespace {

constexpr std::uint32_t kLeastBitsSaved = 4;  // unpacked, they are packed again
constexpr std::size_t kSampleGroups = 8;

// Stored is how numbers lie in the payload; T is what they are packed as.
template <class Stored, class T>
void pack_words(std::span<const std::byte> bytes, std::string& out) {
  NumberPacker<T> packer;
  T numbers[kGroupNumbers];
  const std::size_t count = bytes.size() / sizeof(Stored);
  for (std::size_t at = 0; at < count; at += kGroupNumbers) {
    const std::size_t n = std::min(kGroupNumbers, count - at);
    Stored stored[kGroupNumbers];
    std::memcpy(stored, bytes.data() + at * sizeof(Stored), n * sizeof(Stored));
    for (std::size_t i = 0; i < n; ++i) numbers[i] = stored[i];
    packer.pack({numbers, n}, out);
  }
}

template <class Stored, class T>
void unpack_words(std::span<const std::byte> packed, std::span<std::byte> bytes) {
  if (bytes.size() % sizeof(Stored) != 0) corrupt_pack("half a number");
  PackReader in(packed);
  NumberUnpacker<T> unpacker(in);
  T numbers[kGroupNumbers];
  const std::size_t count = bytes.size() / sizeof(Stored);
  for (std::size_t at = 0; at < count; at += kGroupNumbers) {
    const std::size_t n = std::min(kGroupNumbers, count - at);
    unpacker.unpack(n, numbers);
    std::byte* to = bytes.data() + at * sizeof(Stored);
    if constexpr (sizeof(Stored) == sizeof(T)) {
      std::memcpy(to, numbers, n * sizeof(T));
    } else {
      Stored stored[kGroupNumbers];
      for (std::size_t i = 0; i < n; ++i) stored[i] = static_cast<Stored>(numbers[i]);
      std::memcpy(to, stored, n * sizeof(Stored));
    }
  }
  in.expect_end();
}

bool pack_words_of(std::uint8_t width, std::span<const std::byte> bytes, std::string& out) {
  KITH_ASSERT(width == 2 || width == 4 || width == 8);
  if (bytes.size() % width != 0) return false;
  if (width == 2)
    pack_words<std::uint16_t, std::uint32_t>(bytes, out);
  else if (width == 4)
    pack_words<std::uint32_t, std::uint32_t>(bytes, out);
  else
    pack_words<std::uint64_t, std::uint64_t>(bytes, out);
  return true;
}

void unpack_words_of(std::uint8_t width, std::span<const std::byte> packed,
                     std::span<std::byte> bytes) {
  if (width == 2)
    unpack_words<std::uint16_t, std::uint32_t>(packed, bytes);
  else if (width == 4)
    unpack_words<std::uint32_t, std::uint32_t>(packed, bytes);
  else if (width == 8)
    unpack_words<std::uint64_t, std::uint64_t>(packed, bytes);
  else
    corrupt_pack("numbers of a wrong size");
}

// As many numbers as the bytes have room for before the slack; what is left of a word is zero.
std::size_t bit_numbers(std::uint8_t width, std::size_t bytes) {
  return (bytes - kPackedSlack) * 8 / width;
}

bool tail_is_zero(std::uint8_t width, std::size_t count, std::span<const std::byte> bytes) {
  const std::size_t used = count * width;
  if (used % 8 != 0 && std::to_integer<unsigned>(bytes[used / 8]) >> used % 8 != 0) return false;
  for (std::size_t i = (used + 7) / 8; i < bytes.size(); ++i)
    if (bytes[i] != std::byte{0}) return false;
  return true;
}

// False: a sample says that it is not worth it, as is usual with numbers in as few bits as they
// need.
template <class T>
bool pack_bit_numbers(std::uint8_t width, std::size_t count, const std::byte* bits,
                      std::string& out) {
  NumberPacker<T> packer;
  T numbers[kGroupNumbers];
  const auto pack_group = [&](std::size_t at, NumberPacker<T>& by, std::string& to) {
    const std::size_t n = std::min(kGroupNumbers, count - at);
    for (std::size_t i = 0; i < n; ++i)
      numbers[i] = static_cast<T>(unpack(bits, width, low_bits(width), at + i));
    by.pack({numbers, n}, to);
  };
  const std::size_t groups = count / kGroupNumbers;
  if (groups >= 4 * kSampleGroups) {
    std::string sample;
    NumberPacker<T> sampler;
    for (std::size_t i = 0; i < kSampleGroups; ++i)
      pack_group(groups / kSampleGroups * i * kGroupNumbers, sampler, sample);
    const std::size_t plain = kSampleGroups * kGroupNumbers * width / 8;
    if (sample.size() > plain - plain / kLeastBitsSaved) return false;
  }
  for (std::size_t at = 0; at < count; at += kGroupNumbers) pack_group(at, packer, out);
  return true;
}

template <class T>
void unpack_bit_numbers(std::uint8_t width, std::size_t count, std::span<const std::byte> packed,
                        std::byte* bits) {
  PackReader in(packed);
  NumberUnpacker<T> unpacker(in);
  T numbers[kGroupNumbers];
  for (std::size_t at = 0; at < count; at += kGroupNumbers) {
    const std::size_t n = std::min(kGroupNumbers, count - at);
    unpacker.unpack(n, numbers);
    std::byte* to = bits + at / 8 * width;  // a group ends with a whole word
    std::uint64_t word = 0;
    unsigned filled = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint64_t number = numbers[i] & low_bits(width);
      word |= number << filled;
      filled += width;
      if (filled < 64) continue;
      std::memcpy(to, &word, sizeof word);
      to += sizeof word;
      filled -= 64;
      word = filled == 0 ? 0 : number >> (width - filled);
    }
    if (filled > 0) std::memcpy(to, &word, sizeof word);  // the slack has room for it
  }
  in.expect_end();
}

bool pack_bits(std::uint8_t width, std::span<const std::byte> bytes, std::string& out) {
  KITH_ASSERT(width >= 1 && width <= kMostPackedBits);
  if (bytes.size() < kPackedSlack) return false;
  const std::size_t count = bit_numbers(width, bytes.size());
  if (!tail_is_zero(width, count, bytes)) return false;
  return width <= 32 ? pack_bit_numbers<std::uint32_t>(width, count, bytes.data(), out)
                     : pack_bit_numbers<std::uint64_t>(width, count, bytes.data(), out);
}

void unpack_bits(std::uint8_t width, std::span<const std::byte> packed,
                 std::span<std::byte> bytes) {
  if (width < 1 || width > kMostPackedBits || bytes.size() < kPackedSlack)
    corrupt_pack("a wrong number of bits");
  const std::size_t count = bit_numbers(width, bytes.size());
  std::memset(bytes.data(), 0, bytes.size());
  if (width <= 32)
    unpack_bit_numbers<std::uint32_t>(width, count, packed, bytes.data());
  else
    unpack_bit_numbers<std::uint64_t>(width, count, packed, bytes.data());
}

}  // namespace

const SectionFormDef kWordsForm = {SectionForm::Words, "words", 8, pack_words_of, unpack_words_of};
const SectionFormDef kBitsForm = {SectionForm::Bits, "bits", kLeastBitsSaved, pack_bits,
                                  unpack_bits};

}  // namespace kith::storage
