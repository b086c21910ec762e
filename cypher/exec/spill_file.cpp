// cypher/exec/spill_file.cpp: pages of the temporary file; rows as bytes.
//
// A row is its length (a varint), its cells as core/encode.hpp has them, and its position as two
// varints. It may begin on one page and end on another.
#include "cypher/exec/spill_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/assert.hpp"
#include "core/encode.hpp"
#include "core/hash.hpp"
#include "kith/error.hpp"

namespace kith::exec {

namespace {

std::uint64_t checksum_of(std::span<const std::byte> bytes) {
  return hash_text(
      {static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()});
}

[[noreturn]] void fail_to(std::string_view what, const StorageError& error) {
  throw StorageError(error.detail(),
                     fmt::format("a query needs more memory than it may use and cannot {} its "
                                 "temporary file: {}",
                                 what, error.what()));
}

// Kinds whose payload decode() puts into the arena.
bool uses_arena(Kind kind) {
  return kind == Kind::List || kind == Kind::Map || kind == Kind::Path || kind == Kind::DateTime ||
         kind == Kind::Duration || kind == Kind::Point;
}

}  // namespace

Cell position_cell(std::uint64_t sequence, std::uint64_t ordinal) {
  if (ordinal > UINT32_MAX) {
    throw ResourceError("TooManyRows", "more than 4,294,967,296 rows of one source must be kept");
  }
  Cell cell = Cell::of(static_cast<std::int64_t>(sequence));
  cell.aux = static_cast<std::uint32_t>(ordinal);
  return cell;
}

File& SpillFile::file() {
  const std::lock_guard lock(mutex_);
  if (!file_) {
    try {
      file_ = TempFile::open(space_);
    } catch (const StorageError& error) {
      fail_to("make", error);
    }
  }
  return file_->file();
}

std::uint64_t SpillFile::take_page() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) return page_count_++;
  const std::uint64_t page = free_.back();
  free_.pop_back();
  return page;
}

SpillFile::Page SpillFile::write(std::span<const std::byte> bytes) {
  KITH_ASSERT(!bytes.empty() && bytes.size() <= page_bytes_);
  File& to = file();
  const Page page{take_page(), checksum_of(bytes), static_cast<std::uint32_t>(bytes.size())};
  try {
    to.write(page.number * page_bytes_, bytes);
  } catch (const StorageError& error) {
    release({&page, 1});
    fail_to("write", error);
  }
  return page;
}

void SpillFile::read(const Page& page, std::span<std::byte> buffer) {
  KITH_ASSERT(page.bytes <= buffer.size());
  const auto bytes = buffer.first(page.bytes);
  try {
    file().read(page.number * page_bytes_, bytes);
  } catch (const StorageError& error) {
    fail_to("read", error);
  }
  if (checksum_of(bytes) == page.checksum) return;  // S3
  throw StorageError("CorruptPage", fmt::format("page {} of the temporary file of a query is not "
                                                "what was written to it",
                                                page.number));
}

void SpillFile::release(std::span<const Page> pages) noexcept {
  if (pages.empty()) return;
  const std::lock_guard lock(mutex_);
  for (const Page& page : pages) free_.push_back(page.number);
}

std::uint64_t SpillFile::pages_in_use() {
  const std::lock_guard lock(mutex_);
  KITH_ASSERT(free_.size() <= page_count_);
  return page_count_ - free_.size();
}

Run::Run(std::size_t columns, SpillFile* file) : file_(file), columns_(columns) {
  if (file != nullptr) listed_ = Reservation(file->budget(), "the pages of a temporary file");
}

// What is written already cannot be refused.
void Run::add_page(const SpillFile::Page& page) {
  pages_.push_back(page);
  listed_.resize_anyway(pages_.capacity() * sizeof(SpillFile::Page));
}

Run& Run::operator=(Run&& from) noexcept {
  if (this == &from) return *this;
  drop();
  file_ = from.file_;
  columns_ = from.columns_;
  rows_ = std::exchange(from.rows_, 0);
  pages_ = std::exchange(from.pages_, {});
  listed_ = std::move(from.listed_);
  return *this;
}

