// api/import/into_load.cpp: see into_load.hpp.
#include "api/import/into_load.hpp"

#include <algorithm>
#include <array>

#include "core/assert.hpp"
#include "core/compare.hpp"
#include "kith/error.hpp"
#include "storage/catalog.hpp"
#include "storage/cursor.hpp"
#include "storage/schema.hpp"

namespace kith::import {
namespace {

constexpr std::uint64_t kNone = ExternalIds::kNone;

}  // namespace

IntoLoad::IntoLoad(const std::string& path, const Environment& environment,
                   std::shared_ptr<MemoryBudget> budget, const Sources& sources, bool undo)
    : path_(path), environment_(environment), undo_(undo) {
  storage::StoreOptions options;
  options.environment = environment;
  options.budget = std::move(budget);
  options.create = false;
  store_ = storage::Store::open(path, options);
  writer_ = store_->begin();
  before_ = store_->snapshot();  // nobody else commits from now on
  for (const auto& [name, plan] : sources.spaces)
    if (auto space = space_of(plan)) spaces_.emplace(name, std::move(*space));
  writer_->begin_statement();
}

IntoLoad::~IntoLoad() {
  writer_.reset();  // uncommitted: rolls back
  before_.reset();
  try {
    if (store_) store_->close();
  } catch (const Error&) {
    // The log has what was committed; finish() has closed it where somebody wants to know.
  }
}

std::optional<IntoLoad::Space> IntoLoad::space_of(const SpacePlan& plan) const {
  if (plan.label.empty()) return std::nullopt;
  const auto label = before_->catalog().find_label(plan.label);
  const auto key = before_->catalog().find_key(plan.key);
  const storage::IndexDef* index = nullptr;
  if (label && key)
    index = before_->schema().find_index(storage::SchemaToken::of(*label), std::array{*key});
  if (index == nullptr || index->constraint == 0 || !storage::is_online(*before_, *index))
    throw ImportError("NoUniqueIndex",
                      "nodes of the database are found by a unique constraint, and there is none "
                      "(or its index is not built yet) on :" +
                          plan.label + "(" + plan.key + "); CREATE CONSTRAINT FOR (n:" +
                          plan.label + ") REQUIRE n." + plan.key + " IS UNIQUE makes it");
  return Space{*index, plan.integers};
}

void IntoLoad::find_existing(const std::string& name, IdColumn& ids, std::uint32_t begin,
                             std::uint32_t end) {
  ids.nodes.resize(ids.ids.size(), kNone);
  const auto found = spaces_.find(name);
  if (found == spaces_.end()) return;
  std::vector<Cell> wanted;
  std::vector<std::uint32_t> row_of;
  for (std::uint32_t row = begin; row < end; ++row) {
    const ExternalId& id = ids.ids[row];
    if (ids.nodes[row] != kNone || id.size == 0) continue;
    wanted.push_back(found->second.integers ? Cell::of(static_cast<std::int64_t>(id.word))
                                            : Cell::of(id.text()));
    row_of.push_back(row);
  }
  if (wanted.empty()) return;
  storage::IndexCursor cursor(writer_->view(), found->second.index);
  const std::span<const Cell> column(wanted);
  cursor.begin_lookups({&column, 1}, static_cast<std::uint32_t>(wanted.size()));
  std::array<std::uint32_t, 256> matched{};
  std::array<std::uint64_t, 256> nodes{};
  while (const auto count = cursor.next_matches(matched.size(), matched.data(), nodes.data()))
    for (std::size_t i = 0; i < count; ++i) ids.nodes[row_of[matched[i]]] = nodes[i];
}

const std::vector<storage::Property>& IntoLoad::properties_of(
    std::span<const storage::BulkColumn> columns, std::uint32_t row) {
  properties_.clear();
  for (const storage::BulkColumn& column : columns) {
    if (!column.values->valid(row)) continue;
    properties_.push_back({column.key, column.values->cell(row)});
    storage::check_storable(properties_.back().value);
  }
  summary_.properties += properties_.size();
  return properties_;
}

void IntoLoad::add_nodes(std::span<const LabelId> labels, std::span<const std::uint32_t> picked,
                         std::span<const storage::BulkColumn> columns,
                         std::span<std::uint64_t> ids) {
  KITH_ASSERT(ids.size() == picked.size());
  for (std::size_t i = 0; i < picked.size(); ++i)
    ids[i] = writer_->create_node(labels, properties_of(columns, picked[i])).value;
  summary_.nodes += picked.size();
}

void IntoLoad::add_relationships(TypeId type, std::span<const std::uint64_t> starts,
                                 std::span<const std::uint64_t> ends,
                                 std::span<const std::uint32_t> picked,
                                 std::span<const storage::BulkColumn> columns) {
  for (const std::uint32_t row : picked)
    writer_->create_relationship(type, NodeId{starts[row]}, NodeId{ends[row]},
                                 properties_of(columns, row));
  summary_.relationships += picked.size();
}

void IntoLoad::update(NodeId node, std::span<const LabelId> added, const Names& removed_labels,
                      const Names& removed_properties, const Values& values) {
  ++updated_nodes_;
  for (const LabelId label : added) writer_->add_label(node, label);
  for (const std::string_view name : removed_labels)
    if (const auto label = writer_->view().catalog().find_label(name))
      writer_->remove_label(node, *label);
  set_properties(node, removed_properties, values);
}

void IntoLoad::update(RelationshipId relationship, const Names& removed_properties,
                      const Values& values) {
  ++updated_relationships_;
  set_properties(relationship, removed_properties, values);
}

template <class Element>
void IntoLoad::set_properties(Element element, const Names& removed, const Values& values) {
  for (const std::string_view name : removed)
    if (const auto key = writer_->view().catalog().find_key(name))
      writer_->set_property(element, *key, Cell());
  for (const storage::Property& property : properties_of(values.columns, values.row))
    writer_->set_property(element, property.key, property.value);
}

void IntoLoad::remove(NodeId node) { writer_->detach_delete_node(node); }
void IntoLoad::remove(RelationshipId relationship) { writer_->delete_relationship(relationship); }

std::vector<IntoLoad::Found> IntoLoad::find_relationships(
    const std::string& type, std::span<const std::uint64_t> starts,
    std::span<const std::uint64_t> ends, std::span<const std::uint32_t> rows,
    std::span<const storage::BulkColumn> identifiers) const {
  const storage::View view = writer_->view();
  const auto wanted = view.catalog().find_type(type);
  if (!wanted) return {};
  std::vector<std::uint64_t> from, to;
  for (const std::uint32_t row : rows) {
    from.push_back(starts[row]);
    to.push_back(ends[row]);
  }
  const auto is_meant = [&](std::uint32_t row, RelationshipId relationship) {
    return std::all_of(identifiers.begin(), identifiers.end(),
                       [&](const storage::BulkColumn& column) {
                         if (!column.values->valid(row)) return true;
                         Arena arena;
                         return equivalent(view.property(relationship, column.key, arena),
                                           column.values->cell(row));
                       });
  };
  std::vector<Found> found;
  storage::NeighbourCursor cursor(view, Direction::Out, {*wanted});
  cursor.begin_between(from, to);
  std::array<std::uint32_t, 256> matched{};
  std::array<std::uint64_t, 256> relationships{};
  while (const auto count =
             cursor.next(matched.size(), matched.data(), nullptr, relationships.data()))
    for (std::size_t i = 0; i < count; ++i) {
      const Found one{rows[matched[i]], RelationshipId{relationships[i]}};
      if (is_meant(one.row, one.relationship)) found.push_back(one);
    }
  KITH_ASSERT(std::is_sorted(found.begin(), found.end(),
                             [](const Found& a, const Found& b) { return a.row < b.row; }));
  return found;
}

void IntoLoad::count_changes(ImportReport& report) const {
  report.updated_nodes = updated_nodes_;
  report.updated_relationships = updated_relationships_;
  report.deleted_nodes = counters_.nodes_deleted;
  report.deleted_relationships = counters_.relationships_deleted;
}

storage::BulkLoad::Summary IntoLoad::finish(const std::function<void(double)>& progress) {
  if (progress) progress(0);
  writer_->end_statement();
  counters_ = writer_->counters();
  if (undo_) {
    writer_->rollback();
  } else {
    writer_->commit();
  }
  writer_.reset();
  before_.reset();
  store_->close();
  store_.reset();
  summary_.file_bytes = environment_.files->open(path_, OpenMode::ReadOnly)->size();
  if (progress) progress(1);
  return summary_;
}

}  // namespace kith::import
