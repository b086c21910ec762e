// api/import/sources.cpp: see sources.hpp.
#include "api/import/sources.hpp"

#include <algorithm>

#include "api/import/path_pattern.hpp"
#include "core/assert.hpp"
#include "kith/error.hpp"

namespace kith::import {
namespace {

constexpr std::uint64_t kLongestRow = 1 << 30;  // bytes, however large the read buffer

class SourcesReader {
 public:
  SourcesReader(FileSystem& files, const ImportOptions& options)
      : files_(files), options_(options) {
    for (const auto& path : options.multiline_files)
      for (auto& file : files_matching(files_, path, options.path_pattern_style))
        multiline_.push_back(std::move(file));
  }

  Sources read() {
    for (const auto& argument : options_.nodes) {
      sources_.nodes.push_back(open_group(argument, true));
      declare_space(sources_.nodes.back());
    }
    for (const auto& argument : options_.relationships) {
      sources_.relationships.push_back(open_group(argument, false));
      const FileGroup& group = sources_.relationships.back();
      check_ends(group, group.starts, group.start_space, "START_ID");
      check_ends(group, group.ends, group.end_space, "END_ID");
    }
    return std::move(sources_);
  }

 private:
  [[noreturn]] static void fail(const FileGroup& group, const std::string& detail,
                                const std::string& message, std::uint32_t column = 1) {
    CsvFault{detail, message, 1, column}.raise(group.files.front().path);
  }

  FileGroup open_group(const ImportFiles& argument, bool is_nodes) {
    FileGroup group;
    group.is_nodes = is_nodes;
    group.names = argument.names;
    for (const auto& path : argument.files)
      for (auto& file : files_matching(files_, path, options_.path_pattern_style)) {
        if (file == options_.report_file)
          throw ImportError("BadOption", file + ": the report would replace a file to be imported");
        sources_.bytes += files_.open(file, OpenMode::ReadOnly)->size();
        const bool multiline =
            options_.multiline_fields ||
            std::find(multiline_.begin(), multiline_.end(), file) != multiline_.end();
        group.files.push_back({std::move(file), multiline});
      }
    if (group.files.empty()) throw ImportError("NoInput", "an argument names no file");
    read_header(group);
    is_nodes ? check_node_header(group) : check_relationship_header(group);
    return group;
  }

  void read_header(FileGroup& group) {
    const auto& [path, multiline] = group.files.front();
    CsvReader reader(files_.open(path, OpenMode::ReadOnly), path, csv_options(options_, multiline));
    const auto* fields = reader.next();
    if (fields == nullptr)
      throw ImportError("NoHeader", path + ": the file is empty; its first line must be a header");
    for (const auto& field : *fields) group.header.emplace_back(field.text);
    try {
      group.specs = parse_header(*fields, options_.id_type);
    } catch (const CsvFault& fault) {
      reader.fail(fault.detail, fault.message, fault.column);
    }
    for (std::size_t i = 0; i < group.specs.size(); ++i)
      if (group.specs[i].is_stored()) group.stored.push_back(i);
    for (std::size_t i = 0; i < group.specs.size(); ++i) {
      sort_column(group, i);
      if (group.changes && !options_.into)
        fail(group, "BadHeader", "a column of this type changes a database that is there (--into)",
             group.specs[i].column);
    }
  }

  static void sort_column(FileGroup& group, std::size_t i) {
    const ColumnSpec& spec = group.specs[i];
    const auto word = spec.type_name.substr(0, spec.type_name.find('('));
    const bool of_either = spec.role == Role::Action || spec.role == Role::RemovedProperty;
    const bool of_nodes = spec.role == Role::Id || spec.role == Role::Label ||
                          spec.role == Role::AddedLabel || spec.role == Role::RemovedLabel;
    if (spec.role == Role::Property || spec.role == Role::Ignore) return;
    if (!of_either && of_nodes != group.is_nodes)
      fail(group, "BadHeader",
           ":" + word + " belongs into " + (of_nodes ? "node" : "relationship") + " files",
           spec.column);
    if (spec.role == Role::Id) return group.ids.push_back(i);
    if (spec.role == Role::StartId) return group.starts.push_back(i);
    if (spec.role == Role::EndId) return group.ends.push_back(i);
    group.changes |= of_either || spec.role == Role::AddedLabel || spec.role == Role::RemovedLabel;
    std::size_t& column = only_column(group, spec.role);
    if (column != kNoColumn)
      fail(group, "BadHeader", "the header has two :" + word + " columns", spec.column);
    column = i;
  }

  static std::size_t& only_column(FileGroup& group, Role role) {
    if (role == Role::Action) return group.action;
    if (role == Role::RemovedLabel) return group.removed_labels;
    if (role == Role::RemovedProperty) return group.removed_properties;
    KITH_ASSERT(role == Role::Label || role == Role::AddedLabel || role == Role::Type);
    return group.word;
  }

