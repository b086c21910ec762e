// storage/index/sorter.hpp: entries of an index in order, however many there are.
//
// Each worker fills a sorter of its own; what is more than its memory goes to a temporary file in
// sorted runs. SortedEntries then merges the runs of all of them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/environment.hpp"
#include "storage/index/tree_writer.hpp"

namespace kith::storage {

struct SortOptions {
  std::uint64_t memory_bytes = 64 * 1024 * 1024;
  // A file that nobody else sees and that is gone with the object; empty: all stays in memory.
  std::function<std::unique_ptr<File>()> make_file;
};

// Not thread-safe.
class EntrySorter {
 public:
  explicit EntrySorter(const SortOptions& options);

  void add(std::string_view entry);
  // Everything was added: sorts what is in memory.
  void finish();
  std::uint64_t runs() const { return runs_.size() + (items_.empty() ? 0 : 1); }

 private:
  friend class SortedEntries;
  struct Item {
    std::uint64_t head;  // the first 8 bytes, in the order of numbers
    std::uint32_t offset;
    std::uint32_t bytes;
  };
  struct Run {  // of the file
    std::uint64_t offset = 0, bytes = 0;
  };
  std::string_view text(const Item& item) const { return {text_.data() + item.offset, item.bytes}; }
  void sort();
  void spill();

  const SortOptions options_;
  const std::uint64_t limit_;
  std::string text_;
  std::vector<Item> items_;
  std::unique_ptr<File> file_;
  std::vector<Run> runs_;
  std::uint64_t file_bytes_ = 0;
};

// The entries of all sorters, which are finished and outlive it, as additions to a tree. None was
// added twice.
class SortedEntries final : public IndexChanges {
 public:
  explicit SortedEntries(std::vector<std::unique_ptr<EntrySorter>>& sorters);
  ~SortedEntries() override;
  bool peek(std::string_view& entry, bool& present) override;
  void next() override;

 private:
  struct Source;
  std::vector<std::unique_ptr<Source>> sources_;  // a heap, the least entry on top
};

}  // namespace kith::storage
