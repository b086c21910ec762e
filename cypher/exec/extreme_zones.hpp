// cypher/exec/extreme_zones.hpp: batches that min() and max() need not read.
//
// The directory says between which values a property of a segment's nodes lies. Where none of them
// could be less (greater) than what was found so far, the property is not read.
#pragma once

#include <cstdint>
#include <optional>

#include "cypher/bind/bound.hpp"
#include "cypher/exec/accumulator.hpp"
#include "cypher/exec/readers.hpp"
#include "storage/cursor_facts.hpp"

namespace kith::exec {

class ExtremeZones {
 public:
  ExtremeZones(const bound::AggregateCall& call, Worker& worker);

  // True: the rows of the batch, all of group 0, make no difference to the states of the call, and
  // reading its argument for them cannot fail.
  bool excludes(const Batch& batch, const Accumulator& states);

 private:
  const std::optional<storage::Zone>& zone_of(std::uint64_t segment);

  Worker& worker_;
  const bound::Property* property_ = nullptr;  // of the node in …
  Slot node_ = 0;
  std::optional<std::uint64_t> segment_;  // of zone_
  std::uint64_t known_at_ = 0;
  std::optional<storage::Zone> zone_;
};

}  // namespace kith::exec
