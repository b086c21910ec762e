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
  try {
    read_files(files, group, [&](const CsvReader& reader, const std::vector<CsvField>& row) {
      add_relationship(group, reader, row);
    });
  } catch (const ImportError&) {
    resolve_pending();  // if a row before this one is bad, that one is told of
    throw;
  }
  flush(group);
}

std::uint64_t Importer::end_of(const CsvReader& reader, const CsvField& field,
                               const ColumnSpec& spec, std::optional<PendingEnd>& pending) {
  const auto space = spaces_.find(spec.space);
  if (space == spaces_.end())
    reader.fail("UnknownIdSpace", "no node file declares the id space '" + spec.space + "'",
                field.column);
  const IdSpace& ids = space->second;
  auto node = IdSpace::kNone;
  if (options_.id_type == IdType::string) {
    node = find_end(ids, field.text, pending);
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
      node = find_end(ids, parse_value(reader, field, kIdSpec, options_, scratch).integer, pending);
  }
  PendingEnd end{{},          &ids,       &spec,
                 nullptr,     0,          false,
                 field.text,  file_name_, static_cast<std::uint32_t>(reader.line()),
                 field.column};
  if (pending) {
    end.lookup = pending->lookup;
    pending = end;
  } else if (node == IdSpace::kNone && !options_.skip_bad_relationships) {
    fail_dangling(end);
  }
  return node;
}

template <class Id>
std::uint64_t Importer::find_end(const IdSpace& space, Id id, std::optional<PendingEnd>& pending) {
  if (space.is_spilled()) {
    pending.emplace();
    pending->lookup = IdSpace::lookup_of(id);
    return IdSpace::kNone;
  }
  const auto number = space.find(id);
  return number == IdSpace::kNone ? number : node_of_number_[number];
}

void Importer::fail_dangling(const PendingEnd& end) {
  CsvReader::fail_at(*end.file, end.line, end.column, "DanglingRelationship",
                     "no node has the id '" + std::string(end.text) + "'" +
                         (end.spec->space.empty() ? "" : " in the id space " + end.spec->space) +
                         " (--skip-bad-relationships leaves such rows out)");
}

void Importer::add_relationship(RelationshipFiles& group, const CsvReader& reader,
                                const std::vector<CsvField>& row) {
  std::optional<PendingEnd> later_start, later_end;
  const auto start =
      end_of(reader, row[group.start_column], group.specs[group.start_column], later_start);
  const auto end = end_of(reader, row[group.end_column], group.specs[group.end_column], later_end);
  const bool dangles =
      (start == IdSpace::kNone && !later_start) || (end == IdSpace::kNone && !later_end);
  if (dangles && !later_start && !later_end) {
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
  if (later_start) add_pending(*later_start, buffer, false);
  if (later_end) add_pending(*later_end, buffer, true);
  columns.next_row();
  buffer.starts.push_back(start);
  buffer.ends.push_back(end);
  constexpr std::uint64_t kPendingShare = 8;
  const bool many = pending_.size() * sizeof(PendingEnd) > budget_->limit() / kPendingShare;
  if (!many && !is_ready(columns)) return;
  if (pending_.empty()) {
    flush(buffer);
  } else {
    flush(group);
  }
}

void Importer::add_pending(PendingEnd pending, RelationshipBuffer& buffer, bool is_end) {
  const bool same = pending.lookup.text.data() == pending.text.data();
  pending.text = pending_text_.copy(pending.text);
  if (same && !pending.lookup.text.empty()) pending.lookup.text = pending.text;
  KITH_ASSERT(same || pending.lookup.text.empty());
  pending.buffer = &buffer;
  pending.row = buffer.columns.rows();
  pending.is_end = is_end;
  pending_.push_back(pending);
}

// Looks all of them up, in one go through the ids of each space.
void Importer::resolve_pending() {
  std::map<const IdSpace*, std::vector<IdLookup*>> by_space;
  for (PendingEnd& end : pending_) by_space[end.space].push_back(&end.lookup);
  for (auto& [space, lookups] : by_space) space->find_all(lookups);
  for (const PendingEnd& end : pending_) {
    if (end.lookup.node == IdSpace::kNone && !options_.skip_bad_relationships) fail_dangling(end);
    (end.is_end ? end.buffer->ends : end.buffer->starts)[end.row] = end.lookup.node;
  }
  pending_.clear();
  pending_text_.reset();
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
      ColumnBuffer(group.specs, columns, keys_of(group.specs, columns),
                   rows_to_gather(columns.size(), group.buffers.size(), kBufferRows)),
      {},
      {}};
  return group.buffers.emplace(std::string(type), std::move(buffer)).first->second;
}

void Importer::flush(RelationshipFiles& group) {
  const bool looked_up = !pending_.empty();
  resolve_pending();
  for (auto& [type, buffer] : group.buffers) {
    if (looked_up) leave_out_dangling(buffer);
    flush(buffer);
  }
}

void Importer::leave_out_dangling(RelationshipBuffer& buffer) {
  std::uint32_t kept = 0;
  const auto rows = static_cast<std::uint32_t>(buffer.starts.size());
  for (std::uint32_t row = 0; row < rows; ++row) {
    if (buffer.starts[row] == IdSpace::kNone || buffer.ends[row] == IdSpace::kNone) continue;
    if (kept != row) {
      buffer.columns.move_row(row, kept);
      buffer.starts[kept] = buffer.starts[row];
      buffer.ends[kept] = buffer.ends[row];
    }
    ++kept;
  }
  report_.skipped_relationships += rows - kept;
  buffer.columns.truncate(kept);
  buffer.starts.resize(kept);
  buffer.ends.resize(kept);
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
