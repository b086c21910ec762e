// cypher/exec/group_table_near.cpp: groups by keys whose values lie close together, looked up by
// their distances from bases instead of by a hash.
#include <algorithm>
#include <bit>

#include "cypher/exec/group_table.hpp"

namespace kith::exec {

// Whether values are looked up by their distances from bases: if the first ones are close together.
bool GroupTable::begin_near(std::uint32_t rows) {
  constexpr std::uint32_t kLeastRows = 256;
  constexpr unsigned kBits = 15;
  if (!near_.empty()) return true;
  if (!may_be_near_ || columns_ > 4 || (columns_ == 1 && kinds_[0] == Kind::Boolean) ||
      rows < kLeastRows) {
    return false;
  }
  may_be_near_ = false;
  near_columns_.clear();
  unsigned bits = 0;
  for (std::size_t c = 0; c < columns_; ++c) {
    auto least = static_cast<std::int64_t>(row_words_[c]), most = least;
    for (std::size_t i = c; i < row_words_.size(); i += columns_) {
      least = std::min(least, static_cast<std::int64_t>(row_words_[i]));
      most = std::max(most, static_cast<std::int64_t>(row_words_[i]));
    }
    const std::uint64_t range =
        static_cast<std::uint64_t>(most) - static_cast<std::uint64_t>(least);
    const auto needed = static_cast<unsigned>(std::bit_width(range)) + 1;  // as many on both sides
    const bool is_flag = kinds_[c] == Kind::Boolean;
    near_columns_.push_back({static_cast<std::uint64_t>(least), is_flag ? 1 : needed, bits});
    bits += near_columns_.back().bits;
    if (bits > kBits) return false;
  }
  for (NearColumn& column : near_columns_) {
    if (kinds_[static_cast<std::size_t>(&column - near_columns_.data())] == Kind::Boolean) {
      column.base = 0;
      continue;
    }
    if (columns_ == 1) column.bits = kBits;
    column.base -= std::uint64_t{1} << (column.bits - 1) >> 1;  // it may wrap: so does the distance
  }
  may_be_near_ = true;
  near_.assign(columns_ == 1 ? std::size_t{1} << kBits : std::size_t{1} << bits, 0);
  return true;
}

// Those that are none are not in near_.
void GroupTable::find_near_places(std::uint32_t rows) {
  near_places_.assign(rows, 0);
  for (std::size_t c = 0; c < columns_; ++c) {
    const NearColumn column = near_columns_[c];
    const std::uint64_t* words = row_words_.data() + c;
    for (std::uint32_t i = 0; i < rows; ++i, words += columns_) {
      const std::uint64_t distance = *words - column.base;
      const bool is_near = distance >> column.bits == 0;
      near_places_[i] |=
          is_near ? static_cast<std::uint32_t>(distance << column.shift) : UINT32_MAX;
    }
  }
}

// The rows of row_words_ that are near, and whose groups are known, without a hash.
bool GroupTable::find_near(std::span<const Column> columns, std::uint32_t rows,
                           std::vector<std::uint32_t>& groups) {
  if (!begin_near(rows)) return false;
  find_near_places(rows);
  missing_.clear();
  std::uint32_t far = 0;
  for (std::uint32_t i = 0; i < rows; ++i) {
    const std::uint32_t place = near_places_[i];
    const bool is_near = place < near_.size();
    const std::uint32_t group = is_near ? near_[place] : 0;
    far += is_near ? 0 : 1;
    groups[i] = group - 1;
    if (group == 0) missing_.push_back(i);
  }
  std::vector<Cell> key(columns_);
  for (const std::uint32_t row : missing_) {
    for (std::size_t c = 0; c < columns_; ++c) key[c] = columns[c].cell(row);
    groups[row] = find_or_add(key);
    if (near_places_[row] < near_.size()) near_[near_places_[row]] = groups[row] + 1;
  }
  const bool are_new = missing_.size() > rows / 2 && size() > near_.size() / 2;
  if (are_new || far > rows / 2) {  // no longer worth it
    may_be_near_ = false;
    near_ = {};
  }
  return true;
}

}  // namespace kith::exec
