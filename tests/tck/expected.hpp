// tests/tck/expected.hpp: values as the TCK writes them, and whether a kith value is one.
//
// Compared by type: 1 is not 1.0. Labels of a node are a set. Dates, times and durations are
// written as strings in the TCK, so those alone compare by their text.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "kith/value.hpp"

namespace kith::tck {

struct Expected;
using ExpectedMap = std::vector<std::pair<std::string, Expected>>;
struct ExpectedNode {
  std::vector<std::string> labels;  // sorted
  ExpectedMap properties;
};
struct ExpectedRelationship {
  std::string type;
  ExpectedMap properties;
};
struct ExpectedPath {
  std::vector<ExpectedNode> nodes;
  std::vector<ExpectedRelationship> relationships;
  std::vector<bool> forward;  // relationship i goes from node i to node i + 1
};
struct Expected {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<Expected>,
               ExpectedMap, ExpectedNode, ExpectedRelationship, ExpectedPath>
      value;
};

// Throws std::runtime_error where the text is none of the TCK's values.
Expected parse_expected(std::string_view text);

struct CompareOptions {
  bool ignore_list_order = false;
};
bool matches(const Expected& expected, const Value& actual, const CompareOptions& options);

// For parameters: values without nodes, relationships and paths.
Value to_value(const Expected& expected);

}  // namespace kith::tck
