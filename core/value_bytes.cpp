// core/value_bytes.cpp: adding up what a value holds.
#include "core/value_bytes.hpp"

namespace kith {

namespace {

constexpr std::uint64_t kAllocation = 48;  // a control block, a node of a map

std::uint64_t map_bytes(const Map& map) {
  std::uint64_t bytes = 0;
  for (const auto& [key, value] : map) {
    bytes += kAllocation + sizeof(std::string) + key.size() + value_bytes(value);
  }
  return bytes;
}

std::uint64_t node_bytes(const Node& node) {
  std::uint64_t bytes = 2 * kAllocation + sizeof(Map) + map_bytes(node.properties());
  for (const auto& label : node.labels()) bytes += sizeof(std::string) + label.size();
  return bytes;
}

std::uint64_t relationship_bytes(const Relationship& relationship) {
  return 2 * kAllocation + sizeof(std::string) + sizeof(Map) + relationship.type().size() +
         map_bytes(relationship.properties());
}

}  // namespace

std::uint64_t value_bytes(const Value& value) {
  std::uint64_t bytes = sizeof(Value);
  if (const auto* text = value.get_if_string()) return bytes + text->size();
  if (const auto* map = value.get_if_map()) return bytes + kAllocation + map_bytes(*map);
  if (const auto* node = value.get_if_node()) return bytes + node_bytes(*node);
  if (const auto* found = value.get_if_relationship()) return bytes + relationship_bytes(*found);
  if (const auto* list = value.get_if_list()) {
    for (const Value& item : *list) bytes += value_bytes(item);
  }
  if (const auto* path = value.get_if_path()) {
    for (const Node& node : path->nodes()) bytes += node_bytes(node);
    for (const auto& each : path->relationships()) bytes += relationship_bytes(each);
  }
  return bytes;
}

}  // namespace kith
