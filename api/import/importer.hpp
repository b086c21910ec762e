// api/import/importer.hpp: one run of the importer.
//
// Blocks of rows are read in order, taken apart on all threads, and used in order (row_block.hpp).
// Node files first: each row's external id is entered in its id space, the rows go to the loader,
// which says which nodes they became. Then relationship files: both ends are looked up, by the
// thread that takes the block apart or (where ids are on disk) many blocks together.
// storage/bulk_load.hpp sorts and writes; into_load.hpp adds to a database that is there, and
// changes it where files say so.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/import/bad_entries.hpp"
#include "api/import/block_reader.hpp"
#include "api/import/id_space.hpp"
#include "api/import/into_load.hpp"
#include "api/import/row_block.hpp"
#include "api/import/sources.hpp"
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
  // What is known of a group once its first block is used.
  struct GroupState {
    std::vector<KeyId> keys;
    std::map<std::string, std::vector<LabelId>, std::less<>> labels;  // by the text of the column
    std::map<std::string, TypeId, std::less<>> types;
  };

  void check_options() const;
  void open_target();
  std::uint64_t apply_schema(const std::string& target);

  // The blocks of all groups, through `work` on any thread and `take` in order.
  void run_blocks(const std::vector<FileGroup>& groups, const std::function<void(RowBlock&)>& work,
                  const std::function<bool(RowBlock&)>& take);
  void begin_block(RowBlock& block);
  std::size_t block_bytes() const;
  GroupState& state_of(const RowBlock& block);
  std::vector<storage::BulkColumn> columns_of(const RowBlock& block);
  [[noreturn]] static void raise_fault(const RowBlock& block);
  // Empties picked_ for rows of so many different words.
  void begin_picking(const RowBlock& block);
  void pick(const RowBlock& block, std::uint32_t row);
  static std::size_t word_of(const RowBlock& block, std::uint32_t row);

  // nodes.cpp
  void load_nodes();
  void take_nodes(RowBlock& block);
  void create_nodes(RowBlock& block);
  void register_ids(RowBlock& block, IdSpace& space, std::uint32_t begin, std::uint32_t end);
  const std::vector<LabelId>& labels_of(RowBlock& block, std::size_t word);
  // Ids beyond their share go to disk.
  IdCounts ids_to_come(const RowBlock& block, const IdSpace& space, std::uint32_t begin,
                       std::uint32_t end) const;
  void keep_ids_within(IdSpace* grows, const IdCounts& more);
  void spill_ids();
  void settle_ids();
  void forget_ids();
  IdFile& id_file();

  // relationships.cpp
  void load_relationships();
  void look_up(RowBlock& block) const;
  bool take_relationships(RowBlock& block);
  void resolve_waiting();
  void add_relationships(RowBlock& block);
  bool has_ends(const RowBlock& block, std::uint32_t row);
  void create_relationships(RowBlock& block);
  static std::string_view type_name(const RowBlock& block, std::size_t word);
  TypeId type_of(RowBlock& block, std::size_t word);
  const IdSpace& space_named(const std::string& name) const { return spaces_.at(name); }

  // changes.cpp
  struct ChangedColumns {
    std::vector<storage::BulkColumn> values, identifiers;
  };
  std::vector<std::string_view> parts_of(std::string_view list) const;
  void change_nodes(RowBlock& block);
  void change_nodes(RowBlock& block, std::uint32_t begin, std::uint32_t end);
  void change_relationships(RowBlock& block);
  void change_relationships(RowBlock& block, std::size_t word, const ChangedColumns& columns);
  ChangedColumns changed_columns(const RowBlock& block);

  void report_progress(bool now);

  std::string path_;
  const ImportOptions& options_;
  Environment environment_;
  Scheduler scheduler_;
  std::shared_ptr<MemoryBudget> budget_;  // shared: with the loader
  Sources sources_;
  BadEntries bad_;
  std::unique_ptr<storage::BulkLoad> load_;
  IntoLoad* into_ = nullptr;             // the same, if it adds to a database
  std::unique_ptr<TempFile> temp_file_;  // of ids, once there are too many
  std::optional<IdFile> id_file_;
  std::map<std::string, IdSpace> spaces_;
  Reservation ids_memory_, blocks_memory_;
  std::vector<std::optional<GroupState>> groups_;  // of the files being read
  BlockReader* reader_ = nullptr;
  std::vector<RowBlock*> waiting_;  // whose ends are to be looked up on disk
  std::uint64_t waiting_bytes_ = 0;
  std::uint64_t file_lines_ = 0;  // before the block being used
  // Of the block being used.
  std::vector<std::vector<std::uint32_t>> picked_;  // rows by word
  std::vector<std::uint64_t*> places_;              // where each row's node goes
  std::vector<std::uint64_t> nodes_;
  ImportReport report_;
  std::string_view stage_;
  std::uint64_t bytes_before_ = 0, bytes_done_ = 0, rows_ = 0;
  std::chrono::steady_clock::time_point last_progress_{};
};

}  // namespace kith::import
