// cypher/parse/build_clauses.cpp: queries, clauses, and which may follow which.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

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
          [](const ast::LoadCsv&) { return "LOAD CSV"; }, [](const ast::Use&) { return "USE"; },
          [](const ast::Finish&) { return "FINISH"; },
          [](const ast::SchemaCommand&) { return "a schema command"; }},
      clause.node);
}

bool only_reads(const ast::Clause& clause) {
  return as<ast::Match>(clause) != nullptr || as<ast::Unwind>(clause) != nullptr ||
         as<ast::With>(clause) != nullptr || as<ast::LoadCsv>(clause) != nullptr ||
         as<ast::Use>(clause) != nullptr;
}

}  // namespace

ast::Query Builder::script(const Syntax& script) {
  KITH_ASSERT(script.is(Rule::Script));
  const Syntax& statement = *script.find(Rule::Statement);
  const Syntax& what = statement.children[0];
  ast::Query result = what.is(Rule::Query) ? query(what, QueryKind::Root) : command(what);
  for (const Syntax& child : script.children) {
    if (child.is(Rule::Prefix)) prefix(child, result);
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
  std::size_t nexts = 0;
  for (const Syntax& child : node.children) nexts += child.is(Token::K_NEXT) ? 1 : 0;
  std::vector<ast::Clause> before;  // what the queries before NEXT hand on
  bool is_behind = false;
  for (const Syntax& child : node.children) {
    if (child.is(Rule::SingleQuery)) {
      ast::SingleQuery part = single_query(child, nexts == 0 ? kind : QueryKind::CallSubquery);
      part.clauses.insert(part.clauses.begin(), std::make_move_iterator(before.begin()),
                          std::make_move_iterator(before.end()));
      before.clear();
      query.parts.push_back(std::move(part));
    } else if (child.is(Token::K_NEXT)) {
      before = handed_on(std::move(query), child);
      query = {};
      is_behind = true;
      --nexts;
    } else {
      if (is_behind) {
        fail(child, "UnsupportedFeature",
             "a UNION behind NEXT would read the rows of the query before it twice: collect() them "
             "first, or write the UNION inside CALL (*) { … }");
      }
      add_union(child, query);
    }
  }
  if (kind == QueryKind::Root && query.parts.size() == 1 && query.parts[0].clauses.size() == 1) {
    if (auto* call = std::get_if<ast::Call>(&query.parts[0].clauses[0].node)) {
      call->standalone = true;
      if (call->yields.empty()) call->yield_all = true;
    }
  }
  KITH_ASSERT(query.parts.size() == query.union_all.size() + 1);
  return query;
}

void Builder::add_union(const Syntax& joint, ast::Query& query) const {
  const bool all = joint.has(Token::K_ALL);
  if (query.union_all.empty()) query.union_at = joint.at;
  if (!query.union_all.empty() && query.union_all.back() != all) {
    fail(joint, "InvalidClauseComposition", "UNION and UNION ALL cannot be mixed in one query");
  }
  query.union_all.push_back(all);
}

// The clauses of a query before NEXT: its RETURN is a WITH to what follows.
std::vector<ast::Clause> Builder::handed_on(ast::Query query, const Syntax& next) const {
  for (const ast::SingleQuery& part : query.parts) {
    if (as<ast::Return>(part.clauses.back()) != nullptr) continue;
    fail(next, "InvalidClauseComposition", "a query before NEXT must end with RETURN");
  }
  std::vector<ast::Clause> clauses;
  if (query.parts.size() > 1) {
    ast::CallSubquery call;
    call.imports.emplace();
    call.import_all = true;
    call.query = std::make_unique<ast::Query>(std::move(query));
    clauses.push_back({next.at, std::move(call)});
    return clauses;
  }
  clauses = std::move(query.parts[0].clauses);
  ast::Projection body = std::move(std::get<ast::Return>(clauses.back().node).body);
  for (ast::ProjectionItem& item : body.items) {
    if (!item.alias) item.alias = ast::Name{item.text, item.value->at};
  }
  clauses.back().node = ast::With{std::move(body), nullptr};
  return clauses;
}

ast::SingleQuery Builder::single_query(const Syntax& node, QueryKind kind) {
  KITH_ASSERT(node.is(Rule::SingleQuery) && !node.children.empty());
  constexpr std::uint32_t kOne = 1, kMerge = 3;
  ast::SingleQuery query;
  query.clauses.reserve(node.children.size());
  const std::uint32_t outside = std::exchange(steps_, 0);
  for (const Syntax& child : node.children) {
    count_steps(child.children[0].is(Rule::MergeClause) ? kMerge : kOne, child.at);
    query.clauses.push_back(clause(child.children[0]));
    const auto* call = as<ast::Call>(query.clauses.back());
    if (call != nullptr && call->yield_all &&
        (kind != QueryKind::Root || node.children.size() > 1)) {
      fail(child, "UnexpectedSyntax",
           "YIELD * is for a CALL that stands alone: name the columns to go on with");
    }
  }
  check_composition(node, query, kind);
  steps_ += outside;
  return query;
}

void Builder::count_steps(std::uint32_t count, Position at) {
  steps_ += count;
  if (steps_ > kMaxQuerySteps) throw_too_long(source_, at);
}

void Builder::check_composition(const Syntax& node, ast::SingleQuery& query, QueryKind kind) const {
  const auto& clauses = query.clauses;
  KITH_ASSERT(clauses.size() == node.children.size());
  const auto refuse = [&](std::size_t i, std::string_view what) {
    fail(node.children[i], "InvalidClauseComposition", what);
  };
  const auto is_finish = [&](std::size_t i) { return as<ast::Finish>(clauses[i]) != nullptr; };
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
  if (is_finish(last) && kind != QueryKind::Root && kind != QueryKind::CallSubquery) {
    refuse(last, "FINISH throws rows away, and this subquery is about them");
  }
}

ast::Clause Builder::clause(const Syntax& node) {
  const auto made = [&](auto value) { return ast::Clause{node.at, std::move(value)}; };
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
      return made(ast::Finish{});
    case Rule::LetClause:
    case Rule::FilterClause:
      return made(let_or_filter(node));
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
      return made(call_subquery(node));
    case Rule::LoadCsv:
      return made(load_csv(node));
    default:
      KITH_ASSERT(node.is(Rule::UseGraph));
      return made(ast::Use{{dotted(children[1]), children[1].at}});
  }
}

