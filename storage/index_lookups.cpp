// storage/index_lookups.cpp: groups, and what the delta says about them.
#include "storage/index_lookups.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "storage/index/range.hpp"

namespace kith::storage {

void IndexLookups::begin(std::span<const std::span<const Cell>> columns, std::uint32_t rows) {
  KITH_ASSERT(!columns.empty());
  columns_.assign(columns.begin(), columns.end());
  rows_ = rows;
  first_ = end_ = 0;
  tree_.clear();
}

void IndexLookups::follow(const IndexDelta& delta) { delta_ = IndexDelta::Cursor(delta); }

void IndexLookups::find_group(std::uint32_t from) {
  first_ = from;
  end_ = static_cast<std::uint32_t>(std::min<std::size_t>(rows_, from + kGroup));
  std::size_t count = 0;
  for (std::uint32_t row = first_; row < end_; ++row) {
    values_.clear();
    for (const auto& column : columns_) values_.push_back(column[row]);
    std::string& text = text_[count];
    text.clear();
    Row& found = found_[row - first_];
    found = !equal_key(values_, text) ? Row::Nothing : is_cut(text) ? Row::Cut : Row::Found;
    if (found != Row::Found) continue;
    place_[row - first_] = static_cast<std::uint8_t>(count);
    keys_[count++] = text;
  }
  tree_.find(std::span(keys_).first(count));
}

// Of one key, ascending; nothing if it is the cursor's.
std::optional<std::size_t> IndexLookups::matches(std::size_t place, std::span<std::uint64_t> out) {
  const std::string_view key = keys_[place];
  const auto most = static_cast<std::uint32_t>(std::min<std::size_t>(out.size() + 1, UINT32_MAX));
  const std::uint32_t in_tree = tree_.count(place, most);
  if (in_tree > out.size() || tree_.may_go_on(place, in_tree)) return std::nullopt;
  delta_.seek(key);
  std::uint32_t nth = 0;
  for (std::size_t count = 0;;) {
    const bool changed = delta_.valid() && delta_.entry().starts_with(key);
    if (!changed && nth == in_tree) return count;
    const std::uint64_t next = nth < in_tree ? tree_.id(place, nth) : UINT64_MAX;
    const std::uint64_t entry = changed ? id_of_entry(delta_.entry()) : UINT64_MAX;
    const bool given = next < entry || delta_.present();
    if (given && count == out.size()) return std::nullopt;
    if (given) out[count++] = std::min(next, entry);
    if (next <= entry) ++nth;
    if (entry <= next) delta_.next();
  }
}

std::size_t IndexLookups::take(std::uint32_t& row, std::size_t limit, std::uint32_t* rows,
                               std::uint64_t* ids) {
  std::size_t count = 0;
  for (; row < rows_ && count < limit; ++row) {
    if (row < first_ || row >= end_) find_group(row);
    const Row found = found_[row - first_];
    if (found == Row::Nothing) continue;
    if (found == Row::Cut) return count;
    const auto more = matches(place_[row - first_], {ids + count, limit - count});
    if (!more) return count;
    std::fill_n(rows + count, *more, row);
    count += *more;
  }
  return count;
}

}  // namespace kith::storage
