// storage/pack/numbers.cpp: groups of numbers as bits in four lanes.
//
// Number i of a group is in lane i % 4, row i / 4. A lane is a stream of 32-bit words; the words of
// the four lanes alternate, so that one step unpacks a row of four with the same shifts
// (lanes.hpp).
#include "storage/pack/numbers.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <type_traits>

#include "core/assert.hpp"
#include "core/instructions.hpp"
#include "storage/pack/lanes.hpp"

namespace kith::storage {

namespace {

static_assert(kLaneRows * kLanes == kGroupNumbers);
constexpr std::uint8_t kDifferences = 0x80;  // of the first byte of a group
constexpr std::size_t kMostRuns = 3;         // fewer numbers to a run: rather not as exceptions

template <class T>
constexpr unsigned kBits = sizeof(T) * 8;
template <class T>
using Group = std::array<T, kGroupNumbers>;

struct GroupHeader {
  std::uint8_t form;        // the width, and kDifferences
  std::uint8_t exceptions;  // numbers that need more bits
  std::uint8_t lengths;     // low half: bytes of the base; high half: of the rest of an exception
};
static_assert(sizeof(GroupHeader) == 3);

constexpr unsigned rows_of(std::size_t count) {
  return static_cast<unsigned>((count + kLanes - 1) / kLanes);
}
// Bytes of `rows` rows of numbers of `width` bits, at most kLaneBits.
constexpr std::size_t lanes_bytes(unsigned rows, unsigned width) {
  return std::size_t{(rows * width + kLaneBits - 1) / kLaneBits} * kLanes * 4;
}
template <class T>
constexpr std::size_t body_bytes(unsigned rows, unsigned width) {
  return lanes_bytes(rows, std::min(width, kLaneBits)) +
         (width > kLaneBits ? lanes_bytes(rows, width - kLaneBits) : 0);
}

constexpr std::uint32_t lane_mask(unsigned width) {
  return width >= kLaneBits ? ~std::uint32_t{0} : (std::uint32_t{1} << width) - 1;
}

[[gnu::always_inline]] inline void pack_lanes(const std::uint32_t* numbers, unsigned rows,
                                              unsigned width, std::string& out) {
  std::uint32_t words[kGroupNumbers + kLanes];  // one row more: what is left of the last number
  const std::size_t bytes = lanes_bytes(rows, width);
  KITH_ASSERT(width <= kLaneBits && bytes <= sizeof words - kLanes * 4);
  if (width == 0) return;
  std::uint32_t gathered[kLanes] = {};
  std::uint32_t* to = words;
  const std::uint32_t mask = lane_mask(width);
  unsigned filled = 0;
  for (unsigned row = 0; row < rows; ++row) {
    std::uint32_t row_numbers[kLanes];
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      row_numbers[lane] = numbers[row * kLanes + lane] & mask;
      gathered[lane] |= row_numbers[lane] << filled;
    }
    filled += width;
    if (filled < kLaneBits) continue;
    filled -= kLaneBits;
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      to[lane] = gathered[lane];
      gathered[lane] = row_numbers[lane] >> 1 >> (width - filled - 1);  // all, if none is left
    }
    to += kLanes;
  }
  for (unsigned lane = 0; lane < kLanes; ++lane) to[lane] = gathered[lane];
  out.append(static_cast<const char*>(static_cast<const void*>(words)), bytes);
}

// Fills all of `numbers`; rows that are not there are 0.
void unpack_lanes(PackReader& in, unsigned rows, unsigned width, std::uint32_t* numbers) {
  if (width == 0) {
    std::fill_n(numbers, kGroupNumbers, 0u);
    return;
  }
  const auto bytes = in.take(lanes_bytes(rows, width));
  const UnpackWhole unpack = kUnpackWhole[width - 1];
  if (rows == kLaneRows) {
    unpack(bytes.data(), numbers);
    return;
  }
  std::array<std::byte, kGroupNumbers * sizeof(std::uint32_t)> words{};
  KITH_ASSERT(bytes.size() <= words.size());
  std::memcpy(words.data(), bytes.data(), bytes.size());
  unpack(words.data(), numbers);
  // What is left of the last word may be anything.
  std::fill(numbers + std::size_t{rows} * kLanes, numbers + kGroupNumbers, 0u);
}

