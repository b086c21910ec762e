// api/import/id_runs.cpp: see id_runs.hpp.
#include "api/import/id_runs.hpp"

#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <queue>

#include "core/assert.hpp"
#include "core/encode.hpp"
#include "core/hash.hpp"
#include "kith/error.hpp"

namespace kith::import {
namespace {

constexpr std::size_t kPageBytes = 16 * 1024;
constexpr std::uint64_t kFilterBits = 12;  // an id: about one wrong answer in a hundred
constexpr unsigned kFilterProbes = 6;

std::uint64_t checksum_of(std::string_view bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

// visit(word, bit) for each probe of a hash in its block.
template <class Visit>
void for_each_probe(std::uint64_t hash, Visit&& visit) {
  std::uint64_t bits = mix_bits(hash ^ 0x9e3779b97f4a7c15);
  for (unsigned probe = 0; probe < kFilterProbes; ++probe, bits >>= 9)
    visit(bits >> 6 & 7, std::uint64_t{1} << (bits & 63));
}

}  // namespace

HashFilter::HashFilter(std::uint64_t count) : blocks_(count * kFilterBits / 512 + 1) {}

void HashFilter::add(std::uint64_t hash) {
  Block& block = blocks_[block_of(hash)];
  for_each_probe(hash, [&](std::size_t word, std::uint64_t bit) { block[word] |= bit; });
}

bool HashFilter::may_have(std::uint64_t hash) const {
  const Block& block = blocks_[block_of(hash)];
  bool all = true;
  for_each_probe(hash,
                 [&](std::size_t word, std::uint64_t bit) { all = all && (block[word] & bit); });
  return all;
}

IdRun::IdRun(IdFile& file, std::uint64_t count)
    : file_(&file), filter_(count == 0 ? nullptr : std::make_unique<HashFilter>(count)) {}

std::uint64_t IdRun::bytes() const {
  return pages_.capacity() * sizeof(Page) + (filter_ ? filter_->bytes() : 0);
}

void IdRun::add(std::uint64_t hash, std::uint64_t node, std::string_view text) {
  if (page_.empty()) pages_.push_back({hash, 0, 0, 0});
  page_.append(static_cast<const char*>(static_cast<const void*>(&hash)), sizeof hash);
  put_varint(page_, node);
  put_text(page_, text);
  if (filter_) filter_->add(hash);
  if (page_.size() >= kPageBytes) flush();
}

void IdRun::flush() {
  if (page_.empty()) return;
  Page& page = pages_.back();
  KITH_ASSERT(page.bytes == 0 && page_.size() <= UINT32_MAX);
  page.offset = file_->end;
  page.checksum = checksum_of(page_);
  page.bytes = static_cast<std::uint32_t>(page_.size());
  file_->file.write(page.offset, std::as_bytes(std::span(page_)));
  file_->end += page_.size();
  page_.clear();
}

void IdRun::finish() {
  flush();
  page_.shrink_to_fit();
}

// Walks the entries of a run, from page to page.
class IdRun::Reader {
 public:
  explicit Reader(const IdRun& run) : run_(run) { load(0); }

  bool at_end() const { return next_ == entries_.size(); }
  const IdLookup& entry() const { return entries_[next_]; }
  void advance() {
    if (++next_ == entries_.size()) load(page_ + 1);
  }
  // To the first entry with this hash or a greater one. Hashes ascend from call to call.
  void seek(std::uint64_t hash) {
    const auto& pages = run_.pages_;
    const auto after = std::lower_bound(
        pages.begin(), pages.end(), hash,
        [](const Page& page, std::uint64_t wanted) { return page.first_hash < wanted; });
    const auto at = static_cast<std::size_t>(after - pages.begin());
    if (at > page_ + 1) load(at - 1);
    while (!at_end() && entry().hash < hash) advance();
  }

 private:
  void load(std::size_t page) {
    entries_.clear();
    next_ = 0;
    page_ = page;
    if (page >= run_.pages_.size()) return;
    const Page& at = run_.pages_[page];
    bytes_.resize(at.bytes);
    run_.file_->file.read(at.offset, std::as_writable_bytes(std::span(bytes_)));
    if (checksum_of(bytes_) != at.checksum)
      throw StorageError("CorruptSpool",
                         "a temporary file of the import does not hold what was written to it");
    ByteReader in(std::as_bytes(std::span(bytes_)));
    while (!in.at_end()) {
      IdLookup entry;
      std::memcpy(&entry.hash, in.bytes(sizeof entry.hash).data(), sizeof entry.hash);
      entry.node = in.varint();
      entry.text = in.text();
      entries_.push_back(entry);
    }
  }

  const IdRun& run_;
  std::size_t page_ = 0, next_ = 0;
  std::string bytes_;
  std::vector<IdLookup> entries_;  // of the page; their texts point into bytes_
};

void IdRun::find(std::span<IdLookup* const> lookups) const {
  KITH_ASSERT(page_.empty());
  Reader reader(*this);
  for (std::size_t first = 0; first < lookups.size();) {
    const std::uint64_t hash = lookups[first]->hash;
    std::size_t end = first;
    while (end < lookups.size() && lookups[end]->hash == hash) ++end;
    KITH_ASSERT(end == lookups.size() || lookups[end]->hash > hash);
    reader.seek(hash);
    for (; !reader.at_end() && reader.entry().hash == hash; reader.advance())
      for (IdLookup* lookup : lookups.subspan(first, end - first))
        if (lookup->text == reader.entry().text) lookup->node = reader.entry().node;
    first = end;
  }
}

bool IdRun::has(std::uint64_t hash, std::string_view text) const {
  if (filter_ && !filter_->may_have(hash)) return false;
  IdLookup lookup{hash, text};
  const IdLookup unknown = lookup;
  IdLookup* const one[] = {&lookup};
  find(one);
  return lookup.node != unknown.node;
}

IdRun IdRun::merge(IdFile& file, const std::vector<IdRun>& runs) {
  IdRun merged(file, 0);
  std::vector<std::unique_ptr<Reader>> readers;
  const auto later = [](const Reader* a, const Reader* b) {
    return a->entry().hash > b->entry().hash;
  };
  std::priority_queue<Reader*, std::vector<Reader*>, decltype(later)> next(later);
  for (const IdRun& run : runs) {
    readers.push_back(std::make_unique<Reader>(run));
    if (!readers.back()->at_end()) next.push(readers.back().get());
  }
  while (!next.empty()) {
    Reader* least = next.top();
    next.pop();
    merged.add(least->entry().hash, least->entry().node, least->entry().text);
    least->advance();
    if (!least->at_end()) next.push(least);
  }
  merged.finish();
  return merged;
}

}  // namespace kith::import
