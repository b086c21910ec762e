// tests/fuzz/oracles.hpp: what must hold of an answer that nobody knows. docs/fuzzing.md.
#pragma once

#include <string>
#include <vector>

#include "tests/fuzz/lab.hpp"

namespace kith::fuzz {

enum class Oracle : std::uint8_t {
  Partition,  // rows of Q = rows where p, NOT p, p IS NULL
  Rewrite,    // a pattern written otherwise
  Optimiser,  // the optimiser off; small vectors, threads, spilling
  Index,      // without indexes; with hints
  Write,      // what a writing statement leaves, in all modes
  RoundTrip,  // parse(unparse(parse(text)))
  Text,       // damaged text is an answer or an error
};
constexpr std::size_t kOracles = 7;
std::string_view oracle_name(Oracle oracle);

// One question to an oracle: small enough to be printed, complete enough to be asked again.
struct Case {
  Oracle oracle = Oracle::Optimiser;
  Graph graph = {};
  std::string query = {};
  std::string condition = {};  // of Partition; of Write: a query that follows
};

struct Verdict {
  bool broken = false;
  std::string left = {}, right = {};  // what was asked
  std::string difference = {};        // of their answers
  Outcome answer = {};                // of the query as it stands
  bool applied = false;               // something was compared
};
Verdict judge(Lab& lab, const Case& question);

Verdict judge_partition(Lab& lab, const Case& question);
Verdict judge_rewrite(Lab& lab, const Case& question);
Verdict judge_optimiser(Lab& lab, const Case& question);
Verdict judge_index(Lab& lab, const Case& question);
Verdict judge_write(Lab& lab, const Case& question);
Verdict judge_round_trip(Lab& lab, const Case& question);
Verdict judge_text(Lab& lab, const Case& question);

// Two answers to the same question. An error on one side alone is a difference, unless `lenient`
// says that the right side (or, `both_lenient`, either) may evaluate what the other need not.
struct Sides {
  const Outcome& left;
  const Outcome& right;
};
enum class Errors : std::uint8_t {
  RightMay,   // fail where the left did not: it evaluates more (the optimiser is off)
  EitherMay,  // rows come in another order, or in larger batches
};
// `other`: the text that the right side was asked, if it was another.
std::string compare(const std::string& query, Sides sides, Errors errors,
                    const std::string& other = {});

}  // namespace kith::fuzz
