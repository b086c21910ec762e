// storage/page/chunk.hpp: a byte string that belongs to one segment: blocks, or a few bytes kept in
// the segment's directory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "storage/page/buffer_pool.hpp"

namespace kith::storage {

struct Chunk {
  std::vector<BlockRef> blocks;      // empty: the bytes are `small`
  std::vector<std::uint64_t> small;  // words, so that it is aligned
  std::uint32_t small_bytes = 0;

  std::uint64_t disk_bytes() const;
};

// The first payload of a chunk: pinned block or inline bytes.
class ChunkPin {
 public:
  ChunkPin() = default;
  ChunkPin(BufferPool& pool, const Chunk& chunk, BlockKind kind) {
    if (chunk.blocks.empty()) {
      data_ = static_cast<const std::byte*>(static_cast<const void*>(chunk.small.data()));
      size_ = chunk.small_bytes;
    } else {
      pin_ = pool.pin(chunk.blocks.front(), kind);
      data_ = pin_.data();
      size_ = pin_.size();
    }
  }
  const std::byte* data() const { return data_; }
  std::uint32_t size() const { return size_; }

 private:
  Pin pin_;
  const std::byte* data_ = nullptr;
  std::uint32_t size_ = 0;
};

}  // namespace kith::storage
