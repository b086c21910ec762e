// storage/bulk_load.cpp: a new database file from columns, in a temporary sibling until it is
// whole.
#include "storage/bulk_load.hpp"

#include <fmt/format.h>

#include <map>
#include <optional>

#include "core/assert.hpp"
#include "kith/error.hpp"
#include "storage/catalog.hpp"
#include "storage/graph/base_file.hpp"
#include "storage/load/node_load.hpp"
#include "storage/load/parallel.hpp"
#include "storage/load/relationship_load.hpp"

namespace kith::storage {

namespace {

std::uint32_t intern(Names& names, std::string_view name) {
  if (const auto id = names.find(name)) return *id;
  return names.add(std::string(name));
}

class FileLoad final : public BulkLoad {
 public:
  FileLoad(const std::string& path, Environment environment, Scheduler& scheduler)
      : path_(path),
        environment_(std::move(environment)),
        scheduler_(scheduler),
        temporary_(temporary_sibling(environment_, path)) {
    try {
      file_ = BaseFile::create_in_place(environment_, temporary_, new_database_id(environment_), 0);
    } catch (...) {
      if (environment_.files->exists(temporary_)) environment_.files->remove(temporary_);
      throw;
    }
    writer_.emplace(*file_);
    nodes_.emplace(*writer_, scheduler_);
  }

  ~FileLoad() override {
    close();
    if (renamed_) return;
    try {
      environment_.files->remove(temporary_);
    } catch (const Error&) {
      // It stays behind; nothing refers to it.
    }
  }

  LabelId intern_label(std::string_view name) override { return {intern(catalog_.labels, name)}; }
  TypeId intern_type(std::string_view name) override { return {intern(catalog_.types, name)}; }
  KeyId intern_key(std::string_view name) override { return {intern(catalog_.keys, name)}; }

  NodeId add_nodes(std::span<const LabelId> labels, std::uint32_t rows,
                   std::span<const BulkColumn> columns) override {
    KITH_ASSERT(types_.empty());  // all nodes come before the first relationship
    return nodes_->add(labels, rows, columns);
  }

  void add_relationships(TypeId type, std::span<const std::uint64_t> starts,
                         std::span<const std::uint64_t> ends,
                         std::span<const BulkColumn> columns) override {
    for (const auto ids : {starts, ends})
      for (const std::uint64_t id : ids)
        if (!nodes_->exists(id))
          throw QueryError("EntityNotFound", "NodeNotFound",
                           fmt::format("a relationship ends at node {}, which was not loaded", id));
    auto& load = types_[type];
    if (!load) load = make_relationship_load(type, nodes_->id_limit());
    properties_ += load->add_values(columns, static_cast<std::uint32_t>(starts.size()));
    load->add(starts, ends);
  }

  Summary finish(const std::function<void(double)>& progress) override {
    KITH_ASSERT(writer_.has_value());
    const auto tell = [&](double share) {
      if (progress) progress(share);
    };
    tell(0);
    nodes_->finish();
    BaseFields fields = count();
    write_relationships(fields, tell);
    for_each_item(scheduler_, nodes_->segments(), [&](std::uint64_t s, std::uint32_t) {
      writer_->put(s, std::move(nodes_->builder(s)));
    });
    writer_->set_catalog(std::make_shared<Catalog>(catalog_));
    tell(0.97);
    writer_->commit(fields);
    Summary summary{fields.nodes, fields.relationships, nodes_->properties() + properties_,
                    file_->file_bytes()};
    close();
    environment_.files->rename_no_replace(temporary_, path_);
    renamed_ = true;
    environment_.files->sync_directory(directory_of(path_));
    tell(1);
    return summary;
  }

 private:
  // Counts and marks, with a run of relationship segments for each type.
  BaseFields count() {
    BaseFields fields;
    fields.node_id_limit = nodes_->id_limit();
    fields.nodes = nodes_->nodes();
    fields.nodes_by_label = nodes_->nodes_by_label();
    fields.open_node_segments = nodes_->open_segments();
    fields.relationships_by_type.resize(catalog_.types.size());
    fields.open_relationship_segment.resize(catalog_.types.size(), kNoSegment);
    for (const auto& [type, load] : types_) {
      KITH_ASSERT(type.value < catalog_.types.size());
      first_segments_[type] = fields.relationship_segments;
      fields.relationship_segments += load->segments();
      fields.relationships += load->rows();
      fields.relationships_by_type[type.value] = load->rows();
      if (load->rows() % kSegmentSlots != 0)
        fields.open_relationship_segment[type.value] = fields.relationship_segments - 1;
    }
    return fields;
  }

  template <class Tell>
  void write_relationships(const BaseFields& fields, const Tell& tell) {
    const AdjacencyLimits limits{fields.node_id_limit,
                                 fields.relationship_segments << kSegmentBits};
    std::uint64_t done = 0;
    const double all = static_cast<double>(3 * fields.relationships + 1);
    for (auto& [type, load] : types_) {
      const std::uint64_t rows = load->rows();
      const auto progress = [&](std::uint64_t steps) {
        tell(0.95 * static_cast<double>(done + steps) / all);
      };
      load->write({*writer_, *nodes_, scheduler_, limits, first_segments_[type], progress});
      load.reset();
      done += 3 * rows;
    }
  }

  void close() {
    nodes_.reset();
    writer_.reset();
    file_.reset();
  }

  std::string path_;
  Environment environment_;
  Scheduler& scheduler_;
  std::string temporary_;
  bool renamed_ = false;
  Catalog catalog_;
  std::unique_ptr<BaseFile> file_;
  std::optional<BaseWriter> writer_;
  std::optional<NodeLoad> nodes_;
  std::map<TypeId, std::unique_ptr<RelationshipLoad>> types_;
  std::map<TypeId, std::uint64_t> first_segments_;
  std::uint64_t properties_ = 0;
};

}  // namespace

std::unique_ptr<BulkLoad> BulkLoad::create(const std::string& path, Environment environment,
                                           Scheduler& scheduler, std::uint64_t) {
  if (environment.files->exists(path))
    throw StorageError("AlreadyExists", fmt::format("'{}' exists already", path));
  return std::make_unique<FileLoad>(path, std::move(environment), scheduler);
}

}  // namespace kith::storage
