// api/import/field_table.hpp: where the fields of a block's rows lie.
//
// Most blocks are plain: rows as wide as the header, no empty lines, no line ends in quotes. Then
// all ends of fields are found in one pass, 64 bytes at a time; whether a byte is inside quotes is
// the parity of the quotes before it (G. Langdale, D. Lemire, "Parsing gigabytes of JSON per
// second", section 3.1). Other blocks are taken apart row by row by CsvRows, which knows what is
// wrong with them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "api/import/plain_integers.hpp"
#include "core/assert.hpp"
#include "core/csv.hpp"

namespace kith::import {

class FieldTable {
 public:
  // Rows of `width` fields, up to the first that is wrong. Fields are made what they mean in place.
  void read(std::span<char> block, const CsvOptions& options, std::size_t width,
            bool ignores_extra_columns);
  // Leaves the first row out.
  void drop_first_row();

  std::uint32_t rows() const { return rows_; }
  std::size_t width() const { return width_; }
  std::string_view text(std::uint32_t row, std::size_t column) const {
    return text_of(span(row, column));
  }
  CsvField field(std::uint32_t row, std::size_t column) const {
    const Span& of = span(row, column);
    return {text_of(of), of.quoted != 0, of.at - span(row, 0).at + 1};
  }
  // From the row on, as far as they are plain (plain_integers.hpp): how many.
  std::size_t plain_integers(std::uint32_t row, std::size_t column, const IntegerBounds& bounds,
                             std::span<std::int64_t> values) const {
    return read_plain_integers({block_.data(), &span(row, column), width_, quote_bytes_}, bounds,
                               std::min<std::size_t>(values.size(), rows_ - row), values.data());
  }
  std::uint64_t line(std::uint32_t row) const {  // of the block, from 1
    KITH_ASSERT(row < rows_);
    return lines_.empty() ? first_row_ + row + 1 : lines_[first_row_ + row];
  }
  std::uint64_t lines() const { return line_count_; }
  const std::optional<CsvFault>& fault() const { return fault_; }  // behind the last row
  std::uint64_t bytes() const {
    return spans_.capacity() * sizeof(Span) + lines_.capacity() * sizeof(std::uint32_t);
  }

 private:
  using Span = FieldSpan;

  const Span& span(std::uint32_t row, std::size_t column) const {
    KITH_ASSERT(row < rows_ && column < width_);
    return spans_[(first_row_ + row) * width_ + column];
  }
  std::string_view text_of(const Span& span) const {
    return {block_.data() + span.at + span.quoted * quote_bytes_, span.size};
  }
  // False: it is not plain, and as it was.
  bool read_plain(const CsvOptions& options);
  bool find_ends(const CsvOptions& options);
  void add(std::uint32_t at, std::uint32_t end);
  bool end_rows();
  bool strip_quotes(char quote);
  void read_rows(const CsvOptions& options, bool ignores_extra_columns);
  void check_width(CsvRow row, bool ignores_extra_columns) const;

  std::span<char> block_;
  std::size_t width_ = 0, quote_bytes_ = 1;
  std::vector<Span> spans_;  // the first count_
  std::size_t count_ = 0;
  std::vector<std::size_t> with_quotes_;      // of a plain block: fields that have some inside
  std::uint64_t line_ends_ = 0, quotes_ = 0;  // of a plain block: those between rows, all
  std::vector<std::uint32_t> lines_;          // of each row, unless each is one line
  std::uint32_t first_row_ = 0, rows_ = 0;
  std::uint64_t line_count_ = 0;
  std::optional<CsvFault> fault_;
};

}  // namespace kith::import
