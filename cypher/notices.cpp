// cypher/notices.cpp: walks a query as written, and writes what was noticed as notifications.
#include "cypher/notices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "core/assert.hpp"
#include "cypher/functions/function.hpp"
#include "cypher/parse/ast_walk.hpp"
#include "cypher/words.hpp"

namespace kith::cypher {

namespace {

using ast::Expression;
using ast::ExpressionPtr;
using ast::PatternPart;
using Kind = Notice::Kind;

// Parts of one MATCH that share a variable, or are compared for equality, belong together.
class Groups {
 public:
  std::size_t add() {
    parents_.push_back(parents_.size());
    return parents_.size() - 1;
  }
  std::size_t root(std::size_t i) const {
    while (parents_[i] != i) i = parents_[i];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parents_[root(a)] = root(b); }
  std::size_t count() const {
    std::size_t roots = 0;
    for (std::size_t i = 0; i < parents_.size(); ++i) roots += parents_[i] == i ? 1 : 0;
    return roots;
  }

 private:
  std::vector<std::size_t> parents_;
};

class Walk {
 public:
  std::vector<Notice> take() { return std::move(notices_); }

  // Names of variables that stand for elements of the graph wherever they occur.
  void query(const ast::Query& query) {
    for (const ast::SingleQuery& part : query.parts) {
      for (const ast::Clause& clause : part.clauses) walk(clause);
    }
  }

 private:
  void note(Kind kind, const std::string& name, Position at, std::string_view instead = {}) {
    notices_.push_back({kind, name, std::string(instead), at});
  }

  // ---- clauses

  void walk(const ast::Clause& clause) {
    std::visit([&](const auto& node) { walk(node, clause.at); }, clause.node);
  }
  void walk(const ast::Match& match, Position at) {
    check_connected(match, at);
    for (const PatternPart& part : match.pattern) pattern(part, true);
    see(match.where);
  }
  void walk(const ast::Merge& merge, Position) { pattern(merge.pattern, false); }
  void walk(const ast::Create& create, Position) {
    for (const PatternPart& part : create.pattern) pattern(part, false);
  }
  void walk(const ast::Unwind& unwind, Position) {
    see(unwind.list);
    hide(unwind.variable.text);
  }
  void walk(const ast::With& with, Position) {
    projection(with.body, true);
    see(with.where);
  }
  void walk(const ast::Return& result, Position) { projection(result.body, false); }
  void walk(const ast::Delete& clause, Position) {
    for (const ExpressionPtr& target : clause.targets) see(target);
  }
  void walk(const ast::Set& set, Position) {
    for (const ast::SetItem& item : set.items) see(item.value);
  }
  void walk(const ast::Call& call, Position) {
    if (call.arguments) {
      for (const ExpressionPtr& argument : *call.arguments) see(argument);
    }
    for (const ast::YieldItem& item : call.yields) {
      hide(item.alias ? item.alias->text : item.column.text);
    }
    see(call.where);
  }
  void walk(const ast::Foreach& each, Position) {
    see(each.list);
    hide(each.variable.text);
    for (const ast::Clause& clause : each.body) walk(clause);
  }
  void walk(const ast::CallSubquery& call, Position) { query(*call.query); }
  // Clauses that read no pattern and no expression of this kind.
  template <class Other>
  void walk(const Other&, Position) {}

  void projection(const ast::Projection& body, bool is_with) {
    for (const ast::ProjectionItem& item : body.items) {
      see(item.value);
      if (!is_with || !item.alias) continue;
      const auto* variable = std::get_if<ast::Variable>(&item.value->node);
      if (variable != nullptr && elements_.count(variable->name) != 0) {
        elements_.insert(item.alias->text);
      } else {
        hide(item.alias->text);
      }
    }
    for (const ast::SortItem& item : body.order) see(item.value);
    see(body.skip);
    see(body.limit);
  }

  // ---- patterns

  // `read`: what is not in the graph is not found; else it is made.
  void pattern(const PatternPart& part, bool read) {
    for (const ast::NodePattern& node : part.nodes) {
      if (node.variable) elements_.insert(node.variable->text);
      if (node.labels && read) labels(*node.labels, Kind::Label);
      properties(node.properties, read);
      see(node.where);
    }
    for (const ast::RelationshipPattern& relationship : part.relationships) {
      if (relationship.variable && !relationship.range) {
        elements_.insert(relationship.variable->text);
      }
      if (relationship.types && read) labels(*relationship.types, Kind::Type);
      properties(relationship.properties, read);
      see(relationship.where);
      const bool unbounded = relationship.range && !relationship.range->max;
      if (unbounded && read && part.kind == PatternPart::Kind::Plain) {
        note(Kind::UnboundedLength, "", relationship.at);
      }
    }
  }