template <class T>
void put_low_bytes(T value, std::size_t count, std::string& out) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof value);  // little-endian
  out.append(bytes, count);
}
template <class T>
T take_low_bytes(PackReader& in, std::size_t count) {
  T value = 0;
  KITH_ASSERT(count <= sizeof value);
  if (count > 0) std::memcpy(&value, in.take(count).data(), count);
  return value;
}
// What some numbers need beside their `width` bits.
template <class T>
void add_exceptions(std::span<const std::byte> places, std::span<const std::byte> rests,
                    std::size_t bytes, unsigned width, std::size_t count, T* numbers) {
  PackReader in(rests);
  for (const std::byte place : places) {
    const auto at = std::to_integer<std::size_t>(place);
    if (at >= count) corrupt_pack("an exception out of place");
    const T rest = bytes == 1 ? std::to_integer<T>(in.take(1)[0]) : take_low_bytes<T>(in, bytes);
    numbers[at] |= static_cast<T>(rest << width);
  }
}

template <class T>
void add_steps(T last, T base, std::span<T, kGroupNumbers> numbers) {
  if constexpr (sizeof(T) == 4) {
    add_up(last, base, numbers.data());
  } else {
    for (T& number : numbers) number = last += number + base;
  }
}

template <class T>
std::size_t bytes_of(T value) {
  return (static_cast<std::size_t>(std::bit_width(value)) + 7) / 8;
}

// Ways to pack a group, with what they take.
template <class T>
struct Plan {
  bool differences = false;
  T base = 0;
  unsigned width = 0, exceptions = 0;
  std::size_t exception_bytes = 0;
  std::size_t bytes = ~std::size_t{0};
};

// std::bit_width() in one instruction where the next wider type has room.
template <class T>
[[gnu::always_inline]] inline unsigned width_of(T number) {
  if constexpr (sizeof(T) == 4)
    return 63u - static_cast<unsigned>(std::countl_zero(std::uint64_t{number} * 2 + 1));
  else
    return static_cast<unsigned>(std::bit_width(number));
}

// The best width for `numbers` less `base`, of which the first `count` are meant.
template <class T>
[[gnu::always_inline]] inline void consider(const Group<T>& numbers, std::size_t count, T base,
                                            bool differences, Plan<T>& best) {
  // Counted in four tables: the same width comes many times in a row.
  std::uint8_t counts[4][kBits<T> + 16] = {};
  T all = 0;
  const auto see = [&](std::size_t i, std::uint8_t * table) __attribute__((always_inline)) {
    const T number = numbers[i] - base;
    ++table[width_of(number)];
    all |= number;
  };
  std::size_t at = 0;
  for (; at + 4 <= count; at += 4)
    for (std::size_t i = 0; i < 4; ++i) see(at + i, counts[i]);
  for (; at < count; ++at) see(at, counts[0]);
  for (std::size_t i = 0; i < sizeof counts[0]; ++i)
    counts[0][i] =
        static_cast<std::uint8_t>(counts[0][i] + counts[1][i] + counts[2][i] + counts[3][i]);
  const unsigned widest = width_of(all), rows = rows_of(count);
  const std::size_t fixed = sizeof(GroupHeader) + bytes_of(base);
  unsigned above = 0;
  for (unsigned width = widest;; --width) {
    const std::size_t more = above == 0 ? 0 : (widest - width + 7) / 8;
    const std::size_t exceptions = fixed + above * (1 + more);
    const std::size_t bytes = exceptions + body_bytes<T>(rows, width);
    if (bytes < best.bytes) best = {differences, base, width, above, more, bytes};
    above += counts[0][width];
    if (width == 0 || exceptions >= best.bytes) break;  // fewer bits, more exceptions
  }
}

// The places of the numbers that need more bits than the rest, and then what they need more.
template <class T>
[[gnu::always_inline]] inline void put_exceptions(std::span<const T> numbers, const Plan<T>& plan,
                                                  std::string& out) {
  KITH_ASSERT(plan.width < kBits<T>);
  char places[kGroupNumbers], rests[kGroupNumbers * sizeof(T)];
  std::size_t count = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const T more = numbers[i] >> plan.width;
    places[count] = static_cast<char>(i);
    std::memcpy(rests + count * plan.exception_bytes, &more, sizeof more);
    count += more != 0 ? 1 : 0;
  }
  KITH_ASSERT(count == plan.exceptions);
  out.append(places, count);
  out.append(rests, count * plan.exception_bytes);
}

