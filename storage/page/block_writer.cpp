// storage/page/block_writer.cpp: new blocks of a checkpoint, chunks and streams of blocks.
#include "storage/page/block_writer.hpp"

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "core/assert.hpp"
#include "kith/error.hpp"

namespace kith::storage {

namespace {

constexpr std::size_t kIndexEntries = (kMaxPayload - sizeof(StreamIndexHeader)) / sizeof(BlockPtr);

struct StreamPiece {
  BlockPtr ptr;
  std::uint64_t bytes = 0;
};

[[noreturn]] void bad_stream() {
  throw StorageError("CorruptBlock", "the index of a stream of blocks contradicts itself");
}

class StreamReader {
 public:
  StreamReader(BlockFile& file, BlockKind kind, std::vector<BlockPtr>* blocks)
      : file_(file), kind_(kind), blocks_(blocks) {}

  // The bytes below `ptr`, which may be an index of at most `level`, are added to `out`.
  void read(BlockPtr ptr, std::uint32_t level, std::vector<std::byte>& out) {
    if (ptr.bytes > kMaxPayload) bad_stream();
    std::vector<std::byte> block(sizeof(BlockHeader) + ptr.bytes);
    const BlockKind or_index = level > 0 ? BlockKind::StreamIndex : kind_;
    const BlockKind found = file_.read_either(ptr, kind_, or_index, block);
    if (blocks_) blocks_->push_back(ptr);
    const std::span<const std::byte> payload = std::span(block).subspan(sizeof(BlockHeader));
    if (found == BlockKind::StreamIndex)
      read_index(payload, level, out);
    else
      out.insert(out.end(), payload.begin(), payload.end());
  }

 private:
  void read_index(std::span<const std::byte> payload, std::uint32_t level,
                  std::vector<std::byte>& out) {
    StreamIndexHeader header;
    if (payload.size() < sizeof header) bad_stream();
    std::memcpy(&header, payload.data(), sizeof header);
    const bool sound = header.level >= 1 && header.level <= level &&
                       payload.size() == sizeof header + header.entries * sizeof(BlockPtr);
    if (!sound) bad_stream();
    const std::size_t before = out.size();
    for (std::uint32_t i = 0; i < header.entries; ++i) {
      BlockPtr child;
      std::memcpy(&child, payload.data() + sizeof header + i * sizeof child, sizeof child);
      read(child, header.level - 1, out);
    }
    if (out.size() - before != header.bytes) bad_stream();
  }