  void labels(const ast::LabelExpression& expression, Kind kind) {
    if (expression.op == ast::LabelExpression::Op::Name && !expression.name.text.empty()) {
      note(kind, expression.name.text, expression.name.at);
    }
    for (const ast::LabelExpression& operand : expression.operands) labels(operand, kind);
  }

  void properties(const ExpressionPtr& written, bool read) {
    if (!written) return;
    const auto* map = std::get_if<ast::MapLiteral>(&written->node);
    if (map != nullptr && read) {
      for (const auto& entry : map->entries) note(Kind::Key, entry.key.text, entry.key.at);
    }
    see(written);
  }

  // One MATCH whose parts have nothing to do with each other, nor with what is known already.
  void check_connected(const ast::Match& match, Position at) {
    Groups groups;
    std::map<std::string, std::size_t, std::less<>> group_of;  // by variable
    std::set<std::size_t> known;
    for (const PatternPart& part : match.pattern) {
      const std::size_t group = groups.add();
      const auto meet = [&](const std::optional<ast::Name>& name) {
        if (!name) return;
        if (elements_.count(name->text) != 0) known.insert(group);
        const auto [at_name, is_new] = group_of.emplace(name->text, group);
        if (!is_new) groups.join(group, at_name->second);
      };
      for (const ast::NodePattern& node : part.nodes) meet(node.variable);
      for (const ast::RelationshipPattern& each : part.relationships) meet(each.variable);
      mention_in_properties(part, group, group_of, groups);
    }
    if (match.where) join_compared(*match.where, group_of, groups);
    if (groups.count() > 1 && known.empty()) note(Kind::CartesianProduct, "", at);
  }

  using GroupOf = std::map<std::string, std::size_t, std::less<>>;

  // (a), (b {x: a.x})
  static void mention_in_properties(const PatternPart& part, std::size_t group,
                                    const GroupOf& group_of, Groups& groups) {
    const auto look = [&](const ExpressionPtr& properties) {
      if (!properties) return;
      for (const std::size_t other : mentioned(*properties, group_of)) groups.join(group, other);
    };
    for (const ast::NodePattern& node : part.nodes) look(node.properties);
    for (const ast::RelationshipPattern& each : part.relationships) look(each.properties);
  }

  // a.x = b.y, a.x IN b.list, in conjunctions: such pairs are looked up, not multiplied.
  static void join_compared(const Expression& condition, const GroupOf& group_of, Groups& groups) {
    const auto* binary = std::get_if<ast::Binary>(&condition.node);
    if (binary == nullptr) return;
    if (binary->op == ast::BinaryOp::And) {
      join_compared(*binary->left, group_of, groups);
      join_compared(*binary->right, group_of, groups);
      return;
    }
    if (binary->op != ast::BinaryOp::Equal && binary->op != ast::BinaryOp::In) return;
    for (const std::size_t left : mentioned(*binary->left, group_of)) {
      for (const std::size_t right : mentioned(*binary->right, group_of)) groups.join(left, right);
    }
  }

  static std::set<std::size_t> mentioned(const Expression& expression, const GroupOf& group_of) {
    std::set<std::size_t> found;
    if (const auto* variable = std::get_if<ast::Variable>(&expression.node)) {
      const auto group = group_of.find(variable->name);
      if (group != group_of.end()) found.insert(group->second);
    }
    ast::for_each_child(expression, [&](const Expression& child, ast::Place) {
      found.merge(mentioned(child, group_of));
    });
    return found;
  }

  // ---- expressions; their height is bounded by the parser

  void see(const ExpressionPtr& expression) {
    if (expression) see(*expression);
  }
  void see(const Expression& expression) {
    if (const auto* call = std::get_if<ast::FunctionCall>(&expression.node)) {
      const FunctionDef* function = find_function(call->name.text);
      if (function != nullptr && !function->instead.empty()) {
        note(Kind::Deprecated, std::string(function->name), call->name.at, function->instead);
      }
    } else if (const auto* property = std::get_if<ast::Property>(&expression.node)) {
      const auto* variable = std::get_if<ast::Variable>(&property->subject->node);
      if (variable != nullptr && elements_.count(variable->name) != 0) {
        note(Kind::Key, property->key.text, property->key.at);
      }
    } else if (const auto* test = std::get_if<ast::HasLabels>(&expression.node)) {
      labels(test->labels, Kind::Label);
    } else if (const auto* found = std::get_if<ast::PatternComprehension>(&expression.node)) {
      pattern(*found->pattern, true);
    } else if (const auto* predicate = std::get_if<ast::PatternPredicate>(&expression.node)) {
      pattern(*predicate->pattern, true);
    } else if (const auto* subquery = std::get_if<ast::Subquery>(&expression.node)) {
      query(*subquery->query);
    }
    ast::for_each_child(expression, [&](const Expression& child, ast::Place) { see(child); });
  }

