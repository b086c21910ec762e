// storage/log/record_buffer.hpp: the records of a transaction, encoded, until it commits.
//
// They are encoded into a string; what it has too much of goes to pieces of whole frames, so that
// millions of records are never moved to a larger place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/bulk_memory.hpp"
#include "storage/log/frame.hpp"

namespace kith::storage {

class RecordBuffer {
 public:
  // For encoding at the end; settle() when that is done.
  std::string& end() { return end_; }
  void settle() {
    if (end_.size() > 2 * kPieceBytes) cut_pieces();
  }

  bool empty() const { return size() == 0; }
  std::uint64_t size() const { return pieces_.size() * kPieceBytes + end_.size(); }
  std::uint64_t memory() const { return pieces_.size() * kPieceBytes + end_.capacity(); }
  // Drops what comes after the first `size` bytes.
  void resize(std::uint64_t size);
  // All of it: parts of which each but the last fills its frames.
  std::vector<std::string_view> parts() const;

 private:
  static constexpr std::size_t kPieceBytes = 16 * kFramePayload;
  struct Give {
    void operator()(std::byte* memory) const noexcept { give_bulk(memory, kPieceBytes); }
  };
  using Piece = std::unique_ptr<std::byte, Give>;
  static std::string_view text_of(const Piece& piece) {
    return {static_cast<const char*>(static_cast<const void*>(piece.get())), kPieceBytes};
  }
  void cut_pieces();

  std::vector<Piece> pieces_;
  std::string end_;
};

}  // namespace kith::storage
