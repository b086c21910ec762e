// cypher/property_types.hpp: the types of a property type constraint, read from its text.
#pragma once

#include <string_view>

#include "core/property_types.hpp"
#include "kith/error.hpp"

namespace kith::cypher {

// SyntaxError("InvalidPropertyType") for types that no property can have, for NOT NULL outside of
// LIST<…>, and for lists whose items might be null.
PropertyTypes parse_property_types(std::string_view text, Position at);

}  // namespace kith::cypher
