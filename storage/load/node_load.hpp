// storage/load/node_load.hpp: nodes of a bulk load, from rows to encoded segments.
//
// Each label set fills a segment of its own, so that segments stay homogeneous; past kOwnSegments
// different label sets, the others share. Full segments wait until somebody encodes them: whoever
// calls help(), or, when as many wait as there are threads, whoever adds. When memory is short
// segments are encoded before they are full.
//
//   N1  Rows are added by one thread at a time. What follows mutex_ below, up to builders_, belongs
//       to it, the rest to the thread that adds.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "core/scheduler.hpp"
#include "storage/bulk_load.hpp"
#include "storage/graph/base_file.hpp"

namespace kith::storage {

class NodeLoad {
 public:
  NodeLoad(BaseWriter& writer, Scheduler& scheduler) : writer_(writer), scheduler_(scheduler) {}

  void add(std::span<const LabelId> labels, std::span<const std::uint32_t> picked,
           std::span<const BulkColumn> columns, std::span<std::uint64_t> ids);
  // No more nodes come: all segments wait to be encoded.
  void close();
  // Encodes a segment, if one waits. From any thread.
  bool help();
  // Closes and encodes what is left, when nobody helps any more.
  void finish();

  std::uint64_t segments() const { return slots_.size(); }
  // Slots of a segment.
  std::uint32_t slots(std::uint64_t segment) const { return slots_[segment]; }
  std::uint64_t id_limit() const {
    return slots_.empty() ? 0 : ((slots_.size() - 1) << kSegmentBits) + slots_.back();
  }
  bool exists(std::uint64_t node) const {
    const std::uint64_t segment = node >> kSegmentBits;
    return segment < slots_.size() && (node & (kSegmentSlots - 1)) < slots_[segment];
  }
  // Once finished: everything but the relationships is in it.
  NodeSegmentBuilder& builder(std::uint64_t segment) { return *builders_[segment]; }
  // Lists of a node segment, once finished. From any thread.
  void set_adjacency(std::uint64_t segment, AdjacencyChunk adjacency);

  // Of rows that are not encoded yet, and of memory for more.
  std::uint64_t waiting_bytes() const;
  // Of the directories of finished segments.
  std::uint64_t directory_bytes() const;
  // Encodes what waits, the largest first, until it is at most this many bytes (or all of it is
  // with those who help). Segments may end before they are full.
  void shed(std::uint64_t bytes);

  std::uint64_t nodes() const { return nodes_; }
  std::uint64_t properties() const { return properties_; }
  const std::vector<std::uint64_t>& nodes_by_label() const { return by_label_; }
  // Once closed: segments with room for more nodes of their label set.
  const std::vector<OpenNodeSegment>& open_segments() const { return open_; }

 private:
  struct Run {
    std::uint32_t first, count;
    std::vector<LabelId> labels;
  };
  struct TextPage {
    std::unique_ptr<char[]> memory;
    std::size_t bytes;
  };
  struct Filling {  // a segment that still takes rows
    std::uint64_t number = 0;
    std::uint32_t slots = 0;
    std::vector<Run> runs;
    std::map<KeyId, std::vector<Cell>> columns;
    std::vector<TextPage> pages;
    std::size_t pages_used = 0, page_bytes = 0;  // bytes of the last
    Arena arena;                                 // of values that are no text, and long text

    Cell keep(const Cell& cell);
    std::uint64_t bytes() const;
    // For the rows of another segment, in the memory of this one.
    void clear();
  };
  using LabelKey = std::vector<LabelId>;
  static constexpr std::size_t kOwnSegments = 64;

  // `follows`: a full one of the same labels, so that it may well need as much memory.
  std::unique_ptr<Filling> start_segment(bool follows);
  void add_rows(Filling& segment, const LabelKey& labels, std::span<const std::uint32_t> picked,
                std::span<const BulkColumn> columns);
  void retire(std::unique_ptr<Filling> segment);
  std::unique_ptr<Filling> next_full();
  void forget_spare();
  void encode(std::unique_ptr<Filling> segment);
  void fill_builder(NodeSegmentBuilder& builder, Filling& segment) const;

  BaseWriter& writer_;
  Scheduler& scheduler_;
  std::map<LabelKey, std::unique_ptr<Filling>> filling_;
  std::unique_ptr<Filling> shared_;
  std::vector<std::uint32_t> slots_;  // by segment
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Filling>> full_;
  std::vector<std::unique_ptr<Filling>> spare_;  // whose memory is used again
  bool keeps_spare_ = true;
  std::uint64_t encoding_bytes_ = 0;  // of segments that are being encoded
  std::vector<std::optional<NodeSegmentBuilder>> builders_;
  std::vector<OpenNodeSegment> open_;
  std::vector<std::uint64_t> by_label_;
  std::uint64_t nodes_ = 0, properties_ = 0;
};

}  // namespace kith::storage
