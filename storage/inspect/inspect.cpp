// storage/inspect/inspect.cpp: from the meta pages to what was asked for, past what is damaged.
#include "storage/inspect.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "core/assert.hpp"
#include "core/print.hpp"
#include "storage/graph/directory.hpp"
#include "storage/graph/root.hpp"
#include "storage/inspect/log_text.hpp"
#include "storage/inspect/printer.hpp"
#include "storage/inspect/segment_text.hpp"
#include "storage/page/block_file.hpp"
#include "storage/page/block_writer.hpp"
#include "storage/schema.hpp"

namespace kith::storage {

namespace inspect {
namespace {

constexpr std::size_t kLineBytes = 32;

class Inspector {
 public:
  Inspector(const std::string& path, const InspectOptions& options, Printer& out)
      : path_(path),
        options_(options),
        files_(*options.environment.files),
        file_(files_.open(path, OpenMode::ReadOnly), path),
        out_(out) {}

  void run() {
    switch (options_.topic) {
      case InspectTopic::Meta:
        return meta_pages();
      case InspectTopic::Page:
        return page(options_.number);
      case InspectTopic::Logs:
        return out_.attempt([&] { print_logs(out_, files_, path_, meta().database_id); });
      case InspectTopic::Log:
        return out_.attempt(
            [&] { print_log(out_, files_, path_, meta().database_id, options_.number); });
      case InspectTopic::Free:
        return out_.attempt([&] { free_map(); });
      case InspectTopic::Root:
      case InspectTopic::Names:
      case InspectTopic::Schema:
      case InspectTopic::Segments:
      case InspectTopic::NodeSegment:
      case InspectTopic::RelationshipSegment:
      case InspectTopic::Carry:
        return out_.attempt([&] { of_checkpoint(); });
    }
  }

 private:
  MetaPage meta() { return file_.read_meta().newest; }

  void meta_pages() {
    const std::uint64_t size = file_.file().size();
    out_.line("{}: {} bytes, {} pages", path_, size, size / kPageBytes);
    for (std::uint64_t number = 0; number < 2; ++number)
      out_.attempt([&] {
        MetaPage m;
        file_.file().read(number * kPageBytes, std::as_writable_bytes(std::span(&m, 1)));
        const bool whole = m.checksum == XXH3_64bits(&m, offsetof(MetaPage, checksum));
        out_.line("meta page {}: {}", number,
                  m.magic != kMetaMagic ? "not a meta page of kith"
                  : whole               ? "checksum right"
                                        : "checksum wrong");
        if (m.magic != kMetaMagic) return;
        out_.line("  version {}, segment bits {}, database {:016x}", m.version, m.segment_bits,
                  m.database_id);
        out_.line("  checkpoint {}, commit {}, first log {}, {} pages", m.checkpoint, m.position,
                  m.first_log, m.file_pages);
        out_.line("  root: {}", to_text(m.root));
        out_.line("  free map: {}", to_text(m.free_map));
      });
    out_.attempt([&] { out_.line("newest: meta page {}", meta().checkpoint % 2); });
  }

  void page(std::uint64_t number) {
    const std::uint64_t pages = (file_.file().size() + kPageBytes - 1) / kPageBytes;
    if (number >= pages)
      throw QueryError("ArgumentError", "NoSuchPage",
                       fmt::format("'{}' has {} pages, from 0", path_, pages));
    std::vector<std::byte> bytes(
        std::min<std::uint64_t>(kPageBytes, file_.file().size() - number * kPageBytes));
    file_.file().read(number * kPageBytes, bytes);
    if (number >= kFirstBlockPage && bytes.size() == kPageBytes) block(number, bytes);
    for (std::size_t at = 0; at < bytes.size(); at += kLineBytes) hex(number, bytes, at);
  }

  // If a block begins here. Whether one does only the pointers know.
  void block(std::uint64_t number, std::span<const std::byte> bytes) {
    BlockHeader header;
    std::memcpy(&header, bytes.data(), sizeof header);
    const bool likely = header.page == number && header.bytes <= kMaxPayload &&
                        header.unpacked <= kMaxPayload &&
                        static_cast<std::uint32_t>(header.kind) < kBlockKindCount;
    if (!likely) return out_.line("page {}: no block begins here", number);
    out_.attempt([&] {
      std::vector<std::byte> whole(sizeof header + header.bytes);
      file_.file().read(number * kPageBytes, whole);
      out_.line("page {}: {} block, {} bytes in {} pages, its checksum is {:016x}", number,
                block_kind_name(header.kind), header.bytes, pages_for(header.bytes),
                XXH3_64bits(whole.data(), whole.size()));
      if (header.unpacked == 0) return;
      out_.line("  packed: {} bytes of payload", header.unpacked);
      for (const SectionHeader& section : packed_sections(std::span(whole).subspan(sizeof header)))
        print_section(out_, section);
    });
  }

