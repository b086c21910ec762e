// tests/tidy/moved_arguments.hpp: calls that move a thing in one argument and read it in another.
//
// Arguments have no order: GCC takes the last one first on x86-64 and the first one first on arm64,
// where `select(std::move(plan), conditions, plan->rows)` reads what is gone.
#pragma once

#include <cstddef>
#include <vector>

#include "tests/tidy/source_file.hpp"

namespace kith::tidy {

// The lines of such calls, from 1. What counts as read is the moved path itself and, if it is a
// member, a function of the object that it is a member of.
std::vector<std::size_t> moved_and_read(const SourceFile& file);

}  // namespace kith::tidy
