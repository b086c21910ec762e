// tests/unit/cypher/parse_work_test.cpp: parsing takes work in proportion to the text.
//
// Work is counted, not timed: bytes that the parse asks the allocator for. They follow from the
// text alone, and everything that ANTLR and the builder make is on the heap.
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>

#include "cypher/parse/source.hpp"
#include "cypher/prepare.hpp"

namespace {

std::atomic<std::uint64_t> allocated_bytes{0};
std::atomic<bool> counts{false};

void* counted_or_null(std::size_t bytes) noexcept {
  if (counts.load(std::memory_order_relaxed)) allocated_bytes += bytes;
  return std::malloc(bytes == 0 ? 1 : bytes);
}

void* counted(std::size_t bytes) {
  void* memory = counted_or_null(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

// Of the whole test program. Not inlined: GCC would see only one of a pair, and warn of a mismatch.
[[gnu::noinline]] void* operator new(std::size_t bytes) { return counted(bytes); }
[[gnu::noinline]] void* operator new[](std::size_t bytes) { return counted(bytes); }
[[gnu::noinline]] void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return counted_or_null(bytes);
}
[[gnu::noinline]] void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return counted_or_null(bytes);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace kith::cypher {

namespace {

std::string repeated(const std::string& piece, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += piece;
  return out;
}

std::uint64_t work_of(const std::string& text, bool& refused) {
  allocated_bytes = 0;
  counts = true;
  refused = false;
  try {
    parse(text);
  } catch (const Error&) {
    refused = true;
  }
  counts = false;
  return allocated_bytes;
}

using Text = std::function<std::string(std::size_t)>;

Text nested(const std::string& open, const std::string& close) {
  return [=](std::size_t n) { return "RETURN " + repeated(open, n) + "1" + repeated(close, n); };
}
Text joined(const std::string& first, const std::string& piece, const std::string& last) {
  return [=](std::size_t n) { return first + repeated(piece, n) + last; };
}

}  // namespace

TEST_CASE("Ten times the text is ten times the work") {
  const std::pair<const char*, Text> wide[] = {
      {"list", joined("RETURN [", "12,", "1]")},
      {"IN list", joined("RETURN 1 IN [", "12,", "1]")},
      {"list of maps", joined("RETURN [", "{a: 1, b: 'x'},", "1]")},
      {"AND", joined("MATCH (a) WHERE ", "a.x = 1 AND ", "true RETURN a")},
      {"OR", joined("MATCH (a) WHERE ", "a.x = 1 OR ", "true RETURN a")},
      {"comparisons", joined("RETURN 1", " < 1", "")},
      {"columns", joined("RETURN ", "1 AS a,", "1")},
      {"CREATE", joined("CREATE ", "(:A {x: 1})-[:T]->(:B),", "()")},
      {"UNION", joined("", "RETURN 1 AS x UNION ALL ", "RETURN 1 AS x")},
      {"WHEN", joined("RETURN CASE 1 ", "WHEN 1 THEN 2 ", "END")},
      {"SET", joined("MATCH (a) SET ", "a.x = 1,", "a.y = 2")},
      {"string", joined("RETURN '", "abcdefgh\\n", "'")},
      {"labels", joined("MATCH (a:", "L|", "M) RETURN a")},
      {"too many clauses", joined("", "WITH 1 AS x ", "RETURN x")},
      {"a sum that is too high", joined("RETURN ", "1 + ", "1")},
  };
  bool refused = false;
  for (const auto& [name, text] : wide) {
    INFO(name);
    constexpr std::size_t kFew = 2000, kTimes = 10;
    work_of(text(kFew), refused);  // what ANTLR learns it keeps
    const std::uint64_t few = work_of(text(kFew), refused);
    const std::uint64_t many = work_of(text(kFew * kTimes), refused);
    CHECK(many > few);
    CHECK(many < few * kTimes * 3 / 2);  // vectors grow by doubling
  }
}

TEST_CASE("Work is in proportion up to the nesting limit, and beyond it none is done") {
  const std::pair<const char*, Text> deep[] = {
      {"parentheses", nested("(", ")")},
      {"lists", nested("[", "]")},
      {"maps", nested("{a: ", "}")},
      {"CASE", nested("CASE WHEN true THEN ", " END")},
      {"NOT", nested("NOT ", "")},
      {"minus", nested("- ", "")},
      {"calls", nested("abs(", ")")},
      {"comprehensions", nested("[x IN ", " | x]")},
      {"subscripts", joined("RETURN [1]", "[0]", "")},
      {"subqueries", nested("EXISTS { MATCH (n) WHERE ", "}")},
      {"open parentheses", joined("RETURN ", "(", "1")},
      {"open lists", joined("RETURN ", "[", "1")},
  };
  bool refused = false;
  constexpr std::size_t kHuge = 5000, kMostTokens = 12;  // of a level
  const std::string flat = joined("RETURN [", "12,", "1]")(kHuge * kMostTokens);
  const std::uint64_t tokens = work_of(flat, refused);
  for (const auto& [name, text] : deep) {
    INFO(name);
    constexpr std::size_t kFew = 60, kTimes = 4;
    work_of(text(kFew * kTimes), refused);
    const std::uint64_t few = work_of(text(kFew), refused);
    const std::uint64_t many = work_of(text(kFew * kTimes), refused);
    CHECK(many < few * kTimes * 2);
    // Thousands of levels cost no more than their tokens do.
    CHECK(work_of(text(kHuge), refused) < tokens);
    CHECK(refused);
    CHECK_THROWS_AS(parse(text(kHuge)), ResourceError);
  }
}

TEST_CASE("One query has only so many clauses and nodes of patterns") {
  const auto refuses = [](const std::string& text) {
    try {
      parse(text);
    } catch (const ResourceError& error) {
      return error.detail() == "QueryTooLong" && error.line() == 1;
    }
    return false;
  };
  const std::size_t most = kMaxQuerySteps;
  CHECK_FALSE(refuses(repeated("WITH 1 AS x ", most - 1) + "RETURN x"));
  CHECK(refuses(repeated("WITH 1 AS x ", most) + "RETURN x"));
  CHECK(refuses(repeated("MERGE (:A) ", most / 3 + 1)));
  CHECK(refuses("MATCH ()" + repeated("-->()", most) + " RETURN 1"));
  CHECK(refuses("MATCH (a) WHERE " + repeated("(a)-->() AND ", most / 2) + "true RETURN a"));
  CHECK_FALSE(refuses("CREATE ()" + repeated("-[:T]->()", most)));
  // Each part of a UNION is a query of its own; what is inside a subquery counts outside.
  CHECK_FALSE(refuses(repeated("RETURN 1 AS x UNION ALL ", 2 * most) + "RETURN 1 AS x"));
  CHECK(refuses("CALL { " + repeated("WITH 1 AS x ", most / 2) + "RETURN x } " +
                repeated("WITH 1 AS y ", most / 2) + "RETURN y"));
}

}  // namespace kith::cypher
