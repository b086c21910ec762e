// tests/tck/gherkin.cpp: see gherkin.hpp.
#include "tests/tck/gherkin.hpp"

#include <fstream>
#include <stdexcept>

namespace kith::tck {
namespace {

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

// Cells between bars; \| \\ and \n are Gherkin's own escapes.
TableRow table_row(std::string_view line) {
  TableRow cells;
  std::string cell;
  for (std::size_t i = 1; i < line.size(); ++i) {
    const char c = line[i];
    const char next = i + 1 < line.size() ? line[i + 1] : '\0';
    if (c == '\\' && (next == '|' || next == '\\' || next == 'n')) {
      cell += next == 'n' ? '\n' : next;
      ++i;
    } else if (c == '|') {
      cells.push_back(trimmed(cell));
      cell.clear();
    } else {
      cell += c;
    }
  }
  return cells;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

struct Outline {
  Scenario scenario;
  bool is_outline = false;
  std::vector<TableRow> examples;  // the header first
};

class FeatureReader {
 public:
  FeatureReader(const std::string& path, std::string feature) : feature_(std::move(feature)) {
    std::ifstream in(path);
    if (!in) throw std::runtime_error("cannot read " + path);
    for (std::string line; std::getline(in, line);) lines_.push_back(line);
  }

  std::vector<Scenario> read() {
    for (at_ = 0; at_ < lines_.size(); ++at_) read_line(trimmed(lines_[at_]));
    finish();
    return std::move(done_);
  }

 private:
  void read_line(const std::string& line) {
    if (line.empty() || line[0] == '#' || line.starts_with("Feature:")) return;
    if (line[0] == '@') return read_tags(line);
    if (line.starts_with("Background:")) return begin(Part::Background, "");
    if (line.starts_with("Scenario Outline:"))
      return begin(Part::Outline, trimmed(line.substr(17)));
    if (line.starts_with("Scenario:")) return begin(Part::Scenario, trimmed(line.substr(9)));
    if (line.starts_with("Examples:")) {
      part_ = Part::Examples;
      return;
    }
    if (line.starts_with("\"\"\"")) return read_doc();
    if (line[0] == '|') return read_row(line);
    for (const std::string_view word : {"Given ", "When ", "Then ", "And ", "But "})
      if (line.starts_with(word))
        return steps().push_back({trimmed(line.substr(word.size())), {}, {}});
    throw std::runtime_error(feature_ + ":" + std::to_string(at_ + 1) +
                             ": not understood: " + line);
  }

  enum class Part { None, Background, Scenario, Outline, Examples };

  void read_tags(const std::string& line) {
    finish();
    std::size_t begin = 0;
    while (begin < line.size()) {
      const auto end = std::min(line.find(' ', begin), line.size());
      tags_.push_back(line.substr(begin, end - begin));
      begin = end + 1;
    }
  }

  void begin(Part part, std::string name) {
    finish();
    part_ = part;
    if (part == Part::Background) return;
    current_.scenario.feature = feature_;
    current_.scenario.name = std::move(name);
    current_.scenario.tags = std::move(tags_);
    current_.is_outline = part == Part::Outline;
    tags_.clear();
  }

  void read_doc() {
    const auto indent = lines_[at_].find("\"\"\"");
    std::string& doc = steps().back().doc;
    for (++at_; at_ < lines_.size() && !trimmed(lines_[at_]).starts_with("\"\"\""); ++at_) {
      const std::string& line = lines_[at_];
      if (!doc.empty()) doc += '\n';
      doc += line.size() > indent ? line.substr(indent) : trimmed(line);
    }
  }

  void read_row(const std::string& line) {
    if (part_ == Part::Examples)
      current_.examples.push_back(table_row(line));
    else
      steps().back().table.push_back(table_row(line));
  }

  std::vector<Step>& steps() {
    return part_ == Part::Background ? background_ : current_.scenario.steps;
  }

  void finish() {
    if (part_ == Part::Scenario || part_ == Part::Outline || part_ == Part::Examples) emit();
    if (part_ != Part::Background) current_ = {};
    part_ = Part::None;
  }

  void emit() {
    auto& scenario = current_.scenario;
    scenario.steps.insert(scenario.steps.begin(), background_.begin(), background_.end());
    if (!current_.is_outline) {
      done_.push_back(scenario);
      return;
    }
    for (std::size_t row = 1; row < current_.examples.size(); ++row)
      done_.push_back(with_example(scenario, current_.examples[0], current_.examples[row], row));
  }

  static Scenario with_example(Scenario scenario, const TableRow& header, const TableRow& row,
                               std::size_t number) {
    scenario.name += " (example " + std::to_string(number) + ")";
    for (std::size_t i = 0; i < header.size() && i < row.size(); ++i) {
      const std::string from = "<" + header[i] + ">";
      for (auto& step : scenario.steps) {
        replace_all(step.text, from, row[i]);
        replace_all(step.doc, from, row[i]);
        for (auto& cells : step.table)
          for (auto& cell : cells) replace_all(cell, from, row[i]);
      }
    }
    return scenario;
  }

  std::string feature_;
  std::vector<std::string> lines_;
  std::size_t at_ = 0;
  Part part_ = Part::None;
  Outline current_;
  std::vector<Step> background_;
  std::vector<std::string> tags_;
  std::vector<Scenario> done_;
};

}  // namespace

std::vector<Scenario> read_feature(const std::string& path, const std::string& feature) {
  return FeatureReader(path, feature).read();
}

}  // namespace kith::tck
