// storage/page/block_file.cpp: writes blocks and meta pages, and verifies what it reads.
#include "storage/page/block_file.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cstring>

#include "core/assert.hpp"
#include "core/id.hpp"
#include "core/page_memory.hpp"
#include "kith/error.hpp"
#include "storage/pack/section.hpp"

namespace kith::storage {

namespace {

std::uint64_t checksum_of(const void* bytes, std::size_t count) {
  return XXH3_64bits(bytes, count);
}

std::uint64_t meta_checksum(const MetaPage& meta) {
  return checksum_of(&meta, offsetof(MetaPage, checksum));
}

enum class MetaState : std::uint8_t { Valid, Zero, Foreign, OtherVersion, Damaged };

MetaState judge(std::span<const std::byte> page, MetaPage& meta) {
  std::memcpy(&meta, page.data(), sizeof meta);
  if (meta.magic != kMetaMagic) {
    const bool zero =
        std::all_of(page.begin(), page.end(), [](std::byte b) { return b == std::byte{0}; });
    return zero ? MetaState::Zero : MetaState::Foreign;
  }
  if (meta.version != kFormatVersion) return MetaState::OtherVersion;
  const bool sound = meta.checksum == meta_checksum(meta) && meta.segment_bits == kSegmentBits &&
                     meta.checkpoint > 0 && meta.root.is_set();
  return sound ? MetaState::Valid : MetaState::Damaged;
}

}  // namespace

std::string_view block_kind_name(BlockKind kind) {
  static constexpr std::string_view kNames[kBlockKindCount] = {
      "no",      "root",     "segment table", "directory",    "column", "heap", "adjacency",
      "catalog", "free map", "carried log",   "stream index", "schema", "index"};
  const auto index = static_cast<std::uint32_t>(kind);
  return index < kBlockKindCount ? kNames[index] : "unknown";
}

BlockBuffer::BlockBuffer() : memory_(take_memory(kMaxBlockBytes)) {}

void BlockBuffer::Free::operator()(std::byte* memory) const noexcept {
  give_memory(memory, kMaxBlockBytes);
}

void BlockBuffer::put(std::size_t at, const void* bytes, std::size_t count) {
  KITH_ASSERT(at + count <= kMaxPayload);
  if (count > 0) std::memcpy(payload() + at, bytes, count);
}

std::span<const std::byte> BlockBuffer::seal(BlockKind kind, std::uint32_t page,
                                             std::uint32_t payload_bytes, std::uint32_t unpacked) {
  KITH_ASSERT(payload_bytes <= kMaxPayload && unpacked <= kMaxPayload);
  const BlockHeader header{kind, payload_bytes, page, unpacked};
  std::memcpy(memory_.get(), &header, sizeof header);
  const std::size_t used = sizeof header + payload_bytes;
  const std::size_t whole = pages_for(payload_bytes) * kPageBytes;
  std::memset(memory_.get() + used, 0, whole - used);
  return {memory_.get(), whole};
}

BlockFile::BlockFile(std::unique_ptr<File> file, std::string path)
    : file_(std::move(file)), path_(std::move(path)) {
  KITH_ASSERT(file_ != nullptr);
}

BlockPtr BlockFile::write(std::uint32_t page, BlockKind kind, BlockBuffer& buffer,
                          std::uint32_t payload_bytes, std::uint32_t unpacked) {
  KITH_ASSERT(page >= kFirstBlockPage);  // F1: the meta pages are not ours
  const auto bytes = buffer.seal(kind, page, payload_bytes, unpacked);
  file_->write(std::uint64_t{page} * kPageBytes, bytes);
  return {page, payload_bytes, checksum_of(bytes.data(), sizeof(BlockHeader) + payload_bytes)};
}

void BlockFile::corrupt(BlockPtr ptr, BlockKind expected, std::string_view what) const {
  throw StorageError(
      "CorruptBlock",
      fmt::format("'{}' is damaged: the {} block at page {} (offset {}) {}", path_,
                  block_kind_name(expected), ptr.page, std::uint64_t{ptr.page} * kPageBytes, what));
}

BlockHeader BlockFile::read(BlockPtr ptr, BlockKind expected, std::span<std::byte> out) {
  return read_verified(ptr, expected, expected, out);
}

BlockHeader BlockFile::read(BlockPtr ptr, BlockKind expected, BlockBuffer& out) {
  if (ptr.bytes > kMaxPayload) corrupt(ptr, expected, "is out of bounds");
  return read_verified(ptr, expected, expected, out.all().first(sizeof(BlockHeader) + ptr.bytes));
}

BlockKind BlockFile::read_either(BlockPtr ptr, BlockKind one, BlockKind other,
                                 std::span<std::byte> out) {
  const BlockHeader header = read_verified(ptr, one, other, out);
  if (header.unpacked != 0) corrupt(ptr, one, "is packed, and should not be");
  return header.kind;
}

void BlockFile::unpack(BlockPtr ptr, BlockKind kind, std::span<const std::byte> packed,
                       std::span<std::byte> payload) const {
  try {
    unpack_payload(packed, payload);
  } catch (const StorageError& error) {
    corrupt(ptr, kind, fmt::format("cannot be unpacked ({})", error.what()));
  }
}

BlockHeader BlockFile::read_verified(BlockPtr ptr, BlockKind one, BlockKind other,
                                     std::span<std::byte> out) {
  if (ptr.page < kFirstBlockPage || ptr.bytes > kMaxPayload) corrupt(ptr, one, "is out of bounds");
  KITH_ASSERT(out.size() == sizeof(BlockHeader) + ptr.bytes);
  try {
    file_->read(std::uint64_t{ptr.page} * kPageBytes, out);
  } catch (const StorageError& e) {
    if (e.detail() != "ShortRead") throw;
    corrupt(ptr, one, "lies past the end of the file");
  }
  if (checksum_of(out.data(), out.size()) != ptr.checksum)
    corrupt(ptr, one, "does not match its checksum");
  BlockHeader header;
  std::memcpy(&header, out.data(), sizeof header);
  if (header.page != ptr.page) corrupt(ptr, one, "belongs to another page");
  if (header.bytes != ptr.bytes) corrupt(ptr, one, "has another length than its pointer says");
  if (header.kind != one && header.kind != other) corrupt(ptr, one, "is of another kind");
  if (header.unpacked > kMaxPayload) corrupt(ptr, one, "would be too long unpacked");
  return header;
}

MetaPages BlockFile::read_meta() {
  demand_length();
  std::vector<std::byte> bytes(2 * kPageBytes);
  file_->read(0, bytes);
  MetaPage pages[2];
  MetaState states[2];
  for (std::size_t i = 0; i < 2; ++i)
    states[i] = judge(std::span(bytes).subspan(i * kPageBytes, kPageBytes), pages[i]);
  const bool first = states[0] == MetaState::Valid, second = states[1] == MetaState::Valid;
  if (first || second) {
    const std::size_t newest =
        first && second ? (pages[0].checkpoint > pages[1].checkpoint ? 0 : 1) : (first ? 0 : 1);
    const MetaState other = states[1 - newest];
    const bool never_written = other == MetaState::Zero && pages[newest].checkpoint == 1;
    return {pages[newest], other != MetaState::Valid && !never_written};
  }
  for (std::size_t i = 0; i < 2; ++i) {
    if (states[i] != MetaState::OtherVersion) continue;
    throw StorageError("FormatVersion",
                       fmt::format("'{}' has format version {}, and this program reads version {}: "
                                   "open it with a {} version of kith",
                                   path_, pages[i].version, kFormatVersion,
                                   pages[i].version > kFormatVersion ? "newer" : "matching older"));
  }
  if (states[0] == MetaState::Damaged || states[1] == MetaState::Damaged)
    throw StorageError("CorruptMeta",
                       fmt::format("'{}' is damaged: neither meta page (0, 1) is valid", path_));
  throw StorageError("NotADatabase",
                     fmt::format("'{}' is not a kith database: neither of its first two pages of "
                                 "{} bytes begins as one",
                                 path_, kPageBytes));
}

// Both meta pages must be there to be judged.
void BlockFile::demand_length() {
  const std::uint64_t size = file_->size();
  if (size >= 2 * kPageBytes) return;
  if (size == 0)
    throw StorageError("NotADatabase",
                       fmt::format("'{}' is empty (0 bytes), not a kith database", path_));
  std::uint64_t magic = 0;
  if (size >= sizeof magic) file_->read(0, std::as_writable_bytes(std::span(&magic, 1)));
  if (magic != kMetaMagic)
    throw StorageError(
        "NotADatabase",
        fmt::format("'{}' is not a kith database: it has {} bytes and does not begin as one", path_,
                    size));
  throw StorageError("Truncated", fmt::format("'{}' is truncated: it has {} bytes, and the "
                                              "smallest kith database has {}",
                                              path_, size, (kFirstBlockPage + 2) * kPageBytes));
}

void BlockFile::write_meta(MetaPage meta) {
  KITH_ASSERT(meta.checkpoint > 0 && meta.root.is_set() && meta.database_id != 0);
  meta.magic = kMetaMagic;
  meta.version = kFormatVersion;
  meta.segment_bits = kSegmentBits;
  meta.checksum = meta_checksum(meta);
  std::array<std::byte, kPageBytes> page{};
  std::memcpy(page.data(), &meta, sizeof meta);
  file_->write(meta.checkpoint % 2 * kPageBytes, page);
}

}  // namespace kith::storage