  static std::string common_space(const FileGroup& group, const std::vector<std::size_t>& columns) {
    const auto& space = group.specs[columns.front()].space;
    for (const auto column : columns)
      if (group.specs[column].space != space)
        fail(group, "BadHeader",
             "the ids of one header are of one space, not of '" + space + "' and '" +
                 group.specs[column].space + "'",
             group.specs[column].column);
    return space;
  }

  static void check_node_header(FileGroup& group) {
    if (!group.ids.empty()) group.space = common_space(group, group.ids);
    if (group.changes && (group.ids.empty() || group.specs[group.ids.front()].label.empty()))
      fail(group, "BadHeader",
           "nodes that are to be changed need an id column that says how they are found: "
           "key:ID{label: L}");
  }

  static void check_relationship_header(FileGroup& group) {
    if (group.starts.empty() || group.ends.empty())
      fail(group, "BadHeader", "a relationship file needs a :START_ID and an :END_ID column");
    if (group.names.empty() && group.word == kNoColumn)
      fail(group, "BadHeader",
           "the relationships have no type: give one with --relationships TYPE=FILE or a :TYPE "
           "column");
    group.start_space = common_space(group, group.starts);
    group.end_space = common_space(group, group.ends);
  }

  void declare_space(const FileGroup& group) {
    if (group.ids.empty()) return;
    std::vector<ColumnSpec> ids;
    for (const auto column : group.ids) ids.push_back(group.specs[column]);
    const ColumnSpec& first = ids.front();
    const auto [found, is_new] = sources_.spaces.try_emplace(group.space);
    SpacePlan& space = found->second;
    if (is_new) {
      space.ids = ids;
      space.integers = ids.size() == 1 && first.type == ValueType::Integer;
    }
    const bool alike =
        std::equal(ids.begin(), ids.end(), space.ids.begin(), space.ids.end(),
                   [](const ColumnSpec& a, const ColumnSpec& b) { return a.type == b.type; });
    if (!alike)
      fail(group, "BadHeader",
           "another node file declares other ids for the id space '" + group.space + "'",
           first.column);
    if (first.label.empty() || !options_.into) return;
    if (ids.size() > 1)
      fail(group, "BadHeader", "nodes of the database are found by one id column, not by several",
           first.column);
    if (first.name.empty())
      fail(group, "BadHeader", "{label: " + first.label + "} needs the name of a property",
           first.column);
    if (!space.label.empty() && (space.label != first.label || space.key != first.name))
      fail(group, "BadHeader",
           "another node file has another label or property for the id space '" + group.space + "'",
           first.column);
    space.label = first.label;
    space.key = first.name;
  }

  void check_ends(const FileGroup& group, const std::vector<std::size_t>& columns,
                  const std::string& name, const std::string& word) {
    const ColumnSpec& first = group.specs[columns.front()];
    const auto found = sources_.spaces.find(name);
    if (found == sources_.spaces.end())
      fail(group, "UnknownIdSpace",
           name.empty() ? "no node file has an :ID column" +
                              std::string(sources_.spaces.empty() ? "" : " without an id space")
                        : "no node file declares the id space '" + name + "'",
           first.column);
    SpacePlan& space = found->second;
    if (columns.size() != space.ids.size() && columns.size() != 1)
      fail(group, "BadHeader",
           "there are " + std::to_string(columns.size()) + " :" + word +
               " columns where ids have " + std::to_string(space.ids.size()),
           first.column);
    if (columns.size() != space.ids.size()) space.concatenated = true;
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (const auto& spec = group.specs[columns[i]];
          spec.has_id_type && columns.size() == space.ids.size() && spec.type != space.ids[i].type)
        fail(group, "BadHeader", "the node files have another id-type", spec.column);
  }

  FileSystem& files_;
  const ImportOptions& options_;
  std::vector<std::string> multiline_;
  Sources sources_;
};

}  // namespace

Sources open_sources(FileSystem& files, const ImportOptions& options) {
  return SourcesReader(files, options).read();
}

CsvOptions csv_options(const ImportOptions& options, bool multiline) {
  const auto encoding = encoding_named(options.input_encoding);
  if (!encoding)
    throw ImportError("BadEncoding", "the encoding '" + options.input_encoding +
                                         "' is not supported (UTF-8, UTF-16, UTF-16LE, UTF-16BE, "
                                         "ISO-8859-1, US-ASCII)");
  return {.delimiter = CsvMark(options.delimiter),
          .quote = CsvMark(options.quote),
          .multiline_fields = multiline,
          .backslash_escapes = options.legacy_style_quoting,
          .encoding = *encoding,
          .longest_row = static_cast<std::size_t>(std::min(options.read_buffer_size, kLongestRow))};
}

}  // namespace kith::import
