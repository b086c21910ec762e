// cypher/bind/calls.cpp: function calls: which function, how many arguments, of what types.
#include <algorithm>
#include <string_view>
#include <utility>

#include "core/assert.hpp"
#include "cypher/bind/binder.hpp"
#include "cypher/functions/signature.hpp"

namespace kith::cypher {

using namespace bound;  // kListType, make …: the words of this file

namespace {

// Functions whose arguments decide what they return, more closely than a signature can say.
TypeSet types_of_result(std::string_view name, const std::vector<ExpressionPtr>& arguments,
                        TypeSet declared) {
  if (name == "coalesce") {
    TypeSet types;
    for (const ExpressionPtr& argument : arguments) types = types | argument->types;
    return types;
  }
  if (name == "reverse" && !arguments.empty()) {
    return {arguments[0]->types.bits & (kListType | kStringType).bits};
  }
  return declared;
}

// What other databases and older versions call it, and what to write instead.
struct Elsewhere {
  std::string_view name, hint;  // in lower case
};
constexpr Elsewhere kElsewhere[] = {
    {"array_length", "size()"},
    {"cast", "toInteger(), toFloat(), toString() or toBoolean()"},
    {"concat", "a + b or a || b"},
    {"contains", "a CONTAINS b"},
    {"current_date", "date()"},
    {"current_timestamp", "datetime()"},
    {"date_trunc", "date.truncate() or datetime.truncate()"},
    {"datetrunc", "date.truncate() or datetime.truncate()"},
    {"endswith", "a ENDS WITH b"},
    {"extract", "[x IN list | expression]; of a date, its parts: value.year"},
    {"filter", "[x IN list WHERE condition]"},
    {"group_concat", "collect(), and reduce() to join its strings"},
    {"if", "CASE WHEN condition THEN a ELSE b END"},
    {"ifnull", "coalesce()"},
    {"iif", "CASE WHEN condition THEN a ELSE b END"},
    {"instr", "a CONTAINS b"},
    {"isnull", "x IS NULL"},
    {"lcase", "toLower()"},
    {"len", "size(); of a path length()"},
    {"ln", "log()"},
    {"median", "percentileCont(x, 0.5)"},
    {"mod", "a % b"},
    {"now", "datetime()"},
    {"nvl", "coalesce()"},
    {"power", "a ^ b"},
    {"pow", "a ^ b"},
    {"regexp_matches", "text =~ 'pattern'"},
    {"relationshiptype", "type()"},
    {"startswith", "a STARTS WITH b"},
    {"str", "toString()"},
    {"string_agg", "collect(), and reduce() to join its strings"},
    {"strlen", "size()"},
    {"substr", "substring()"},
    {"to_char", "toString()"},
    {"toint", "toInteger()"},
    {"tostr", "toString()"},
    {"ucase", "toUpper()"},
    {"uuid", "randomUUID()"},
};

std::string hint_for(std::string_view name) {
  const std::string lower = lower_ascii(name);
  for (const FunctionDef& form : special_forms()) {
    if (form.name == lower)
      return ": " + std::string(form.summary.substr(0, form.summary.find(':')));
  }
  for (const Elsewhere& each : kElsewhere) {
    if (each.name == lower) return ": use " + std::string(each.hint);
  }
  if (lower.starts_with("apoc.") || lower.starts_with("gds.")) {
    return ": APOC and GDS are plug-ins of Neo4j, SHOW FUNCTIONS lists what there is here";
  }
  return {};
}

}  // namespace

void Binder::unknown_function(const ast::Name& name) const {
  const std::string hint = hint_for(name.text);
  if (!hint.empty()) {
    fail_.syntax("UnknownFunction", "there is no function `" + name.text + "`" + hint, name.at);
  }
  std::vector<std::string> known;
  for (const FunctionDef* function : all_functions()) known.emplace_back(function->name);
  for (const AggregateDef* function : all_aggregates()) known.emplace_back(function->name);
  fail_.syntax("UnknownFunction",
               "there is no function `" + name.text + "`" + did_you_mean(name.text, known),
               name.at);
}

void Binder::check_argument_count(const ast::FunctionCall& node, std::size_t given,
                                  std::size_t least, std::size_t most) const {
  KITH_ASSERT(least <= most);
  if (given >= least && given <= most) return;
  std::string wanted = std::to_string(least);
  if (most == 255) {
    wanted = "at least " + wanted;
  } else if (most != least) {
    wanted += " to " + std::to_string(most);
  }
  fail_.syntax("InvalidNumberOfArguments",
               node.name.text + "() takes " + wanted +
                   (wanted == "1" ? " argument" : " arguments") + ", and " + std::to_string(given) +
                   (given == 1 ? " is" : " are") + " given",
               node.name.at);
}

ExpressionPtr Binder::bind_node(const ast::FunctionCall& node, Position at) {
  const std::string name = lower_ascii(node.name.text);
  if (const AggregateDef* aggregate = find_aggregate(name)) {
    return bind_aggregate(*aggregate, node, at);
  }
  if (name == "exists") return bind_exists_function(node, at);
  const FunctionDef* function = find_function(name);
  if (function == nullptr) unknown_function(node.name);
  if (node.star || node.distinct) {
    fail_.syntax("UnexpectedSyntax",
                 std::string(node.star ? "*" : "DISTINCT") +
                     " is for aggregate functions such as count(), and " + node.name.text +
                     "() is none",
                 node.name.at);
  }
  check_argument_count(node, node.arguments.size(), function->min_arguments,
                       function->max_arguments);
  if (name == "file" || name == "linenumber") {
    if (const auto csv = names_.find_csv()) {
      const Slot slot = name == "file" ? csv->file : csv->line;
      return make(Variable{slot, names_.facts(slot).name}, names_.facts(slot).types, at);
    }
  }
  bound::Call call{function, {}};
  for (const auto& argument : node.arguments) call.arguments.push_back(bind_expression(*argument));
  const Signature signature = parsed_signature(*function);
  // The TCK wants the errors of range() at run time, as ArgumentError.
  const bool is_checked = checks_types_ && name != "range";
  for (std::size_t i = 0; is_checked && i < call.arguments.size(); ++i) {
    const TypeSet wanted = signature.argument(i);
    if (possible(call.arguments[i]->types, wanted)) continue;
    const bool counts = name == "length" && !call.arguments[i]->types.is_only(kNullType) &&
                        call.arguments[i]->types.is_only(kStringType | kListType | kNullType);
    fail_.syntax("InvalidArgumentType",
                 "argument " + std::to_string(i + 1) + " of " + node.name.text + "() must be " +
                     describe(wanted) + ", and this is " + describe(call.arguments[i]->types) +
                     (counts ? ": size() counts characters and elements" : ""),
                 call.arguments[i]->at);
  }
  TypeSet types = types_of_result(name, call.arguments, signature.result);
  if ((name == "head" || name == "last") &&
      call.arguments[0]->types.is_only(kListType | kNullType)) {
    types = elements_of(*call.arguments[0]);
  }
  return make(std::move(call), types, at);
}

// exists(n.key) asks for a value, exists((a)-->(b)) for a match.
ExpressionPtr Binder::bind_exists_function(const ast::FunctionCall& node, Position at) {
  check_argument_count(node, node.arguments.size(), 1, 1);
  const ast::Expression& argument = *node.arguments[0];
  if (const auto* predicate = std::get_if<ast::PatternPredicate>(&argument.node);
      predicate != nullptr && predicate->pattern->kind == ast::PatternPart::Kind::Plain) {
    return bind_pattern_predicate(*predicate->pattern, at);
  }
  return operation(Operator::IsNotNull, {bind_expression(argument)}, at);
}

TypeSet Binder::elements_of_call(const bound::Call& call) const {
  const std::string name = lower_ascii(call.function->name);
  if (name == "nodes") return kNodeType;
  if (name == "relationships" || name == "rels") return kRelationshipType;
  if (name == "range") return kIntegerType;
  if (name == "keys" || name == "labels" || name == "split") return kStringType;
  const bool keeps_elements = name == "tail" || name == "reverse";
  if (keeps_elements && !call.arguments.empty()) return elements_of(*call.arguments[0]);
  return TypeSet::any();
}

}  // namespace kith::cypher
