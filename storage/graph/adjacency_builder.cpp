// storage/graph/adjacency_builder.cpp: writing lists into blocks, and merging changes into them.
#include "storage/graph/adjacency_builder.hpp"

#include <algorithm>
#include <cstring>

#include "core/assert.hpp"
#include "core/bits.hpp"
#include "storage/graph/adjacency_layout.hpp"

namespace kith::storage {

namespace {

constexpr std::uint8_t width_for(std::uint64_t limit) {
  return limit <= (std::uint64_t{1} << 32) ? 4 : 8;
}

// Blocks of less than a quarter are joined with what follows rather than written.
constexpr std::uint32_t kSmallBytes = static_cast<std::uint32_t>(kMaxPayload / 4);

// Ids of 4 or 8 bytes, written to blocks as they fill. blocks[0] is kept free for the main block.
class SequenceWriter {
 public:
  SequenceWriter(BlockWriter& out, std::vector<BlockRef>& blocks, std::uint8_t width)
      : out_(out), blocks_(blocks), width_(width), buffer_(out.take_buffer()) {}
  ~SequenceWriter() { out_.give_back(std::move(buffer_)); }

  std::uint8_t width() const { return width_; }
  std::uint64_t size() const { return size_; }
  std::vector<Part>& parts() { return parts_; }
  std::span<const std::byte> pending() { return {buffer_.payload(), filled_}; }

  void append(std::span<const std::uint64_t> ids) {
    if (width_ == 8) return append_bytes(std::as_bytes(ids));
    while (!ids.empty()) {
      if (filled_ == kMaxPayload) flush();
      const auto n = std::min<std::size_t>(ids.size(), (kMaxPayload - filled_) / 4);
      auto* to = static_cast<std::uint32_t*>(static_cast<void*>(buffer_.payload() + filled_));
      for (std::size_t i = 0; i < n; ++i) {
        KITH_ASSERT(ids[i] <= UINT32_MAX);
        to[i] = static_cast<std::uint32_t>(ids[i]);
      }
      filled_ += static_cast<std::uint32_t>(n * 4);
      size_ += n;
      ids = ids.subspan(n);
    }
  }

  // Ids of this writer's own width.
  void append_bytes(std::span<const std::byte> bytes) {
    KITH_ASSERT(bytes.size() % width_ == 0);
    while (!bytes.empty()) {
      if (filled_ == kMaxPayload) flush();
      const auto n = std::min(bytes.size(), kMaxPayload - filled_);
      buffer_.put(filled_, bytes.data(), n);
      filled_ += static_cast<std::uint32_t>(n);
      size_ += n / width_;
      bytes = bytes.subspan(n);
    }
  }

  // Ids of another width.
  void append_of_width(std::span<const std::byte> bytes, std::uint8_t width) {
    if (width == width_) return append_bytes(bytes);
    for (std::size_t at = 0; at < bytes.size(); at += width) {
      std::uint64_t id = 0;
      std::memcpy(&id, bytes.data() + at, width);
      append({&id, 1});
    }
  }

  // A whole block of an older chunk; false (and nothing done) if what is pending is not worth a
  // block of its own.
  bool keep(const BlockRef& block, std::uint64_t count) {
    if (filled_ > 0 && filled_ < kSmallBytes) return false;
    flush();
    parts_.push_back({static_cast<std::uint32_t>(blocks_.size()), 0, size_});
    blocks_.push_back(block);
    size_ += count;
    return true;
  }

  // All of an older block's ids, cut so that no small block remains.
  void absorb(std::span<const std::byte> bytes) {
    const std::size_t total = filled_ + bytes.size();
    if (total > kMaxPayload) {
      const std::size_t half = std::max<std::size_t>(filled_, total / 16 * 8) - filled_;
      append_bytes(bytes.first(half));
      flush();
      bytes = bytes.subspan(half);
    }
    append_bytes(bytes);
  }

  void flush() {
    if (filled_ == 0) return;
    parts_.push_back({static_cast<std::uint32_t>(blocks_.size()), 0, size_ - filled_ / width_});
    Sections sections;
    sections.end_at(filled_, SectionForm::Words, width_);
    blocks_.emplace_back(out_.write(BlockKind::Adjacency, buffer_, filled_, sections));
    filled_ = 0;
  }

 private:
  BlockWriter& out_;
  std::vector<BlockRef>& blocks_;
  std::uint8_t width_;
  BlockBuffer buffer_;
  std::uint32_t filled_ = 0;
  std::uint64_t size_ = 0;
  std::vector<Part> parts_;
};

struct ListEnd {
  std::uint16_t slot;
  std::uint64_t end;
};

}  // namespace

struct AdjacencyBuilder::State {
  State(BlockWriter& writer, TypeId of_type, Direction direction, AdjacencyLimits limits)
      : out(writer),
        type(of_type),
        incoming(direction == Direction::In),
        blocks(1),
        neighbours(writer, blocks, width_for(limits.nodes)),
        relationships(writer, blocks, width_for(limits.relationships)) {}

