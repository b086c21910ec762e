// cypher/functions/show_functions.cpp: the rows of SHOW FUNCTIONS and SHOW PROCEDURES, by name.
#include <algorithm>
#include <string>
#include <vector>

#include "core/assert.hpp"
#include "cypher/functions/procedure.hpp"
#include "cypher/functions/signature.hpp"
#include "cypher/show.hpp"

namespace kith {

namespace {

Cell text(std::string_view value) { return Cell::of(value); }
Cell text_or_null(std::string_view value) { return value.empty() ? Cell() : Cell::of(value); }

// A row of either kind, as both are shown.
struct Shown {
  std::string_view name, category, summary, example, answer, instead;
  Signature signature;
  std::size_t min_arguments = 0;
  bool aggregating = false;
};

std::vector<Shown> all_shown() {
  std::vector<Shown> all;
  const auto add = [&](const FunctionDef& f, std::size_t min_arguments) {
    all.push_back({f.name, name_of(f.category), f.summary, f.example, f.answer, f.instead,
                   parsed_signature(f), min_arguments});
  };
  for (const FunctionDef* each : all_functions()) add(*each, each->min_arguments);
  for (const FunctionDef& each : special_forms()) add(each, parsed_signature(each).written.size());
  for (const AggregateDef* each : all_aggregates()) {
    all.push_back({each->name, name_of(Category::Aggregating), each->summary, each->example,
                   each->answer, "", parsed_signature(*each), each->min_arguments, true});
  }
  std::sort(all.begin(), all.end(), [](const Shown& a, const Shown& b) { return a.name < b.name; });
  return all;
}

Cell described(std::string_view name, std::string_view type, Arena& arena) {
  const MapEntry entries[] = {
      {"name", text(name)},
      {"type", text(type)},
      {"description", Cell::of(arena.copy(std::string(name) + " :: " + std::string(type)))},
      {"isDeprecated", Cell::boolean(false)}};
  return make_map(arena, entries);
}

Cell described(std::span<const ProcedureField> fields, Arena& arena) {
  std::vector<Cell> items;
  for (const ProcedureField& field : fields) {
    items.push_back(described(field.name, field.type, arena));
  }
  return make_list(arena, items);
}

ProcedureRow row_of(std::span<const Cell> cells) {
  ProcedureRow row;
  for (const Cell& cell : cells) row.emplace_back(cell);
  return row;
}

std::vector<ProcedureRow> functions(FunctionContext& context, std::span<const Cell> arguments) {
  std::vector<ProcedureRow> rows;
  if (arguments[0].string() == "USER DEFINED") return rows;  // there are none
  Arena& arena = context.arena();
  for (const Shown& each : all_shown()) {
    std::vector<Cell> described_arguments;
    for (const auto& argument : each.signature.written) {
      described_arguments.push_back(described(argument.name, argument.type, arena));
    }
    const std::string signature = shown_signature(each.name, each.signature, each.min_arguments);
    const std::array<Cell, kFunctionColumns.size()> cells = {
        text(each.name),
        text(each.category),
        text(each.summary),
        text(signature),
        Cell::boolean(true),
        make_list(arena, described_arguments),
        text(each.signature.result_type),
        Cell::boolean(each.aggregating),
        Cell(),
        Cell(),
        Cell::boolean(!each.instead.empty()),
        text_or_null(each.instead),
        text(each.example),
        text_or_null(each.answer),
    };
    rows.push_back(row_of(cells));
  }
  return rows;
}

std::vector<ProcedureRow> procedures(const ProcedureRegistry& registry, FunctionContext& context) {
  std::vector<ProcedureRow> rows;
  Arena& arena = context.arena();
  for (const auto& each : registry.all()) {
    if (each->is_internal()) continue;
    const std::string signature = each->signature();
    const std::array<Cell, kProcedureColumns.size()> cells = {
        text(each->name),
        text(each->summary),
        text(each->mode),
        Cell::boolean(false),
        text(signature),
        described(each->inputs, arena),
        described(each->outputs, arena),
        Cell::boolean(false),
        Cell(),
        Cell(),
        Cell::boolean(false),
        Cell(),
        make_map(arena, {}),
    };
    rows.push_back(row_of(cells));
  }
  return rows;
}

void append_fields(std::string& out, std::span<const ProcedureField> fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    out += (i > 0 ? ", " : "") + fields[i].name + " :: " + fields[i].type;
  }
}

}  // namespace

std::string ProcedureDef::signature() const {
  KITH_ASSERT(!name.empty());
  std::string out = name + "(";
  append_fields(out, inputs);
  if (outputs.empty()) return out + ")";
  out += ") :: (";
  append_fields(out, outputs);
  return out + ")";
}

void add_show_functions(ProcedureRegistry& registry) {
  registry.add({std::string(kShowFunctions),
                "The functions.",
                {{"kind", "STRING", TypeSet::of(Kind::String), false}},
                fields_of(kFunctionColumns),
                functions});
  registry.add({std::string(kShowProcedures),
                "The procedures.",
                {},
                fields_of(kProcedureColumns),
                [&registry](FunctionContext& context, std::span<const Cell>) {
                  return procedures(registry, context);
                }});
}

}  // namespace kith
