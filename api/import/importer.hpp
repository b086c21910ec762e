// api/import/importer.hpp: one run of the importer.
//
// Node files first: every row gets a number, its external id is entered in the id space, its
// properties wait in the buffer of its label set until the buffer is a segment full and goes to the
// loader, which says what ids the rows got. Then relationship files: both ends are looked up, rows
// wait by type. storage/bulk_load.hpp sorts and writes.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "api/import/columns.hpp"
#include "api/import/external_ids.hpp"
#include "api/import/header.hpp"
#include "core/environment.hpp"
#include "core/scheduler.hpp"
#include "kith/import.hpp"
#include "storage/bulk_load.hpp"

namespace kith::import {

class Importer {
 public:
  Importer(const std::string& path, const ImportOptions& options);
  ImportReport run();

 private:
  void apply_schema(const std::string& target);

  struct NodeBuffer {  // rows of one label set, with their numbers
    std::vector<LabelId> labels;
    ColumnBuffer columns;
    std::vector<std::uint64_t> numbers;
  };
  struct RelationshipBuffer {
    TypeId type;
    ColumnBuffer columns;
    std::vector<std::uint64_t> starts, ends;
  };
  struct NodeFiles;
  struct RelationshipFiles;

  void load_nodes(const ImportFiles& files);
  void add_node(NodeFiles& group, const CsvReader& reader, const std::vector<CsvField>& row);
  bool register_node(NodeFiles& group, const CsvReader& reader, const std::vector<CsvField>& row);
  NodeBuffer& buffer_for_labels(NodeFiles& group, const std::vector<CsvField>& row);
  void flush(NodeBuffer& buffer);

  void load_relationships(const ImportFiles& files);
  void add_relationship(RelationshipFiles& group, const CsvReader& reader,
                        const std::vector<CsvField>& row);
  std::uint64_t end_of(const CsvReader& reader, const CsvField& field,
                       const ColumnSpec& spec) const;
  RelationshipBuffer& buffer_for_type(RelationshipFiles& group, const CsvReader& reader,
                                      const std::vector<CsvField>& row);
  void flush(RelationshipBuffer& buffer);

  template <class Group, class AddRow>
  void read_files(const ImportFiles& files, Group& group, AddRow&& add_row);
  void check_width(const CsvReader& reader, const std::vector<CsvField>& row,
                   std::size_t columns) const;
  std::unique_ptr<CsvReader> open(const std::string& file) const;
  std::vector<std::size_t> stored_columns(const std::vector<ColumnSpec>& specs) const;
  std::vector<KeyId> keys_of(const std::vector<ColumnSpec>& specs,
                             const std::vector<std::size_t>& columns);
  void report_progress(std::string_view stage, std::uint64_t rows, std::uint64_t bytes, bool now);

  std::string path_;
  const ImportOptions& options_;
  Environment environment_;
  Scheduler scheduler_;
  std::unique_ptr<storage::BulkLoad> load_;
  std::map<std::string, ExternalIds> spaces_;
  std::vector<std::uint64_t> node_of_number_;
  ImportReport report_;
  std::uint64_t bytes_total_ = 0, bytes_done_ = 0, rows_ = 0;
  std::chrono::steady_clock::time_point last_progress_{};
};

}  // namespace kith::import
