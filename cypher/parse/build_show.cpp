// cypher/parse/build_show.cpp: SHOW INDEXES and SHOW CONSTRAINTS as the query they stand for.
//
//   SHOW … YIELD name, type AS t ORDER BY t LIMIT 3 WHERE t = 'RANGE' RETURN name
//   CALL …(filter) YIELD name, type AS t WITH * ORDER BY t LIMIT 3 WHERE t = 'RANGE' RETURN name
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <span>

#include "core/assert.hpp"
#include "cypher/functions/show.hpp"
#include "cypher/parse/builder.hpp"

namespace kith::cypher {

namespace {

struct Filter {
  std::string_view words;         // between SHOW and CONSTRAINTS
  std::string_view kind, entity;  // empty: any
};

constexpr Filter kConstraintFilters[] = {
    {"", "", ""},
    {"ALL", "", ""},
    {"UNIQUE", "UNIQUENESS", ""},
    {"UNIQUENESS", "UNIQUENESS", ""},
    {"NODE UNIQUE", "UNIQUENESS", "NODE"},
    {"NODE UNIQUENESS", "UNIQUENESS", "NODE"},
    {"REL UNIQUE", "UNIQUENESS", "RELATIONSHIP"},
    {"REL UNIQUENESS", "UNIQUENESS", "RELATIONSHIP"},
    {"KEY", "KEY", ""},
    {"NODE KEY", "KEY", "NODE"},
    {"REL KEY", "KEY", "RELATIONSHIP"},
    {"EXIST", "PROPERTY_EXISTENCE", ""},
    {"EXISTS", "PROPERTY_EXISTENCE", ""},
    {"EXISTENCE", "PROPERTY_EXISTENCE", ""},
    {"NODE EXIST", "PROPERTY_EXISTENCE", "NODE"},
    {"NODE EXISTENCE", "PROPERTY_EXISTENCE", "NODE"},
    {"REL EXIST", "PROPERTY_EXISTENCE", "RELATIONSHIP"},
    {"REL EXISTENCE", "PROPERTY_EXISTENCE", "RELATIONSHIP"},
    {"TYPE", "PROPERTY_TYPE", ""},
    {"NODE TYPE", "PROPERTY_TYPE", "NODE"},
    {"REL TYPE", "PROPERTY_TYPE", "RELATIONSHIP"},
};

constexpr Filter kIndexFilters[] = {
    {"", "", ""},
    {"ALL", "", ""},
    {"RANGE", "RANGE", ""},
    {"TEXT", "TEXT", ""},
    {"POINT", "POINT", ""},
    {"FULLTEXT", "FULLTEXT", ""},
    {"VECTOR", "VECTOR", ""},
    {"LOOKUP", "LOOKUP", ""},
};

const Filter* find(std::span<const Filter> filters, std::string_view words) {
  const auto found = std::find_if(filters.begin(), filters.end(),
                                  [&](const Filter& filter) { return filter.words == words; });
  return found == filters.end() ? nullptr : &*found;
}

std::string upper(std::string_view text) {
  std::string word(text);
  for (char& c : word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return word;
}

template <class Node>
ast::ExpressionPtr made(Position at, Node node) {
  return std::make_unique<ast::Expression>(ast::Expression{at, std::move(node)});
}

ast::ExpressionPtr string_literal(Position at, std::string_view text) {
  return made(at, ast::Literal{OwnedCell(Cell::of(text))});
}

// An item that hands a column on.
ast::ProjectionItem item(const ast::Name& name) {
  return {made(name.at, ast::Variable{name.text}), name, name.text};
}

void yield(std::span<const ShowColumn> columns, bool all, Position at, ast::Call& call,
           std::vector<ast::ProjectionItem>& items) {
  for (const ShowColumn& column : columns) {
    if (!all && !column.brief) continue;
    const ast::Name name{std::string(column.name), at};
    call.yields.push_back({name, std::nullopt});
    items.push_back(item(name));
  }
}

std::span<const ShowColumn> columns_of(const ast::Call& call) {
  if (call.procedure.text == kShowIndexes) return kIndexColumns;
  return kConstraintColumns;
}

}  // namespace

ast::Query Builder::show(const Syntax& node) {
  ast::Call call = show_call(node);
  std::vector<ast::ProjectionItem> items;
  ast::With with;
  with.body.star = true;
  if (const Syntax* yielded = node.find(Rule::ShowYield)) {
    items = show_yield(*yielded, call);
    for (const Syntax& child : yielded->children) order_and_cut(child, with.body);
    with.where = where(yielded->find(Rule::WhereClause));
  } else {
    yield(columns_of(call), false, node.at, call, items);
    with.where = where(node.find(Rule::WhereClause));
  }
  ast::Return result;
  const Syntax* written = node.find(Rule::ReturnClause);
  if (written == nullptr) {
    result.body.items = std::move(items);
  } else {
    result.body = projection(written->children[1]);
  }
  ast::Query query;
  query.parts.emplace_back();
  auto& clauses = query.parts[0].clauses;
  clauses.push_back({node.at, std::move(call)});
  clauses.push_back({node.at, std::move(with)});
  clauses.push_back({written == nullptr ? node.at : written->at, std::move(result)});
  return query;
}

// SHOW INDEXES, SHOW NODE KEY CONSTRAINTS …: the call, with nothing yielded yet.
ast::Call Builder::show_call(const Syntax& node) const {
  std::string words, what;
  for (const Syntax& child : node.children) {
    if (!child.is(Rule::ShowWord)) continue;
    words += (words.empty() || what.empty() ? "" : " ") + what;
    what = upper(text(child));
    if (what == "RELATIONSHIP") what = "REL";
    if (what == "PROPERTY") what.clear();  // says nothing: NODE [PROPERTY] EXISTENCE
  }
  const bool indexes = what == "INDEX" || what == "INDEXES";
  const bool constraints = what == "CONSTRAINT" || what == "CONSTRAINTS";
  const Filter* filter = indexes       ? find(kIndexFilters, words)
                         : constraints ? find(kConstraintFilters, words)
                                       : nullptr;
  if (filter == nullptr) {
    fail(node, "UnsupportedFeature",
         fmt::format("SHOW {}{}{} is not supported; there are SHOW [RANGE] INDEXES and SHOW "
                     "[NODE | REL] [UNIQUENESS | KEY | EXISTENCE | PROPERTY TYPE] CONSTRAINTS",
                     words, words.empty() ? "" : " ", what));
  }
  ast::Call call;
  call.procedure = {std::string(indexes ? kShowIndexes : kShowConstraints), node.at};
  call.arguments.emplace();
  call.arguments->push_back(string_literal(node.at, filter->kind));
  if (constraints) call.arguments->push_back(string_literal(node.at, filter->entity));
  return call;
}

std::vector<ast::ProjectionItem> Builder::show_yield(const Syntax& node, ast::Call& call) {
  KITH_ASSERT(node.is(Rule::ShowYield));
  std::vector<ast::ProjectionItem> items;
  if (node.has(Token::STAR)) {
    yield(columns_of(call), true, node.at, call, items);
    return items;
  }
  for (const Syntax& child : node.children) {
    if (!child.is(Rule::YieldItem)) continue;
    ast::YieldItem yielded{name(child.children[0]), std::nullopt};
    if (child.children.size() > 1) yielded.alias = name(child.children[2]);
    items.push_back(item(yielded.alias ? *yielded.alias : yielded.column));
    call.yields.push_back(std::move(yielded));
  }
  return items;
}

}  // namespace kith::cypher
