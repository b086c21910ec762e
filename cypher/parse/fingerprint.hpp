// cypher/parse/fingerprint.hpp: what statements that differ only in literals have in common.
//
// One light pass over the bytes, without the parser. It finds what may be a literal of the query (a
// candidate); whether it is one, and whether a plan may leave it open, says the binder
// (cypher/bind/lifting.hpp). So the pass may overlook a literal, or take for one what is none.
//
//   L1  Two texts with the same shape are equal byte for byte but for their candidates, and these
//       are of the same types, in the same pattern of equal values and of equal spellings.
//   L2  Texts with the same shape have the same tokens but for the candidates.
//   L3  A candidate's value is what the parser makes of those bytes. Numbers have no sign: the
//       binder knows whether a minus before one belongs to it. Lists that are constant from end to
//       end are one candidate, with the signs, nulls, booleans and maps in them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/arena.hpp"
#include "core/cell.hpp"

namespace kith::cypher {

class Fingerprint {
 public:
  struct Candidate {
    std::uint32_t begin = 0, end = 0;  // bytes of the text
    std::uint32_t value = 0;           // number of its value
    std::uint32_t spelling = 0;        // the first candidate that is spelled like this one
    std::uint64_t type = 0;            // kinds: its own, and of a list's items
  };

  // `lifts` false: without candidates.
  explicit Fingerprint(std::string text, bool lifts = true);
  Fingerprint(const Fingerprint&) = delete;  // values point into the text
  Fingerprint& operator=(const Fingerprint&) = delete;

  const std::string& text() const { return text_; }
  const std::vector<Candidate>& candidates() const { return candidates_; }  // in order
  const std::vector<Cell>& values() const { return values_; }               // each once
  std::string_view spelling(const Candidate& candidate) const {
    return std::string_view(text_).substr(candidate.begin, candidate.end - candidate.begin);
  }
  // EXPLAIN and PROFILE: what they print has the literals in it.
  bool is_shown() const { return is_shown_; }

  std::uint64_t shape_hash() const { return shape_hash_; }
  bool has_shape_of(const Fingerprint& other) const;
  // Where the byte `at` of `other`, a text of the same shape, lies in this one.
  std::size_t place_of(const Fingerprint& other, std::size_t at) const;
  std::uint64_t bytes() const;  // of memory

 private:
  std::string text_;
  std::vector<Candidate> candidates_;
  std::vector<Cell> values_;
  Arena arena_;  // what the values need besides the text
  bool is_shown_ = false;
  std::uint64_t shape_hash_ = 0;
};

}  // namespace kith::cypher
