// api/import/row_block.hpp: a block of a file's rows as typed columns.
//
// Fields are found first (field_table.hpp), then they are read column by column: a fault ends the
// rows for all columns that follow, so what is left at the end is the first fault of the file.
//
// Blocks are read one after the other, taken apart on any thread, and used in the order in which
// they were read. A block is used again when it is done with, so memory stays where it is.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/import/bad_entries.hpp"
#include "api/import/external_ids.hpp"
#include "api/import/field_table.hpp"
#include "api/import/sources.hpp"
#include "api/import/values.hpp"
#include "core/vector.hpp"

namespace kith::import {

enum class Action : std::uint8_t { Create, Update, Delete };

// What a row of a group with actions says besides its values.
struct Change {
  Action action = Action::Create;
  std::uint32_t column = 1;  // where it stands in its line
  std::string_view removed_labels, removed_properties;
};

// How the rows of a group are read: made once, used by all threads.
class RowPlan {
 public:
  RowPlan(const FileGroup& group, const Sources& sources, const ImportOptions& options);

  struct Ids {
    std::vector<std::size_t> columns;
    std::vector<ValueParser> parts;  // of as many columns as ids have; one for text as it is
    bool integers = false;           // one column of integers
    bool concatenated = false;
  };
  const FileGroup& group;
  const ImportOptions& options;
  std::vector<ValueParser> values;  // of group.stored
  Ids ids, starts, ends;

 private:
  Ids ids_of(const std::vector<std::size_t>& columns, const SpacePlan& space) const;
};

class RowBlock {
 public:
  // What the reader sets.
  const RowPlan* plan = nullptr;
  std::size_t group_number = 0;
  const std::string* path = nullptr;
  bool multiline = false;
  bool begins_group = false, begins_file = false;
  TextBuffer text;
  std::uint64_t bytes_read = 0;  // of all files, to the end of this block
  std::uint64_t bytes_left = 0;  // of its file, behind this block
  std::exception_ptr failure;    // the reader's: the block has no rows

  // What parse() makes of the text.
  std::uint32_t rows = 0;
  std::vector<std::unique_ptr<Vector>> columns;  // of the group's stored columns
  std::vector<std::string_view> words;           // labels or types, as they are written
  std::vector<std::uint32_t> word_of_row;        // unless there is only one
  IdColumn ids, starts, ends;
  std::vector<Change> changes;    // of a group with actions
  std::optional<CsvFault> fault;  // of the row behind the last; its line is one of the block
  std::uint64_t line_count = 0;
  std::uint64_t first_line = 0;  // lines of the file before this block, once it is known

  void parse();
  std::uint64_t bytes() const;
  // For messages: where a row stands, and an id of one of the three columns in it.
  std::uint64_t line_of(std::uint32_t row) const { return first_line + fields_.line(row); }
  BadId bad_id(const IdColumn& of, std::uint32_t row) const;

 private:
  void reset();
  void read_fields();
  bool is_header() const;
  template <class Read>
  void each_row(Read&& read);
  template <class Plain, class Other>
  void each_integer(const ValueParser& parser, std::size_t column, Plain&& plain, Other&& other);
  void parse_values(std::size_t stored);
  void parse_words();
  std::uint32_t number_of(const CsvField& word);
  Change change_of(std::uint32_t row) const;
  void parse_ids(const RowPlan::Ids& of, IdColumn& to);
  ExternalId id_of(const RowPlan::Ids& of, std::uint32_t row);
  std::string_view join(const RowPlan::Ids& of, std::uint32_t row);

  FieldTable fields_;
  std::unordered_map<std::string_view, std::uint32_t> number_of_word_;
  Arena arena_;
};

}  // namespace kith::import
