// cypher/functions/string.cpp: text. Characters are code points.
#include <algorithm>
#include <string>
#include <vector>

#include "core/assert.hpp"
#include "core/text.hpp"
#include "cypher/functions/arguments.hpp"
#include "cypher/functions/function.hpp"

namespace kith {
namespace {

Cell left(FunctionContext&, std::span<const Cell> arguments) {
  const std::string_view text = need_text("left", arguments[0]);
  return Cell::of(code_points(text, 0, need_count("left", arguments[1])));
}

Cell right(FunctionContext&, std::span<const Cell> arguments) {
  const std::string_view text = need_text("right", arguments[0]);
  return Cell::of(last_code_points(text, need_count("right", arguments[1])));
}

Cell substring(FunctionContext&, std::span<const Cell> arguments) {
  KITH_ASSERT(arguments.size() == 2 || arguments.size() == 3);
  const std::string_view text = need_text("substring", arguments[0]);
  const std::size_t start = need_count("substring", arguments[1]);
  const std::size_t count =
      arguments.size() > 2 ? need_count("substring", arguments[2]) : text.size();
  return Cell::of(code_points(text, start, count));
}

Cell upper(FunctionContext& context, std::span<const Cell> arguments) {
  return text_cell(to_upper(context.arena(), need_text("toUpper", arguments[0])));
}

Cell lower(FunctionContext& context, std::span<const Cell> arguments) {
  return text_cell(to_lower(context.arena(), need_text("toLower", arguments[0])));
}

// --- trimming: white space, or any of the characters given

bool contains(std::string_view set, char32_t value) {
  while (!set.empty()) {
    const CodePoint each = first_code_point(set);
    KITH_ASSERT(each.bytes > 0 && each.bytes <= set.size());
    if (each.value == value) return true;
    set.remove_prefix(each.bytes);
  }
  return false;
}

std::string_view without_left(std::string_view text, std::string_view set) {
  while (!text.empty()) {
    const CodePoint first = first_code_point(text);
    if (!contains(set, first.value)) break;
    text.remove_prefix(first.bytes);
  }
  return text;
}

std::string_view without_right(std::string_view text, std::string_view set) {
  while (!text.empty()) {
    const CodePoint last = last_code_point(text);
    KITH_ASSERT(last.bytes > 0 && last.bytes <= text.size());
    if (!contains(set, last.value)) break;
    text.remove_suffix(last.bytes);
  }
  return text;
}

Cell left_trim(FunctionContext&, std::span<const Cell> arguments) {
  const std::string_view text = need_text("ltrim", arguments[0]);
  if (arguments.size() == 1) return Cell::of(trim_left(text));
  return Cell::of(without_left(text, need_text("ltrim", arguments[1])));
}

Cell right_trim(FunctionContext&, std::span<const Cell> arguments) {
  const std::string_view text = need_text("rtrim", arguments[0]);
  if (arguments.size() == 1) return Cell::of(trim_right(text));
  return Cell::of(without_right(text, need_text("rtrim", arguments[1])));
}

Cell both_trim(FunctionContext&, std::span<const Cell> arguments) {
  const std::string_view text = need_text("trim", arguments[0]);
  if (arguments.size() == 1) return Cell::of(trim(text));
  const std::string_view set = need_text("trim", arguments[1]);
  return Cell::of(without_right(without_left(text, set), set));
}

// --- taking apart and putting together

Cell replace(FunctionContext& context, std::span<const Cell> arguments) {
  const std::string_view text = need_text("replace", arguments[0]);
  KITH_ASSERT(arguments.size() == 3);
  const std::string_view wanted = need_text("replace", arguments[1]);
  const std::string_view with = need_text("replace", arguments[2]);
  std::size_t at = wanted.empty() ? std::string_view::npos : text.find(wanted);
  if (at == std::string_view::npos) return arguments[0];
  std::string out;
  std::size_t done = 0;
  for (; at != std::string_view::npos; at = text.find(wanted, done)) {
    out += text.substr(done, at - done);
    out += with;
    done = at + wanted.size();
  }
  out += text.substr(done);
  return text_cell(context.arena(), out);
}

// Where the first of the separators begins and how long it is; the longest of several at one place.
struct Separator {
  std::size_t at = std::string_view::npos, size = 0;
};
Separator find_separator(std::string_view text, std::span<const std::string_view> separators) {
  Separator first;
  for (const std::string_view each : separators) {
    const std::size_t at = text.find(each);
    if (at < first.at ||
        (at == first.at && at != std::string_view::npos && each.size() > first.size))
      first = {at, each.size()};
  }
  return first;
}

Cell split(FunctionContext& context, std::span<const Cell> arguments) {
  std::string_view text = need_text("split", arguments[0]);
  std::vector<std::string_view> separators;
  if (arguments[1].kind == Kind::List) {
    for (const Cell& each : arguments[1].items()) separators.push_back(need_text("split", each));
  } else {
    separators.push_back(need_text("split", arguments[1]));
  }
  const bool characters =
      std::find(separators.begin(), separators.end(), std::string_view()) != separators.end();
  std::vector<Cell> parts;
  if (characters) {
    while (!text.empty()) {
      const std::size_t bytes = first_code_point(text).bytes;
      parts.push_back(Cell::of(text.substr(0, bytes)));
      text.remove_prefix(bytes);
    }
    if (parts.empty()) parts.push_back(Cell::of(text));
    return make_list(context.arena(), parts);
  }
  for (;;) {
    const Separator separator = find_separator(text, separators);
    KITH_ASSERT(separator.at == std::string_view::npos || separator.size > 0);
    parts.push_back(Cell::of(text.substr(0, separator.at)));
    if (separator.at == std::string_view::npos) return make_list(context.arena(), parts);
    text.remove_prefix(separator.at + separator.size);
  }
}

Cell reversed(FunctionContext& context, std::span<const Cell> arguments) {
  const Cell& value = arguments[0];
  if (value.kind == Kind::String) return text_cell(reverse(context.arena(), value.string()));
  if (value.kind != Kind::List) wrong_argument("reverse", "LIST or STRING", value);
  const std::vector<Cell> items(value.items().rbegin(), value.items().rend());
  return make_list(context.arena(), items);
}

Cell character_length(FunctionContext&, std::span<const Cell> arguments) {
  const std::string_view text = need_text("char_length", arguments[0]);
  return Cell::of(static_cast<std::int64_t>(count_code_points(text)));
}

Cell normalized(FunctionContext& context, std::span<const Cell> arguments) {
  const std::string_view text = need_text("normalize", arguments[0]);
  const std::string_view form =
      arguments.size() > 1 ? need_text("normalize", arguments[1]) : std::string_view("NFC");
  constexpr std::pair<std::string_view, NormalForm> kForms[] = {{"NFC", NormalForm::Nfc},
                                                                {"NFD", NormalForm::Nfd},
                                                                {"NFKC", NormalForm::Nfkc},
                                                                {"NFKD", NormalForm::Nfkd}};
  for (const auto& [name, each] : kForms) {
    if (name == form) return text_cell(normalize(context.arena(), text, each));
  }
  throw QueryError("ArgumentError", "InvalidArgumentValue",
                   fmt::format("'{}' is no normal form: there are NFC, NFD, NFKC and NFKD", form));
}

constexpr FunctionDef kRows[] = {
    {.name = "left",
     .signature = "(STRING, INTEGER) -> STRING",
     .summary = "The first characters of a string.",
     .example = "left('kinship', 3)",
     .answer = "'kin'",
     .min_arguments = 2,
     .max_arguments = 2,
     .run = left},
    {.name = "right",
     .signature = "(STRING, INTEGER) -> STRING",
     .summary = "The last characters of a string.",
     .example = "right('kinship', 4)",
     .answer = "'ship'",
     .min_arguments = 2,
     .max_arguments = 2,
     .run = right},
    {.name = "substring",
     .signature = "(STRING, INTEGER, INTEGER) -> STRING",
     .summary = "The part of a string from a position on (the first is 0), and how long.",
     .example = "substring('kinship', 1, 3)",
     .answer = "'ins'",
     .min_arguments = 2,
     .max_arguments = 3,
     .run = substring},
    {.name = "toUpper",
     .signature = "(STRING) -> STRING",
     .summary = "A string in capitals.",
     .example = "toUpper('kith')",
     .answer = "'KITH'",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = upper},
    {.name = "upper",
     .signature = "(STRING) -> STRING",
     .summary = "The same as toUpper().",
     .example = "upper('kith')",
     .answer = "'KITH'",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = upper},
    {.name = "toLower",
     .signature = "(STRING) -> STRING",
     .summary = "A string in small letters.",
     .example = "toLower('KITH')",
     .answer = "'kith'",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = lower},
    {.name = "lower",
     .signature = "(STRING) -> STRING",
     .summary = "The same as toLower().",
     .example = "lower('KITH')",
     .answer = "'kith'",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = lower},
    {.name = "trim",
     .signature = "(STRING) -> STRING",
     .summary = "A string without white space at its ends.",
     .example = "trim('  kith ')",
     .answer = "'kith'",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = both_trim},
    {.name = "btrim",
     .signature = "(STRING, STRING) -> STRING",
     .summary = "A string without white space, or the characters given, at its ends.",
     .example = "btrim('xxkithyx', 'xy')",
     .answer = "'kith'",
     .min_arguments = 1,
     .max_arguments = 2,
     .run = both_trim},
    {.name = "ltrim",
     .signature = "(STRING, STRING) -> STRING",
     .summary = "A string without white space, or the characters given, at its beginning.",
     .example = "ltrim('  kith')",
     .answer = "'kith'",
     .min_arguments = 1,
     .max_arguments = 2,
     .run = left_trim},
    {.name = "rtrim",
     .signature = "(STRING, STRING) -> STRING",
     .summary = "A string without white space, or the characters given, at its end.",
     .example = "rtrim('kith  ')",
     .answer = "'kith'",
     .min_arguments = 1,
     .max_arguments = 2,
     .run = right_trim},
    {.name = "replace",
     .signature = "(STRING, STRING, STRING) -> STRING",
     .summary = "A string in which one text stands wherever another stood.",
     .example = "replace('kin and kith', 'ki', 'Ki')",
     .answer = "'Kin and Kith'",
     .min_arguments = 3,
     .max_arguments = 3,
     .run = replace},
    {.name = "split",
     .signature = "(STRING, STRING | LIST<STRING>) -> LIST<STRING>",
     .summary = "The parts of a string between separators; its characters, if that is ''.",
     .example = "split('a,b;c', [',', ';'])",
     .answer = "['a', 'b', 'c']",
     .min_arguments = 2,
     .max_arguments = 2,
     .run = split},
    {.name = "reverse",
     .signature = "(STRING | LIST) -> STRING | LIST",
     .summary = "A string or a list backwards.",
     .example = "reverse('htik')",
     .answer = "'kith'",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = reversed},
    {.name = "char_length",
     .signature = "(STRING) -> INTEGER",
     .summary = "How many characters a string has.",
     .example = "char_length('größe')",
     .answer = "5",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = character_length},
    {.name = "character_length",
     .signature = "(STRING) -> INTEGER",
     .summary = "The same as char_length().",
     .example = "character_length('größe')",
     .answer = "5",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = character_length},
    {.name = "normalize",
     .signature = "(STRING, STRING) -> STRING",
     .summary = "A string in a Unicode normal form: 'NFC' (unless said), 'NFD', 'NFKC' or 'NFKD'.",
     .example = "normalize('gro\\u0308ße')",
     .answer = "'größe'",
     .min_arguments = 1,
     .max_arguments = 2,
     .run = normalized},
};

}  // namespace

std::span<const FunctionDef> string_functions() { return kRows; }

}  // namespace kith
