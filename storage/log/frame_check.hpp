// storage/log/frame_check.hpp: what a frame says for itself, before its place is looked at.
#pragma once

#include <cstddef>
#include <span>

#include "storage/log/frame.hpp"

namespace kith::storage {

FrameHeader header_of(const std::byte* frame);
inline std::span<const std::byte> payload_of(const FrameHeader& header, const std::byte* frame) {
  return {frame + sizeof header, header.bytes};
}

// Its own checksum is right; whether it counts (F1) depends on its place.
bool proves_itself(const FrameHeader& header, const std::byte* frame);

// StorageError("NewerVersion").
void check_version(const FrameHeader& header);

}  // namespace kith::storage
