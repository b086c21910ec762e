// cypher/parse/unparse.cpp: queries, clauses and patterns as Cypher text: EXPLAIN AST.
#include "cypher/parse/unparse.hpp"

#include <algorithm>
#include <array>

#include "core/assert.hpp"
#include "core/text.hpp"
#include "cypher/parse/printer.hpp"

namespace kith::cypher {

using namespace ast;  // the nodes are the words of this file

namespace {

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

}  // namespace

// Each clause on a line of its own, `indent` levels in.
void Printer::query(const Query& query) {
  for (std::size_t i = 0; i < query.parts.size(); ++i) {
    if (i > 0) line(), out_ += query.union_all[i - 1] ? "UNION ALL" : "UNION";
    for (const Clause& clause : query.parts[i].clauses) {
      if (!out_.empty()) line();
      this->clause(clause);
    }
  }
}

void Printer::block(const Query& query) {
  out_ += "{";
  ++indent_;
  this->query(query);
  --indent_;
  line();
  out_ += "}";
}

void Printer::labels(const LabelExpression& e) {
  using Op = LabelExpression::Op;
  const auto part = [&](const LabelExpression& operand) {
    const bool single = operand.op != Op::And && operand.op != Op::Or;
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
    case Op::Dynamic:
      dynamic_label(e.dynamic);
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

void Printer::pattern(const PatternPart& part) {
  if (part.variable) out_ += quoted_name(part.variable->text) + " = ";
  const bool shortest = part.kind != PatternPart::Kind::Plain;
  if (shortest) {
    out_ += part.kind == PatternPart::Kind::ShortestPath ? "shortestPath(" : "allShortestPaths(";
  }
  KITH_ASSERT(part.nodes.size() == part.relationships.size() + 1);
  if (part.selector) selector(*part.selector);
  steps(part);
  if (shortest) out_ += ")";
}

void Printer::steps(const PatternPart& part) {
  for (std::size_t i = 0; i < part.wheres.size(); ++i) out_ += "(";
  for (std::size_t i = 0; i < part.nodes.size(); ++i) {
    if (i > 0) relationship(part.relationships[i - 1]);
    if (!part.nodes[i].implied) node(part.nodes[i]);
  }
  for (const ExpressionPtr& where : part.wheres) {
    in_if(" WHERE ", where);
    out_ += ")";
  }
}

void Printer::selector(const PathSelector& selector) {
  using Kind = PathSelector::Kind;
  switch (selector.kind) {
    case Kind::All:
      out_ += "ALL ";
      break;
    case Kind::Any:
      out_ += "ANY ";
      break;
    case Kind::AnyShortest:
      out_ += "ANY SHORTEST ";
      break;
    case Kind::AllShortest:
      out_ += "ALL SHORTEST ";
      break;
    case Kind::Shortest:
    case Kind::ShortestGroups:
      out_ += "SHORTEST ";
      break;
  }
  if (selector.count) in("", selector.count, " ");
  if (selector.kind == Kind::ShortestGroups) out_ += "GROUPS ";
}

void Printer::quantifier(const Range& range) {
  const std::uint64_t min = range.min.value_or(0);
  if (!range.max && min < 2) {
    out_ += min == 0 ? "*" : "+";
    return;
  }
  out_ += "{" + std::to_string(min);
  if (range.max != min) out_ += "," + (range.max ? std::to_string(*range.max) : "");
  out_ += "}";
}

void Printer::node(const NodePattern& node) {
  out_ += "(";
  detail(node.variable, node.labels);
  body(node.properties, node.where);
  out_ += ")";
}

void Printer::relationship(const RelationshipPattern& r) {
  if (r.repeated) {
    const bool has_parentheses = !r.repeated->wheres.empty();
    if (!has_parentheses) out_ += "(";
    steps(*r.repeated);
    if (!has_parentheses) out_ += ")";
    return quantifier(*r.quantifier);
  }
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
  if (r.quantifier) quantifier(*r.quantifier);
}

void Printer::detail(const std::optional<Name>& variable,
                     const std::optional<LabelExpression>& names) {
  if (variable) out_ += quoted_name(variable->text);
  if (!names) return;
  out_ += ":";
  labels(*names);
}

void Printer::body(const ExpressionPtr& properties, const ExpressionPtr& where) {
  in_if(" ", properties);
  in_if(" WHERE ", where);
}

void Printer::patterns(const std::vector<PatternPart>& parts) {
  list(parts, [&](const PatternPart& part) { pattern(part); });
}

// ---- clauses

void Printer::clause(const Clause& clause) {
  std::visit(
      Overload{
          [&](const Match& n) {
            out_ += n.optional ? "OPTIONAL MATCH " : "MATCH ";
            if (n.mode == Match::Mode::RepeatableElements) out_ += "REPEATABLE ELEMENTS ";
            if (n.mode == Match::Mode::DifferentRelationships) out_ += "DIFFERENT RELATIONSHIPS ";
            patterns(n.pattern);
            hints(n.hints);
            in_if(" WHERE ", n.where);
          },
          [&](const Unwind& n) { in("UNWIND ", n.list, " AS " + quoted_name(n.variable.text)); },
          [&](const With& n) {
            out_ += "WITH ";
            this->body(n.body);
            in_if(" WHERE ", n.where);
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
          [&](const CallSubquery& n) { call_subquery(n); }, [&](const LoadCsv& n) { load_csv(n); },
          [&](const Use& n) {
            out_ += "USE ";
            dotted(n.graph.text);
          },
          [&](const Finish&) { out_ += "FINISH"; }, [&](const SchemaCommand& n) { schema(n); }},
      clause.node);
}

void Printer::body(const Projection& body) {
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
    if (item.nulls_first) out_ += *item.nulls_first ? " NULLS FIRST" : " NULLS LAST";
  });
  in_if(" SKIP ", body.skip);
  in_if(" LIMIT ", body.limit);
}

void Printer::label_list(const std::vector<Name>& labels,
                         const std::vector<DynamicLabel>& dynamic_labels) {
  for (const Name& label : labels) out_ += ":" + quoted_name(label.text);
  for (const DynamicLabel& label : dynamic_labels) {
    out_ += ":";
    dynamic_label(label);
  }
}

void Printer::dynamic_label(const DynamicLabel& label) {
  in(label.any ? "$any(" : "$(", label.value, ")");
}

void Printer::set(std::string_view before, const std::vector<SetItem>& items) {
  out_ += before;
  list(items, [&](const SetItem& item) {
    expression(*item.subject);
    if (item.kind == SetItem::Kind::Labels) return label_list(item.labels, item.dynamic_labels);
    in(item.kind == SetItem::Kind::Merge ? " += " : " = ", item.value, "");
  });
}

void Printer::remove(const Remove& n) {
  out_ += "REMOVE ";
  list(n.items, [&](const RemoveItem& item) {
    expression(item.property ? *item.property : *item.subject);
    label_list(item.labels, item.dynamic_labels);
  });
}

void Printer::procedure(const Call& n) {
  out_ += n.optional ? "OPTIONAL CALL " : "CALL ";
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
  in_if(" WHERE ", n.where);
}

void Printer::call_subquery(const CallSubquery& n) {
  out_ += n.optional ? "OPTIONAL CALL " : "CALL ";
  if (n.imports) {
    out_ += n.import_all ? "(*" : "(";
    list(*n.imports, [&](const Name& name) { out_ += quoted_name(name.text); });
    out_ += ") ";
  }
  block(*n.query);
  if (!n.transactions) return;
  const InTransactions& how = *n.transactions;
  in_if(" IN ", how.concurrency);
  out_ += how.concurrency ? " CONCURRENT TRANSACTIONS" : " IN TRANSACTIONS";
  if (how.rows) in(" OF ", how.rows, " ROWS");
  if (how.on_error == InTransactions::OnError::Continue) out_ += " ON ERROR CONTINUE";
  if (how.on_error == InTransactions::OnError::Break) out_ += " ON ERROR BREAK";
  if (how.status) out_ += " REPORT STATUS AS " + quoted_name(how.status->text);
}

void Printer::load_csv(const LoadCsv& n) {
  in(n.headers ? "LOAD CSV WITH HEADERS FROM " : "LOAD CSV FROM ", n.source,
     " AS " + quoted_name(n.variable.text));
  if (!n.terminator) return;
  out_ += " FIELDTERMINATOR ";
  string(*n.terminator);
}

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
