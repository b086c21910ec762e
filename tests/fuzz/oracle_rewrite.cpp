// tests/fuzz/oracle_rewrite.cpp: the oracles that ask another text: rewrites, and index hints.
#include <algorithm>

#include "cypher/parse/unparse.hpp"
#include "cypher/prepare.hpp"
#include "tests/fuzz/answers.hpp"
#include "tests/fuzz/ast_edit.hpp"
#include "tests/fuzz/oracles.hpp"
#include "tests/fuzz/rewrites.hpp"

namespace kith::fuzz {
namespace {

// Asks `other` too; what may differ is read off both texts.
std::string compare_with(Lab& lab, Mode mode, const std::string& query, const Outcome& answer,
                         const std::string& other, bool hinted) {
  const auto outcome = lab.run(mode, other);
  if (hinted && outcome.compile_time) return {};  // a hint that cannot be followed
  return compare(query, {.left = answer, .right = outcome}, Errors::EitherMay, other);
}

// Each USING that the nodes of the query's MATCH could have.
std::vector<std::string> with_hints(const std::string& text) {
  static const std::vector<std::pair<std::string, std::vector<std::string>>> kIndexes = {
      {"A", {"k"}}, {"A", {"i"}}, {"A", {"uid"}}, {"B", {"i", "k"}},
      {"B", {"s"}}, {"C", {"f"}}, {"C", {"d"}},   {"D", {"l"}}};
  std::vector<ast::Hint> hints;
  auto query = cypher::parse(text);
  auto* match = std::get_if<ast::Match>(&query.parts[0].clauses[0].node);
  if (match == nullptr) return {};
  for (const auto& part : match->pattern) {
    for (const auto& node : part.nodes) {
      if (!node.variable || !node.labels || node.labels->op != ast::LabelExpression::Op::Name)
        continue;
      const auto& label = node.labels->name;
      hints.push_back({.at = {},
                       .kind = ast::Hint::Kind::Scan,
                       .variable = *node.variable,
                       .label = label,
                       .keys = {}});
      for (const auto& [on, keys] : kIndexes) {
        if (on != label.text) continue;
        ast::Hint hint{.at = {}, .variable = *node.variable, .label = label, .keys = {}};
        for (const auto& key : keys) hint.keys.push_back({.text = key, .at = {}});
        hints.push_back(std::move(hint));
      }
    }
  }
  std::vector<std::string> out;
  for (const auto& hint : hints) {
    match->hints = {hint};
    out.push_back(cypher::unparse(query));
  }
  return out;
}

Verdict broken(const Case& question, const std::string& right, std::string difference,
               Outcome answer) {
  return {.broken = true,
          .left = question.query,
          .right = right,
          .difference = std::move(difference),
          .answer = std::move(answer),
          .applied = true};
}

}  // namespace

Verdict judge_rewrite(Lab& lab, const Case& question) {
  Verdict out{.answer = lab.run(Mode::Default, question.query)};
  if (out.answer.failed() && out.answer.compile_time) return out;
  const auto ast = cypher::parse(question.query);
  for (const auto& rewrite : all_rewrites()) {
    auto other = copy_of(ast);
    if (!rewrite.apply(other)) continue;
    out.applied = true;
    const auto text = cypher::unparse(other);
    auto found = compare_with(lab, Mode::Default, question.query, out.answer, text, false);
    if (found.empty()) continue;
    return broken(question, text + "  -- " + rewrite.name, std::move(found), out.answer);
  }
  return out;
}

Verdict judge_index(Lab& lab, const Case& question) {
  Verdict out{.answer = lab.run(Mode::Default, question.query), .applied = true};
  const auto without = lab.run(Mode::NoIndex, question.query);
  auto found = compare(question.query, {.left = out.answer, .right = without}, Errors::EitherMay);
  if (!found.empty())
    return broken(question, question.query + "  -- no indexes", std::move(found), out.answer);
  if (out.answer.failed()) return out;
  for (const auto& text : with_hints(question.query)) {
    found = compare_with(lab, Mode::Default, question.query, out.answer, text, true);
    if (!found.empty()) return broken(question, text, std::move(found), out.answer);
  }
  return out;
}

}  // namespace kith::fuzz