  BlockFile& file_;
  BlockKind kind_;
  std::vector<BlockPtr>* blocks_;
};

}  // namespace

std::uint64_t Chunk::disk_bytes() const {
  std::uint64_t bytes = small_bytes;
  for (const BlockRef& block : blocks) bytes += pages_for(block.ptr.bytes) * kPageBytes;
  return bytes;
}

BlockWriter::~BlockWriter() {
  if (!finished_) space_.abandon();
}

BlockBuffer BlockWriter::take_buffer() {
  const std::lock_guard lock(mutex_);
  if (spare_.empty()) return {};
  BlockBuffer buffer = std::move(spare_.back());
  spare_.pop_back();
  return buffer;
}

void BlockWriter::give_back(BlockBuffer buffer) {
  const std::lock_guard lock(mutex_);
  spare_.push_back(std::move(buffer));
}

// Packed, if that saves a page.
std::optional<BlockPtr> BlockWriter::write_packed(BlockKind kind,
                                                  std::span<const std::byte> payload,
                                                  const Sections& sections) {
  KITH_ASSERT(!finished_);
  const auto whole = static_cast<std::uint32_t>(payload.size());
  if (sections.list().empty() || pages_for(whole) <= 1) return std::nullopt;
  thread_local std::string packed;  // at most about two blocks
  pack_payload(payload, sections, packed);
  const auto bytes = static_cast<std::uint32_t>(packed.size());
  if (bytes >= whole || pages_for(bytes) >= pages_for(whole)) return std::nullopt;
  BlockBuffer buffer = take_buffer();
  buffer.put(0, packed.data(), packed.size());
  const std::uint32_t page = space_.allocate(pages_for(bytes));
  const BlockPtr ptr = file_.write(page, kind, buffer, bytes, whole);
  give_back(std::move(buffer));
  return ptr;
}

BlockPtr BlockWriter::write(BlockKind kind, BlockBuffer& buffer, std::uint32_t payload_bytes,
                            const Sections& sections) {
  KITH_ASSERT(!finished_);
  if (const auto packed = write_packed(kind, {buffer.payload(), payload_bytes}, sections))
    return *packed;
  const std::uint32_t page = space_.allocate(pages_for(payload_bytes));
  return file_.write(page, kind, buffer, payload_bytes);
}

Chunk BlockWriter::write_chunk(BlockKind kind, std::span<const std::byte> bytes,
                               const Sections& sections, bool may_be_inline) {
  KITH_ASSERT(bytes.size() <= kMaxPayload);
  Chunk chunk;
  if (may_be_inline && bytes.size() <= kMaxInlineBytes) {
    chunk.small_bytes = static_cast<std::uint32_t>(bytes.size());
    chunk.small.resize((bytes.size() + 7) / 8);
    if (!bytes.empty()) std::memcpy(chunk.small.data(), bytes.data(), bytes.size());
    return chunk;
  }
  if (const auto packed = write_packed(kind, bytes, sections)) {
    chunk.blocks.emplace_back(*packed);
    return chunk;
  }
  BlockBuffer buffer = take_buffer();
  buffer.put(0, bytes.data(), bytes.size());
  chunk.blocks.emplace_back(write(kind, buffer, static_cast<std::uint32_t>(bytes.size())));
  give_back(std::move(buffer));
  return chunk;
}

// The payload sizes of a stream's blocks in the order they are written: data, then each level of
// the index.
static std::vector<std::uint32_t> stream_blocks(std::size_t bytes) {
  std::vector<std::uint32_t> sizes;
  std::size_t count = std::max<std::size_t>(1, (bytes + kMaxPayload - 1) / kMaxPayload);
  for (std::size_t i = 0; i < count; ++i)
    sizes.push_back(static_cast<std::uint32_t>(std::min(kMaxPayload, bytes - i * kMaxPayload)));
  while (count > 1) {
    const std::size_t above = (count + kIndexEntries - 1) / kIndexEntries;
    for (std::size_t i = 0; i < above; ++i) {
      const std::size_t entries = std::min(kIndexEntries, count - i * kIndexEntries);
      sizes.push_back(
          static_cast<std::uint32_t>(sizeof(StreamIndexHeader) + entries * sizeof(BlockPtr)));
    }
    count = above;
  }
  return sizes;
}

std::vector<std::uint32_t> BlockWriter::allocate_stream(std::size_t bytes) {
  std::vector<std::uint32_t> pages;
  for (const std::uint32_t size : stream_blocks(bytes))
    pages.push_back(space_.allocate(pages_for(size)));
  return pages;
}

BlockPtr BlockWriter::write_stream(BlockKind kind, std::span<const std::byte> bytes,
                                   std::vector<BlockPtr>* blocks) {
  return write_stream_at(kind, bytes, allocate_stream(bytes.size()), blocks);
}

BlockPtr BlockWriter::write_stream_at(BlockKind kind, std::span<const std::byte> bytes,
                                      std::span<const std::uint32_t> pages,
                                      std::vector<BlockPtr>* blocks) {
  KITH_ASSERT(!finished_ && pages.size() == stream_blocks(bytes.size()).size());
  BlockBuffer buffer = take_buffer();
  std::size_t next_page = 0;
  const auto write_at = [&](BlockKind block_kind, std::size_t size) {
    const BlockPtr ptr =
        file_.write(pages[next_page++], block_kind, buffer, static_cast<std::uint32_t>(size));
    if (blocks) blocks->push_back(ptr);
    return ptr;
  };
  std::vector<StreamPiece> pieces;
  do {
    const auto part = bytes.first(std::min(bytes.size(), kMaxPayload));
    buffer.put(0, part.data(), part.size());
    pieces.push_back({write_at(kind, part.size()), part.size()});
    bytes = bytes.subspan(part.size());
  } while (!bytes.empty());
  for (std::uint32_t level = 1; pieces.size() > 1; ++level) {
    std::vector<StreamPiece> above;
    for (std::size_t at = 0; at < pieces.size(); at += kIndexEntries) {
      const auto group = std::span(pieces).subspan(at, std::min(kIndexEntries, pieces.size() - at));
      StreamIndexHeader header{0, level, static_cast<std::uint32_t>(group.size())};
      for (std::size_t i = 0; i < group.size(); ++i) {
        header.bytes += group[i].bytes;
        buffer.put(sizeof header + i * sizeof(BlockPtr), &group[i].ptr, sizeof(BlockPtr));
      }
      buffer.put(0, &header, sizeof header);
      const std::size_t size = sizeof header + group.size() * sizeof(BlockPtr);
      above.push_back({write_at(BlockKind::StreamIndex, size), header.bytes});
    }
    pieces = std::move(above);
  }
  KITH_ASSERT(next_page == pages.size());
  give_back(std::move(buffer));
  return pieces.front().ptr;
}

void BlockWriter::free(BlockPtr block) {
  KITH_ASSERT(block.is_set());
  space_.free(block.page, pages_for(block.bytes));
}

void BlockWriter::free(std::span<const BlockPtr> blocks) {
  for (const BlockPtr& block : blocks) free(block);
}

void BlockWriter::replace(const Chunk& old, const Chunk* kept) {
  std::unordered_set<std::uint32_t> stay;
  if (kept)
    for (const BlockRef& block : kept->blocks) stay.insert(block.ptr.page);
  for (const BlockRef& block : old.blocks)
    if (!stay.contains(block.ptr.page)) free(block.ptr);
}

std::vector<std::byte> read_stream(BlockFile& file, BlockPtr ptr, BlockKind kind,
                                   std::vector<BlockPtr>* blocks) {
  constexpr std::uint32_t kMostLevels = 3;
  std::vector<std::byte> bytes;
  StreamReader(file, kind, blocks).read(ptr, kMostLevels, bytes);
  return bytes;
}

}  // namespace kith::storage
