// cypher/parse/fingerprint.cpp: from scanned literals to a shape.
#include "cypher/parse/fingerprint.hpp"

#include <utility>

#include "core/assert.hpp"
#include "core/hash.hpp"
#include "core/identical.hpp"
#include "cypher/parse/literal_scan.hpp"

namespace kith::cypher {

namespace {

// A byte a level: the kinds of a value, of its items, of theirs.
std::uint64_t type_of(const Cell& cell) {
  static_assert(static_cast<int>(Kind::Map) < 8);
  KITH_ASSERT(cell.kind <= Kind::Map);
  std::uint64_t below = 0;
  if (cell.kind == Kind::List) {
    for (const Cell& item : cell.items()) below |= type_of(item);
  } else if (cell.kind == Kind::Map) {
    for (const MapEntry& entry : cell.entries()) below |= type_of(entry.value);
  }
  return below << 8 | std::uint64_t{1} << static_cast<int>(cell.kind);
}

}  // namespace

Fingerprint::Fingerprint(std::string text, bool lifts) : text_(std::move(text)) {
  LiteralScan scan;
  if (lifts) scan = scan_literals(text_, arena_);
  is_shown_ = scan.is_shown;
  candidates_.reserve(scan.literals.size());
  values_.reserve(scan.literals.size());
  std::uint64_t hash = 0;
  std::size_t at = 0;
  const auto fixed = [&](std::size_t end) {
    hash = combine_hashes(hash, hash_text(std::string_view(text_).substr(at, end - at)));
  };
  for (const ScannedLiteral& literal : scan.literals) {
    Candidate made{literal.begin, literal.end, 0, 0, type_of(literal.value)};
    while (made.value < values_.size() && !identical(values_[made.value], literal.value)) {
      ++made.value;
    }
    if (made.value == values_.size()) values_.push_back(literal.value);
    while (made.spelling < candidates_.size() &&
           spelling(candidates_[made.spelling]) != spelling(made)) {
      ++made.spelling;
    }
    fixed(literal.begin);
    at = literal.end;
    hash = combine_hashes(hash, made.type);
    hash = combine_hashes(hash, std::uint64_t{made.value} << 32 | made.spelling);
    candidates_.push_back(made);
  }
  fixed(text_.size());
  shape_hash_ = hash;
}

bool Fingerprint::has_shape_of(const Fingerprint& other) const {
  if (shape_hash_ != other.shape_hash_ || candidates_.size() != other.candidates_.size()) {
    return false;
  }
  const std::string_view here = text_, there = other.text_;
  std::size_t a = 0, b = 0;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const Candidate& mine = candidates_[i];
    const Candidate& its = other.candidates_[i];
    if (mine.type != its.type || mine.value != its.value || mine.spelling != its.spelling ||
        here.substr(a, mine.begin - a) != there.substr(b, its.begin - b)) {
      return false;
    }
    a = mine.end;
    b = its.end;
  }
  return here.substr(a) == there.substr(b);
}

std::size_t Fingerprint::place_of(const Fingerprint& other, std::size_t at) const {
  KITH_ASSERT(candidates_.size() == other.candidates_.size() && at <= other.text_.size());
  std::size_t a = 0, b = 0;  // the ends of the candidate before
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    if (at < other.candidates_[i].end) {
      const bool inside = at >= other.candidates_[i].begin;
      return inside ? candidates_[i].begin : a + (at - b);
    }
    a = candidates_[i].end;
    b = other.candidates_[i].end;
  }
  return a + (at - b);
}

std::uint64_t Fingerprint::bytes() const {
  return sizeof(*this) + text_.capacity() + candidates_.capacity() * sizeof(Candidate) +
         values_.capacity() * sizeof(Cell) + arena_.bytes();
}

}  // namespace kith::cypher
