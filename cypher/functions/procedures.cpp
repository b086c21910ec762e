// cypher/functions/procedures.cpp: the registry of procedures, and those that every database has.
#include <string>

#include "core/assert.hpp"
#include "cypher/functions/procedure.hpp"
#include "cypher/show.hpp"
#include "storage/view.hpp"

namespace kith {

namespace {

ProcedureField text_field(std::string name) {
  return {std::move(name), "STRING", TypeSet::of(Kind::String), false};
}

ProcedureRow text_row(std::string_view text) {
  ProcedureRow row;
  row.emplace_back(Cell::of(text));
  return row;
}

// Only names in use: what the catalog once learnt it never forgets.
std::vector<ProcedureRow> labels(FunctionContext& context, std::span<const Cell>) {
  const storage::Catalog& catalog = context.view().catalog();
  std::vector<ProcedureRow> rows;
  for (std::uint32_t i = 0; i < catalog.labels.size(); ++i) {
    if (context.view().node_count(LabelId{i}) == 0) continue;
    rows.push_back(text_row(catalog.labels.name(i)));
  }
  return rows;
}

std::vector<ProcedureRow> types(FunctionContext& context, std::span<const Cell>) {
  const storage::Catalog& catalog = context.view().catalog();
  std::vector<ProcedureRow> rows;
  for (std::uint32_t i = 0; i < catalog.types.size(); ++i) {
    if (context.view().relationship_count(TypeId{i}) == 0) continue;
    rows.push_back(text_row(catalog.types.name(i)));
  }
  return rows;
}

std::vector<ProcedureRow> keys(FunctionContext& context, std::span<const Cell>) {
  const storage::Catalog& catalog = context.view().catalog();
  std::vector<ProcedureRow> rows;
  for (std::uint32_t i = 0; i < catalog.keys.size(); ++i) {
    rows.push_back(text_row(catalog.keys.name(i)));
  }
  return rows;
}

std::vector<ProcedureRow> components(FunctionContext& context, std::span<const Cell>) {
  const Cell version = Cell::of(std::string_view(KITH_VERSION));
  ProcedureRow row = text_row("kith");
  row.emplace_back(make_list(context.arena(), std::span(&version, 1)));
  row.emplace_back(Cell::of(std::string_view("embedded")));
  std::vector<ProcedureRow> rows;
  rows.push_back(std::move(row));
  return rows;
}

}  // namespace

ProcedureRegistry::ProcedureRegistry() {
  add({"db.labels", "The labels that nodes have.", {}, {text_field("label")}, labels});
  add({"db.relationshipTypes",
       "The types that relationships have.",
       {},
       {text_field("relationshipType")},
       types});
  add({"db.propertyKeys",
       "The names of properties that were ever used.",
       {},
       {text_field("propertyKey")},
       keys});
  add({"dbms.components",
       "The name and version of this program.",
       {},
       {text_field("name"),
        {"versions", "LIST<STRING>", TypeSet::of(Kind::List), false},
        text_field("edition")},
       components});
  add_schema_procedures(*this);
  add_show_procedures(*this);
}

void ProcedureRegistry::add(ProcedureDef procedure) {
  KITH_ASSERT(!procedure.name.empty());
  std::string name = procedure.name;
  const std::lock_guard lock(mutex_);
  procedures_.insert_or_assign(std::move(name),
                               std::make_shared<const ProcedureDef>(std::move(procedure)));
}

std::shared_ptr<const ProcedureDef> ProcedureRegistry::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto at = procedures_.find(name);
  return at == procedures_.end() ? nullptr : at->second;
}

std::vector<std::shared_ptr<const ProcedureDef>> ProcedureRegistry::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<const ProcedureDef>> result;
  for (const auto& [name, procedure] : procedures_) result.push_back(procedure);
  return result;
}

}  // namespace kith
