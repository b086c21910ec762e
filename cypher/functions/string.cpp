// cypher/functions/string.cpp: text. Characters are code points.
#include <algorithm>
#include <bit>
#include <cstring>
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

class CharacterSet {
 public:
  explicit CharacterSet(std::string_view characters) {
    while (!characters.empty()) {
      const CodePoint each = first_code_point(characters);
      KITH_ASSERT(each.bytes > 0 && each.bytes <= characters.size());
      sorted_.push_back(each.value);
      characters.remove_prefix(each.bytes);
    }
    std::sort(sorted_.begin(), sorted_.end());
  }
  bool contains(char32_t value) const {
    return std::binary_search(sorted_.begin(), sorted_.end(), value);
  }

 private:
  std::vector<char32_t> sorted_;
};

std::string_view without_left(std::string_view text, const CharacterSet& set) {
  while (!text.empty()) {
    const CodePoint first = first_code_point(text);
    if (!set.contains(first.value)) break;
    text.remove_prefix(first.bytes);
  }
  return text;
}

std::string_view without_right(std::string_view text, const CharacterSet& set) {
  while (!text.empty()) {
    const CodePoint last = last_code_point(text);
    KITH_ASSERT(last.bytes > 0 && last.bytes <= text.size());
    if (!set.contains(last.value)) break;
    text.remove_suffix(last.bytes);
  }
  return text;
}

Cell left_trim(FunctionContext&, std::span<const Cell> arguments) {
  const std::string_view text = need_text("ltrim", arguments[0]);
  if (arguments.size() == 1) return Cell::of(trim_left(text));
  return Cell::of(without_left(text, CharacterSet(need_text("ltrim", arguments[1]))));
}

Cell right_trim(FunctionContext&, std::span<const Cell> arguments) {
  const std::string_view text = need_text("rtrim", arguments[0]);
  if (arguments.size() == 1) return Cell::of(trim_right(text));
  return Cell::of(without_right(text, CharacterSet(need_text("rtrim", arguments[1]))));
}

Cell both_trim(FunctionContext&, std::span<const Cell> arguments) {
  const std::string_view text = need_text("trim", arguments[0]);
  if (arguments.size() == 1) return Cell::of(trim(text));
  const CharacterSet set(need_text("trim", arguments[1]));
  return Cell::of(without_right(without_left(text, set), set));
}

// --- taking apart and putting together

// Of the text once `wanted`, which occurs in it, is replaced by `with_bytes` each time.
std::uint64_t replaced_bytes(std::string_view text, std::string_view wanted,
                             std::uint64_t with_bytes) {
  std::uint64_t times = 0;
  for (std::size_t at = text.find(wanted); at != std::string_view::npos;
       at = text.find(wanted, at + wanted.size())) {
    ++times;
  }
  KITH_ASSERT(times > 0);  // both are below 2^32
  return text.size() - times * wanted.size() + times * with_bytes;
}

Cell replace(FunctionContext& context, std::span<const Cell> arguments) {
  const std::string_view text = need_text("replace", arguments[0]);
  KITH_ASSERT(arguments.size() == 3);
  const std::string_view wanted = need_text("replace", arguments[1]);
  const std::string_view with = need_text("replace", arguments[2]);
  std::size_t at = wanted.empty() ? std::string_view::npos : text.find(wanted);
  if (at == std::string_view::npos) return arguments[0];
  const std::uint64_t bytes = replaced_bytes(text, wanted, with.size());
  if (bytes > UINT32_MAX) {
    throw ResourceError("StringTooLong", "replace() would make a string of more than 4 GiB");
  }
  context.require(2 * bytes, "replace()");
  std::string out;
  out.reserve(bytes);
  std::size_t done = 0;
  for (; at != std::string_view::npos; at = text.find(wanted, done)) {
    out += text.substr(done, at - done);
    out += with;
    done = at + wanted.size();
  }
  out += text.substr(done);
  return text_cell(context.arena(), out);
}

// Finds the separators of a text from left to right; the longest of several at one place.
class Separators {
 public:
  struct Found {
    std::size_t at = std::string_view::npos, size = 0;
  };

  Separators(std::string_view text, const std::vector<std::string_view>& words) : text_(text) {
    for (const std::string_view word : words) next_.push_back({word, text.find(word)});
  }
  // The first that begins at `from` or behind it; `from` never goes back.
  Found next(std::size_t from) {
    Found first;
    for (Next& each : next_) {
      if (each.at < from) each.at = text_.find(each.word, from);
      if (each.at == std::string_view::npos || each.at > first.at) continue;
      if (each.at < first.at || each.word.size() > first.size) first = {each.at, each.word.size()};
    }
    return first;
  }

 private:
  struct Next {
    std::string_view word;
    std::size_t at;
  };
  std::string_view text_;
  std::vector<Next> next_;
};

