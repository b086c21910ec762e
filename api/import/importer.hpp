// api/import/importer.hpp: one run of the importer.
//
// Node files first: every row gets a number, its external id is entered in the id space, its
// properties wait in the buffer of its label set until the buffer is a segment full and goes to the
// loader, which says what ids the rows got. Then relationship files: both ends are looked up, at
// once or (where ids are on disk) many together, and rows wait by type. storage/bulk_load.hpp sorts
// and writes.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/import/columns.hpp"
#include "api/import/header.hpp"
#include "api/import/id_space.hpp"
#include "core/environment.hpp"
#include "core/memory_budget.hpp"
#include "core/scheduler.hpp"
#include "core/temp_file.hpp"
#include "kith/import.hpp"
#include "storage/bulk_load.hpp"

namespace kith::import {

class Importer {
 public:
  Importer(const std::string& path, const ImportOptions& options);
  ImportReport run();

 private:
  std::uint64_t apply_schema(const std::string& target);

  struct NodeBuffer {  // rows of one label set, with their numbers
    std::vector<LabelId> labels;
    ColumnBuffer columns;
    std::vector<std::uint64_t> numbers;
  };
  struct RelationshipBuffer {
    TypeId type;
    ColumnBuffer columns;
    std::vector<std::uint64_t> starts, ends;  // IdSpace::kNone: not known yet, or there is none
  };
  // One end of a row in a buffer, to be looked up in an id space that is on disk.
  struct PendingEnd {
    IdLookup lookup;
    const IdSpace* space;
    const ColumnSpec* spec;
    RelationshipBuffer* buffer;
    std::uint32_t row;
    bool is_end;  // else the start
    std::string_view text;
    const std::string* file;
    std::uint32_t line, column;
  };
  struct NodeFiles;
  struct RelationshipFiles;

  void load_nodes(const ImportFiles& files);
  void add_node(NodeFiles& group, const CsvReader& reader, const std::vector<CsvField>& row);
  bool register_node(NodeFiles& group, const CsvReader& reader, const std::vector<CsvField>& row);
  NodeBuffer& buffer_for_labels(NodeFiles& group, const std::vector<CsvField>& row);
  void flush(NodeBuffer& buffer);
  // Ids beyond their share go to disk.
  void keep_ids_within(NodeFiles& group);
  void spill_ids(NodeFiles& group);
  void settle_ids();
  void forget_ids();
  IdFile& id_file();

  void load_relationships(const ImportFiles& files);
  void add_relationship(RelationshipFiles& group, const CsvReader& reader,
                        const std::vector<CsvField>& row);
  // The node, or kNone: there is none (and that is no error), or it is to be looked up later.
  std::uint64_t end_of(const CsvReader& reader, const CsvField& field, const ColumnSpec& spec,
                       std::optional<PendingEnd>& pending);
  template <class Id>
  std::uint64_t find_end(const IdSpace& space, Id id, std::optional<PendingEnd>& pending);
  void add_pending(PendingEnd pending, RelationshipBuffer& buffer, bool is_end);
  [[noreturn]] static void fail_dangling(const PendingEnd& end);
  void resolve_pending();
  RelationshipBuffer& buffer_for_type(RelationshipFiles& group, const CsvReader& reader,
                                      const std::vector<CsvField>& row);
  void flush(RelationshipFiles& group);
  void flush(RelationshipBuffer& buffer);
  void leave_out_dangling(RelationshipBuffer& buffer);

  template <class Group, class AddRow>
  void read_files(const ImportFiles& files, Group& group, AddRow&& add_row);
  void check_width(const CsvReader& reader, const std::vector<CsvField>& row,
                   std::size_t columns) const;
  std::unique_ptr<CsvReader> open(const std::string& file) const;
  std::vector<std::size_t> stored_columns(const std::vector<ColumnSpec>& specs) const;
  std::vector<KeyId> keys_of(const std::vector<ColumnSpec>& specs,
                             const std::vector<std::size_t>& columns);
  bool is_ready(const ColumnBuffer& columns) const;
  std::uint32_t rows_to_gather(std::size_t columns, std::size_t buffers, std::uint32_t most) const;
  void report_progress(std::string_view stage, std::uint64_t rows, std::uint64_t bytes, bool now);

  std::string path_;
  const ImportOptions& options_;
  Environment environment_;
  Scheduler scheduler_;
  std::shared_ptr<MemoryBudget> budget_;  // shared: with the loader
  std::unique_ptr<storage::BulkLoad> load_;
  std::unique_ptr<TempFile> temp_file_;  // of ids, once there are too many
  std::optional<IdFile> id_file_;
  std::map<std::string, IdSpace> spaces_;
  std::vector<std::uint64_t> node_of_number_;
  Reservation ids_memory_;
  std::vector<PendingEnd> pending_;
  Arena pending_text_;
  ImportReport report_;
  const std::string* file_name_ = nullptr;  // being read; one of the options'
  std::uint64_t bytes_total_ = 0, bytes_done_ = 0, rows_ = 0;
  std::chrono::steady_clock::time_point last_progress_{};
};

}  // namespace kith::import
