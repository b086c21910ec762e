// cypher/functions/signature.hpp: the types that a function's row declares, as sets of kinds.
//
// "(STRING, LIST<ANY> | NODE, ANY...) -> INTEGER": arguments by comma, choices by |, `...` after
// the last one that may be repeated.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/type_set.hpp"
#include "cypher/functions/function.hpp"

namespace kith {

struct Signature {
  std::vector<TypeSet> arguments;
  TypeSet result = TypeSet::any();

  // Of argument number `index`; beyond those written, the last one's.
  TypeSet argument(std::size_t index) const;
};

// The kinds a type name stands for: "INTEGER", "LIST<STRING>", "ZONED DATETIME | DATE", "NUMBER",
// "ANY". Nothing if it is no type.
std::optional<TypeSet> parse_types(std::string_view text);

// Nothing if the text is not written as above.
std::optional<Signature> parse_signature(std::string_view text);

// The row's own signature is right: a test reads them all.
Signature parsed_signature(const FunctionDef& function);
Signature parsed_signature(const AggregateDef& function);

}  // namespace kith
