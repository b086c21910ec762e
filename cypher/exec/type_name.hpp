// cypher/exec/type_name.hpp: the types of `x IS :: TYPE`, as written, matched against values.
//
// STRING, INTEGER, LIST<INTEGER NOT NULL>, ZONED DATETIME, INTEGER | FLOAT … in any case. A type
// without NOT NULL holds null, too.
#pragma once

#include <string_view>
#include <vector>

#include "core/cell.hpp"
#include "kith/error.hpp"

namespace kith::exec {

class TypePattern {
 public:
  // SyntaxError for what is not a type.
  static TypePattern parse(std::string_view text, Position at);
  bool matches(const Cell& cell) const;

 private:
  friend class TypeParser;
  std::uint32_t kinds_ = 0;  // a bit for each Kind
  bool nullable_ = true;
  bool lists_ = false;                // of `element_`
  std::vector<TypePattern> element_;  // at most one
  std::vector<TypePattern> others_;   // alternatives
};

}  // namespace kith::exec
