// cypher/bind/lifting.hpp: which literals of a statement its plan leaves open.
//
// The fingerprint has candidates; the binder asks for each literal it meets. One that it may leave
// open becomes a bound::Parameter with the number of its value. The values of all others are part
// of what the plan is for: those that are no literals at all (bounds of *1..3), those that decide
// what is an error (SKIP and LIMIT), those that the planner looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "cypher/parse/fingerprint.hpp"
#include "kith/error.hpp"

namespace kith::cypher {

class Lifting {
 public:
  // `print` outlives it.
  explicit Lifting(const Fingerprint& print);

  struct Open {
    std::uint32_t value;  // its number
    bool negated;         // the literal is minus that value
  };
  // The literal that is written at `at` and has this value; nothing if it cannot be left open. If
  // it must not (`may` is false), its value stays fixed whoever else asks.
  std::optional<Open> open(Position at, const Cell& value, bool may);
  bool is_list(Position at) const;  // a candidate that is a list begins there
  void fix_values(std::span<const std::uint32_t> values);

  // For each candidate whether it is left open.
  std::vector<bool> result() const;

 private:
  enum class State : std::uint8_t { NotMet, Open, Fixed };
  std::optional<std::size_t> find(Position at) const;

  const Fingerprint& print_;
  std::vector<Position> places_;  // of the candidates, ascending
  std::vector<State> states_;
};

}  // namespace kith::cypher
