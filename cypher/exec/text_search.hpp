// cypher/exec/text_search.hpp: where a text has another one in it.
//
// There is a portable loop and, where the processor has the instructions, a faster one; which is
// decided once (core/instructions.hpp). Both give the same answers.
#pragma once

#include <string_view>

#include "core/instructions.hpp"

namespace kith::exec {

using TextContains = bool (*)(std::string_view text, std::string_view part);

// Null if this processor does not have the instructions.
TextContains text_contains(Instructions instructions);
// The fastest one.
TextContains text_contains();

}  // namespace kith::exec