template <class T>
[[gnu::always_inline]] inline bool below(T a, T b) {  // ids are below 2^63, integers have a sign
  if constexpr (sizeof(T) == 8)
    return static_cast<std::int64_t>(a) < static_cast<std::int64_t>(b);
  else
    return a < b;
}

// What numbers and the steps between them reach.
template <class T>
struct Spread {
  T least, most, least_step;
  T least_up = ~T{0};  // of the steps that are not down
  std::size_t down = 0;
};

template <class T>
[[gnu::always_inline]] inline Spread<T> spread_of(const Group<T>& values, const Group<T>& steps) {
  using Signed = std::make_signed_t<T>;
  Spread<T> spread{values[0], values[0], steps[0]};
  for (const T value : values) {
    spread.least = below(value, spread.least) ? value : spread.least;
    spread.most = below(spread.most, value) ? value : spread.most;
  }
  auto least_step = static_cast<Signed>(steps[0]);
  Signed down = 0;
  for (const T step : steps) {
    least_step = std::min(least_step, static_cast<Signed>(step));
    const Signed is_down = static_cast<Signed>(step) >> (kBits<T> - 1);  // all bits, or none
    down -= is_down;
    spread.least_up = std::min(spread.least_up, step | static_cast<T>(is_down));
  }
  spread.least_step = static_cast<T>(least_step);
  spread.down = static_cast<std::size_t>(down);
  return spread;
}

// `last`: the number before them. All of it is inlined, for the loops to become what the caller is
// compiled for.
template <class T>
[[gnu::always_inline]] inline void pack_group(std::span<const T> numbers, T last,
                                              std::string& out) {
  KITH_ASSERT(!numbers.empty() && numbers.size() <= kGroupNumbers);
  const std::size_t count = numbers.size();
  // All loops go over whole groups. What is not there is as the first, so that it changes nothing.
  std::array<T, kGroupNumbers + 1> with_last;
  with_last[0] = last;
  std::copy(numbers.begin(), numbers.end(), with_last.begin() + 1);
  std::fill(with_last.begin() + 1 + static_cast<std::ptrdiff_t>(count), with_last.end(),
            numbers.front());
  Group<T> values, steps;
  for (std::size_t i = 0; i < kGroupNumbers; ++i) {
    values[i] = with_last[i + 1];
    steps[i] = with_last[i + 1] - with_last[i];
  }
  std::fill(steps.begin() + static_cast<std::ptrdiff_t>(count), steps.end(), steps[0]);
  const Spread<T> spread = spread_of(values, steps);
  Plan<T> plan;
  // Sorted runs: where one ends, the step down is an exception.
  const bool runs = spread.down > 0 && spread.down * kMostRuns < count;
  consider(steps, count, runs ? spread.least_up : spread.least_step, true, plan);
  const auto plain =
      static_cast<unsigned>(std::bit_width(static_cast<T>(spread.most - spread.least)));
  if (plan.bytes * 2 > body_bytes<T>(rows_of(count), plain))
    consider(values, count, spread.least, false, plan);

  Group<T>& rest = plan.differences ? steps : values;
  for (T& number : rest) number -= plan.base;
  std::fill(rest.begin() + static_cast<std::ptrdiff_t>(count), rest.end(), T{0});
  const std::size_t base_bytes = bytes_of(plan.base);
  const GroupHeader header{
      static_cast<std::uint8_t>(plan.width | (plan.differences ? kDifferences : 0u)),
      static_cast<std::uint8_t>(plan.exceptions),
      static_cast<std::uint8_t>(base_bytes | plan.exception_bytes << 4)};
  out.append(static_cast<const char*>(static_cast<const void*>(&header)), sizeof header);
  put_low_bytes(plan.base, base_bytes, out);
  if (plan.exceptions > 0) put_exceptions(std::span<const T>(rest).first(count), plan, out);
  const unsigned rows = rows_of(count);
  if constexpr (sizeof(T) == 4) {
    pack_lanes(rest.data(), rows, plan.width, out);
  } else {
    std::uint32_t half[kGroupNumbers];
    for (std::size_t i = 0; i < kGroupNumbers; ++i) half[i] = static_cast<std::uint32_t>(rest[i]);
    pack_lanes(half, rows, std::min(plan.width, kLaneBits), out);
    if (plan.width <= kLaneBits) return;
    for (std::size_t i = 0; i < kGroupNumbers; ++i)
      half[i] = static_cast<std::uint32_t>(rest[i] >> kLaneBits);
    pack_lanes(half, rows, plan.width - kLaneBits, out);
  }
}

