// tests/tck/expected.cpp: see expected.hpp.
#include "tests/tck/expected.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace kith::tck {
namespace {

bool map_matches(const ExpectedMap& expected, const Map& actual, const CompareOptions& options) {
  if (expected.size() != actual.size()) return false;
  return std::all_of(expected.begin(), expected.end(), [&](const auto& entry) {
    const auto found = actual.find(entry.first);
    return found != actual.end() && matches(entry.second, found->second, options);
  });
}

bool node_matches(const ExpectedNode& expected, const Node& actual, const CompareOptions& options) {
  auto labels = actual.labels();
  std::sort(labels.begin(), labels.end());
  return labels == expected.labels &&
         map_matches(expected.properties, actual.properties(), options);
}

bool relationship_matches(const ExpectedRelationship& expected, const Relationship& actual,
                          const CompareOptions& options) {
  return actual.type() == expected.type &&
         map_matches(expected.properties, actual.properties(), options);
}

bool path_matches(const ExpectedPath& expected, const Path& actual, const CompareOptions& options) {
  if (expected.nodes.size() != actual.nodes().size()) return false;
  if (expected.relationships.size() != actual.relationships().size()) return false;
  for (std::size_t i = 0; i < expected.nodes.size(); ++i)
    if (!node_matches(expected.nodes[i], actual.nodes()[i], options)) return false;
  for (std::size_t i = 0; i < expected.relationships.size(); ++i) {
    const auto& relationship = actual.relationships()[i];
    const auto& from = actual.nodes()[expected.forward[i] ? i : i + 1];
    if (relationship.start_id() != from.id()) return false;
    if (!relationship_matches(expected.relationships[i], relationship, options)) return false;
  }
  return true;
}

bool list_matches(const std::vector<Expected>& expected, const List& actual,
                  const CompareOptions& options) {
  if (expected.size() != actual.size()) return false;
  std::vector<bool> used(actual.size(), false);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::size_t from = options.ignore_list_order ? 0 : i;
    const std::size_t to = options.ignore_list_order ? actual.size() : i + 1;
    std::size_t at = from;
    while (at < to && (used[at] || !matches(expected[i], actual[at], options))) ++at;
    if (at == to) return false;
    used[at] = true;
  }
  return true;
}

bool float_matches(double expected, double actual) {
  return std::isnan(expected) ? std::isnan(actual) : expected == actual;
}

bool is_temporal(const Value& value) {
  return value.get_if_date() || value.get_if_local_time() || value.get_if_time() ||
         value.get_if_local_date_time() || value.get_if_date_time() || value.get_if_duration();
}

// Temporal values print as their text in quotes or with a constructor; the TCK has the bare text.
std::string temporal_text(const Value& value) {
  if (const auto* date = value.get_if_date()) return date->to_string();
  if (const auto* time = value.get_if_local_time()) return time->to_string();
  if (const auto* time = value.get_if_time()) return time->to_string();
  if (const auto* time = value.get_if_local_date_time()) return time->to_string();
  if (const auto* time = value.get_if_date_time()) return time->to_string();
  return value.as_duration().to_string();
}

struct Matcher {
  const Value& actual;
  const CompareOptions& options;

  bool operator()(std::monostate) const { return actual.is_null(); }
  bool operator()(bool expected) const {
    const auto* value = actual.get_if_bool();
    return value != nullptr && *value == expected;
  }
  bool operator()(std::int64_t expected) const {
    const auto* value = actual.get_if_int();
    return value != nullptr && *value == expected;
  }
  bool operator()(double expected) const {
    const auto* value = actual.get_if_double();
    return value != nullptr && float_matches(expected, *value);
  }
  bool operator()(const std::string& expected) const {
    if (is_temporal(actual)) return temporal_text(actual) == expected;
    const auto* value = actual.get_if_string();
    return value != nullptr && *value == expected;
  }
  bool operator()(const std::vector<Expected>& expected) const {
    const auto* value = actual.get_if_list();
    return value != nullptr && list_matches(expected, *value, options);
  }
  bool operator()(const ExpectedMap& expected) const {
    const auto* value = actual.get_if_map();
    return value != nullptr && map_matches(expected, *value, options);
  }
  bool operator()(const ExpectedNode& expected) const {
    const auto* value = actual.get_if_node();
    return value != nullptr && node_matches(expected, *value, options);
  }
  bool operator()(const ExpectedRelationship& expected) const {
    const auto* value = actual.get_if_relationship();
    return value != nullptr && relationship_matches(expected, *value, options);
  }
  bool operator()(const ExpectedPath& expected) const {
    const auto* value = actual.get_if_path();
    return value != nullptr && path_matches(expected, *value, options);
  }
};

struct Converter {
  Value operator()(std::monostate) const { return {}; }
  Value operator()(bool value) const { return value; }
  Value operator()(std::int64_t value) const { return value; }
  Value operator()(double value) const { return value; }
  Value operator()(const std::string& value) const { return value; }
  Value operator()(const std::vector<Expected>& items) const {
    List list;
    for (const auto& item : items) list.push_back(to_value(item));
    return list;
  }
  Value operator()(const ExpectedMap& entries) const {
    Map map;
    for (const auto& [key, value] : entries) map[key] = to_value(value);
    return map;
  }
  template <class Graph>
  Value operator()(const Graph&) const {
    throw std::runtime_error("a graph element cannot be a parameter");
  }
};

}  // namespace

bool matches(const Expected& expected, const Value& actual, const CompareOptions& options) {
  return std::visit(Matcher{actual, options}, expected.value);
}

Value to_value(const Expected& expected) { return std::visit(Converter{}, expected.value); }

}  // namespace kith::tck
