// core/csv.hpp: CSV text, a row at a time, with the place of every field.
//
// RFC 4180 with options: a quoted field may hold delimiters, doubled quotes and (if allowed) line
// ends; LF and CRLF end a row; a byte-order mark at the beginning is skipped. Memory: one buffer,
// grown to the longest row.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/environment.hpp"

namespace kith {

struct CsvOptions {
  char delimiter = ',';
  char quote = '"';
  bool multiline_fields = false;                   // false: a line end inside quotes is an error
  bool backslash_escapes = false;                  // inside quotes, before a quote or a backslash
  std::size_t longest_row = std::size_t{1} << 30;  // bytes; more is an error
};

struct CsvField {
  std::string_view text;  // without quotes; valid until the next row
  bool quoted = false;
  std::uint32_t column = 1;  // of the field's first byte in its line, from 1
};

class CsvReader {
 public:
  // `name` is the file as errors call it.
  CsvReader(std::unique_ptr<File> file, std::string name, CsvOptions options);

  // The next row that is not empty, or nullptr at the end. Throws ImportError ("BadCsv") with the
  // place of a quote that is not closed, of text behind a closing quote, of bytes that are not
  // UTF-8.
  const std::vector<CsvField>* next();

  const std::string& name() const { return name_; }
  std::uint64_t line() const { return row_line_; }        // of the row handed out last, from 1
  std::uint64_t bytes_read() const { return consumed_; }  // of the file, by rows handed out
  std::uint64_t size() const { return size_; }

  // "file.csv:12:5: message"
  [[noreturn]] void fail(std::string_view detail, const std::string& message,
                         std::uint32_t column) const;
  [[noreturn]] static void fail_at(const std::string& name, std::uint32_t line,
                                   std::uint32_t column, std::string_view detail,
                                   const std::string& message);

 private:
  bool read_more();  // keeps the current row, reads behind it; false at the end of the file
  std::size_t find_row_end();  // offset in buffer_ of the line end, or the end of the file
  std::size_t scan_quoted_row(std::size_t from, bool& complete) const;
  void split(std::size_t end);
  std::size_t read_quoted(std::size_t at, std::size_t end);
  bool is_escape(std::size_t at, std::size_t end) const;
  std::uint32_t column_of(std::size_t at) const;

  std::unique_ptr<File> file_;
  std::string name_;
  CsvOptions options_;
  std::uint64_t size_ = 0, offset_ = 0, consumed_ = 0;
  std::string buffer_;
  std::size_t row_ = 0;  // the current row's first byte in buffer_
  std::uint64_t line_ = 1, row_line_ = 0;
  std::vector<CsvField> fields_;
};

}  // namespace kith
