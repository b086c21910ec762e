// shell/format.hpp: how results and errors are written.
//
// A format is one class in one format_*.cpp and one row in kFormats (format.cpp).
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kith/error.hpp"
#include "kith/result.hpp"

namespace kith::shell {

struct FormatOptions {
  bool headers = true;
  bool timer = true;         // elapsed time below tables
  std::string null_value;    // csv, tsv
  std::size_t max_rows = 0;  // tables show so many; 0: all
  std::size_t width = 0;     // columns of the terminal; 0: no limit
};

class Formatter {
 public:
  virtual ~Formatter() = default;
  virtual void begin(std::string& out, const std::vector<std::string>& columns) = 0;
  virtual void row(std::string& out, const std::vector<Value>& values) = 0;
  virtual void end(std::string& out, const Summary& summary) = 0;
  // True if the format carries errors itself (jsonl); else they go to standard error.
  virtual bool error(std::string& out, const Error& error);
};

struct FormatDef {
  std::string_view name, summary;
  std::unique_ptr<Formatter> (*make)(const FormatOptions& options);
};
const std::vector<FormatDef>& all_formats();
const FormatDef* find_format(std::string_view name);

std::unique_ptr<Formatter> make_table(const FormatOptions& options);
std::unique_ptr<Formatter> make_box(const FormatOptions& options);
std::unique_ptr<Formatter> make_markdown(const FormatOptions& options);
std::unique_ptr<Formatter> make_csv(const FormatOptions& options);
std::unique_ptr<Formatter> make_tsv(const FormatOptions& options);
std::unique_ptr<Formatter> make_json(const FormatOptions& options);
std::unique_ptr<Formatter> make_jsonl(const FormatOptions& options);

// "Created 1 node, set 2 properties"; empty if nothing changed.
std::string describe_changes(const Counters& counters);

}  // namespace kith::shell
