// api/import/bad_entries.cpp: see bad_entries.hpp.
#include "api/import/bad_entries.hpp"

#include <fmt/format.h>

#include <iterator>
#include <span>

#include "core/csv.hpp"

namespace kith::import {
namespace {

constexpr std::size_t kWriteBytes = 256 * 1024;

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < ' ') {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string in_space(std::string_view space) {
  return space.empty() ? "" : " in the id space " + std::string(space);
}

}  // namespace

BadEntries::BadEntries(const ImportOptions& options, FileSystem& files) : options_(options) {
  if (options.report_file.empty()) return;
  if (files.exists(options.report_file)) files.remove(options.report_file);
  report_ = files.open(options.report_file, OpenMode::CreateNew);
}

void BadEntries::duplicate(const BadPlace& at, const BadId& id) {
  if (!options_.skip_duplicate_nodes)
    CsvFault{"DuplicateNode",
             "a second node with the id '" + std::string(id.id) + "'" + in_space(id.space) +
                 " (--skip-duplicate-nodes keeps the first)",
             at.line, id.column}
        .raise(at.file);
  ++duplicates_;
  check_tolerance(at);
  if (!report_) return;
  add_line("duplicate_node", at,
           fmt::format(",\"column\":{},\"id\":{},\"space\":{}", id.column, quoted(id.id),
                       quoted(id.space)));
}

void BadEntries::dangling(const BadPlace& at, const BadId* start, const BadId* end) {
  const BadId& first = start != nullptr ? *start : *end;
  if (!options_.skip_bad_relationships)
    CsvFault{"DanglingRelationship",
             "no node has the id '" + std::string(first.id) + "'" + in_space(first.space) +
                 " (--skip-bad-relationships leaves such rows out)",
             at.line, first.column}
        .raise(at.file);
  ++danglings_;
  check_tolerance(at);
  if (!report_) return;
  std::string missing;
  for (const auto& [name, id] : {std::pair{"start", start}, std::pair{"end", end}}) {
    if (id == nullptr) continue;
    fmt::format_to(std::back_inserter(missing),
                   "{}{{\"end\":\"{}\",\"column\":{},\"id\":{},\"space\":{}}}",
                   missing.empty() ? "" : ",", name, id->column, quoted(id->id), quoted(id->space));
  }
  add_line("dangling_relationship", at, ",\"missing\":[" + missing + "]");
}

void BadEntries::check_tolerance(const BadPlace& at) const {
  if (options_.bad_tolerance < 0) return;
  const std::uint64_t bad = duplicates_ + danglings_;
  if (bad > static_cast<std::uint64_t>(options_.bad_tolerance))
    CsvFault{"TooManyBadEntries",
             "the entry number " + std::to_string(bad) + " to be left out; --bad-tolerance is " +
                 std::to_string(options_.bad_tolerance),
             at.line, 1}
        .raise(at.file);
}

void BadEntries::add_line(std::string_view type, const BadPlace& at, const std::string& rest) {
  fmt::format_to(std::back_inserter(lines_), "{{\"type\":\"{}\",\"file\":{},\"line\":{}{}}}\n",
                 type, quoted(at.file), at.line, rest);
  if (lines_.size() >= kWriteBytes) flush();
}

void BadEntries::flush() {
  report_->write(written_, std::as_bytes(std::span(lines_)));
  written_ += lines_.size();
  lines_.clear();
}

void BadEntries::finish() {
  if (report_ && !lines_.empty()) flush();
}

}  // namespace kith::import
