// core/csv_blocks.cpp: blocks of whole rows, and the reader that goes row by row.
#include <algorithm>
#include <cstring>

#include "core/assert.hpp"
#include "core/csv.hpp"

namespace kith {
namespace {

constexpr std::size_t kReaderBlock = 256 * 1024;

// Behind the last line end in a part of a text; 0 if there is none.
std::size_t behind_last_line(std::string_view text) {
  const std::size_t found = text.rfind('\n');
  return found == std::string_view::npos ? 0 : found + 1;
}

// Behind the quote that closes the field whose text begins at `at`; npos if the text does not tell.
std::size_t behind_closing_quote(std::string_view text, std::size_t at, const CsvOptions& options) {
  const std::string_view quote = options.quote.text();
  for (;;) {
    const std::size_t found = text.find(quote, at);
    if (options.backslash_escapes) {
      const std::size_t escape = text.substr(0, found).find('\\', at);
      if (escape != std::string_view::npos) {
        at = escape + 2;
        if (at > text.size()) return std::string_view::npos;
        continue;
      }
    }
    if (found == std::string_view::npos) return found;
    at = found + quote.size();
    if (at + quote.size() > text.size()) return std::string_view::npos;
    if (!text.substr(at).starts_with(quote)) return at;
    at += quote.size();
  }
}

}  // namespace

std::size_t end_of_whole_rows(std::string_view text, const CsvOptions& options) {
  if (!options.multiline_fields) return behind_last_line(text);
  const std::string_view quote = options.quote.text(), delimiter = options.delimiter.text();
  std::size_t at = 0, end = 0;
  for (std::size_t from = 0;;) {  // outside quotes; `at` … `from` has been looked at for quotes
    const std::size_t found = text.find(quote, from);
    const std::string_view plain = text.substr(at, found - at);
    if (const std::size_t behind = behind_last_line(plain); behind > 0) end = at + behind;
    if (found == std::string_view::npos) return end;
    at = found;
    const std::string_view before = text.substr(0, found);
    const bool opens = found == end || (before.ends_with(delimiter) && found > 0);
    from = opens ? behind_closing_quote(text, found + quote.size(), options) : found + quote.size();
    if (from == std::string_view::npos) return end;
    if (opens) at = from;
  }
}

void TextBuffer::reserve(std::size_t capacity) {
  if (capacity <= capacity_) return;
  auto grown = std::make_unique_for_overwrite<char[]>(capacity);
  if (size_ > 0) std::memcpy(grown.get(), bytes_.get(), size_);
  bytes_ = std::move(grown);
  capacity_ = capacity;
}

void TextBuffer::append(std::string_view text) {
  if (text.empty()) return;
  const auto to = room(text.size());
  std::memcpy(to.data(), text.data(), text.size());
  take(text.size());
}

std::span<char> TextBuffer::room(std::size_t bytes) {
  if (size_ + bytes > capacity_) reserve(std::max(size_ + bytes, size_ == 0 ? 0 : 2 * capacity_));
  return {bytes_.get() + size_, bytes};
}

CsvBlocks::CsvBlocks(std::unique_ptr<File> file, const std::string& name, CsvOptions options,
                     std::size_t block_bytes)
    : options_(options),
      block_bytes_(std::max<std::size_t>(block_bytes, 1)),
      source_(open_text(std::move(file), name, options.encoding)) {}

bool CsvBlocks::next(TextBuffer& out) {
  out.clear();
  if (ended_) return false;
  out.append(left_);
  // One byte more than a row may have tells that one has too many.
  const std::size_t most = options_.longest_row + 1;
  for (std::size_t wanted = block_bytes_; !ended_; wanted *= 2) {
    const std::size_t size = std::max(std::min(wanted, most), out.size() + 1);
    const auto room = out.room(size - out.size());
    const std::size_t got = source_->read(room);
    out.take(got);
    ended_ = got < room.size();
    if (ended_) break;
    const std::size_t whole = end_of_whole_rows(out.view(), options_);
    if (whole > 0) {
      left_.assign(out.view().substr(whole));
      out.cut(whole);
      return true;
    }
    if (out.size() > options_.longest_row)
      throw CsvFault{"BadCsv",
                     "a row is longer than " + std::to_string(options_.longest_row) +
                         " bytes (--read-buffer-size); perhaps a quote is not closed",
                     1, 1};
  }
  left_.clear();
  return out.size() > 0;
}

CsvReader::CsvReader(std::unique_ptr<File> file, std::string name, CsvOptions options)
    : name_(std::move(name)),
      options_(options),
      size_(file->size()),
      blocks_(std::move(file), name_, options_, kReaderBlock) {}

const CsvRow* CsvReader::next() {
  try {
    for (;;) {
      if (rows_) {
        if (const auto* row = rows_->next()) {
          row_line_ = lines_before_ + rows_->line();
          return row;
        }
        lines_before_ += rows_->lines();
      }
      rows_.reset();
      if (!blocks_.next(block_)) return nullptr;
      rows_ = std::make_unique<CsvRows>(block_.text(), options_);
    }
  } catch (CsvFault& fault) {
    fault.line += lines_before_;
    fault.raise(name_);
  }
}

std::uint64_t CsvReader::bytes_read() const { return blocks_.bytes_read(); }

void CsvReader::fail(std::string_view detail, const std::string& message,
                     std::uint32_t column) const {
  CsvFault{std::string(detail), message, row_line_, column}.raise(name_);
}

}  // namespace kith
