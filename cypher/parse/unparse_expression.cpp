// cypher/parse/unparse_expression.cpp: expressions as Cypher text.
#include <algorithm>

#include "core/assert.hpp"
#include "core/number.hpp"
#include "core/text.hpp"
#include "cypher/parse/printer.hpp"

namespace kith::cypher {

using namespace ast;  // the nodes are the words of this file

namespace {

// Written with a bar, which would end the list of a comprehension: it stands in parentheses.
bool has_bar(const HasLabels& n) { return n.labels.op == LabelExpression::Op::Or; }
bool has_bar(const TypePredicate& n) { return n.type.find('|') != std::string::npos; }
template <class Test>
bool is_bare(const Expression& e) {
  const auto* test = std::get_if<Test>(&e.node);
  return test != nullptr && !has_bar(*test);
}

std::string_view spelled(BinaryOp op) {
  switch (op) {
    case BinaryOp::Or:
      return "OR";
    case BinaryOp::Xor:
      return "XOR";
    case BinaryOp::And:
      return "AND";
    case BinaryOp::Equal:
      return "=";
    case BinaryOp::NotEqual:
      return "<>";
    case BinaryOp::Less:
      return "<";
    case BinaryOp::LessEqual:
      return "<=";
    case BinaryOp::Greater:
      return ">";
    case BinaryOp::GreaterEqual:
      return ">=";
    case BinaryOp::Add:
      return "+";
    case BinaryOp::Subtract:
      return "-";
    case BinaryOp::Multiply:
      return "*";
    case BinaryOp::Divide:
      return "/";
    case BinaryOp::Modulo:
      return "%";
    case BinaryOp::Power:
      return "^";
    case BinaryOp::Concat:
      return "||";
    case BinaryOp::In:
      return "IN";
    case BinaryOp::StartsWith:
      return "STARTS WITH";
    case BinaryOp::EndsWith:
      return "ENDS WITH";
    case BinaryOp::Contains:
      return "CONTAINS";
    case BinaryOp::Matches:
      return "=~";
  }
  return "";
}

std::string_view spelled(QuantifierKind kind) {
  switch (kind) {
    case QuantifierKind::All:
      return "all";
    case QuantifierKind::Any:
      return "any";
    case QuantifierKind::None:
      return "none";
    case QuantifierKind::Single:
      return "single";
  }
  return "";
}

}  // namespace

void Printer::in(std::string_view before, const ExpressionPtr& e, std::string_view after) {
  out_ += before;
  if (e) expression(*e);
  out_ += after;
}

void Printer::in_if(std::string_view before, const ExpressionPtr& e) {
  if (e) in(before, e, "");
}

void Printer::expression(const Expression& e) {
  std::visit([&](const auto& node) { print(node); }, e.node);
}

void Printer::print(const Literal& n) { literal(n.value.cell()); }
void Printer::print(const Parameter& n) { out_ += "$" + quoted_name(n.name); }
void Printer::print(const Variable& n) { out_ += quoted_name(n.name); }

void Printer::print(const ast::Property& n) {
  operand(*n.subject);
  out_ += "." + quoted_name(n.key.text);
}

void Printer::print(const Index& n) {
  operand(*n.subject);
  in("[", n.index, "]");
}

void Printer::print(const Slice& n) {
  operand(*n.subject);
  in("[", n.from, "..");
  in("", n.to, "]");
}

void Printer::print(const ListLiteral& n) {
  out_ += "[";
  list(n.items, [&](const auto& item) { expression(*item); });
  out_ += "]";
}

void Printer::print(const Binary& n) {
  operand(*n.left);
  out_ += " " + std::string(spelled(n.op)) + " ";
  operand(*n.right);
}

void Printer::print(const ComparisonChain& n) {
  KITH_ASSERT(n.links.size() >= 2);
  operand(*n.first);
  for (const auto& link : n.links) {
    out_ += " " + std::string(spelled(link.op)) + " ";
    operand(*link.operand);
  }
}

void Printer::print(const HasLabels& n) {
  const bool bar = has_bar(n);
  if (bar) out_ += "(";
  operand(*n.subject);
  out_ += ":";
  labels(n.labels);
  if (bar) out_ += ")";
}

void Printer::print(const TypePredicate& n) {
  const bool bar = has_bar(n);
  if (bar) out_ += "(";
  operand(*n.subject);
  out_ += (n.negated ? " IS NOT :: " : " IS :: ") + n.type;
  if (bar) out_ += ")";
}

void Printer::print(const ListComprehension& n) {
  out_ += "[" + quoted_name(n.variable.text) + " IN ";
  operand(*n.list);
  in_if(" WHERE ", n.where);
  in_if(" | ", n.projection);
  out_ += "]";
}

void Printer::print(const PatternComprehension& n) {
  out_ += "[";
  pattern(*n.pattern);
  in_if(" WHERE ", n.where);
  in(" | ", n.projection, "]");
}

void Printer::print(const Quantifier& n) {
  out_ += std::string(spelled(n.kind)) + "(" + quoted_name(n.variable.text) + " IN ";
  operand(*n.list);
  in(" WHERE ", n.where, ")");
}

void Printer::print(const Reduce& n) {
  out_ += "reduce(" + quoted_name(n.accumulator.text) + " = ";
  operand(*n.initial);
  out_ += ", " + quoted_name(n.variable.text) + " IN ";
  operand(*n.list);
  in(" | ", n.step, ")");
}

void Printer::print(const PatternPredicate& n) { pattern(*n.pattern); }

void Printer::print(const Unary& n) {
  switch (n.op) {
    case UnaryOp::Not:
      out_ += "NOT ";
      break;
    case UnaryOp::Minus:
      out_ += "-";
      break;
    case UnaryOp::Plus:
      out_ += "+";
      break;
    default:
      break;
  }
  operand(*n.operand);
  if (n.op == UnaryOp::IsNull) out_ += " IS NULL";
  if (n.op == UnaryOp::IsNotNull) out_ += " IS NOT NULL";
}

void Printer::print(const MapLiteral& map) {
  out_ += "{";
  list(map.entries, [&](const auto& entry) {
    out_ += quoted_name(entry.key.text) + ": ";
    expression(*entry.value);
  });
  out_ += "}";
}

void Printer::print(const MapProjection& n) {
  out_ += quoted_name(n.variable.text) + " {";
  list(n.items, [&](const MapProjection::Item& item) {
    switch (item.kind) {
      case MapProjection::Item::Kind::Key:
        out_ += "." + quoted_name(item.name.text);
        break;
      case MapProjection::Item::Kind::All:
        out_ += ".*";
        break;
      case MapProjection::Item::Kind::Variable:
        out_ += quoted_name(item.name.text);
        break;
      case MapProjection::Item::Kind::Entry:
        out_ += quoted_name(item.name.text) + ": ";
        expression(*item.value);
        break;
    }
  });
  out_ += "}";
}

void Printer::print(const FunctionCall& n) {
  dotted(n.name.text);
  out_ += n.distinct ? "(DISTINCT " : n.star ? "(*" : "(";
  list(n.arguments, [&](const auto& argument) { expression(*argument); });
  out_ += ")";
}

// Each part of a name with a namespace by itself. count and the like need no quotes here.
void Printer::dotted(std::string_view name) {
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    const std::string_view part = name.substr(begin, end - begin);
    out_ += is_plain_name(part) ? std::string(part) : quoted_name(part);
    if (end < name.size()) out_ += ".";
    begin = end + 1;
  }
}

