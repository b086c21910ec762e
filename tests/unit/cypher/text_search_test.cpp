// tests/unit/cypher/text_search_test.cpp: every set of instructions finds what plain search does.
// KITH_SEED repeats a run.
#include "cypher/exec/text_search.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <random>
#include <string>

#include "tests/unit/core/random_cells.hpp"

namespace kith::exec {
namespace {

// Letters of few kinds, so that much is nearly found.
std::string random_text(std::mt19937_64& random, std::size_t size, unsigned letters) {
  std::string text(size, 'a');
  for (char& c : text) c = static_cast<char>('a' + random() % letters);
  return text;
}

TEST_CASE("texts are found in others, by all instructions alike", "[text_search]") {
  const std::uint64_t seed = test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 20'000; ++round) {
    const unsigned letters = 1 + static_cast<unsigned>(random() % 3);
    const std::string text = random_text(random, random() % 150, letters);
    std::string part = random_text(random, random() % (random() % 4 == 0 ? 150 : 8), letters);
    if (random() % 2 == 0 && !text.empty()) {
      const std::size_t from = random() % text.size();
      part = text.substr(from, 1 + random() % (text.size() - from));
      if (random() % 2 == 0) part[random() % part.size()] = 'z';
    }
    const bool expected = text.find(part) != std::string::npos;
    // Of their own size to the byte: whoever reads beyond them is seen by the address sanitizer.
    const auto texts = std::make_unique<char[]>(text.size());
    const auto parts = std::make_unique<char[]>(part.size());
    text.copy(texts.get(), text.size());
    part.copy(parts.get(), part.size());
    for (const Instructions instructions : {Instructions::Portable, Instructions::Avx2}) {
      const TextContains contains = text_contains(instructions);
      if (contains == nullptr) continue;
      INFO(text << " has " << part);
      CHECK(contains({texts.get(), text.size()}, {parts.get(), part.size()}) == expected);
    }
  }
}

TEST_CASE("bytes of all values, at every place, are found", "[text_search]") {
  for (std::size_t size = 1; size < 100; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, '\0');
      text[at] = '\xff';
      CHECK(text_contains()(text, "\xff"));
      CHECK(!text_contains()(text, "\xfe"));
      CHECK(text_contains()(text, text.substr(at)));
      CHECK(text_contains()(text, text));
      CHECK(!text_contains()(text, text + '\0'));
    }
  }
}

}  // namespace
}  // namespace kith::exec
