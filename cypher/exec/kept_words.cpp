// cypher/exec/kept_words.cpp: copying words in and out.
#include "cypher/exec/kept_words.hpp"

#include <algorithm>
#include <utility>

#include "core/assert.hpp"
#include "cypher/exec/columns.hpp"

namespace kith::exec {

namespace {

constexpr std::uint32_t kFirstPiece = 256;  // rows

bool is_word(VectorType type) {
  return type == VectorType::Integer || type == VectorType::Float || type == VectorType::Node ||
         type == VectorType::Relationship;
}

void copy_words(const Column& column, std::uint32_t first, std::uint32_t rows, std::uint64_t* to) {
  const auto* values = column.vector->data<std::uint64_t>();
  if (column.constant) {
    std::fill_n(to, rows, values[0]);
  } else if (column.index == nullptr) {
    std::copy_n(values + first, rows, to);
  } else {
    for (std::uint32_t row = 0; row < rows; ++row) to[row] = values[column.index[first + row]];
  }
}

}  // namespace

KeptWords::Piece::Piece(std::uint64_t begin, std::uint32_t size, std::size_t columns)
    : first(begin),
      room(size),
      bytes(size * columns * sizeof(std::uint64_t)),
      memory(take_bulk(bytes)) {}
KeptWords::Piece::Piece(Piece&& from) noexcept
    : first(from.first),
      room(from.room),
      rows(from.rows),
      bytes(from.bytes),
      memory(std::exchange(from.memory, nullptr)) {}
KeptWords::Piece::~Piece() {
  if (memory) give_bulk(memory, bytes);
}

bool KeptWords::fit(std::span<const Column> columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const VectorType type = columns[i].vector->type();
    if (!is_word(type) || may_have_nulls(columns[i])) return false;
    if (size_ != 0 && types_[i] != type) return false;
  }
  for (std::size_t i = 0; i < columns.size(); ++i) types_[i] = columns[i].vector->type();
  return true;
}

bool KeptWords::open_piece() {
  const std::size_t width = types_.size() * sizeof(std::uint64_t);
  const auto most = static_cast<std::uint32_t>(std::max<std::size_t>(1, kMostBulkBytes / width));
  const auto room = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(most, std::max<std::uint64_t>(kFirstPiece, size_)));
  if (!execution_.may_keep(reserved_, bytes_ + room * width)) return false;
  pieces_.emplace_back(size_, room, types_.size());
  bytes_ += room * width;
  return true;
}

bool KeptWords::add(std::span<const Column> columns, std::uint32_t rows) {
  KITH_ASSERT(columns.size() == types_.size() && !columns.empty());
  if (!fit(columns)) return false;
  const std::uint64_t before = size_;
  for (std::uint32_t at = 0; at < rows;) {
    if (pieces_.empty() || pieces_.back().rows == pieces_.back().room) {
      if (!open_piece()) {  // nothing is kept of these rows
        while (!pieces_.empty() && pieces_.back().first > before) pieces_.pop_back();
        if (!pieces_.empty())
          pieces_.back().rows = static_cast<std::uint32_t>(before - pieces_.back().first);
        size_ = before;
        return false;
      }
    }
    Piece& piece = pieces_.back();
    const std::uint32_t count = std::min(rows - at, piece.room - piece.rows);
    for (std::size_t i = 0; i < columns.size(); ++i)
      copy_words(columns[i], at, count, piece.column(i) + piece.rows);
    piece.rows += count;
    size_ += count;
    at += count;
  }
  return true;
}

std::uint32_t KeptWords::copy(std::uint64_t first, std::uint64_t most,
                              std::span<Vector> out) const {
  KITH_ASSERT(first < size_ && most > 0 && out.size() == types_.size());
  const auto after =
      std::upper_bound(pieces_.begin(), pieces_.end(), first,
                       [](std::uint64_t row, const Piece& piece) { return row < piece.first; });
  const Piece& piece = *std::prev(after);
  const std::uint64_t at = first - piece.first;
  const auto count = static_cast<std::uint32_t>(std::min<std::uint64_t>(most, piece.rows - at));
  KITH_ASSERT(count > 0);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].reset(types_[i], count);
    std::copy_n(piece.column(i) + at, count, out[i].data<std::uint64_t>());
  }
  return count;
}

void KeptWords::clear() {
  pieces_.clear();
  size_ = bytes_ = 0;
  reserved_.clear();
}

}  // namespace kith::exec
