// cypher/bind/messages.hpp: compile-time errors: what, where, and what was perhaps meant.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

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

std::string lower_ascii(std::string_view text);  // names of functions know no case

// How many single changes (insert, delete, replace, swap neighbours) lead from one to the other,
// letter case apart; stops counting above `limit`.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

// The candidate nearest to `name`, if one is near enough to be meant.
std::optional<std::string> nearest(std::string_view name, std::span<const std::string> candidates);

// " (did you mean `x`?)", or nothing.
std::string did_you_mean(std::string_view name, std::span<const std::string> candidates);

}  // namespace kith::cypher
