// cypher/type_pattern.hpp: the types of `x IS :: TYPE`, as written, matched against values.
//
// STRING, INTEGER, LIST<INTEGER NOT NULL>, ZONED DATETIME, INTEGER | FLOAT … in any case. A type
// without NOT NULL holds null, too.
#pragma once

#include <string_view>
#include <vector>

#include "core/type_set.hpp"
#include "kith/error.hpp"

namespace kith::cypher {

struct TypePattern {
  // SyntaxError for what is not a type.
  static TypePattern parse(std::string_view text, Position at);
  bool matches(const Cell& cell) const;

  TypeSet kinds;
  bool nullable = true;
  bool lists = false;                // of `element`
  std::vector<TypePattern> element;  // at most one
  std::vector<TypePattern> others;   // alternatives
};

}  // namespace kith::cypher
