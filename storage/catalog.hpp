// storage/catalog.hpp: labels, relationship types and property keys, interned to 32-bit ids.
//
// A catalog is immutable; interning a new name makes a new one (rare: a graph has few names). Ids
// are dense, given in order of first use, and never change.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/id.hpp"

namespace kith::storage {

class Names {
 public:
  std::optional<std::uint32_t> find(std::string_view name) const;
  const std::string& name(std::uint32_t id) const { return names_.at(id); }
  std::uint32_t size() const { return static_cast<std::uint32_t>(names_.size()); }
  std::uint32_t add(std::string name);  // the name must be new

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> ids_;
};

class Catalog {
 public:
  Names labels, types, keys;

  std::optional<LabelId> find_label(std::string_view name) const {
    return as<LabelId>(labels.find(name));
  }
  std::optional<TypeId> find_type(std::string_view name) const {
    return as<TypeId>(types.find(name));
  }
  std::optional<KeyId> find_key(std::string_view name) const { return as<KeyId>(keys.find(name)); }
  const std::string& name(LabelId id) const { return labels.name(id.value); }
  const std::string& name(TypeId id) const { return types.name(id.value); }
  const std::string& name(KeyId id) const { return keys.name(id.value); }

 private:
  template <class I>
  static std::optional<I> as(std::optional<std::uint32_t> id) {
    return id ? std::optional<I>(I{*id}) : std::nullopt;
  }
};

}  // namespace kith::storage
