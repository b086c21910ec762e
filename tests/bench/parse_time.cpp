// tests/bench/parse_time.cpp: how long parsing takes against the size of a text.
//
//   parse_time [LARGEST_BYTES]
//
// For each shape of text, sizes that grow tenfold: if parsing is linear, the last column stays as
// it is. Shapes that nest stop at the nesting limit.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "cypher/prepare.hpp"
#include "kith/error.hpp"

namespace {

std::string repeated(const std::string& first, const std::string& piece, std::size_t times,
                     const std::string& last) {
  std::string out = first;
  out.reserve(first.size() + times * piece.size() + last.size());
  for (std::size_t i = 0; i < times; ++i) out += piece;
  return out + last;
}

std::string nested(const std::string& open, std::size_t times, const std::string& close) {
  return repeated("RETURN ", open, times, "1") + repeated("", close, times, "");
}

struct Shape {
  const char* name;
  std::function<std::string(std::size_t)> text;  // of so many pieces
  std::size_t most;                              // pieces
};

const Shape kShapes[] = {
    {"list of integers", [](std::size_t n) { return repeated("RETURN [", "12345,", n, "1]"); },
     10'000'000},
    {"long string", [](std::size_t n) { return repeated("RETURN '", "abcdefgh", n, "'"); },
     10'000'000},
    {"AND chain", [](std::size_t n) { return repeated("RETURN ", "a.x = 1 AND ", n, "true"); },
     1'000'000},
    {"CREATE of many nodes",
     [](std::size_t n) {
       return repeated("CREATE ", "(:Person {name: 'Ada', age: 36}),", n, "()");
     },
     1'000'000},
    {"list of maps", [](std::size_t n) { return repeated("RETURN [", "{a: 1, b: 'x'},", n, "1]"); },
     1'000'000},
    {"UNION ALL", [](std::size_t n) { return repeated("", "RETURN 1 UNION ALL ", n, "RETURN 1"); },
     1'000'000},
    {"clauses", [](std::size_t n) { return repeated("", "WITH 1 AS x ", n, "RETURN x"); }, 7'900},
    {"sum", [](std::size_t n) { return repeated("RETURN ", "1+", n, "1"); }, 900},
    {"parentheses", [](std::size_t n) { return nested("(", n, ")"); }, 490},
    {"lists in lists", [](std::size_t n) { return nested("[", n, "]"); }, 490},
    {"maps in maps", [](std::size_t n) { return nested("{a: ", n, "}"); }, 490},
    {"CASE in CASE", [](std::size_t n) { return nested("CASE WHEN true THEN ", n, " END"); }, 490},
    {"NOT", [](std::size_t n) { return nested("NOT ", n, ""); }, 490},
    {"minus", [](std::size_t n) { return nested("- ", n, ""); }, 490},
    {"calls in calls", [](std::size_t n) { return nested("abs(", n, ")"); }, 490},
    {"subqueries in subqueries",
     [](std::size_t n) { return nested("EXISTS { MATCH (n) WHERE ", n, "}"); }, 240},
    {"open brackets", [](std::size_t n) { return repeated("RETURN ", "(", n, ""); }, 490},
};

// The least of a few runs, in milliseconds.
double parse_milliseconds(const std::string& text) {
  constexpr int kRuns = 3;
  double best = 1e300;
  for (int run = 0; run < kRuns; ++run) {
    const auto start = std::chrono::steady_clock::now();
    try {
      kith::cypher::parse(text);
    } catch (const kith::Error&) {  // a shape that is an error is an error in linear time, too
    }
    const std::chrono::duration<double, std::milli> spent =
        std::chrono::steady_clock::now() - start;
    best = std::min(best, spent.count());
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t largest = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000;
  kith::cypher::parse("RETURN 1");  // ANTLR's tables are made by the first
  std::printf("%-26s %10s %12s %10s\n", "shape", "bytes", "ms", "ns/byte");
  for (const Shape& shape : kShapes) {
    const std::size_t piece = (shape.text(101).size() - shape.text(1).size()) / 100;
    for (std::size_t count = std::min<std::size_t>(shape.most, 100);;) {
      const std::string text = shape.text(count);
      const double ms = parse_milliseconds(text);
      std::printf("%-26s %10zu %12.3f %10.1f\n", shape.name, text.size(), ms,
                  ms * 1e6 / static_cast<double>(text.size()));
      const std::size_t next = std::min({shape.most, count * 10, largest / piece});
      if (next <= count) break;
      count = next;
    }
  }
  return 0;
}
