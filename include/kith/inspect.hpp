// include/kith/inspect.hpp: what lies in a database file, as text for people.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "kith/error.hpp"

namespace kith {

struct InspectTopic {
  std::string_view name, help;
  bool takes_number = false, needs_number = false;
};
// "meta", "root", "names", "schema", "segments", "segment N", "relationship-segment N", "page N",
// "free", "carry", "log [N]".
const std::vector<InspectTopic>& inspect_topics();

struct InspectOptions {
  std::string topic = "meta";
  std::int64_t number = -1;  // -1: none
};

// Calls `line` for each line, without its end; lines that begin with "unreadable: " stand for what
// is damaged, and their number is returned. Changes nothing and takes no lock. QueryError
// ("ArgumentError") for a topic or number that there is not, StorageError if the file cannot be
// read at all.
std::uint64_t inspect(const std::string& path, const InspectOptions& options,
                      const std::function<void(std::string_view)>& line);

}  // namespace kith
