// storage/bulk_load.cpp: a new database file from columns, in a temporary sibling until it is
// whole.
#include "storage/bulk_load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <numeric>
#include <optional>

#include "core/assert.hpp"
#include "core/parallel.hpp"
#include "kith/error.hpp"
#include "storage/catalog.hpp"
#include "storage/graph/base_file.hpp"
#include "storage/load/node_load.hpp"
#include "storage/load/put_in_place.hpp"
#include "storage/load/relationship_load.hpp"
#include "storage/load/spooled_load.hpp"

namespace kith::storage {

namespace {

std::uint32_t intern(Names& names, std::string_view name) {
  if (const auto id = names.find(name)) return *id;
  return names.add(std::string(name));
}

// Shares of the limit, as divisors: nodes that wait for their segments; relationships in memory
// once some are on disk; what stays free for others while all are in memory.
constexpr std::uint64_t kNodeShare = 4;
constexpr std::uint64_t kSpooledShare = 4;
constexpr std::uint64_t kSpareShare = 4;

class FileLoad final : public BulkLoad {
 public:
  FileLoad(const std::string& path, Environment environment, Scheduler& scheduler,
           BulkOptions options)
      : path_(path),
        environment_(std::move(environment)),
        scheduler_(scheduler),
        options_(std::move(options)),
        temporary_(temporary_sibling(environment_, path)),
        spool_(environment_, spool_path()),
        memory_{*options_.budget, scheduler_, spool_, environment_, spool_path()},
        nodes_memory_(*options_.budget, "nodes that wait for their segments"),
        directories_(*options_.budget, "the directories of segments"),
        relationships_memory_(*options_.budget, "relationships in memory") {
    PoolMemory pool(options_.budget);
    pool.pool_floor = pool.directories = 0;  // nothing is read
    try {
      file_ =
          BaseFile::create_in_place(environment_, temporary_, new_database_id(environment_), pool);
      file_->file().sync();  // from here on the disk writes while we load (core/file_posix.cpp)
    } catch (...) {
      if (environment_.files->exists(temporary_)) environment_.files->remove(temporary_);
      throw;
    }
    writer_.emplace(*file_);
    nodes_.emplace(*writer_, scheduler_);
  }

  ~FileLoad() override {
    close();
    if (!renamed_) remove_temporary(environment_, temporary_);
  }

  LabelId intern_label(std::string_view name) override { return {intern(catalog_.labels, name)}; }
  TypeId intern_type(std::string_view name) override { return {intern(catalog_.types, name)}; }
  KeyId intern_key(std::string_view name) override { return {intern(catalog_.keys, name)}; }

  void add_nodes(std::span<const LabelId> labels, std::span<const std::uint32_t> picked,
                 std::span<const BulkColumn> columns, std::span<std::uint64_t> ids) override {
    KITH_ASSERT(types_.empty());  // all nodes come before the first relationship
    nodes_->add(labels, picked, columns, ids);
    const std::uint64_t share = options_.budget->limit() / kNodeShare;
    if (nodes_->waiting_bytes() > share) nodes_->shed(share / 2);
    nodes_memory_.resize_anyway(nodes_->waiting_bytes());
  }

  bool help() override { return nodes_->help(); }

  void add_relationships(TypeId type, std::span<const std::uint64_t> starts,
                         std::span<const std::uint64_t> ends, std::span<const std::uint32_t> picked,
                         std::span<const BulkColumn> columns) override {
    KITH_ASSERT(starts.size() == ends.size());
    for (const auto ids : {starts, ends})
      for (const std::uint32_t row : picked)
        if (!nodes_->exists(ids[row]))
          throw QueryError(
              "EntityNotFound", "NodeNotFound",
              fmt::format("a relationship ends at node {}, which was not loaded", ids[row]));
    if (types_.empty()) {
      nodes_->close();
      count_directories();
    }
    TypeLoad& load = types_[type];
    if (!load.any()) {
      if (spooling_) {
        load.spooled = std::make_unique<SpooledLoad>(type, memory_);
      } else {
        load.memory = make_memory_load(type, nodes_->id_limit(), rows_);
      }
    }
    const std::uint64_t before = load.get().bytes();
    properties_ += load.get().add(starts, ends, picked, columns);
    bytes_ += load.get().bytes() - before;
    nodes_memory_.resize_anyway(nodes_->waiting_bytes());
    keep_within();
  }

