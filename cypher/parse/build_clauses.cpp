// cypher/parse/build_clauses.cpp: queries, clauses, and which may follow which.
#include <fmt/format.h>

#include <algorithm>

#include "core/assert.hpp"
#include "cypher/parse/builder.hpp"

namespace kith::cypher {

namespace {

template <class Node>
const Node* as(const ast::Clause& clause) {
  return std::get_if<Node>(&clause.node);
}

// The clause as an error names it.
std::string_view clause_name(const ast::Clause& clause) {
  return std::visit(
      Overload{
          [](const ast::Match& m) { return m.optional ? "OPTIONAL MATCH" : "MATCH"; },
          [](const ast::Unwind&) { return "UNWIND"; }, [](const ast::With&) { return "WITH"; },
          [](const ast::Return&) { return "RETURN"; }, [](const ast::Create&) { return "CREATE"; },
          [](const ast::Set&) { return "SET"; }, [](const ast::Remove&) { return "REMOVE"; },
          [](const ast::Delete&) { return "DELETE"; }, [](const ast::Merge&) { return "MERGE"; },
          [](const ast::Call&) { return "CALL"; }, [](const ast::Foreach&) { return "FOREACH"; },
          [](const ast::CallSubquery&) { return "CALL { … }"; },
          [](const ast::SchemaCommand&) { return "a schema command"; },
          [](const ast::Unsupported& u) { return u.name.c_str(); }},
      clause.node);
}

bool only_reads(const ast::Clause& clause) {
  return as<ast::Match>(clause) != nullptr || as<ast::Unwind>(clause) != nullptr ||
         as<ast::With>(clause) != nullptr;
}

}  // namespace

ast::Query Builder::script(const Syntax& script) {
  KITH_ASSERT(script.is(Rule::Script));
  const Syntax& statement = *script.find(Rule::Statement);
  const Syntax& what = statement.children[0];
  ast::Query result = what.is(Rule::Query) ? query(what, QueryKind::Root) : command(what);
  if (const Syntax* prefix = script.find(Rule::Prefix)) {
    const bool explain = prefix->children[0].is(Token::K_EXPLAIN);
    result.mode = explain ? ast::Query::Mode::Explain : ast::Query::Mode::Profile;
    if (prefix->has(Token::K_AST)) result.stage = ast::Query::Stage::Ast;
    if (prefix->has(Token::K_LOGICAL)) result.stage = ast::Query::Stage::Logical;
    if (prefix->has(Token::K_PHYSICAL)) result.stage = ast::Query::Stage::Physical;
  }
  return result;
}

void Builder::fail(const Syntax& at, std::string detail, std::string_view what) const {
  throw_syntax_error(source_, std::move(detail), what, at.at);
}

void Builder::unexpected(const Syntax& at, std::string_view hint) const {
  fail(at, "UnexpectedSyntax",
       fmt::format("unexpected '{}'{}{}", text(at), hint.empty() ? "" : ": ", hint));
}

ast::Name Builder::name(const Syntax& node) const {
  ast::Name result = unquoted(node);
  if (result.text.empty()) fail(node, "UnexpectedSyntax", "a name cannot be empty");
  return result;
}

ast::Name Builder::unquoted(const Syntax& node) const {
  std::string_view word = text(node);
  if (!word.starts_with('`')) return {std::string(word), node.at};
  word = word.substr(1, word.size() - 2);
  ast::Name name{{}, node.at};
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] == '`') ++i;  // doubled
    name.text += word[i];
  }
  return name;
}

std::string Builder::dotted(const Syntax& qualified_name) const {
  std::string out;
  for (const Syntax& child : qualified_name.children) {
    out += child.is(Token::DOT) ? "." : name(child).text;
  }
  return out;
}

ast::Query Builder::query(const Syntax& node, QueryKind kind) {
  ast::Query query;
  const Syntax* first_union = nullptr;
  for (const Syntax& child : node.children) {
    if (child.is(Rule::SingleQuery)) {
      query.parts.push_back(single_query(child, kind));
      continue;
    }
    const bool all = child.has(Token::K_ALL);
    if (first_union == nullptr) first_union = &child;
    if (!query.union_all.empty() && query.union_all.back() != all) {
      fail(child, "InvalidClauseComposition", "UNION and UNION ALL cannot be mixed in one query");
    }
    query.union_all.push_back(all);
  }
  if (first_union != nullptr) query.union_at = first_union->at;
  if (kind == QueryKind::Root && query.parts.size() == 1 && query.parts[0].clauses.size() == 1) {
    if (auto* call = std::get_if<ast::Call>(&query.parts[0].clauses[0].node)) {
      call->standalone = true;
      if (call->yields.empty()) call->yield_all = true;
    }
  }
  KITH_ASSERT(query.parts.size() == query.union_all.size() + 1);
  return query;
}

