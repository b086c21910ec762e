// api/import/block_reader.hpp: the blocks of all files of an import's nodes, or relationships.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "api/import/row_block.hpp"
#include "core/environment.hpp"

namespace kith::import {

class BlockReader {
 public:
  BlockReader(FileSystem& files, const std::vector<RowPlan>& plans, std::size_t block_bytes)
      : files_(files), plans_(plans), block_bytes_(block_bytes) {}

  // The next block; nullptr at the end. What fails in reading it is the block's failure, and then
  // there are no more. By one thread at a time.
  RowBlock* next();
  // The block may be used again. By any thread.
  void give_back(RowBlock* block);
  std::uint64_t blocks();  // made so far; by any thread

 private:
  RowBlock* take();
  bool fill(RowBlock& block);
  bool open_next_file();

  FileSystem& files_;
  const std::vector<RowPlan>& plans_;
  const std::size_t block_bytes_;
  std::size_t group_ = 0, file_ = 0;  // the next to be opened
  std::unique_ptr<CsvBlocks> open_;
  bool begins_file_ = false, ended_ = false;
  std::uint64_t bytes_before_ = 0, file_bytes_ = 0;
  std::vector<std::unique_ptr<RowBlock>> blocks_;
  std::mutex mutex_;  // of both lists of blocks
  std::vector<RowBlock*> free_;
};

}  // namespace kith::import
