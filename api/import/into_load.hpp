// api/import/into_load.hpp: a load into a database that is there: `--into`.
//
// All of it is one transaction, so it is there at once or not at all, and constraints hold as for
// any other change. What is larger than memory is folded into the file (decision 0003). Nodes that
// were there before belong to an id space whose header names a label, and are found by the unique
// index on the label and the id's property. Files with actions change and delete what is there.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/import/row_block.hpp"
#include "api/import/sources.hpp"
#include "core/environment.hpp"
#include "core/memory_budget.hpp"
#include "storage/bulk_load.hpp"
#include "storage/index.hpp"
#include "storage/store.hpp"
#include "storage/writer.hpp"

namespace kith::import {

class IntoLoad final : public storage::BulkLoad {
 public:
  using BulkLoad::add_nodes;
  using BulkLoad::add_relationships;

  // `undo`: nothing is kept in the end. ImportError("NoUniqueIndex") if nodes of a space cannot be
  // found.
  IntoLoad(const std::string& path, const Environment& environment,
           std::shared_ptr<MemoryBudget> budget,  // shared: with the importer
           const Sources& sources, bool undo);
  ~IntoLoad() override;

  LabelId intern_label(std::string_view name) override { return writer_->intern_label(name); }
  TypeId intern_type(std::string_view name) override { return writer_->intern_type(name); }
  KeyId intern_key(std::string_view name) override { return writer_->intern_key(name); }
  void add_nodes(std::span<const LabelId> labels, std::span<const std::uint32_t> picked,
                 std::span<const storage::BulkColumn> columns,
                 std::span<std::uint64_t> ids) override;
  void add_relationships(TypeId type, std::span<const std::uint64_t> starts,
                         std::span<const std::uint64_t> ends, std::span<const std::uint32_t> picked,
                         std::span<const storage::BulkColumn> columns) override;
  Summary finish(const std::function<void(double)>& progress) override;

  // Looks for ids of a space, of rows [begin, end), among the nodes of the database as it is now,
  // where nothing has been found yet.
  void find_existing(const std::string& space, IdColumn& ids, std::uint32_t begin,
                     std::uint32_t end);

  // What files with actions do. A row's values that are not null are set.
  struct Values {
    std::span<const storage::BulkColumn> columns;
    std::uint32_t row;
  };
  struct Found {
    std::uint32_t row;
    RelationshipId relationship;
  };
  using Names = std::vector<std::string_view>;

  bool exists(NodeId node) const { return writer_->view().exists(node); }
  bool was_there(NodeId node) const { return before_->exists(node); }
  void update(NodeId node, std::span<const LabelId> added, const Names& removed_labels,
              const Names& removed_properties, const Values& values);
  void update(RelationshipId relationship, const Names& removed_properties, const Values& values);
  void remove(NodeId node);  // its relationships with it
  void remove(RelationshipId relationship);
  // Relationships from starts[row] to ends[row] with the values that a row has for `identifiers`,
  // in the order of the rows.
  std::vector<Found> find_relationships(const std::string& type,
                                        std::span<const std::uint64_t> starts,
                                        std::span<const std::uint64_t> ends,
                                        std::span<const std::uint32_t> rows,
                                        std::span<const storage::BulkColumn> identifiers) const;
  void count_changes(ImportReport& report) const;

 private:
  template <class Element>
  void set_properties(Element element, const Names& removed, const Values& values);
  struct Space {
    storage::IndexDef index;
    bool integers = false;
  };

  std::optional<Space> space_of(const SpacePlan& plan) const;
  const std::vector<storage::Property>& properties_of(std::span<const storage::BulkColumn> columns,
                                                      std::uint32_t row);

  std::string path_;
  Environment environment_;
  bool undo_;
  std::shared_ptr<storage::Store> store_;  // shared: with its views
  std::unique_ptr<storage::Transaction> writer_;
  std::optional<storage::View> before_;  // as it was
  std::map<std::string, Space> spaces_;
  std::vector<storage::Property> properties_;
  Summary summary_;
  std::uint64_t updated_nodes_ = 0, updated_relationships_ = 0;
  Counters counters_;  // of the whole, once it is done
};

}  // namespace kith::import
