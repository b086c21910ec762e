// storage/log/index_build.cpp: scanning for entries, and what a checkpoint does about indexes.
#include "storage/log/index_build.hpp"

#include <algorithm>
#include <atomic>

#include "core/assert.hpp"
#include "core/parallel.hpp"
#include "core/scheduler.hpp"
#include "storage/cursor.hpp"
#include "storage/delta/index_upkeep.hpp"

namespace kith::storage {

namespace {

// The sort of one index may take this part of the memory limit.
constexpr std::uint64_t kSortShare = 8;
constexpr std::uint64_t kLeastSortBytes = 512 * 1024;
// Fewer ranges are read faster than threads begin.
constexpr std::size_t kRangesForThreads = 4;

// One worker's part.
class Collector {
 public:
  Collector(const View& view, SchemaToken token, std::span<const KeyId> keys, EntrySorter& sorter)
      : view_(view), token_(token), sorter_(sorter), ids_(kBatchRows) {
    for (const KeyId key : keys)
      readers_.push_back(std::make_unique<PropertyReader>(view, token.on, key));
    values_.resize(keys.size());
  }

  void read(IdRange range) {
    if (token_.on == ElementKind::Node) {
      if (!nodes_) nodes_ = std::make_unique<NodeScan>(view_, std::vector{token_.label()});
      nodes_->begin(range);
      while (const std::size_t count = nodes_->next(ids_)) batch(count);
    } else {
      if (!edges_) edges_ = std::make_unique<RelationshipScan>(view_, token_.type());
      starts_.resize(kBatchRows);
      ends_.resize(kBatchRows);
      edges_->begin(range);
      while (const std::size_t count = edges_->next(ids_, starts_, ends_)) batch(count);
    }
  }

 private:
  void batch(std::size_t count) {
    const std::span<const std::uint64_t> ids(ids_.data(), count);
    for (std::size_t k = 0; k < readers_.size(); ++k) readers_[k]->read(ids, nullptr, values_[k]);
    for (std::uint32_t row = 0; row < count; ++row) {
      const bool whole = std::all_of(values_.begin(), values_.end(),
                                     [&](const Vector& values) { return values.valid(row); });
      if (!whole) continue;  // I1
      entry_.clear();
      for (const Vector& values : values_)
        if (entry_.size() < kCutKeyBytes) put_key(entry_, values.cell(row), kCutKeyBytes);
      cut_key(entry_);
      put_entry_id(entry_, ids[row]);
      sorter_.add(entry_);
    }
  }

  const View& view_;
  const SchemaToken token_;
  EntrySorter& sorter_;
  std::vector<std::uint64_t> ids_, starts_, ends_;
  std::vector<std::unique_ptr<PropertyReader>> readers_;
  std::vector<Vector> values_;
  std::unique_ptr<NodeScan> nodes_;
  std::unique_ptr<RelationshipScan> edges_;
  std::string entry_;
};

class DeltaChanges final : public IndexChanges {
 public:
  explicit DeltaChanges(const IndexDelta& delta) : at_(delta) { at_.seek_first(); }
  bool peek(std::string_view& entry, bool& present) override {
    if (!at_.valid()) return false;
    entry = at_.entry();
    present = at_.present();
    return true;
  }
  void next() override { at_.next(); }

 private:
  IndexDelta::Cursor at_;
};

// The entries that an index began with, and what its delta says of them (N1).
class SeedAndChanges final : public IndexChanges {
 public:
  SeedAndChanges(const IndexSeed& seed, const IndexDelta& delta)
      : seed_(seed.sorters), delta_(delta) {
    settle();
  }
  bool peek(std::string_view& entry, bool& present) override {
    entry = entry_;
    present = present_;
    return more_;
  }
  void next() override {
    if (takes_seed_) seed_.next();
    if (takes_delta_) delta_.next();
    settle();
  }

 private:
  void settle() {
    std::string_view seeded, changed;
    bool present = false;
    takes_seed_ = seed_.peek(seeded, present);
    takes_delta_ = delta_.peek(changed, present_);
    more_ = takes_seed_ || takes_delta_;
    if (takes_seed_ && takes_delta_ && seeded != changed) {
      takes_seed_ = seeded < changed;
      takes_delta_ = !takes_seed_;
    }
    if (!takes_delta_) present_ = true;
    entry_ = takes_delta_ ? changed : seeded;
  }

