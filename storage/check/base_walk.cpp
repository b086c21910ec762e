// storage/check/base_walk.cpp: from the meta pages to the root, and what the root says of all.
#include "storage/check/base_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>

#include "core/assert.hpp"
#include "core/text.hpp"
#include "storage/check/directions.hpp"
#include "storage/check/indexes.hpp"
#include "storage/check/segments.hpp"
#include "storage/graph/root.hpp"
#include "storage/page/block_writer.hpp"
#include "storage/schema.hpp"

namespace kith::storage::check {

namespace {

constexpr std::uint64_t kMostRanges = 100;  // of pages that nobody has, one a line

class BaseWalk {
 public:
  BaseWalk(Findings& findings, const MetaPage& meta) : findings_(findings), meta_(meta) {}

  void run() {
    findings_.pages.set_size(meta_.file_pages);
    findings_.counts().pages = meta_.file_pages;
    if (root()) {
      catalog();
      schema();
      check_trees(findings_, pointers_.indexes, schema_.get());
      carry();
      segments();
      // Beside a carry the segments are not the whole: the state that both give is (K12).
      const bool whole = !pointers_.carry.is_set();
      if (whole && !findings_.blind) counts();
      if (whole) edges();
    }
    free_map();
    unaccounted();
  }

 private:
  const std::string kRoot = "the root of the checkpoint";

  void problem(std::string what) { findings_.problem(kRoot, std::move(what)); }

  // A whole stream; nullopt (and blind) if it cannot be read.
  std::optional<std::vector<std::byte>> stream(const std::string& where, BlockPtr ptr,
                                               BlockKind kind) {
    std::vector<BlockPtr> blocks;
    std::vector<std::byte> bytes;
    const bool read =
        findings_.attempt(where, [&] { bytes = read_stream(findings_.file, ptr, kind, &blocks); });
    findings_.stream_blocks(where, blocks);
    if (read) return bytes;
    findings_.blind = true;
    return std::nullopt;
  }

  bool root() {
    const auto bytes = stream(kRoot, meta_.root, BlockKind::Root);
    return bytes && findings_.attempt(kRoot, [&] { read_root(*bytes, fields_, pointers_); });
  }

  void catalog() {
    if (!pointers_.catalog.is_set()) {
      catalog_.emplace();
      return;
    }
    const std::string where = "the catalog of names";
    const auto bytes = stream(where, pointers_.catalog, BlockKind::Catalog);
    if (!bytes) return;
    if (!findings_.attempt(where, [&] { catalog_ = read_catalog(*bytes); })) return;
    for (const Names* names : {&catalog_->labels, &catalog_->types, &catalog_->keys}) {
      findings_.counts().names += names->size();
      for (std::uint32_t id = 0; id < names->size(); ++id)
        if (names->name(id).empty() || find_invalid_utf8(names->name(id)) != kValidUtf8)
          findings_.problem(where, fmt::format("name {} is empty or not UTF-8", id));
    }
  }

  // What is declared is about names that there are.
  void schema() {
    if (!pointers_.schema.is_set()) return;
    const std::string where = "the schema";
    const auto bytes = stream(where, pointers_.schema, BlockKind::Schema);
    if (!bytes) return;
    findings_.attempt(where, [&] {
      schema_ = Schema::decode(*bytes);
      findings_.counts().indexes = schema_->indexes().size();
      findings_.counts().constraints = schema_->constraints().size();
      for (const IndexDef& index : schema_->indexes())
        declared(fmt::format("index '{}'", index.name), index.token, index.keys);
      for (const ConstraintDef& constraint : schema_->constraints())
        declared(fmt::format("constraint '{}'", constraint.name), constraint.token,
                 constraint.keys);
    });
  }

