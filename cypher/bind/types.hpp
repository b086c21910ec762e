// cypher/bind/types.hpp: what is known about the type of an expression before it runs.
//
// Inference is sound, never complete: a value whose type the text does not fix may be anything, and
// the executor checks it. Null is always possible, and a type of null alone fits everywhere.
#pragma once

#include <span>
#include <string>

#include "cypher/bind/expression.hpp"

namespace kith::bound {

inline constexpr TypeSet kNullType = TypeSet::of(Kind::Null);
inline constexpr TypeSet kBooleanType = TypeSet::of(Kind::Boolean);
inline constexpr TypeSet kIntegerType = TypeSet::of(Kind::Integer);
inline constexpr TypeSet kFloatType = TypeSet::of(Kind::Float);
inline constexpr TypeSet kNumberType = kIntegerType | kFloatType;
inline constexpr TypeSet kStringType = TypeSet::of(Kind::String);
inline constexpr TypeSet kListType = TypeSet::of(Kind::List);
inline constexpr TypeSet kMapType = TypeSet::of(Kind::Map);
inline constexpr TypeSet kNodeType = TypeSet::of(Kind::Node);
inline constexpr TypeSet kRelationshipType = TypeSet::of(Kind::Relationship);
inline constexpr TypeSet kPathType = TypeSet::of(Kind::Path);
inline constexpr TypeSet kDurationType = TypeSet::of(Kind::Duration);
inline constexpr TypeSet kPointType = TypeSet::of(Kind::Point);
inline constexpr TypeSet kInstantType = TypeSet::of(Kind::Date) | TypeSet::of(Kind::LocalTime) |
                                        TypeSet::of(Kind::Time) | TypeSet::of(Kind::LocalDateTime) |
                                        TypeSet::of(Kind::DateTime);
// What `x.key` may be asked of.
inline constexpr TypeSet kHasProperties =
    kNodeType | kRelationshipType | kMapType | kInstantType | kDurationType | kPointType;

constexpr bool is_null_only(TypeSet types) { return types.is_only(kNullType); }
// False if no value of `types`, null apart, is of `wanted`: an error that need not wait.
constexpr bool possible(TypeSet types, TypeSet wanted) {
  return is_null_only(types) || types.overlaps(wanted);
}

// "a node", "an integer or a float": for messages.
std::string describe(TypeSet types);

// The types of an operation's result; no bits at all: no operands of these types have one.
TypeSet result_types(Operator op, std::span<const ExpressionPtr> operands);

// As people write it: "AND", "+", "STARTS WITH".
std::string_view spelling(Operator op);

}  // namespace kith::bound
