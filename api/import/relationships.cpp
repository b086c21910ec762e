// api/import/relationships.cpp: relationship files: ends, types, properties.
#include <algorithm>

#include "api/import/importer.hpp"
#include "api/import/read_files.hpp"
#include "api/import/values.hpp"

namespace kith::import {
namespace {
constexpr std::uint32_t kBufferRows = 1u << 16;
}

// The files of one --relationships argument.
struct Importer::RelationshipFiles {
  std::vector<ColumnSpec> specs;
  std::string type;  // given with the files; a :TYPE column overrides it
  std::size_t start_column = SIZE_MAX, end_column = SIZE_MAX, type_column = SIZE_MAX;
  std::map<std::string, RelationshipBuffer, std::less<>> buffers;  // by type

  void read_header(const CsvReader& reader, const std::vector<CsvField>& fields, IdType id_type) {
    specs = parse_header(reader, fields, id_type);
    for (std::size_t i = 0; i < specs.size(); ++i) {
      const auto role = specs[i].role;
      if (role == Role::Id || role == Role::Label)
        reader.fail("BadHeader", ":" + specs[i].type_name + " belongs into node files",
                    fields[i].column);
      auto* column = role == Role::StartId ? &start_column
                     : role == Role::EndId ? &end_column
                     : role == Role::Type  ? &type_column
                                           : nullptr;
      if (column == nullptr) continue;
      if (*column != SIZE_MAX)
        reader.fail("BadHeader", "the header has two :" + specs[i].type_name + " columns",
                    fields[i].column);
      *column = i;
    }
    if (start_column == SIZE_MAX || end_column == SIZE_MAX)
      reader.fail("BadHeader", "a relationship file needs a :START_ID and an :END_ID column", 1);
    if (type.empty() && type_column == SIZE_MAX)
      reader.fail("BadHeader",
                  "the relationships have no type: give one with --relationships TYPE=FILE or a "
                  ":TYPE column",
                  1);
  }
};

void Importer::load_relationships(const ImportFiles& files) {
  RelationshipFiles group;
  if (!files.names.empty()) group.type = files.names.front();
  read_files(files, group, [&](const CsvReader& reader, const std::vector<CsvField>& row) {
    add_relationship(group, reader, row);
  });
  for (auto& [type, buffer] : group.buffers) flush(buffer);
}

std::uint64_t Importer::end_of(const CsvReader& reader, const CsvField& field,
                               const ColumnSpec& spec) const {
  const auto space = spaces_.find(spec.space);
  if (space == spaces_.end())
    reader.fail("UnknownIdSpace", "no node file declares the id space '" + spec.space + "'",
                field.column);
  const auto& ids = space->second;
  auto number = ExternalIds::kNone;
  if (options_.id_type == IdType::string) {
    number = ids.find(field.text);
  } else {
    static const ColumnSpec kIdSpec{.role = Role::Property,
                                    .name = "id",
                                    .type = ValueType::Integer,
                                    .is_array = false,
                                    .space = {},
                                    .min = INT64_MIN,
                                    .max = INT64_MAX,
                                    .type_name = "integer id"};
    Arena scratch;
    if (!field.text.empty())
      number = ids.find(parse_value(reader, field, kIdSpec, options_, scratch).integer);
  }
  if (number != ExternalIds::kNone) return node_of_number_[number];
  if (!options_.skip_bad_relationships)
    reader.fail("DanglingRelationship",
                "no node has the id '" + std::string(field.text) + "'" +
                    (spec.space.empty() ? "" : " in the id space " + spec.space) +
                    " (--skip-bad-relationships leaves such rows out)",
                field.column);
  return ExternalIds::kNone;
}

void Importer::add_relationship(RelationshipFiles& group, const CsvReader& reader,
                                const std::vector<CsvField>& row) {
  const auto start = end_of(reader, row[group.start_column], group.specs[group.start_column]);
  const auto end = end_of(reader, row[group.end_column], group.specs[group.end_column]);
  if (start == ExternalIds::kNone || end == ExternalIds::kNone) {
    ++report_.skipped_relationships;
    return;
  }
  auto& buffer = buffer_for_type(group, reader, row);
  auto& columns = buffer.columns;
  for (std::size_t i = 0; i < columns.columns().size(); ++i) {
    const auto column = columns.columns()[i];
    columns.set(i,
                parse_value(reader, row[column], group.specs[column], options_, columns.arena(i)));
  }
  columns.next_row();
  buffer.starts.push_back(start);
  buffer.ends.push_back(end);
  if (columns.full()) flush(buffer);
}

Importer::RelationshipBuffer& Importer::buffer_for_type(RelationshipFiles& group,
                                                        const CsvReader& reader,
                                                        const std::vector<CsvField>& row) {
  std::string_view type = group.type;
  if (group.type_column != SIZE_MAX && !row[group.type_column].text.empty())
    type = row[group.type_column].text;
  if (type.empty())
    reader.fail("BadValue", "the relationship has no type", row[group.type_column].column);
  const auto found = group.buffers.find(type);
  if (found != group.buffers.end()) return found->second;
  const auto columns = stored_columns(group.specs);
  RelationshipBuffer buffer{
      load_->intern_type(type),
      ColumnBuffer(group.specs, columns, keys_of(group.specs, columns), kBufferRows),
      {},
      {}};
  return group.buffers.emplace(std::string(type), std::move(buffer)).first->second;
}

void Importer::flush(RelationshipBuffer& buffer) {
  if (buffer.columns.rows() == 0) return;
  KITH_ASSERT(buffer.starts.size() == buffer.columns.rows());
  KITH_ASSERT(buffer.ends.size() == buffer.columns.rows());
  load_->add_relationships(buffer.type, buffer.starts, buffer.ends, buffer.columns.bulk());
  buffer.starts.clear();
  buffer.ends.clear();
  buffer.columns.clear();
}

}  // namespace kith::import
