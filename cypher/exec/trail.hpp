// cypher/exec/trail.hpp: no relationship twice in one MATCH.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/vector.hpp"
#include "cypher/exec/columns.hpp"

namespace kith::exec {

// The relationships that a row has already: single ones, and lists of them.
class TrailCheck {
 public:
  explicit TrailCheck(std::vector<Slot> slots) : slots_(std::move(slots)) {}

  bool is_needed() const { return !slots_.empty(); }
  void begin(const Batch& batch);
  // True if the row of the batch has this relationship.
  bool has(std::uint32_t row, std::uint64_t relationship) const {
    for (const Ids& ids : ids_) {
      if (ids.values[ids.column.at(row)] == relationship && ids.column.valid(row)) return true;
    }
    return !cells_.empty() && is_in_cells(row, relationship);
  }

  // Clears passed[i] (1 or 0) where the row rows[i] has relationships[i].
  void mark(std::span<const std::uint32_t> rows, const std::uint64_t* relationships,
            std::uint8_t* passed) const;
  // Keeps those of the candidates (three arrays side by side; `neighbours` may be nullptr) whose
  // relationship their row does not have; the number kept.
  std::size_t keep_new(std::size_t count, std::uint32_t* rows, std::uint64_t* neighbours,
                       std::uint64_t* relationships) const;

 private:
  struct Ids {  // a column of relationships
    Column column;
    const std::uint64_t* values;
  };
  bool is_in_cells(std::uint32_t row, std::uint64_t relationship) const;

  std::vector<Slot> slots_;
  std::vector<Ids> ids_;
  std::vector<Column> cells_;  // of any values
};

}  // namespace kith::exec
