// storage/inspect.hpp: what lies in a database file, as text; of a damaged one as far as it can.
//
// Opens nothing as a database, takes no lock, changes nothing: beside a writer, what it shows may
// be from different moments. The form of the text is for people and may change.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/environment.hpp"

namespace kith::storage {

enum class InspectTopic : std::uint8_t {
  Meta,                 // both meta pages
  Root,                 // counts and pointers of the newest checkpoint
  Names,                // the catalog
  Schema,               // indexes and constraints
  Segments,             // a line each
  NodeSegment,          // number
  RelationshipSegment,  // number
  Page,                 // number: the block that begins there, and its bytes
  Free,                 // the free map
  Carry,                // records carried along
  Logs,                 // a line each
  Log,                  // number: frames and records
};

struct InspectOptions {
  Environment environment;  // required
  InspectTopic topic = InspectTopic::Meta;
  std::uint64_t number = 0;
};

// Each line without its end. What cannot be read is a line that says so; the number of those.
// StorageError if the file itself cannot be read, QueryError("ArgumentError") for a number that
// there is not.
std::uint64_t inspect_database(const std::string& path, const InspectOptions& options,
                               const std::function<void(std::string_view)>& line);

}  // namespace kith::storage
