// core/property_types.hpp: what `IS :: TYPE` lets a property hold.
#pragma once

#include <string>

#include "core/type_set.hpp"

namespace kith {

// A property holds no null, and a list holds items of one kind, or integers and floats together.
struct PropertyTypes {
  TypeSet values;      // single values of these kinds
  TypeSet items;       // lists of one of these kinds; no bits: no lists
  bool mixed = false;  // lists of integers and floats together, too
  friend bool operator==(const PropertyTypes&, const PropertyTypes&) = default;

  bool admit(const Cell& cell) const;
};

// The kinds that a property or an item of its list can have.
constexpr TypeSet single_property_kinds() {
  return TypeSet::of(Kind::Boolean) | TypeSet::of(Kind::Integer) | TypeSet::of(Kind::Float) |
         TypeSet::of(Kind::String) | TypeSet::of(Kind::Date) | TypeSet::of(Kind::LocalTime) |
         TypeSet::of(Kind::Time) | TypeSet::of(Kind::LocalDateTime) | TypeSet::of(Kind::DateTime) |
         TypeSet::of(Kind::Duration) | TypeSet::of(Kind::Point);
}

// Those of them whose values `<` compares with one another.
constexpr TypeSet ordered_property_kinds() {
  return {single_property_kinds().bits &
          ~(TypeSet::of(Kind::Duration) | TypeSet::of(Kind::Point)).bits};
}

// As it is written, in one order whatever the order it was written in:
// "STRING | INTEGER | LIST<FLOAT NOT NULL>".
std::string to_text(const PropertyTypes& types);

}  // namespace kith
