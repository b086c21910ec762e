// core/csv.cpp: see csv.hpp. A row is made whole in the buffer first, then split in place.
#include "core/csv.hpp"

#include <algorithm>
#include <cstring>

#include "core/assert.hpp"
#include "core/text.hpp"
#include "kith/error.hpp"

namespace kith {
namespace {
constexpr std::size_t kReadBytes = 1 << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
}  // namespace

CsvReader::CsvReader(std::unique_ptr<File> file, std::string name, CsvOptions options)
    : file_(std::move(file)), name_(std::move(name)), options_(options), size_(file_->size()) {
  read_more();
  if (buffer_.starts_with(kByteOrderMark)) row_ = kByteOrderMark.size();
}

bool CsvReader::read_more() {
  if (offset_ == size_) return false;
  buffer_.erase(0, row_);
  row_ = 0;
  const auto have = buffer_.size();
  const auto wanted = static_cast<std::size_t>(
      std::min<std::uint64_t>(std::max(kReadBytes, have), size_ - offset_));
  buffer_.resize(have + wanted);
  file_->read(offset_, std::as_writable_bytes(std::span(buffer_).subspan(have)));
  offset_ += wanted;
  return true;
}

// Where the row ends, knowing about quotes; `complete` is false where the buffer ends before it.
std::size_t CsvReader::scan_quoted_row(std::size_t from, bool& complete) const {
  bool field_start = true, quoted = false;
  complete = true;
  for (std::size_t i = from; i < buffer_.size(); ++i) {
    const char c = buffer_[i];
    if (quoted) {
      if (is_escape(i, buffer_.size())) {
        ++i;
      } else if (c == options_.quote) {
        quoted = false;  // a doubled quote opens again at once
      }
    } else if (c == options_.quote && (field_start || (i > from && buffer_[i - 1] == c))) {
      quoted = true;
    } else if (c == '\n') {
      return i;
    }
    field_start = !quoted && c == options_.delimiter;
  }
  complete = false;
  return buffer_.size();
}

std::size_t CsvReader::find_row_end() {
  std::size_t searched = row_;
  for (;;) {
    bool complete = true;
    std::size_t end = 0;
    if (options_.multiline_fields) {
      end = scan_quoted_row(row_, complete);
    } else {
      const auto* found = std::memchr(buffer_.data() + searched, '\n', buffer_.size() - searched);
      complete = found != nullptr;
      end = complete ? static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data())
                     : buffer_.size();
    }
    if (complete) return end;
    searched = buffer_.size() - row_;
    if (searched > options_.longest_row) {
      row_line_ = line_;
      fail("BadCsv",
           "a row of more than " + std::to_string(options_.longest_row) +
               " bytes: is a quote in it not closed?",
           1);
    }
    if (!read_more()) return buffer_.size();
  }
}

const std::vector<CsvField>* CsvReader::next() {
  for (;;) {
    const auto end = find_row_end();
    if (row_ == end && end == buffer_.size()) return nullptr;
    row_line_ = line_;
    const bool empty = end == row_ || (end == row_ + 1 && buffer_[row_] == '\r');
    if (!empty) split(end);
    line_ += 1 + static_cast<std::uint64_t>(
                     options_.multiline_fields
                         ? std::count(buffer_.begin() + static_cast<std::ptrdiff_t>(row_),
                                      buffer_.begin() + static_cast<std::ptrdiff_t>(end), '\n')
                         : 0);
    const auto next_row = std::min(end + 1, buffer_.size());
    consumed_ = offset_ - (buffer_.size() - next_row);
    row_ = next_row;
    if (!empty) return &fields_;
  }
}

std::uint32_t CsvReader::column_of(std::size_t at) const {
  return static_cast<std::uint32_t>(at - row_ + 1);
}

// A backslash that makes the character behind it a plain one.
bool CsvReader::is_escape(std::size_t at, std::size_t end) const {
  if (!options_.backslash_escapes || buffer_[at] != '\\' || at + 1 >= end) return false;
  return buffer_[at + 1] == options_.quote || buffer_[at + 1] == '\\';
}

// Copies the field's text over itself, without quotes; the offset behind the closing quote.
std::size_t CsvReader::read_quoted(std::size_t at, std::size_t end) {
  const auto start = at;
  std::size_t to = ++at;
  for (; at < end; ++at) {
    if (is_escape(at, end)) {
      ++at;
    } else if (buffer_[at] == options_.quote) {
      if (at + 1 == end || buffer_[at + 1] != options_.quote) break;
      ++at;
    }
    buffer_[to++] = buffer_[at];
  }
  if (at >= end)
    fail("BadCsv",
         options_.multiline_fields ? "this quote is not closed"
                                   : "this quote is not closed on its line (a field may span lines "
                                     "only with --multiline-fields)",
         column_of(start));
  fields_.push_back(
      {std::string_view(buffer_).substr(start + 1, to - start - 1), true, column_of(start)});
  return at + 1;
}

void CsvReader::split(std::size_t end) {
  if (end > row_ && buffer_[end - 1] == '\r') --end;
  const auto row = std::string_view(buffer_).substr(row_, end - row_);
  if (const auto bad = find_invalid_utf8(row); bad != kValidUtf8)
    fail("BadCsv", "bytes that are not UTF-8", static_cast<std::uint32_t>(bad + 1));
  fields_.clear();
  std::size_t at = row_;
  for (;;) {
    if (at < end && buffer_[at] == options_.quote) {
      at = read_quoted(at, end);
      if (at < end && buffer_[at] != options_.delimiter)
        fail("BadCsv", "text behind the closing quote of a field", column_of(at));
    } else {
      const auto* found = std::memchr(buffer_.data() + at, options_.delimiter, end - at);
      const auto stop =
          found == nullptr
              ? end
              : static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
      fields_.push_back({std::string_view(buffer_).substr(at, stop - at), false, column_of(at)});
      at = stop;
    }
    if (at >= end) return;
    KITH_ASSERT(buffer_[at] == options_.delimiter);
    ++at;  // a delimiter at the row's end is followed by one more, empty, field
  }
}

void CsvReader::fail(std::string_view detail, const std::string& message,
                     std::uint32_t column) const {
  fail_at(name_, static_cast<std::uint32_t>(row_line_), column, detail, message);
}

void CsvReader::fail_at(const std::string& name, std::uint32_t line, std::uint32_t column,
                        std::string_view detail, const std::string& message) {
  throw ImportError(
      std::string(detail),
      name + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + message,
      {line, column});
}

}  // namespace kith
