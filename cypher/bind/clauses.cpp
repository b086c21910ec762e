// cypher/bind/clauses.cpp: clauses that read, project and call subqueries.
#include <algorithm>
#include <utility>

#include "core/assert.hpp"
#include "cypher/bind/binder.hpp"

namespace kith::cypher {

using bound::kListType;

void Binder::bind(const ast::Match& clause, Position at, Clauses& into) {
  KITH_ASSERT(!clause.pattern.empty() && sink_ == nullptr);
  bound::Match made;
  made.optional = clause.optional;
  const std::vector<NamedSlot> incoming = names_.local();
  std::vector<bound::NewItem> once;
  made.pattern =
      bind_pattern(clause.pattern, clause.where.get(), NewNames::Declared, clause.mode, &once);
  if (!once.empty()) {
    bound::Projection body;
    body.items = std::move(once);
    for (const NamedSlot& entry : incoming) {
      const TypeSet types = names_.facts(entry.slot).types;
      body.items.push_back(
          {entry.slot, make(bound::Variable{entry.slot, entry.name}, types, at), entry.name});
    }
    keep_csv_place(body);
    into.push_back({bound::With{std::move(body)}, at});
  }
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
  bound::Projection body = bind_projection(clause.body, clause.where.get(), true, at);
  if (clause.is_let && body.aggregating) {
    fail_.syntax("InvalidAggregation", "LET cannot aggregate: use WITH", at);
  }
  into.push_back({bound::With{std::move(body)}, at});
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

// ---- LOAD CSV

void Binder::bind(const ast::LoadCsv& clause, Position at, Clauses& into) {
  bound::LoadCsv made;
  made.source = bind_expression(*clause.source);
  require(made.source, bound::kStringType, "the name of a CSV file");
  made.headers = clause.headers;
  if (clause.terminator) {
    const std::string& text = *clause.terminator;
    const bool is_usable = text.size() == 1 && static_cast<unsigned char>(text[0]) < 0x80 &&
                           text[0] != '\n' && text[0] != '\r' && text[0] != '"';
    if (!is_usable) {
      fail_.syntax("InvalidArgumentValue",
                   "FIELDTERMINATOR takes one ASCII character that is neither a quote nor the end "
                   "of a line, such as ';' or '\\t'",
                   clause.terminator_at);
    }
    made.terminator = text[0];
  }
  using bound::kStringType;
  made.slot = declare_new(clause.variable, clause.headers ? bound::kMapType : kListType);
  if (!clause.headers) {
    names_.set_types(made.slot, kListType, kStringType | bound::kNullType);
  }
  made.file = names_.add_slot("file()", kStringType);
  made.line = names_.add_slot("linenumber()", bound::kIntegerType);
  names_.set_csv(Names::CsvPlace{made.file, made.line});
  into.push_back({std::move(made), at});
}

// ---- USE, FINISH

void Binder::bind(const ast::Use& clause, Position, Clauses&) {
  const std::string name = lower_ascii(clause.graph.text);
  if (name == "neo4j" || name == lower_ascii(graph_name_)) return;
  std::string known = "`neo4j`";
  if (!graph_name_.empty()) known = "`" + std::string(graph_name_) + "` or " + known;
  fail_.syntax(
      "UnknownGraph",
      "there is no graph `" + clause.graph.text + "` here: a database is one graph, " + known,
      clause.graph.at);
}

// The rows end here; whoever runs the query wants its effects alone.
void Binder::bind(const ast::Finish&, Position, Clauses&) { reads_ = true; }

}  // namespace kith::cypher
