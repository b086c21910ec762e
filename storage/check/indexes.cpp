// storage/check/indexes.cpp: trees page by page; entries against what scans and columns say.
#include "storage/check/indexes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>

#include "core/assert.hpp"
#include "core/hash.hpp"
#include "storage/constraints/scan.hpp"
#include "storage/cursor.hpp"
#include "storage/index.hpp"
#include "storage/index/key.hpp"
#include "storage/index/tree.hpp"

namespace kith::storage::check {

namespace {

constexpr std::uint64_t kMostNamed = 10;  // elements of one index

// Entries as a sum that does not depend on their order.
struct EntrySum {
  std::uint64_t count = 0, low = 0, high = 0;

  void add(std::uint64_t id, std::string_view key) {
    const std::uint64_t hash = combine_hashes(hash_text(key), id);
    ++count;
    low += hash;
    high += combine_hashes(id ^ 0x6a09e667f3bcc909, hash);
  }
  friend bool operator==(const EntrySum&, const EntrySum&) = default;
};

class IndexCheck {
 public:
  IndexCheck(Findings& findings, const View& view, const IndexDef& index)
      : findings_(findings),
        view_(view),
        index_(index),
        where_(fmt::format("index '{}'", index.name)) {
    for (const KeyId key : index.keys)
      readers_.push_back(std::make_unique<PropertyReader>(view, index.token.on, key));
  }

  void run() {
    EntrySum wanted, found;
    for_each_batch(view_, index_.token, [&](std::span<const std::uint64_t> ids) {
      keys(ids, [&](std::uint64_t id, const std::string* key) {
        if (key) wanted.add(id, *key);
      });
    });
    walk([&](std::uint64_t id, const std::string* key) {
      found.add(id, key ? std::string_view(*key) : "nothing");
    });
    if (wanted == found) return;
    findings_.problem(where_, fmt::format("it has {} elements, the graph has {} for it, and they "
                                          "are not the same",
                                          found.count, wanted.count));
    name_strangers();
  }

 private:
  // The key of each element, or nullptr if it lacks one.
  template <class See>
  void keys(std::span<const std::uint64_t> ids, See&& see) {
    KITH_ASSERT(ids.size() <= kBatchRows);
    std::vector<Vector> columns(readers_.size());
    for (std::size_t k = 0; k < readers_.size(); ++k) readers_[k]->read(ids, nullptr, columns[k]);
    std::string key;
    for (std::uint32_t row = 0; row < ids.size(); ++row) {
      key.clear();
      bool whole = true;
      for (const Vector& column : columns) {
        const Cell cell = column.cell(row);
        whole = whole && !cell.is_null();
        if (whole) put_key(key, cell);
      }
      see(ids[row], whole ? &key : nullptr);
    }
  }

  // The ids that the index gives, with the keys that the graph has for them; they ascend by key.
  template <class See>
  void walk(See&& see) {
    IndexCursor cursor(view_, index_);
    cursor.seek({});
    std::array<std::uint64_t, 1024> ids;
    std::string before;
    std::uint64_t last = 0, disorder = 0;
    while (const std::size_t count = cursor.next(ids))
      keys(std::span<const std::uint64_t>(ids.data(), count),
           [&](std::uint64_t id, const std::string* key) {
             if (key && (*key < before || (*key == before && id < last))) ++disorder;
             if (key) before = *key;
             last = id;
             see(id, key);
           });
    if (disorder > 0)
      findings_.problem(where_, fmt::format("{} of its elements are out of order", disorder));
  }

  // What the index has and should not.
  void name_strangers() {
    std::uint64_t named = 0;
    walk([&](std::uint64_t id, const std::string* key) {
      const bool belongs = key && exists(id) && has_token(id);
      if (belongs || ++named > kMostNamed) return;
      findings_.problem(where_, fmt::format("it has {} {}, which has not what it is about",
                                            node() ? "node" : "relationship", id));
    });
  }

  bool node() const { return index_.token.on == ElementKind::Node; }
  bool exists(std::uint64_t id) const {
    return node() ? view_.exists(NodeId{id}) : view_.exists(RelationshipId{id});
  }
  bool has_token(std::uint64_t id) const {
    if (!node()) return type_of(view_, RelationshipId{id}) == index_.token.type();
    const auto labels = view_.labels_of(NodeId{id});
    return std::binary_search(labels.begin(), labels.end(), index_.token.label());
  }

  Findings& findings_;
  const View& view_;
  const IndexDef& index_;
  const std::string where_;
  std::vector<std::unique_ptr<PropertyReader>> readers_;
};

}  // namespace

void check_trees(Findings& findings, const std::vector<IndexEntry>& indexes, const Schema* schema) {
  std::uint32_t before = 0;
  for (const IndexEntry& entry : indexes) {
    const IndexDef* index = schema ? schema->find_index(entry.id) : nullptr;
    const std::string where =
        index ? fmt::format("index '{}'", index->name) : fmt::format("index number {}", entry.id);
    if (schema && !index) findings.problem(where, "the schema has no such index");
    if (entry.id <= before) findings.problem(where, "indexes are not in order of their numbers");
    before = entry.id;
    const IndexTop top{entry.height, entry.top};
    const bool read = findings.attempt(where, [&] {
      for_each_page(findings.pool, top, [&](const BlockPtr& page) {
        if (!findings.block(where, page, BlockKind::Index))
          throw StorageError("CorruptBlock", "its other pages were not looked at");
        ++findings.counts().index_pages;
      });
      const auto problems = check_tree(
          findings.pool, top, [&](std::string_view) { ++findings.counts().index_entries; });
      for (const std::string& problem : problems) findings.problem(where, problem);
    });
    if (!read) findings.blind = true;
  }
}

void check_indexes(Findings& findings, const View& view) {
  for (const IndexDef& index : view.schema().indexes()) {
    if (!is_online(view, index)) {
      findings.report.notes.push_back(
          fmt::format("index '{}' is not built yet; the next checkpoint does", index.name));
      continue;
    }
    findings.attempt(fmt::format("index '{}'", index.name),
                     [&] { IndexCheck(findings, view, index).run(); });
  }
}

}  // namespace kith::storage::check
