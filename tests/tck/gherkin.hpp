// tests/tck/gherkin.hpp: reading .feature files: as much of Gherkin as the openCypher TCK uses.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kith::tck {

using TableRow = std::vector<std::string>;

struct Step {
  std::string text;  // without Given, When, Then, And
  std::string doc;   // the """ text """ below it
  std::vector<TableRow> table;
};

struct Scenario {
  std::string feature;  // path below features/, without extension
  std::string name;     // "[1] …"; of an outline: "[1] … (example 2)"
  std::vector<std::string> tags;
  std::vector<Step> steps;
  std::string id() const { return feature + ": " + name; }
};

// The scenarios of a file, outlines expanded, background steps first. Throws std::runtime_error.
std::vector<Scenario> read_feature(const std::string& path, const std::string& feature);

}  // namespace kith::tck
