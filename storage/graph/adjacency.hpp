// storage/graph/adjacency.hpp: the relationships of one type and direction of one segment's nodes.
//
// Lists by slot, sorted by (neighbour, relationship). All edges of a chunk are numbered by
// position, list after list; a list is a range of positions. Neighbour and relationship ids are
// two parallel sequences in one or more blocks, cut anywhere.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "core/id.hpp"
#include "storage/graph/degree_products.hpp"
#include "storage/graph/slot_set.hpp"
#include "storage/page/chunk.hpp"
#include "storage/page/format.hpp"

namespace kith::storage {

struct AdjacencyChunk {
  AdjacencyHeader header{};
  std::vector<Part> neighbours;     // runs by position
  std::vector<Part> relationships;  // empty where ids are implicit
  Chunk chunk;

  TypeId type() const { return {header.type}; }
  Direction direction() const { return header.incoming ? Direction::In : Direction::Out; }
  std::uint64_t edges() const { return header.edges; }
  std::uint64_t order() const { return std::uint64_t{header.type} * 2 + header.incoming; }
};

// A contiguous piece of a list. Ids are 4 or 8 bytes wide, the same for the whole chunk.
struct NeighbourSpan {
  const std::byte* neighbour_bytes = nullptr;
  const std::byte* relationship_bytes = nullptr;  // nullptr: implicit, or not asked for
  std::uint64_t count = 0;
  std::uint64_t first_relationship = 0;  // implicit ids: the id of element 0
  std::uint8_t neighbour_width = 4;
  std::uint8_t relationship_width = 0;

  bool narrow() const { return neighbour_width == 4; }
  std::span<const std::uint32_t> neighbours32() const {
    KITH_ASSERT(neighbour_width == 4);
    return {static_cast<const std::uint32_t*>(static_cast<const void*>(neighbour_bytes)), count};
  }
  std::span<const std::uint64_t> neighbours64() const {
    KITH_ASSERT(neighbour_width == 8);
    return {static_cast<const std::uint64_t*>(static_cast<const void*>(neighbour_bytes)), count};
  }
  std::uint64_t neighbour(std::uint64_t i) const {
    return narrow() ? neighbours32()[i] : neighbours64()[i];
  }
  std::uint64_t relationship(std::uint64_t i) const;
  // Elements first … first + n - 1, widened.
  void copy_neighbours(std::uint64_t first, std::uint64_t n, std::uint64_t* out) const;
  void copy_relationships(std::uint64_t first, std::uint64_t n, std::uint64_t* out) const;
};

// Segments with this many lists or fewer find them by binary search.
inline constexpr std::uint32_t kListedLists = 64;

// Not thread-safe; cheap to make (one pin, no allocation). The chunk must outlive the reader.
class AdjacencyReader {
 public:
  AdjacencyReader(BufferPool& pool, const AdjacencyChunk& chunk);
  AdjacencyReader(AdjacencyReader&&) noexcept = default;
  AdjacencyReader& operator=(AdjacencyReader&&) = delete;

  struct List {
    std::uint64_t first = 0, end = 0;  // positions
    std::uint64_t size() const { return end - first; }
  };
  // O(1) (a short binary search where a segment has fewer than kListedLists lists).
  List list(std::uint32_t slot) const {
    const std::uint32_t index = list_index(slot);
    if (index == kNoList) return {};
    const List list{offset(index), offset(index + 1)};
    if (list.first > list.end || list.end > chunk_->header.edges) corrupt();
    return list;
  }
  std::uint64_t degree(std::uint32_t slot) const { return list(slot).size(); }
  // The same of many nodes of this segment: how long their lists are, and where those that are not
  // empty begin (`firsts` null: not wanted).
  void lists_of(std::span<const std::uint64_t> nodes, std::uint64_t* firsts,
                std::uint64_t* sizes) const;
  // The same of `count` slots that follow one another.
  void lists_from(std::uint32_t slot, std::size_t count, std::uint64_t* firsts,
                  std::uint64_t* sizes) const;
  // The degree of each of `count` slots that follow one another, multiplied into the product of
  // its place: see degree_products.hpp. Returns the bits that any product has then. Not for every
  // chunk: see has_products().
  std::uint64_t multiply_degrees(std::uint32_t slot, std::size_t count, DegreeFactor factor,
                                 std::uint64_t* products) const;
  bool has_products() const {
    return chunk_->header.form != ListForm::Listed && chunk_->header.offset_width <= 4;
  }
  DegreeIndex index() const {
    const AdjacencyHeader& header = chunk_->header;
    return {header.form,  header.offset_width, slots_,      offsets_,
            header.slots, header.lists,        header.edges};
  }
  // Edges of all slots below `slot` (at most kSegmentSlots): cuts work into equal parts.
  std::uint64_t work_before(std::uint32_t slot) const;

