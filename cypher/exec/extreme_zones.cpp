// cypher/exec/extreme_zones.cpp: one segment's least and greatest value, compared with the best.
#include "cypher/exec/extreme_zones.hpp"

#include "cypher/plan/expressions.hpp"

namespace kith::exec {

ExtremeZones::ExtremeZones(const bound::AggregateCall& call, Worker& worker) : worker_(worker) {
  if (call.arguments.size() != 1) return;
  const auto* property = std::get_if<bound::Property>(&call.arguments[0]->node);
  const auto* node = property ? plan::as_variable(*property->subject) : nullptr;
  if (node == nullptr) return;
  property_ = property;
  node_ = node->slot;
}

const std::optional<storage::Zone>& ExtremeZones::zone_of(std::uint64_t segment) {
  const std::uint64_t changes = worker_.execution().changes();
  if (segment_ == segment && known_at_ == changes) return zone_;
  segment_ = segment;
  known_at_ = changes;
  const storage::View& view = worker_.view();
  const auto key = view.catalog().find_key(property_->key);
  zone_ = key ? storage::node_zone(view, *key, segment) : std::nullopt;
  return zone_;
}

bool ExtremeZones::excludes(const Batch& batch, const Accumulator& states) {
  if (property_ == nullptr || worker_.execution().has_deletions()) return false;
  const Column& nodes = batch[node_];
  const Vector& vector = *nodes.vector;
  if (vector.type() != VectorType::Node || nodes.constant || vector.may_have_nulls()) return false;
  const auto* ids = vector.data<std::uint64_t>();
  const std::uint64_t first = ids[nodes.at(0)];
  const auto is_here = [&](std::uint32_t row) {
    return (ids[nodes.at(row)] ^ first) >> kSegmentBits == 0;
  };
  if (!is_here(batch.rows - 1)) return false;
  const auto& zone = zone_of(first >> kSegmentBits);
  if (!zone) return false;
  if (!zone->is_empty) {
    if (!zone->range || states.may_change(zone->range->first, zone->range->second)) return false;
  }
  std::uint64_t others = 0;
  if (nodes.index == nullptr) {
    for (std::uint32_t i = 0; i < batch.rows; ++i) others |= ids[i] ^ first;
  } else {
    for (std::uint32_t i = 0; i < batch.rows; ++i) others |= ids[nodes.index[i]] ^ first;
  }
  return others >> kSegmentBits == 0;
}

}  // namespace kith::exec
