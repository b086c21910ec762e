// core/assert.cpp: what happens when a claim about our own code is wrong: say so and stop.
#include "core/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace kith {

void assertion_failed(const char* claim, const char* file, int line) noexcept {
  std::fprintf(stderr, "%s:%d: not so: %s\n", file, line, claim);
  std::abort();
}

}  // namespace kith
