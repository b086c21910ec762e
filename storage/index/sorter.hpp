// storage/index/sorter.hpp: entries of an index in order, however many there are.
//
// Each worker fills a sorter of its own; what is more than its memory goes to a temporary file in
// sorted runs. SortedEntries then merges the runs of all of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
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
  std::uint32_t threads = 0;       // that read, sort and write; 0: one per core
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
  friend class EntryRanges;
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
  // `scratch`: where there is room for as many again.
  void sort(std::span<Item> items, std::size_t done, std::vector<Item>* scratch);
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
  std::uint32_t threads = 0;  // as of SortOptions
};

// Sorted entries cut into ranges of about kEntries, which several threads go through at the same
// time. All entries of a key are in one range. Where the cuts are follows from the entries alone,
// not from how they are spread over the sorters. There is one range if there are few entries, or
// if some are in a file. The sorters are finished and outlive it.
class EntryRanges {
 public:
  static constexpr std::size_t kEntries = 64 * 1024;

  explicit EntryRanges(const EntrySorters& sorters);
  std::size_t size() const { return places_.size() - 1; }
  // What separates a range from the one before it (as pages of a tree are); of the first, nothing.
  std::string low(std::size_t range) const;

 private:
  friend class SortedEntries;
  using Places = std::vector<std::size_t>;  // by sorter
  Places places_of_head(std::uint64_t head) const;
  Places places_of_key(std::string_view key) const;
  std::uint64_t head_at(std::size_t rank) const;
  std::string_view first_entry(const Places& places) const;
  std::string_view last_entry_before(const Places& places) const;
  const EntrySorters& sorters_;
  std::vector<Places> places_;  // where ranges begin, and the end
};

// The entries of all sorters, which are finished and outlive it, as additions to a tree. None was
// added twice. Several may read the same sorters.
class SortedEntries final : public IndexChanges {
 public:
  explicit SortedEntries(const EntrySorters& sorters);
  SortedEntries(const EntryRanges& ranges, std::size_t range);
  ~SortedEntries() override;
  bool peek(std::string_view& entry, bool& present) override;
  void next() override;

 private:
  friend class EntrySorter;
  struct Source;
  SortedEntries(const EntrySorter& sorter, std::size_t runs);  // the first of its file
  void add(const EntrySorter& sorter, std::size_t runs);
  void add(const EntrySorter& sorter, std::size_t first, std::size_t end);  // of its memory
  void begin();
  std::vector<std::unique_ptr<Source>> sources_;  // a heap, the least entry on top
};

}  // namespace kith::storage