  BlockWriter& out;
  TypeId type;
  bool incoming;
  std::vector<BlockRef> blocks;
  SequenceWriter neighbours, relationships;
  bool implicit = true;  // so far
  std::uint64_t first_relationship = 0;
  std::vector<ListEnd> lists;

  void extend(std::uint32_t slot) {
    KITH_ASSERT(slot < kSegmentSlots);
    if (lists.empty() || lists.back().slot != slot) {
      KITH_ASSERT(lists.empty() || lists.back().slot < slot);
      lists.push_back({static_cast<std::uint16_t>(slot), 0});
    }
    lists.back().end = neighbours.size();
  }

  // Called with the edges' ids before the neighbours are appended.
  void add_implicit(std::uint64_t first, std::uint64_t count) {
    const std::uint64_t position = neighbours.size();
    if (position == 0) first_relationship = first;
    if (implicit && first == first_relationship + position) return;
    make_explicit();
    append_counting(first, count);
  }
  void add_explicit(std::span<const std::uint64_t> ids) {
    const std::uint64_t position = neighbours.size();
    if (position == 0 && !ids.empty()) first_relationship = ids.front();
    if (implicit) {
      std::uint64_t next = first_relationship + position;
      if (std::all_of(ids.begin(), ids.end(), [&](std::uint64_t id) { return id == next++; }))
        return;
      make_explicit();
    }
    relationships.append(ids);
  }
  void make_explicit() {
    if (!implicit) return;
    implicit = false;
    append_counting(first_relationship, neighbours.size());
  }
  void append_counting(std::uint64_t first, std::uint64_t count) {
    std::uint64_t ids[256];
    for (std::uint64_t done = 0; done < count;) {
      const std::size_t n = std::min<std::size_t>(std::size(ids), count - done);
      for (std::size_t i = 0; i < n; ++i) ids[i] = first + done + i;
      relationships.append({ids, n});
      done += n;
    }
  }