  // The longest piece of positions [first, end) that is contiguous from `first`; first < end. Valid
  // until the next call of a function that is not const.
  NeighbourSpan span(std::uint64_t first, std::uint64_t end, bool with_relationships = true);
  NeighbourSpan neighbours(std::uint64_t first, std::uint64_t end) {
    const AdjacencyHeader& header = chunk_->header;
    KITH_ASSERT(first < end && end <= header.edges);
    find(chunk_->neighbours, first, header.neighbour_width, neighbours_);
    NeighbourSpan span;
    span.neighbour_width = header.neighbour_width;
    span.neighbour_bytes = neighbours_.data + (first - neighbours_.first) * header.neighbour_width;
    span.count = std::min(end, neighbours_.end) - first;
    span.first_relationship = header.first_relationship + first;
    return span;
  }
  std::uint64_t neighbour(std::uint64_t position) {
    return neighbours(position, position + 1).neighbour(0);
  }
  // The ids of a list that is not empty, if they are 4 bytes wide and lie in one block; else
  // nullptr. Valid as long as `held`, which pins the block if the reader does not, and until other
  // neighbours are read.
  const std::uint32_t* ids(List list, Pin& held);
  // From now on at most so many blocks of neighbours stay pinned, and as many of relationships, for
  // lists that are read in any order; otherwise one. How many that may be.
  std::size_t keep_pinned(std::size_t blocks);
  std::uint64_t relationship(std::uint64_t position) {
    const AdjacencyHeader& header = chunk_->header;
    KITH_ASSERT(position < header.edges);
    const std::uint32_t width = header.relationship_width;
    if (width == 0) return header.first_relationship + position;
    find(chunk_->relationships, position, width, relationships_);
    const std::byte* const at = relationships_.data + (position - relationships_.first) * width;
    std::uint64_t id = 0;
    std::memcpy(&id, at, width == 4 ? 4 : 8);
    return id;
  }

  // The first position of the list whose neighbour is not less than `neighbour`; else list.end.
  std::uint64_t lower_bound(List list, std::uint64_t neighbour);
  // The same by (neighbour, relationship).
  std::uint64_t lower_bound(List list, std::uint64_t neighbour, std::uint64_t relationship);

  // The first slot at or after `slot` that has a list; kSegmentSlots if there is none.
  std::uint32_t next_list(std::uint32_t slot) const;

  // For the builder: the stored bytes of one sequence, contiguous from `first`, as far as `end`.
  std::span<const std::byte> raw(bool neighbour_ids, std::uint64_t first, std::uint64_t end);

  const AdjacencyChunk& chunk() const { return *chunk_; }

 private:
  static constexpr std::uint32_t kNoList = ~std::uint32_t{0};
  template <class Read>
  void read_index(Read&& read) const;
  [[noreturn]] static void corrupt();
  std::uint32_t list_index(std::uint32_t slot) const {
    if (slot >= chunk_->header.slots) return kNoList;
    if (chunk_->header.form == ListForm::Dense) return slot;
    return sparse_index(slot);
  }
  std::uint32_t sparse_index(std::uint32_t slot) const;
  std::uint32_t lists_before(std::uint32_t slot) const;
  template <class T>
  T load(std::uint32_t index) const {
    T value;
    std::memcpy(&value, offsets_ + sizeof(T) * index, sizeof(T));
    return value;
  }
  std::uint64_t offset(std::uint32_t index) const {
    switch (chunk_->header.offset_width) {
      case 2:
        return load<std::uint16_t>(index);
      case 4:
        return load<std::uint32_t>(index);
      case 8:
        return load<std::uint64_t>(index);
      default:
        return index;
    }
  }
  struct Run {  // the part that holds a position
    std::uint64_t first = 0, end = 0;
    const std::byte* data = nullptr;
    std::size_t part = 0;  // its number
    Pin pin;
    bool has(std::uint64_t position) const { return position >= first && position < end; }
  };
  static const std::uint32_t* ids_in(const Run& run, List list) {
    if (!run.has(list.first) || list.end > run.end) return nullptr;
    const auto* ids = static_cast<const std::uint32_t*>(static_cast<const void*>(run.data));
    return ids + (list.first - run.first);
  }
  void find(const std::vector<Part>& parts, std::uint64_t position, std::uint32_t width, Run& run) {
    if (!run.has(position)) find_slowly(parts, position, width, run);
  }
  void find_slowly(const std::vector<Part>& parts, std::uint64_t position, std::uint32_t width,
                   Run& run);
  Run load(const std::vector<Part>& parts, std::size_t number, std::uint32_t width);

  BufferPool* pool_;
  const AdjacencyChunk* chunk_;
  ChunkPin main_;
  const std::byte* slots_ = nullptr;  // Ranked: bitmap and ranks; Listed: the slots
  const std::byte* offsets_ = nullptr;
  Run neighbours_, relationships_;
  // Other runs of neighbours and of relationships, by the number of the part; may be empty.
  std::vector<Run> kept_, kept_relationships_;
};

}  // namespace kith::storage
