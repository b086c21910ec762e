// cypher/parse/build_show.cpp: SHOW … as the query it stands for.
//
//   SHOW … YIELD name, type AS t ORDER BY t LIMIT 3 WHERE t = 'RANGE' RETURN name
//   CALL …(filter) YIELD name, type AS t WITH * ORDER BY t LIMIT 3 WHERE t = 'RANGE' RETURN name
#include <algorithm>
#include <span>

#include "core/assert.hpp"
#include "cypher/parse/builder.hpp"
#include "cypher/show.hpp"
#include "cypher/words.hpp"

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

constexpr Filter kFunctionFilters[] = {{"", "", ""},
                                       {"ALL", "", ""},
                                       {"BUILT IN", "BUILT IN", ""},
                                       {"USER DEFINED", "USER DEFINED", ""}};
constexpr Filter kDatabaseFilters[] = {
    {"", "", ""}, {"ALL", "", ""}, {"DEFAULT", "", ""}, {"HOME", "", ""}};
constexpr Filter kNoFilters[] = {{"", "", ""}, {"ALL", "", ""}};

struct Subject {
  std::string_view one, many, procedure;
  std::span<const Filter> filters;
};
constexpr Subject kSubjects[] = {
    {"INDEX", "INDEXES", kShowIndexes, kIndexFilters},
    {"CONSTRAINT", "CONSTRAINTS", kShowConstraints, kConstraintFilters},
    {"FUNCTION", "FUNCTIONS", kShowFunctions, kFunctionFilters},
    {"PROCEDURE", "PROCEDURES", kShowProcedures, kNoFilters},
    {"DATABASE", "DATABASES", kShowDatabases, kDatabaseFilters},
    {"SETTING", "SETTINGS", kShowSettings, kNoFilters},
    {"TRANSACTION", "TRANSACTIONS", kShowTransactions, kNoFilters},
};

const Subject* subject_of(std::string_view word) {
  for (const Subject& each : kSubjects) {
    if (word == each.one || word == each.many) return &each;
  }
  return nullptr;
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
  return show_columns(call.procedure.text);
}

// What may follow SHOW FUNCTIONS: whoever may query may execute.
bool says_executable(std::string_view words) {
  return words.empty() || words == "EXECUTABLE" || words.starts_with("EXECUTABLE BY ");
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
  const Subject* subject = nullptr;
  std::string before, after, database;  // the words around the subject
  for (const Syntax& child : node.children) {
    if (!child.is(Rule::ShowWord)) continue;
    std::string word = upper_ascii(text(child));
    if (word == "RELATIONSHIP") word = "REL";
    if (word == "PROPERTY") continue;  // says nothing: NODE [PROPERTY] EXISTENCE
    std::string& words = subject == nullptr ? before : after;
    if (subject == nullptr && (subject = subject_of(word)) != nullptr) continue;
    if (subject != nullptr && subject->procedure == kShowDatabases && database.empty()) {
      database = name(child).text;
      continue;
    }
    words += (words.empty() ? "" : " ") + word;
  }
  const Filter* filter = subject == nullptr ? nullptr : find(subject->filters, before);
  const bool callable = subject != nullptr && (subject->procedure == kShowFunctions ||
                                               subject->procedure == kShowProcedures);
  if (filter == nullptr || (callable ? !says_executable(after) : !after.empty())) {
    fail(node, "UnsupportedFeature",
         "there is no such SHOW: there are SHOW [RANGE] INDEXES, SHOW [NODE | REL] [UNIQUENESS | "
         "KEY | EXISTENCE | PROPERTY TYPE] CONSTRAINTS, SHOW [BUILT IN] FUNCTIONS, SHOW "
         "PROCEDURES, SHOW DATABASES, SHOW SETTINGS and SHOW TRANSACTIONS");
  }
  const bool takes_names =
      subject->procedure == kShowSettings || subject->procedure == kShowTransactions;
  const Syntax* names = node.find(Rule::ShowNames);
  if (names != nullptr && !takes_names) unexpected(*names);
  ast::Call call;
  call.procedure = {std::string(subject->procedure), node.at};
  auto& arguments = call.arguments.emplace();
  if (takes_names) {
    arguments.push_back(made(node.at, show_names(names)));
  } else if (subject->procedure == kShowDatabases) {
    arguments.push_back(string_literal(node.at, database));
  } else if (subject->procedure != kShowProcedures) {
    arguments.push_back(string_literal(node.at, filter->kind));
  }
  if (subject->procedure == kShowConstraints) {
    arguments.push_back(string_literal(node.at, filter->entity));
  }
  return call;
}

ast::ListLiteral Builder::show_names(const Syntax* names) const {
  ast::ListLiteral list;
  if (names == nullptr) return list;
  for (const Syntax& child : names->children) {
    if (child.is(Token::STRING)) list.items.push_back(string_literal(child.at, unescaped(child)));
  }
  return list;
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
