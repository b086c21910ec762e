// cypher/exec/row_store.hpp: rows kept in their order, the first of them on disk if they are many.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "cypher/exec/context.hpp"
#include "cypher/exec/row_buffer.hpp"
#include "cypher/exec/row_stream.hpp"
#include "cypher/exec/spill_file.hpp"

namespace kith::exec {

// Filled by one thread; then read by any number of readers.
class RowStore {
 public:
  RowStore(std::size_t columns, Execution& execution, std::string_view who);

  void append(std::span<const Column> columns, std::uint32_t rows);
  void append(const Cell* row);
  // No more rows are added, unless it is cleared.
  void finish();
  void clear();

  std::uint64_t size() const { return run_.rows() + rows_.size(); }  // after finish()
  bool has_spilled() const { return run_.rows() != 0; }
  RowBuffer& rows() { return rows_; }  // those in memory, the last

  class Reader final : public RowStream {
   public:
    explicit Reader(const RowStore& store) : store_(store) {}
    const Cell* next() override;
    std::uint64_t size() const override { return store_.size(); }
    void rewind();

   private:
    const RowStore& store_;
    std::optional<RunReader> run_;
    std::uint64_t given_ = 0;
  };

 private:
  void spill();

  Execution& execution_;
  std::size_t columns_;
  RowBuffer rows_;
  std::unique_ptr<RunWriter> writer_;
  Run run_;  // empty until finish()
  std::vector<Cell> cells_;
};

}  // namespace kith::exec
