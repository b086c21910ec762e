// include/kith/database.hpp: opening a graph.
//
// A Database is shared by threads freely; each thread has its own Connection. The file is released
// when the last of the database, its connections and their results is gone, or at close().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kith/connection.hpp"
#include "kith/folding.hpp"
#include "kith/value.hpp"

namespace kith {

enum class Durability : std::uint8_t {
  full,     // a commit is on the disk when it returns
  relaxed,  // a commit may be lost with the machine's power, never half of one
};

struct DatabaseOptions {
  std::uint32_t threads = 0;       // for one query or index build; 0: one per core
  std::uint64_t memory_limit = 0;  // bytes; 0: half of the smaller of RAM and the cgroup's limit
  // Of it, what one query may have before it writes to a temporary file; 0: half.
  std::uint64_t query_memory_limit = 0;
  std::string temp_directory = {};  // for these files; empty: the database's, or the system's
  // Files beneath this directory are what LOAD CSV may read; empty: none (docs/load_csv.md).
  std::string import_directory = {};
  bool read_only = false;
  bool create = true;  // make the file if there is none
  Durability durability = Durability::full;
  std::uint32_t busy_timeout_ms = 5000;  // how long a writer waits for another
  // For tests of kith itself.
  std::uint32_t batch_rows = 0;   // rows a vector; 0: the default
  std::uint64_t spill_bytes = 0;  // what an operator keeps in memory; 0: its share of the limit
  bool optimise = true;           // false: only the rewrite rules that correctness needs
  bool plan_cache = true;         // false: every statement is parsed and planned for itself
  Folding folding = Folding::automatic;
};

struct DatabaseStatistics {
  std::uint64_t nodes = 0, relationships = 0;
  std::uint64_t file_bytes = 0, free_bytes = 0, log_bytes = 0, pool_bytes = 0, delta_bytes = 0;
  std::uint64_t checkpoint = 0, position = 0;
};

struct BackupReport {
  std::uint64_t position = 0;  // the commit that the copy ends with
  std::uint64_t nodes = 0, relationships = 0, file_bytes = 0;
};

class Database {
 public:
  // `path`: a file, or ":memory:" for a database of its own that is gone when closed.
  static Database open(const std::string& path, const DatabaseOptions& options = {});

  struct Impl;
  explicit Database(std::shared_ptr<Impl> impl);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  Connection connect();
  // Brings the file up to date with the log.
  void checkpoint();
  // Checkpoints and releases the file. Idempotent; errors that the destructor would swallow are
  // thrown here.
  void close();
  DatabaseStatistics statistics() const;

  // A copy of the newest commit in a new file at `path`, which is checked before it is there;
  // readers and writers go on meanwhile (docs/backup.md). Durable when it returns. StorageError
  // "AlreadyExists" if there is a file, "BackupDamaged" if this database is damaged.
  BackupReport backup(const std::string& path) const;
  // The newest commit as a Cypher script, schema first, given to `out` piece by piece: run by
  // `kith shell` on a new database it makes an equal graph (ids are new).
  void dump(const std::function<void(std::string_view)>& out) const;
  // What recovery found when the file was opened; empty when there was nothing to say.
  const std::string& open_note() const;

  // A procedure answered from a table, for tests: `signature` as in
  // "test.my.proc(name :: STRING?, id :: INTEGER?) :: (city :: STRING?)"; a call returns the
  // outputs of the rows whose inputs equal the arguments.
  void add_table_procedure(std::string_view signature, const std::vector<Map>& rows);

 private:
  std::shared_ptr<Impl> impl_;  // shared with connections
};

std::string_view version();  // "0.1.0"

}  // namespace kith
