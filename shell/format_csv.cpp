// shell/format_csv.cpp: csv and tsv: text bare, other values as Cypher writes them.
#include "shell/format.hpp"

namespace kith::shell {
namespace {

class CsvFormatter final : public Formatter {
 public:
  CsvFormatter(const FormatOptions& options, char delimiter)
      : options_(options), delimiter_(delimiter) {}

  void begin(std::string& out, const std::vector<std::string>& columns) override {
    if (columns.empty() || !options_.headers) return;
    for (std::size_t i = 0; i < columns.size(); ++i) field(out, columns[i], i);
    out += '\n';
  }
  void row(std::string& out, const std::vector<Value>& values) override {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto& value = values[i];
      if (value.is_null())
        field(out, options_.null_value, i);
      else if (const auto* text = value.get_if_string())
        field(out, *text, i);
      else
        field(out, value.to_string(), i);
    }
    out += '\n';
  }
  void end(std::string& out, const Summary& summary) override {
    if (summary.plan && summary.rows == 0) out += summary.plan->to_string();
  }

 private:
  void field(std::string& out, const std::string& text, std::size_t index) const {
    if (index > 0) out += delimiter_;
    if (text.find_first_of("\"\r\n") == std::string::npos &&
        text.find(delimiter_) == std::string::npos) {
      out += text;
      return;
    }
    out += '"';
    for (const char c : text) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }

  FormatOptions options_;
  char delimiter_;
};

}  // namespace

std::unique_ptr<Formatter> make_csv(const FormatOptions& options) {
  return std::make_unique<CsvFormatter>(options, ',');
}
std::unique_ptr<Formatter> make_tsv(const FormatOptions& options) {
  return std::make_unique<CsvFormatter>(options, '\t');
}

}  // namespace kith::shell
