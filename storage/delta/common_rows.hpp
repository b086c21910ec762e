// storage/delta/common_rows.hpp: what elements of a common change (change.hpp) have each for
// itself, beside values: ends of relationships, changes of lists. Row by row, in one piece of
// memory.
//
// Immutable, as ValueRows is.
#pragma once

#include <cstdint>
#include <new>
#include <span>
#include <vector>

#include "core/assert.hpp"
#include "core/id.hpp"
#include "storage/delta/ref.hpp"
#include "storage/view.hpp"

namespace kith::storage {

// One relationship that came to, or went from, the adjacency list of a node.
struct ListChange {
  std::uint64_t relationship = 0;
  std::uint64_t neighbour = 0;
  TypeId type;
  bool added = false;
};

struct EndPair {
  std::uint64_t start = 0, end = 0;
};

// Ends as words of 4 bytes, or of 8 if an id needs them.
class EndRows : public Shared {
 public:
  static Ref<const EndRows> copy(std::span<const NodeId> starts, std::span<const NodeId> ends);
  static Ref<const EndRows> copy(std::span<const Relationship> relationships);
  static void destroy(const EndRows* rows) noexcept;

  EndPair row(std::uint32_t row) const {
    KITH_ASSERT(row < rows_);
    return wide_ ? pair<std::uint64_t>(row) : pair<std::uint32_t>(row);
  }
  std::uint64_t bytes() const { return bytes_of(rows_, wide_); }

 private:
  EndRows(std::size_t rows, bool wide)
      : Shared(kNobody), rows_(static_cast<std::uint32_t>(rows)), wide_(wide) {}
  ~EndRows() = default;
  static std::size_t bytes_of(std::size_t rows, bool wide) {
    return sizeof(EndRows) + 2 * rows * (wide ? sizeof(std::uint64_t) : sizeof(std::uint32_t));
  }
  template <class EndsAt>
  static Ref<const EndRows> made(std::size_t rows, EndsAt&& ends_at);
  template <class Word, class EndsAt>
  void fill(EndsAt&& ends_at);
  // Behind this, in the same piece of memory: start and end of row after row.
  template <class Word>
  EndPair pair(std::uint32_t row) const {
    static_assert(sizeof(EndRows) % alignof(Word) == 0);
    const Word* words = std::launder(reinterpret_cast<const Word*>(this + 1));
    return {words[2 * row], words[2 * row + 1]};
  }

  const std::uint32_t rows_;
  const bool wide_;
};

// Of a node and a direction after the other.
class ListRows : public Shared {
 public:
  // Makes rows: changes of row after row.
  class Maker {
   public:
    void add(const ListChange& change) { changes_.push_back(change); }
    void end_row() { ends_.push_back(static_cast<std::uint32_t>(changes_.size())); }
    Ref<const ListRows> made() const;
    void clear() {
      changes_.clear();
      ends_.clear();
    }

   private:
    std::vector<ListChange> changes_;
    std::vector<std::uint32_t> ends_;
  };
  static void destroy(const ListRows* rows) noexcept {
    rows->~ListRows();
    ::operator delete(const_cast<ListRows*>(rows));
  }

  std::span<const ListChange> row(std::uint32_t row) const {
    KITH_ASSERT(row < rows_);
    const std::uint32_t first = row == 0 ? 0 : ends()[row - 1];
    return std::span(changes(), size_).subspan(first, ends()[row] - first);
  }
  std::uint32_t rows() const { return rows_; }
  std::size_t size() const { return size_; }  // of all rows
  std::uint64_t bytes() const { return bytes_of(rows_, size_); }

 private:
  ListRows(std::size_t rows, std::size_t size)
      : Shared(kNobody),
        rows_(static_cast<std::uint32_t>(rows)),
        size_(static_cast<std::uint32_t>(size)) {}
  ~ListRows() = default;
  static std::size_t bytes_of(std::size_t rows, std::size_t size) {
    return sizeof(ListRows) + size * sizeof(ListChange) + rows * sizeof(std::uint32_t);
  }
  // Behind this, in the same piece of memory; then where the rows end.
  const ListChange* changes() const {
    static_assert(sizeof(ListRows) % alignof(ListChange) == 0);
    return std::launder(reinterpret_cast<const ListChange*>(this + 1));
  }
  const std::uint32_t* ends() const {
    return std::launder(reinterpret_cast<const std::uint32_t*>(changes() + size_));
  }

  const std::uint32_t rows_, size_;
};

}  // namespace kith::storage
