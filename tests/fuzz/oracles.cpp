// tests/fuzz/oracles.cpp: the oracles that ask one text of several databases, and of the parser.
#include "tests/fuzz/oracles.hpp"

#include "cypher/parse/unparse.hpp"
#include "cypher/prepare.hpp"
#include "tests/fuzz/answers.hpp"

namespace kith::fuzz {
namespace {

// Errors that no query may end in.
bool is_internal(const Outcome& outcome) {
  return outcome.error_type == "StorageError" || outcome.error_type == "InternalError" ||
         outcome.error.find("nternal") != std::string::npos;
}

// Depends on what was read first; the engine may take another way to the same rows.
bool is_of_the_data(const Outcome& outcome) { return outcome.failed() && !outcome.compile_time; }

Verdict broken(const Case& question, std::string_view mode, std::string difference,
               Outcome answer) {
  return {.broken = true,
          .left = question.query,
          .right = question.query + "  -- " + std::string(mode),
          .difference = std::move(difference),
          .answer = std::move(answer),
          .applied = true};
}

}  // namespace

std::string_view oracle_name(Oracle oracle) {
  switch (oracle) {
    case Oracle::Partition:
      return "partition";
    case Oracle::Rewrite:
      return "rewrite";
    case Oracle::Optimiser:
      return "optimiser";
    case Oracle::Index:
      return "index";
    case Oracle::Write:
      return "write";
    case Oracle::RoundTrip:
      return "roundtrip";
    case Oracle::Text:
      return "text";
  }
  return "";
}

std::string compare(const std::string& query, Sides sides, Errors errors,
                    const std::string& other) {
  const auto& [left, right] = sides;
  for (const auto* side : {&left, &right})
    if (is_internal(*side)) return "an internal error: " + side->error;
  if (left.gave_up || right.gave_up) return {};
  if (left.failed() && right.failed()) {
    if (left.compile_time == right.compile_time) return {};
    return left.error + "\n  against " + right.error;
  }
  if (left.failed() || right.failed()) {
    const auto& failed = left.failed() ? left : right;
    const bool may = errors == Errors::EitherMay || right.failed();
    if (may && is_of_the_data(failed)) return {};
    return std::string(left.failed() ? "left" : "right") + " alone fails: " + failed.error;
  }
  if (other.empty() && left.columns != right.columns) return "the columns' names";
  if (left.counters != right.counters)
    return "the counters: " + left.counters + "against " + right.counters;
  const auto tolerance = tolerance_of(query + other);
  auto found = difference(bag_of(left.rows, tolerance), bag_of(right.rows, tolerance));
  if (found.empty() && order_of(query, left, tolerance) != order_of(query, right, tolerance))
    found = "the order of rows";
  return found;
}

Verdict judge_optimiser(Lab& lab, const Case& question) {
  auto answer = lab.run(Mode::Default, question.query);
  for (const auto mode : {Mode::NoOptimiser, Mode::Small}) {
    const auto other = lab.run(mode, question.query);
    auto found = compare(question.query, {.left = answer, .right = other},
                         mode == Mode::Small ? Errors::EitherMay : Errors::RightMay);
    if (!found.empty()) return broken(question, mode_name(mode), std::move(found), answer);
  }
  // Its expansions are enumerated even where only their number matters.
  const auto profiled = lab.run(Mode::Default, "PROFILE " + question.query);
  auto found = compare(question.query, {.left = answer, .right = profiled}, Errors::EitherMay);
  if (!found.empty()) return broken(question, "PROFILE", std::move(found), answer);
  return {.answer = std::move(answer), .applied = true};
}

Verdict judge_write(Lab& lab, const Case& question) {
  const auto before = lab.graph_of(Mode::Default);
  auto first = lab.run_write(Mode::Default, question.query, question.condition);
  for (const auto mode : {Mode::NoOptimiser, Mode::Small, Mode::NoIndex}) {
    const auto other = lab.run_write(mode, question.query, question.condition);
    const bool constrained =
        mode == Mode::NoIndex && (first.answer.error_type.find("Constraint") != std::string::npos);
    if (constrained) continue;
    auto found =
        compare(question.query, {.left = first.answer, .right = other.answer}, Errors::EitherMay);
    const bool comparable = first.answer.failed() == other.answer.failed() &&
                            !first.answer.gave_up && !other.answer.gave_up;
    if (found.empty() && comparable) found = difference(first.graph, other.graph);
    if (found.empty() && comparable && !question.condition.empty())
      found =
          compare(question.condition, {.left = first.then, .right = other.then}, Errors::EitherMay);
    if (!found.empty()) return broken(question, mode_name(mode), std::move(found), first.answer);
  }
  if (auto left = difference(before, lab.graph_of(Mode::Default)); !left.empty())
    return broken(question, "rolled back", "the graph: " + left, first.answer);
  return {.answer = std::move(first.answer), .applied = true};
}

Verdict judge_round_trip(Lab&, const Case& question) {
  Verdict out;
  std::string once;
  try {
    once = cypher::unparse(cypher::parse(question.query));
  } catch (const Error& e) {
    out.answer.error_type = e.type();
    return out;
  }
  out.applied = true;
  std::string twice;
  try {
    twice = cypher::unparse(cypher::parse(once));
  } catch (const Error& e) {
    twice = e.what();
  }
  if (once == twice) return out;
  return {.broken = true,
          .left = once,
          .right = twice,
          .difference = "unparse(parse(text)) is not a fixed point",
          .answer = {},
          .applied = true};
}

Verdict judge_text(Lab& lab, const Case& question) {
  const auto outcome = lab.run_write(Mode::Default, question.query).answer;
  Verdict out{.answer = outcome, .applied = true};
  if (is_internal(outcome))
    return broken(question, "", "an internal error: " + outcome.error, outcome);
  return out;
}

Verdict judge(Lab& lab, const Case& question) {
  switch (question.oracle) {
    case Oracle::Partition:
      return judge_partition(lab, question);
    case Oracle::Rewrite:
      return judge_rewrite(lab, question);
    case Oracle::Optimiser:
      return judge_optimiser(lab, question);
    case Oracle::Index:
      return judge_index(lab, question);
    case Oracle::Write:
      return judge_write(lab, question);
    case Oracle::RoundTrip:
      return judge_round_trip(lab, question);
    case Oracle::Text:
      return judge_text(lab, question);
  }
  return {};
}

}  // namespace kith::fuzz