  void hide(const std::string& name) { elements_.erase(name); }

  std::vector<Notice> notices_;
  std::set<std::string, std::less<>> elements_;
};

// ---- as notifications

std::string quoted(const std::string& name) { return "`" + name + "`"; }

bool is_in_graph(const Notice& notice, const storage::Catalog& catalog) {
  switch (notice.kind) {
    case Kind::Label:
      // On a relationship the same form asks for a type.
      return catalog.find_label(notice.name) || catalog.find_type(notice.name);
    case Kind::Type:
      return catalog.find_type(notice.name).has_value();
    case Kind::Key:
      return catalog.find_key(notice.name).has_value();
    default:
      return false;
  }
}

std::string suggestion(const Notice& notice, const storage::Catalog& catalog) {
  constexpr std::uint32_t kMost = 10'000;  // names to look through
  const storage::Names& names = notice.kind == Kind::Label  ? catalog.labels
                                : notice.kind == Kind::Type ? catalog.types
                                                            : catalog.keys;
  std::vector<std::string> known;
  for (std::uint32_t i = 0; i < std::min(names.size(), kMost); ++i) known.push_back(names.name(i));
  return did_you_mean(notice.name, known);
}

Notification unknown(const Notice& notice, std::string_view code, std::string_view what,
                     const storage::Catalog& catalog) {
  Notification made;
  made.code = fmt::format("KITH-Notification-Unknown{}", code);
  made.category = "UNRECOGNIZED";
  made.title = fmt::format("The graph has no such {}", what);
  made.description = fmt::format("the {} {} is not in the graph{}", what, quoted(notice.name),
                                 suggestion(notice, catalog));
  return made;
}

Notification costly(std::string code, std::string title, std::string description) {
  Notification made;
  made.code = std::move(code);
  made.category = "PERFORMANCE";
  made.title = std::move(title);
  made.description = std::move(description);
  made.severity = Notification::Severity::Information;
  return made;
}

Notification written(const Notice& notice, const storage::Catalog& catalog) {
  switch (notice.kind) {
    case Kind::Label:
      return unknown(notice, "Label", "label", catalog);
    case Kind::Type:
      return unknown(notice, "RelationshipType", "relationship type", catalog);
    case Kind::Key:
      return unknown(notice, "PropertyKey", "property", catalog);
    case Kind::CartesianProduct:
      return costly("KITH-Notification-CartesianProduct",
                    "The parts of this MATCH are not connected",
                    "nothing connects the parts of this MATCH, so that each match of one is "
                    "combined with each match of the others: connect them by a variable, by a "
                    "relationship or by an equality in WHERE, if that is not what is meant");
    case Kind::UnboundedLength:
      return costly("KITH-Notification-UnboundedLength", "A path without a greatest length",
                    "paths of any length are looked for, and their number can be enormous: give a "
                    "greatest length, such as *1..5, if there is one");
    case Kind::Deprecated:
      break;
  }
  Notification made;
  made.code = "KITH-Notification-Deprecated";
  made.category = "DEPRECATION";
  made.title = "A deprecated function";
  const bool is_function = find_function(notice.instead) != nullptr;
  made.description = fmt::format("{}() is deprecated: use {}{}", notice.name, notice.instead,
                                 is_function ? "()" : "");
  return made;
}

}  // namespace

std::vector<Notice> notices_of(const ast::Query& query) {
  Walk walk;
  walk.query(query);
  std::vector<Notice> all = walk.take(), result;
  std::stable_sort(all.begin(), all.end(), [](const Notice& a, const Notice& b) {
    return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
  });
  std::set<std::pair<Kind, std::string>> seen;  // each name once
  for (Notice& notice : all) {
    if (notice.name.empty() || seen.emplace(notice.kind, notice.name).second) {
      result.push_back(std::move(notice));
    }
  }
  return result;
}

std::vector<Notification> notifications(const std::vector<Notice>& notices,
                                        const storage::View& view) {
  std::vector<Notification> result;
  for (const Notice& notice : notices) {
    if (is_in_graph(notice, view.catalog())) continue;
    Notification made = written(notice, view.catalog());
    KITH_ASSERT(!made.code.empty() && !made.description.empty());
    made.at = notice.at;
    result.push_back(std::move(made));
  }
  return result;
}

}  // namespace kith::cypher
