// cypher/bind/messages.hpp: compile-time errors: what, where, and what was perhaps meant.
#pragma once

#include <string>
#include <string_view>

#include "cypher/words.hpp"
#include "kith/error.hpp"

namespace kith::cypher {

// Throws errors about one query text; each message ends with a caret line.
class Messages {
 public:
  explicit Messages(std::string_view text) : text_(text) {}

  [[noreturn]] void syntax(std::string_view detail, const std::string& message, Position at) const;
  [[noreturn]] void type(std::string_view detail, const std::string& message, Position at) const;
  [[noreturn]] void procedure(std::string_view detail, const std::string& message,
                              Position at) const;
  [[noreturn]] void too_deep(Position at) const;

 private:
  std::string with_caret(const std::string& message, Position at) const;

  std::string_view text_;
};

}  // namespace kith::cypher