  Summary finish(const std::function<void(double)>& progress) override {
    KITH_ASSERT(writer_.has_value());
    const auto tell = [&](double share) {
      if (progress) progress(share);
    };
    tell(0);
    nodes_->finish();
    nodes_memory_.clear();
    count_directories();
    BaseFields fields = count();
    write_relationships(fields, tell);
    for_each_item(scheduler_, nodes_->segments(), [&](std::uint64_t s, std::uint32_t) {
      writer_->put(s, std::move(nodes_->builder(s)));
    });
    writer_->set_catalog(std::make_shared<Catalog>(catalog_));
    tell(0.97);
    writer_->commit(fields);
    Summary summary{fields.nodes, fields.relationships, nodes_->properties() + properties_,
                    file_->file_bytes(), memory_spooled_ + spool_.bytes_written()};
    close();
    // Nobody takes it for a stale one while it is completed and renamed.
    const auto held = environment_.files->open(temporary_, OpenMode::ReadWrite);
    if (!held->try_lock(kTemporaryByte, 1, true))
      throw StorageError("AlreadyExists",
                         fmt::format("'{}' was taken for a stale file; try again", temporary_));
    if (options_.complete) summary.file_bytes = options_.complete(temporary_);
    put_in_place(environment_, temporary_, path_, options_);
    renamed_ = true;
    tell(1);
    return summary;
  }

 private:
  // Relationships of one type, where they are.
  struct TypeLoad {
    std::unique_ptr<MemoryLoad> memory;
    std::unique_ptr<SpooledLoad> spooled;

    bool any() const { return memory || spooled; }
    RelationshipLoad& get() {
      KITH_ASSERT(any());
      if (memory) return *memory;
      return *spooled;
    }
  };

  std::string spool_path() const {
    return options_.temp_path.empty() ? path_ : options_.temp_path + "/" + file_name_of(path_);
  }

  // B1. All types go to disk together: those that stay would only have to go later.
  void keep_within() {
    MemoryBudget& budget = *options_.budget;
    if (!spooling_) {
      const std::uint64_t others = budget.used() - relationships_memory_.bytes();
      if (others + bytes_ <= budget.limit() - budget.limit() / kSpareShare)
        return relationships_memory_.resize_anyway(bytes_);
      spooling_ = true;
      for (auto& [type, load] : types_) move_to_disk(type, load);
      relationships_memory_.clear();  // what is sorted on disk counts for itself
    }
    if (bytes_ <= budget.limit() / kSpooledShare) return;
    // The largest first: runs are the longer.
    std::vector<SpooledLoad*> loads;
    for (auto& [type, load] : types_) loads.push_back(load.spooled.get());
    std::sort(loads.begin(), loads.end(),
              [](const auto* a, const auto* b) { return a->bytes() > b->bytes(); });
    for (SpooledLoad* load : loads) {
      if (bytes_ <= budget.limit() / kSpooledShare / 2) return;
      spill(*load);
    }
  }

  void spill(SpooledLoad& load) {
    bytes_ -= load.bytes();
    load.spill();
    bytes_ += load.bytes();
  }

  void move_to_disk(TypeId type, TypeLoad& load) {
    if (!load.memory) return;
    bytes_ -= load.memory->bytes();
    load.spooled = std::make_unique<SpooledLoad>(type, memory_);
    load.memory->drain(*load.spooled);
    load.memory.reset();
    bytes_ += load.spooled->bytes();
    spill(*load.spooled);
  }

  void count_directories() { directories_.resize_anyway(nodes_->directory_bytes()); }

  // Counts and marks, with a run of relationship segments for each type.
  BaseFields count() {
    BaseFields fields;
    fields.node_id_limit = nodes_->id_limit();
    fields.nodes = nodes_->nodes();
    fields.nodes_by_label = nodes_->nodes_by_label();
    fields.open_node_segments = nodes_->open_segments();
    fields.relationships_by_type.resize(catalog_.types.size());
    fields.open_relationship_segment.resize(catalog_.types.size(), kNoSegment);
    for (auto& [type, type_load] : types_) {
      KITH_ASSERT(type.value < catalog_.types.size());
      const RelationshipLoad& load = type_load.get();
      first_segments_[type] = fields.relationship_segments;
      fields.relationship_segments += load.segments();
      fields.relationships += load.rows();
      fields.relationships_by_type[type.value] = load.rows();
      if (load.rows() % kSegmentSlots != 0)
        fields.open_relationship_segment[type.value] = fields.relationship_segments - 1;
    }
    return fields;
  }

  // Types are written at the same time, as many as there is memory for, the largest first: of one
  // alone, a segment that has most of the relationships would leave other threads with nothing.
  template <class Tell>
  void write_relationships(const BaseFields& fields, const Tell& tell) {
    std::atomic<std::uint64_t> done{0};  // steps of all types
    const double all = static_cast<double>(3 * fields.relationships + 1);
    const auto write = [&](TypeId type, TypeLoad& load, bool tells) {
      std::uint64_t mine = 0;
      const auto progress = [&](std::uint64_t steps) {
        if (steps <= mine) return;
        const std::uint64_t more = steps - std::exchange(mine, steps);
        const std::uint64_t now = done.fetch_add(more, std::memory_order_relaxed) + more;
        if (tells) tell(0.95 * static_cast<double>(now) / all);
      };
      const AdjacencyLimits limits{fields.node_id_limit,
                                   fields.relationship_segments << kSegmentBits};
      const std::uint64_t rows = load.get().rows();
      load.get().write({*writer_, *nodes_, scheduler_, limits, first_segments_.at(type), progress});
      progress(3 * rows);
    };
    if (const std::uint32_t together = room_to_write_together(); together > 1)
      return write_together(together, write);
    for (auto& [type, load] : types_) {
      if (load.memory) make_room_to_write(type, load);
      write(type, load, true);
      if (load.spooled) memory_spooled_ += load.spooled->bytes_spooled();
      load = TypeLoad();
      if (relationships_memory_.bytes() > 0) count_memory_loads();
      count_directories();
    }
  }