  // Positions [first, end) of one of the old chunk's two sequences.
  void copy_sequence(SequenceWriter& to, AdjacencyReader& old, bool neighbour_ids,
                     std::uint64_t first, std::uint64_t end);
  void copy_positions(AdjacencyReader& old, std::uint64_t first, std::uint64_t end);
  ListForm choose_form(std::uint32_t slots) const;
  std::string index(AdjacencyHeader& header, Sections& sections) const;
};

AdjacencyBuilder::AdjacencyBuilder(BlockWriter& out, TypeId type, Direction direction,
                                   AdjacencyLimits limits)
    : state_(std::make_unique<State>(out, type, direction, limits)) {
  KITH_ASSERT(direction != Direction::Both);
}

AdjacencyBuilder::~AdjacencyBuilder() = default;

void AdjacencyBuilder::append(std::uint32_t slot, std::span<const std::uint64_t> neighbours,
                              std::span<const std::uint64_t> relationships) {
  KITH_ASSERT(neighbours.size() == relationships.size());
  if (neighbours.empty()) return;
  state_->add_explicit(relationships);
  state_->neighbours.append(neighbours);
  state_->extend(slot);
}

void AdjacencyBuilder::append(std::uint32_t slot, std::span<const std::uint64_t> neighbours,
                              std::uint64_t first) {
  if (neighbours.empty()) return;
  state_->add_implicit(first, neighbours.size());
  state_->neighbours.append(neighbours);
  state_->extend(slot);
}

void AdjacencyBuilder::append(std::uint32_t slot, AdjacencyReader& old, std::uint64_t first,
                              std::uint64_t end) {
  if (first == end) return;
  state_->copy_positions(old, first, end);
  state_->extend(slot);
}

void AdjacencyBuilder::copy(AdjacencyReader& old, std::uint32_t first, std::uint32_t end) {
  KITH_ASSERT(first <= end && end <= kSegmentSlots);
  const std::uint64_t from = old.work_before(first), to = old.work_before(end);
  if (from == to) return;
  const std::uint64_t before = state_->neighbours.size();
  state_->copy_positions(old, from, to);
  for (std::uint32_t slot = old.next_list(first); slot < end; slot = old.next_list(slot + 1)) {
    const auto list = old.list(slot);
    if (list.size() == 0) continue;
    KITH_ASSERT(state_->lists.empty() || state_->lists.back().slot < slot);
    state_->lists.push_back({static_cast<std::uint16_t>(slot), before + (list.end - from)});
  }
}

void AdjacencyBuilder::State::copy_positions(AdjacencyReader& old, std::uint64_t first,
                                             std::uint64_t end) {
  const AdjacencyHeader& header = old.chunk().header;
  if (header.relationship_width == 0) {
    add_implicit(header.first_relationship + first, end - first);
  } else {
    make_explicit();
    copy_sequence(relationships, old, false, first, end);
  }
  copy_sequence(neighbours, old, true, first, end);
}

void AdjacencyBuilder::State::copy_sequence(SequenceWriter& to, AdjacencyReader& old,
                                            bool neighbour_ids, std::uint64_t first,
                                            std::uint64_t end) {
  const AdjacencyChunk& chunk = old.chunk();
  const auto& parts = neighbour_ids ? chunk.neighbours : chunk.relationships;
  const std::uint8_t width =
      neighbour_ids ? chunk.header.neighbour_width : chunk.header.relationship_width;
  auto part = std::upper_bound(parts.begin(), parts.end(), first,
                               [](std::uint64_t p, const Part& at) { return p < at.first; });
  KITH_ASSERT(part != parts.begin());
  for (--part; first < end; ++part) {
    const std::uint64_t part_end = part + 1 == parts.end() ? chunk.header.edges : (part + 1)->first;
    const std::uint64_t stop = std::min(end, part_end);
    const bool whole = part->first == first && stop == part_end && part->block > 0 &&
                       part->byte == 0 && width == to.width();
    if (!whole || !to.keep(chunk.chunk.blocks.at(part->block), stop - first)) {
      const auto bytes = old.raw(neighbour_ids, first, stop);
      KITH_ASSERT(bytes.size() == (stop - first) * width);
      if (whole)
        to.absorb(bytes);
      else
        to.append_of_width(bytes, width);
    }
    first = stop;
  }
}

ListForm AdjacencyBuilder::State::choose_form(std::uint32_t slots) const {
  if (lists.size() * 2 >= slots) return ListForm::Dense;
  return lists.size() <= kListedLists ? ListForm::Listed : ListForm::Ranked;
}

// Slots with a list, and offsets: the beginning of the main payload.
std::string AdjacencyBuilder::State::index(AdjacencyHeader& header, Sections& sections) const {
  std::string bytes;
  bytes.resize(list_slots_bytes(header.form, static_cast<std::uint32_t>(lists.size())));
  if (header.form == ListForm::Listed) {
    for (std::size_t i = 0; i < lists.size(); ++i)
      std::memcpy(bytes.data() + i * 2, &lists[i].slot, 2);
  } else if (header.form == ListForm::Ranked) {
    SlotBits bits{};
    for (const ListEnd& list : lists) bits[list.slot / 64] |= std::uint64_t{1} << (list.slot % 64);
    std::uint16_t rank = 0;
    for (std::size_t w = 0; w < kSetWords; ++w) {
      std::memcpy(bytes.data() + kRankedBitmapBytes + w * 2, &rank, 2);
      rank = static_cast<std::uint16_t>(rank + count_bits(bits[w]));
    }
    std::memcpy(bytes.data(), bits.data(), kRankedBitmapBytes);
    sections.end_at(kRankedBitmapBytes, SectionForm::Bytes);
  }
  sections.end_at(bytes.size(), SectionForm::Words, sizeof(std::uint16_t));  // slots, or ranks
  if (header.offset_width == 0) return bytes;
  std::size_t at = bytes.size();
  bytes.resize(at + list_offsets_bytes(header.offset_width, header.lists));
  const auto put = [&](std::uint64_t offset) {
    std::memcpy(bytes.data() + at, &offset, header.offset_width);  // little-endian
    at += header.offset_width;
  };
  std::uint64_t offset = 0;
  put(offset);
  std::size_t next = 0;
  for (std::uint32_t i = 0; i < header.lists; ++i) {
    if (header.form != ListForm::Dense || lists[next].slot == i) offset = lists[next++].end;
    put(offset);
  }
  KITH_ASSERT(next == lists.size() && offset == header.edges);
  sections.end_at(bytes.size(), SectionForm::Words, header.offset_width);
  return bytes;
}

AdjacencyChunk AdjacencyBuilder::finish() {
  State& s = *state_;
  AdjacencyChunk result;
  AdjacencyHeader& header = result.header;
  header.type = s.type.value;
  header.incoming = s.incoming ? 1 : 0;
  header.edges = s.neighbours.size();
  if (header.edges == 0) return result;
  KITH_ASSERT(s.lists.back().end == header.edges);
  KITH_ASSERT(s.implicit || s.relationships.size() == header.edges);
  header.slots = s.lists.back().slot + 1u;
  header.form = s.choose_form(header.slots);
  const bool dense = header.form == ListForm::Dense;
  header.lists = dense ? header.slots : static_cast<std::uint32_t>(s.lists.size());
  const bool single = header.edges == s.lists.size() && header.lists == s.lists.size();
  header.offset_width = single                       ? 0
                        : header.edges <= UINT16_MAX ? 2
                        : header.edges <= UINT32_MAX ? 4
                                                     : 8;
  header.neighbour_width = s.neighbours.width();
  header.relationship_width = s.implicit ? 0 : s.relationships.width();
  header.first_relationship = s.implicit ? s.first_relationship : 0;

  Sections sections;
  std::string main = s.index(header, sections);
  const auto take = [&](SequenceWriter& sequence) {
    main.resize((main.size() + 7) / 8 * 8);
    sections.end_at(main.size(), SectionForm::Bytes);
    const auto bytes = sequence.pending();
    sequence.parts().push_back({0, static_cast<std::uint32_t>(main.size()), 0});
    main.append(static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size());
    sections.end_at(main.size(), SectionForm::Words, sequence.width());
  };
  const std::size_t total =
      main.size() + s.neighbours.pending().size() + s.relationships.pending().size() + 16;
  const bool short_chunk = s.blocks.size() == 1 && total <= kMaxPayload;
  if (short_chunk) {
    take(s.neighbours);
    if (!s.implicit) take(s.relationships);
  } else {
    s.neighbours.flush();
    s.relationships.flush();
  }
  result.neighbours = std::move(s.neighbours.parts());
  if (!s.implicit) result.relationships = std::move(s.relationships.parts());
  header.neighbour_parts = static_cast<std::uint32_t>(result.neighbours.size());
  header.relationship_parts = static_cast<std::uint32_t>(result.relationships.size());
  result.chunk =
      s.out.write_chunk(BlockKind::Adjacency, std::as_bytes(std::span(main.data(), main.size())),
                        sections, short_chunk);
  if (!short_chunk) {
    s.blocks[0] = result.chunk.blocks.front();
    result.chunk.blocks = std::move(s.blocks);
  }
  return result;
}

namespace {

// Merges the changes of one slot into its list.
void merge_list(AdjacencyBuilder& builder, AdjacencyReader* old, std::uint32_t slot,
                std::span<const EdgeChange> changes) {
  AdjacencyReader::List list;
  if (old) list = old->list(slot);
  std::uint64_t at = list.first;
  std::vector<std::uint64_t> neighbours, relationships;  // added in a row
  const auto flush = [&] {
    builder.append(slot, neighbours, relationships);
    neighbours.clear();
    relationships.clear();
  };
  for (const EdgeChange& change : changes) {
    std::uint64_t found = at;
    if (old && at < list.end)
      found = old->lower_bound({at, list.end}, change.neighbour, change.relationship);
    const bool there = found < list.end && old->neighbour(found) == change.neighbour &&
                       old->relationship(found) == change.relationship;
    if (found > at) {
      flush();
      builder.append(slot, *old, at, found);
    }
    at = there ? found + 1 : found;
    if (change.removed) continue;
    neighbours.push_back(change.neighbour);
    relationships.push_back(change.relationship);
  }
  flush();
  if (at < list.end) builder.append(slot, *old, at, list.end);
}

bool in_order(const EdgeChange& a, const EdgeChange& b) {
  if (a.slot != b.slot) return a.slot < b.slot;
  if (a.neighbour != b.neighbour) return a.neighbour < b.neighbour;
  return a.relationship < b.relationship;
}

}  // namespace

AdjacencyChunk merge_adjacency(BlockWriter& out, BufferPool& pool, const AdjacencyChunk* old,
                               TypeId type, Direction direction, AdjacencyLimits limits,
                               std::span<const EdgeChange> changes) {
  KITH_ASSERT(std::is_sorted(changes.begin(), changes.end(), in_order));
  AdjacencyBuilder builder(out, type, direction, limits);
  std::optional<AdjacencyReader> reader;
  if (old) reader.emplace(pool, *old);
  AdjacencyReader* from = reader ? &*reader : nullptr;
  std::uint32_t slot = 0;
  for (std::size_t i = 0; i < changes.size();) {
    std::size_t end = i + 1;
    while (end < changes.size() && changes[end].slot == changes[i].slot) ++end;
    if (from) builder.copy(*from, slot, changes[i].slot);
    merge_list(builder, from, changes[i].slot, changes.subspan(i, end - i));
    slot = changes[i].slot + 1;
    i = end;
  }
  if (from) builder.copy(*from, slot, kSegmentSlots);
  AdjacencyChunk next = builder.finish();
  if (old) out.replace(old->chunk, &next.chunk);
  return next;
}

}  // namespace kith::storage
