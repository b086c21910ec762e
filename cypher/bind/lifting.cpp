// cypher/bind/lifting.cpp: finding the candidate for a literal.
#include "cypher/bind/lifting.hpp"

#include <algorithm>
#include <limits>

#include "core/assert.hpp"
#include "core/identical.hpp"
#include "core/text.hpp"

namespace kith::cypher {

namespace {

bool is_before(Position a, Position b) {
  return a.line != b.line ? a.line < b.line : a.column < b.column;
}

std::optional<Cell> negation(const Cell& cell) {
  if (cell.kind == Kind::Float) return Cell::of(-cell.real);
  const bool is_integer =
      cell.kind == Kind::Integer && cell.integer != std::numeric_limits<std::int64_t>::min();
  return is_integer ? std::optional(Cell::of(-cell.integer)) : std::nullopt;
}

// A minus, or what may hide one, stands before the byte `at`.
bool may_have_sign(std::string_view text, std::size_t at) {
  while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t')) --at;
  return at > 0 && std::string_view("-/\n\r\v\f").find(text[at - 1]) != std::string_view::npos;
}

}  // namespace

Lifting::Lifting(const Fingerprint& print)
    : print_(print), states_(print.candidates().size(), State::NotMet) {
  const std::string_view text = print.text();
  Position at{1, 1};
  std::size_t reached = 0;
  for (const Fingerprint::Candidate& candidate : print.candidates()) {
    const std::string_view between = text.substr(reached, candidate.begin - reached);
    const std::size_t newline = between.rfind('\n');
    if (newline != std::string_view::npos) {
      at.line += static_cast<std::uint32_t>(std::count(between.begin(), between.end(), '\n'));
      at.column = 1;
    }
    const std::size_t tail = newline == std::string_view::npos ? 0 : newline + 1;
    at.column += static_cast<std::uint32_t>(count_code_points(between.substr(tail)));
    reached = candidate.begin;
    places_.push_back(at);
  }
}

std::optional<std::size_t> Lifting::find(Position at) const {
  const auto found = std::lower_bound(places_.begin(), places_.end(), at, is_before);
  if (found == places_.end() || is_before(at, *found)) return std::nullopt;
  return static_cast<std::size_t>(found - places_.begin());
}

std::optional<Lifting::Open> Lifting::open(Position at, const Cell& value, bool may) {
  const auto found = find(at);
  if (!found) return std::nullopt;
  State& state = states_[*found];
  const Cell& written = print_.values()[print_.candidates()[*found].value];
  const auto minus = negation(written);
  const bool same = identical(written, value);
  const bool negated = !same && minus && identical(*minus, value);
  // 0 and -0 are one integer, but not so the literals of other texts that stand in their places.
  const bool is_doubtful = written.kind == Kind::Integer && written.integer == 0 &&
                           may_have_sign(print_.text(), print_.candidates()[*found].begin);
  if (!may || is_doubtful || (!same && !negated)) state = State::Fixed;
  if (state == State::Fixed) return std::nullopt;
  state = State::Open;
  return Open{print_.candidates()[*found].value, negated};
}

bool Lifting::is_list(Position at) const {
  const auto found = find(at);
  return found && print_.values()[print_.candidates()[*found].value].kind == Kind::List;
}

void Lifting::fix_values(std::span<const std::uint32_t> values) {
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const std::uint32_t value = print_.candidates()[i].value;
    if (std::find(values.begin(), values.end(), value) != values.end()) states_[i] = State::Fixed;
  }
}

std::vector<bool> Lifting::result() const {
  std::vector<bool> open;
  for (const State state : states_) open.push_back(state == State::Open);
  KITH_ASSERT(open.size() == print_.candidates().size());
  return open;
}

}  // namespace kith::cypher
