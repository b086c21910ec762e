// tests/cypher/decoy.hpp: the same statement with other literals, to be run before it.
//
// Where the two share a plan, the one that runs second must not see anything of the first.
#pragma once

#include <string>
#include <string_view>

#include "kith/kith.hpp"

namespace kith::test {

// Numbers are one more, strings one letter longer. It need not be a sensible statement.
std::string with_other_literals(std::string_view statement);

// Prepares the decoy and, if it only reads, runs it; what comes of it does not matter.
void run_decoy(Connection& connection, std::string_view statement, const Parameters& parameters);

}  // namespace kith::test
