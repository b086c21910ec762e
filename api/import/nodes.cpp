// api/import/nodes.cpp: node files: external ids, labels, properties.
#include <algorithm>

#include "api/import/importer.hpp"
#include "api/import/read_files.hpp"
#include "api/import/values.hpp"

namespace kith::import {
namespace {
constexpr std::uint64_t kRowsBetweenCounts = 0x3ff;
}

// The files of one --nodes argument: one header, one set of labels given with them.
struct Importer::NodeFiles {
  std::vector<ColumnSpec> specs;
  std::vector<std::string> labels;
  std::size_t id_column = SIZE_MAX, label_column = SIZE_MAX;
  IdSpace* ids = nullptr;
  std::map<std::string, NodeBuffer> buffers;  // by the text of the label column
  Arena scratch;

  void read_header(const CsvReader& reader, const std::vector<CsvField>& fields, IdType id_type) {
    specs = parse_header(reader, fields, id_type);
    for (std::size_t i = 0; i < specs.size(); ++i) {
      const auto role = specs[i].role;
      if (role == Role::StartId || role == Role::EndId || role == Role::Type)
        reader.fail("BadHeader", ":" + specs[i].type_name + " belongs into relationship files",
                    fields[i].column);
      auto* column = role == Role::Id ? &id_column : role == Role::Label ? &label_column : nullptr;
      if (column == nullptr) continue;
      if (*column != SIZE_MAX)
        reader.fail("BadHeader", "the header has two :" + specs[i].type_name + " columns",
                    fields[i].column);
      *column = i;
    }
  }
};

void Importer::load_nodes(const ImportFiles& files) {
  NodeFiles group;
  group.labels = files.names;
  read_files(files, group, [&](const CsvReader& reader, const std::vector<CsvField>& row) {
    add_node(group, reader, row);
  });
  for (auto& [labels, buffer] : group.buffers) flush(buffer);
}

void Importer::add_node(NodeFiles& group, const CsvReader& reader,
                        const std::vector<CsvField>& row) {
  if (!register_node(group, reader, row)) return;
  auto& buffer = buffer_for_labels(group, row);
  auto& columns = buffer.columns;
  for (std::size_t i = 0; i < columns.columns().size(); ++i) {
    const auto column = columns.columns()[i];
    columns.set(i,
                parse_value(reader, row[column], group.specs[column], options_, columns.arena(i)));
  }
  columns.next_row();
  buffer.numbers.push_back(node_of_number_.size());
  node_of_number_.push_back(IdSpace::kNone);
  if (is_ready(columns)) flush(buffer);
}

// Enters the row's external id; false if the row is a duplicate to be skipped.
bool Importer::register_node(NodeFiles& group, const CsvReader& reader,
                             const std::vector<CsvField>& row) {
  if (group.ids == nullptr && group.id_column != SIZE_MAX)
    group.ids = &spaces_[group.specs[group.id_column].space];
  const bool grows = (group.ids != nullptr && group.ids->bytes_to_grow() > 0) ||
                     node_of_number_.size() == node_of_number_.capacity();
  if (grows || (rows_ & kRowsBetweenCounts) == 0) keep_ids_within(group);
  if (group.id_column == SIZE_MAX) return true;
  const auto& spec = group.specs[group.id_column];
  const auto& field = row[group.id_column];
  if (field.text.empty()) reader.fail("BadValue", "the node has no id", field.column);
  const auto number = node_of_number_.size();
  bool is_new = false;
  if (spec.type == ValueType::Integer) {
    group.scratch.reset();
    is_new =
        group.ids->add(parse_value(reader, field, spec, options_, group.scratch).integer, number);
  } else {
    is_new = group.ids->add(field.text, number);
  }
  if (is_new) return true;
  if (!options_.skip_duplicate_nodes)
    reader.fail("DuplicateNode",
                "a second node with the id '" + std::string(field.text) + "'" +
                    (spec.space.empty() ? "" : " in the id space " + spec.space) +
                    " (--skip-duplicate-nodes keeps the first)",
                field.column);
  ++report_.skipped_nodes;
  return false;
}

Importer::NodeBuffer& Importer::buffer_for_labels(NodeFiles& group,
                                                  const std::vector<CsvField>& row) {
  const std::string written(group.label_column == SIZE_MAX ? std::string_view()
                                                           : row[group.label_column].text);
  const auto found = group.buffers.find(written);
  if (found != group.buffers.end()) return found->second;

  auto names = group.labels;
  for (std::size_t begin = 0; begin < written.size();) {
    const auto end = std::min(written.find(options_.array_delimiter, begin), written.size());
    if (end > begin) names.push_back(written.substr(begin, end - begin));
    begin = end + 1;
  }
  std::vector<LabelId> labels;
  for (const auto& name : names) labels.push_back(load_->intern_label(name));
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  const auto columns = stored_columns(group.specs);
  NodeBuffer buffer{
      std::move(labels),
      ColumnBuffer(group.specs, columns, keys_of(group.specs, columns),
                   rows_to_gather(columns.size(), group.buffers.size(), kSegmentSlots)),
      {}};
  return group.buffers.emplace(written, std::move(buffer)).first->second;
}

// Ids have half of the limit while nodes come; what they grow by is there besides what they have.
// However much the filters of runs take, what is written at a time stays long.
void Importer::keep_ids_within(NodeFiles& group) {
  constexpr std::uint64_t kIdShare = 2, kLeastShare = 8;
  const auto numbers = [&] { return node_of_number_.capacity() * sizeof(std::uint64_t); };
  std::uint64_t bytes = numbers(), runs = 0, growth = 0;
  if (group.ids != nullptr) growth += group.ids->bytes_to_grow();
  if (node_of_number_.size() == node_of_number_.capacity()) growth += 2 * numbers();
  for (const auto& [name, space] : spaces_) {
    bytes += space.bytes();
    runs += space.run_bytes();
  }
  const std::uint64_t limit = budget_->limit();
  const std::uint64_t most = std::max(limit / kIdShare, runs + limit / kLeastShare);
  if (bytes + growth > most && !node_of_number_.empty()) {
    spill_ids(group);
    bytes = growth = 0;
    for (const auto& [name, space] : spaces_) bytes += space.bytes();
  }
  ids_memory_.resize_anyway(bytes + growth);
}

// The rows of all ids go to the loader first: it says which nodes they are.
void Importer::spill_ids(NodeFiles& group) {
  for (auto& [labels, buffer] : group.buffers) flush(buffer);
  for (auto& [name, space] : spaces_) space.spill(id_file(), node_of_number_);
  std::vector<std::uint64_t>().swap(node_of_number_);
}

IdFile& Importer::id_file() {
  if (!id_file_) {
    temp_file_ = TempFile::open({environment_.files, {directory_of(path_)}});
    id_file_.emplace(IdFile{temp_file_->file()});
  }
  return *id_file_;
}

// No more nodes come: ids are all in memory, or all on disk.
void Importer::settle_ids() {
  std::uint64_t bytes = node_of_number_.capacity() * sizeof(std::uint64_t);
  for (auto& [name, space] : spaces_) {
    if (id_file_) space.spill(*id_file_, node_of_number_);
    if (id_file_) space.settle(*id_file_);
    bytes += space.bytes();
  }
  if (id_file_) std::vector<std::uint64_t>().swap(node_of_number_);
  ids_memory_.resize_anyway(bytes);
}

void Importer::forget_ids() {
  spaces_.clear();
  std::vector<std::uint64_t>().swap(node_of_number_);
  temp_file_.reset();
  ids_memory_.clear();
}

void Importer::flush(NodeBuffer& buffer) {
  const auto rows = buffer.columns.rows();
  if (rows == 0) return;
  KITH_ASSERT(buffer.numbers.size() == rows);
  const auto first = load_->add_nodes(buffer.labels, rows, buffer.columns.bulk());
  for (std::uint32_t i = 0; i < rows; ++i) node_of_number_[buffer.numbers[i]] = first.value + i;
  buffer.numbers.clear();
  buffer.columns.clear();
}

}  // namespace kith::import
