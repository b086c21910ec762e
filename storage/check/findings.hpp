// storage/check/findings.hpp: what a check has found so far, and the means it looks with.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "kith/error.hpp"
#include "storage/check.hpp"
#include "storage/page/block_file.hpp"
#include "storage/page/buffer_pool.hpp"
#include "storage/page/chunk.hpp"

namespace kith::storage::check {

// Which pages are in use: a bit each.
class PageMap {
 public:
  void set_size(std::uint64_t pages) { bits_.assign((pages + 63) / 64, 0), size_ = pages; }
  std::uint64_t size() const { return size_; }
  bool taken(std::uint64_t page) const { return (bits_[page / 64] >> (page % 64) & 1) != 0; }
  void take(std::uint64_t page) { bits_[page / 64] |= std::uint64_t{1} << (page % 64); }

 private:
  std::vector<std::uint64_t> bits_;
  std::uint64_t size_ = 0;
};

// Not thread-safe.
class Findings {
 public:
  Findings(const CheckOptions& options, BlockFile& blocks, BufferPool& cache)
      : file(blocks), pool(cache), options_(options) {}

  BlockFile& file;
  BufferPool& pool;
  CheckReport report;
  PageMap pages;
  // Something could not be read, so that what it leads to was not seen: sums and pages that do not
  // come out say nothing then.
  bool blind = false;

  CheckCounts& counts() { return report.counts; }
  void problem(std::string where, std::string what);
  // Runs `look`; an error of the file is a problem, and false.
  template <class Look>
  bool attempt(const std::string& where, Look&& look) {
    try {
      look();
      return true;
    } catch (const Error& error) {
      problem(where, error.what());
      return false;
    }
  }

  // K2, K3: the block verifies, the rest of its pages is zero, and no other block has its pages.
  bool block(const std::string& where, BlockPtr ptr, BlockKind kind);
  // The blocks of a stream that was read.
  void stream_blocks(const std::string& where, const std::vector<BlockPtr>& blocks);
  // All blocks of a chunk: `main` first, then `others`.
  bool chunk(const std::string& where, const Chunk& chunk, BlockKind main, BlockKind others);
  // Notes the pages of a block as its own.
  void claim(const std::string& where, std::uint32_t page, std::uint32_t pages);

 private:
  bool rest_is_zero(const std::string& where, BlockPtr ptr);

  const CheckOptions& options_;
  std::vector<std::byte> buffer_;
};

}  // namespace kith::storage::check
