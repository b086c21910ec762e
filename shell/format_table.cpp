// shell/format_table.cpp: table, box and markdown: rows are kept until the widths are known.
#include <algorithm>

#include "shell/format.hpp"

namespace kith::shell {
namespace {

// Columns a text takes on a terminal, counting a code point as one.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string cut_to(const std::string& text, std::size_t width) {
  if (width_of(text) <= width) return text;
  std::string out;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((text[i] & 0xC0) != 0x80 && ++taken == width) break;
    out += text[i];
  }
  return out + "…";
}

struct Frame {  // a line: left, filling, between columns, right
  std::string_view left, fill, middle, right;
};
struct Style {
  std::string_view bar;
  Frame top, header, bottom;
  bool has_border;
};
constexpr Style kTable = {
    "|", {"+", "-", "+", "+"}, {"+", "-", "+", "+"}, {"+", "-", "+", "+"}, true};
constexpr Style kBox = {
    "│", {"┌", "─", "┬", "┐"}, {"├", "─", "┼", "┤"}, {"└", "─", "┴", "┘"}, true};
constexpr Style kMarkdown = {"|", {}, {"|", "-", "|", "|"}, {}, false};

class TableFormatter final : public Formatter {
 public:
  TableFormatter(const FormatOptions& options, const Style& style)
      : options_(options), style_(style) {}

  void begin(std::string&, const std::vector<std::string>& columns) override {
    columns_ = columns;
    rows_.clear();
    count_ = 0;
  }

  void row(std::string&, const std::vector<Value>& values) override {
    ++count_;
    if (options_.max_rows != 0 && count_ > options_.max_rows) return;
    auto& cells = rows_.emplace_back();
    for (const auto& value : values) cells.push_back(printable(value.to_string()));
  }

  void end(std::string& out, const Summary& summary) override {
    const bool explained = summary.plan && columns_ == std::vector<std::string>{"plan"};
    if (!columns_.empty() && !explained) print(out);
    if (summary.plan) out += summary.plan->to_string();
    if (style_.has_border) print_summary(out, summary);
  }

 private:
  std::string printable(std::string text) const {
    std::string out;
    for (const char c : text) {
      if (c == '\n')
        out += "\\n";
      else if (c == '|' && !style_.has_border)
        out += "\\|";
      else
        out += c;
    }
    return out;
  }

  void print(std::string& out) {
    const auto widths = column_widths();
    line(out, style_.top, widths);
    if (options_.headers) {
      cells(out, columns_, widths);
      line(out, style_.header, widths);
    }
    for (const auto& row : rows_) cells(out, row, widths);
    if (count_ > rows_.size())
      out += "… " + std::to_string(count_ - rows_.size()) + " more rows (.maxrows 0 shows all)\n";
    line(out, style_.bottom, widths);
  }

  std::vector<std::size_t> column_widths() const {
    std::vector<std::size_t> widths;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      std::size_t width = std::max<std::size_t>(options_.headers ? width_of(columns_[c]) : 0, 3);
      for (const auto& row : rows_) width = std::max(width, width_of(row[c]));
      widths.push_back(width);
    }
    fit(widths);
    return widths;
  }

  // Narrows the widest columns until the table fits the terminal.
  void fit(std::vector<std::size_t>& widths) const {
    if (options_.width == 0 || widths.empty()) return;
    const auto frame = 3 * widths.size() + 1;
    for (;;) {
      std::size_t total = frame;
      for (const auto width : widths) total += width;
      const auto widest = std::max_element(widths.begin(), widths.end());
      if (total <= options_.width || *widest <= 8) return;
      *widest -= std::min(*widest - 8, total - options_.width);
    }
  }

  void line(std::string& out, const Frame& frame, const std::vector<std::size_t>& widths) const {
    if (frame.fill.empty()) return;
    for (std::size_t c = 0; c < widths.size(); ++c) {
      out += c == 0 ? frame.left : frame.middle;
      for (std::size_t i = 0; i < widths[c] + 2; ++i) out += frame.fill;
    }
    out += frame.right;
    out += '\n';
  }

  void cells(std::string& out, const std::vector<std::string>& texts,
             const std::vector<std::size_t>& widths) const {
    for (std::size_t c = 0; c < texts.size(); ++c) {
      const auto text = cut_to(texts[c], widths[c]);
      out += style_.bar;
      out += ' ';
      out += text;
      out.append(widths[c] - width_of(text) + 1, ' ');
    }
    out += style_.bar;
    out += '\n';
  }

  void print_summary(std::string& out, const Summary& summary) const {
    std::string text;
    if (!columns_.empty() && !summary.plan)
      text = std::to_string(count_) + (count_ == 1 ? " row" : " rows");
    const auto changes = describe_changes(summary.counters);
    if (!changes.empty()) text += (text.empty() ? "" : ". ") + changes;
    if (text.empty() && !summary.plan) text = "No changes";
    if (options_.timer) text += (text.empty() ? "" : ", ") + milliseconds(summary.elapsed_us);
    out += text + "\n";
    for (const Notification& each : summary.notifications) out += sentence(each);
  }

  // "Warning: the label `Prson` is not in the graph (did you mean `Person`?), at line 1, column 10"
  static std::string sentence(const Notification& notification) {
    const bool warning = notification.severity == Notification::Severity::Warning;
    std::string out = (warning ? "Warning: " : "Note: ") + notification.description;
    if (notification.at.line != 0) {
      out += ", at line " + std::to_string(notification.at.line) + ", column " +
             std::to_string(notification.at.column);
    }
    return out + "\n";
  }

  static std::string milliseconds(std::uint64_t us) {
    auto text = std::to_string(us / 1000);
    if (us < 10000) text += "." + std::to_string(us % 1000 / 100);
    return text + " ms";
  }

  FormatOptions options_;
  const Style& style_;
  std::vector<std::string> columns_;
  std::vector<std::vector<std::string>> rows_;
  std::size_t count_ = 0;
};

}  // namespace

std::unique_ptr<Formatter> make_table(const FormatOptions& options) {
  return std::make_unique<TableFormatter>(options, kTable);
}
std::unique_ptr<Formatter> make_box(const FormatOptions& options) {
  return std::make_unique<TableFormatter>(options, kBox);
}
std::unique_ptr<Formatter> make_markdown(const FormatOptions& options) {
  return std::make_unique<TableFormatter>(options, kMarkdown);
}

}  // namespace kith::shell
