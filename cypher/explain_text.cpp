// cypher/explain_text.cpp: a described plan as an aligned table with a tree at the left.
//
//   +-----------------+---------+----------------+
//   | Operator        | Details | Estimated Rows |
//   +-----------------+---------+----------------+
//   | +ProduceResults | n       |             10 |
//   | |               +---------+----------------+
//   | +AllNodesScan   | n       |             10 |
//   +-----------------+---------+----------------+
//
// Read from the bottom up. Inner sides stand indented above the input of their operator.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/assert.hpp"
#include "cypher/engine.hpp"

namespace kith::cypher {

namespace {

constexpr std::size_t kDetailsWidth = 80;  // longer ones go on in the next line

std::size_t width_of(std::string_view text) {  // code points
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

// Pieces of at most kDetailsWidth code points, cut at a space where there is one.
std::vector<std::string> wrapped(std::string_view text) {
  std::vector<std::string> lines;
  while (width_of(text) > kDetailsWidth) {
    std::size_t at = 0, width = 0, space = 0;
    for (; at < text.size(); ++at) {
      const bool starts = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
      if (starts && width++ == kDetailsWidth) break;
      if (text[at] == ' ') space = at;
    }
    const std::size_t cut = space > 0 ? space : at;
    lines.emplace_back(text.substr(0, cut));
    text.remove_prefix(text[cut] == ' ' ? cut + 1 : cut);
  }
  lines.emplace_back(text);
  return lines;
}

std::string rows_text(double rows) {
  if (rows >= 1e9) return fmt::format("{:.1e}", rows);
  return fmt::format("{:.0f}", rows < 1 && rows > 0 ? 1.0 : rows);
}

struct Line {
  std::string tree, beside, under;  // at the operator, at more lines of its details, and below
  const PlanDescription* plan;
};

// The tree, operators from the root down. All children but the first are inner sides, printed
// first and indented.
void draw(const PlanDescription& plan, const std::string& indent, std::vector<Line>& lines) {
  const std::string bar = plan.children.empty() ? indent : indent + "|";
  lines.push_back({indent + "+" + plan.name, bar, bar, &plan});
  for (std::size_t i = plan.children.size(); i-- > 1;) {
    lines.back().under = indent + "|\\";
    draw(plan.children[i], indent + "| ", lines);
    lines.back().under = indent + "|";
  }
  if (!plan.children.empty()) draw(plan.children[0], indent, lines);
}

struct Table {
  std::vector<std::string> head;
  std::vector<std::size_t> widths;

  std::string row(const std::vector<std::string>& cells) const {
    std::string text = "|";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string space(widths[i] - width_of(cells[i]), ' ');
      text += " " + (i < 2 ? cells[i] + space : space + cells[i]) + " |";
    }
    return text + "\n";
  }
  std::string rule(const std::string* tree) const {
    std::string text = tree == nullptr ? "+" : "| " + *tree;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const bool holds_tree = tree != nullptr && i == 0;
      const std::size_t width = holds_tree ? widths[0] + 1 - width_of(*tree) : widths[i] + 2;
      text += std::string(width, holds_tree ? ' ' : '-') + "+";
    }
    return text + "\n";
  }
};

std::vector<std::string> numbers(const PlanDescription& plan, bool profiled) {
  std::vector<std::string> cells = {rows_text(plan.estimated_rows)};
  if (!profiled) return cells;
  cells.push_back(fmt::format("{}", plan.rows.value_or(0)));
  cells.push_back(fmt::format("{}", plan.memory_bytes.value_or(0)));
  cells.push_back(fmt::format("{:.3f}", static_cast<double>(plan.elapsed_ns.value_or(0)) / 1e6));
  return cells;
}

}  // namespace

std::string to_text(const PlanDescription& plan) {
  const bool profiled = plan.rows.has_value();
  Table table;
  table.head = {"Operator", "Details", "Estimated Rows"};
  if (profiled) table.head.insert(table.head.end(), {"Rows", "Memory (Bytes)", "Time (ms)"});
  std::vector<Line> lines;
  draw(plan, "", lines);
  for (const auto& head : table.head) table.widths.push_back(width_of(head));
  const auto widen = [&](std::size_t column, std::string_view cell) {
    KITH_ASSERT(column < table.widths.size());
    table.widths[column] = std::max(table.widths[column], width_of(cell));
  };
  for (const auto& line : lines) {
    widen(0, line.tree);
    widen(0, line.under);
    for (const auto& piece : wrapped(line.plan->details)) widen(1, piece);
    std::size_t column = 2;
    for (const auto& number : numbers(*line.plan, profiled)) widen(column++, number);
  }
  std::string text = table.rule(nullptr) + table.row(table.head) + table.rule(nullptr);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto pieces = wrapped(lines[i].plan->details);
    const bool is_last = i + 1 == lines.size();
    for (std::size_t p = 0; p < pieces.size(); ++p) {
      std::vector<std::string> cells = {p == 0    ? lines[i].tree
                                        : is_last ? ""
                                                  : lines[i].under,
                                        pieces[p]};
      const auto values = numbers(*lines[i].plan, profiled);
      for (const auto& value : values) cells.push_back(p == 0 ? value : "");
      text += table.row(cells);
    }
    text += table.rule(is_last ? nullptr : &lines[i].under);
  }
  return text;
}

}  // namespace kith::cypher
