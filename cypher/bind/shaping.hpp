// cypher/bind/shaping.hpp: a pattern while it is bound. Private to patterns.cpp and
// path_patterns.cpp.
//
// First every name of all parts is declared, then conditions are bound, which may use any of them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cypher/bind/binder.hpp"

namespace kith::cypher {

// Labels, properties and WHERE of one element, bound once all names are declared.
struct Binder::Condition {
  ExpressionPtr subject;
  const ast::LabelExpression* labels = nullptr;
  const ast::Expression* properties = nullptr;
  const ast::Expression* where = nullptr;
};

// The conditions of a quantified part, or of a path with a selector.
struct Binder::Inside {
  Position at = {};
  std::size_t relationship = 0;             // in pattern.relationships
  std::optional<std::size_t> stretch = {};  // of its path; absent: of the path as a whole
  std::vector<NamedSlot> names = {};        // seen inside alone
  std::vector<Slot> own = {};               // what conditions may read of this MATCH
  std::vector<Condition> conditions = {};
  std::vector<const ast::Expression*> wheres = {};
  std::vector<ExpressionPtr> equal = {};  // of names that stand twice
};

struct Binder::Shaping {
  NewNames new_names;
  Slot first_slot = 0;   // of this MATCH
  bool repeats = false;  // REPEATABLE ELEMENTS
  bound::Pattern pattern = {};
  std::vector<Condition> conditions = {};
  std::vector<const ast::Expression*> wheres = {};  // of parentheses
  std::vector<ExpressionPtr> trails_bound_before =
      {};                                // each: the pattern's trail = the known list
  std::vector<Slot> relationships = {};  // named ones of this pattern
  struct Each {
    const ast::RelationshipPattern* written;
    std::span<const ast::ExpressionPtr> wheres;  // of parentheses around it
    std::size_t index;                           // in pattern.relationships, or in pattern.shortest
    bool is_shortest;
  };
  std::vector<Each> each = {};
  std::vector<Inside> inside = {};
  std::vector<bound::NewItem>* once = nullptr;  // null: what is volatile stays where it is
};

// A, or A|B|C: what a list of types can say.
bool names_of_types(const ast::LabelExpression& types, std::vector<std::string>& into);

inline ExpressionPtr variable(Slot slot, const std::string& name, TypeSet types, Position at) {
  return bound::make(bound::Variable{slot, name}, types, at);
}

}  // namespace kith::cypher
