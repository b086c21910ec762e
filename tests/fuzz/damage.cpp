// tests/fuzz/damage.cpp: see damage.hpp.
#include "tests/fuzz/damage.hpp"

#include <algorithm>
#include <vector>

namespace kith::fuzz {
namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!is_word || (!words.back().empty() && words.back().back() == '\1')) words.emplace_back();
    words.back() += c;
    if (!is_word) words.emplace_back();
  }
  return words;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += word;
  return text;
}

const std::vector<std::string>& strange_words() {
  static const std::vector<std::string> words = {"(",
                                                 ")",
                                                 "[",
                                                 "]",
                                                 "{",
                                                 "}",
                                                 "'",
                                                 "`",
                                                 "\x22",
                                                 "|",
                                                 "*",
                                                 "..",
                                                 "$",
                                                 "\xC3",
                                                 "\xFF",
                                                 "\n",
                                                 "/"
                                                 "*",
                                                 "/"
                                                 "/",
                                                 "-",
                                                 "->",
                                                 "<-",
                                                 " NULL ",
                                                 " CASE ",
                                                 " END ",
                                                 ":",
                                                 "::",
                                                 "1e999",
                                                 "0x",
                                                 "\\u12",
                                                 " RETURN ",
                                                 " MATCH ",
                                                 " WHERE ",
                                                 " WITH ",
                                                 " * ",
                                                 "\xF0\x9F",
                                                 " IS ",
                                                 ";",
                                                 " UNION ",
                                                 "9223372036854775808",
                                                 "\xED\xA0\x80",
                                                 " CALL { ",
                                                 " EXISTS { ",
                                                 ",",
                                                 ",,"};
  return words;
}

}  // namespace

std::string damaged(Random& random, const std::string& text) {
  auto words = words_of(text);
  const int times = random.between(1, 4);
  for (int i = 0; i < times && !words.empty(); ++i) {
    const auto at = random.below(words.size());
    const auto other = random.below(words.size());
    const auto place = words.begin() + static_cast<std::ptrdiff_t>(at);
    switch (random.below(7)) {
      case 0:
        words.erase(place);
        break;
      case 1:
        std::swap(words[at], words[other]);
        break;
      case 2:
        words.insert(place, words[other]);
        break;
      case 3:
        words.insert(place, random.word(strange_words()));
        break;
      case 4:
        words[at] = random.word(strange_words());
        break;
      case 5:
        words.resize(at);
        break;
      default:
        if (!words[at].empty())
          words[at][random.below(words[at].size())] = static_cast<char>(random.below(256));
    }
  }
  return joined(words);
}

}  // namespace kith::fuzz
