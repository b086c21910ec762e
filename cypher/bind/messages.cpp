// cypher/bind/messages.cpp: compile-time errors: what, where, and what was perhaps meant.
#include "cypher/bind/messages.hpp"

#include "cypher/prepare.hpp"

namespace kith::cypher {

std::string Messages::with_caret(const std::string& message, Position at) const {
  if (at.line == 0) return message;
  return message + ", at " + caret(text_, at);
}

void Messages::syntax(std::string_view detail, const std::string& message, Position at) const {
  throw SyntaxError(std::string(detail), with_caret(message, at), at);
}

void Messages::type(std::string_view detail, const std::string& message, Position at) const {
  throw TypeError(std::string(detail), with_caret(message, at), at, Phase::CompileTime);
}

void Messages::procedure(std::string_view detail, const std::string& message, Position at) const {
  throw QueryError("ProcedureError", std::string(detail), with_caret(message, at), at,
                   Phase::CompileTime);
}

void Messages::too_deep(Position at) const {
  throw ResourceError(
      "NestingTooDeep",
      with_caret("the expression is nested too deep: split it, or pass values as parameters", at),
      at);
}

}  // namespace kith::cypher
