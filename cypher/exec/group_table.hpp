// cypher/exec/group_table.hpp: numbers for the distinct rows of some columns, in order of first
// appearance. Equal means equivalent: null is null, 1 is 1.0.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/compare.hpp"
#include "cypher/exec/columns.hpp"
#include "cypher/exec/first_seen.hpp"
#include "cypher/exec/row_buffer.hpp"

namespace kith::exec {

class GroupTable {
 public:
  // When groups get rows of cells: as they come, or in make_rows(), as far as their keys are kept
  // in another form until then.
  enum class Rows : std::uint8_t { AtOnce, Later };

  // Its owner accounts for bytes(), in which rows that are still to be made are not. `results`:
  // cells that a group's row has after its key, for its owner to fill.
  GroupTable(std::size_t columns, MemoryBudget& budget, std::string_view who, Rows rows,
             std::size_t results = 0)
      : columns_(columns),
        rows_(rows),
        keys_(columns + results, budget, who, Charging::ByOwner),
        slots_(kFirstSlots) {}

  // The group of each row; new keys get new groups. `columns` is what the table has.
  void find_or_add(std::span<const Column> columns, std::uint32_t rows,
                   std::vector<std::uint32_t>& groups);
  // The group of a key; what a new one points to is copied.
  std::uint32_t find_or_add(std::span<const Cell> key);

  // Room for so many groups, without growing on the way. `plain`: their keys are words, it seems.
  void expect(std::uint32_t groups, bool plain);

  // Merging another table: into[i] becomes the group here of its group begin + i, or one is found
  // of a key whose cells point to what it has. New ones go on pointing there: adopt() takes that
  // over in the end. If keys_are_like() is false, the other has to have its rows.
  void find_or_share(const GroupTable& other, std::uint32_t begin, std::uint32_t count,
                     std::vector<std::uint32_t>& into);
  std::uint32_t find_or_share(std::span<const Cell> key);
  bool keys_are_like(const GroupTable& other) const;
  void adopt(GroupTable& other);

  // Group g becomes numbers[g]. After it the table is only merged into others, or given away.
  // `heir`: an empty table that gets the memory that this one needs no more.
  void renumber(std::span<const std::uint32_t> numbers, GroupTable* heir = nullptr);

  // An equivalent key instead: 1 for 1.0, whichever came in first.
  void replace_key(std::uint32_t group, std::span<const Cell> key);
  void replace_key(std::uint32_t group, const GroupTable& other, std::uint32_t theirs) {
    if (!is_plain_) replace_key(group, other.key(theirs));  // words cannot be told apart
  }

  std::uint32_t size() const { return static_cast<std::uint32_t>(hashes_.size()); }
  std::size_t columns() const { return columns_; }
  // Before the first key() or row(), if they come later.
  void make_rows();
  std::span<const Cell> key(std::uint32_t group) const { return {keys_.row(group), columns_}; }
  Cell* row(std::uint32_t group) const { return keys_.row(group); }
  Cell key_cell(std::uint32_t group, std::size_t column) const;  // also before make_rows()
  // Whether all keys are words: then the words of group g's are from words()[g * columns()] on.
  bool is_plain() const { return is_plain_ && !kinds_.empty(); }
  Kind kind_of(std::size_t column) const { return kinds_[column]; }
  const std::uint64_t* words() const { return words_.data(); }
  std::uint64_t hash_of(std::uint32_t group) const { return hashes_[group]; }  // of its key
  std::uint64_t bytes() const;

  // What the rows lie in, charged for; the table is not used after that.
  void release_rows(std::vector<std::unique_ptr<RowBuffer>>& owners);

 private:
  static constexpr std::size_t kFirstSlots = 64;
  static constexpr std::size_t kRowAhead = 10, kTextAhead = 5;  // see prefetch()
  struct Slot {
    std::uint32_t tag = 0;    // the high half of the hash
    std::uint32_t group = 0;  // plus one; 0: free
  };

  bool is_large() const;
  std::uint32_t likely_group(std::uint64_t hash) const;
  void prefetch(std::span<const std::uint64_t> hashes, std::uint32_t row) const;
  void prefetch_text(std::uint32_t group) const;
  template <class Same, class Add>
  std::uint32_t probe(std::uint64_t hash, Same same, Add add);
  bool become_plain(std::span<const Kind> kinds);
  void leave_plain();
  bool gather_words(std::span<const Column> columns, std::uint32_t rows);
  bool begin_near(std::uint32_t rows);
  void find_near_places(std::uint32_t rows);
  bool find_near(std::span<const Column> columns, std::uint32_t rows,
                 std::vector<std::uint32_t>& groups);
  template <std::size_t N>
  void find_plain(std::span<const Column> columns, std::uint32_t rows,
                  std::vector<std::uint32_t>& groups);
  template <std::size_t N>
  void share_plain(const GroupTable& other, std::uint32_t begin, std::span<std::uint32_t> into);
  template <class Add>
  std::uint32_t find_cells(std::uint64_t hash, std::span<const Cell> key, Add add);
  void find_hashed_texts(const Column& column, std::uint32_t rows,
                         std::vector<std::uint32_t>& groups);
  void find_texts(const Column& column, std::uint32_t rows, std::vector<std::uint32_t>& groups);
  void find_each(std::span<const Column> columns, std::uint32_t rows,
                 std::vector<std::uint32_t>& groups);
  bool number_values(std::span<const Column> columns, std::uint32_t rows,
                     std::vector<std::uint32_t>& groups);
  bool find_repeated(std::span<const Column> columns, std::uint32_t rows,
                     std::vector<std::uint32_t>& groups);
  void grow();

  bool makes_rows() const { return rows_ == Rows::AtOnce || !is_plain_; }

  std::size_t columns_;
  Rows rows_;
  RowBuffer keys_;
  std::vector<std::unique_ptr<RowBuffer>> adopted_;  // what keys point to besides
  std::vector<std::uint64_t> hashes_;                // by group
  std::vector<Slot> slots_;                          // a power of two
  // As long as all keys are words of these kinds, they are compared in one array of words.
  bool is_plain_ = true;
  std::vector<Kind> kinds_;  // by column; empty before the first key
  std::vector<std::uint64_t> words_;
  // Of plain keys of few columns whose first values lie close together: the groups, plus one, by
  // the distances of the values from bases, where known.
  struct NearColumn {
    std::uint64_t base;
    unsigned bits, shift;
  };
  bool may_be_near_ = true;
  std::vector<NearColumn> near_columns_;
  std::vector<std::uint32_t> near_;
  std::vector<std::uint32_t> near_places_;  // of the rows of a batch

  std::vector<std::uint64_t> scratch_, row_words_;
  std::vector<Kind> batch_kinds_;
  RepeatedRows repeated_;
  std::vector<std::uint32_t> known_, first_rows_, of_value_;  // of find_repeated()
  std::vector<std::uint32_t> missing_;                        // of find_near()
};

// Hashes of rows over several columns; equal for equivalent rows.
void hash_rows(std::span<const Column> columns, std::uint32_t rows,
               std::vector<std::uint64_t>& out);
std::uint64_t hash_key(std::span<const Cell> key);

// The integer that a number is equivalent to: 1 for 1.0.
std::optional<std::int64_t> as_integer(const Cell& cell);

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
