// storage/pack/numbers.hpp: numbers 128 at a time, in as few bits as most of them need.
//
// A group holds the differences of its numbers to their least (or the differences from one to the
// next, to the least of those) in `width` bits each; the few that need more have the rest beside.
// docs/file_format.md, part 12, has the bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "storage/pack/section.hpp"

namespace kith::storage {

inline constexpr std::size_t kGroupNumbers = 128;

// T: uint32_t (differences modulo 2^32) or uint64_t. Both keep the last number from group to group.
template <class T>
class NumberPacker {
 public:
  // At most kGroupNumbers, which all but the last call give.
  void pack(std::span<const T> numbers, std::string& out);

 private:
  T last_ = 0;
};

template <class T>
class NumberUnpacker {
 public:
  explicit NumberUnpacker(PackReader& in) : in_(in) {}  // reads from it, group by group
  // As many as were packed together; room for kGroupNumbers in any case.
  void unpack(std::size_t count, std::span<T, kGroupNumbers> numbers);
  // The same of their low bytes alone. Either this or unpack() for all groups.
  void unpack_low_bytes(std::size_t count, std::span<std::uint8_t, kGroupNumbers> bytes);

 private:
  struct Base {
    bool differences;
    T value;
  };
  // The numbers less the base, or less it and the number before.
  Base unpack_rests(std::size_t count, std::span<T, kGroupNumbers> numbers);

  PackReader& in_;
  T last_ = 0;
};

extern template class NumberPacker<std::uint32_t>;
extern template class NumberPacker<std::uint64_t>;
extern template class NumberUnpacker<std::uint32_t>;
extern template class NumberUnpacker<std::uint64_t>;

}  // namespace kith::storage