RunWriter::RunWriter(SpillFile& file, std::size_t columns)
    : file_(file),
      run_(columns, &file),
      reserved_(file.budget(), "writing rows to a temporary file", file.page_bytes()),
      page_(std::make_unique_for_overwrite<std::byte[]>(file.page_bytes())) {
  KITH_ASSERT(columns != 0);
}

void RunWriter::add(const Cell* row) {
  row_.clear();
  const std::size_t last = run_.columns_ - 1;
  for (std::size_t i = 0; i < last; ++i) encode(row_, row[i]);
  put_varint(row_, row[last].word);
  put_varint(row_, row[last].aux);
  length_.clear();
  put_varint(length_, row_.size());
  put(length_);
  put(row_);
  ++run_.rows_;
}

void RunWriter::put(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), file_.page_bytes() - used_);
    std::memcpy(page_.get() + used_, bytes.data(), count);
    used_ += count;
    bytes.remove_prefix(count);
    if (used_ == file_.page_bytes()) flush();
  }
}

void RunWriter::flush() {
  if (used_ == 0) return;
  run_.add_page(file_.write({page_.get(), used_}));
  used_ = 0;
}

Run RunWriter::finish() {
  flush();
  page_.reset();
  reserved_.clear();
  return std::move(run_);
}

RunReader::RunReader(const Run& run)
    : run_(run),
      reserved_(run.file_->budget(), "reading rows from a temporary file", run.file_->page_bytes()),
      page_(std::make_unique_for_overwrite<std::byte[]>(run.file_->page_bytes())),
      cells_(run.columns_) {}

bool RunReader::read_page() {
  if (next_page_ == run_.pages_.size()) return false;
  const SpillFile::Page& page = run_.pages_[next_page_++];
  run_.file_->read(page, {page_.get(), run_.file_->page_bytes()});
  at_ = 0;
  end_ = page.bytes;
  return true;
}

std::uint64_t RunReader::read_length() {
  std::uint64_t length = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (at_ == end_ && !read_page()) break;
    const auto part = static_cast<std::uint64_t>(page_[at_++]);
    length |= (part & 0x7f) << shift;
    if (part < 0x80) return length;
  }
  KITH_ASSERT(false && "a run that does not end where its rows do");  // S3
  return 0;
}

std::span<const std::byte> RunReader::read_bytes(std::uint64_t count) {
  if (count <= end_ - at_) {
    const std::span<const std::byte> found(page_.get() + at_, count);
    at_ += count;
    return found;
  }
  // Exactly: there may be many readers, and nearly all rows are short.
  const std::uint64_t needed = run_.file_->page_bytes() + count;
  if (needed > reserved_.bytes()) reserved_.resize(needed);
  long_row_.resize(count);
  std::size_t done = 0;
  while (done < count) {
    if (at_ == end_) {
      const bool more = read_page();
      KITH_ASSERT(more);  // S3
      static_cast<void>(more);
    }
    const std::size_t part = std::min<std::size_t>(count - done, end_ - at_);
    std::memcpy(long_row_.data() + done, page_.get() + at_, part);
    at_ += part;
    done += part;
  }
  return long_row_;
}

// After a failure the place in the file is lost: whoever shares the reader gets the same error.
const Cell* RunReader::next() {
  if (failure_) std::rethrow_exception(failure_);
  try {
    return read_row();
  } catch (...) {
    failure_ = std::current_exception();
    throw;
  }
}

const Cell* RunReader::read_row() {
  if (given_ == run_.rows_) return nullptr;
  ++given_;
  if (used_arena_) arena_.reset();
  used_arena_ = false;
  ByteReader in(read_bytes(read_length()));
  const std::size_t last = run_.columns_ - 1;
  for (std::size_t i = 0; i < last; ++i) {
    cells_[i] = decode(in, arena_);
    used_arena_ |= uses_arena(cells_[i].kind);
  }
  const std::uint64_t sequence = in.varint();
  cells_[last] = position_cell(sequence, in.varint());
  KITH_ASSERT(in.at_end());
  return cells_.data();
}

}  // namespace kith::exec