  void declared(const std::string& where, SchemaToken token, const std::vector<KeyId>& keys) {
    if (!catalog_) return;
    const Names& names = token.on == ElementKind::Node ? catalog_->labels : catalog_->types;
    if (token.id >= names.size())
      findings_.problem(where, fmt::format("there is no label or type {}", token.id));
    for (const KeyId key : keys)
      if (key.value >= catalog_->keys.size())
        findings_.problem(where, fmt::format("there is no property key {}", key.value));
  }

  void carry() {
    if (pointers_.carry.is_set()) stream("the carried log", pointers_.carry, BlockKind::Carry);
  }

  void segments() {
    const IdLimits limits{fields_.node_id_limit, fields_.relationship_segments << kSegmentBits};
    SegmentWalk walk(findings_, catalog_ ? &*catalog_ : nullptr, limits, tally_);
    walk.relationships(pointers_.relationship_leaves, fields_.relationship_segments);
    walk.nodes(pointers_.node_leaves, segments_below(fields_.node_id_limit));
    open_segments();
  }

  void open_segments() {
    for (std::uint32_t type = 0; type < fields_.open_relationship_segment.size(); ++type) {
      const std::uint64_t number = fields_.open_relationship_segment[type];
      if (number == kNoSegment) continue;
      const bool known = number < tally_.relationship_entries.size();
      const LeafEntry* entry = known ? &tally_.relationship_entries[number] : nullptr;
      if (!known || (entry->directory.is_set() && entry->type != type))
        problem(
            fmt::format("segment {} is open for relationships of type {}, but is not of that "
                        "type",
                        number, type));
    }
    for (const OpenNodeSegment& open : fields_.open_node_segments) {
      const bool ascending = std::is_sorted(open.labels.begin(), open.labels.end());
      const bool known =
          !catalog_ || open.labels.empty() || open.labels.back().value < catalog_->labels.size();
      if (open.segment >= segments_below(fields_.node_id_limit) || !ascending || !known)
        problem(fmt::format("segment {} is open for nodes that cannot be", open.segment));
    }
  }

  template <class Name>
  void by_id(const char* what, const std::vector<std::uint64_t>& said,
             const std::vector<std::uint64_t>& found, Name&& name) {
    for (std::uint32_t id = 0; id < std::max(said.size(), found.size()); ++id) {
      const std::uint64_t here = id < said.size() ? said[id] : 0;
      const std::uint64_t there = id < found.size() ? found[id] : 0;
      if (here != there)
        problem(
            fmt::format("it counts {} {} {}, its segments hold {}", here, what, name(id), there));
    }
  }

  // K10
  void counts() {
    const CheckCounts& found = findings_.counts();
    if (fields_.nodes != found.nodes)
      problem(fmt::format("it counts {} nodes, its segments hold {}", fields_.nodes, found.nodes));
    if (fields_.relationships != found.relationships)
      problem(fmt::format("it counts {} relationships, its segments hold {}", fields_.relationships,
                          found.relationships));
    by_id("nodes with label", fields_.nodes_by_label, tally_.nodes_by_label,
          [&](std::uint32_t id) { return label_name(id); });
    by_id("relationships of type", fields_.relationships_by_type, tally_.relationships_by_type,
          [&](std::uint32_t id) { return type_name(id); });
  }

  std::string label_name(std::uint32_t id) const {
    return catalog_ && id < catalog_->labels.size() ? "'" + catalog_->labels.name(id) + "'"
                                                    : std::to_string(id);
  }
  std::string type_name(std::uint32_t id) const {
    return catalog_ && id < catalog_->types.size() ? "'" + catalog_->types.name(id) + "'"
                                                   : std::to_string(id);
  }

  // K9
  void edges() {
    const auto& all = tally_.edges.all();
    for (std::uint32_t type = 0; type < all.size(); ++type) {
      if (all[type].agree()) continue;
      const bool named = name_differences(findings_, tally_, TypeId{type}, type_name(type));
      if (!named && !findings_.blind)
        problem(
            fmt::format("relationships of type {}: {} in segments, {} in outgoing lists, {} in "
                        "incoming lists are not the same",
                        type_name(type), all[type].stored.count, all[type].outgoing.count,
                        all[type].incoming.count));
    }
  }

