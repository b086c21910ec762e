// api/import/sources.hpp: the files of an import, and what all their headers say together.
//
// All headers are read before the first row is: what one says must fit what the others say, so a
// space that no node file declares is found at once and not after an hour.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "api/import/header.hpp"
#include "core/csv.hpp"
#include "core/environment.hpp"
#include "kith/import.hpp"

namespace kith::import {

inline constexpr std::size_t kNoColumn = SIZE_MAX;

// Ids of one space: of one column or of several.
struct SpacePlan {
  std::vector<ColumnSpec> ids;  // the columns of the first header that declares it
  bool integers = false;        // else ids are told apart as text
  // Some relationship file has one column for ids of several: they are put together without a mark
  // between them.
  bool concatenated = false;
  std::string label, key;  // the nodes of the database that belong to it; empty: none
};

struct FileOfGroup {
  std::string path;
  bool multiline = false;
};

// The files of one --nodes or --relationships argument: one header for all.
struct FileGroup {
  bool is_nodes = true;
  std::vector<FileOfGroup> files;
  std::vector<std::string> names;  // labels, or the type, of the argument
  std::vector<ColumnSpec> specs;
  std::vector<std::string> header;        // its fields
  std::vector<std::size_t> stored;        // columns that become properties
  std::vector<std::size_t> ids;           // of nodes
  std::vector<std::size_t> starts, ends;  // of relationships
  std::size_t word = kNoColumn;           // :LABEL, :+LABEL or :TYPE
  // Of files that change what is there.
  std::size_t action = kNoColumn, removed_labels = kNoColumn, removed_properties = kNoColumn;
  bool changes = false;  // rows have actions
  std::string space, start_space, end_space;
};

struct Sources {
  std::vector<FileGroup> nodes, relationships;
  std::map<std::string, SpacePlan> spaces;
  std::uint64_t bytes = 0;  // of all files
};

// ImportError "NoInput", "NoHeader", "BadHeader", "UnknownIdSpace" with the place.
Sources open_sources(FileSystem& files, const ImportOptions& options);

CsvOptions csv_options(const ImportOptions& options, bool multiline);

}  // namespace kith::import