ast::SingleQuery Builder::single_query(const Syntax& node, QueryKind kind) {
  KITH_ASSERT(node.is(Rule::SingleQuery) && !node.children.empty());
  ast::SingleQuery query;
  query.clauses.reserve(node.children.size());
  for (const Syntax& child : node.children) {
    query.clauses.push_back(clause(child.children[0]));
    const auto* call = as<ast::Call>(query.clauses.back());
    if (call != nullptr && call->yield_all &&
        (kind != QueryKind::Root || node.children.size() > 1)) {
      fail(child, "UnexpectedSyntax",
           "YIELD * is for a CALL that stands alone: name the columns to go on with");
    }
  }
  check_composition(node, query, kind);
  return query;
}

void Builder::check_composition(const Syntax& node, ast::SingleQuery& query, QueryKind kind) const {
  const auto& clauses = query.clauses;
  KITH_ASSERT(clauses.size() == node.children.size());
  const auto refuse = [&](std::size_t i, std::string_view what) {
    fail(node.children[i], "InvalidClauseComposition", what);
  };
  const auto is_finish = [&](std::size_t i) {
    const auto* clause = as<ast::Unsupported>(clauses[i]);
    return clause != nullptr && clause->name == "FINISH";
  };
  for (std::size_t i = 0; i + 1 < clauses.size(); ++i) {
    if (as<ast::Return>(clauses[i]) != nullptr || is_finish(i)) {
      refuse(i + 1, fmt::format("{} ends a query, nothing can follow it: use WITH to go on",
                                clause_name(clauses[i])));
    }
  }
  const std::size_t last = clauses.size() - 1;
  const bool counts_rows = kind == QueryKind::Exists || kind == QueryKind::Count;
  if (kind == QueryKind::Collect && as<ast::Return>(clauses[last]) == nullptr) {
    refuse(last, "the query of COLLECT must end with RETURN");
  }
  if (!counts_rows && only_reads(clauses[last])) {
    refuse(last, fmt::format("a query cannot end with {}: add RETURN", clause_name(clauses[last])));
  }
  // A query that may end there needs no FINISH.
  if (last > 0 && is_finish(last) && !only_reads(clauses[last - 1])) query.clauses.pop_back();
}

ast::Clause Builder::clause(const Syntax& node) {
  const auto made = [&](auto value) { return ast::Clause{node.at, std::move(value)}; };
  const auto unsupported = [&](std::string what) {
    return made(ast::Unsupported{std::move(what)});
  };
  const auto children = node.children;
  switch (node.rule) {
    case Rule::MatchClause:
      return made(match(node));
    case Rule::UnwindClause: {
      ast::ExpressionPtr list = root(children[1]);
      return made(ast::Unwind{std::move(list), name(children[3])});
    }
    case Rule::WithClause: {
      ast::With with{projection(children[1]), nullptr};
      with.where = where(node.find(Rule::WhereClause));
      return made(std::move(with));
    }
    case Rule::ReturnClause:
      return made(ast::Return{projection(children[1])});
    case Rule::FinishClause:
      return unsupported("FINISH");
    case Rule::CreateClause:
      return made(ast::Create{patterns(children[1], Properties::MapOrParameter)});
    case Rule::MergeClause:
      return made(merge(node));
    case Rule::SetClause:
      return made(ast::Set{set_items(node)});
    case Rule::RemoveClause: {
      ast::Remove remove;
      for (const Syntax& child : children) {
        if (child.is(Rule::Operand)) remove.items.push_back(remove_item(child));
      }
      return made(std::move(remove));
    }
    case Rule::DeleteClause:
      return made(delete_clause(node));
    case Rule::ForeachClause:
      return made(foreach_clause(node));
    case Rule::CallProcedure:
      return made(call(node));
    case Rule::CallSubquery:
      return call_subquery(node);
    case Rule::LoadCsv:
      return unsupported("LOAD CSV");
    default:
      KITH_ASSERT(node.is(Rule::UseGraph));
      return unsupported("USE");
  }
}

