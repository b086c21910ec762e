// cypher/bind/print.cpp: a bound expression as text, with no more parentheses than needed.
#include "cypher/bind/print.hpp"

#include <utility>

#include "core/assert.hpp"
#include "core/print.hpp"
#include "cypher/bind/types.hpp"

namespace kith::bound {

namespace {

// How tightly an expression holds together; an operand that holds less gets parentheses.
enum Strength : int { kOr, kXor, kAnd, kNot, kComparison, kSum, kProduct, kPower, kSign, kPostfix };

int strength(Operator op) {
  switch (op) {
    case Operator::Or:
      return kOr;
    case Operator::Xor:
      return kXor;
    case Operator::And:
      return kAnd;
    case Operator::Not:
      return kNot;
    case Operator::Add:
    case Operator::Subtract:
    case Operator::Concat:
      return kSum;
    case Operator::Multiply:
    case Operator::Divide:
    case Operator::Modulo:
      return kProduct;
    case Operator::Power:
      return kPower;
    case Operator::Negate:
      return kSign;
    default:
      return kComparison;
  }
}

int strength(const Expression& expression) {
  if (const auto* operation = std::get_if<Operation>(&expression.node)) {
    return strength(operation->op);
  }
  const bool is_test = std::holds_alternative<HasLabels>(expression.node) ||
                       std::holds_alternative<TypePredicate>(expression.node);
  return is_test ? kComparison : kPostfix;
}

std::string_view quantifier_name(QuantifierKind kind) {
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
  return "?";
}

class Printer {
 public:
  Printer(std::string& out, std::span<const SlotInfo> slots) : out_(out), slots_(slots) {}

  void print(const Expression& expression) {
    std::visit([this](const auto& node) { write(node); }, expression.node);
  }

 private:
  void print_in(const ExpressionPtr& expression, int least) {
    KITH_ASSERT(expression != nullptr);
    const bool wraps = strength(*expression) < least;
    if (wraps) out_ += '(';
    print(*expression);
    if (wraps) out_ += ')';
  }
  void print_all(const std::vector<ExpressionPtr>& expressions) {
    for (std::size_t i = 0; i < expressions.size(); ++i) {
      if (i > 0) out_ += ", ";
      print(*expressions[i]);
    }
  }
  void after(std::string_view word, const ExpressionPtr& expression) {
    if (!expression) return;
    out_ += word;
    print(*expression);
  }
  void slot(Slot slot) { out_ += print_slot(slot, slots_); }

