// storage/catalog.cpp: names and their ids.
#include "storage/catalog.hpp"

#include "core/assert.hpp"

namespace kith::storage {

std::optional<std::uint32_t> Names::find(std::string_view name) const {
  const auto found = ids_.find(name);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

std::uint32_t Names::add(std::string name) {
  const std::uint32_t id = size();
  KITH_ASSERT(!ids_.contains(name));
  ids_.emplace(name, id);
  names_.push_back(std::move(name));
  return id;
}

}  // namespace kith::storage
