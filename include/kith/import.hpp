// include/kith/import.hpp: bulk loading, from CSV files or from a program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kith/connection.hpp"
#include "kith/value.hpp"

namespace kith {

enum class IdType : std::uint8_t { string, integer, actual };

struct ImportFiles {
  std::vector<std::string> names;  // labels, or the one relationship type; may be empty
  std::vector<std::string> files;  // the header is the first line of the first file
};

struct ImportProgress {
  std::string_view stage;  // "nodes", "relationships", "writing", "schema"
  std::uint64_t rows = 0;  // of the stage so far
  double fraction = 0;     // of the whole, 0 … 1
};

// The header grammar and the options are those of neo4j-admin database import; docs/import.md.
struct ImportOptions {
  std::vector<ImportFiles> nodes, relationships;
  char delimiter = ',', array_delimiter = ';', quote = '"';
  IdType id_type = IdType::string;
  bool multiline_fields = false, ignore_empty_strings = false, trim_strings = false,
       ignore_extra_columns = false;
  bool overwrite_destination = false;
  bool skip_bad_relationships = false, skip_duplicate_nodes = false;
  std::uint32_t threads = 0;
  std::uint64_t memory_limit = 0;  // bytes; 0: half of the smaller of RAM and the cgroup's limit
  // CREATE INDEX and CREATE CONSTRAINT, one statement each: made when the data is in. If the data
  // breaks one there is no database.
  std::vector<std::string> schema;
  std::function<void(const ImportProgress&)>
      progress;  // called from the calling thread; may be empty
};

struct ImportReport {
  std::uint64_t nodes = 0, relationships = 0, properties = 0, file_bytes = 0;
  std::uint64_t skipped_relationships = 0, skipped_nodes = 0;
  std::uint64_t spooled_bytes = 0;  // written to temporary files, as they did not fit into memory
  std::uint64_t peak_memory_bytes = 0;  // counted against the limit
  double seconds = 0;
};

// Makes a new database at `path`. Throws ImportError naming file, line, column and what was wrong,
// or ConstraintError naming the constraint and who breaks it; then there is no database and nothing
// is left behind.
ImportReport import_csv(const std::string& path, const ImportOptions& options);

// Rows in, no query text: one write transaction of a connection.
class Appender {
 public:
  // Begins a write transaction.
  explicit Appender(Connection& connection);
  Appender(Appender&&) noexcept;
  Appender& operator=(Appender&&) noexcept;
  ~Appender();  // without finish(): nothing is kept

  using Properties = std::vector<std::pair<std::string_view, Value>>;
  std::int64_t add_node(const std::vector<std::string>& labels, const Properties& properties);
  std::int64_t add_relationship(std::string_view type, std::int64_t start, std::int64_t end,
                                const Properties& properties = {});
  std::uint64_t finish();  // commits; the commit position

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kith
