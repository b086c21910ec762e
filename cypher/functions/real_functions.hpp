// cypher/functions/real_functions.hpp: functions of one real number, for many numbers at once.
#pragma once

#include <cstddef>

#include "cypher/functions/function.hpp"

namespace kith {

// What a function of so many arguments does with each number, integers taken as floats; nullptr if
// it is not of that kind.
using RealFunction = double (*)(double);
RealFunction real_function_of(const FunctionDef& function, std::size_t arguments);

}  // namespace kith
