// cypher/parse/syntax.hpp: the tree of a text that the grammar accepts.
//
// recognize() makes it from ANTLR's, which nobody else sees; the builder makes the AST from it.
// Lives inside the parser only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/arena.hpp"
#include "cypher_names.hpp"
#include "kith/error.hpp"

namespace kith::cypher {

using grammar::Rule;
using grammar::Token;

// A rule with its children in the order written, or one token.
struct Syntax {
  Rule rule = Rule::Script;          // of a rule
  Token token = Token::None;         // of a token; None: this is a rule
  Position at;                       // where it begins
  std::uint32_t begin = 0, end = 0;  // bytes of the source
  std::span<const Syntax> children;

  bool is(Rule r) const { return token == Token::None && rule == r; }
  bool is(Token t) const { return token == t && t != Token::None; }
  std::string_view in(std::string_view source) const { return source.substr(begin, end - begin); }

  // The first child of that kind, or nullptr. Walks the children: not for loops.
  template <class Kind>
  const Syntax* find(Kind kind) const {
    for (const Syntax& child : children) {
      if (child.is(kind)) return &child;
    }
    return nullptr;
  }
  template <class Kind>
  bool has(Kind kind) const {
    return find(kind) != nullptr;
  }
};

struct SyntaxTree {
  Arena arena;
  const Syntax* root = nullptr;  // Rule::Script, in `arena`
};

// Text must be valid UTF-8. Throws SyntaxError, or ResourceError where the text nests too deeply.
// Thread-safe; one text at a time.
SyntaxTree recognize(std::string_view text);

// How the grammar fares on a text that it accepts, for tests: what fast (SLL) prediction could not
// decide, and what is ambiguous. Empty is good.
std::vector<std::string> grammar_conflicts(std::string_view text);

}  // namespace kith::cypher
