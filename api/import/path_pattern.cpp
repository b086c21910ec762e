// api/import/path_pattern.cpp: see path_pattern.hpp.
#include "api/import/path_pattern.hpp"

#include <re2/re2.h>

#include <algorithm>

#include "kith/error.hpp"

namespace kith::import {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Digits at the beginning of `text`, which loses them: without zeros in front.
std::string_view take_digits(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  auto digits = text.substr(0, end);
  text.remove_prefix(end);
  while (digits.size() > 1 && digits[0] == '0') digits.remove_prefix(1);
  return digits;
}

// The end of a glob's "[…]" that begins at `open`; npos if it is not closed.
std::size_t end_of_set(std::string_view glob, std::size_t open) {
  std::size_t at = open + 1;
  if (at < glob.size() && (glob[at] == '!' || glob[at] == '^')) ++at;
  return glob.find(']', at + 1);
}

std::string regex_of_glob(std::string_view glob) {
  std::string regex;
  for (std::size_t i = 0; i < glob.size(); ++i) {
    const std::size_t set_end = glob[i] == '[' ? end_of_set(glob, i) : std::string_view::npos;
    if (glob[i] == '*') {
      regex += ".*";
    } else if (glob[i] == '?') {
      regex += '.';
    } else if (set_end != std::string_view::npos) {
      std::string set(glob.substr(i, set_end - i + 1));
      if (set[1] == '!') set[1] = '^';
      regex += set;
      i = set_end;
    } else {
      regex += RE2::QuoteMeta(std::string(1, glob[i]));
    }
  }
  return regex;
}

}  // namespace

bool in_natural_order(std::string_view a, std::string_view b) {
  const std::string_view whole_a = a, whole_b = b;
  while (!a.empty() && !b.empty()) {
    if (is_digit(a[0]) && is_digit(b[0])) {
      const auto x = take_digits(a), y = take_digits(b);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
    } else {
      if (a[0] != b[0]) return a[0] < b[0];
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  if (a.empty() != b.empty()) return a.empty();
  return whole_a < whole_b;
}

std::vector<std::string> files_matching(FileSystem& files, const std::string& path,
                                        PathPatternStyle style) {
  if (style == PathPatternStyle::none || files.exists(path)) return {path};
  const auto slash = path.rfind('/');
  const auto folder = slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
  const auto pattern = slash == std::string::npos ? path : path.substr(slash + 1);
  RE2::Options options;
  options.set_log_errors(false);
  const RE2 regex(style == PathPatternStyle::glob ? regex_of_glob(pattern) : pattern, options);
  if (!regex.ok())
    throw ImportError(
        "NoInput",
        path + ": there is no such file, and as a pattern it is not valid: " + regex.error());
  std::vector<std::string> found;
  for (const auto& name : files.list(folder.empty() ? "." : folder))
    if (RE2::FullMatch(name, regex)) found.push_back(folder + name);
  if (found.empty())
    throw ImportError("NoInput", path + ": there is no such file, and no name matches it as a " +
                                     (style == PathPatternStyle::glob ? "glob" : "regex") +
                                     " pattern");
  std::sort(found.begin(), found.end(), in_natural_order);
  return found;
}

}  // namespace kith::import
