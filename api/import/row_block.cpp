// api/import/row_block.cpp: see row_block.hpp.
#include "api/import/row_block.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "core/text.hpp"

namespace kith::import {

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
  for (IdColumn* column : {&ids, &starts, &ends}) column->clear();
  lines.clear();
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
  const auto most = static_cast<std::uint32_t>(count_line_ends(text.view()) + 1);
  const auto& stored = plan->group.stored;
  while (columns.size() < stored.size()) columns.push_back(std::make_unique<Vector>());
  for (std::size_t i = 0; i < stored.size(); ++i)
    columns[i]->reset(vector_type(plan->group.specs[stored[i]]), most);
  const CsvOptions options = csv_options(plan->options, multiline);
  CsvRows in(text.text(), options);
  try {
    parse_rows(in);
  } catch (const CsvFault& found) {
    fault = found;
    if (fault->line == 0) fault->line = in.line();
  }
  line_count = in.lines();
  KITH_ASSERT(lines.size() == rows && rows <= most);
}

void RowBlock::parse_rows(CsvRows& in) {
  const auto* row = in.next();
  const bool skips = begins_group || (begins_file && plan->options.auto_skip_subsequent_headers);
  if (row != nullptr && skips && (begins_group || is_header(*row))) row = in.next();
  for (; row != nullptr; row = in.next()) {
    check_width(*row);
    parse_row(*row);
    lines.push_back(static_cast<std::uint32_t>(in.line()));
    ++rows;
  }
}

bool RowBlock::is_header(CsvRow row) const {
  const auto& header = plan->group.header;
  return std::equal(row.begin(), row.end(), header.begin(), header.end(),
                    [](const CsvField& field, const std::string& name) {
                      return trim(field.text) == trim(name);
                    });
}

void RowBlock::check_width(CsvRow row) const {
  const std::size_t wanted = plan->group.specs.size();
  if (row.size() == wanted) return;
  if (row.size() < wanted)
    throw CsvFault{"BadRow",
                   "the row has " + std::to_string(row.size()) + " fields where the header has " +
                       std::to_string(wanted),
                   0, row.back().column};
  if (!plan->options.ignore_extra_columns)
    throw CsvFault{"BadRow",
                   "the row has more fields than the header's " + std::to_string(wanted) +
                       " (--ignore-extra-columns lets it pass)",
                   0, row[wanted].column};
}

// The action of a row and what it removes. A file without actions that changes what is there has
// updates alone.
Change RowBlock::change_of(CsvRow row) const {
  const FileGroup& group = plan->group;
  const auto field = [&](std::size_t column) {
    return column == kNoColumn ? std::string_view() : trim(row[column].text);
  };
  Change change;
  if (group.action == kNoColumn) {
    change.action = Action::Update;
  } else {
    change.column = row[group.action].column;
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
                     row[column].column};
  return change;
}

void RowBlock::parse_row(CsvRow row) {
  const FileGroup& group = plan->group;
  Change change;
  if (group.changes) change = change_of(row);
  // Ids come last: the columns of a row that is not kept may hold anything.
  for (std::size_t i = 0; i < group.stored.size(); ++i)
    plan->values[i].parse_into(row[group.stored[i]], *columns[i], rows);
  if (group.word != kNoColumn) parse_word(row);
  if (!group.ids.empty()) parse_id(plan->ids, row, ids);
  if (group.changes && group.is_nodes) changes.push_back(change);
  if (group.is_nodes) return;
  parse_id(plan->starts, row, starts);
  try {
    parse_id(plan->ends, row, ends);
  } catch (const CsvFault&) {
    starts.rows.pop_back();
    throw;
  }
  if (group.changes) changes.push_back(change);
}

// The labels or the type of the row, by number.
void RowBlock::parse_word(CsvRow row) {
  KITH_ASSERT(plan->group.word < row.size());
  const CsvField& field = row[plan->group.word];
  const auto word = plan->options.trim_strings && !field.quoted ? trim(field.text) : field.text;
  if (word.empty() && !plan->group.is_nodes && plan->group.names.empty())
    throw CsvFault{"BadValue", "the relationship has no type", 0, field.column};
  if (word_of_row.empty() || words[word_of_row.back()] != word) {
    const auto [found, is_new] =
        number_of_word_.try_emplace(word, static_cast<std::uint32_t>(words.size()));
    if (is_new) words.push_back(word);
    word_of_row.push_back(found->second);
  } else {
    word_of_row.push_back(word_of_row.back());
  }
}

void RowBlock::parse_id(const RowPlan::Ids& of, CsvRow row, IdColumn& to) {
  KITH_ASSERT(!of.columns.empty() && of.parts.size() == of.columns.size());
  const CsvField& field = row[of.columns.front()];
  const std::string_view id =
      of.columns.size() > 1 ? join(of, row) : of.parts.front().text_of(field);
  if (id.empty()) {
    if (plan->group.is_nodes) throw CsvFault{"BadValue", "the node has no id", 0, field.column};
    to.rows.push_back({{}, field.column});
  } else if (of.integers) {
    to.rows.push_back(
        {ExternalId::of_integer(of.parts.front().integer_of(field), id), field.column});
  } else {
    to.rows.push_back({ExternalId::of_text(id), field.column});
  }
}

// An id of several columns; nothing if one of them is empty. Unless they are to be concatenated,
// each part has its length in front.
std::string_view RowBlock::join(const RowPlan::Ids& of, CsvRow row) {
  std::string id;
  for (std::size_t i = 0; i < of.columns.size(); ++i) {
    const CsvField& field = row[of.columns[i]];
    auto part = of.parts[i].text_of(field);
    if (part.empty()) return {};
    std::string number;
    if (of.parts[i].is_integer()) part = number = std::to_string(of.parts[i].integer_of(field));
    if (!of.concatenated) id.append(std::to_string(part.size())).push_back(':');
    id.append(part);
  }
  return arena_.copy(id);
}

std::uint64_t RowBlock::bytes() const {
  std::uint64_t bytes = text.capacity() + arena_.bytes() + ids.bytes() + starts.bytes() +
                        ends.bytes() +
                        (lines.capacity() + word_of_row.capacity()) * sizeof(std::uint32_t) +
                        changes.capacity() * sizeof(Change);
  for (const auto& column : columns)
    bytes += column->arena().bytes() + column->rows() * bytes_per_value(column->type());
  return bytes;
}

}  // namespace kith::import
