// storage/delta/index_entries.hpp: the entries that many elements have in an index (I1 of
// index_upkeep.hpp), in the order of the elements or in their own.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/delta/root.hpp"

namespace kith::storage {

// One after another; an empty one stands for none.
class EntryRun {
 public:
  void begin(std::uint64_t count) {
    bytes_.clear();
    ends_.clear();
    ends_.reserve(count + 1);
    ends_.push_back(0);
  }
  std::string& bytes() { return bytes_; }
  void end_entry() { ends_.push_back(bytes_.size()); }

  std::size_t size() const { return ends_.size() - 1; }
  std::string_view operator[](std::size_t i) const {
    return std::string_view(bytes_).substr(ends_[i], ends_[i + 1] - ends_[i]);
  }
  // Those that there are, ascending.
  std::vector<std::string_view> sorted() const;

 private:
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

// Of each element that has the index's label or type, and all its keys.
void entries_of(const Root& root, const IndexDef& index, std::span<const NodeId> nodes,
                EntryRun& run);
void entries_of(const Root& root, const IndexDef& index,
                std::span<const RelationshipId> relationships, EntryRun& run);
// Of elements from `first` on, which have the label or type and these values: one for each key,
// element by element.
void entries_of(const IndexDef& index, std::uint64_t first, std::span<const KeyId> keys,
                std::span<const Cell> values, std::size_t count, EntryRun& run);

}  // namespace kith::storage
