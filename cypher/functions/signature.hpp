// cypher/functions/signature.hpp: the types that a function's row declares, as sets of kinds.
//
// "(text :: STRING, of :: LIST<ANY> | NODE, more :: ANY...) -> INTEGER": arguments by comma, each
// with its name, choices by |, `...` after the last one that may be repeated.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/type_set.hpp"
#include "cypher/functions/function.hpp"

namespace kith {

struct Signature {
  struct Argument {
    std::string_view name, type;  // as written, without `...`
    bool repeated = false;
  };
  std::vector<TypeSet> arguments;
  std::vector<Argument> written;  // one for each of `arguments`
  std::string_view result_type;
  TypeSet result = TypeSet::any();

  // Of argument number `index`; beyond those written, the last one's.
  TypeSet argument(std::size_t index) const;
};

// The kinds a type name stands for: "INTEGER", "LIST<STRING>", "ZONED DATETIME | DATE", "NUMBER",
// "ANY". Nothing if it is no type.
std::optional<TypeSet> parse_types(std::string_view text);

// Nothing if the text is not written as above. The signature's texts are parts of this one.
std::optional<Signature> parse_signature(std::string_view text);

// The row's own signature is right: a test reads them all.
Signature parsed_signature(const FunctionDef& function);
Signature parsed_signature(const AggregateDef& function);

// "left(text :: STRING, length :: INTEGER) :: STRING"; what may be left out in brackets.
std::string shown_signature(std::string_view name, const Signature& signature,
                            std::size_t min_arguments);

}  // namespace kith
