// storage/log/frame_check.cpp: reading and verifying the header of a frame.
#include "storage/log/frame_check.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <cstring>

#include "core/assert.hpp"
#include "kith/error.hpp"

namespace kith::storage {

FrameHeader header_of(const std::byte* frame) {
  KITH_ASSERT(frame != nullptr);
  FrameHeader header;
  std::memcpy(&header, frame, sizeof header);
  return header;
}

bool proves_itself(const FrameHeader& header, const std::byte* frame) {
  return header.bytes <= kFramePayload &&
         header.checksum == XXH3_64bits(frame + 8, kFrameBytes - 8);
}

void check_version(const FrameHeader& header) {
  if (header.version > kLogVersion)
    throw StorageError("NewerVersion",
                       fmt::format("log {} has format version {}, and this version of kith reads "
                                   "up to {}; open the database with the version that wrote it",
                                   header.log, header.version, kLogVersion));
}

}  // namespace kith::storage
