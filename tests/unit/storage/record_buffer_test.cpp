// tests/unit/storage/record_buffer_test.cpp: records in pieces are the bytes that were put in.
#include "storage/log/record_buffer.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace kith::storage;

namespace {

std::string whole(const RecordBuffer& buffer) {
  std::string text;
  for (const std::string_view part : buffer.parts()) {
    CHECK(text.size() % kFramePayload == 0);  // of all parts before
    text.append(part);
  }
  return text;
}

}  // namespace

TEST_CASE("A record buffer has what was put into it, and forgets what is taken back") {
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  RecordBuffer buffer;
  std::string expected;
  for (int round = 0; round < 300; ++round) {
    const std::string more(random() % (random() % 20 == 0 ? 500'000 : 9'000),
                           static_cast<char>('a' + round % 26));
    buffer.end().append(more);
    buffer.settle();
    expected.append(more);
    if (random() % 10 == 0) {
      expected.resize(random() % (expected.size() + 1));
      buffer.resize(expected.size());
    }
    REQUIRE(buffer.size() == expected.size());
    REQUIRE(buffer.empty() == expected.empty());
    if (round % 10 == 0) REQUIRE(whole(buffer) == expected);
  }
  REQUIRE(whole(buffer) == expected);
  CHECK(buffer.memory() >= buffer.size());
  RecordBuffer other = std::move(buffer);
  CHECK(whole(other) == expected);
}
