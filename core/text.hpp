// core/text.hpp: UTF-8 text by code points.
//
// Strings in kith are valid UTF-8: text from outside is checked once, where it comes in. These
// functions stay in bounds on damaged bytes all the same; a wrong byte counts as one U+FFFD.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/arena.hpp"

namespace kith {

inline constexpr std::size_t kValidUtf8 = std::string_view::npos;
// The offset of the first byte that is not UTF-8 (overlong, surrogate, cut off, beyond U+10FFFF),
// or kValidUtf8.
std::size_t find_invalid_utf8(std::string_view text) noexcept;

struct CodePoint {
  char32_t value = 0;
  std::uint32_t bytes = 0;
};
CodePoint first_code_point(std::string_view text) noexcept;  // of text that is not empty
CodePoint last_code_point(std::string_view text) noexcept;
void append_code_point(std::string& out, char32_t value);

std::size_t count_code_points(std::string_view text) noexcept;
// The byte at which code point number `index` begins; text.size() if there are no more.
std::size_t byte_of_code_point(std::string_view text, std::size_t index) noexcept;
// At most `count` code points from number `start` on; a view of the same bytes.
std::string_view code_points(std::string_view text, std::size_t start, std::size_t count) noexcept;
std::string_view last_code_points(std::string_view text, std::size_t count) noexcept;

// White space as Unicode has it.
bool is_space(char32_t value) noexcept;
std::string_view trim_left(std::string_view text) noexcept;
std::string_view trim_right(std::string_view text) noexcept;
std::string_view trim(std::string_view text) noexcept;

// The result is the argument itself where nothing changes, else text in the arena.
std::string_view to_upper(Arena& arena, std::string_view text);
std::string_view to_lower(Arena& arena, std::string_view text);
std::string_view reverse(Arena& arena, std::string_view text);

enum class NormalForm : std::uint8_t { Nfc, Nfd, Nfkc, Nfkd };
std::string_view normalize(Arena& arena, std::string_view text, NormalForm form);

// What a name may be made of without backticks: letters, digits, `_`; no digit at its start.
bool is_plain_name(std::string_view text) noexcept;

}  // namespace kith