  void free_map() {
    const std::string where = "the free map";
    const auto bytes = stream(where, meta_.free_map, BlockKind::FreeMap);
    if (!bytes) return;
    std::vector<FreeExtent> extents;
    if (!findings_.attempt(where, [&] {
          ByteSource source(*bytes, "the free map");
          extents = source.take_array<FreeExtent>(source.take<std::uint64_t>());
        }))
      return;
    for (const FreeExtent& extent : extents) {
      if (extent.pages == 0 || extent.freed_by > meta_.checkpoint) {
        findings_.problem(where, fmt::format("the entry of page {} ({} pages, freed by checkpoint "
                                             "{}) cannot be",
                                             extent.page, extent.pages, extent.freed_by));
        continue;
      }
      findings_.claim(where, extent.page, extent.pages);
      findings_.counts().free_pages += extent.pages;
    }
  }

  // K3: every page is in one block, or free.
  void unaccounted() {
    std::uint64_t lost = 0, ranges = 0;
    const auto say = [&](std::uint64_t first, std::uint64_t end) {
      lost += end - first;
      if (!findings_.blind && ++ranges <= kMostRanges)
        findings_.problem("the file", fmt::format("pages {} to {} are neither in a block nor free",
                                                  first, end - 1));
    };
    std::uint64_t first = 0;
    for (std::uint64_t page = kFirstBlockPage; page <= findings_.pages.size(); ++page) {
      const bool orphan = page < findings_.pages.size() && !findings_.pages.taken(page);
      if (orphan && first == 0) first = page;
      if (!orphan && first != 0) say(first, page), first = 0;
    }
    if (findings_.blind && lost > 0)
      findings_.report.notes.push_back(fmt::format(
          "{} pages could not be accounted for, because not everything could be read", lost));
    if (ranges > kMostRanges)
      findings_.problem("the file",
                        fmt::format("{} more ranges of such pages", ranges - kMostRanges));
  }

  Findings& findings_;
  const MetaPage& meta_;
  BaseFields fields_;
  RootPointers pointers_;
  std::optional<Catalog> catalog_;
  std::shared_ptr<const Schema> schema_;  // shared: as schemas are
  Tally tally_;
};

}  // namespace

MetaPage check_meta_pages(Findings& findings, const MetaPages& found) {
  KITH_ASSERT(found.newest.checkpoint > 0);
  const std::uint64_t newest = found.newest.checkpoint % 2;
  if (found.other_is_invalid)
    findings.problem(fmt::format("meta page {}", 1 - newest),
                     "it does not verify: it is damaged, or a checkpoint did not get further");
  std::vector<std::byte> page(kPageBytes - sizeof(MetaPage));
  for (std::uint64_t number = 0; number < 2; ++number) {
    if (number != newest && found.other_is_invalid) continue;
    findings.file.file().read(number * kPageBytes + sizeof(MetaPage), page);
    const auto bad =
        std::find_if(page.begin(), page.end(), [](std::byte b) { return b != std::byte{0}; });
    if (bad != page.end())
      findings.problem(fmt::format("meta page {}", number),
                       fmt::format("it is followed by bytes that are not zero (offset {})",
                                   number * kPageBytes + sizeof(MetaPage) +
                                       static_cast<std::uint64_t>(bad - page.begin())));
  }
  if (found.newest.file_pages > (std::uint64_t{1} << 32))
    throw StorageError("CorruptMeta", fmt::format("'{}' is damaged: it has {} pages",
                                                  findings.file.path(), found.newest.file_pages));
  findings.counts().checkpoint = found.newest.checkpoint;
  findings.counts().position = found.newest.position;
  return found.newest;
}

void check_base(Findings& findings, const MetaPage& meta) { BaseWalk(findings, meta).run(); }

}  // namespace kith::storage::check
