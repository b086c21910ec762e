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
  std::uint64_t rows = 0;  // so far
  double fraction = 0;     // of the whole, 0 … 1
};

// What the last part of a file's path may be, where no file has that very path.
enum class PathPatternStyle : std::uint8_t { regex, glob, none };

// The header grammar and the options are those of neo4j-admin database import; docs/import.md.
struct ImportOptions {
  std::vector<ImportFiles> nodes, relationships;
  PathPatternStyle path_pattern_style = PathPatternStyle::regex;
  char32_t delimiter = U',', array_delimiter = U';', quote = U'"';
  IdType id_type = IdType::string;
  bool multiline_fields = false, ignore_empty_strings = false, trim_strings = false,
       ignore_extra_columns = false, legacy_style_quoting = false,
       auto_skip_subsequent_headers = false;
  std::vector<std::string> multiline_files;  // where multiline_fields is not for all
  std::string input_encoding = "UTF-8";      // UTF-16, UTF-16LE, UTF-16BE, ISO-8859-1
  std::uint64_t read_buffer_size = 4 << 20;  // bytes; a row must fit
  bool overwrite_destination = false;
  bool into = false;     // the database is there: add to it, in one transaction
  bool dry_run = false;  // read and check everything, make nothing
  bool skip_bad_relationships = false, skip_duplicate_nodes = false;
  std::int64_t bad_tolerance = -1;  // the most entries that are skipped; -1: any number
  std::string report_file;          // of what was skipped, as JSON lines; empty: none
  std::uint32_t threads = 0;
  std::uint64_t memory_limit = 0;    // bytes; 0: half of the smaller of RAM and the cgroup's limit
  std::uint32_t memory_percent = 0;  // instead: of the smaller of RAM and the cgroup's limit
  std::string temp_path;             // a folder for temporary files; empty: the database's
  // CREATE INDEX and CREATE CONSTRAINT, one statement each: made when the data is in. If the data
  // breaks one there is no database.
  std::vector<std::string> schema;
  std::function<void(const ImportProgress&)> progress;  // one call at a time, from any thread
};

struct ImportReport {
  std::uint64_t nodes = 0, relationships = 0, properties = 0, file_bytes = 0;
  std::uint64_t skipped_relationships = 0, skipped_nodes = 0;
  // By files with actions; with a node go its relationships.
  std::uint64_t updated_nodes = 0, updated_relationships = 0;
  std::uint64_t deleted_nodes = 0, deleted_relationships = 0;
  std::uint64_t spooled_bytes = 0;  // written to temporary files, as they did not fit into memory
  std::uint64_t peak_memory_bytes = 0;  // counted against the limit
  double seconds = 0;
};

// Makes a new database at `path`. Throws ImportError naming file, line, column and what was wrong,
// or ConstraintError naming the constraint and who breaks it; then there is no database and nothing
// is left behind. With `into`: adds to the database at `path`, all or nothing.
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
