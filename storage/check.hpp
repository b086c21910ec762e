// storage/check.hpp: proving a database file sound, or saying where it is not.
//
// Reads everything that the newest checkpoint reaches, block by block, and the logs beside it;
// writes nothing. Memory is bounded: one segment at a time, a bit a page, 32 bytes a segment.
// docs/check.md lists what is checked (K1 …); the code cites it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/environment.hpp"

namespace kith::storage {

struct CheckProblem {
  std::string where;  // "node segment 3, property 'name', slot 55"
  std::string what;
};

struct CheckOptions {
  Environment environment;               // required
  std::uint64_t memory_limit_bytes = 0;  // for cached blocks; 0: 64 MiB
  // Called for each problem as it is found; may be empty.
  std::function<void(const CheckProblem&)> problem;
};

struct CheckCounts {
  std::uint64_t checkpoint = 0, position = 0;  // of the meta page; of the last commit in the logs
  std::uint64_t pages = 0, free_pages = 0, blocks = 0, block_bytes = 0;
  std::uint64_t nodes = 0, relationships = 0;  // in segments
  std::uint64_t node_segments = 0, relationship_segments = 0;
  std::uint64_t label_sets = 0, columns = 0, values = 0, lists = 0, list_entries = 0;
  std::uint64_t names = 0, indexes = 0, index_pages = 0, index_entries = 0, constraints = 0;
  std::uint64_t logs = 0, log_frames = 0, log_commits = 0, log_records = 0;
  std::uint64_t problems = 0;
};

struct CheckReport {
  CheckCounts counts;
  std::vector<std::string> notes;  // not wrong, but worth knowing: a torn tail, unused bytes
  bool sound() const { return counts.problems == 0; }
};

// Throws what keeps it from looking at all: StorageError NotFound, NotADatabase, FormatVersion,
// CorruptMeta, Locked, …. All else is a problem in the report.
CheckReport check_database(const std::string& path, const CheckOptions& options);

}  // namespace kith::storage
