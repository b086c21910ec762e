// tests/fuzz/damage.hpp: query text that something has happened to.
#pragma once

#include <string>

#include "tests/fuzz/random.hpp"

namespace kith::fuzz {

std::string damaged(Random& random, const std::string& text);

}  // namespace kith::fuzz
