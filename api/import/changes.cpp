// api/import/changes.cpp: rows of files with actions: they create, update and delete what a
// database holds (`--into`).
//
// Rows take effect in their order. Those of one action that follow one another are looked up
// together, after all that came before them is done.
#include <algorithm>

#include "api/import/importer.hpp"
#include "core/assert.hpp"

namespace kith::import {
namespace {

std::uint32_t end_of_run(const RowBlock& block, std::uint32_t begin) {
  std::uint32_t end = begin + 1;
  while (end < block.rows && block.changes[end].action == block.changes[begin].action) ++end;
  return end;
}

[[noreturn]] void fail(const RowBlock& block, std::uint32_t row, std::uint32_t column,
                       const std::string& detail, const std::string& message) {
  CsvFault{detail, message, block.line_of(row), column}.raise(*block.path);
}

}  // namespace

std::vector<std::string_view> Importer::parts_of(std::string_view list) const {
  const CsvMark mark(options_.array_delimiter);
  const std::string_view between = mark.text();
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin < list.size();) {
    const auto end = std::min(list.find(between, begin), list.size());
    if (end > begin) parts.push_back(list.substr(begin, end - begin));
    begin = end + between.size();
  }
  return parts;
}

void Importer::change_nodes(RowBlock& block) {
  KITH_ASSERT(into_ != nullptr && block.changes.size() >= block.rows);
  for (std::uint32_t begin = 0; begin < block.rows;) {
    const std::uint32_t end = end_of_run(block, begin);
    if (block.changes[begin].action == Action::Create) {
      begin_picking(block);
      register_ids(block, spaces_.at(block.plan->group.space), begin, end);
      create_nodes(block);
    } else {
      change_nodes(block, begin, end);
    }
    begin = end;
  }
  if (block.fault) raise_fault(block);
}

void Importer::change_nodes(RowBlock& block, std::uint32_t begin, std::uint32_t end) {
  const FileGroup& group = block.plan->group;
  const SpacePlan& space = sources_.spaces.at(group.space);
  into_->find_existing(group.space, block.ids, begin, end);
  const ChangedColumns columns = changed_columns(block);
  for (std::uint32_t row = begin; row < end; ++row) {
    const Change& change = block.changes[row];
    const std::uint64_t found = block.ids.nodes[row];
    const auto refuse = [&](const std::string& detail, const std::string& what) {
      fail(block, row, block.bad_id(block.ids, row).column, detail,
           "the node :" + space.label + " whose " + space.key + " is '" +
               std::string(block.ids.ids[row].text()) + "' " + what);
    };
    if (found == IdSpace::kNone || !into_->exists(NodeId{found}))
      refuse("NoSuchNode", "does not exist, so it cannot be changed");
    if (change.action == Action::Update) {
      into_->update(NodeId{found}, labels_of(block, word_of(block, row)),
                    parts_of(change.removed_labels), parts_of(change.removed_properties),
                    {columns.values, row});
    } else if (!into_->was_there(NodeId{found})) {
      refuse("BadAction", "was created by this import, so it is not to be deleted");
    } else {
      into_->remove(NodeId{found});
    }
  }
}

void Importer::change_relationships(RowBlock& block) {
  KITH_ASSERT(into_ != nullptr && block.changes.size() >= block.rows);
  for (std::uint32_t begin = 0; begin < block.rows;) {
    const std::uint32_t end = end_of_run(block, begin);
    begin_picking(block);
    for (std::uint32_t row = begin; row < end; ++row)
      if (has_ends(block, row)) pick(block, row);
    if (block.changes[begin].action == Action::Create) {
      create_relationships(block);
    } else {
      const ChangedColumns columns = changed_columns(block);
      for (std::size_t word = 0; word < picked_.size(); ++word)
        change_relationships(block, word, columns);
    }
    begin = end;
  }
  if (block.fault) raise_fault(block);
}

// The picked rows of one type: every relationship of the type between the ends that has the values
// of identifier columns.
void Importer::change_relationships(RowBlock& block, std::size_t word,
                                    const ChangedColumns& columns) {
  const auto& rows = picked_[word];
  if (rows.empty()) return;
  const std::string type(type_name(block, word));
  const auto found = into_->find_relationships(type, block.starts.nodes, block.ends.nodes, rows,
                                               columns.identifiers);
  auto next = found.begin();
  for (const std::uint32_t row : rows) {
    const Change& change = block.changes[row];
    if (next == found.end() || next->row != row)
      fail(block, row, change.column, "NoSuchRelationship",
           "there is no relationship :" + type + " from '" +
               std::string(block.starts.ids[row].text()) + "' to '" +
               std::string(block.ends.ids[row].text()) + "' to be changed");
    for (; next != found.end() && next->row == row; ++next) {
      if (change.action == Action::Delete) {
        into_->remove(next->relationship);
      } else {
        into_->update(next->relationship, parts_of(change.removed_properties),
                      {columns.values, row});
      }
    }
  }
  KITH_ASSERT(next == found.end());
}

// Ids are how elements are found, so they are not set.
Importer::ChangedColumns Importer::changed_columns(const RowBlock& block) {
  const FileGroup& group = block.plan->group;
  const auto all = columns_of(block);
  ChangedColumns out;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const ColumnSpec& spec = group.specs[group.stored[i]];
    if (spec.role == Role::Id) continue;
    (spec.identifier && !group.is_nodes ? out.identifiers : out.values).push_back(all[i]);
  }
  return out;
}

}  // namespace kith::import
