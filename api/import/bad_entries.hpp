// api/import/bad_entries.hpp: rows that are left out: how many may be, and the report of them.
//
// The report has a JSON object a line: {"type":"duplicate_node" or "dangling_relationship",
// "file":…, "line":…, "missing":[{"end":"start","column":…,"id":…,"space":…}]}, for a duplicate
// "column", "id" and "space" themselves.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/environment.hpp"
#include "kith/import.hpp"

namespace kith::import {

struct BadId {
  std::string_view id, space;
  std::uint32_t column = 1;
};
struct BadPlace {
  const std::string& file;
  std::uint64_t line;
};

class BadEntries {
 public:
  BadEntries(const ImportOptions& options, FileSystem& files);

  // Counts and reports it; ImportError("DuplicateNode") if such rows are not to be left out, or if
  // there are too many.
  void duplicate(const BadPlace& at, const BadId& id);
  // The same ("DanglingRelationship"); `start` or `end` is nullptr if that one is there.
  void dangling(const BadPlace& at, const BadId* start, const BadId* end);
  void finish();  // writes what is left of the report

  std::uint64_t duplicates() const { return duplicates_; }
  std::uint64_t danglings() const { return danglings_; }

 private:
  void check_tolerance(const BadPlace& at) const;
  void add_line(std::string_view type, const BadPlace& at, const std::string& rest);
  void flush();

  const ImportOptions& options_;
  std::unique_ptr<File> report_;
  std::string lines_;
  std::uint64_t written_ = 0, duplicates_ = 0, danglings_ = 0;
};

}  // namespace kith::import
