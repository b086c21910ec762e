// cypher/exec/kept_words.hpp: rows of numbers and ids put aside: eight bytes a value, in pieces
// that are never moved.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/bulk_memory.hpp"
#include "core/memory_budget.hpp"
#include "core/vector.hpp"
#include "cypher/exec/context.hpp"

namespace kith::exec {

// Filled, then read, by one thread.
class KeptWords {
 public:
  KeptWords(std::size_t columns, Execution& execution, std::string_view who)
      : types_(columns), execution_(execution), reserved_(execution.budget, who) {}

  // False, and nothing is kept: not all values of a column are integers, floats, nodes or
  // relationships, of one kind and not null, or there is no memory to keep them.
  bool add(std::span<const Column> columns, std::uint32_t rows);
  std::uint64_t size() const { return size_; }
  // Copies rows from number `first` on, `most` or as many as lie together, one vector a column.
  std::uint32_t copy(std::uint64_t first, std::uint64_t most, std::span<Vector> out) const;
  void clear();

 private:
  struct Piece {
    Piece(std::uint64_t begin, std::uint32_t size, std::size_t columns);
    Piece(Piece&& from) noexcept;
    Piece& operator=(Piece&&) = delete;
    ~Piece();
    std::uint64_t* column(std::size_t number) const {
      return static_cast<std::uint64_t*>(static_cast<void*>(memory)) + number * room;
    }
    std::uint64_t first;  // its first row
    std::uint32_t room, rows = 0;
    std::size_t bytes;
    std::byte* memory;  // column after column
  };
  bool fit(std::span<const Column> columns);
  bool open_piece();

  std::vector<VectorType> types_;  // by column, if there are rows
  std::vector<Piece> pieces_;
  std::uint64_t size_ = 0, bytes_ = 0;
  Execution& execution_;
  Reservation reserved_;
};

}  // namespace kith::exec
