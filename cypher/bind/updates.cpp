// cypher/bind/updates.cpp: SET, REMOVE, DELETE.
#include <utility>

#include "core/assert.hpp"
#include "cypher/bind/binder.hpp"

namespace kith::cypher {

using namespace bound;  // kNodeType …: the words of this file

namespace {

std::vector<std::string> texts(const std::vector<ast::Name>& names) {
  std::vector<std::string> result;
  for (const ast::Name& name : names) result.push_back(name.text);
  return result;
}

}  // namespace

bound::SetItem Binder::bind_property_target(const ast::Expression& target,
                                            bound::SetItem::Kind kind) {
  bound::SetItem result{};
  result.kind = kind;
  if (const auto* index = std::get_if<ast::Index>(&target.node)) {
    result.subject = bind_expression(*index->subject);
    result.dynamic_key = bind_expression(*index->index);
    require(result.dynamic_key, kStringType, "the name of a property");
    if (checks_types_ && is_null_only(result.dynamic_key->types)) {
      fail_.syntax("InvalidArgumentType", "the name of a property cannot be null",
                   result.dynamic_key->at);
    }
  } else {
    const auto* property = std::get_if<ast::Property>(&target.node);
    if (property == nullptr) {
      fail_.syntax("UnexpectedSyntax", "a property is meant here, such as n.name", target.at);
    }
    result.subject = bind_expression(*property->subject);
    result.key = property->key.text;
  }
  require(result.subject, kNodeType | kRelationshipType, "what has its property changed");
  return result;
}

bound::SetItem Binder::bind_set_item(const ast::SetItem& item) {
  using Kind = ast::SetItem::Kind;
  if (item.kind == Kind::Property) {
    auto result = bind_property_target(*item.subject, bound::SetItem::Kind::Property);
    result.value = bind_expression(*item.value);
    return result;
  }
  KITH_ASSERT(item.subject != nullptr);
  bound::SetItem result{};
  result.subject = bind_expression(*item.subject);
  if (item.kind == Kind::Labels) {
    KITH_ASSERT(item.value == nullptr && !(item.labels.empty() && item.dynamic_labels.empty()));
    result.kind = bound::SetItem::Kind::AddLabels;
    result.labels = texts(item.labels);
    take_dynamic_labels(item.dynamic_labels, result);
    require(result.subject, kNodeType, "what gets a label");
    return result;
  }
  result.kind =
      item.kind == Kind::Replace ? bound::SetItem::Kind::Replace : bound::SetItem::Kind::Merge;
  require(result.subject, kNodeType | kRelationshipType, "what has its properties changed");
  result.value = bind_expression(*item.value);
  require(result.value, kMapType | kNodeType | kRelationshipType, "a set of properties");
  return result;
}

void Binder::bind(const ast::Set& clause, Position at, Clauses& into) {
  note_write(at);
  bound::Set made;
  for (const ast::SetItem& item : clause.items) made.items.push_back(bind_set_item(item));
  into.push_back({std::move(made), at});
}

void Binder::bind(const ast::Remove& clause, Position at, Clauses& into) {
  note_write(at);
  bound::Set made;
  for (const ast::RemoveItem& item : clause.items) {
    if (item.property) {
      made.items.push_back(
          bind_property_target(*item.property, bound::SetItem::Kind::RemoveProperty));
      continue;
    }
    bound::SetItem result{};
    result.kind = bound::SetItem::Kind::RemoveLabels;
    result.subject = bind_expression(*item.subject);
    result.labels = texts(item.labels);
    take_dynamic_labels(item.dynamic_labels, result);
    require(result.subject, kNodeType, "what loses a label");
    made.items.push_back(std::move(result));
  }
  into.push_back({std::move(made), at});
}

void Binder::bind(const ast::Delete& clause, Position at, Clauses& into) {
  note_write(at);
  bound::Delete made;
  made.detach = clause.detach;
  for (const ast::ExpressionPtr& target : clause.targets) {
    if (std::holds_alternative<ast::HasLabels>(target->node)) {
      fail_.syntax("InvalidDelete",
                   "DELETE removes nodes and relationships; a label is taken away by REMOVE",
                   target->at);
    }
    made.targets.push_back(bind_expression(*target));
    require(made.targets.back(), kNodeType | kRelationshipType | kPathType, "what is deleted");
  }
  into.push_back({std::move(made), at});
}

}  // namespace kith::cypher
