// cypher/exec/node_groups.cpp: see node_groups.hpp.
#include "cypher/exec/node_groups.hpp"

#include "core/assert.hpp"

namespace kith::exec {

bool NodeGroups::are_apart(const Column& nodes, std::uint32_t rows) {
  const Vector& vector = *nodes.vector;
  if (vector.type() != VectorType::Node || vector.may_have_nulls() || nodes.constant) return false;
  return nodes.index == nullptr || vector.rows() > rows / 2;
}

void NodeGroups::find(const Column& nodes, std::uint32_t rows, std::span<std::uint32_t> groups,
                      std::vector<std::uint32_t>& missing) {
  KITH_ASSERT(groups.size() >= rows);
  const auto* ids = nodes.vector->data<std::uint64_t>();
  missing.clear();
  for (std::uint32_t i = 0; i < rows; ++i) {
    const std::uint64_t id = ids[nodes.at(i)], number = id >> kSegmentBits;
    const std::uint32_t* segment = number < segments_.size() ? segments_[number].get() : nullptr;
    if (segment == nullptr) segment = make_segment(number);
    const std::uint32_t group = segment[id & (kSegmentSlots - 1)];
    groups[i] = group - 1;
    if (group == 0) missing.push_back(i);
  }
}

std::uint32_t* NodeGroups::make_segment(std::uint64_t number) {
  if (number >= segments_.size()) segments_.resize(number + 1);
  segments_[number] = std::make_unique<std::uint32_t[]>(kSegmentSlots);
  bytes_ += kSegmentSlots * sizeof(std::uint32_t);
  return segments_[number].get();
}

}  // namespace kith::exec
