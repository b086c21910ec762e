// tests/fuzz/oracle_partition.cpp: a condition parts the rows of a query into three.
#include <algorithm>
#include <map>

#include "cypher/parse/unparse.hpp"
#include "cypher/prepare.hpp"
#include "tests/fuzz/answers.hpp"
#include "tests/fuzz/ast_edit.hpp"
#include "tests/fuzz/oracles.hpp"

namespace kith::fuzz {
namespace {

// Before the last RETURN: in the WHERE of a MATCH, else behind a WITH.
std::string with_condition(const ast::Query& query, const std::string& condition) {
  auto out = copy_of(query);
  auto& clauses = out.parts[0].clauses;
  auto* match = std::get_if<ast::Match>(&clauses[clauses.size() - 2].node);
  if (match != nullptr && !match->optional) {
    match->where = both(std::move(match->where), parsed(condition));
  } else {
    ast::With with;
    with.body.star = true;
    with.where = parsed(condition);
    clauses.insert(clauses.end() - 1, {.at = {}, .node = std::move(with)});
  }
  return cypher::unparse(out);
}

// A bare pattern is no value that could be asked whether it is null.
std::string is_null(const std::string& condition) {
  try {
    parsed(condition + " IS NULL");
    return condition + " IS NULL";
  } catch (const Error&) {
    return "NOT CASE WHEN " + condition + " THEN true WHEN NOT " + condition +
           " THEN true ELSE false END";
  }
}

// How a column of all rows comes from the columns of the three parts.
enum class Combine { Key, Sum, Least, Greatest };

std::vector<Combine> combinations(const ast::Projection& body, bool& aggregates) {
  std::vector<Combine> out;
  for (const auto& item : body.items) {
    const auto* call = std::get_if<ast::FunctionCall>(&item.value->node);
    const auto name = call == nullptr || call->distinct ? "" : call->name.text;
    out.push_back(name == "count" || name == "sum" ? Combine::Sum
                  : name == "min"                  ? Combine::Least
                  : name == "max"                  ? Combine::Greatest
                                                   : Combine::Key);
    aggregates = aggregates || out.back() != Combine::Key;
  }
  return out;
}

class Parts {
 public:
  Parts(Lab& lab, std::vector<Combine> columns) : lab_(lab), columns_(std::move(columns)) {}

  void add(const std::vector<Value>& row, Tolerance tolerance) {
    std::string key;
    for (std::size_t i = 0; i < row.size(); ++i)
      if (columns_[i] == Combine::Key) key += value_text(row[i], tolerance) + " | ";
    const auto [at, is_new] = groups_.try_emplace(key, row);
    if (is_new) return;
    for (std::size_t i = 0; i < row.size(); ++i) at->second[i] = combined(i, at->second[i], row[i]);
  }
  std::vector<std::vector<Value>> rows() const {
    std::vector<std::vector<Value>> out;
    for (const auto& [key, row] : groups_) out.push_back(row);
    return out;
  }

 private:
  Value combined(std::size_t column, const Value& left, const Value& right) {
    switch (columns_[column]) {
      case Combine::Key:
        return left;
      case Combine::Sum:
        return left.as_int() + right.as_int();
      case Combine::Least:
      case Combine::Greatest:
        break;
    }
    const auto function = columns_[column] == Combine::Least ? "min" : "max";
    const auto literal = [](const Value& value) {
      const auto text = value.to_string();
      return text == "NaN"         ? std::string("0.0 / 0.0")
             : text == "Infinity"  ? std::string("1.0 / 0.0")
             : text == "-Infinity" ? std::string("-1.0 / 0.0")
                                   : text;
    };
    const auto answer = lab_.run(Mode::Default, "UNWIND [" + literal(left) + ", " + literal(right) +
                                                    "] AS x RETURN " + function + "(x) AS x");
    return answer.failed() ? Value(answer.error) : answer.rows[0][0];
  }

  Lab& lab_;
  std::vector<Combine> columns_;
  std::map<std::string, std::vector<Value>> groups_;
};

// The answers that the three parts make together; false if one of them says nothing.
bool join_parts(Lab& lab, const std::vector<std::string>& texts, const ast::Projection& body,
                Outcome& joined, std::string& problem) {
  const auto tolerance = tolerance_of(texts[0]);
  bool aggregates = false;
  const auto columns = combinations(body, aggregates);
  Parts parts(lab, columns);
  for (const auto& text : texts) {
    auto part = lab.run(Mode::Default, text);
    if (part.gave_up) return false;
    if (part.failed()) {
      if (part.compile_time || part.error.find("nternal") != std::string::npos)
        problem = part.error;
      return !problem.empty();
    }
    for (auto& row : part.rows) {
      if (aggregates || body.distinct)
        parts.add(row, tolerance);
      else
        joined.rows.push_back(std::move(row));
    }
  }
  if (aggregates || body.distinct) joined.rows = parts.rows();
  return true;
}

}  // namespace

Verdict judge_partition(Lab& lab, const Case& question) {
  Verdict out{.answer = lab.run(Mode::Default, question.query)};
  if (out.answer.failed() || out.answer.gave_up) return out;
  const auto ast = cypher::parse(question.query);
  const auto& clauses = ast.parts[0].clauses;
  const auto* last = std::get_if<ast::Return>(&clauses.back().node);
  if (ast.parts.size() != 1 || last == nullptr || clauses.size() < 2 || last->body.skip ||
      last->body.limit || !last->body.order.empty())
    return out;
  const auto p = "(" + question.condition + ")";
  std::vector<std::string> texts;
  for (const auto& condition : {p, "NOT " + p, is_null(p)})
    texts.push_back(with_condition(ast, condition));
  Outcome joined;
  std::string problem;
  const bool is_condition = !lab.run(Mode::Default, "EXPLAIN " + texts[0]).failed();
  if (!is_condition || !join_parts(lab, texts, last->body, joined, problem)) return out;
  out.applied = true;
  if (problem.empty()) {
    auto tolerance = tolerance_of(question.query + p);
    problem = difference(bag_of(out.answer.rows, tolerance), bag_of(joined.rows, tolerance));
  }
  if (problem.empty()) return out;
  out.broken = true;
  out.left = question.query;
  out.right = texts[0] + "\n-- and NOT, IS NULL";
  out.difference = std::move(problem);
  return out;
}

}  // namespace kith::fuzz
