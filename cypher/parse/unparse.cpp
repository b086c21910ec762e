// cypher/parse/unparse.cpp: an AST as Cypher text: EXPLAIN AST, and the test of the parser.
#include "cypher/parse/unparse.hpp"

#include <algorithm>
#include <array>

#include "core/assert.hpp"
#include "core/number.hpp"
#include "core/text.hpp"

namespace kith::cypher {

namespace {

using namespace ast;

constexpr std::array kReserved = {"all",     "allshortestpaths",
                                  "and",     "any",
                                  "as",      "case",
                                  "collect", "count",
                                  "create",  "delete",
                                  "detach",  "distinct",
                                  "else",    "exists",
                                  "false",   "foreach",
                                  "in",      "is",
                                  "match",   "merge",
                                  "none",    "not",
                                  "null",    "or",
                                  "reduce",  "remove",
                                  "return",  "shortestpath",
                                  "single",  "then",
                                  "true",    "union",
                                  "unwind",  "when",
                                  "where",   "with",
                                  "xor"};

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

class Printer {
 public:
  std::string take() { return std::move(out_); }

  // Each clause on a line of its own, `indent` levels in.
  void query(const Query& query) {
    for (std::size_t i = 0; i < query.parts.size(); ++i) {
      if (i > 0) line(), out_ += query.union_all[i - 1] ? "UNION ALL" : "UNION";
      for (const Clause& clause : query.parts[i].clauses) {
        if (!out_.empty()) line();
        this->clause(clause);
      }
    }
  }

  void expression(const Expression& e) {
    std::visit(Overload{[&](const Literal& n) { literal(n.value.cell()); },
                        [&](const Parameter& n) { out_ += "$" + quoted_name(n.name); },
                        [&](const Variable& n) { out_ += quoted_name(n.name); },
                        [&](const ast::Property& n) {
                          operand(*n.subject);
                          out_ += "." + quoted_name(n.key.text);
                        },
                        [&](const Index& n) {
                          operand(*n.subject);
                          in("[", *n.index, "]");
                        },
                        [&](const Slice& n) {
                          operand(*n.subject);
                          in("[", n.from, "..");
                          in("", n.to, "]");
                        },
                        [&](const ListLiteral& n) {
                          out_ += "[";
                          list(n.items, [&](const auto& item) { expression(*item); });
                          out_ += "]";
                        },
                        [&](const MapLiteral& n) { map(n); },
                        [&](const MapProjection& n) { projection(n); },
                        [&](const Unary& n) { unary(n); },
                        [&](const Binary& n) {
                          operand(*n.left);
                          out_ += " " + std::string(spelled(n.op)) + " ";
                          operand(*n.right);
                        },
                        [&](const ComparisonChain& n) {
                          operand(*n.first);
                          for (const auto& link : n.links) {
                            out_ += " " + std::string(spelled(link.op)) + " ";
                            operand(*link.operand);
                          }
                        },
                        [&](const HasLabels& n) {
                          operand(*n.subject);
                          out_ += ":";
                          labels(n.labels);
                        },
                        [&](const TypePredicate& n) {
                          operand(*n.subject);
                          out_ += (n.negated ? " IS NOT :: " : " IS :: ") + n.type;
                        },
                        [&](const FunctionCall& n) { call(n); },
                        [&](const Case& n) { choice(n); },
                        [&](const ListComprehension& n) {
                          out_ += "[" + quoted_name(n.variable.text) + " IN ";
                          operand(*n.list);
                          in(" WHERE ", n.where, "", true);
                          in(" | ", n.projection, "", true);
                          out_ += "]";
                        },
                        [&](const PatternComprehension& n) {
                          out_ += "[";
                          pattern(*n.pattern);
                          in(" WHERE ", n.where, "", true);
                          in(" | ", n.projection, "]");
                        },
                        [&](const Quantifier& n) {
                          out_ += std::string(spelled(n.kind)) + "(" +
                                  quoted_name(n.variable.text) + " IN ";
                          operand(*n.list);
                          in(" WHERE ", n.where, ")");
                        },
                        [&](const Reduce& n) {
                          out_ += "reduce(" + quoted_name(n.accumulator.text) + " = ";
                          operand(*n.initial);
                          out_ += ", " + quoted_name(n.variable.text) + " IN ";
                          operand(*n.list);
                          in(" | ", n.step, ")");
                        },
                        [&](const PatternPredicate& n) { pattern(*n.pattern); },
                        [&](const Subquery& n) { subquery(n); }},
               e.node);
  }

 private:
  void line() { out_ += "\n" + std::string(indent_ * 2, ' '); }

  template <class Items, class Print>
  void list(const Items& items, Print&& print) {
    bool first = true;
    for (const auto& item : items) {
      if (!first) out_ += ", ";
      first = false;
      print(item);
    }
  }

  void in(std::string_view before, const ExpressionPtr& e, std::string_view after,
          bool optional = false) {
    if (optional && !e) return;
    out_ += before;
    if (e) expression(*e);
    out_ += after;
  }
  void in(std::string_view before, const Expression& e, std::string_view after) {
    out_ += before;
    expression(e);
    out_ += after;
  }

