// cypher/exec/dynamic_names.hpp: values that are names: of labels and types in $( … ), of
// properties in n[ … ].
#pragma once

#include <string_view>
#include <vector>

#include "core/cell.hpp"
#include "kith/error.hpp"

namespace kith::exec {

// The names that a string, or a list of strings, gives; views into `value`. TypeError for anything
// else, null included, and for an empty name.
std::vector<std::string_view> names_of(const Cell& value, Position at);
// The same, if it is exactly one.
std::string_view type_name_of(const Cell& value, Position at);
std::string_view key_name_of(const Cell& value, Position at);

}  // namespace kith::exec
