// cypher/plan/text.cpp: expressions in Cypher again.
//
// Parentheses stand wherever an operand binds looser than its operator; nothing else is kept of
// how the query was written.
#include "cypher/plan/text.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>

#include "core/assert.hpp"
#include "core/vector.hpp"

namespace kith::plan {

using bound::Expression;
using bound::ExpressionPtr;
using bound::Operator;

namespace {

struct OperatorText {
  std::string_view text;
  int binds;  // higher binds tighter
};

OperatorText text_of(Operator op) {
  switch (op) {
    case Operator::Or:
      return {" OR ", 1};
    case Operator::Xor:
      return {" XOR ", 2};
    case Operator::And:
      return {" AND ", 3};
    case Operator::Not:
      return {"NOT ", 4};
    case Operator::Equal:
      return {" = ", 5};
    case Operator::NotEqual:
      return {" <> ", 5};
    case Operator::Less:
      return {" < ", 5};
    case Operator::LessEqual:
      return {" <= ", 5};
    case Operator::Greater:
      return {" > ", 5};
    case Operator::GreaterEqual:
      return {" >= ", 5};
    case Operator::In:
      return {" IN ", 6};
    case Operator::StartsWith:
      return {" STARTS WITH ", 6};
    case Operator::EndsWith:
      return {" ENDS WITH ", 6};
    case Operator::Contains:
      return {" CONTAINS ", 6};
    case Operator::Matches:
      return {" =~ ", 6};
    case Operator::IsNull:
      return {" IS NULL", 6};
    case Operator::IsNotNull:
      return {" IS NOT NULL", 6};
    case Operator::Add:
      return {" + ", 7};
    case Operator::Subtract:
      return {" - ", 7};
    case Operator::Concat:
      return {" || ", 7};
    case Operator::Multiply:
      return {" * ", 8};
    case Operator::Divide:
      return {" / ", 8};
    case Operator::Modulo:
      return {" % ", 8};
    case Operator::Power:
      return {" ^ ", 9};
    case Operator::Negate:
      return {"-", 10};
  }
  return {" ? ", 0};
}

int binding_of(const Expression& e) {
  const auto* operation = std::get_if<bound::Operation>(&e.node);
  if (operation != nullptr) return text_of(operation->op).binds;
  return std::holds_alternative<bound::TypePredicate>(e.node) ? 6 : 100;
}

struct Printer {
  Names names;

  std::string operator()(const Expression& e) const {
    return std::visit([this](const auto& node) { return (*this)(node); }, e.node);
  }
  std::string inside(const ExpressionPtr& e, int binds) const {
    std::string text = (*this)(*e);
    return binding_of(*e) < binds ? "(" + text + ")" : text;
  }
  std::string subject(const ExpressionPtr& e) const { return inside(e, 100); }
  std::string list(const std::vector<ExpressionPtr>& items) const {
    std::string text;
    for (const auto& item : items) text += (text.empty() ? "" : ", ") + (*this)(*item);
    return text;
  }
  // The name a local variable has where it is used; binders give it no other place.
  std::string local(Slot slot) const { return name_of(slot, names); }

