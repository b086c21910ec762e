// storage/log/record_buffer.cpp: pieces, cut off the begin of the string.
#include "storage/log/record_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "core/assert.hpp"

namespace kith::storage {

// All or nothing, if there is no memory.
void RecordBuffer::cut_pieces() {
  std::vector<Piece> cut;
  for (std::size_t at = 0; end_.size() - at > kPieceBytes; at += kPieceBytes) {
    cut.push_back(Piece(take_bulk(kPieceBytes)));
    std::memcpy(cut.back().get(), end_.data() + at, kPieceBytes);
  }
  pieces_.reserve(std::max(pieces_.size() + cut.size(), 2 * pieces_.size()));
  end_.erase(0, cut.size() * kPieceBytes);
  std::move(cut.begin(), cut.end(), std::back_inserter(pieces_));
}

void RecordBuffer::resize(std::uint64_t size) {
  KITH_ASSERT(size <= this->size());
  const auto whole = static_cast<std::size_t>(size / kPieceBytes);
  if (whole < pieces_.size()) {
    end_ = text_of(pieces_[whole]);
    pieces_.resize(whole);
  }
  end_.resize(static_cast<std::size_t>(size - pieces_.size() * kPieceBytes));
  if (end_.capacity() > 2 * end_.size() + 4 * kPieceBytes) end_.shrink_to_fit();
  KITH_ASSERT(this->size() == size);
}

std::vector<std::string_view> RecordBuffer::parts() const {
  std::vector<std::string_view> parts;
  parts.reserve(pieces_.size() + 1);
  for (const Piece& piece : pieces_) parts.push_back(text_of(piece));
  parts.push_back(end_);
  return parts;
}

}  // namespace kith::storage