  void write(const Constant& node) { print_cypher(out_, node.value.cell()); }
  void write(const Parameter& node) {
    if (node.is_literal()) return print_cypher(out_, node.planned.cell());
    out_ += '$';
    append_name(out_, node.name);
  }
  void write(const Variable& node) {
    if (node.name.empty()) return slot(node.slot);
    append_name(out_, node.name);
  }
  void write(const Property& node) {
    print_in(node.subject, kPostfix);
    out_ += '.';
    append_name(out_, node.key);
  }
  void write(const Index& node) {
    print_in(node.subject, kPostfix);
    out_ += '[';
    print(*node.index);
    out_ += ']';
  }
  void write(const Slice& node) {
    print_in(node.subject, kPostfix);
    out_ += '[';
    if (node.from) print(*node.from);
    out_ += "..";
    if (node.to) print(*node.to);
    out_ += ']';
  }
  void write(const List& node) {
    out_ += '[';
    print_all(node.items);
    out_ += ']';
  }
  void write(const Map& node) {
    out_ += '{';
    for (std::size_t i = 0; i < node.entries.size(); ++i) {
      if (i > 0) out_ += ", ";
      append_name(out_, node.entries[i].first);
      after(": ", node.entries[i].second);
    }
    out_ += '}';
  }
  void write(const MapProjection& node) {
    print_in(node.subject, kPostfix);
    out_ += " {";
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      if (i > 0) out_ += ", ";
      if (node.items[i].all) {
        out_ += ".*";
        continue;
      }
      append_name(out_, node.items[i].key);
      after(": ", node.items[i].value);
    }
    out_ += '}';
  }
  void write(const Operation& node) {
    const int own = strength(node.op);
    KITH_ASSERT(!node.operands.empty());
    switch (node.op) {
      case Operator::Not:
        out_ += "NOT ";
        return print_in(node.operands[0], own);
      case Operator::Negate:
        out_ += '-';
        return print_in(node.operands[0], kPostfix);
      case Operator::IsNull:
      case Operator::IsNotNull:
        print_in(node.operands[0], own + 1);
        out_ += ' ';
        out_ += spelling(node.op);
        return;
      default:
        break;
    }
    // The left operand of a sum needs no parentheses, its right one does: a - (b - c).
    for (std::size_t i = 0; i < node.operands.size(); ++i) {
      if (i > 0) {
        out_ += ' ';
        out_ += spelling(node.op);
        out_ += ' ';
      }
      const bool is_left = i == 0 && own != kComparison;
      print_in(node.operands[i], is_left ? own : own + 1);
    }
  }
  void write(const HasLabels& node) {
    print_in(node.subject, kPostfix);
    out_ += ':';
    write(node.labels, false);
  }
  void write(const LabelExpression& labels, bool inside) {
    using Op = LabelExpression::Op;
    if (labels.op == Op::Name) return append_name(out_, labels.name);
    if (labels.op == Op::Any) {
      out_ += '%';
      return;
    }
    if (labels.op == Op::Dynamic) {
      out_ += labels.one_of ? "$any(" : "$(";
      print(*labels.value);
      out_ += ')';
      return;
    }
    if (labels.op == Op::Not) {
      out_ += '!';
      return write(labels.operands.at(0), true);
    }
    if (inside) out_ += '(';
    for (std::size_t i = 0; i < labels.operands.size(); ++i) {
      if (i > 0) out_ += labels.op == Op::And ? '&' : '|';
      write(labels.operands[i], true);
    }
    if (inside) out_ += ')';
  }
  void write(const TypePredicate& node) {
    print_in(node.subject, kSum);
    out_ += node.negated ? " IS NOT :: " : " IS :: ";
    out_ += node.type;
  }
  void write(const Call& node) {
    out_ += node.function->name;
    out_ += '(';
    print_all(node.arguments);
    out_ += ')';
  }
  void write(const Case& node) {
    out_ += "CASE";
    after(" ", node.operand);
    for (const auto& [condition, result] : node.whens) {
      after(" WHEN ", condition);
      after(" THEN ", result);
    }
    after(" ELSE ", node.otherwise);
    out_ += " END";
  }
  void write(const ListComprehension& node) {
    out_ += '[';
    slot(node.variable);
    after(" IN ", node.list);
    after(" WHERE ", node.where);
    after(" | ", node.projection);
    out_ += ']';
  }
  void write(const Quantifier& node) {
    out_ += quantifier_name(node.kind);
    out_ += '(';
    slot(node.variable);
    after(" IN ", node.list);
    after(" WHERE ", node.where);
    out_ += ')';
  }
  void write(const Reduce& node) {
    out_ += "reduce(";
    slot(node.accumulator);
    after(" = ", node.initial);
    out_ += ", ";
    slot(node.variable);
    after(" IN ", node.list);
    after(" | ", node.step);
    out_ += ')';
  }
  void write(const Tried& node) {
    out_ += node.early ? "try(" : "recheck(";
    print(*node.condition);
    out_ += ')';
  }
  void write(const MakePath& node) {
    out_ += '(';
    slot(node.start);
    out_ += ')';
    for (const auto& step : node.steps) {
      out_ += "-[";
      slot(step.relationship);
      out_ += step.is_list ? "*]-(" : "]-(";
      slot(step.node);
      out_ += ')';
    }
  }
  void write(const Subquery& node) {
    using Kind = Subquery::Kind;
    out_ += node.kind == Kind::Exists ? "EXISTS" : node.kind == Kind::Count ? "COUNT" : "COLLECT";
    out_ += " {";
    for (std::size_t i = 0; i < node.imports.size(); ++i) {
      out_ += i > 0 ? ", " : " ";
      slot(node.imports[i]);
    }
    out_ += node.imports.empty() ? "…}" : " … }";
  }

  std::string& out_;
  std::span<const SlotInfo> slots_;
};

}  // namespace

std::string print_slot(Slot slot, std::span<const SlotInfo> slots) {
  std::string text;
  if (slot < slots.size() && !slots[slot].name.empty()) {
    append_name(text, slots[slot].name);
    return text;
  }
  return "anon_" + std::to_string(slot);
}

std::string print_expression(const Expression& expression, std::span<const SlotInfo> slots) {
  std::string text;
  Printer(text, slots).print(expression);
  return text;
}

}  // namespace kith::bound