ast::Clause Builder::call_subquery(const Syntax& node) {
  ast::CallSubquery call;
  if (const Syntax* imports = node.find(Rule::ImportList)) {
    call.imports.emplace();
    call.import_all = imports->has(Token::STAR);
    for (const Syntax& child : imports->children) {
      if (child.is(Rule::Name)) call.imports->push_back(name(child));
    }
  }
  const Syntax& body = *node.find(Rule::Query);
  call.query = std::make_unique<ast::Query>(query(body, QueryKind::CallSubquery));
  if (node.has(Rule::InTransactions)) {
    return {node.at, ast::Unsupported{"CALL { … } IN TRANSACTIONS"}};
  }
  return {node.at, std::move(call)};
}

ast::ExpressionPtr Builder::where(const Syntax* where_clause) {
  return where_clause == nullptr ? nullptr : root(where_clause->children[1], Use::Condition);
}

ast::Match Builder::match(const Syntax& node) {
  ast::Match match;
  match.optional = node.children[0].is(Token::K_OPTIONAL);
  match.pattern = patterns(*node.find(Rule::PatternList), Properties::MapOnly);
  for (const Syntax& child : node.children) {
    if (!child.is(Rule::MatchHint) || child.children[1].is(Rule::JoinHint)) continue;
    match.hints.push_back(hint(child.children[1]));
  }
  match.where = where(node.find(Rule::WhereClause));
  return match;
}

// USING INDEX n:Label(key, …), USING SCAN n:Label
ast::Hint Builder::hint(const Syntax& node) const {
  ast::Hint hint;
  hint.at = node.at;
  hint.kind = node.is(Rule::ScanHint) ? ast::Hint::Kind::Scan : ast::Hint::Kind::Index;
  for (const Token kind : {Token::K_TEXT, Token::K_POINT}) {
    if (const Syntax* word = node.find(kind)) {
      fail(*word, "UnsupportedFeature",
           fmt::format("there are no {} indexes: write USING INDEX", text(*word)));
    }
  }
  hint.variable = name(*node.find(Rule::Name));
  bool is_label = true;
  for (const Syntax& child : node.children) {
    if (!child.is(Rule::SchemaName)) continue;
    if (is_label) {
      hint.label = name(child);
    } else {
      hint.keys.push_back(name(child));
    }
    is_label = false;
  }
  return hint;
}

ast::Projection Builder::projection(const Syntax& node) {
  KITH_ASSERT(node.is(Rule::ProjectionBody));
  ast::Projection body;
  for (const Syntax& child : node.children) {
    if (child.is(Token::K_DISTINCT)) body.distinct = true;
    order_and_cut(child, body);
    if (child.is(Rule::ProjectionItem)) {
      if (!child.children[0].is(Token::STAR)) {
        body.items.push_back(projection_item(child));
      } else if (body.star || !body.items.empty()) {
        unexpected(child, "* stands before all other items");
      } else {
        body.star = true;
      }
    }
  }
  return body;
}

// If it is ORDER BY, SKIP or LIMIT.
void Builder::order_and_cut(const Syntax& child, ast::Projection& body) {
  if (child.is(Rule::SkipRows)) body.skip = root(child.children[1]);
  if (child.is(Rule::LimitRows)) body.limit = root(child.children[1]);
  if (!child.is(Rule::OrderBy)) return;
  for (const Syntax& item : child.children) {
    if (!item.is(Rule::SortItem)) continue;
    const bool descending = item.has(Token::K_DESC) || item.has(Token::K_DESCENDING);
    body.order.push_back({root(item.children[0]), !descending});
  }
}

ast::ProjectionItem Builder::projection_item(const Syntax& node) {
  const Syntax& value = node.children[0];
  ast::ProjectionItem item{root(value), std::nullopt, std::string(text(value))};
  if (node.children.size() > 1) item.alias = name(node.children[2]);
  return item;
}

ast::Merge Builder::merge(const Syntax& node) {
  KITH_ASSERT(node.is(Rule::MergeClause));
  ast::Merge merge;
  merge.pattern = pattern_part(node.children[1], Properties::MapOnly);
  for (const Syntax& child : node.children) {
    if (!child.is(Rule::MergeAction)) continue;
    auto& items = child.children[1].is(Token::K_CREATE) ? merge.on_create : merge.on_match;
    for (ast::SetItem& item : set_items(child.children[2])) items.push_back(std::move(item));
  }
  return merge;
}

std::vector<ast::SetItem> Builder::set_items(const Syntax& set_clause) {
  std::vector<ast::SetItem> items;
  for (const Syntax& child : set_clause.children) {
    if (child.is(Rule::SetItem)) items.push_back(set_item(child));
  }
  return items;
}

