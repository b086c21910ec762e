// cypher/prepare.hpp: the arrows of the query layer, one function each.
//
//   text -> ast::Query -> bound::Query -> plan::Plan -> (rules) plan::Plan -> cypher/exec
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "cypher/bind/bound.hpp"
#include "cypher/functions/procedure.hpp"
#include "cypher/parse/ast.hpp"
#include "cypher/plan/logical.hpp"
#include "kith/folding.hpp"
#include "storage/view.hpp"

namespace kith::cypher {

class Lifting;

// SyntaxError with position, what stood there, what was expected, and a caret line in the message.
ast::Query parse(std::string_view text);

struct BindContext {
  std::string_view text;  // for caret lines
  const ProcedureRegistry& procedures;
  std::string_view graph_name = {};  // of USE, besides `neo4j`
  Lifting* lifting = nullptr;        // null: no literal is left open
};
bound::Query bind(const ast::Query& query, const BindContext& context);

// `optimise` false: only what correctness needs. `without`: the name of a rewrite rule that is left
// out, unless correctness needs it.
plan::Plan plan_query(const bound::Query& query, const storage::View& statistics, bool optimise,
                      Folding folding, std::string_view without = {});

// "line 1, column 8:\n  RETURN nope\n         ^": appended to messages that have a position.
std::string caret(std::string_view text, Position at);

}  // namespace kith::cypher
