// storage/check/findings.cpp: problems as they are found; blocks and the pages they take.
#include "storage/check/findings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/assert.hpp"

namespace kith::storage::check {

void Findings::problem(std::string where, std::string what) {
  KITH_ASSERT(!where.empty() && !what.empty());
  ++report.counts.problems;
  if (options_.problem) options_.problem({std::move(where), std::move(what)});
}

void Findings::claim(const std::string& where, std::uint32_t page, std::uint32_t count) {
  KITH_ASSERT(count > 0);
  std::uint64_t twice = 0;
  for (std::uint64_t at = page; at < std::uint64_t{page} + count; ++at) {
    if (at < kFirstBlockPage || at >= pages.size()) {
      problem(where, fmt::format("pages {} to {} are not among the {} pages of the file", page,
                                 page + count - 1, pages.size()));
      return;
    }
    twice += pages.taken(at) ? 1 : 0;
    pages.take(at);
  }
  if (twice > 0)
    problem(where, fmt::format("{} of the pages {} to {} are in another block too, or free", twice,
                               page, page + count - 1));
}

// The checksum does not cover what follows the payload in the block's last page.
bool Findings::rest_is_zero(const std::string& where, BlockPtr ptr) {
  const std::uint64_t used = sizeof(BlockHeader) + ptr.bytes;
  const std::uint64_t whole = std::uint64_t{pages_for(ptr.bytes)} * kPageBytes;
  KITH_ASSERT(used <= whole);
  if (used == whole) return true;
  buffer_.resize(whole - used);
  const std::uint64_t at = std::uint64_t{ptr.page} * kPageBytes + used;
  return attempt(where, [&] {
    file.file().read(at, buffer_);
    const auto bad =
        std::find_if(buffer_.begin(), buffer_.end(), [](std::byte b) { return b != std::byte{0}; });
    if (bad == buffer_.end()) return;
    const auto offset = at + static_cast<std::uint64_t>(bad - buffer_.begin());
    throw StorageError("CorruptBlock",
                       fmt::format("the block at page {} is followed by bytes that are not zero "
                                   "(offset {})",
                                   ptr.page, offset));
  });
}

bool Findings::block(const std::string& where, BlockPtr ptr, BlockKind kind) {
  if (ptr.page < kFirstBlockPage || ptr.bytes > kMaxPayload) {
    problem(where,
            fmt::format("a pointer to page {} with {} bytes leads nowhere", ptr.page, ptr.bytes));
    return false;
  }
  claim(where, ptr.page, pages_for(ptr.bytes));
  ++counts().blocks;
  counts().block_bytes += ptr.bytes;
  const bool sound = attempt(where, [&] {
    buffer_.resize(sizeof(BlockHeader) + ptr.bytes);
    file.read(ptr, kind, buffer_);
  });
  if (sound) rest_is_zero(where, ptr);
  return sound;
}

void Findings::stream_blocks(const std::string& where, const std::vector<BlockPtr>& blocks) {
  for (const BlockPtr ptr : blocks) {
    claim(where, ptr.page, pages_for(ptr.bytes));
    ++counts().blocks;
    counts().block_bytes += ptr.bytes;
    rest_is_zero(where, ptr);
  }
}

bool Findings::chunk(const std::string& where, const Chunk& chunk, BlockKind main,
                     BlockKind others) {
  bool sound = true;
  for (std::size_t i = 0; i < chunk.blocks.size(); ++i)
    sound = block(where, chunk.blocks[i].ptr, i == 0 ? main : others) && sound;
  return sound;
}

}  // namespace kith::storage::check
