// api/import/dry_load.hpp: a load that makes nothing: `--dry-run`.
#pragma once

#include <map>
#include <string>

#include "storage/bulk_load.hpp"

namespace kith::import {

// Gives ids and counts.
class DryLoad final : public storage::BulkLoad {
 public:
  using BulkLoad::add_nodes;
  using BulkLoad::add_relationships;

  LabelId intern_label(std::string_view name) override { return {intern(labels_, name)}; }
  TypeId intern_type(std::string_view name) override { return {intern(types_, name)}; }
  KeyId intern_key(std::string_view name) override { return {intern(keys_, name)}; }

  void add_nodes(std::span<const LabelId>, std::span<const std::uint32_t> picked,
                 std::span<const storage::BulkColumn> columns,
                 std::span<std::uint64_t> ids) override {
    for (std::uint64_t& id : ids) id = summary_.nodes++;
    count_properties(picked, columns);
  }
  void add_relationships(TypeId, std::span<const std::uint64_t>, std::span<const std::uint64_t>,
                         std::span<const std::uint32_t> picked,
                         std::span<const storage::BulkColumn> columns) override {
    summary_.relationships += picked.size();
    count_properties(picked, columns);
  }
  Summary finish(const std::function<void(double)>&) override { return summary_; }

 private:
  using NamesByText = std::map<std::string, std::uint32_t, std::less<>>;

  static std::uint32_t intern(NamesByText& names, std::string_view name) {
    const auto next = static_cast<std::uint32_t>(names.size());
    return names.try_emplace(std::string(name), next).first->second;
  }
  void count_properties(std::span<const std::uint32_t> picked,
                        std::span<const storage::BulkColumn> columns) {
    for (const storage::BulkColumn& column : columns)
      for (const std::uint32_t row : picked) summary_.properties += column.values->valid(row);
  }

  NamesByText labels_, types_, keys_;
  Summary summary_;
};

}  // namespace kith::import
