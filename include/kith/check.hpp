// include/kith/check.hpp: proving a database file sound, without opening it as a database.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kith/error.hpp"

namespace kith {

struct CheckProblem {
  std::string where;  // "node segment 3, property 'name', slot 55"
  std::string what;
};

struct CheckOptions {
  std::uint64_t memory_limit = 0;                    // bytes; 0: 128 MiB
  std::function<void(const CheckProblem&)> problem;  // called for each as it is found; may be empty
};

struct CheckReport {
  // What was looked at, in order, to be shown: {"nodes", 33}, {"columns", 12}, ….
  std::vector<std::pair<std::string_view, std::uint64_t>> counts;
  std::vector<std::string> notes;  // not wrong, but worth knowing: a torn tail, what is unused
  std::uint64_t problems = 0;
  bool sound() const { return problems == 0; }
};

// Verifies every checksum and every structural invariant of the database at `path`, its logs
// included (docs/check.md), and changes nothing. Throws StorageError if there is nothing that could
// be checked: no such file, not a kith database, in use, of a newer version.
CheckReport check(const std::string& path, const CheckOptions& options = {});

}  // namespace kith
