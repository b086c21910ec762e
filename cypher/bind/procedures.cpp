// cypher/bind/procedures.cpp: CALL of a procedure, alone or inside a query.
#include <algorithm>
#include <utility>

#include "core/assert.hpp"
#include "cypher/bind/binder.hpp"

namespace kith::cypher {

using namespace bound;  // kFloatType, make …: the words of this file

namespace {

// What may be given where a field is declared: an integer also serves as a float.
TypeSet accepted(const ProcedureField& field) {
  return field.types.overlaps(kFloatType) ? field.types | kIntegerType : field.types;
}

std::string signature_of(const ProcedureDef& procedure) {
  std::string text = procedure.name + "(";
  for (std::size_t i = 0; i < procedure.inputs.size(); ++i) {
    text += (i > 0 ? ", " : "") + procedure.inputs[i].name + " :: " + procedure.inputs[i].type;
  }
  return text + ")";
}

}  // namespace

void Binder::bind(const ast::Call& clause, Position at, Clauses& into) {
  const auto procedure = procedures_.find(clause.procedure.text);
  if (procedure == nullptr) {
    std::vector<std::string> known;
    for (const auto& each : procedures_.all()) known.push_back(each->name);
    fail_.procedure("ProcedureNotFound",
                    "there is no procedure `" + clause.procedure.text + "`" +
                        did_you_mean(clause.procedure.text, known),
                    clause.procedure.at);
  }
  bound::ProcedureCall made;
  made.procedure = procedure->name;
  made.arguments = bind_procedure_arguments(clause, *procedure);
  made.yields = bind_yields(clause, *procedure);
  made.is_void = procedure->outputs.empty();
  made.optional = clause.optional;
  KITH_ASSERT(made.arguments.size() == procedure->inputs.size());
  KITH_ASSERT(!made.is_void || made.yields.empty());
  if (clause.where) made.where = bind_condition(*clause.where);
  reads_ = true;
  const std::vector<bound::ProcedureCall::Yield> yields = made.yields;
  into.push_back({std::move(made), at});
  if (!clause.standalone || yields.empty()) return;
  bound::Return result;  // alone, what it yields is what it returns
  for (const auto& yield : yields) {
    const TypeSet types = names_.facts(yield.slot).types;
    result.body.items.push_back(
        {yield.slot, make(Variable{yield.slot, yield.name}, types, at), yield.name});
  }
  into.push_back({std::move(result), at});
}

std::vector<ExpressionPtr> Binder::bind_procedure_arguments(const ast::Call& clause,
                                                            const ProcedureDef& procedure) {
  const auto& inputs = procedure.inputs;
  std::vector<ExpressionPtr> result;
  if (!clause.arguments) {
    if (!clause.standalone && !inputs.empty()) {
      fail_.syntax(
          "InvalidArgumentPassingMode",
          "inside a query the arguments of a procedure must be given: " + signature_of(procedure),
          clause.procedure.at);
    }
    for (const ProcedureField& input : inputs) {
      if (input.optional) {
        result.push_back(make(bound::Constant{OwnedCell(Cell())}, kNullType, clause.procedure.at));
        continue;
      }
      parameters_.insert(input.name);
      result.push_back(make(bound::Parameter{input.name}, TypeSet::any(), clause.procedure.at));
    }
    return result;
  }
  const auto is_optional = [](const ProcedureField& input) { return input.optional; };
  const auto needed = inputs.size() - static_cast<std::size_t>(
                                          std::count_if(inputs.begin(), inputs.end(), is_optional));
  const std::size_t given = clause.arguments->size();
  if (given > inputs.size() || given < needed) {
    fail_.syntax("InvalidNumberOfArguments",
                 signature_of(procedure) + " takes " + std::to_string(inputs.size()) +
                     (inputs.size() == 1 ? " argument, and " : " arguments, and ") +
                     std::to_string(clause.arguments->size()) +
                     (clause.arguments->size() == 1 ? " is given" : " are given"),
                 clause.procedure.at);
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (i >= given) {
      result.push_back(make(bound::Constant{OwnedCell(Cell())}, kNullType, clause.procedure.at));
      continue;
    }
    result.push_back(bind_expression(*(*clause.arguments)[i]));
    require(result.back(), accepted(inputs[i]),
            "argument `" + inputs[i].name + "` of " + procedure.name + "()");
  }
  return result;
}

std::vector<bound::ProcedureCall::Yield> Binder::bind_yields(const ast::Call& clause,
                                                             const ProcedureDef& procedure) {
  const auto& outputs = procedure.outputs;
  std::vector<bound::ProcedureCall::Yield> result;
  if (clause.yield_all) {
    if (!clause.standalone) {
      fail_.syntax("UnexpectedSyntax",
                   "YIELD * is for a CALL that stands alone: inside a query, name the columns",
                   clause.procedure.at);
    }
    for (std::uint32_t i = 0; i < outputs.size(); ++i) {
      const Slot slot = declare_new({outputs[i].name, clause.procedure.at}, outputs[i].types);
      result.push_back({slot, i, outputs[i].name});
    }
    return result;
  }
  for (const ast::YieldItem& item : clause.yields) {
    const auto found =
        std::find_if(outputs.begin(), outputs.end(),
                     [&](const ProcedureField& field) { return field.name == item.column.text; });
    if (found == outputs.end()) {
      std::vector<std::string> known;
      for (const ProcedureField& field : outputs) known.push_back(field.name);
      fail_.syntax("UndefinedVariable",
                   procedure.name + "() has no column `" + item.column.text + "`" +
                       did_you_mean(item.column.text, known),
                   item.column.at);
    }
    const ast::Name& name = item.alias ? *item.alias : item.column;
    const Slot slot = declare_new(name, found->types);
    result.push_back({slot, static_cast<std::uint32_t>(found - outputs.begin()), name.text});
  }
  return result;
}

}  // namespace kith::cypher