  SortedEntries seed_;
  DeltaChanges delta_;
  bool takes_seed_ = false, takes_delta_ = false, more_ = false, present_ = true;
  std::string_view entry_;
};

std::vector<IdRange> ranges_of(const View& view, SchemaToken token) {
  constexpr std::uint64_t kTarget = kSegmentSlots;
  if (token.on == ElementKind::Relationship)
    return relationship_morsels(view, token.type(), kTarget);
  MorselOptions options;
  options.label = token.label();
  options.target = kTarget;
  return node_morsels(view, options);
}

// A new tree, its leaves written by all threads.
IndexTop build_tree(BaseWriter& writer, const EntrySorters& sorters, std::uint32_t threads) {
  const EntryRanges ranges(sorters);
  if (ranges.size() == 1) {
    SortedEntries entries(sorters);
    return merge_tree(writer.out(), writer.pool(), {}, entries);
  }
  std::vector<std::vector<IndexLeaf>> leaves(ranges.size());
  Scheduler scheduler(threads);
  for_each_item(scheduler, ranges.size(), [&](std::uint64_t i, std::uint32_t) {
    SortedEntries entries(ranges, i);
    leaves[i] = write_leaves(writer.out(), ranges.low(i), entries);
  });
  return join_leaves(writer.out(), leaves);
}

IndexTop tree_of(BaseWriter& writer, const View& view, const IndexDef& index,
                 const IndexState& state, const SortOptions& options) {
  const IndexTree* old = writer.from().index_tree(index.id);
  if (old && state.delta.empty()) return old->top();
  if (old || state.complete) {
    DeltaChanges changes(state.delta);
    return merge_tree(writer.out(), writer.pool(), old ? old->top() : IndexTop{}, changes);
  }
  if (state.seed && state.delta.empty())
    return build_tree(writer, state.seed->sorters, options.threads);
  if (state.seed) {
    SeedAndChanges entries(*state.seed, state.delta);
    return merge_tree(writer.out(), writer.pool(), {}, entries);
  }
  return build_tree(writer, collect_entries(view, index.token, index.keys, options),
                    options.threads);
}

}  // namespace

EntrySorters collect_entries(const View& view, SchemaToken token, std::span<const KeyId> keys,
                             const SortOptions& options) {
  const std::vector<IdRange> ranges = ranges_of(view, token);
  Scheduler scheduler(ranges.size() < kRangesForThreads ? 1 : options.threads);
  SortOptions share = options;
  share.memory_bytes = std::max(options.memory_bytes / scheduler.threads(), kLeastSortBytes);
  EntrySorters sorters(scheduler.threads());
  std::vector<std::unique_ptr<Collector>> collectors(scheduler.threads());
  for_each_item(scheduler, ranges.size(), [&](std::uint64_t i, std::uint32_t worker) {
    if (!sorters[worker]) {
      sorters[worker] = std::make_unique<EntrySorter>(share);
      collectors[worker] = std::make_unique<Collector>(view, token, keys, *sorters[worker]);
    }
    collectors[worker]->read(ranges[i]);
  });
  std::erase(sorters, nullptr);
  for_each_item(scheduler, sorters.size(),
                [&](std::uint64_t i, std::uint32_t) { sorters[i]->finish(); });
  return sorters;
}

void merge_indexes(BaseWriter& writer, const View& view, const SortOptions& options) {
  const Root& root = view.root();
  const auto& before = writer.from().index_trees();
  if (!root.has_indexes() && before.empty()) return;
  KITH_ASSERT(writer.from().checkpoint() == root.base().checkpoint());
  std::vector<IndexEntry> entries;
  for (const IndexDef& index : root.schema().indexes()) {
    const IndexState* state = root.index_state(index.id);
    KITH_ASSERT(state);
    const IndexTop top = tree_of(writer, view, index, *state, options);
    entries.push_back({index.id, top.height, top.page});
  }
  for (const auto& tree : before)
    if (!root.schema().find_index(tree->id())) free_tree(writer.out(), writer.pool(), tree->top());
  writer.set_indexes(std::move(entries));
}

std::vector<IndexState> stage_indexes(BaseWriter& writer, const Root& root) {
  std::vector<IndexEntry> entries;
  for (const auto& tree : writer.from().index_trees()) {  // dropped ones, too: commit frees them
    const IndexState* state = root.index_state(tree->id());
    IndexTop top = tree->top();
    if (state && !state->delta.empty()) {
      DeltaChanges changes(state->delta);
      top = merge_tree(writer.out(), writer.pool(), top, changes);
    }
    entries.push_back({tree->id(), top.height, top.page});
  }
  std::vector<IndexState> staged;
  for (const IndexState& state : root.indexes()) {
    if (!root.is_online(state)) continue;
    staged.push_back(state);
    if (writer.from().index_tree(state.id)) continue;
    DeltaChanges changes(state.delta);
    const IndexTop top = merge_tree(writer.out(), writer.pool(), {}, changes);
    entries.push_back({state.id, top.height, top.page});
  }
  if (!entries.empty()) writer.set_indexes(std::move(entries));
  return staged;
}

std::uint64_t index_delta_bytes(const Root& root) {
  std::uint64_t bytes = 0;
  for (const IndexState& state : root.indexes()) {
    IndexDelta::Cursor at(state.delta);
    for (at.seek_first(); at.valid(); at.next()) bytes += IndexDelta::memory_of(at.entry().size());
  }
  return bytes;
}

SortOptions sort_options(const Environment& environment, const std::string& path,
                         std::uint64_t memory_limit_bytes, std::shared_ptr<MemoryBudget> budget) {
  SortOptions options;
  options.memory_bytes = memory_limit_bytes / kSortShare;
  options.budget = std::move(budget);
  options.space = system_temp_space(directory_of(path));
  options.space->files = environment.files;
  return options;
}

SortOptions sort_options(const StoreOptions& store, const std::string& path) {
  SortOptions options =
      sort_options(store.environment, path, store.memory_limit_bytes, store.budget);
  options.threads = store.threads;
  return options;
}

}  // namespace kith::storage
