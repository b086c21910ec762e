// tests/cypher/transcript.hpp: .test files: statements and the answers they must give.
//
//   # a comment
//   CREATE (:A {x: 1});                    a statement without ---- must succeed; its answer is not
//   looked at
//
//   MATCH (a:A) RETURN a.x AS x;
//   ----                                   "---- sorted": rows in any order
//   x
//   1
//
//   RETURN y;
//   ----
//   SyntaxError (compile time) UndefinedVariable at 1:8
//
// A blank line ends an answer. Several columns are joined by " | ". A statement that changed
// something ends its answer with a line such as "-- nodes_created 1, labels_added 1". The line
// ":reset" begins an empty graph, ":param {x: 1}" sets the parameters. A file begins with an empty
// graph.
#pragma once

#include <string>
#include <vector>

namespace kith::test {

struct Block {
  std::size_t line = 0;             // of the statement's first line
  std::vector<std::string> before;  // comments and blank lines, verbatim
  std::string statement;            // without the semicolon; or a : command
  bool has_answer = false, sorted = false;
  std::vector<std::string> answer;
};

struct Transcript {
  std::string path;
  std::vector<Block> blocks;
  std::vector<std::string> tail;
};

Transcript read_transcript(const std::string& path);
void write_transcript(const Transcript& transcript);

}  // namespace kith::test
