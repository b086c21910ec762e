// cypher/exec/group_table.hpp: numbers for the distinct rows of some columns, in order of first
// appearance. Equal means equivalent: null is null, 1 is 1.0.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/compare.hpp"
#include "cypher/exec/row_buffer.hpp"

namespace kith::exec {

// Where a group's first row came in. Rows of one sequence are all one worker's, so its own count of
// groups orders them.
struct FirstSeen {
  std::uint64_t sequence = 0;
  std::uint64_t ordinal = 0;
  friend auto operator<=>(const FirstSeen&, const FirstSeen&) = default;
};
// Groups from first.size() to `count` came in with `sequence`. `before`: groups of the same worker
// that are no longer in the table.
void note_first(std::vector<FirstSeen>& first, std::uint32_t count, std::uint64_t sequence,
                std::uint64_t before = 0);

class GroupTable {
 public:
  // Its owner accounts for bytes().
  GroupTable(std::size_t columns, MemoryBudget& budget, std::string_view who)
      : keys_(columns, budget, who, Charging::ByOwner), slots_(kFirstSlots) {}

  // The group of each row; new keys get new groups. `columns` is what the table has.
  void find_or_add(std::span<const Column> columns, std::uint32_t rows,
                   std::vector<std::uint32_t>& groups);
  // The group of a key of another table.
  std::uint32_t find_or_add(std::span<const Cell> key);

  // An equivalent key instead: 1 for 1.0, whichever came in first.
  void replace_key(std::uint32_t group, std::span<const Cell> key);

  std::uint32_t size() const { return static_cast<std::uint32_t>(keys_.size()); }
  std::span<const Cell> key(std::uint32_t group) const {
    return {keys_.row(group), keys_.columns()};
  }
  std::uint64_t hash_of(std::uint32_t group) const { return hashes_[group]; }  // of its key
  std::uint64_t bytes() const {
    return keys_.bytes() + slots_.capacity() * sizeof(Slot) +
           hashes_.capacity() * sizeof(std::uint64_t);
  }
  const RowBuffer& keys() const { return keys_; }
  RowBuffer& keys() { return keys_; }

 private:
  static constexpr std::size_t kFirstSlots = 64;
  struct Slot {
    std::uint32_t tag = 0;    // the high half of the hash
    std::uint32_t group = 0;  // plus one; 0: free
  };

  void prefetch(std::uint32_t row) const;
  template <class Same, class Key>
  std::uint32_t probe(std::uint64_t hash, Same same, Key key);
  void find_typed(const Column& column, std::uint32_t rows, std::vector<std::uint32_t>& groups);
  void find_texts(const Column& column, std::uint32_t rows, std::vector<std::uint32_t>& groups);
  void find_each(std::span<const Column> columns, std::uint32_t rows,
                 std::vector<std::uint32_t>& groups);
  bool find_repeated(std::span<const Column> columns, std::uint32_t rows,
                     std::vector<std::uint32_t>& groups);
  void grow();

  RowBuffer keys_;
  std::vector<std::uint64_t> hashes_;  // by group
  std::vector<Slot> slots_;            // a power of two
  std::vector<std::uint64_t> scratch_;
  std::vector<std::uint32_t> known_, first_rows_, of_value_;  // of find_repeated()
};

// Hashes of rows over several columns; equal for equivalent rows.
void hash_rows(std::span<const Column> columns, std::uint32_t rows,
               std::vector<std::uint64_t>& out);
std::uint64_t hash_key(std::span<const Cell> key);

// equivalent(), with the common cases inline.
inline bool same_key(const Cell& a, const Cell& b) {
  if (a.kind == b.kind) {
    switch (a.kind) {
      case Kind::Null:
        return true;
      case Kind::Boolean:
      case Kind::Integer:
      case Kind::Node:
      case Kind::Relationship:
        return a.word == b.word;
      case Kind::String:
        return a.string() == b.string();
      default:
        break;
    }
  }
  return equivalent(a, b);
}

}  // namespace kith::exec