template <class T>
using PackGroup = void (*)(std::span<const T>, T, std::string&);

template <class T>
void pack_portable(std::span<const T> numbers, T last, std::string& out) {
  pack_group(numbers, last, out);
}

#if defined(__x86_64__)
template <class T>
__attribute__((target("avx2,lzcnt"))) void pack_avx2(std::span<const T> numbers, T last,
                                                     std::string& out) {
  pack_group(numbers, last, out);
}
#endif

template <class T>
PackGroup<T> find_packer(Instructions instructions) {
#if defined(__x86_64__)
  if (instructions == Instructions::Avx2) return pack_avx2<T>;
#endif
  return instructions == Instructions::Portable ? PackGroup<T>{pack_portable<T>} : nullptr;
}

}  // namespace

template <class T>
void NumberPacker<T>::pack(std::span<const T> numbers, std::string& out) {
  static const PackGroup<T> packer = widest(find_packer<T>);
  packer(numbers, last_, out);
  last_ = numbers.back();
}

template <class T>
auto NumberUnpacker<T>::unpack_rests(std::size_t count, std::span<T, kGroupNumbers> numbers)
    -> Base {
  KITH_ASSERT(count > 0 && count <= kGroupNumbers);
  GroupHeader header;
  std::memcpy(&header, in_.take(sizeof header).data(), sizeof header);
  const unsigned width = header.form & (kDifferences - 1u);
  const std::size_t base_bytes = header.lengths & 15u, exception_bytes = header.lengths >> 4;
  if (width > kBits<T> || base_bytes > sizeof(T) || exception_bytes > sizeof(T))
    corrupt_pack("a wrong width");
  if (header.exceptions > count || (header.exceptions > 0 && width == kBits<T>))
    corrupt_pack("too many exceptions");
  const T base = take_low_bytes<T>(in_, base_bytes);
  const auto places = in_.take(header.exceptions);
  const auto rests = in_.take(header.exceptions * exception_bytes);
  const unsigned rows = rows_of(count);
  if constexpr (sizeof(T) == 4) {
    unpack_lanes(in_, rows, width, numbers.data());
  } else {
    std::uint32_t low[kGroupNumbers], high[kGroupNumbers];
    unpack_lanes(in_, rows, std::min(width, kLaneBits), low);
    if (width > kLaneBits)
      unpack_lanes(in_, rows, width - kLaneBits, high);
    else
      std::fill_n(high, kGroupNumbers, 0u);
    for (std::size_t i = 0; i < kGroupNumbers; ++i) numbers[i] = T{high[i]} << kLaneBits | low[i];
  }
  add_exceptions(places, rests, exception_bytes, width, count, numbers.data());
  return {(header.form & kDifferences) != 0, base};
}

template <class T>
void NumberUnpacker<T>::unpack(std::size_t count, std::span<T, kGroupNumbers> numbers) {
  const Base base = unpack_rests(count, numbers);
  if (base.differences) {
    add_steps(last_, base.value, numbers);
  } else {
    for (T& number : numbers) number += base.value;
  }
  last_ = numbers[count - 1];
}

template <class T>
void NumberUnpacker<T>::unpack_low_bytes(std::size_t count,
                                         std::span<std::uint8_t, kGroupNumbers> bytes) {
  std::array<T, kGroupNumbers> numbers;
  const Base base = unpack_rests(count, numbers);
  for (std::size_t i = 0; i < kGroupNumbers; ++i)
    bytes[i] = static_cast<std::uint8_t>(numbers[i] & 0xff);
  const auto value = static_cast<std::uint8_t>(base.value & 0xff);
  if (base.differences) {
    add_up(static_cast<std::uint8_t>(last_ & 0xff), value, bytes.data());
  } else {
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(byte + value);
  }
  last_ = bytes[count - 1];
}

template class NumberPacker<std::uint32_t>;
template class NumberPacker<std::uint64_t>;
template class NumberUnpacker<std::uint32_t>;
template class NumberUnpacker<std::uint64_t>;

}  // namespace kith::storage