// Calls see(at) for each place of a byte, eight bytes at a time.
template <class See>
void for_each_place(std::string_view text, char byte, const See& see) {
  constexpr std::uint64_t kEach = 0x0101010101010101, kLow = 0x7f * kEach;
  const std::uint64_t wanted = static_cast<std::uint8_t>(byte) * kEach;
  std::size_t at = 0;
  if constexpr (std::endian::native == std::endian::little) {
    for (; at + 8 <= text.size(); at += 8) {
      std::uint64_t bytes = 0;
      std::memcpy(&bytes, text.data() + at, sizeof bytes);
      bytes ^= wanted;
      std::uint64_t zeros = ~(((bytes & kLow) + kLow) | bytes | kLow);  // 0x80 where a byte is 0
      for (; zeros != 0; zeros &= zeros - 1) {
        see(at + static_cast<std::size_t>(std::countr_zero(zeros)) / 8);
      }
    }
  }
  for (; at < text.size(); ++at) {
    if (text[at] == byte) see(at);
  }
}

// One byte alone cannot be within a character.
Cell split_at_byte(FunctionContext& context, std::string_view text, char separator) {
  context.poll();
  std::vector<Cell> parts;
  parts.reserve(text.size() / 8 + 1);
  std::size_t from = 0;
  for_each_place(text, separator, [&](std::size_t at) {
    parts.push_back(Cell::of(text.substr(from, at - from)));
    from = at + 1;
  });
  parts.push_back(Cell::of(text.substr(from)));
  return make_list(context.arena(), parts);
}

