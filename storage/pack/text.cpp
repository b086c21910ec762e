// storage/pack/text.cpp: strings one behind another, as a zstd frame.
//
// docs/decisions/0005-packed-blocks.md says why a frame for a block, not codes for a string.
#include <zstd.h>

#include <memory>
#include <utility>

#include "core/assert.hpp"
#include "storage/pack/section.hpp"

namespace kith::storage {

namespace {

// Level 1 with a table of places that fits into the nearest cache, and longer matches: a block of
// text takes a sixth less time and about a twentieth more room.
constexpr int kLevel = 1, kHashLog = 13, kMinMatch = 7;
constexpr std::size_t kLeastText = 256;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
};

using Context = std::unique_ptr<ZSTD_CCtx, FreeContext>;

// nullptr: there is no memory.
Context make_context() {
  Context context(ZSTD_createCCtx());
  if (!context) return context;
  for (const auto& [parameter, value] :
       {std::pair(ZSTD_c_compressionLevel, kLevel), std::pair(ZSTD_c_hashLog, kHashLog),
        std::pair(ZSTD_c_minMatch, kMinMatch)}) {
    const std::size_t set = ZSTD_CCtx_setParameter(context.get(), parameter, value);
    KITH_ASSERT(!ZSTD_isError(set));
    static_cast<void>(set);
  }
  return context;
}

// One a thread: what it holds is more than what it is used for takes time to get anew.
ZSTD_CCtx* context() {
  thread_local const Context mine = make_context();
  return mine.get();
}

bool pack_text(std::uint8_t, std::span<const std::byte> text, std::string& out) {
  if (text.size() < kLeastText) return false;
  ZSTD_CCtx* const with = context();
  if (with == nullptr) return false;  // out of memory
  const std::size_t before = out.size();
  out.resize(before + ZSTD_compressBound(text.size()));
  const std::size_t size =
      ZSTD_compress2(with, out.data() + before, out.size() - before, text.data(), text.size());
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