  // Inside another expression: in parentheses unless it stands for itself.
  void operand(const Expression& e) {
    const auto* literal = std::get_if<Literal>(&e.node);
    const bool negative =
        literal != nullptr &&
        ((literal->value.cell().kind == Kind::Integer && literal->value.cell().integer < 0) ||
         literal->value.cell().kind == Kind::Float);
    const bool compound = std::holds_alternative<Unary>(e.node) ||
                          std::holds_alternative<Binary>(e.node) ||
                          std::holds_alternative<ComparisonChain>(e.node) ||
                          std::holds_alternative<HasLabels>(e.node) ||
                          std::holds_alternative<TypePredicate>(e.node) ||
                          std::holds_alternative<PatternPredicate>(e.node);
    if (!negative && !compound) return expression(e);
    in("(", e, ")");
  }

  void literal(const Cell& cell) {
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

  void string(std::string_view text) {
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

  void unary(const Unary& n) {
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

  void map(const MapLiteral& map) {
    out_ += "{";
    list(map.entries, [&](const auto& entry) {
      out_ += quoted_name(entry.key.text) + ": ";
      expression(*entry.value);
    });
    out_ += "}";
  }

  void projection(const MapProjection& n) {
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

  void call(const FunctionCall& n) {
    dotted(n.name.text);
    out_ += n.distinct ? "(DISTINCT " : n.star ? "(*" : "(";
    list(n.arguments, [&](const auto& argument) { expression(*argument); });
    out_ += ")";
  }

  // Each part of a name with a namespace by itself. count and the like need no quotes here.
  void dotted(std::string_view name) {
    for (std::size_t begin = 0; begin <= name.size();) {
      const std::size_t end = std::min(name.find('.', begin), name.size());
      const std::string_view part = name.substr(begin, end - begin);
      out_ += is_plain_name(part) ? std::string(part) : quoted_name(part);
      if (end < name.size()) out_ += ".";
      begin = end + 1;
    }
  }

  void choice(const Case& n) {
    out_ += "CASE";
    in(" ", n.operand, "", true);
    for (const auto& when : n.whens) {
      in(" WHEN ", when.condition, "");
      in(" THEN ", when.result, "");
    }
    in(" ELSE ", n.otherwise, "", true);
    out_ += " END";
  }

  void subquery(const Subquery& n) {
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

  void block(const Query& query) {
    out_ += "{";
    ++indent_;
    this->query(query);
    --indent_;
    line();
    out_ += "}";
  }

  void labels(const LabelExpression& e) {
    using Op = LabelExpression::Op;
    const auto part = [&](const LabelExpression& operand) {
      const bool single = operand.op == Op::Name || operand.op == Op::Any || operand.op == Op::Not;
      if (!single) out_ += "(";
      labels(operand);
      if (!single) out_ += ")";
    };
    switch (e.op) {
      case Op::Name:
        out_ += quoted_name(e.name.text);
        break;
      case Op::Any:
        out_ += "%";
        break;
      case Op::Not:
        out_ += "!";
        part(e.operands[0]);
        break;
      case Op::And:
      case Op::Or:
        for (std::size_t i = 0; i < e.operands.size(); ++i) {
          if (i > 0) out_ += e.op == Op::And ? ":" : "|";
          part(e.operands[i]);
        }
        break;
    }
  }

  // ---- patterns

  void pattern(const PatternPart& part) {
    if (part.variable) out_ += quoted_name(part.variable->text) + " = ";
    const bool shortest = part.kind != PatternPart::Kind::Plain;
    if (shortest) {
      out_ += part.kind == PatternPart::Kind::ShortestPath ? "shortestPath(" : "allShortestPaths(";
    }
    KITH_ASSERT(part.nodes.size() == part.relationships.size() + 1);
    for (std::size_t i = 0; i < part.nodes.size(); ++i) {
      if (i > 0) relationship(part.relationships[i - 1]);
      node(part.nodes[i]);
    }
    if (shortest) out_ += ")";
  }

  void node(const NodePattern& node) {
    out_ += "(";
    detail(node.variable, node.labels);
    body(node.properties, node.where);
    out_ += ")";
  }

  void relationship(const RelationshipPattern& r) {
    out_ += r.direction == Direction::In ? "<-[" : "-[";
    detail(r.variable, r.types);
    if (r.range) {
      out_ += "*";
      if (r.range->min) out_ += std::to_string(*r.range->min);
      if (!r.range->min || r.range->max != r.range->min) {
        out_ += r.range->min || r.range->max ? ".." : "";
        if (r.range->max) out_ += std::to_string(*r.range->max);
      }
    }
    body(r.properties, r.where);
    out_ += r.direction == Direction::Out ? "]->" : "]-";
  }

  void detail(const std::optional<Name>& variable, const std::optional<LabelExpression>& names) {
    if (variable) out_ += quoted_name(variable->text);
    if (!names) return;
    out_ += ":";
    labels(*names);
  }

  void body(const ExpressionPtr& properties, const ExpressionPtr& where) {
    in(" ", properties, "", true);
    in(" WHERE ", where, "", true);
  }

  void patterns(const std::vector<PatternPart>& parts) {
    list(parts, [&](const PatternPart& part) { pattern(part); });
  }

  // ---- clauses

  void clause(const Clause& clause) {
    std::visit(
        Overload{
            [&](const Match& n) {
              out_ += n.optional ? "OPTIONAL MATCH " : "MATCH ";
              patterns(n.pattern);
              in(" WHERE ", n.where, "", true);
            },
            [&](const Unwind& n) { in("UNWIND ", n.list, " AS " + quoted_name(n.variable.text)); },
            [&](const With& n) {
              out_ += "WITH ";
              this->body(n.body);
              in(" WHERE ", n.where, "", true);
            },
            [&](const Return& n) {
              out_ += "RETURN ";
              this->body(n.body);
            },
            [&](const Create& n) {
              out_ += "CREATE ";
              patterns(n.pattern);
            },
            [&](const Set& n) { set("SET ", n.items); }, [&](const Remove& n) { remove(n); },
            [&](const Delete& n) {
              out_ += n.detach ? "DETACH DELETE " : "DELETE ";
              list(n.targets, [&](const auto& target) { expression(*target); });
            },
            [&](const Merge& n) {
              out_ += "MERGE ";
              pattern(n.pattern);
              if (!n.on_create.empty()) set(" ON CREATE SET ", n.on_create);
              if (!n.on_match.empty()) set(" ON MATCH SET ", n.on_match);
            },
            [&](const Call& n) { procedure(n); },
            [&](const Foreach& n) {
              in("FOREACH (" + quoted_name(n.variable.text) + " IN ", n.list, " |");
              for (const Clause& each : n.body) {
                out_ += " ";
                this->clause(each);
              }
              out_ += ")";
            },
            [&](const CallSubquery& n) { call_subquery(n); },
            [&](const Unsupported& n) { out_ += n.name; }},
        clause.node);
  }

  void body(const Projection& body) {
    if (body.distinct) out_ += "DISTINCT ";
    if (body.star) out_ += body.items.empty() ? "*" : "*, ";
    list(body.items, [&](const ProjectionItem& item) {
      expression(*item.value);
      if (item.alias) out_ += " AS " + quoted_name(item.alias->text);
    });
    if (!body.order.empty()) out_ += " ORDER BY ";
    list(body.order, [&](const SortItem& item) {
      expression(*item.value);
      if (!item.ascending) out_ += " DESC";
    });
    in(" SKIP ", body.skip, "", true);
    in(" LIMIT ", body.limit, "", true);
  }

  void label_list(const std::vector<Name>& labels) {
    for (const Name& label : labels) out_ += ":" + quoted_name(label.text);
  }

  void set(std::string_view before, const std::vector<SetItem>& items) {
    out_ += before;
    list(items, [&](const SetItem& item) {
      expression(*item.subject);
      if (item.kind == SetItem::Kind::Labels) return label_list(item.labels);
      in(item.kind == SetItem::Kind::Merge ? " += " : " = ", item.value, "");
    });
  }

  void remove(const Remove& n) {
    out_ += "REMOVE ";
    list(n.items, [&](const RemoveItem& item) {
      expression(item.property ? *item.property : *item.subject);
      label_list(item.labels);
    });
  }

  void procedure(const Call& n) {
    out_ += "CALL ";
    dotted(n.procedure.text);
    if (n.arguments) {
      out_ += "(";
      list(*n.arguments, [&](const auto& argument) { expression(*argument); });
      out_ += ")";
    }
    if (n.yield_all) out_ += " YIELD *";
    if (!n.yields.empty()) out_ += " YIELD ";
    list(n.yields, [&](const YieldItem& item) {
      out_ += quoted_name(item.column.text);
      if (item.alias) out_ += " AS " + quoted_name(item.alias->text);
    });
    in(" WHERE ", n.where, "", true);
  }

  void call_subquery(const CallSubquery& n) {
    out_ += "CALL ";
    if (n.imports) {
      out_ += n.import_all ? "(*" : "(";
      list(*n.imports, [&](const Name& name) { out_ += quoted_name(name.text); });
      out_ += ") ";
    }
    block(*n.query);
  }

  std::string out_;
  std::size_t indent_ = 0;
};

}  // namespace

std::string quoted_name(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  const bool reserved = std::find(kReserved.begin(), kReserved.end(), lower) != kReserved.end();
  if (is_plain_name(name) && !reserved) return std::string(name);
  std::string out = "`";
  for (const char c : name) {
    if (c == '`') out += c;
    out += c;
  }
  return out + "`";
}

std::string unparse(const ast::Query& query) {
  Printer printer;
  printer.query(query);
  return printer.take();
}

std::string unparse(const ast::Expression& expression) {
  Printer printer;
  printer.expression(expression);
  return printer.take();
}

}  // namespace kith::cypher
