// tests/tidy/source_file.hpp: a source file as the rules see it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace kith::tidy {

struct Line {
  std::string text;  // as written
  std::string code;  // without comments, string and character literals blanked
};

struct Function {
  std::size_t first_line = 0, last_line = 0;  // from 1
  std::size_t depth = 0;                      // nested braces inside it
};

struct SourceFile {
  std::string path;   // from the root
  std::string layer;  // first folder
  std::vector<Line> lines;
  std::vector<std::string> includes;  // of our own headers
  std::vector<Function> functions;
  std::size_t assertions = 0, code_lines = 0;

  bool is_header() const { return path.ends_with(".hpp"); }
  std::string folder() const { return path.substr(0, path.rfind('/')); }
};

SourceFile read_source(const std::string& root, const std::string& path);

}  // namespace kith::tidy