ast::SetItem Builder::set_item(const Syntax& node) {
  KITH_ASSERT(node.is(Rule::SetItem));
  using Kind = ast::SetItem::Kind;
  ast::ExpressionPtr subject = root(node.children[0]);
  ast::SetItem item{node.at, Kind::Property, nullptr, nullptr, {}};
  if (node.children.size() == 1) {
    auto* labels = std::get_if<ast::HasLabels>(&subject->node);
    if (labels == nullptr)
      unexpected(node, "SET takes n.key = value, n = map, n += map or n:Label");
    item.kind = Kind::Labels;
    item.labels = label_names(labels->labels, node);
    item.subject = std::move(labels->subject);
    return item;
  }
  const bool property = std::holds_alternative<ast::Property>(subject->node);
  const bool variable = std::holds_alternative<ast::Variable>(subject->node);
  const bool merges = node.children[1].is(Token::PLUS_EQUAL);
  if (!variable && !(property && !merges)) {
    unexpected(node.children[1], merges ? "+= takes a variable at its left"
                                        : "= takes n.key or a variable at its left");
  }
  if (variable) item.kind = merges ? Kind::Merge : Kind::Replace;
  item.subject = std::move(subject);
  item.value = root(node.children[2]);
  return item;
}

ast::RemoveItem Builder::remove_item(const Syntax& operand) {
  ast::RemoveItem item{operand.at, nullptr, nullptr, {}};
  ast::ExpressionPtr what = root(operand);
  if (auto* labels = std::get_if<ast::HasLabels>(&what->node)) {
    item.labels = label_names(labels->labels, operand);
    item.subject = std::move(labels->subject);
  } else if (std::holds_alternative<ast::Property>(what->node)) {
    item.property = std::move(what);
  } else {
    unexpected(operand, "REMOVE takes n.key or n:Label");
  }
  return item;
}

std::vector<ast::Name> Builder::label_names(const ast::LabelExpression& labels,
                                            const Syntax& at) const {
  using Op = ast::LabelExpression::Op;
  if (labels.op == Op::Name) return {labels.name};
  std::vector<ast::Name> names;
  for (const ast::LabelExpression& operand : labels.operands) {
    if (labels.op == Op::And && operand.op == Op::Name) names.push_back(operand.name);
  }
  if (names.empty() || names.size() != labels.operands.size()) {
    unexpected(at, "only labels joined by ':' can be set or removed");
  }
  return names;
}

ast::Delete Builder::delete_clause(const Syntax& node) {
  ast::Delete clause;
  clause.detach = node.children[0].is(Token::K_DETACH);
  for (const Syntax& child : node.children) {
    if (!child.is(Rule::Expression)) continue;
    clause.targets.push_back(root(child));
    if (std::holds_alternative<ast::HasLabels>(clause.targets.back()->node)) {
      fail(child, "InvalidDelete",
           "DELETE takes nodes, relationships and paths; a label is taken off with REMOVE");
    }
  }
  return clause;
}

ast::Call Builder::call(const Syntax& node) {
  KITH_ASSERT(node.is(Rule::CallProcedure) && node.children[1].is(Rule::QualifiedName));
  ast::Call call;
  call.procedure = {dotted(node.children[1]), node.children[1].at};
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

ast::Foreach Builder::foreach_clause(const Syntax& node) {
  KITH_ASSERT(node.is(Rule::ForeachClause) && node.children[4].is(Rule::Expression));
  ast::Foreach loop;
  loop.variable = name(node.children[2]);
  loop.list = root(node.children[4]);
  for (const Syntax& child : node.children) {
    if (!child.is(Rule::Clause)) continue;
    loop.body.push_back(clause(child.children[0]));
    check_body_of_foreach(loop.body.back());
  }
  KITH_ASSERT(!loop.body.empty());
  return loop;
}

void Builder::check_body_of_foreach(const ast::Clause& clause) const {
  const bool allowed = as<ast::Create>(clause) != nullptr || as<ast::Merge>(clause) != nullptr ||
                       as<ast::Set>(clause) != nullptr || as<ast::Remove>(clause) != nullptr ||
                       as<ast::Delete>(clause) != nullptr || as<ast::Foreach>(clause) != nullptr;
  if (allowed) return;
  throw_syntax_error(source_, "InvalidClauseComposition",
                     fmt::format("FOREACH holds clauses that write, not {}", clause_name(clause)),
                     clause.at);
}

}  // namespace kith::cypher
