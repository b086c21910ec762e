// storage/load/node_load.hpp: nodes of a bulk load, from rows to encoded segments.
//
// Each label set fills a segment of its own, so that segments stay homogeneous; past kOwnSegments
// different label sets, the others share. Full segments are encoded in parallel, and all are when
// memory is short.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
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
  // Encodes what is left. After it there are no more nodes.
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
  // After finish(): everything but the relationships is in it.
  NodeSegmentBuilder& builder(std::uint64_t segment) { return *builders_[segment]; }

  // Of rows that wait for their segment to be full.
  std::uint64_t waiting_bytes() const;
  // Of the directories of finished segments.
  std::uint64_t directory_bytes() const;
  // Encodes what waits, the largest first, until it is at most this many bytes. Segments may end
  // before they are full.
  void shed(std::uint64_t bytes);

  std::uint64_t nodes() const { return nodes_; }
  std::uint64_t properties() const { return properties_; }
  const std::vector<std::uint64_t>& nodes_by_label() const { return by_label_; }
  // After finish(): segments with room for more nodes of their label set.
  const std::vector<OpenNodeSegment>& open_segments() const { return open_; }

 private:
  struct Run {
    std::uint32_t first, count;
    std::vector<LabelId> labels;
  };
  struct Filling {  // a segment that still takes rows
    std::uint64_t number = 0;
    std::uint32_t slots = 0;
    std::vector<Run> runs;
    std::map<KeyId, std::vector<Cell>> columns;
    Arena arena;

    std::uint64_t bytes() const;
  };
  using LabelKey = std::vector<LabelId>;
  static constexpr std::size_t kOwnSegments = 64;

  std::unique_ptr<Filling> start_segment();
  void add_rows(Filling& segment, const LabelKey& labels, std::span<const std::uint32_t> picked,
                std::span<const BulkColumn> columns);
  void retire(std::unique_ptr<Filling> segment);
  void encode_full();
  void encode(Filling& segment);

  BaseWriter& writer_;
  Scheduler& scheduler_;
  std::map<LabelKey, std::unique_ptr<Filling>> filling_;
  std::unique_ptr<Filling> shared_;
  std::vector<std::unique_ptr<Filling>> full_;
  std::vector<std::uint32_t> slots_;  // by segment
  std::vector<std::optional<NodeSegmentBuilder>> builders_;
  std::vector<OpenNodeSegment> open_;
  std::vector<std::uint64_t> by_label_;
  std::uint64_t nodes_ = 0, properties_ = 0;
};

}  // namespace kith::storage
