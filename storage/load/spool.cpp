// storage/load/spool.cpp: pages of a temporary file; rows as differences and varints.
#include "storage/load/spool.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cstring>

#include "core/assert.hpp"
#include "kith/error.hpp"
#include "storage/graph/base_file.hpp"

namespace kith::storage {

namespace {

constexpr std::size_t kLongestVarint = 10;

std::uint64_t checksum_of(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

[[noreturn]] void corrupt() {
  throw StorageError("CorruptSpool",
                     "a temporary file of the import does not hold what was written to it");
}

}  // namespace

File& Spool::file() {
  const std::lock_guard lock(mutex_);
  if (!file_) {
    const std::string name = temporary_sibling(environment_, path_);
    file_ = environment_.files->open(name, OpenMode::CreateNew);
    try {
      environment_.files->remove(name);  // W1
    } catch (const StorageError& error) {
      if (error.detail() != "NotFound") throw;  // another import took it for a stale one
    }
  }
  return *file_;
}

Spool::Page Spool::write(std::span<const std::byte> bytes) {
  KITH_ASSERT(!bytes.empty() && bytes.size() <= UINT32_MAX);
  File& to = file();
  Page page{end_.fetch_add(bytes.size()), checksum_of(bytes),
            static_cast<std::uint32_t>(bytes.size())};
  to.write(page.offset, bytes);
  written_ += bytes.size();
  return page;
}

void Spool::read(const Page& page, std::span<std::byte> out) {
  KITH_ASSERT(out.size() == page.bytes);
  file().read(page.offset, out);
  if (checksum_of(out) != page.checksum) corrupt();  // W2
}

void SpoolRunWriter::put(std::uint64_t number) {
  while (number >= 0x80) {
    page_.push_back(static_cast<char>(number | 0x80));
    number >>= 7;
  }
  page_.push_back(static_cast<char>(number));
}

void SpoolRunWriter::put(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t part = std::min(bytes.size(), kSpoolPageBytes - page_.size());
    page_.append(bytes.substr(0, part));
    bytes.remove_prefix(part);
    if (page_.size() == kSpoolPageBytes) flush();
  }
}

void SpoolRunWriter::add(const SpoolRow& row) {
  KITH_ASSERT(!(row < last_));
  if (page_.size() + 4 * kLongestVarint > kSpoolPageBytes) flush();
  put(row.major - last_.major);
  put(row.minor);
  put(row.order);
  put(std::uint64_t{row.payload.size()});
  put(row.payload);
  last_ = row;
  last_.payload = {};
}

void SpoolRunWriter::flush() {
  if (page_.empty()) return;
  run_.push_back(spool_.write(std::as_bytes(std::span(page_.data(), page_.size()))));
  page_.clear();
}

SpoolRun SpoolRunWriter::finish() {
  flush();
  return std::move(run_);
}

// Makes `wanted` bytes lie from at_ on; false if there are fewer.
bool SpoolRunReader::fill(std::size_t wanted) {
  while (end_ - at_ < wanted && next_page_ < run_.size()) {
    const Spool::Page& page = run_[next_page_++];
    const std::size_t rest = end_ - at_;
    if (rest > 0) std::memmove(buffer_.data(), buffer_.data() + at_, rest);
    if (buffer_.size() < rest + page.bytes) buffer_.resize(rest + page.bytes);
    spool_.read(page, std::span(buffer_).subspan(rest, page.bytes));
    at_ = 0;
    end_ = rest + page.bytes;
  }
  return end_ - at_ >= wanted;
}

std::uint64_t SpoolRunReader::take() {
  std::uint64_t number = 0;
  for (unsigned shift = 0; at_ < end_ && shift < 64; shift += 7) {
    const auto byte = static_cast<std::uint64_t>(buffer_[at_++]);
    number |= (byte & 0x7f) << shift;
    if (byte < 0x80) return number;
  }
  corrupt();
}

bool SpoolRunReader::next(SpoolRow& row) {
  fill(4 * kLongestVarint);
  if (at_ == end_) return false;
  last_.major += take();
  last_.minor = take();
  last_.order = take();
  const std::uint64_t size = take();
  if (!fill(size)) corrupt();
  row = last_;
  row.payload = {static_cast<const char*>(static_cast<const void*>(buffer_.data() + at_)), size};
  at_ += size;
  return true;
}

}  // namespace kith::storage
