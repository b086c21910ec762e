// cypher/parse/build_calls.cpp: CALL of procedures and subqueries, LOAD CSV, LET, FILTER, and what
// stands before a statement.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "core/assert.hpp"
#include "core/number.hpp"
#include "cypher/parse/builder.hpp"

namespace kith::cypher {

namespace {

bool is_word(std::string_view written, std::string_view capitals) {
  return std::equal(
      written.begin(), written.end(), capitals.begin(), capitals.end(),
      [](char a, char b) { return std::toupper(static_cast<unsigned char>(a)) == b; });
}

// What Neo4j calls its options of a statement. They choose among its planners and runtimes, and
// change no answer.
constexpr std::array<std::string_view, 11> kStatementOptions = {"PLANNER",
                                                                "RUNTIME",
                                                                "REPLAN",
                                                                "UPDATESTRATEGY",
                                                                "OPERATORENGINE",
                                                                "INTERPRETEDPIPESFALLBACK",
                                                                "EXPRESSIONENGINE",
                                                                "EAGERANALYZER",
                                                                "CONNECTCOMPONENTSPLANNER",
                                                                "INFERSCHEMAPARTS",
                                                                "STATEFULSHORTESTPLANNINGMODE"};

}  // namespace

// EXPLAIN, PROFILE, CYPHER 25 planner=cost
void Builder::prefix(const Syntax& node, ast::Query& query) const {
  if (node.children[0].is(Token::K_CYPHER)) return check_options_of_statement(node);
  if (query.mode != ast::Query::Mode::Run) {
    unexpected(node, "one EXPLAIN or PROFILE stands before a statement");
  }
  const bool explain = node.children[0].is(Token::K_EXPLAIN);
  query.mode = explain ? ast::Query::Mode::Explain : ast::Query::Mode::Profile;
  if (node.has(Token::K_AST)) query.stage = ast::Query::Stage::Ast;
  if (node.has(Token::K_LOGICAL)) query.stage = ast::Query::Stage::Logical;
  if (node.has(Token::K_PHYSICAL)) query.stage = ast::Query::Stage::Physical;
}

void Builder::check_options_of_statement(const Syntax& node) const {
  if (const Syntax* version = node.find(Token::INTEGER)) {
    if (text(*version) != "5" && text(*version) != "25") {
      fail(*version, "InvalidOption",
           fmt::format("there is no Cypher {}: CYPHER 5 and CYPHER 25 are known", text(*version)));
    }
  }
  bool is_key = true;
  for (const Syntax& child : node.children) {
    if (!child.is(Rule::Name)) continue;
    const auto known = [&](std::string_view option) { return is_word(text(child), option); };
    if (is_key && std::none_of(kStatementOptions.begin(), kStatementOptions.end(), known)) {
      fail(child, "InvalidOption",
           fmt::format("there is no option '{}' of a statement: planner, runtime and replan are "
                       "known",
                       text(child)));
    }
    is_key = !is_key;
  }
}

ast::Call Builder::call(const Syntax& node) {
  KITH_ASSERT(node.is(Rule::CallProcedure));
  ast::Call call;
  call.optional = node.children[0].is(Token::K_OPTIONAL);
  const Syntax& procedure = *node.find(Rule::QualifiedName);
  call.procedure = {dotted(procedure), procedure.at};
  if (node.has(Token::OPEN)) call.arguments.emplace();
  for (const Syntax& child : node.children) {
    if (child.is(Rule::Expression)) call.arguments->push_back(root(child));
    if (child.is(Rule::YieldColumns)) yields(child, call);
  }
  return call;
}

void Builder::yields(const Syntax& node, ast::Call& call) {
  call.yield_all = node.has(Token::STAR);
  for (const Syntax& child : node.children) {
    if (!child.is(Rule::YieldItem)) continue;
    ast::YieldItem item{name(child.children[0]), std::nullopt};
    if (child.children.size() > 1) item.alias = name(child.children[2]);
    call.yields.push_back(std::move(item));
  }
  call.where = where(node.find(Rule::WhereClause));
}

ast::CallSubquery Builder::call_subquery(const Syntax& node) {
  ast::CallSubquery call;
  call.optional = node.children[0].is(Token::K_OPTIONAL);
  if (const Syntax* imports = node.find(Rule::ImportList)) {
    call.imports.emplace();
    call.import_all = imports->has(Token::STAR);
    for (const Syntax& child : imports->children) {
      if (child.is(Rule::Name)) call.imports->push_back(name(child));
    }
  }
  const Syntax& body = *node.find(Rule::Query);
  call.query = std::make_unique<ast::Query>(query(body, QueryKind::CallSubquery));
  if (const Syntax* how = node.find(Rule::InTransactions)) call.transactions = transactions(*how);
  return call;
}

ast::InTransactions Builder::transactions(const Syntax& node) {
  using OnError = ast::InTransactions::OnError;
  ast::InTransactions result;
  result.at = node.at;
  const Syntax* on_error = nullptr;
  const auto once = [&](const Syntax& child, bool is_there) {
    if (is_there) unexpected(child, "this has been said already");
  };
  for (const Syntax& child : node.children) {
    if (child.is(Rule::Concurrency)) {
      const Syntax& number = child.children[0];
      result.concurrency =
          number.is(Rule::Parameter)
              ? make(number.at, 0, ast::Parameter{name(number.children[1]).text}).expression
              : integer(number);
    } else if (child.is(Rule::BatchRows)) {
      once(child, result.rows != nullptr);
      const Syntax& rows = child.children[2];
      if (!rows.is(Token::K_ROWS) && !is_word(text(rows), "ROW")) {
        unexpected(rows, "expected ROWS");
      }
      result.rows = root(child.children[1]);
    } else if (child.is(Rule::OnError)) {
      once(child, on_error != nullptr);
      on_error = &child;
      if (child.has(Token::K_CONTINUE)) result.on_error = OnError::Continue;
      if (child.has(Token::K_BREAK)) result.on_error = OnError::Break;
    } else if (child.is(Rule::ReportStatus)) {
      once(child, result.status.has_value());
      result.status = name(child.children[3]);
    }
  }
  return result;
}

ast::ExpressionPtr Builder::integer(const Syntax& token) const {
  const IntegerLiteral number = parse_integer_literal(text(token), false);
  if (number.fault != NumberFault::None) {
    fail(token, "IntegerOverflow", fmt::format("{} is too large", text(token)));
  }
  return make(token.at, 0, ast::Literal{OwnedCell(Cell::of(number.value))}).expression;
}

ast::LoadCsv Builder::load_csv(const Syntax& node) {
  KITH_ASSERT(node.is(Rule::LoadCsv));
  ast::LoadCsv load;
  load.headers = node.has(Token::K_HEADERS);
  load.source = root(*node.find(Rule::Expression));
  load.variable = name(*node.find(Rule::Name));
  if (const Syntax* terminator = node.find(Token::STRING)) {
    load.terminator = unescaped(*terminator);
    load.terminator_at = terminator->at;
  }
  return load;
}

// LET x = 1 is WITH *, 1 AS x, and FILTER condition is WITH * WHERE condition.
ast::With Builder::let_or_filter(const Syntax& node) {
  ast::With with;
  with.body.star = true;
  if (node.is(Rule::FilterClause)) {
    with.where = root(*node.find(Rule::Expression), Use::Condition);
    return with;
  }
  for (const Syntax& child : node.children) {
    if (!child.is(Rule::LetItem)) continue;
    const Syntax& value = child.children[2];
    with.body.items.push_back({root(value), name(child.children[0]), std::string(text(value))});
  }
  with.is_let = true;
  return with;
}

}  // namespace kith::cypher
