// core/compare.hpp: the three comparisons of openCypher, in one place.
//
//   equality      `=`: three-valued; null and NaN match nothing, not even themselves
//   equivalence   DISTINCT, grouping, joins on it: null is null, NaN is NaN, 0.0 is -0.0, 1 is 1.0
//   orderability  ORDER BY: a total order over all types (openCypher CIP2016-06-14: map, node,
//                 relationship, list, path, temporal types, string, boolean, number, NaN, null)
//   comparability `<`: three-valued; null across types
//
// Integer against float compares exactly. Nodes and relationships compare by id.
#pragma once

#include <compare>
#include <cstdint>

#include "core/cell.hpp"

namespace kith {

enum class Truth : std::uint8_t { False, True, Unknown };
inline Truth truth(bool b) { return b ? Truth::True : Truth::False; }
Cell to_cell(Truth t);

Truth equals(const Cell& a, const Cell& b);
bool equivalent(const Cell& a, const Cell& b);
std::uint64_t hash(const Cell& cell);  // equal for equivalent cells

// Total; never fails. Less, equivalent or greater.
std::weak_ordering order(const Cell& a, const Cell& b);

// For `<`, `<=`, `>`, `>=`: unordered where openCypher says null (null, NaN is "false", see below).
struct Comparison {
  enum class Result : std::uint8_t {
    Less,
    Equal,
    Greater,
    Unordered /* null */,
    NotANumber /* false */
  };
  Result result;
};
Comparison compare(const Cell& a, const Cell& b);

std::strong_ordering compare_exact(std::int64_t a, double b) noexcept;  // b is not NaN

}  // namespace kith