  void hex(std::uint64_t number, std::span<const std::byte> bytes, std::size_t at) {
    const auto line = bytes.subspan(at, std::min(kLineBytes, bytes.size() - at));
    if (std::all_of(line.begin(), line.end(), [](std::byte b) { return b == std::byte{0}; }))
      return;
    std::string digits, text;
    for (const std::byte b : line) {
      const auto c = std::to_integer<unsigned char>(b);
      digits += fmt::format("{:02x}", c);
      text.push_back(c >= 0x20 && c < 0x7f ? static_cast<char>(c) : '.');
    }
    out_.line("{:8} +{:4}  {:<64}  {}", number * kPageBytes + at, at, digits, text);
  }

  void free_map() {
    const MetaPage m = meta();
    const auto bytes = read_stream(file_, m.free_map, BlockKind::FreeMap);
    ByteSource source(bytes, "the free map");
    std::uint64_t total = 0;
    for (const FreeExtent& extent : source.take_array<FreeExtent>(source.take<std::uint64_t>())) {
      total += extent.pages;
      out_.line(
          "pages {} to {}: {}", extent.page, std::uint64_t{extent.page} + extent.pages - 1,
          extent.freed_by == 0 ? "free" : fmt::format("freed by checkpoint {}", extent.freed_by));
    }
    out_.line("{} of {} pages are free at checkpoint {}", total, m.file_pages, m.checkpoint);
  }

  void of_checkpoint() {
    read_root(read_stream(file_, meta().root, BlockKind::Root), fields_, pointers_);
    if (pointers_.catalog.is_set())
      out_.attempt([&] {
        catalog_ = read_catalog(read_stream(file_, pointers_.catalog, BlockKind::Catalog));
      });
    if (options_.topic == InspectTopic::Root) root();
    if (options_.topic == InspectTopic::Names) names();
    if (options_.topic == InspectTopic::Schema) schema();
    if (options_.topic == InspectTopic::Carry) carry();
    if (options_.topic == InspectTopic::Segments) {
      segments("node", pointers_.node_leaves);
      segments("relationship", pointers_.relationship_leaves);
    }
    if (options_.topic == InspectTopic::NodeSegment) segment<NodeSegment>(pointers_.node_leaves);
    if (options_.topic == InspectTopic::RelationshipSegment)
      segment<RelationshipSegment>(pointers_.relationship_leaves);
  }

  static std::string name_of(const Names& names, std::uint32_t id) {
    if (id >= names.size()) return std::to_string(id);
    std::string out;
    append_name(out, names.name(id));
    return out;
  }

  void root() {
    const MetaPage m = meta();
    out_.line("checkpoint {}, commit {}", m.checkpoint, m.position);
    out_.line("{} nodes, ids below {}", fields_.nodes, fields_.node_id_limit);
    out_.line("{} relationships, {} segments", fields_.relationships,
              fields_.relationship_segments);
    out_.line("catalog: {}", to_text(pointers_.catalog));
    out_.line("schema: {}", to_text(pointers_.schema));
    out_.line("carry: {}", to_text(pointers_.carry));
    for (std::uint32_t id = 0; id < fields_.nodes_by_label.size(); ++id)
      out_.line("label {} {}: {} nodes", id, name_of(catalog_.labels, id),
                fields_.nodes_by_label[id]);
    for (std::uint32_t id = 0; id < fields_.relationships_by_type.size(); ++id) {
      const std::uint64_t open = fields_.open_segment(TypeId{id});
      out_.line("type {} {}: {} relationships{}", id, name_of(catalog_.types, id),
                fields_.relationships_by_type[id],
                open == kNoSegment ? "" : fmt::format(", open segment {}", open));
    }
    for (const OpenNodeSegment& open : fields_.open_node_segments) {
      std::string labels;
      for (const LabelId label : open.labels)
        labels.append(":").append(name_of(catalog_.labels, label.value));
      out_.line("open node segment {} for ({})", open.segment, labels);
    }
    for (const IndexEntry& index : pointers_.indexes)
      out_.line("index {}: {} levels, {} entries, {} distinct, top: {}", index.id, index.height,
                index.top.entries, index.top.distinct, to_text(index.top.page));
    for (const BlockPtr& leaf : pointers_.node_leaves)
      out_.line("table of node segments: {}", to_text(leaf));
    for (const BlockPtr& leaf : pointers_.relationship_leaves)
      out_.line("table of relationship segments: {}", to_text(leaf));
  }

