// tests/fuzz/answers.cpp: see answers.hpp.
#include "tests/fuzz/answers.hpp"

#include <algorithm>
#include <cmath>

#include "cypher/prepare.hpp"

namespace kith::fuzz {
namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string joined(std::vector<std::string> items, bool sort) {
  if (sort) std::sort(items.begin(), items.end());
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : ", ") + item;
  return out;
}

// Labels in one order: theirs is that of the catalog.
std::string node_text(const Node& node) {
  auto labels = node.labels();
  std::sort(labels.begin(), labels.end());
  return Value(Node(node.id(), std::move(labels), node.properties())).to_string();
}

}  // namespace

Tolerance tolerance_of(const std::string& query) {
  Tolerance out;
  for (const auto* part : {"DISTINCT", "UNION", "count(", "sum(", "min(", "max(", "avg(",
                           "collect(", "stDev", "percentile"})
    out.numbers = out.numbers || has(query, part);
  for (const auto* part : {"collect(", "COLLECT", "[(", "] = ("})
    out.list_order = out.list_order || has(query, part);
  return out;
}

std::string value_text(const Value& value, Tolerance tolerance) {
  if (const auto* list = value.get_if_list()) {
    std::vector<std::string> items;
    for (const auto& item : *list) items.push_back(value_text(item, tolerance));
    return "[" + joined(std::move(items), tolerance.list_order) + "]";
  }
  if (const auto* map = value.get_if_map()) {
    std::vector<std::string> items;
    for (const auto& [key, item] : *map) items.push_back(key + ": " + value_text(item, tolerance));
    return "{" + joined(std::move(items), false) + "}";
  }
  if (const auto* node = value.get_if_node()) return node_text(*node);
  if (const auto* path = value.get_if_path()) {
    std::string out;
    for (std::size_t i = 0; i < path->nodes().size(); ++i) {
      if (i > 0) out += Value(path->relationships()[i - 1]).to_string();
      out += node_text(path->nodes()[i]);
    }
    return out;
  }
  if (!tolerance.numbers) return value.to_string();
  double number = 0;
  if (const auto* integer = value.get_if_int())
    number = static_cast<double>(*integer);
  else if (const auto* real = value.get_if_double())
    number = *real;
  else
    return value.to_string();
  if (number == 0) return "0";
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%.11g", number);
  return std::isnan(number) ? "NaN" : buffer;
}

std::string row_text(const std::vector<Value>& row, Tolerance tolerance) {
  std::string out;
  for (std::size_t i = 0; i < row.size(); ++i)
    out += (i > 0 ? " | " : "") + value_text(row[i], tolerance);
  return out;
}

std::vector<std::string> bag_of(const std::vector<std::vector<Value>>& rows, Tolerance tolerance) {
  std::vector<std::string> bag;
  bag.reserve(rows.size());
  for (const auto& row : rows) bag.push_back(row_text(row, tolerance));
  std::sort(bag.begin(), bag.end());
  return bag;
}

std::string difference(const std::vector<std::string>& left,
                       const std::vector<std::string>& right) {
  if (left == right) return {};
  std::string out =
      std::to_string(left.size()) + " against " + std::to_string(right.size()) + " rows";
  std::vector<std::string> only;
  const auto show = [&](const auto& a, const auto& b, const char* where) {
    only.clear();
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(only));
    for (std::size_t i = 0; i < only.size() && i < 4; ++i)
      out += std::string("\n  ") + where + ": " + only[i].substr(0, 300);
  };
  show(left, right, "left alone ");
  show(right, left, "right alone");
  return out;
}

std::vector<std::string> order_of(const std::string& query, const Outcome& outcome,
                                  Tolerance tolerance) {
  const auto ast = cypher::parse(query);
  const auto& clauses = ast.parts.back().clauses;
  const auto* last = std::get_if<ast::Return>(&clauses.back().node);
  if (last == nullptr || ast.parts.size() > 1) return {};
  std::vector<std::size_t> at;
  for (const auto& item : last->body.order) {
    const auto* variable = std::get_if<ast::Variable>(&item.value->node);
    if (variable == nullptr) break;
    const auto& columns = outcome.columns;
    const auto found = std::find(columns.begin(), columns.end(), variable->name);
    if (found == columns.end()) break;
    at.push_back(static_cast<std::size_t>(found - columns.begin()));
  }
  std::vector<std::string> out;
  tolerance.numbers = true;  // 1 and 1.0 are in any order
  if (at.empty()) return out;
  for (const auto& row : outcome.rows) {
    std::string text;
    for (const auto column : at) text += value_text(row[column], tolerance) + " | ";
    out.push_back(std::move(text));
  }
  return out;
}

}  // namespace kith::fuzz