void Printer::print(const Case& n) {
  out_ += "CASE";
  in_if(" ", n.operand);
  for (const auto& when : n.whens) {
    out_ += " WHEN ";
    list(when.tests, [&](const auto& test) { case_test(*test); });
    in(" THEN ", when.result, "");
  }
  in_if(" ELSE ", n.otherwise);
  out_ += " END";
}

// Without the space that stands behind an operand.
void Printer::case_test(const Expression& test) {
  const std::size_t begin = out_.size();
  expression(test);
  if (out_.size() > begin && out_[begin] == ' ') out_.erase(begin, 1);
}

void Printer::print(const Subquery& n) {
  switch (n.kind) {
    case Subquery::Kind::Exists:
      out_ += "EXISTS ";
      break;
    case Subquery::Kind::Count:
      out_ += "COUNT ";
      break;
    case Subquery::Kind::Collect:
      out_ += "COLLECT ";
      break;
  }
  block(*n.query);
}

// Inside another expression: in parentheses unless it stands for itself.
void Printer::operand(const Expression& e) {
  const auto* literal = std::get_if<Literal>(&e.node);
  const bool negative =
      literal != nullptr &&
      ((literal->value.cell().kind == Kind::Integer && literal->value.cell().integer < 0) ||
       literal->value.cell().kind == Kind::Float);
  const bool compound =
      std::holds_alternative<Unary>(e.node) || std::holds_alternative<Binary>(e.node) ||
      std::holds_alternative<ComparisonChain>(e.node) || is_bare<HasLabels>(e) ||
      is_bare<TypePredicate>(e) || std::holds_alternative<PatternPredicate>(e.node);
  if (!negative && !compound) return expression(e);
  out_ += "(";
  expression(e);
  out_ += ")";
}

void Printer::literal(const Cell& cell) {
  switch (cell.kind) {
    case Kind::Null:
      out_ += "null";
      break;
    case Kind::Boolean:
      out_ += cell.is_true() ? "true" : "false";
      break;
    case Kind::Integer:
      append_integer(out_, cell.integer);
      break;
    case Kind::Float:
      append_float(out_, cell.real);
      break;
    default:
      string(cell.string());
      break;
  }
}

void Printer::string(std::string_view text) {
  out_ += "'";
  for (const char c : text) {
    switch (c) {
      case '\\':
      case '\'':
        out_ += '\\';
        out_ += c;
        break;
      case '\n':
        out_ += "\\n";
        break;
      case '\r':
        out_ += "\\r";
        break;
      case '\t':
        out_ += "\\t";
        break;
      default:
        out_ += c;
        break;
    }
  }
  out_ += "'";
}

}  // namespace kith::cypher
