// cypher/functions/show.cpp: the rows of SHOW INDEXES and SHOW CONSTRAINTS, by name.
#include "cypher/show.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "core/assert.hpp"
#include "core/property_types.hpp"
#include "cypher/functions/procedure.hpp"
#include "cypher/functions/signature.hpp"
#include "storage/index.hpp"
#include "storage/schema_text.hpp"
#include "storage/view.hpp"

namespace kith {

namespace {

using storage::ConstraintDef;
using storage::ConstraintKind;
using storage::ElementKind;
using storage::IndexDef;

// Writes definitions with the names that a view gives their ids.
class Writer {
 public:
  Writer(const storage::View& view, Arena& arena) : view_(view), arena_(arena) {}

  const std::string& token(storage::SchemaToken token) const {
    const auto& catalog = view_.catalog();
    return token.on == ElementKind::Node ? catalog.name(token.label()) : catalog.name(token.type());
  }
  Cell token_list(storage::SchemaToken of) const {
    const Cell name = Cell::of(std::string_view(token(of)));
    return make_list(arena_, std::span(&name, 1));
  }
  Cell key_list(const std::vector<KeyId>& keys) const {
    std::vector<Cell> names;
    for (const KeyId key : keys) names.push_back(Cell::of(std::string_view(name(key))));
    return make_list(arena_, names);
  }
  const std::string& name(KeyId key) const { return view_.catalog().name(key); }

 private:
  const storage::View& view_;
  Arena& arena_;
};

std::string_view entity_name(storage::SchemaToken token) {
  return token.on == ElementKind::Node ? "NODE" : "RELATIONSHIP";
}

Cell text(std::string_view value) { return Cell::of(value); }

template <class Def>
std::vector<const Def*> by_name(std::span<const Def> all) {
  std::vector<const Def*> sorted;
  for (const Def& def : all) sorted.push_back(&def);
  std::sort(sorted.begin(), sorted.end(),
            [](const Def* a, const Def* b) { return a->name < b->name; });
  return sorted;
}

ProcedureRow row_of(std::span<const Cell> cells) {
  ProcedureRow row;
  for (const Cell& cell : cells) row.emplace_back(cell);
  return row;
}

std::vector<ProcedureRow> indexes(FunctionContext& context, std::span<const Cell> arguments) {
  std::vector<ProcedureRow> rows;
  const std::string_view kind = arguments[0].string();
  if (!kind.empty() && kind != "RANGE") return rows;  // there are no others
  const storage::View& view = context.view();
  const Writer writer(view, context.arena());
  for (const IndexDef* index : by_name(view.schema().indexes())) {
    const ConstraintDef* owner = view.schema().find_constraint(index->constraint);
    const bool is_online = storage::is_online(view, *index);
    const std::string create = storage::create_statement(view.catalog(), *index);
    const std::array<Cell, kIndexColumns.size()> cells = {
        Cell::of(std::int64_t{index->id}),
        text(index->name),
        text(is_online ? "ONLINE" : "POPULATING"),
        Cell::of(is_online ? 100.0 : 0.0),
        text("RANGE"),
        text(entity_name(index->token)),
        writer.token_list(index->token),
        writer.key_list(index->keys),
        text("range-1.0"),
        owner == nullptr ? Cell() : text(owner->name),
        Cell(),
        Cell(),
        Cell(),
        make_map(context.arena(), {}),
        text(""),
        text(create),
    };
    rows.push_back(row_of(cells));
  }
  return rows;
}

std::string_view rule_name(ConstraintKind kind) {
  switch (kind) {
    case ConstraintKind::Unique:
      return "UNIQUENESS";
    case ConstraintKind::Key:
      return "KEY";
    case ConstraintKind::Exists:
      return "PROPERTY_EXISTENCE";
    case ConstraintKind::Type:
      return "PROPERTY_TYPE";
    case ConstraintKind::Ends:
      return "ENDS";
    case ConstraintKind::Count:
      return "RELATIONSHIP_COUNT";
    case ConstraintKind::OnDelete:
      return "ON_DELETE";
  }
  return {};
}

// "NODE_KEY", "UNIQUENESS", "RELATIONSHIP_UNIQUENESS" …
std::string type_of(const ConstraintDef& constraint) {
  const bool bare =
      constraint.kind == ConstraintKind::Unique && constraint.token.on == ElementKind::Node;
  return (bare ? "" : std::string(entity_name(constraint.token)) + "_") +
         std::string(rule_name(constraint.kind));
}

std::vector<ProcedureRow> constraints(FunctionContext& context, std::span<const Cell> arguments) {
  const std::string_view kind = arguments[0].string(), entity = arguments[1].string();
  const storage::View& view = context.view();
  const Writer writer(view, context.arena());
  std::vector<ProcedureRow> rows;
  for (const ConstraintDef* constraint : by_name(view.schema().constraints())) {
    if (!kind.empty() && kind != rule_name(constraint->kind)) continue;
    if (!entity.empty() && entity != entity_name(constraint->token)) continue;
    const IndexDef* index = view.schema().find_index(constraint->index);
    const std::string type = type_of(*constraint), types = to_text(constraint->types);
    const std::string create = storage::create_statement(view.catalog(), *constraint);
    const std::array<Cell, kConstraintColumns.size()> cells = {
        Cell::of(std::int64_t{constraint->id}),
        text(constraint->name),
        text(type),
        text(entity_name(constraint->token)),
        writer.token_list(constraint->token),
        writer.key_list(constraint->keys),
        index == nullptr ? Cell() : text(index->name),
        types.empty() ? Cell() : text(types),
        make_map(context.arena(), {}),
        text(create),
    };
    rows.push_back(row_of(cells));
  }
  return rows;
}

}  // namespace

std::span<const ShowColumn> show_columns(std::string_view procedure) {
  if (procedure == kShowIndexes) return kIndexColumns;
  if (procedure == kShowConstraints) return kConstraintColumns;
  if (procedure == kShowFunctions) return kFunctionColumns;
  if (procedure == kShowProcedures) return kProcedureColumns;
  if (procedure == kShowDatabases) return kDatabaseColumns;
  if (procedure == kShowSettings) return kSettingColumns;
  KITH_ASSERT(procedure == kShowTransactions);
  return kTransactionColumns;
}

std::vector<ProcedureField> fields_of(std::span<const ShowColumn> columns) {
  std::vector<ProcedureField> fields;
  for (const ShowColumn& column : columns) {
    const auto types = parse_types(column.type);
    KITH_ASSERT(types.has_value());
    fields.push_back({std::string(column.name), std::string(column.type),
                      types.value_or(TypeSet::any()), column.type.ends_with('?')});
  }
  return fields;
}

void add_show_procedures(ProcedureRegistry& registry) {
  const ProcedureField kind{"kind", "STRING", TypeSet::of(Kind::String), false};
  const ProcedureField entity{"entity", "STRING", TypeSet::of(Kind::String), false};
  registry.add(
      {std::string(kShowIndexes), "The indexes.", {kind}, fields_of(kIndexColumns), indexes});
  registry.add({std::string(kShowConstraints),
                "The constraints.",
                {kind, entity},
                fields_of(kConstraintColumns),
                constraints});
  add_show_functions(registry);
}

}  // namespace kith
