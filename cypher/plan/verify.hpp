// cypher/plan/verify.hpp: is a finished plan sound?
#pragma once

#include <string>

#include "cypher/plan/logical.hpp"

namespace kith::plan {

// What is wrong with a rewritten plan, in words; empty if every operator finds the slots it reads
// in what its input hands on, and no slot is made twice on the way. Our own bug if not.
std::string defect_of(const Node& root);

}  // namespace kith::plan