  // How many types in memory may be written at the same time. What that takes is reserved.
  std::uint32_t room_to_write_together() {
    if (spooling_) return 1;
    std::uint64_t held = 0;
    std::vector<std::uint64_t> more;  // that each needs to be written
    for (const auto& [type, load] : types_) {
      held += load.memory->bytes();
      more.push_back(load.memory->bytes_to_write() - load.memory->bytes());
    }
    std::sort(more.rbegin(), more.rend());
    for (std::size_t count = std::min<std::size_t>(scheduler_.threads(), more.size()); count > 1;
         --count) {
      const auto end = more.begin() + static_cast<std::ptrdiff_t>(count);
      if (relationships_memory_.try_resize(std::accumulate(more.begin(), end, held)))
        return static_cast<std::uint32_t>(count);
    }
    return 1;
  }

  // Worker 0 is the thread that tells of the progress.
  template <class Write>
  void write_together(std::uint32_t together, const Write& write) {
    std::vector<std::pair<const TypeId, TypeLoad>*> order;
    for (auto& entry : types_) order.push_back(&entry);
    std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
      return a->second.memory->rows() > b->second.memory->rows();
    });
    std::atomic<std::size_t> next{0};
    scheduler_.run(together, [&](std::uint32_t worker) {
      for (std::size_t i = next++; i < order.size(); i = next++) {
        write(order[i]->first, order[i]->second, worker == 0);
        order[i]->second = TypeLoad();
      }
    });
    relationships_memory_.clear();
    count_directories();
  }

  // For the arrays that a type in memory is sorted through; on disk if there is not enough.
  void make_room_to_write(TypeId type, TypeLoad& load) {
    const std::uint64_t others = relationships_memory_.bytes() - load.memory->bytes();
    if (relationships_memory_.try_resize(others + load.memory->bytes_to_write())) return;
    move_to_disk(type, load);
    count_memory_loads();
  }

  void count_memory_loads() {
    std::uint64_t bytes = 0;
    for (const auto& [type, load] : types_) bytes += load.memory ? load.memory->bytes() : 0;
    relationships_memory_.resize_anyway(bytes);
  }

  void close() {
    types_.clear();
    nodes_.reset();
    writer_.reset();
    file_.reset();
  }

  std::string path_;
  Environment environment_;
  Scheduler& scheduler_;
  const BulkOptions options_;
  std::string temporary_;
  bool renamed_ = false;
  Spool spool_;
  LoadMemory memory_;
  Reservation nodes_memory_, directories_, relationships_memory_;
  Catalog catalog_;
  std::unique_ptr<BaseFile> file_;
  std::optional<BaseWriter> writer_;
  std::optional<NodeLoad> nodes_;
  RowPool rows_;
  std::map<TypeId, TypeLoad> types_;
  std::uint64_t bytes_ = 0;  // of memory that types_ hold
  bool spooling_ = false;    // all types go to disk
  std::map<TypeId, std::uint64_t> first_segments_;
  std::uint64_t properties_ = 0, memory_spooled_ = 0;
};

}  // namespace

std::vector<std::uint64_t> BulkLoad::add_nodes(std::span<const LabelId> labels, std::uint32_t rows,
                                               std::span<const BulkColumn> columns) {
  std::vector<std::uint32_t> all(rows);
  std::iota(all.begin(), all.end(), 0u);
  std::vector<std::uint64_t> ids(rows);
  add_nodes(labels, all, columns, ids);
  return ids;
}

void BulkLoad::add_relationships(TypeId type, std::span<const std::uint64_t> starts,
                                 std::span<const std::uint64_t> ends,
                                 std::span<const BulkColumn> columns) {
  std::vector<std::uint32_t> all(starts.size());
  std::iota(all.begin(), all.end(), 0u);
  add_relationships(type, starts, ends, all, columns);
}

std::unique_ptr<BulkLoad> BulkLoad::create(const std::string& named, Environment environment,
                                           Scheduler& scheduler, BulkOptions options) {
  const std::string path = environment.files->real_path(named);  // not a link that leads to it
  if (!options.budget) options.budget = std::make_shared<MemoryBudget>(default_memory_limit());
  remove_stale_temporaries(environment, path);
  if (environment.files->exists(path)) {
    if (!options.replace)
      throw StorageError("AlreadyExists", fmt::format("'{}' exists already", path));
    demand_replaceable(environment, path, options);
  }
  return std::make_unique<FileLoad>(path, std::move(environment), scheduler, std::move(options));
}

}  // namespace kith::storage
