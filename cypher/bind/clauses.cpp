// cypher/bind/clauses.cpp: clauses that read, project and call subqueries.
#include <algorithm>
#include <utility>

#include "core/assert.hpp"
#include "cypher/bind/binder.hpp"

namespace kith::cypher {

using bound::describe;
using bound::kListType;

void Binder::bind(const ast::Match& clause, Position at, Clauses& into) {
  KITH_ASSERT(!clause.pattern.empty() && sink_ == nullptr);
  bound::Match made;
  made.optional = clause.optional;
  made.pattern = bind_pattern(clause.pattern, clause.where.get(), NewNames::Declared);
  made.pattern.hints = bind_hints(clause, made.pattern);
  into.push_back({std::move(made), at});
}

std::vector<bound::Hint> Binder::bind_hints(const ast::Match& clause,
                                            const bound::Pattern& pattern) {
  std::vector<bound::Hint> hints;
  for (const ast::Hint& written : clause.hints) {
    const bool is_scan = written.kind == ast::Hint::Kind::Scan;
    bound::Hint hint;
    hint.at = written.at;
    hint.label = written.label.text;
    hint.text = std::string(is_scan ? "USING SCAN " : "USING INDEX ") + written.variable.text +
                ":" + written.label.text;
    for (const ast::Name& key : written.keys) {
      hint.text += (hint.keys.empty() ? "(" : ", ") + key.text;
      hint.keys.push_back(key.text);
    }
    if (!is_scan) hint.text += ")";
    const auto slot = names_.peek(written.variable.text);
    const auto is_it = [&](const auto& element) {
      return slot && element.slot == *slot && !element.bound_before;
    };
    const auto& steps = pattern.relationships;
    hint.on_relationship = std::any_of(steps.begin(), steps.end(), is_it);
    if (!hint.on_relationship && std::none_of(pattern.nodes.begin(), pattern.nodes.end(), is_it)) {
      fail_.syntax(slot ? "InvalidHint" : "UndefinedVariable",
                   "`" + written.variable.text + "` is not found by this MATCH, so " + hint.text +
                       " cannot say how",
                   written.variable.at);
    }
    hint.slot = *slot;
    hints.push_back(std::move(hint));
  }
  return hints;
}

void Binder::bind(const ast::Unwind& clause, Position at, Clauses& into) {
  bound::Unwind made;
  made.list = bind_expression(*clause.list);
  const TypeSet types = made.list->types;
  const bool is_list = types.is_only(kListType | bound::kNullType);
  made.slot = declare_new(clause.variable, is_list                     ? elements_of(*made.list)
                                           : types.overlaps(kListType) ? TypeSet::any()
                                                                       : types);
  into.push_back({std::move(made), at});
}

Slot Binder::declare_new(const ast::Name& name, TypeSet types) {
  if (names_.peek(name.text)) {
    fail_.syntax("VariableAlreadyBound",
                 "`" + name.text + "` already has a value: choose another name", name.at);
  }
  KITH_ASSERT(!name.text.empty());
  const Slot slot = names_.add_slot(name.text, types);
  names_.declare(name.text, slot);
  return slot;
}

void Binder::bind(const ast::With& clause, Position at, Clauses& into) {
  into.push_back({bound::With{bind_projection(clause.body, clause.where.get(), true, at)}, at});
}

void Binder::bind(const ast::Return& clause, Position at, Clauses& into) {
  into.push_back({bound::Return{bind_projection(clause.body, nullptr, false, at)}, at});
  reads_ = true;
}

void Binder::bind(const ast::Foreach& clause, Position at, Clauses& into) {
  note_write(at);
  bound::Foreach made;
  made.list = bind_expression(*clause.list);
  require(made.list, kListType, "what FOREACH runs through");
  const TypeSet elements = elements_of(*made.list);
  KITH_ASSERT(!clause.body.empty());
  {
    const Names::Inner inner(names_, &made.imports);
    made.slot = declare_new(clause.variable, elements);
    for (const ast::Clause& each : clause.body) {
      const bool is_update = std::holds_alternative<ast::Create>(each.node) ||
                             std::holds_alternative<ast::Merge>(each.node) ||
                             std::holds_alternative<ast::Set>(each.node) ||
                             std::holds_alternative<ast::Remove>(each.node) ||
                             std::holds_alternative<ast::Delete>(each.node) ||
                             std::holds_alternative<ast::Foreach>(each.node);
      if (!is_update) {
        fail_.syntax("InvalidClauseComposition",
                     "FOREACH can hold only updates: CREATE, MERGE, SET, REMOVE, DELETE, FOREACH",
                     each.at);
      }
      bind_clause(each, made.body);
    }
  }
  into.push_back({std::move(made), at});
}

void Binder::bind(const ast::Unsupported& clause, Position at, Clauses&) {
  fail_.syntax("UnsupportedFeature", clause.name + " is not supported yet", at);
}

// ---- CALL { … }

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

void Binder::bind(const ast::CallSubquery& clause, Position at, Clauses& into) {
  bound::CallSubquery made;
  std::vector<NamedSlot> constants;
  std::vector<Start> starts;
  if (clause.import_all) {
    constants = all_imports();
  } else if (clause.imports) {
    constants = named_imports(*clause.imports);
  } else {
    for (const ast::SingleQuery& part : clause.query->parts) starts.push_back(start_of(part));
  }
  const auto note_import = [&](const NamedSlot& entry) {
    if (std::find(made.imports.begin(), made.imports.end(), entry.slot) == made.imports.end()) {
      made.imports.push_back(entry.slot);
    }
  };
  for (const NamedSlot& entry : constants) note_import(entry);
  for (const Start& start : starts) {
    for (const NamedSlot& entry : start.names) note_import(entry);
  }
  bound::Query query;
  {
    const Names::Inner imported(names_, nullptr, Names::Inner::Outside::Hidden);
    for (const NamedSlot& entry : constants) names_.declare(entry.name, entry.slot);
    const Names::Inner inner(names_);
    query = bind_query(*clause.query, Use::Call, starts);
  }
  made.returns = !query.columns.empty();
  for (const bound::Column& column : query.columns) {
    if (names_.peek(column.name)) {
      fail_.syntax("VariableAlreadyBound",
                   "the subquery returns `" + column.name +
                       "`, which already has a value outside: return it under another name",
                   at);
    }
    names_.declare(column.name, column.slot);
  }
  KITH_ASSERT(query.slot_count == 0);  // of the root alone
  query.imports = made.imports;
  made.query = std::make_shared<const bound::Query>(std::move(query));
  into.push_back({std::move(made), at});
}

}  // namespace kith::cypher