ast::ExpressionPtr Builder::where(const Syntax* where_clause) {
  return where_clause == nullptr ? nullptr : root(where_clause->children[1], Use::Condition);
}

ast::Match Builder::match(const Syntax& node) {
  ast::Match match;
  match.optional = node.children[0].is(Token::K_OPTIONAL);
  if (const Syntax* mode = node.find(Rule::MatchMode)) match.mode = match_mode(*mode);
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
    if (item.has(Token::K_NULLS)) body.order.back().nulls_first = item.has(Token::K_FIRST);
  }
}

ast::ProjectionItem Builder::projection_item(const Syntax& node) {
  const Syntax& value = node.children[0];
  ast::ProjectionItem item{root(value), std::nullopt, std::string(text(value)), value.begin};
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
  ast::SetItem item{node.at, Kind::Property, nullptr, nullptr, {}, {}};
  if (node.children.size() == 1) {
    auto* labels = std::get_if<ast::HasLabels>(&subject->node);
    if (labels == nullptr)
      unexpected(node, "SET takes n.key = value, n[key] = value, n = map, n += map or n:Label");
    item.kind = Kind::Labels;
    take_labels(labels->labels, node, item);
    item.subject = std::move(labels->subject);
    return item;
  }
  const bool property = std::holds_alternative<ast::Property>(subject->node) ||
                        std::holds_alternative<ast::Index>(subject->node);
  const bool variable = std::holds_alternative<ast::Variable>(subject->node);
  const bool merges = node.children[1].is(Token::PLUS_EQUAL);
  if (!variable && !(property && !merges)) {
    unexpected(node.children[1], merges ? "+= takes a variable at its left"
                                        : "= takes n.key, n[key] or a variable at its left");
  }
  if (variable) item.kind = merges ? Kind::Merge : Kind::Replace;
  item.subject = std::move(subject);
  item.value = root(node.children[2]);
  return item;
}

ast::RemoveItem Builder::remove_item(const Syntax& operand) {
  ast::RemoveItem item{operand.at, nullptr, nullptr, {}, {}};
  ast::ExpressionPtr what = root(operand);
  if (auto* labels = std::get_if<ast::HasLabels>(&what->node)) {
    take_labels(labels->labels, operand, item);
    item.subject = std::move(labels->subject);
  } else if (std::holds_alternative<ast::Property>(what->node) ||
             std::holds_alternative<ast::Index>(what->node)) {
    item.property = std::move(what);
  } else {
    unexpected(operand, "REMOVE takes n.key, n[key] or n:Label");
  }
  return item;
}

// The labels of SET and REMOVE.
template <class Item>
void Builder::take_labels(ast::LabelExpression& labels, const Syntax& at, Item& into) const {
  using Op = ast::LabelExpression::Op;
  if (labels.op == Op::Name) {
    into.labels.push_back(std::move(labels.name));
  } else if (labels.op == Op::Dynamic) {
    if (labels.dynamic.any) {
      unexpected(at, "$any( … ) is for patterns and conditions: labels are set with $( … )");
    }
    into.dynamic_labels.push_back(std::move(labels.dynamic));
  } else if (labels.op == Op::And) {
    for (ast::LabelExpression& operand : labels.operands) take_labels(operand, at, into);
  } else {
    unexpected(at, "only labels joined by ':' can be set or removed");
  }
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
