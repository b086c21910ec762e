// shell/import_arguments.cpp: see import_arguments.hpp.
#include "shell/import_arguments.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <string_view>

#include "shell/statements.hpp"
#include "shell/subcommands.hpp"

namespace kith::shell {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

void add_words(const std::string& text, std::vector<std::string>& words) {
  for (std::size_t at = 0; at < text.size();) {
    if (is_space(text[at])) {
      ++at;
      continue;
    }
    if (text[at] == '#') {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    std::string word;
    for (char quote = '\0'; at < text.size() && (quote != '\0' || !is_space(text[at])); ++at) {
      const char c = text[at];
      if (quote == '\0' && (c == '"' || c == '\'')) {
        quote = c;
      } else if (c == quote) {
        quote = '\0';
      } else {
        word.push_back(c);
      }
    }
    words.push_back(std::move(word));
  }
}

bool is_flag(const std::string& word) {
  static constexpr std::array<std::string_view, 15> kFlags = {"--multiline-fields",
                                                              "--ignore-empty-strings",
                                                              "--trim-strings",
                                                              "--ignore-extra-columns",
                                                              "--legacy-style-quoting",
                                                              "--auto-skip-subsequent-headers",
                                                              "--overwrite-destination",
                                                              "--into",
                                                              "--dry-run",
                                                              "--skip-bad-relationships",
                                                              "--skip-duplicate-nodes",
                                                              "--strict",
                                                              "--skip-bad-entries-logging",
                                                              "--normalize-types",
                                                              "--verbose"};
  return std::find(kFlags.begin(), kFlags.end(), word) != kFlags.end();
}

template <class Number>
std::optional<Number> number_from(std::string_view text, int base) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// The one character that UTF-8 text is.
std::optional<char32_t> only_character(const std::string& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (text.size() == 1 && byte(0) < 0x80) return byte(0);
  const std::size_t size = text.empty()      ? 0
                           : byte(0) >= 0xf0 ? 4
                           : byte(0) >= 0xe0 ? 3
                           : byte(0) >= 0xc2 ? 2
                                             : 0;
  if (size == 0 || text.size() != size) return std::nullopt;
  auto value = static_cast<char32_t>(byte(0) & (0xffu >> (size + 1)));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return std::nullopt;
    value = value << 6 | (byte(i) & 0x3fu);
  }
  return value;
}

}  // namespace

std::vector<std::string> expand_import_arguments(int argc, const char* const* argv) {
  std::vector<std::string> given(argv + 1, argv + argc), words;
  if (given.empty() || given.front() != "import") return given;
  for (const auto& word : given) {
    if (word.size() < 2 || word[0] != '@') {
      words.push_back(word);
      continue;
    }
    std::ifstream in(word.substr(1));
    if (!in) throw CLI::FileError::Missing(word.substr(1));
    add_words(std::string(std::istreambuf_iterator<char>(in), {}), words);
  }
  std::vector<std::string> joined;
  for (auto& word : words) {
    const bool value = word == "true" || word == "false";
    if (value && !joined.empty() && is_flag(joined.back())) {
      joined.back() += "=" + word;
    } else {
      joined.push_back(std::move(word));
    }
  }
  return joined;
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(at, begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

ImportFiles parse_files(const std::string& argument, char between_names) {
  ImportFiles files;
  const auto equals = argument.find('=');
  if (equals != std::string::npos) files.names = split(argument.substr(0, equals), between_names);
  files.files = split(equals == std::string::npos ? argument : argument.substr(equals + 1), ',');
  if (files.files.empty()) throw CLI::ValidationError(argument, "names no file");
  return files;
}

char32_t parse_character(const std::string& option, const std::string& text) {
  if (text == "TAB" || text == "tab" || text == "\\t") return U'\t';
  std::optional<std::uint32_t> number;
  if (text.starts_with("U+") || text.starts_with("u+"))
    number = number_from<std::uint32_t>(text.substr(2), 16);
  if (text.size() > 1 && text[0] == '\\') number = number_from<std::uint32_t>(text.substr(1), 10);
  if (number && *number > 0 && *number <= 0x10ffff) return static_cast<char32_t>(*number);
  if (const auto character = only_character(text)) return *character;
  throw CLI::ValidationError(option,
                             "must be one character, TAB, \\t, \\ and its number, or U+ and its "
                             "hexadecimal number");
}

IdType parse_id_type(const std::string& text) {
  const auto name = lower(text);
  if (name == "string") return IdType::string;
  if (name == "integer") return IdType::integer;
  if (name == "actual") return IdType::actual;
  throw CLI::ValidationError("--id-type", "must be string, integer or actual");
}

PathPatternStyle parse_pattern_style(const std::string& text) {
  const auto name = lower(text);
  if (name == "regex") return PathPatternStyle::regex;
  if (name == "glob") return PathPatternStyle::glob;
  if (name == "none") return PathPatternStyle::none;
  throw CLI::ValidationError("--path-pattern-style", "must be regex, glob or none");
}

std::uint64_t parse_size(const std::string& option, const std::string& text) {
  static constexpr std::string_view kUnits = "kmgt";
  std::size_t digits = 0;
  while (digits < text.size() && std::isdigit(static_cast<unsigned char>(text[digits])) != 0)
    ++digits;
  const auto number = number_from<std::uint64_t>(std::string_view(text).substr(0, digits), 10);
  auto unit = lower(text.substr(digits));
  unit.erase(std::remove(unit.begin(), unit.end(), ' '), unit.end());
  unsigned shift = 0;
  if (!unit.empty() && unit != "b") {
    const auto at = kUnits.find(unit[0]);
    const auto rest = unit.substr(1);
    if (at == std::string_view::npos || (rest != "" && rest != "b" && rest != "ib"))
      throw CLI::ValidationError(option, "must be bytes, or a number with KB, MB, GB");
    shift = static_cast<unsigned>(10 * (at + 1));
  }
  if (!number || *number > std::numeric_limits<std::uint64_t>::max() >> shift)
    throw CLI::ValidationError(option, "must be bytes, or a number with KB, MB, GB");
  return *number << shift;
}

void parse_memory_limit(const std::string& text, ImportOptions& options) {
  if (text.empty()) return;
  if (text.back() != '%') {
    options.memory_limit = parse_size("--memory-limit", text);
    return;
  }
  const auto percent =
      number_from<std::uint32_t>(std::string_view(text).substr(0, text.size() - 1), 10);
  if (!percent || *percent == 0 || *percent > 100)
    throw CLI::ValidationError("--memory-limit", "must be 1% to 100%");
  options.memory_percent = *percent;
}

bool parse_boolean(const std::string& option, const std::string& text) {
  if (text == "true") return true;
  if (text == "false") return false;
  throw CLI::ValidationError(option, "must be true or false");
}

std::vector<std::string> read_schema(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw CLI::ValidationError("--schema", "cannot read " + file);
  StatementReader reader;
  for (std::string line; std::getline(in, line);) reader.add_line(line);
  std::vector<std::string> statements;
  while (auto input = reader.next()) {
    if (input->is_command) throw CLI::ValidationError("--schema", "no statement: " + input->text);
    statements.push_back(std::move(input->text));
  }
  if (auto last = reader.rest()) statements.push_back(std::move(last->text));
  return statements;
}

}  // namespace kith::shell
