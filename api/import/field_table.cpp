// api/import/field_table.cpp: see field_table.hpp.
#include "api/import/field_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/bits.hpp"
#include "core/text.hpp"

namespace kith::import {
namespace {

// Bit i: whether the bits up to it are odd in number.
std::uint64_t parity_before(std::uint64_t bits) {
  for (unsigned by = 1; by < 64; by *= 2) bits ^= bits << by;
  return bits;
}

// Whether quotes stand two by two.
bool is_doubled(std::string_view text, char quote) {
  for (std::size_t at = 0; (at = text.find(quote, at)) != text.npos; at += 2)
    if (at + 1 == text.size() || text[at + 1] != quote) return false;
  return true;
}

// One quote of two; how many bytes are left.
std::size_t join_quotes(std::span<char> text, char quote) {
  const std::string_view whole(text.data(), text.size());
  std::size_t to = whole.find(quote);
  if (to == whole.npos) return whole.size();
  for (std::size_t from = to; from < text.size(); from += text[from] == quote ? 2 : 1)
    text[to++] = text[from];
  return to;
}

}  // namespace

void FieldTable::read(std::span<char> block, const CsvOptions& options, std::size_t width,
                      bool ignores_extra_columns) {
  KITH_ASSERT(width > 0 && block.size() < std::size_t{1} << 31);
  block_ = block;
  width_ = width;
  quote_bytes_ = options.quote.size();
  lines_.clear();
  fault_.reset();
  first_row_ = 0;
  if (!read_plain(options)) read_rows(options, ignores_extra_columns);
}

void FieldTable::drop_first_row() {
  KITH_ASSERT(rows_ > 0 && first_row_ == 0);
  ++first_row_;
  --rows_;
}

bool FieldTable::read_plain(const CsvOptions& options) {
  if (options.backslash_escapes || options.quote.size() > 1 || options.delimiter.size() > 1)
    return false;
  if (find_invalid_utf8({block_.data(), block_.size()}) != kValidUtf8) return false;
  if (!find_ends(options) || !end_rows()) return false;
  if (quotes_ > 0 && !strip_quotes(options.quote.first())) return false;
  line_count_ = rows_;
  return true;
}

void FieldTable::add(std::uint32_t at, std::uint32_t end) {
  Span& span = spans_[count_++];
  span.at = at;
  span.set_size(end - at);
  span.quoted = 0;
}

bool FieldTable::find_ends(const CsvOptions& options) {
  const CsvSigns signs = signs_of(options);
  count_ = line_ends_ = quotes_ = 0;
  std::uint64_t inside = 0;  // all ones: the window begins inside quotes
  std::uint32_t begin = 0;
  for (std::size_t window = 0; window < block_.size(); window += kCsvWindow) {
    const CsvMasks masks = signs.look(block_, window);
    std::uint64_t quoted = 0;
    if ((masks.quotes | inside) != 0) {
      quoted = parity_before(masks.quotes) ^ inside;
      inside = (quoted >> 63) != 0 ? ~std::uint64_t{0} : 0;
      quotes_ += count_bits(masks.quotes);
      if ((masks.line_ends & quoted) != 0) return false;
    }
    line_ends_ += count_bits(masks.line_ends);
    if (spans_.size() < count_ + kCsvWindow + 1) spans_.resize(2 * spans_.size() + 1024);
    for (std::uint64_t ends = (masks.delimiters | masks.line_ends) & ~quoted; ends != 0;
         ends &= ends - 1) {
      const auto end =
          static_cast<std::uint32_t>(window + static_cast<unsigned>(std::countr_zero(ends)));
      add(begin, end);
      begin = end + 1;
    }
  }
  if (!block_.empty() && block_.back() != '\n') {
    add(begin, static_cast<std::uint32_t>(block_.size()));
    ++line_ends_;
  }
  return inside == 0;
}

// As many rows as line ends, if each row ends with one.
bool FieldTable::end_rows() {
  if (count_ != line_ends_ * width_) return false;
  rows_ = static_cast<std::uint32_t>(line_ends_);
  for (std::size_t last = width_ - 1; last < count_; last += width_) {
    Span& span = spans_[last];
    const std::size_t end = span.at + span.size;
    if (end < block_.size() && block_[end] != '\n') return false;
    if (span.size > 0 && block_[end - 1] == '\r') span.set_size(span.size - 1);
    if (width_ == 1 && span.size == 0) return false;  // an empty line is no row
  }
  return true;
}

bool FieldTable::strip_quotes(char quote) {
  const auto fields = std::span(spans_).first(count_);
  std::uint64_t quoted = 0;
  for (Span& span : fields) {
    if (span.size == 0 || block_[span.at] != quote) continue;
    if (span.size == 1 || block_[span.at + span.size - 1] != quote) return false;
    span.set_size(span.size - 2);
    span.quoted = 1;
    ++quoted;
  }
  if (quotes_ == 2 * quoted) return true;
  const std::string_view block(block_.data(), block_.size());
  std::size_t behind = 0;  // the last quoted field
  with_quotes_.clear();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Span& span = fields[i];
    if (span.quoted == 0) continue;
    if (block.substr(behind, span.at - behind).find(quote) != block.npos) return false;
    behind = span.at + std::size_t{span.size} + 2;
    const std::size_t first = text_of(span).find(quote);
    if (first == std::string_view::npos) continue;
    if (!is_doubled(text_of(span).substr(first), quote)) return false;
    with_quotes_.push_back(i);
  }
  if (block.substr(behind).find(quote) != block.npos) return false;
  for (const std::size_t i : with_quotes_) {
    Span& span = fields[i];
    span.set_size(join_quotes(block_.subspan(span.at + 1, span.size), quote));
  }
  return true;
}

void FieldTable::read_rows(const CsvOptions& options, bool ignores_extra_columns) {
  count_ = rows_ = 0;
  CsvRows in(block_, options);
  try {
    while (const CsvRow* row = in.next()) {
      check_width(*row, ignores_extra_columns);
      if (spans_.size() < count_ + width_) spans_.resize(2 * (count_ + width_));
      for (const CsvField& field : row->first(width_)) {
        const auto text = static_cast<std::size_t>(field.text.data() - block_.data());
        const auto at =
            static_cast<std::uint32_t>(text - (field.quoted ? options.quote.size() : 0));
        add(at, at + static_cast<std::uint32_t>(field.text.size()));
        spans_[count_ - 1].quoted = field.quoted ? 1 : 0;
      }
      lines_.push_back(static_cast<std::uint32_t>(in.line()));
      ++rows_;
    }
  } catch (const CsvFault& found) {
    fault_ = found;
    if (fault_->line == 0) fault_->line = in.line();
  }
  line_count_ = in.lines();
}

void FieldTable::check_width(CsvRow row, bool ignores_extra_columns) const {
  if (row.size() == width_) return;
  if (row.size() < width_)
    throw CsvFault{"BadRow",
                   "the row has " + std::to_string(row.size()) + " fields where the header has " +
                       std::to_string(width_),
                   0, row.back().column};
  if (!ignores_extra_columns)
    throw CsvFault{"BadRow",
                   "the row has more fields than the header's " + std::to_string(width_) +
                       " (--ignore-extra-columns lets it pass)",
                   0, row[width_].column};
}

}  // namespace kith::import
