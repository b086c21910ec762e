// cypher/bind/types.cpp: the types of operations, and types in words.
#include "cypher/bind/types.hpp"

#include <array>
#include <string_view>
#include <vector>

#include "core/assert.hpp"

namespace kith::bound {

namespace {

constexpr std::array<std::string_view, kKindCount> kWords = {
    "null",       "a boolean",    "an integer", "a float",           "a string",
    "a list",     "a map",        "a node",     "a relationship",    "a path",
    "a date",     "a local time", "a time",     "a local date-time", "a date-time",
    "a duration", "a point",
};

TypeSet arithmetic(TypeSet a, TypeSet b) {
  if (!a.overlaps(kNumberType) || !b.overlaps(kNumberType)) return {};
  TypeSet result;
  if (a.overlaps(kIntegerType) && b.overlaps(kIntegerType)) result = result | kIntegerType;
  if (a.overlaps(kFloatType) || b.overlaps(kFloatType)) result = result | kFloatType;
  return result;
}

// Instants and durations: `a` moved by `b`.
TypeSet moved(TypeSet a, TypeSet b) {
  if (!b.overlaps(kDurationType)) return {};
  return {a.bits & (kInstantType | kDurationType).bits};
}

TypeSet sum(TypeSet a, TypeSet b) {
  if (a.is_only(kListType | kNullType) || b.is_only(kListType | kNullType)) return kListType;
  TypeSet result = arithmetic(a, b) | moved(a, b) | moved(b, a);
  if (a.overlaps(kListType) || b.overlaps(kListType)) result = result | kListType;
  if (a.overlaps(kStringType) || b.overlaps(kStringType)) result = result | kStringType;
  return result;
}

TypeSet concatenation(TypeSet a, TypeSet b) {
  return {a.bits & b.bits & (kListType | kStringType).bits};
}

TypeSet scaled(TypeSet a, TypeSet b) {
  return a.overlaps(kDurationType) && b.overlaps(kNumberType) ? kDurationType : TypeSet{};
}

TypeSet binary(Operator op, TypeSet a, TypeSet b) {
  if (is_null_only(a) || is_null_only(b)) return kNullType;
  switch (op) {
    case Operator::Add:
      return sum(a, b);
    case Operator::Subtract:
      return arithmetic(a, b) | moved(a, b);
    case Operator::Multiply:
      return arithmetic(a, b) | scaled(a, b) | scaled(b, a);
    case Operator::Divide:
      return arithmetic(a, b) | scaled(a, b);
    case Operator::Modulo:
      return arithmetic(a, b);
    case Operator::Power:
      return arithmetic(a, b).bits != 0 ? kFloatType : TypeSet{};
    case Operator::Concat:
      return concatenation(a, b);
    case Operator::In:
      return b.overlaps(kListType) ? kBooleanType : TypeSet{};
    default:
      return kBooleanType;  // comparisons are defined for all; on others than strings, null
  }
}

}  // namespace

std::string describe(TypeSet types) {
  std::vector<std::string_view> words;
  for (std::size_t kind = 1; kind < kKindCount; ++kind) {
    if (types.may_be(static_cast<Kind>(kind))) words.push_back(kWords[kind]);
  }
  if (words.empty()) return "null";
  if (words.size() + 1 == kKindCount) return "any value";
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

TypeSet result_types(Operator op, std::span<const ExpressionPtr> operands) {
  KITH_ASSERT(!operands.empty());
  switch (op) {
    case Operator::IsNull:
    case Operator::IsNotNull:
      return kBooleanType;
    case Operator::Not:
    case Operator::And:
    case Operator::Or:
    case Operator::Xor:
      for (const ExpressionPtr& operand : operands) {
        if (!possible(operand->types, kBooleanType)) return {};
      }
      return kBooleanType;
    case Operator::Negate: {
      const TypeSet types = operands[0]->types;
      if (is_null_only(types)) return kNullType;
      return {types.bits & (kNumberType | kDurationType).bits};
    }
    default:
      KITH_ASSERT(operands.size() == 2);
      return binary(op, operands[0]->types, operands[1]->types);
  }
}

std::string_view spelling(Operator op) {
  switch (op) {
    case Operator::Not:
      return "NOT";
    case Operator::And:
      return "AND";
    case Operator::Or:
      return "OR";
    case Operator::Xor:
      return "XOR";
    case Operator::Equal:
      return "=";
    case Operator::NotEqual:
      return "<>";
    case Operator::Less:
      return "<";
    case Operator::LessEqual:
      return "<=";
    case Operator::Greater:
      return ">";
    case Operator::GreaterEqual:
      return ">=";
    case Operator::Add:
      return "+";
    case Operator::Subtract:
    case Operator::Negate:
      return "-";
    case Operator::Multiply:
      return "*";
    case Operator::Divide:
      return "/";
    case Operator::Modulo:
      return "%";
    case Operator::Power:
      return "^";
    case Operator::Concat:
      return "||";
    case Operator::In:
      return "IN";
    case Operator::StartsWith:
      return "STARTS WITH";
    case Operator::EndsWith:
      return "ENDS WITH";
    case Operator::Contains:
      return "CONTAINS";
    case Operator::Matches:
      return "=~";
    case Operator::IsNull:
      return "IS NULL";
    case Operator::IsNotNull:
      return "IS NOT NULL";
  }
  return "?";
}

}  // namespace kith::bound
