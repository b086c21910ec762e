// storage/index/sorter.hpp: entries of an index in order, however many there are.
//
// Each worker fills a sorter of its own; what is more than its memory goes to a temporary file in
// sorted runs. SortedEntries then merges the runs of all of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/memory_budget.hpp"
#include "core/temp_file.hpp"
#include "storage/index/tree_writer.hpp"

namespace kith::storage {

struct SortOptions {
  std::uint64_t memory_bytes = 64 * 1024 * 1024;
  // Of the memory; what it refuses is written to the file. nullptr: it is not counted. Shared: what
  // is sorted may be kept by a view that outlives the store.
  std::shared_ptr<MemoryBudget> budget = nullptr;
  std::optional<TempSpace> space;  // nothing: all stays in memory
};

// Not thread-safe.
class EntrySorter {
 public:
  explicit EntrySorter(const SortOptions& options);

  void add(std::string_view entry);
  // Everything was added: sorts what is in memory, and leaves no more runs than can be read at the
  // same time.
  void finish();
  // After finish(): writes what is in memory to the file if it is more than that.
  void put_aside(std::uint64_t most);
  std::uint64_t runs() const { return runs_.size() + (items_.empty() ? 0 : 1); }
  std::uint64_t memory_bytes() const { return memory_.bytes(); }

 private:
  friend class SortedEntries;
  static constexpr std::size_t kBlockBytes = 64 * 1024;
  struct Item {
    std::uint64_t head;   // the first 8 bytes, in the order of numbers
    std::uint32_t place;  // of the text: block * kBlockBytes + byte
    std::uint32_t bytes;
  };
  struct Run {  // of the file
    std::uint64_t offset = 0, bytes = 0;
  };
  class RunWriter;
  std::string_view text(const Item& item) const {
    return {blocks_[item.place / kBlockBytes].get() + item.place % kBlockBytes, item.bytes};
  }
  File& file();
  bool reserve(std::uint64_t bytes);
  void make_room(std::size_t bytes);
  void sort();
  void spill();
  void free_memory();
  void merge_first(std::size_t count);

  SortOptions options_;  // its budget outlives memory_
  const std::uint64_t limit_;
  Reservation memory_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t used_ = 0;  // of the last block
  std::vector<Item> items_;
  std::unique_ptr<TempFile> file_;
  std::vector<Run> runs_;
  std::uint64_t file_bytes_ = 0;
};

using EntrySorters = std::vector<std::unique_ptr<EntrySorter>>;

// All entries that an index has in the state of the graph in which it was made, sorted for the
// check of its constraint. The checkpoint that makes its tree begins with them.
struct IndexSeed {
  EntrySorters sorters;
};

// The entries of all sorters, which are finished and outlive it, as additions to a tree. None was
// added twice. Several may read the same sorters.
class SortedEntries final : public IndexChanges {
 public:
  explicit SortedEntries(const EntrySorters& sorters);
  ~SortedEntries() override;
  bool peek(std::string_view& entry, bool& present) override;
  void next() override;

 private:
  friend class EntrySorter;
  struct Source;
  SortedEntries(const EntrySorter& sorter, std::size_t runs);  // the first of its file
  void add(const EntrySorter& sorter, std::size_t runs);
  void begin();
  std::vector<std::unique_ptr<Source>> sources_;  // a heap, the least entry on top
};

}  // namespace kith::storage