  std::string operator()(const bound::Constant& n) const { return to_text(n.value.cell()); }
  std::string operator()(const bound::Parameter& n) const { return "$" + quoted(n.name); }
  std::string operator()(const bound::Variable& n) const {
    return n.name.empty() ? name_of(n.slot, names) : quoted(n.name);
  }
  std::string operator()(const bound::Property& n) const {
    return subject(n.subject) + "." + quoted(n.key);
  }
  std::string operator()(const bound::Index& n) const {
    return subject(n.subject) + "[" + (*this)(*n.index) + "]";
  }
  std::string operator()(const bound::Slice& n) const {
    return subject(n.subject) + "[" + (n.from ? (*this)(*n.from) : "") + ".." +
           (n.to ? (*this)(*n.to) : "") + "]";
  }
  std::string operator()(const bound::List& n) const { return "[" + list(n.items) + "]"; }
  std::string operator()(const bound::Map& n) const {
    std::string text;
    for (const auto& [key, value] : n.entries) {
      text += (text.empty() ? "" : ", ") + quoted(key) + ": " + (*this)(*value);
    }
    return "{" + text + "}";
  }
  std::string operator()(const bound::MapProjection& n) const {
    std::string text;
    for (const auto& item : n.items) {
      text += text.empty() ? "" : ", ";
      text += item.all ? ".*" : quoted(item.key) + ": " + (*this)(*item.value);
    }
    return subject(n.subject) + " {" + text + "}";
  }
  std::string operator()(const bound::Operation& n) const {
    const auto [text, binds] = text_of(n.op);
    KITH_ASSERT(!n.operands.empty());
    const std::string first = inside(n.operands[0], binds);
    if (n.op == Operator::IsNull || n.op == Operator::IsNotNull) return first + std::string(text);
    if (n.operands.size() == 1) return std::string(text) + first;
    const bool flat = n.op == Operator::And || n.op == Operator::Or || n.op == Operator::Xor;
    std::string all = first;
    for (std::size_t i = 1; i < n.operands.size(); ++i) {
      all += std::string(text) + inside(n.operands[i], flat ? binds : binds + 1);
    }
    return all;
  }
  std::string operator()(const bound::HasLabels& n) const {
    return subject(n.subject) + ":" + to_text(n.labels);
  }
  std::string operator()(const bound::TypePredicate& n) const {
    return subject(n.subject) + (n.negated ? " IS NOT :: " : " IS :: ") + n.type;
  }
  std::string operator()(const bound::Call& n) const {
    const std::string name(n.function == nullptr ? "?" : n.function->name);
    return name + "(" + list(n.arguments) + ")";
  }
  std::string operator()(const bound::Case& n) const {
    std::string text = "CASE";
    if (n.operand) text += " " + (*this)(*n.operand);
    for (const auto& [condition, result] : n.whens) {
      text += " WHEN " + (*this)(*condition) + " THEN " + (*this)(*result);
    }
    if (n.otherwise) text += " ELSE " + (*this)(*n.otherwise);
    return text + " END";
  }
  std::string operator()(const bound::ListComprehension& n) const {
    std::string text = "[" + local(n.variable) + " IN " + (*this)(*n.list);
    if (n.where) text += " WHERE " + (*this)(*n.where);
    if (n.projection) text += " | " + (*this)(*n.projection);
    return text + "]";
  }
  std::string operator()(const bound::Quantifier& n) const {
    constexpr std::array<std::string_view, 4> kNames = {"all", "any", "none", "single"};
    std::string text(kNames[static_cast<std::size_t>(n.kind)]);
    text += "(" + local(n.variable) + " IN " + (*this)(*n.list);
    if (n.where) text += " WHERE " + (*this)(*n.where);
    return text + ")";
  }
  std::string operator()(const bound::Reduce& n) const {
    return fmt::format("reduce({} = {}, {} IN {} | {})", local(n.accumulator), (*this)(*n.initial),
                       local(n.variable), (*this)(*n.list), (*this)(*n.step));
  }
  std::string operator()(const bound::MakePath& n) const {
    std::string text = "(" + name_of(n.start, names) + ")";
    for (const auto& step : n.steps) {
      text += "-[" + name_of(step.relationship, names) + (step.is_list ? "*" : "") + "]-(" +
              name_of(step.node, names) + ")";
    }
    return text;
  }
  std::string operator()(const bound::Subquery& n) const {
    constexpr std::array<std::string_view, 3> kNames = {"EXISTS", "COUNT", "COLLECT"};
    return std::string(kNames[static_cast<std::size_t>(n.kind)]) + " { … }";
  }
};

std::string quoted_string(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    if (c == '\n') {
      quoted += "\\n";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string real_text(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

std::string label_operands(const bound::LabelExpression& labels, std::string_view between) {
  std::string text;
  for (const auto& operand : labels.operands) {
    using Op = bound::LabelExpression::Op;
    const bool wrap = operand.op == Op::Or || (operand.op == Op::And && between == "|");
    text += text.empty() ? "" : std::string(between);
    text += wrap ? "(" + to_text(operand) + ")" : to_text(operand);
  }
  return text;
}

}  // namespace

std::string name_of(Slot slot, Names names) {
  if (slot < names.size() && !names[slot].empty()) return quoted(names[slot]);
  return "anon_" + std::to_string(slot);
}

std::string quoted(std::string_view name) {
  bool plain = !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0;
  for (const char c : name) {
    const auto u = static_cast<unsigned char>(c);
    plain = plain && (u >= 0x80 || std::isalnum(u) != 0 || c == '_');
  }
  if (plain) return std::string(name);
  std::string text = "`";
  for (const char c : name) text += c == '`' ? "``" : std::string(1, c);
  return text + "`";
}

std::string labels_text(const std::vector<std::string>& labels) {
  std::string text;
  for (const auto& label : labels) text += ":" + quoted(label);
  return text;
}

std::string to_text(const bound::LabelExpression& labels) {
  using Op = bound::LabelExpression::Op;
  switch (labels.op) {
    case Op::Name:
      return quoted(labels.name);
    case Op::Any:
      return "%";
    case Op::And:
      return label_operands(labels, "&");
    case Op::Or:
      return label_operands(labels, "|");
    case Op::Not: {
      const bool wrap = !labels.operands[0].operands.empty();
      const std::string text = to_text(labels.operands[0]);
      return wrap ? "!(" + text + ")" : "!" + text;
    }
  }
  return {};
}

std::string to_text(const Cell& cell) {
  switch (cell.kind) {
    case Kind::Null:
      return "null";
    case Kind::Boolean:
      return cell.is_true() ? "true" : "false";
    case Kind::Integer:
      return std::to_string(cell.integer);
    case Kind::Float:
      return real_text(cell.real);
    case Kind::String:
      return quoted_string(cell.string());
    case Kind::List: {
      std::string text;
      for (const auto& item : cell.items()) text += (text.empty() ? "" : ", ") + to_text(item);
      return "[" + text + "]";
    }
    case Kind::Map: {
      std::string text;
      for (const auto& entry : cell.entries()) {
        text += (text.empty() ? "" : ", ") + quoted(entry.key) + ": " + to_text(entry.value);
      }
      return "{" + text + "}";
    }
    default:  // elements are never constants; times and points were folded from calls
      return fmt::format("{}(…)", kind_name(cell.kind));
  }
}

std::string to_text(const Expression& expression, Names names) {
  return Printer{names}(expression);
}

}  // namespace kith::plan
