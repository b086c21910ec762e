// core/csv.cpp: rows and fields of a block.
#include "core/csv.hpp"

#include <algorithm>
#include <cstring>

#include "core/assert.hpp"
#include "core/text.hpp"
#include "kith/error.hpp"

namespace kith {
namespace {

constexpr std::uint64_t repeat(char c) {
  return 0x0101010101010101u * static_cast<unsigned char>(c);
}

}  // namespace

// Eight bytes at a time; each byte of a word counts its own.
std::uint64_t count_line_ends(std::string_view text) {
  constexpr std::size_t kMostInByte = 255;
  constexpr std::uint64_t kLow = 0x7f7f7f7f7f7f7f7fu, kOnes = 0x0101010101010101u;
  std::uint64_t count = 0;
  std::size_t at = 0;
  while (at + sizeof count <= text.size()) {
    const std::size_t words = std::min(kMostInByte, (text.size() - at) / sizeof count);
    std::uint64_t sums = 0;
    for (std::size_t i = 0; i < words; ++i, at += sizeof count) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data() + at, sizeof word);
      word ^= repeat('\n');
      sums += (~(((word & kLow) + kLow) | word | kLow) >> 7) & kOnes;  // 1 in each byte that is 0
    }
    for (; sums != 0; sums >>= 8) count += sums & 0xff;
  }
  return count + static_cast<std::uint64_t>(
                     std::count(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), '\n'));
}

CsvMark::CsvMark(char32_t c) {
  std::string text;
  append_code_point(text, c);
  KITH_ASSERT(text.size() <= bytes_.size());
  std::copy(text.begin(), text.end(), bytes_.begin());
  size_ = text.size();
}

void CsvFault::raise(const std::string& file) const {
  throw ImportError(
      detail, file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + message,
      {static_cast<std::uint32_t>(std::min<std::uint64_t>(line, UINT32_MAX)), column});
}

CsvSigns signs_of(const CsvOptions& options) {
  return {options.delimiter.first(), options.quote.first(),
          options.backslash_escapes ? '\\' : options.quote.first()};
}

CsvRows::CsvRows(std::span<char> block, const CsvOptions& options)
    : block_(block),
      options_(options),
      bad_(find_invalid_utf8(std::string_view(block.data(), block.size()))),
      marks_(block, signs_of(options)) {}

bool CsvRows::skip_empty_lines() {
  for (;; ++line_) {
    const auto text = rest();
    if (text.empty()) return false;
    if (text[0] == '\n') {
      at_ += 1;
    } else if (text[0] == '\r' && (text.size() == 1 || text[1] == '\n')) {
      at_ += std::min<std::size_t>(2, text.size());
    } else {
      return true;
    }
  }
}

const CsvRow* CsvRows::next() {
  count_ = 0;
  if (!skip_empty_lines()) return nullptr;
  row_ = at_;
  row_line_ = line_;
  for (;;) {
    read_field();
    if (at_row_end()) break;
    KITH_ASSERT(options_.delimiter.begins(rest()));
    at_ += options_.delimiter.size();  // at the row's end it is followed by one more, empty, field
  }
  finish_row();
  fields_of_row_ = CsvRow(fields_).first(count_);
  return &fields_of_row_;
}

void CsvRows::finish_row() {
  if (bad_ < at_) {
    const auto byte = static_cast<std::uint64_t>(bad_ - row_);
    throw CsvFault{"BadCsv", "bytes that are not UTF-8", row_line_,
                   static_cast<std::uint32_t>(byte + 1)};
  }
  const auto text = rest();
  if (text.empty()) {
    ++line_;
    return;
  }
  at_ += text[0] == '\r' ? std::min<std::size_t>(2, text.size()) : 1;
  ++line_;
}

void CsvRows::read_field() {
  if (options_.quote.begins(rest())) return read_quoted();
  const std::size_t begin = at_;
  for (std::size_t at = begin;; ++at) {
    at_ = at = marks_.field_end(at);
    if (at == block_.size() || block_[at] == '\n' || options_.delimiter.begins(rest())) break;
  }
  const bool row_ends = at_ == block_.size() || !options_.delimiter.begins(rest());
  if (row_ends && at_ > begin && block_[at_ - 1] == '\r') --at_;
  add_field({block_.data() + begin, at_ - begin}, false, begin);
}

// The offset of the next quote (or backslash that escapes) at or behind `from`, and the line ends
// on the way to it; the size if there is none.
std::size_t CsvRows::find_quote(std::size_t from, std::uint64_t& line_ends) {
  for (;; ++from) {
    from = marks_.quoted_end(from);
    if (from == block_.size()) return from;
    if (block_[from] == '\n') {
      ++line_ends;
    } else if ((options_.backslash_escapes && block_[from] == '\\') ||
               options_.quote.begins({block_.data() + from, block_.size() - from})) {
      return from;
    }
  }
}

// The field's text stays where it is until a quote is doubled; from there it moves to the left.
void CsvRows::read_quoted() {
  const std::size_t open = at_, size = options_.quote.size(), begin = open + size;
  std::size_t from = begin, to = begin;
  const auto keep = [&](std::size_t end) {
    if (to != from) std::memmove(block_.data() + to, block_.data() + from, end - from);
    to += end - from;
  };
  for (;;) {
    std::uint64_t breaks = 0;
    const std::size_t found = find_quote(from, breaks);
    if (found == block_.size() || (breaks > 0 && !options_.multiline_fields))
      fail(options_.multiline_fields ? "this quote is not closed"
                                     : "this quote is not closed on its line (a field may span "
                                       "lines only with --multiline-fields)",
           open);
    line_ += breaks;
    const bool backslash = options_.backslash_escapes && block_[found] == '\\';
    const std::size_t next = found + (backslash ? 1 : size);
    if (backslash) {
      const bool escapes =
          next < block_.size() && (block_[next] == '\\' || block_[next] == options_.quote.first());
      keep(escapes ? found : next);
      from = next;
      if (escapes) block_[to++] = block_[from++];
    } else if (options_.quote.begins({block_.data() + next, block_.size() - next})) {
      keep(next);
      from = next + size;
    } else {
      keep(found);
      at_ = next;
      break;
    }
  }
  add_field({block_.data() + begin, to - begin}, true, open);
  if (!at_row_end() && !options_.delimiter.begins(rest()))
    fail("text behind the closing quote of a field", at_);
}

void CsvRows::fail(const std::string& message, std::size_t at) const {
  throw CsvFault{"BadCsv", message, row_line_, column_of(at)};
}

}  // namespace kith
