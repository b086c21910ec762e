// cypher/bind/subqueries.cpp: CALL { … }: what it takes in, what it returns, and its transactions.
#include <algorithm>
#include <utility>

#include "core/assert.hpp"
#include "cypher/bind/binder.hpp"

namespace kith::cypher {

std::vector<NamedSlot> Binder::all_imports() {
  std::vector<NamedSlot> result;
  for (const std::string& name : names_.visible()) {
    result.push_back({name, names_.find(name).value()});
  }
  return result;
}

std::vector<NamedSlot> Binder::named_imports(const std::vector<ast::Name>& names) {
  std::vector<NamedSlot> result;
  for (const ast::Name& name : names) {
    const auto slot = names_.find(name.text);
    if (!slot) undefined(name.text, name.at);
    for (const NamedSlot& known : result) {
      if (known.name != name.text) continue;
      fail_.syntax("VariableAlreadyBound", "`" + name.text + "` is imported twice", name.at);
    }
    result.push_back({name.text, *slot});
  }
  return result;
}

// The older form, in which a leading WITH of plain variables says what a subquery takes in.
Binder::Start Binder::start_of(const ast::SingleQuery& single) {
  Start result;
  if (single.clauses.empty()) return result;
  const auto* with = std::get_if<ast::With>(&single.clauses.front().node);
  if (with == nullptr) return result;
  std::vector<ast::Name> names;
  for (const ast::ProjectionItem& item : with->body.items) {
    const auto* variable = std::get_if<ast::Variable>(&item.value->node);
    if (variable == nullptr) return result;
    if (item.alias && item.alias->text != variable->name) return result;
    names.push_back({variable->name, item.value->at});
  }
  result.names = with->body.star ? all_imports() : named_imports(names);
  result.skips_with = !with->body.distinct && with->body.order.empty() && !with->body.skip &&
                      !with->body.limit && !with->where;
  return result;
}

namespace {

// The RETURN that ends the query's part; nullptr if it has none.
const ast::Return* return_of(const ast::SingleQuery& part) {
  return part.clauses.empty() ? nullptr : std::get_if<ast::Return>(&part.clauses.back().node);
}

}  // namespace

void Binder::check_returned(const ast::Query& query) const {
  for (const ast::SingleQuery& part : query.parts) {
    const ast::Return* last = return_of(part);
    if (last == nullptr) continue;
    for (const ast::ProjectionItem& item : last->body.items) {
      if (item.alias || std::holds_alternative<ast::Variable>(item.value->node)) continue;
      fail_.syntax("NoExpressionAlias",
                   "what a subquery returns becomes a variable, so an expression needs a name: "
                   "write … AS name",
                   item.value->at);
    }
  }
}

void Binder::bind(const ast::CallSubquery& clause, Position at, Clauses& into) {
  bound::CallSubquery made;
  made.optional = clause.optional;
  std::vector<NamedSlot> constants;
  std::vector<Start> starts;
  if (clause.import_all) {
    constants = all_imports();
  } else if (clause.imports) {
    constants = named_imports(*clause.imports);
  } else {
    for (const ast::SingleQuery& part : clause.query->parts) starts.push_back(start_of(part));
  }
  const auto note_import = [&](Slot slot) {
    if (std::find(made.imports.begin(), made.imports.end(), slot) == made.imports.end()) {
      made.imports.push_back(slot);
    }
  };
  for (const NamedSlot& entry : constants) note_import(entry.slot);
  for (const Start& start : starts) {
    for (const NamedSlot& entry : start.names) note_import(entry.slot);
  }
  check_returned(*clause.query);
  if (clause.transactions) made.transactions = bind_transactions(*clause.transactions);
  const bool outer_writes = writes_;
  bound::Query query;
  {
    std::vector<Slot> places;  // where the row of a LOAD CSV stands
    const Names::Inner imported(names_, &places, Names::Inner::Outside::Hidden);
    for (const NamedSlot& entry : constants) names_.declare(entry.name, entry.slot);
    const Names::Inner inner(names_);
    query = bind_query(*clause.query, Use::Call, starts);
    for (const Slot slot : places) note_import(slot);
  }
  if (clause.transactions) writes_ = outer_writes;  // they are not of the statement's transaction
  made.returns = !query.columns.empty();
  for (bound::Column& column : query.columns) {
    // What is passed through keeps its value outside where inside it is null.
    const bool may_be_null = clause.optional || clause.transactions;
    const auto& imports = made.imports;
    if (may_be_null && std::find(imports.begin(), imports.end(), column.slot) != imports.end()) {
      const SlotFacts facts = names_.facts(column.slot);
      column.slot = names_.add_slot(column.name, facts.types, facts.elements);
    }
    if (names_.peek(column.name)) {
      fail_.syntax("VariableAlreadyBound",
                   "the subquery returns `" + column.name +
                       "`, which already has a value outside: return it under another name",
                   at);
    }
    names_.declare(column.name, column.slot);
  }
  if (clause.transactions && clause.transactions->status) {
    made.transactions->status = declare_new(*clause.transactions->status, bound::kMapType);
  }
  KITH_ASSERT(query.slot_count == 0);  // of the root alone
  query.imports = made.imports;
  made.query = std::make_shared<const bound::Query>(std::move(query));
  into.push_back({std::move(made), at});
}

// ---- IN TRANSACTIONS

bound::InTransactions Binder::bind_transactions(const ast::InTransactions& how) {
  if (nesting_ != 1) {
    fail_.syntax("InvalidClauseComposition",
                 "CALL { … } IN TRANSACTIONS cannot stand inside a subquery", how.at);
  }
  using OnError = ast::InTransactions::OnError;
  if (how.status && how.on_error == OnError::Fail) {
    fail_.syntax("InvalidClauseComposition",
                 "REPORT STATUS needs ON ERROR CONTINUE or ON ERROR BREAK: otherwise an error ends "
                 "the statement, and nobody reads the status",
                 how.status->at);
  }
  bound::InTransactions result;
  result.on_error = how.on_error == OnError::Fail       ? bound::OnError::Fail
                    : how.on_error == OnError::Continue ? bound::OnError::Continue
                                                        : bound::OnError::Break;
  if (how.rows) {
    result.rows = bind_row_count(*how.rows, "OF … ROWS");
    const auto* constant = std::get_if<bound::Constant>(&result.rows->node);
    if (constant != nullptr && constant->value.cell().integer == 0) {
      fail_.syntax("InvalidArgumentValue", "a transaction has at least one row", how.rows->at);
    }
  }
  if (how.concurrency) result.concurrency = bind_row_count(*how.concurrency, "CONCURRENT");
  transactions_ = how.at;
  return result;
}

void Binder::check_transactions(const bound::Query& query) const {
  if (!transactions_) return;
  if (query.parts.size() > 1) {
    fail_.syntax("InvalidClauseComposition",
                 "CALL { … } IN TRANSACTIONS cannot stand in a part of a UNION", *transactions_);
  }
  if (query.writes) {
    fail_.syntax("InvalidClauseComposition",
                 "a statement with CALL { … } IN TRANSACTIONS changes the graph inside of such "
                 "subqueries only: move the other updates into one",
                 *transactions_);
  }
}

}  // namespace kith::cypher
