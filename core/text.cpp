// core/text.cpp: UTF-8 text by code points. Case, category and normal forms come from utf8proc.
#include "core/text.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "core/assert.hpp"
#include "core/bits.hpp"

namespace kith {

namespace {

constexpr char32_t kReplacement = 0xfffd;
constexpr std::uint64_t kHighBits = 0x8080808080808080;

std::uint8_t byte_at(std::string_view text, std::size_t i) {
  return static_cast<std::uint8_t>(text[i]);
}

bool continues(std::uint8_t byte) { return (byte & 0xc0) == 0x80; }

// Bytes before the first that is not ASCII.
std::size_t ascii_prefix(std::string_view text) {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    if ((word & kHighBits) != 0) break;
  }
  while (at < text.size() && byte_at(text, at) < 0x80) ++at;
  return at;
}

bool is_ascii(std::string_view text) { return ascii_prefix(text) == text.size(); }

// The well-formed sequence at the start of the text; bytes = 0 if there is none.
CodePoint sequence(std::string_view text) {
  const std::uint8_t lead = byte_at(text, 0);
  if (lead < 0x80) return {lead, 1};
  const std::uint32_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return {};
  char32_t value = lead & (0x7fu >> length);
  for (std::uint32_t i = 1; i < length; ++i) {
    const std::uint8_t next = byte_at(text, i);
    if (!continues(next)) return {};
    value = (value << 6) | (next & 0x3fu);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (overlong || surrogate || value > 0x10ffff) return {};
  return {value, length};
}

std::uint32_t encode_code_point(char32_t value, char* out) {
  if (value < 0x80) {
    out[0] = static_cast<char>(value);
    return 1;
  }
  const std::uint32_t length = value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
  for (std::uint32_t i = length - 1; i > 0; --i) {
    out[i] = static_cast<char>(0x80 | (value & 0x3f));
    value >>= 6;
  }
  constexpr std::uint8_t kLeads[] = {0, 0, 0xc0, 0xe0, 0xf0};
  out[0] = static_cast<char>(kLeads[length] | value);
  return length;
}

template <class MapByte>
std::string_view map_ascii(Arena& arena, std::string_view text, MapByte&& map) {
  const bool same = std::all_of(text.begin(), text.end(), [&](char c) { return map(c) == c; });
  if (same) return text;
  char* out = arena.make_array<char>(text.size()).data();
  std::transform(text.begin(), text.end(), out, map);
  return {out, text.size()};
}

char upper_of_ascii(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
}
char lower_of_ascii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// The bytes below 0x80 that the text begins with go to `out`, mapped.
template <class MapByte>
std::string_view take_ascii(std::string_view& text, std::string& out, MapByte&& map) {
  const std::string_view plain = text.substr(0, ascii_prefix(text));
  const std::size_t before = out.size();
  out.resize(before + plain.size());
  std::transform(plain.begin(), plain.end(), out.begin() + static_cast<std::ptrdiff_t>(before),
                 map);
  text.remove_prefix(plain.size());
  return plain;
}

char32_t category_safe(char32_t value) { return value > 0x10ffff ? kReplacement : value; }

utf8proc_category_t category_of(char32_t value) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(category_safe(value)));
}

bool is_letter(char32_t value) {
  const auto category = category_of(value);
  return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
         category == UTF8PROC_CATEGORY_NL;
}

bool is_letter_or_digit(char32_t value) {
  const auto category = category_of(value);
  return is_letter(value) || category == UTF8PROC_CATEGORY_ND || category == UTF8PROC_CATEGORY_MN ||
         category == UTF8PROC_CATEGORY_MC || category == UTF8PROC_CATEGORY_PC;
}

}  // namespace

std::size_t find_invalid_utf8(std::string_view text) noexcept {
  std::size_t at = ascii_prefix(text);
  while (at < text.size()) {
    const CodePoint found = sequence(text.substr(at));
    if (found.bytes == 0) return at;
    at += found.bytes;
    if (found.bytes == 1) at += ascii_prefix(text.substr(at));
  }
  return kValidUtf8;
}

CodePoint first_code_point(std::string_view text) noexcept {
  KITH_ASSERT(!text.empty());
  const CodePoint found = sequence(text);
  return found.bytes == 0 ? CodePoint{kReplacement, 1} : found;
}

CodePoint last_code_point(std::string_view text) noexcept {
  KITH_ASSERT(!text.empty());
  for (std::uint32_t length = 1; length <= 4 && length <= text.size(); ++length) {
    const std::size_t start = text.size() - length;
    if (continues(byte_at(text, start))) continue;
    const CodePoint found = sequence(text.substr(start));
    if (found.bytes == length) return found;
    break;
  }
  return {kReplacement, 1};
}

void append_code_point(std::string& out, char32_t value) {
  KITH_ASSERT(value <= 0x10ffff && (value < 0xd800 || value > 0xdfff));
  char bytes[4];
  out.append(bytes, encode_code_point(value, bytes));
}

std::size_t count_code_points(std::string_view text) noexcept {
  constexpr std::uint64_t kLow = 0x0101010101010101;
  std::size_t continuing = 0, at = 0;
  for (; at + 8 <= text.size(); at += 8) {  // eight bytes: those that are 10……
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    continuing += static_cast<std::size_t>(count_bits((bytes >> 7) & ~(bytes >> 6) & kLow));
  }
  for (; at < text.size(); ++at) continuing += continues(byte_at(text, at)) ? 1 : 0;
  return text.size() - continuing;
}

