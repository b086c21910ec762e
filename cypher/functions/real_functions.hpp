// cypher/functions/real_functions.hpp: functions of one real number, for many numbers at once.
#pragma once

#include "cypher/functions/function.hpp"

namespace kith {

// What a function does with each number, integers taken as floats; nullptr if it is not of that
// kind.
using RealFunction = double (*)(double);
RealFunction real_function_of(const FunctionDef& function);

}  // namespace kith
