// storage/index_duplicates.cpp: elements that agree in all keys, found by sorting.
#include <algorithm>
#include <map>

#include "core/assert.hpp"
#include "core/compare.hpp"
#include "storage/delta/index_upkeep.hpp"
#include "storage/index.hpp"
#include "storage/log/index_build.hpp"

namespace kith::storage {

namespace {

class Search {
 public:
  Search(const View& view, SchemaToken token, std::span<const KeyId> keys, std::size_t limit)
      : view_(view), token_(token), keys_(keys), limit_(limit) {}

  void run(IndexChanges& entries) {
    std::string_view entry;
    bool present = false;
    for (; entries.peek(entry, present) && found.size() < limit_; entries.next()) {
      const std::string_view key = key_of_entry(entry);
      if (key != key_) {
        finish_group();
        key_ = key;
      }
      ids_.push_back(id_of_entry(entry));
    }
    finish_group();
  }

  std::vector<Duplicate> found;

 private:
  Cell value(std::uint64_t id, KeyId key) {
    return token_.on == ElementKind::Node ? view_.property(NodeId{id}, key, arena_)
                                          : view_.property(RelationshipId{id}, key, arena_);
  }

  // Values that are the same to the index may still not be equal: NaN.
  bool equal(std::uint64_t a, std::uint64_t b) {
    arena_.reset();
    return std::all_of(keys_.begin(), keys_.end(), [&](KeyId key) {
      return equals(value(a, key), value(b, key)) == Truth::True;
    });
  }

  void add(std::uint64_t a, std::uint64_t b) {
    if (found.size() < limit_ && equal(a, b)) found.push_back({a, b});
  }

  void finish_group() {
    const std::vector<std::uint64_t> ids = std::move(ids_);
    ids_.clear();
    if (ids.size() < 2) return;
    if (!is_cut(key_)) {
      for (std::size_t i = 1; i < ids.size() && found.size() < limit_; ++i) {
        const std::size_t before = found.size();
        add(ids[0], ids[i]);
        if (found.size() == before) return;  // nothing equals it
      }
      return;
    }
    std::map<std::string, std::uint64_t> firsts;
    for (const std::uint64_t id : ids) {
      arena_.reset();
      auto whole = index_key_of(view_.root(), token_.on, id, keys_, arena_, SIZE_MAX);
      KITH_ASSERT(whole);
      const auto [at, fresh] = firsts.try_emplace(std::move(*whole), id);
      if (!fresh) add(at->second, id);
    }
  }

  const View& view_;
  const SchemaToken token_;
  const std::span<const KeyId> keys_;
  const std::size_t limit_;
  std::string key_;
  std::vector<std::uint64_t> ids_;  // with that key
  Arena arena_;
};

}  // namespace

std::vector<Duplicate> find_duplicates(const View& view, SchemaToken token,
                                       std::span<const KeyId> keys, std::size_t limit,
                                       const SortOptions& options) {
  auto sorters = collect_entries(view, token, keys, options);
  SortedEntries entries(sorters);
  Search search(view, token, keys, limit);
  search.run(entries);
  return std::move(search.found);
}

}  // namespace kith::storage