Cell split(FunctionContext& context, std::span<const Cell> arguments) {
  std::string_view text = need_text("split", arguments[0]);
  if (arguments[1].kind == Kind::String && arguments[1].string().size() == 1) {
    return split_at_byte(context, text, arguments[1].string()[0]);
  }
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
  Separators finder(text, separators);
  for (std::size_t from = 0;;) {
    context.poll();
    const Separators::Found found = finder.next(from);
    KITH_ASSERT(found.at == std::string_view::npos || (found.size > 0 && found.at >= from));
    if (found.at == std::string_view::npos) {
      parts.push_back(Cell::of(text.substr(from)));
      return make_list(context.arena(), parts);
    }
    parts.push_back(Cell::of(text.substr(from, found.at - from)));
    from = found.at + found.size;
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

NormalForm need_form(std::string_view function, std::span<const Cell> arguments) {
  if (arguments.size() < 2) return NormalForm::Nfc;
  const std::string_view form = need_text(function, arguments[1]);
  constexpr std::pair<std::string_view, NormalForm> kForms[] = {{"NFC", NormalForm::Nfc},
                                                                {"NFD", NormalForm::Nfd},
                                                                {"NFKC", NormalForm::Nfkc},
                                                                {"NFKD", NormalForm::Nfkd}};
  for (const auto& [name, each] : kForms) {
    if (name == form) return each;
  }
  throw QueryError("ArgumentError", "InvalidArgumentValue",
                   fmt::format("'{}' is no normal form: there are NFC, NFD, NFKC and NFKD", form));
}

Cell normalized(FunctionContext& context, std::span<const Cell> arguments) {
  const std::string_view text = need_text("normalize", arguments[0]);
  return text_cell(normalize(context.arena(), text, need_form("normalize", arguments)));
}

Cell is_normalized(FunctionContext& context, std::span<const Cell> arguments) {
  const NormalForm form = need_form("isNormalized", arguments);
  if (arguments[0].kind != Kind::String) return Cell::null();
  const std::string_view text = arguments[0].string();
  return Cell::boolean(normalize(context.arena(), text, form) == text);
}

constexpr FunctionDef kRows[] = {
    {.name = "left",
     .category = Category::String,
     .signature = "(text :: STRING, length :: INTEGER) -> STRING",
     .summary = "The first characters of a string.",
     .example = "left('kinship', 3)",
     .answer = "'kin'",
     .min_arguments = 2,
     .max_arguments = 2,
     .run = left},
    {.name = "right",
     .category = Category::String,
     .signature = "(text :: STRING, length :: INTEGER) -> STRING",
     .summary = "The last characters of a string.",
     .example = "right('kinship', 4)",
     .answer = "'ship'",
     .min_arguments = 2,
     .max_arguments = 2,
     .run = right},
    {.name = "substring",
     .category = Category::String,
     .signature = "(text :: STRING, start :: INTEGER, length :: INTEGER) -> STRING",
     .summary = "The part of a string from a position on (the first is 0), and how long.",
     .example = "substring('kinship', 1, 3)",
     .answer = "'ins'",
     .min_arguments = 2,
     .max_arguments = 3,
     .run = substring},
    {.name = "toUpper",
     .category = Category::String,
     .signature = "(text :: STRING) -> STRING",
     .summary = "A string in capitals.",
     .example = "toUpper('kith')",
     .answer = "'KITH'",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = upper},
    {.name = "upper",
     .category = Category::String,
     .signature = "(text :: STRING) -> STRING",
     .summary = "The same as toUpper().",
     .example = "upper('kith')",
     .answer = "'KITH'",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = upper},
    {.name = "toLower",
     .category = Category::String,
     .signature = "(text :: STRING) -> STRING",
     .summary = "A string in small letters.",
     .example = "toLower('KITH')",
     .answer = "'kith'",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = lower},
    {.name = "lower",
     .category = Category::String,
     .signature = "(text :: STRING) -> STRING",
     .summary = "The same as toLower().",
     .example = "lower('KITH')",
     .answer = "'kith'",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = lower},
    {.name = "trim",
     .category = Category::String,
     .signature = "(text :: STRING) -> STRING",
     .summary =
         "A string without white space at its ends; trim(BOTH | LEADING | TRAILING characters "
         "FROM text) is btrim(), ltrim() or rtrim().",
     .example = "trim('  kith ')",
     .answer = "'kith'",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = both_trim},
    {.name = "btrim",
     .category = Category::String,
     .signature = "(text :: STRING, characters :: STRING) -> STRING",
     .summary = "A string without white space, or the characters given, at its ends.",
     .example = "btrim('xxkithyx', 'xy')",
     .answer = "'kith'",
     .min_arguments = 1,
     .max_arguments = 2,
     .run = both_trim},
    {.name = "ltrim",
     .category = Category::String,
     .signature = "(text :: STRING, characters :: STRING) -> STRING",
     .summary = "A string without white space, or the characters given, at its beginning.",
     .example = "ltrim('  kith')",
     .answer = "'kith'",
     .min_arguments = 1,
     .max_arguments = 2,
     .run = left_trim},
    {.name = "rtrim",
     .category = Category::String,
     .signature = "(text :: STRING, characters :: STRING) -> STRING",
     .summary = "A string without white space, or the characters given, at its end.",
     .example = "rtrim('kith  ')",
     .answer = "'kith'",
     .min_arguments = 1,
     .max_arguments = 2,
     .run = right_trim},
    {.name = "replace",
     .category = Category::String,
     .signature = "(text :: STRING, search :: STRING, replacement :: STRING) -> STRING",
     .summary = "A string in which one text stands wherever another stood.",
     .example = "replace('kin and kith', 'ki', 'Ki')",
     .answer = "'Kin and Kith'",
     .min_arguments = 3,
     .max_arguments = 3,
     .run = replace},
    {.name = "split",
     .category = Category::String,
     .signature = "(text :: STRING, separators :: STRING | LIST<STRING>) -> LIST<STRING>",
     .summary = "The parts of a string between separators; its characters, if that is ''.",
     .example = "split('a,b;c', [',', ';'])",
     .answer = "['a', 'b', 'c']",
     .min_arguments = 2,
     .max_arguments = 2,
     .run = split},
    {.name = "reverse",
     .category = Category::List,
     .signature = "(original :: STRING | LIST) -> STRING | LIST",
     .summary = "A string or a list backwards.",
     .example = "reverse('htik')",
     .answer = "'kith'",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = reversed},
    {.name = "char_length",
     .category = Category::Scalar,
     .signature = "(text :: STRING) -> INTEGER",
     .summary = "How many characters a string has.",
     .example = "char_length('größe')",
     .answer = "5",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = character_length},
    {.name = "character_length",
     .category = Category::Scalar,
     .signature = "(text :: STRING) -> INTEGER",
     .summary = "The same as char_length().",
     .example = "character_length('größe')",
     .answer = "5",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = character_length},
    {.name = "normalize",
     .category = Category::String,
     .signature = "(text :: STRING, form :: STRING) -> STRING",
     .summary = "A string in a Unicode normal form: NFC (unless said), NFD, NFKC or NFKD, written "
                "with or without quotes.",
     .example = "normalize('gro\\u0308ße')",
     .answer = "'größe'",
     .min_arguments = 1,
     .max_arguments = 2,
     .run = normalized},
    {.name = "isNormalized",
     .category = Category::Predicate,
     .signature = "(text :: ANY, form :: STRING) -> BOOLEAN",
     .summary =
         "Whether a string is in a Unicode normal form, also written text IS [NOT] [NFC | NFD "
         "| NFKC | NFKD] NORMALIZED; null for what is no string.",
     .example = "isNormalized('gro\\u0308ße', 'NFC')",
     .answer = "false",
     .min_arguments = 1,
     .max_arguments = 2,
     .run = is_normalized},
};

}  // namespace

std::span<const FunctionDef> string_functions() { return kRows; }

}  // namespace kith
