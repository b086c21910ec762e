// storage/pack/text.cpp: strings one behind another, as a zstd frame.
//
// docs/decisions/0005-packed-blocks.md says why a frame for a block, not codes for a string.
#include <zstd.h>

#include <memory>

#include "core/assert.hpp"
#include "storage/pack/section.hpp"

namespace kith::storage {

namespace {

constexpr int kLevel = 1;
constexpr std::size_t kLeastText = 256;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
};

// One a thread: what it holds is more than what it is used for takes time to get anew.
ZSTD_CCtx* context() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> mine(ZSTD_createCCtx());
  return mine.get();
}

bool pack_text(std::uint8_t, std::span<const std::byte> text, std::string& out) {
  if (text.size() < kLeastText) return false;
  ZSTD_CCtx* const with = context();
  if (with == nullptr) return false;  // out of memory
  const std::size_t before = out.size();
  out.resize(before + ZSTD_compressBound(text.size()));
  const std::size_t size = ZSTD_compressCCtx(with, out.data() + before, out.size() - before,
                                             text.data(), text.size(), kLevel);
  if (ZSTD_isError(size)) return false;  // out of memory
  KITH_ASSERT(size <= out.size() - before);
  out.resize(before + size);
  return true;
}

void unpack_text(std::uint8_t, std::span<const std::byte> packed, std::span<std::byte> bytes) {
  const std::size_t size =
      ZSTD_decompress(bytes.data(), bytes.size(), packed.data(), packed.size());
  if (ZSTD_isError(size) || size != bytes.size()) corrupt_pack("text that cannot be unpacked");
}

}  // namespace

const SectionFormDef kTextForm = {SectionForm::Text, "text", 8, pack_text, unpack_text};

}  // namespace kith::storage
