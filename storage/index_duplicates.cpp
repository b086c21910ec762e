// storage/index_duplicates.cpp: elements that agree in all keys, found by sorting.
#include <algorithm>
#include <unordered_map>

#include "core/assert.hpp"
#include "core/compare.hpp"
#include "core/hash.hpp"
#include "core/parallel.hpp"
#include "storage/delta/index_upkeep.hpp"
#include "storage/index.hpp"
#include "storage/log/index_build.hpp"

namespace kith::storage {

namespace {

// Sorted entries that are kept take at most this part of what sorting may take.
constexpr std::uint64_t kShareKept = 8;

class Search {
 public:
  Search(const View& view, SchemaToken token, std::span<const KeyId> keys, std::size_t most)
      : view_(view), token_(token), keys_(keys), most_(most) {}

  void run(IndexChanges& entries) {
    std::string_view entry;
    for (bool present = false; entries.peek(entry, present); entries.next()) {
      const std::string_view key = key_of_entry(entry);
      const std::uint64_t id = id_of_entry(entry);
      if (count_ == 0 || key != key_) {
        key_ = key;
        lowest_ = id;
        count_ = 1;
      } else if (++count_; is_cut(key_)) {
        if (count_ == 2) {
          wholes_.clear();
          add_whole(lowest_);
        }
        add_whole(id);
      } else {
        if (count_ == 2) is_equal_ = equal(lowest_, id);
        if (is_equal_) add(lowest_, id);
      }
    }
  }

  Duplicates found;

 private:
  Cell value(std::uint64_t id, KeyId key) {
    return token_.on == ElementKind::Node ? view_.property(NodeId{id}, key, arena_)
                                          : view_.property(RelationshipId{id}, key, arena_);
  }

  // Values that are the same to the index may still not be equal, not even to themselves: NaN.
  bool equal(std::uint64_t a, std::uint64_t b) {
    arena_.reset();
    return std::all_of(keys_.begin(), keys_.end(), [&](KeyId key) {
      return equals(value(a, key), value(b, key)) == Truth::True;
    });
  }

  // Cut keys that are the same may be of values that are not: told apart by hash, then looked at.
  void add_whole(std::uint64_t id) {
    arena_.reset();
    std::uint64_t hashed = 0;
    for (const KeyId key : keys_) hashed = combine_hashes(hashed, hash(value(id, key)));
    const auto [begin, end] = wholes_.equal_range(hashed);
    for (auto at = begin; at != end; ++at)
      if (equal(at->second, id)) return add(at->second, id);
    wholes_.emplace(hashed, id);
  }

  // Those with the lowest ids are listed.
  void add(std::uint64_t lowest, std::uint64_t id) {
    KITH_ASSERT(lowest < id);  // K4: equal keys ascend by id
    ++found.count;
    auto& first = found.first;
    const auto place =
        std::upper_bound(first.begin(), first.end(), id,
                         [](std::uint64_t a, const Duplicate& b) { return a < b.id; });
    if (place == first.end() && first.size() == most_) return;
    first.insert(place, {lowest, id});
    if (first.size() > most_) first.pop_back();
  }

  const View& view_;
  const SchemaToken token_;
  const std::span<const KeyId> keys_;
  const std::size_t most_;
  std::string key_;
  std::uint64_t lowest_ = 0, count_ = 0;  // of the entries with that key
  bool is_equal_ = false;                 // … they equal one another
  std::unordered_multimap<std::uint64_t, std::uint64_t> wholes_;
  Arena arena_;
};

}  // namespace

std::shared_ptr<const IndexSeed> sort_entries(const View& view, SchemaToken token,
                                              std::span<const KeyId> keys,
                                              const SortOptions& options) {
  auto seed = std::make_shared<IndexSeed>();
  seed->sorters = collect_entries(view, token, keys, options);
  seed->threads = options.threads;
  const std::uint64_t kept =
      options.memory_bytes / kShareKept / std::max<std::size_t>(1, seed->sorters.size());
  for (const auto& sorter : seed->sorters) sorter->put_aside(kept);
  return seed;
}

Duplicates find_duplicates(const View& view, SchemaToken token, std::span<const KeyId> keys,
                           const IndexSeed& entries, std::size_t most) {
  const EntryRanges ranges(entries.sorters);  // no key is in two of them
  std::vector<Duplicates> found(ranges.size());
  Scheduler scheduler(ranges.size() == 1 ? 1 : entries.threads);
  for_each_item(scheduler, ranges.size(), [&](std::uint64_t i, std::uint32_t) {
    SortedEntries sorted(ranges, i);
    Search search(view, token, keys, most);
    search.run(sorted);
    found[i] = std::move(search.found);
  });
  Duplicates all;
  for (const Duplicates& some : found) {
    all.count += some.count;
    all.first.insert(all.first.end(), some.first.begin(), some.first.end());
  }
  std::sort(all.first.begin(), all.first.end(),
            [](const Duplicate& a, const Duplicate& b) { return a.id < b.id; });
  if (all.first.size() > most) all.first.resize(most);
  return all;
}

}  // namespace kith::storage
