// storage/load/external_sort.hpp: sorting more rows than fit into memory.
//
// Rows come in any order; what does not fit is written as sorted runs, which are merged, in several
// passes where there are many. Rows of equal (major, minor) come out by `order`, so the result does
// not depend on how much memory there was.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/arena.hpp"
#include "core/memory_budget.hpp"
#include "core/scheduler.hpp"
#include "storage/load/spool.hpp"

namespace kith::storage {

// Not thread-safe; sorts on all of the scheduler's threads.
class ExternalSort {
 public:
  // Holds about `share` bytes, counted in `budget`.
  ExternalSort(Spool& spool, Scheduler& scheduler, MemoryBudget& budget, std::uint64_t share);
  ~ExternalSort();

  void add(std::uint64_t major, std::uint64_t minor, std::uint64_t order,
           std::string_view payload = {});
  // Writes what is in memory; for those who need it elsewhere.
  void spill();
  std::uint64_t bytes() const;  // in memory
  std::uint64_t rows() const { return rows_; }
  std::size_t runs() const { return runs_.size(); }

  // No more rows come; from now on next() gives them, in order. The payload is valid until the next
  // call.
  void finish();
  bool next(SpoolRow& row);

 private:
  struct Entry {
    std::uint64_t major, minor, order;
    const char* payload;  // its length in front; nullptr: empty
  };
  class EntrySource;
  struct Head {
    SpoolRow row;
    SpoolSource* source;
  };

  std::vector<std::span<Entry>> sort_parts();
  static std::string_view payload_of(const Entry& entry);
  void merge_down(std::size_t most);
  void open(std::vector<std::unique_ptr<SpoolSource>> sources);
  void sift(std::size_t at);
  void count();

  Spool& spool_;
  Scheduler& scheduler_;
  const std::uint64_t share_;
  Reservation memory_;
  std::vector<Entry> entries_;
  Arena payloads_;
  std::uint64_t rows_ = 0;
  std::vector<SpoolRun> runs_;
  // While rows are handed out: a heap, the least row first.
  std::vector<std::unique_ptr<SpoolSource>> sources_;
  std::vector<Head> heads_;
  bool given_ = false;  // the first row of the heap
};

}  // namespace kith::storage