std::size_t byte_of_code_point(std::string_view text, std::size_t index) noexcept {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {  // eight ASCII bytes
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    if ((bytes & kHighBits) != 0) break;
    if (index < 8) return at + index;
    index -= 8;
  }
  for (; at < text.size(); ++at) {
    if (continues(byte_at(text, at))) continue;
    if (index == 0) return at;
    --index;
  }
  return text.size();
}

std::string_view code_points(std::string_view text, std::size_t start, std::size_t count) noexcept {
  text.remove_prefix(byte_of_code_point(text, start));
  return text.substr(0, byte_of_code_point(text, count));
}

std::string_view last_code_points(std::string_view text, std::size_t count) noexcept {
  if (count == 0) return text.substr(text.size());
  for (std::size_t at = text.size(); at > 0; --at) {
    if (continues(byte_at(text, at - 1))) continue;
    if (--count == 0) return text.substr(at - 1);
  }
  return text;
}

bool is_space(char32_t value) noexcept {
  if (value < 0x80)
    return value == ' ' || (value >= '\t' && value <= '\r') || (value >= 0x1c && value <= 0x1f);
  if (value == 0x85) return true;
  const auto category = category_of(value);
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP;
}

std::string_view trim_left(std::string_view text) noexcept {
  while (!text.empty()) {
    const CodePoint first = first_code_point(text);
    if (!is_space(first.value)) break;
    text.remove_prefix(first.bytes);
  }
  return text;
}

std::string_view trim_right(std::string_view text) noexcept {
  while (!text.empty()) {
    const CodePoint last = last_code_point(text);
    if (!is_space(last.value)) break;
    text.remove_suffix(last.bytes);
  }
  return text;
}

std::string_view trim(std::string_view text) noexcept { return trim_right(trim_left(text)); }

std::string_view to_upper(Arena& arena, std::string_view text) {
  if (is_ascii(text)) {
    return map_ascii(arena, text, upper_of_ascii);
  }
  std::string mapped;
  mapped.reserve(text.size() + 4);
  while (!text.empty()) {
    take_ascii(text, mapped, upper_of_ascii);
    if (text.empty()) break;
    const CodePoint from = first_code_point(text);
    text.remove_prefix(from.bytes);
    if (from.value == U'\u00df') {  // the one letter in wide use that grows: ß, SS
      mapped.append("SS");
      continue;
    }
    const auto upper = utf8proc_toupper(static_cast<utf8proc_int32_t>(from.value));
    append_code_point(mapped, static_cast<char32_t>(upper));
  }
  return arena.copy(mapped);
}

std::string_view to_lower(Arena& arena, std::string_view text) {
  if (is_ascii(text)) {
    return map_ascii(arena, text, lower_of_ascii);
  }
  constexpr char32_t kCapitalSigma = 0x3a3, kFinalSigma = 0x3c2;
  std::string mapped;
  mapped.reserve(text.size() + 4);
  char32_t before = ' ';
  while (!text.empty()) {
    const std::string_view plain = take_ascii(text, mapped, lower_of_ascii);
    if (!plain.empty()) before = static_cast<char32_t>(plain.back());
    if (text.empty()) break;
    const CodePoint from = first_code_point(text);
    text.remove_prefix(from.bytes);
    auto lower = static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(from.value)));
    const bool ends_word = text.empty() || !is_letter(first_code_point(text).value);
    if (from.value == kCapitalSigma && is_letter(before) && ends_word) lower = kFinalSigma;
    append_code_point(mapped, lower);
    before = from.value;
  }
  return arena.copy(mapped);
}

std::string_view reverse(Arena& arena, std::string_view text) {
  if (text.size() < 2) return text;
  char* out = arena.make_array<char>(text.size()).data();
  char* at = out + text.size();
  for (std::string_view left = text; !left.empty();) {
    const CodePoint next = first_code_point(left);
    at -= next.bytes;
    std::memcpy(at, left.data(), next.bytes);
    left.remove_prefix(next.bytes);
  }
  KITH_ASSERT(at == out);
  return {out, text.size()};
}

std::string_view normalize(Arena& arena, std::string_view text, NormalForm form) {
  if (is_ascii(text)) return text;
  const bool compatible = form == NormalForm::Nfkc || form == NormalForm::Nfkd;
  const bool composed = form == NormalForm::Nfc || form == NormalForm::Nfkc;
  const int options = UTF8PROC_STABLE | (composed ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE) |
                      (compatible ? UTF8PROC_COMPAT : 0);
  utf8proc_uint8_t* made = nullptr;
  const auto* bytes = static_cast<const utf8proc_uint8_t*>(static_cast<const void*>(text.data()));
  const auto size = utf8proc_map(bytes, static_cast<utf8proc_ssize_t>(text.size()), &made,
                                 static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(made, &std::free);
  if (size == UTF8PROC_ERROR_NOMEM) throw std::bad_alloc();
  if (size < 0) return text;  // not UTF-8: as it is
  return arena.copy(
      {static_cast<const char*>(static_cast<const void*>(made)), static_cast<std::size_t>(size)});
}

bool is_plain_name(std::string_view text) noexcept {
  if (text.empty()) return false;
  const char32_t first = first_code_point(text).value;
  if (!is_letter(first) && category_of(first) != UTF8PROC_CATEGORY_PC) return false;
  while (!text.empty()) {
    const CodePoint next = first_code_point(text);
    if (!is_letter_or_digit(next.value)) return false;
    text.remove_prefix(next.bytes);
  }
  return true;
}

}  // namespace kith
