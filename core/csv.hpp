// core/csv.hpp: CSV text: rows and fields, with the place of every field.
//
// RFC 4180 with options: a quoted field may hold delimiters, doubled quotes and (if allowed) line
// ends; quotes inside an unquoted field are text; LF and CRLF end a row; empty lines are no rows.
//
// CsvBlocks cuts a file into blocks of whole rows, so that CsvRows may take blocks apart on
// different threads; CsvReader is both for a file that is read row by row.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/csv_marks.hpp"
#include "core/environment.hpp"
#include "core/text_source.hpp"

namespace kith {

// One character of UTF-8.
class CsvMark {
 public:
  constexpr CsvMark(char c) : bytes_{c}, size_(1) {}  // NOLINT: a character is its own mark
  explicit CsvMark(char32_t c);

  char first() const { return bytes_[0]; }
  std::size_t size() const { return size_; }
  std::string_view text() const { return {bytes_.data(), size_}; }
  bool begins(std::string_view text) const {
    return !text.empty() && text[0] == bytes_[0] && (size_ == 1 || text.starts_with(this->text()));
  }
  friend bool operator==(const CsvMark&, const CsvMark&) = default;

 private:
  std::array<char, 4> bytes_{};
  std::size_t size_ = 0;
};

struct CsvOptions {
  CsvMark delimiter = ',', quote = '"';
  bool multiline_fields = false;   // false: a line end inside quotes is an error
  bool backslash_escapes = false;  // inside quotes, besides doubled quotes
  TextEncoding encoding = TextEncoding::Utf8;
  std::size_t longest_row = std::size_t{1} << 30;  // bytes; more is an error
};

// The first bytes of what stands between fields.
CsvSigns signs_of(const CsvOptions& options);

struct CsvField {
  std::string_view text;  // without quotes; valid until the next row
  bool quoted = false;
  std::uint32_t column = 1;  // of the field's first byte in its line, from 1
};

using CsvRow = std::span<const CsvField>;

// What is wrong with a row. Thrown inside; whoever knows the file makes an ImportError of it.
struct CsvFault {
  std::string detail, message;
  std::uint64_t line = 0;  // from 1
  std::uint32_t column = 1;

  // "file.csv:12:5: message"
  [[noreturn]] void raise(const std::string& file) const;
};

// Bytes that grow without being set first.
class TextBuffer {
 public:
  std::span<char> text() { return {bytes_.get(), size_}; }
  std::string_view view() const { return {bytes_.get(), size_}; }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  void clear() { size_ = 0; }
  void append(std::string_view text);
  // Room behind the text, to be written and then taken.
  std::span<char> room(std::size_t bytes);
  void take(std::size_t bytes) { size_ += bytes; }
  void cut(std::size_t size) { size_ = size; }

 private:
  void reserve(std::size_t capacity);

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0, capacity_ = 0;
};

std::uint64_t count_line_ends(std::string_view text);

// Behind the last row that ends in `text`, which begins with a row; 0 if none does.
std::size_t end_of_whole_rows(std::string_view text, const CsvOptions& options);

// Not thread-safe.
class CsvBlocks {
 public:
  // `name` is the file as errors call it.
  CsvBlocks(std::unique_ptr<File> file, const std::string& name, CsvOptions options,
            std::size_t block_bytes);

  // Whole rows, about as many bytes as wanted; the last row of the file may lack its line end.
  // False at the end. CsvFault ("BadCsv") with a line of this block, where a row is too long.
  bool next(TextBuffer& out);
  std::uint64_t bytes_read() const { return source_->bytes_read(); }  // of the file

 private:
  CsvOptions options_;
  std::size_t block_bytes_;
  std::unique_ptr<TextSource> source_;
  std::string left_;  // begins a row
  bool ended_ = false;
};

// The rows of a block, taken apart in place: quotes that are doubled become one in the block.
class CsvRows {
 public:
  CsvRows(std::span<char> block, const CsvOptions& options);

  // The next row that is not empty, or nullptr at the end. Throws CsvFault ("BadCsv") for a quote
  // that is not closed, text behind a closing quote, bytes that are not UTF-8.
  const CsvRow* next();

  std::uint64_t line() const { return row_line_; }   // of the row handed out last, from 1
  std::uint64_t lines() const { return line_ - 1; }  // begun and ended so far
  std::size_t bytes_read() const { return at_; }     // of the block

 private:
  bool skip_empty_lines();
  bool at_row_end() const {
    const auto text = rest();
    return text.empty() || text[0] == '\n' ||
           (text[0] == '\r' && (text.size() == 1 || text[1] == '\n'));
  }
  void read_field();
  void read_quoted();
  void add_field(std::string_view text, bool quoted, std::size_t at) {
    if (count_ == fields_.size()) fields_.resize(2 * count_ + 8);
    fields_[count_++] = {text, quoted, column_of(at)};
  }
  void finish_row();
  std::size_t find_quote(std::size_t from, std::uint64_t& line_ends);
  std::uint32_t column_of(std::size_t at) const {
    return static_cast<std::uint32_t>(at - row_ + 1);
  }
  [[noreturn]] void fail(const std::string& message, std::size_t at) const;
  std::string_view rest() const { return {block_.data() + at_, block_.size() - at_}; }

  std::span<char> block_;
  const CsvOptions& options_;
  std::size_t row_ = 0, at_ = 0;
  std::size_t bad_;  // the first byte that is not UTF-8
  CsvMarks marks_;
  std::uint64_t line_ = 1, row_line_ = 0;
  std::vector<CsvField> fields_;  // the first count_ are of the row
  std::size_t count_ = 0;
  CsvRow fields_of_row_;
};

class CsvReader {
 public:
  // `name` is the file as errors call it.
  CsvReader(std::unique_ptr<File> file, std::string name, CsvOptions options);

  // As CsvRows::next(), but what is wrong is an ImportError with the file, the line and the column.
  const CsvRow* next();

  const std::string& name() const { return name_; }
  std::uint64_t line() const { return row_line_; }  // of the row handed out last, from 1
  std::uint64_t bytes_read() const;                 // of the file so far
  std::uint64_t size() const { return size_; }

  [[noreturn]] void fail(std::string_view detail, const std::string& message,
                         std::uint32_t column) const;

 private:
  std::string name_;
  CsvOptions options_;
  std::uint64_t size_;
  CsvBlocks blocks_;
  TextBuffer block_;
  std::unique_ptr<CsvRows> rows_;  // of the block
  std::uint64_t lines_before_ = 0, row_line_ = 0;
};

}  // namespace kith
