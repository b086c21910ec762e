// storage/check/directions.hpp: where the three places that tell of a relationship do not agree.
#pragma once

#include <cstdint>
#include <string>

#include "storage/check/findings.hpp"
#include "storage/check/segments.hpp"

namespace kith::storage::check {

// K9. For a type whose sums differ: names each relationship that a list has and its segment has
// not, and the other way round. What could not be read is passed over. `type_name` is for messages.
// False if nothing was found.
bool name_differences(Findings& findings, const Tally& tally, TypeId type,
                      const std::string& type_name);

}  // namespace kith::storage::check
