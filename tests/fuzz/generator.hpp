// tests/fuzz/generator.hpp: random statements of the language, with their names and types right.
//
// What a query answers must not depend on the order of rows that it does not sort: LIMIT stands
// behind an ORDER BY over all columns (or before a count), lists of collect() are only looked at
// in ways that their order does not change, and what SET writes depends on the element alone.
#pragma once

#include <string>
#include <vector>

#include "tests/fuzz/random.hpp"

namespace kith::fuzz {

enum class Type {
  Node,
  Relationship,
  Relationships,  // of a variable-length pattern
  Path,
  SomePath,  // one of several: only its length is known
  Boolean,
  Integer,   // small
  Text,      // a string
  Any,       // a property, anything; may be null
  Integers,  // a list
  Values,    // a list of anything
  Nodes,     // a list
  Bag,       // a list in no order
};

struct Variable {
  std::string name;
  Type type;
};
using Scope = std::vector<Variable>;

// Clauses, and a condition over what they bind: for the oracle of three parts.
struct PartitionCase {
  std::string query, condition;
};

class Generator {
 public:
  // `may_fail`: with expressions that can be errors.
  Generator(Random& random, bool may_fail) : random_(random), may_fail_(may_fail) {}

  std::string read_query();
  std::string counting_query();  // patterns of which only the number of matches matters
  std::string path_query();      // trails, shortest paths
  std::string seek_query();      // about what is indexed
  PartitionCase partition_case();
  std::string write_statement();

 private:
  // --- expressions.cpp: each of a type; `depth`: how much may stand inside
  std::string expression(const Scope& scope, Type type, int depth);
  std::string boolean(const Scope& scope, int depth);
  std::string integer(const Scope& scope, int depth);
  std::string text(const Scope& scope, int depth);
  std::string any(const Scope& scope, int depth);
  std::string integers(const Scope& scope, int depth);
  std::string values(const Scope& scope, int depth);
  std::string nodes(const Scope& scope, int depth);
  std::string comparison(const Scope& scope, int depth);
  std::string about_element(const Scope& scope);
  std::string about_list(const Scope& scope, int depth);
  std::string property(const Scope& scope);
  std::string literal();
  std::string case_of(const Scope& scope, Type type, int depth);
  std::string label_expression(const std::vector<std::string>& names, int depth);
  // --- calls.cpp: a function of the registry
  std::string call(const Scope& scope, int depth);
  std::string argument(const Scope& scope, const std::string& types, int depth);

  // --- patterns.cpp
  struct PatternOptions {
    int most_steps = 3;
    bool names = true;       // may bind new variables
    bool variable = true;    // may have steps of variable length
    bool conditions = true;  // inline properties and WHERE
  };
  // Adds what it binds to `scope`; may use what is in there.
  std::string pattern(Scope& scope, const PatternOptions& options);
  std::string patterns(Scope& scope, const PatternOptions& options, int parts);
  std::string node(Scope& scope, const Scope& before, const PatternOptions& options);
  std::string step(Scope& scope, const PatternOptions& options);
  std::string shortest(Scope& scope);
  std::string inline_properties();
  std::string pattern_predicate(const Scope& scope);
  std::string subquery(const Scope& scope, const std::string& kind, int depth);
  std::string pattern_comprehension(const Scope& scope, int depth);

  // --- paths.cpp
  std::string path_condition(const Scope& scope, const std::string& p, const std::string& r);

  // --- seeks.cpp
  std::string sought(const Scope& scope, const std::string& key);
  std::string seek_condition(const Scope& scope, const std::string& name, const std::string& key);
  std::string end_query();
  std::string step_text();

  // --- clauses.cpp
  std::string reading_clauses(Scope& scope, int number);
  std::string reading_clause(Scope& scope);
  std::string match(Scope& scope, bool optional);
  std::string unwind(Scope& scope);
  std::string with(Scope& scope);
  std::string call_subquery(Scope& scope);
  // "items [ORDER BY … SKIP … LIMIT …]"; `scope` becomes what it makes.
  std::string projection(Scope& scope, bool aliases_only);
  std::string aggregate(const Scope& scope, Type& type);
  std::string order_all(const Scope& columns);
  std::string plain_items(Scope& scope, int number);
  std::string grouped_items(Scope& scope);

  // --- writes.cpp
  std::string write_clause(Scope& scope, bool& deleted);
  std::string write_subquery(const Scope& scope);
  std::string create(Scope& scope);
  std::string merge(Scope& scope);
  std::string set(const Scope& scope);
  std::string remove(const Scope& scope);
  std::string erase(const Scope& scope);
  std::string foreach (const Scope& scope);
  std::string own_value(const Variable& element);
  std::string constant_map();

  const Variable* variable_of(const Scope& scope, Type type);
  std::string fresh(const char* stem) { return stem + std::to_string(++number_); }
  bool chance(int percent) { return random_.chance(percent); }

  Random& random_;
  bool may_fail_;
  int number_ = 0;
};

}  // namespace kith::fuzz
