// cypher/plan/sample.hpp: some hundreds of elements of a view, spread over all of its ids.
//
// Samples do not depend on chance: the same graph gives the same sample, and so the same plan.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "storage/view.hpp"

namespace kith::plan {

// Nodes with the label (without one: of any kind), ascending.
std::vector<std::uint64_t> sample_nodes(const storage::View& view, std::optional<LabelId> label);

struct SampledRelationship {
  std::uint64_t start, end;
};
std::vector<SampledRelationship> sample_relationships(const storage::View& view,
                                                      std::optional<TypeId> type);

}  // namespace kith::plan
