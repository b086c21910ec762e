// cypher/property_types.cpp: a type pattern as a set of kinds of values and of items.
#include "cypher/property_types.hpp"

#include "core/assert.hpp"
#include "cypher/type_pattern.hpp"

namespace kith::cypher {

namespace {

class Reading {
 public:
  explicit Reading(Position at) : at_(at) {}

  void add(const TypePattern& type) {
    if (!type.nullable && (type.kinds.bits != 0 || type.lists))
      fail(
          "a type says nothing about a property that is absent: leave NOT NULL out, and make a "
          "constraint with IS NOT NULL beside this one");
    if (type.lists) add_list(type);
    if (type.kinds.bits != 0) result_.values = result_.values | single(type);
    if (!type.lists && type.kinds.bits == 0 && type.others.empty()) refuse();
    for (const TypePattern& other : type.others) add(other);
  }

  PropertyTypes result() const {
    KITH_ASSERT(result_.values.bits != 0 || result_.items.bits != 0);
    return result_;
  }

 private:
  [[noreturn]] void fail(const char* why) const {
    throw SyntaxError("InvalidPropertyType", why, at_);
  }
  [[noreturn]] void refuse() const {
    fail(
        "a property is constrained to BOOLEAN, STRING, INTEGER, FLOAT, DATE, LOCAL TIME, ZONED "
        "TIME, LOCAL DATETIME, ZONED DATETIME, DURATION, POINT, or LIST<… NOT NULL> of one of "
        "these, or to several of them, joined by |");
  }
  TypeSet single(const TypePattern& type) const {
    if (!type.kinds.is_only(single_property_kinds())) refuse();
    return type.kinds;
  }

  void add_list(const TypePattern& list) {
    if (list.element.empty()) refuse();
    const TypeSet items = items_of(list.element.front());
    if (items.bits == 0) refuse();
    result_.items = result_.items | items;
    result_.mixed |= items.may_be(Kind::Integer) && items.may_be(Kind::Float);
  }
  TypeSet items_of(const TypePattern& type) const {
    if (type.lists) fail("a list in a property has no lists in it");
    const bool named = type.kinds.bits != 0;
    if (named && type.nullable)
      fail("a list in a property has no null in it: write LIST<… NOT NULL>");
    if (!named && type.others.empty()) refuse();
    TypeSet items = named ? single(type) : TypeSet{};
    for (const TypePattern& other : type.others) items = items | items_of(other);
    return items;
  }

  Position at_;
  PropertyTypes result_;
};

}  // namespace

PropertyTypes parse_property_types(std::string_view text, Position at) {
  Reading reading(at);
  reading.add(TypePattern::parse(text, at));
  return reading.result();
}

}  // namespace kith::cypher
