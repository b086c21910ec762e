// storage/graph/data_file.hpp: what a store and its bases share of an open data file.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "storage/page/block_file.hpp"
#include "storage/page/buffer_pool.hpp"
#include "storage/page/free_space.hpp"

namespace kith::storage {

struct DataFile {
  DataFile(std::unique_ptr<File> file, const std::string& path, std::uint64_t id,
           std::uint64_t pool_limit_bytes)
      : blocks(std::move(file), path), pool(blocks, pool_limit_bytes), database_id(id) {}

  BlockFile blocks;
  BufferPool pool;
  FreeSpace space;
  std::uint64_t database_id;
  // A meta page could not be written or synced: which checkpoint the disk has is not known, so
  // nothing may be written any more.
  std::atomic<bool> failed{false};
  std::atomic<bool> writing{false};  // a BaseWriter exists
};

}  // namespace kith::storage
