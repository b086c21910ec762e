// storage/graph/data_file.hpp: what a store and its bases share of an open data file.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "kith/error.hpp"
#include "storage/graph/pool_memory.hpp"
#include "storage/graph/segment_table.hpp"
#include "storage/page/block_file.hpp"
#include "storage/page/buffer_pool.hpp"
#include "storage/page/free_space.hpp"

namespace kith::storage {

struct DataFile {
  DataFile(std::unique_ptr<File> file, const std::string& path, std::uint64_t id,
           const PoolMemory& memory)
      : blocks(std::move(file), path),
        pool(blocks, memory.budget, memory.pool_floor),
        segments(memory.budget, memory.directories),
        database_id(id) {}

  // The checkpoint that is durable now has no page from here on, nor has anybody who reads (S3).
  void cut_end(std::uint64_t file_pages) noexcept {
    try {
      if (blocks.file().size() > file_pages * kPageBytes)
        blocks.file().truncate(file_pages * kPageBytes);
    } catch (const Error&) {  // a file that is too long is only that
    }
  }

  BlockFile blocks;
  BufferPool pool;
  SegmentCache segments;
  FreeSpace space;
  std::uint64_t database_id;
  // A meta page could not be written or synced: which checkpoint the disk has is not known, so
  // nothing may be written any more.
  std::atomic<bool> failed{false};
  std::atomic<bool> writing{false};  // a BaseWriter exists
};

}  // namespace kith::storage
