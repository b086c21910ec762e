// tests/tidy/moved_arguments.cpp: argument lists by their brackets, paths by regular expressions.
#include "tests/tidy/moved_arguments.hpp"

#include <algorithm>
#include <cctype>
#include <regex>
#include <string>

namespace kith::tidy {
namespace {

std::string all_code(const SourceFile& file) {
  std::string code;
  for (const auto& line : file.lines) code += line.code + '\n';
  return code;
}

// The arguments of a call, `at` being behind its bracket.
std::vector<std::string> arguments(const std::string& code, std::size_t at) {
  std::vector<std::string> result(1);
  for (std::size_t depth = 1; at < code.size(); ++at) {
    const char c = code[at];
    if (c == '(' || c == '[' || c == '{') ++depth;
    if ((c == ')' || c == ']' || c == '}') && --depth == 0) break;
    if (c == ',' && depth == 1) {
      result.emplace_back();
    } else {
      result.back() += c;
    }
  }
  return result;
}

bool moves_and_reads(const std::vector<std::string>& arguments) {
  static const std::regex moving(R"(\s*std::move\(([A-Za-z_]\w*)((?:(?:\.|->)\w+)*)\)\s*)");
  for (const auto& argument : arguments) {
    std::smatch found;
    if (!std::regex_match(argument, found, moving)) continue;
    const std::string object = found[1], member = found[2];
    std::string read = R"((^|[^\w.>])()" +
                       std::regex_replace(object + member, std::regex("\\."), "\\.") +
                       R"(\b(?!\s*=))";
    if (!member.empty()) read += "|" + object + R"((\.|->)\w+\()";
    const std::regex reading(read + ")");
    for (const auto& other : arguments) {
      if (&other != &argument && std::regex_search(other, reading)) return true;
    }
  }
  return false;
}

}  // namespace

std::vector<std::size_t> moved_and_read(const SourceFile& file) {
  const std::string code = all_code(file);
  std::vector<std::size_t> lines;
  for (std::size_t i = 1; i < code.size(); ++i) {
    const auto before = static_cast<unsigned char>(code[i - 1]);
    if (code[i] != '(' || (std::isalnum(before) == 0 && before != '_')) continue;
    const auto list = arguments(code, i + 1);
    if (list.size() < 2 || !moves_and_reads(list)) continue;
    const auto here = code.begin() + static_cast<std::ptrdiff_t>(i);
    lines.push_back(1 + static_cast<std::size_t>(std::count(code.begin(), here, '\n')));
  }
  return lines;
}

}  // namespace kith::tidy
