// storage/page/block_writer.hpp: where one checkpoint's new blocks go.
//
// Thread-safe: segments are encoded in parallel. Until the checkpoint commits nobody can reach what
// is written here; a writer that is destroyed before finished() gives its pages back.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "storage/pack/section.hpp"
#include "storage/page/block_file.hpp"
#include "storage/page/chunk.hpp"
#include "storage/page/free_space.hpp"

namespace kith::storage {

class BlockWriter {
 public:
  BlockWriter(BlockFile& file, FreeSpace& space) : file_(file), space_(space) {}
  ~BlockWriter();
  BlockWriter(const BlockWriter&) = delete;
  BlockWriter& operator=(const BlockWriter&) = delete;

  // Memory to fill and then write(); given back it is used again.
  BlockBuffer take_buffer();
  void give_back(BlockBuffer buffer);
  // `sections`: what the payload consists of. It is packed if that saves a page.
  BlockPtr write(BlockKind kind, BlockBuffer& buffer, std::uint32_t payload_bytes,
                 const Sections& sections = {});
  // One block, or inline where the bytes are few and may be. At most kMaxPayload bytes.
  Chunk write_chunk(BlockKind kind, std::span<const std::byte> bytes, const Sections& sections,
                    bool may_be_inline = true);
  // A byte string of any length, reached by one pointer. `blocks` (if given) gets all its blocks.
  BlockPtr write_stream(BlockKind kind, std::span<const std::byte> bytes,
                        std::vector<BlockPtr>* blocks = nullptr);

  // The same in two steps, for bytes that depend on what is allocated for them.
  std::vector<std::uint32_t> allocate_stream(std::size_t bytes);
  BlockPtr write_stream_at(BlockKind kind, std::span<const std::byte> bytes,
                           std::span<const std::uint32_t> pages, std::vector<BlockPtr>* blocks);

  // The checkpoint being written does not use this block of its predecessor any more.
  void free(BlockPtr block);
  void free(std::span<const BlockPtr> blocks);
  // Frees what `old` has and `kept` has not.
  void replace(const Chunk& old, const Chunk* kept);

  BlockFile& file() { return file_; }
  FreeSpace& space() { return space_; }
  void finished() { finished_ = true; }

 private:
  std::optional<BlockPtr> write_packed(BlockKind kind, std::span<const std::byte> payload,
                                       const Sections& sections);

  BlockFile& file_;
  FreeSpace& space_;
  bool finished_ = false;
  std::mutex mutex_;
  std::vector<BlockBuffer> spare_;
};

// The bytes of a stream; `blocks` (if given) gets all its blocks.
std::vector<std::byte> read_stream(BlockFile& file, BlockPtr ptr, BlockKind kind,
                                   std::vector<BlockPtr>* blocks = nullptr);

}  // namespace kith::storage
