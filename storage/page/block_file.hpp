// storage/page/block_file.hpp: the data file as blocks and meta pages.
//
//   B1  What write() returns verifies in read(), or read() throws StorageError("CorruptBlock").
//   B2  write_meta() writes the page of its checkpoint's parity; the other page stays as it was.
//
// free_space decides where a block goes; buffer_pool is how readers get at them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/environment.hpp"
#include "storage/page/format.hpp"

namespace kith::storage {

// Memory for one block of up to kMaxPayload bytes, aligned so that the payload is aligned to 16.
class BlockBuffer {
 public:
  BlockBuffer();
  std::byte* payload() { return memory_.get() + sizeof(BlockHeader); }
  void put(std::size_t at, const void* bytes, std::size_t count);
  // Header and payload, all of them.
  std::span<std::byte> all() { return {memory_.get(), kMaxBlockBytes}; }
  // Header and payload, with zeros up to the end of the last page.
  std::span<const std::byte> seal(BlockKind kind, std::uint32_t page, std::uint32_t payload_bytes,
                                  std::uint32_t unpacked);

 private:
  struct Free {
    void operator()(std::byte* memory) const noexcept;
  };
  std::unique_ptr<std::byte[], Free> memory_;
};

// The meta pages as found.
struct MetaPages {
  MetaPage newest;
  bool other_is_invalid = false;  // the other page does not verify, though it was once written
};

// Thread-safe, as far as the blocks concerned are different.
class BlockFile {
 public:
  explicit BlockFile(std::unique_ptr<File> file, std::string path);

  const std::string& path() const { return path_; }
  File& file() { return *file_; }

  // Writes `payload_bytes` of the buffer at `page` (from FreeSpace). `unpacked`: they are a packed
  // payload of that length; 0: they are the payload.
  BlockPtr write(std::uint32_t page, BlockKind kind, BlockBuffer& buffer,
                 std::uint32_t payload_bytes, std::uint32_t unpacked = 0);
  // Fills `out` (header and payload, sizeof(BlockHeader) + ptr.bytes) and verifies it.
  BlockHeader read(BlockPtr ptr, BlockKind expected, std::span<std::byte> out);
  // The same, into a buffer.
  BlockHeader read(BlockPtr ptr, BlockKind expected, BlockBuffer& out);
  // The same, for a block that may be of either kind and is not packed; the kind found.
  BlockKind read_either(BlockPtr ptr, BlockKind one, BlockKind other, std::span<std::byte> out);
  // The payload of a block that read() has found to be packed, header.unpacked bytes.
  void unpack(BlockPtr ptr, BlockKind kind, std::span<const std::byte> packed,
              std::span<std::byte> payload) const;

  // StorageError("NotADatabase", "FormatVersion", "Truncated", "CorruptMeta") if neither page
  // serves.
  MetaPages read_meta();
  void write_meta(MetaPage meta);  // fills in magic, version and checksum
  void sync() { file_->sync(); }

 private:
  BlockHeader read_verified(BlockPtr ptr, BlockKind one, BlockKind other, std::span<std::byte> out);
  void demand_length();
  [[noreturn]] void corrupt(BlockPtr ptr, BlockKind expected, std::string_view what) const;

  std::unique_ptr<File> file_;
  std::string path_;
};

}  // namespace kith::storage
