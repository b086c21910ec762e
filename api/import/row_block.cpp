// api/import/row_block.cpp: see row_block.hpp.
#include "api/import/row_block.hpp"

#include <algorithm>
#include <array>

#include "core/assert.hpp"
#include "core/text.hpp"

namespace kith::import {

namespace {

bool is_same(const CsvField& a, const CsvField& b) {
  return a.text == b.text && a.quoted == b.quoted;
}

}  // namespace

RowPlan::RowPlan(const FileGroup& of_group, const Sources& sources, const ImportOptions& with)
    : group(of_group), options(with) {
  for (const auto column : group.stored) values.emplace_back(group.specs[column], options);
  const auto space = [&](const std::string& name) -> const SpacePlan& {
    return sources.spaces.at(name);
  };
  if (!group.ids.empty()) ids = ids_of(group.ids, space(group.space));
  if (!group.starts.empty()) starts = ids_of(group.starts, space(group.start_space));
  if (!group.ends.empty()) ends = ids_of(group.ends, space(group.end_space));
}

RowPlan::Ids RowPlan::ids_of(const std::vector<std::size_t>& columns,
                             const SpacePlan& space) const {
  Ids out;
  out.columns = columns;
  out.integers = space.integers;
  out.concatenated = space.concatenated;
  const bool as_it_is = columns.size() != space.ids.size();
  static const ColumnSpec kText{};
  for (std::size_t i = 0; i < columns.size(); ++i)
    out.parts.emplace_back(as_it_is ? kText : space.ids[i], options);
  return out;
}

void RowBlock::reset() {
  rows = 0;
  words.clear();
  word_of_row.clear();
  number_of_word_.clear();
  changes.clear();
  fault.reset();
  line_count = first_line = 0;
  arena_.reset();
}

void RowBlock::parse() {
  reset();
  if (failure) return;
  KITH_ASSERT(plan != nullptr);
  read_fields();
  const FileGroup& group = plan->group;
  if (group.changes) {
    changes.reserve(rows);
    each_row([&](std::uint32_t row) { changes.push_back(change_of(row)); });
  }
  // Ids come last: the columns of a row that is not kept may hold anything.
  for (std::size_t i = 0; i < group.stored.size(); ++i) parse_values(i);
  if (group.word != kNoColumn) parse_words();
  if (!group.ids.empty()) parse_ids(plan->ids, ids);
  if (!group.is_nodes) {
    parse_ids(plan->starts, starts);
    parse_ids(plan->ends, ends);
  }
  for (IdColumn* column : {&ids, &starts, &ends})
    if (column->ids.size() > rows) column->ids.resize(rows);
}

void RowBlock::read_fields() {
  fields_.read(text.text(), csv_options(plan->options, multiline), plan->group.specs.size(),
               plan->options.ignore_extra_columns);
  const bool skips = begins_group || (begins_file && plan->options.auto_skip_subsequent_headers);
  if (skips && fields_.rows() > 0 && (begins_group || is_header())) fields_.drop_first_row();
  rows = fields_.rows();
  line_count = fields_.lines();
  fault = fields_.fault();
}

bool RowBlock::is_header() const {
  const auto& header = plan->group.header;
  for (std::size_t i = 0; i < header.size(); ++i)
    if (trim(fields_.text(0, i)) != trim(header[i])) return false;
  return true;
}

// Up to the first row that is not as it should be: there the block ends.
template <class Read>
void RowBlock::each_row(Read&& read) {
  std::uint32_t row = 0;
  try {
    for (; row < rows; ++row) read(row);
  } catch (const CsvFault& found) {
    fault = found;
    fault->line = fields_.line(row);
    rows = row;
  }
}

// Fields that are digits and nothing else are read many at a time: plain(row, value); other(row).
template <class Plain, class Other>
void RowBlock::each_integer(const ValueParser& parser, std::size_t column, Plain&& plain,
                            Other&& other) {
  const IntegerBounds bounds = parser.bounds();
  std::array<std::int64_t, 256> values;
  std::uint32_t begin = 0, end = 0;  // the rows whose values are there
  each_row([&](std::uint32_t row) {
    if (row >= end) {
      begin = row;
      end = row + static_cast<std::uint32_t>(fields_.plain_integers(row, column, bounds, values));
    }
    if (row < end)
      plain(row, values[row - begin]);
    else
      other(row);
  });
}

void RowBlock::parse_values(std::size_t stored) {
  while (columns.size() <= stored) columns.push_back(std::make_unique<Vector>());
  const std::size_t column = plan->group.stored[stored];
  const ValueParser& parser = plan->values[stored];
  Vector& to = *columns[stored];
  to.reset(vector_type(plan->group.specs[column]), rows);
  const auto parse = [&](std::uint32_t row) {
    parser.parse_into(fields_.field(row, column), to, row);
  };
  if (to.type() != VectorType::Integer) return each_row(parse);
  auto* const integers = to.data<std::int64_t>();
  each_integer(
      parser, column, [&](std::uint32_t row, std::int64_t value) { integers[row] = value; }, parse);
}

// The action of a row and what it removes. A file without actions that changes what is there has
// updates alone.
Change RowBlock::change_of(std::uint32_t row) const {
  const FileGroup& group = plan->group;
  const auto field = [&](std::size_t column) {
    return column == kNoColumn ? std::string_view() : trim(fields_.text(row, column));
  };
  Change change;
  if (group.action == kNoColumn) {
    change.action = Action::Update;
  } else {
    change.column = fields_.field(row, group.action).column;
    const std::string_view word = field(group.action);
    if (word == "U" || word == "UPDATE") {
      change.action = Action::Update;
    } else if (word == "D" || word == "DELETE") {
      change.action = Action::Delete;
    } else if (!word.empty() && word != "C" && word != "CREATE") {
      throw CsvFault{"BadValue",
                     "'" + std::string(word) +
                         "' is no action (C or CREATE, U or UPDATE, D or DELETE; empty: CREATE)",
                     0, change.column};
    }
  }
  change.removed_labels = field(group.removed_labels);
  change.removed_properties = field(group.removed_properties);
  if (change.action == Action::Update) return change;
  for (const auto column : {group.removed_labels, group.removed_properties})
    if (!field(column).empty())
      throw CsvFault{"BadValue", "only an UPDATE removes labels or properties", 0,
                     fields_.field(row, column).column};
  return change;
}

// The labels or the types of the rows, by number.
void RowBlock::parse_words() {
  word_of_row.resize(rows);
  each_row([&](std::uint32_t row) {
    const CsvField field = fields_.field(row, plan->group.word);
    const bool as_before = row > 0 && is_same(field, fields_.field(row - 1, plan->group.word));
    word_of_row[row] = as_before ? word_of_row[row - 1] : number_of(field);
  });
}

std::uint32_t RowBlock::number_of(const CsvField& field) {
  const auto word = plan->options.trim_strings && !field.quoted ? trim(field.text) : field.text;
  if (word.empty() && !plan->group.is_nodes && plan->group.names.empty())
    throw CsvFault{"BadValue", "the relationship has no type", 0, field.column};
  const auto [found, is_new] =
      number_of_word_.try_emplace(word, static_cast<std::uint32_t>(words.size()));
  if (is_new) words.push_back(word);
  return found->second;
}

void RowBlock::parse_ids(const RowPlan::Ids& of, IdColumn& to) {
  KITH_ASSERT(!of.columns.empty() && of.parts.size() == of.columns.size());
  to.begin(rows);
  if (!of.integers) return each_row([&](std::uint32_t row) { to.ids[row] = id_of(of, row); });
  const std::size_t column = of.columns.front();
  ExternalId* const at = to.ids.data();
  each_integer(
      of.parts.front(), column,
      [&](std::uint32_t row, std::int64_t value) {
        at[row] = ExternalId::of_integer(value, fields_.text(row, column));
      },
      [&](std::uint32_t row) { at[row] = id_of(of, row); });
}

ExternalId RowBlock::id_of(const RowPlan::Ids& of, std::uint32_t row) {
  const CsvField field = fields_.field(row, of.columns.front());
  const std::string_view id =
      of.columns.size() > 1 ? join(of, row) : of.parts.front().text_of(field);
  if (!id.empty())
    return of.integers ? ExternalId::of_integer(of.parts.front().integer_of(field), id)
                       : ExternalId::of_text(id);
  if (plan->group.is_nodes) throw CsvFault{"BadValue", "the node has no id", 0, field.column};
  return {};
}

// An id of several columns; nothing if one of them is empty. Unless they are to be concatenated,
// each part has its length in front.
std::string_view RowBlock::join(const RowPlan::Ids& of, std::uint32_t row) {
  std::string id;
  for (std::size_t i = 0; i < of.columns.size(); ++i) {
    const CsvField field = fields_.field(row, of.columns[i]);
    auto part = of.parts[i].text_of(field);
    if (part.empty()) return {};
    std::string number;
    if (of.parts[i].is_integer()) part = number = std::to_string(of.parts[i].integer_of(field));
    if (!of.concatenated) id.append(std::to_string(part.size())).push_back(':');
    id.append(part);
  }
  return arena_.copy(id);
}

BadId RowBlock::bad_id(const IdColumn& of, std::uint32_t row) const {
  const FileGroup& group = plan->group;
  const bool is_start = &of == &starts, is_end = &of == &ends;
  const std::string& space = is_start ? group.start_space : is_end ? group.end_space : group.space;
  const auto& columns_of_id = is_start ? group.starts : is_end ? group.ends : group.ids;
  return {of.ids[row].text(), space, fields_.field(row, columns_of_id.front()).column};
}

std::uint64_t RowBlock::bytes() const {
  std::uint64_t bytes = text.capacity() + arena_.bytes() + ids.bytes() + starts.bytes() +
                        ends.bytes() + fields_.bytes() +
                        word_of_row.capacity() * sizeof(std::uint32_t) +
                        changes.capacity() * sizeof(Change);
  for (const auto& column : columns)
    bytes += column->arena().bytes() + column->rows() * bytes_per_value(column->type());
  return bytes;
}

}  // namespace kith::import