  void names() {
    const std::pair<const char*, const Names*> all[] = {
        {"label", &catalog_.labels}, {"type", &catalog_.types}, {"key", &catalog_.keys}};
    for (const auto& [what, in] : all)
      for (std::uint32_t id = 0; id < in->size(); ++id)
        out_.line("{} {} {}", what, id, name_of(*in, id));
  }

  void schema() {
    if (!pointers_.schema.is_set()) return out_.line("there never was an index or a constraint");
    const auto found = Schema::decode(read_stream(file_, pointers_.schema, BlockKind::Schema));
    const auto place = [&](SchemaToken token, const std::vector<KeyId>& keys) {
      const bool node = token.on == ElementKind::Node;
      std::string text = node ? "label " : "type ";
      text += name_of(node ? catalog_.labels : catalog_.types, token.id) + " on";
      for (const KeyId key : keys) text += " " + name_of(catalog_.keys, key.value);
      return text;
    };
    for (const IndexDef& index : found->indexes())
      out_.line("index {} {}: {}{}", index.id, index.name, place(index.token, index.keys),
                index.constraint == 0 ? "" : fmt::format(", of constraint {}", index.constraint));
    for (const ConstraintDef& constraint : found->constraints())
      out_.line("constraint {} {}: kind {}, {}", constraint.id, constraint.name,
                static_cast<unsigned>(constraint.kind), place(constraint.token, constraint.keys));
  }

  void carry() {
    if (!pointers_.carry.is_set()) return out_.line("nothing is carried");
    const auto bytes = read_stream(file_, pointers_.carry, BlockKind::Carry);
    print_records(out_,
                  {static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()});
  }

  std::vector<LeafEntry> entries_of(BlockPtr leaf) {
    const auto bytes = read_stream(file_, leaf, BlockKind::Leaf);
    ByteSource source(bytes, "a segment table");
    std::vector<LeafEntry> entries;
    for (std::uint32_t i = 0; i < kLeafSegments; ++i) entries.push_back(source.take<LeafEntry>());
    return entries;
  }

  void segments(const char* what, const std::vector<BlockPtr>& leaves) {
    for (std::size_t i = 0; i < leaves.size(); ++i)
      out_.attempt([&] {
        if (!leaves[i].is_set()) return;
        const auto entries = entries_of(leaves[i]);
        for (std::uint32_t at = 0; at < kLeafSegments; ++at) {
          if (!entries[at].directory.is_set()) continue;
          out_.line("{} segment {}: {} slots, {} alive, type {}, {}", what, i * kLeafSegments + at,
                    entries[at].slots, entries[at].alive, entries[at].type,
                    to_text(entries[at].directory));
        }
      });
  }

  template <class Segment>
  void segment(const std::vector<BlockPtr>& leaves) {
    const std::uint64_t number = options_.number, leaf = number / kLeafSegments;
    BlockPtr directory;
    if (leaf < leaves.size() && leaves[leaf].is_set())
      directory = entries_of(leaves[leaf])[number % kLeafSegments].directory;
    if (!directory.is_set())
      throw QueryError("ArgumentError", "NoSuchSegment",
                       fmt::format("segment {} never held anything", number));
    out_.line("segment {}, directory: {}", number, to_text(directory));
    const auto bytes = read_stream(file_, directory, BlockKind::Directory);
    if constexpr (std::is_same_v<Segment, NodeSegment>)
      print_segment(out_, *SegmentDirectory::read_node(bytes, {}), catalog_);
    else
      print_segment(out_, *SegmentDirectory::read_relationship(bytes, {}), catalog_);
  }

  const std::string& path_;
  const InspectOptions& options_;
  FileSystem& files_;
  BlockFile file_;
  Printer& out_;
  BaseFields fields_;
  RootPointers pointers_;
  Catalog catalog_;
};

}  // namespace
}  // namespace inspect

std::uint64_t inspect_database(const std::string& path, const InspectOptions& options,
                               const std::function<void(std::string_view)>& line) {
  KITH_ASSERT(options.environment.files && line);
  inspect::Printer out(line);
  inspect::Inspector(path, options, out).run();
  return out.failures();
}

}  // namespace kith::storage
