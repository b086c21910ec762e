// core/id.hpp: identifiers that the compiler tells apart, and the sizes everybody agrees on.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace kith {

template <class Tag, class Number = std::uint64_t>
struct Id {
  Number value = 0;
  friend auto operator<=>(Id, Id) = default;
};

using NodeId = Id<struct NodeTag>;
using RelationshipId = Id<struct RelationshipTag>;
using LabelId = Id<struct LabelTag, std::uint32_t>;  // interned in the catalog
using TypeId = Id<struct TypeTag, std::uint32_t>;    // relationship type
using KeyId = Id<struct KeyTag, std::uint32_t>;      // property key

inline constexpr std::uint64_t kMiB = 1024 * 1024;
inline constexpr std::uint32_t kSegmentBits = 14;
inline constexpr std::uint32_t kSegmentSlots = 1u << kSegmentBits;
inline constexpr std::uint32_t kBatchRows = 2048;  // the default; tests run with 2

template <class I>
constexpr std::uint64_t segment_of(I id) {
  return id.value >> kSegmentBits;
}
template <class I>
constexpr std::uint32_t slot_of(I id) {
  return static_cast<std::uint32_t>(id.value & (kSegmentSlots - 1));
}

enum class Direction : std::uint8_t { Out, In, Both };

// std::visit with lambdas; every alternative must be answered, so a new one is found everywhere.
template <class... Fs>
struct Overload : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overload(Fs...) -> Overload<Fs...>;

}  // namespace kith

template <class Tag, class Number>
struct std::hash<kith::Id<Tag, Number>> {
  std::size_t operator()(kith::Id<Tag, Number> id) const noexcept {
    return std::hash<Number>{}(id.value);
  }
};
