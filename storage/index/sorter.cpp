// storage/index/sorter.cpp: runs in memory and in files, merged by a heap.
#include "storage/index/sorter.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <span>

#include "core/assert.hpp"
#include "core/page_memory.hpp"
#include "core/radix_sort.hpp"

namespace kith::storage {

namespace {

constexpr std::size_t kWriteBytes = 256 * 1024;
constexpr std::size_t kReadBytes = 64 * 1024;
// Places are 32 bits.
constexpr std::uint64_t kMostText = std::uint64_t{1} << 31;
constexpr std::size_t kLeastRuns = 4, kMostRuns = 256;
// Of items, when there is no room for more.
constexpr std::size_t kFewItems = 1024;

constexpr std::string_view kWho = "sorting the entries of an index";

}  // namespace

EntrySorter::EntrySorter(const SortOptions& options)
    : options_(options),
      limit_(std::min(options.space ? options.memory_bytes : kMostText, kMostText)) {
  if (options_.budget) memory_ = Reservation(*options_.budget, kWho);
}

File& EntrySorter::file() {
  KITH_ASSERT(options_.space);
  if (!file_) file_ = TempFile::open(*options_.space);
  return file_->file();
}

// False: it should rather be written to the file. A checkpoint must not fail because memory is
// scarce, so what a sorter cannot do without is taken in any case.
bool EntrySorter::reserve(std::uint64_t bytes) {
  if (!options_.budget || bytes <= memory_.bytes()) return true;
  if (memory_.try_resize(bytes)) return true;
  if (options_.space && !items_.empty()) return false;
  memory_.resize_anyway(bytes);
  return true;
}

// For one more item with a text of that length.
void EntrySorter::make_room(std::size_t bytes) {
  const std::uint64_t in_use = (blocks_.empty() ? 0 : (blocks_.size() - 1) * kBlockBytes + used_) +
                               bytes + (items_.size() + 1) * sizeof(Item);
  if (in_use > limit_ && options_.space && !items_.empty()) spill();
  const bool block = blocks_.empty() || bytes > kBlockBytes - used_;
  const bool more = items_.size() == items_.capacity();
  if (!block && !more) return;
  const std::size_t blocks = blocks_.size() + (block ? 1 : 0);
  const auto bytes_with = [&](std::size_t items) {
    return blocks * kBlockBytes + items * sizeof(Item);
  };
  std::size_t capacity = items_.capacity();
  if (more) {  // twice as many, that they move seldom; fewer where memory is scarce
    capacity = 2 * items_.size();
    if (capacity < kFewItems || bytes_with(capacity) > limit_ || !reserve(bytes_with(capacity)))
      capacity = items_.size() + std::max(kFewItems, items_.size() / 4);
  }
  if (!reserve(bytes_with(capacity))) {
    spill();
    return make_room(bytes);
  }
  reserve_large(items_, capacity);
  if (!block) return;
  KITH_ASSERT(blocks * kBlockBytes <= UINT32_MAX);
  blocks_.push_back(std::make_unique_for_overwrite<char[]>(kBlockBytes));
  used_ = 0;
}

void EntrySorter::add(std::string_view entry) {
  KITH_ASSERT(!entry.empty() && entry.size() <= kMaxEntryBytes && entry.size() <= kBlockBytes);
  make_room(entry.size());
  KITH_ASSERT(kBlockBytes - used_ >= entry.size() && items_.size() < items_.capacity());
  std::memcpy(blocks_.back().get() + used_, entry.data(), entry.size());
  items_.push_back({text_prefix(entry),
                    static_cast<std::uint32_t>((blocks_.size() - 1) * kBlockBytes + used_),
                    static_cast<std::uint32_t>(entry.size())});
  used_ += entry.size();
}

void EntrySorter::sort() {
  std::vector<Item> scratch;
  const std::uint64_t held = memory_.bytes();
  const bool room = !options_.budget || memory_.try_resize(held + items_.size() * sizeof(Item));
  sort(items_, 0, room ? &scratch : nullptr);
  if (options_.budget) memory_.resize_anyway(held);
}

// Texts that agree in `done` bytes, by the 8 that follow, which are their heads while it lasts: so
// texts are not looked at but once for those 8. No text is the beginning of another (K2), so zeros
// behind its end do not change the order.
void EntrySorter::sort(std::span<Item> items, std::size_t done, std::vector<Item>* scratch) {
  if (scratch != nullptr && items.size() >= kFewItems)
    radix_sort(items, *scratch, [](const Item& item) { return item.head; });
  else
    std::sort(items.begin(), items.end(),
              [](const Item& a, const Item& b) { return a.head < b.head; });
  for (std::size_t first = 0; first < items.size();) {
    const std::uint64_t head = items[first].head;
    std::size_t end = first + 1;
    while (end < items.size() && items[end].head == head) ++end;
    const auto same = items.subspan(first, end - first);
    first = end;
    if (same.size() == 1) continue;
    const std::size_t more = done + sizeof head;
    for (Item& item : same) {
      KITH_ASSERT(item.bytes > more);
      item.head = text_prefix(text(item).substr(more));
    }
    sort(same, more, scratch);
    for (Item& item : same) item.head = head;
  }
}

void EntrySorter::finish() {
  if (runs_.empty()) return sort();
  spill();  // one kind of run is enough when there are files
  free_memory();
  const std::size_t most = std::clamp(limit_ / 2 / kReadBytes, kLeastRuns, kMostRuns);
  while (runs_.size() > most) merge_first(std::min(most, runs_.size() - most + 1));
}

void EntrySorter::put_aside(std::uint64_t most) {
  if (!options_.space || blocks_.size() * kBlockBytes <= most) return;
  spill();
  free_memory();
}

void EntrySorter::free_memory() {
  std::vector<Item>().swap(items_);
  blocks_.clear();
  memory_.clear();
}

// Entries one after the other, each with its length before it.
class EntrySorter::RunWriter {
 public:
  explicit RunWriter(EntrySorter& sorter) : sorter_(sorter), run_{sorter.file_bytes_, 0} {}

  void add(std::string_view entry) {
    const auto bytes = static_cast<std::uint16_t>(entry.size());
    char length[sizeof bytes];
    std::memcpy(length, &bytes, sizeof bytes);
    buffer_.append(length, sizeof length).append(entry);
    if (buffer_.size() >= kWriteBytes) flush();
  }
  Run finish() {
    flush();
    run_.bytes = sorter_.file_bytes_ - run_.offset;
    return run_;
  }

 private:
  void flush() {
    sorter_.file().write(sorter_.file_bytes_,
                         std::as_bytes(std::span(buffer_.data(), buffer_.size())));
    sorter_.file_bytes_ += buffer_.size();
    buffer_.clear();
  }

  EntrySorter& sorter_;
  Run run_;
  std::string buffer_;
};

void EntrySorter::spill() {
  if (items_.empty()) return;
  sort();
  RunWriter writer(*this);
  for (const Item& item : items_) writer.add(text(item));
  runs_.push_back(writer.finish());
  items_.clear();
  blocks_.resize(1);
  used_ = 0;
}

void EntrySorter::merge_first(std::size_t count) {
  KITH_ASSERT(items_.empty() && count > 1 && count <= runs_.size());
  SortedEntries entries(*this, count);
  RunWriter writer(*this);
  std::string_view entry;
  for (bool present = false; entries.peek(entry, present); entries.next()) writer.add(entry);
  runs_.erase(runs_.begin(), runs_.begin() + static_cast<std::ptrdiff_t>(count));
  runs_.push_back(writer.finish());
}

// One run: the items in memory of a sorter, or a part of its file.
struct SortedEntries::Source {
  const EntrySorter* sorter = nullptr;
  bool in_memory = false;
  std::size_t place = 0, place_end = 0;  // of the items
  std::uint64_t at = 0, end = 0;         // of the file
  std::string buffer;
  std::size_t used = 0;  // of the buffer
  std::string_view entry;
  std::uint64_t head = 0;  // of the entry
  Reservation memory;

  bool next() {
    if (in_memory) {
      constexpr std::size_t kAhead = 8;  // items whose text is on its way
      const auto& items = sorter->items_;
      if (place == place_end) return false;
      if (place + kAhead < place_end)
        __builtin_prefetch(sorter->text(items[place + kAhead]).data());
      head = items[place].head;
      entry = sorter->text(items[place++]);
      return true;
    }
    std::uint16_t bytes = 0;
    if (!have(sizeof bytes)) return false;
    std::memcpy(&bytes, buffer.data() + used, sizeof bytes);
    const bool whole = have(sizeof bytes + bytes);
    KITH_ASSERT(whole);
    static_cast<void>(whole);
    entry = std::string_view(buffer).substr(used + sizeof bytes, bytes);
    used += sizeof bytes + bytes;
    head = text_prefix(entry);
    return true;
  }
  // Are that many bytes in the buffer? They are read if there are any left. Moves what is there.
  bool have(std::size_t wanted) {
    if (buffer.size() - used >= wanted) return true;
    buffer.erase(0, used);
    used = 0;
    const std::size_t before = buffer.size();
    const auto more = static_cast<std::size_t>(std::min<std::uint64_t>(end - at, kReadBytes));
    buffer.resize(before + more);
    if (more > 0)
      sorter->file_->file().read(at,
                                 std::as_writable_bytes(std::span(buffer.data() + before, more)));
    at += more;
    return buffer.size() >= wanted;
  }
};

namespace {

constexpr auto kGreaterFirst = [](const auto& a, const auto& b) {
  return a->head != b->head ? a->head > b->head : a->entry > b->entry;
};

}  // namespace

SortedEntries::SortedEntries(const EntrySorters& sorters) {
  for (const auto& sorter : sorters) {
    KITH_ASSERT(sorter->items_.empty() || sorter->runs_.empty());
    add(*sorter, 0, sorter->items_.size());
    add(*sorter, sorter->runs_.size());
  }
  begin();
}

SortedEntries::SortedEntries(const EntryRanges& ranges, std::size_t range) {
  KITH_ASSERT(range < ranges.size());
  for (std::size_t i = 0; i < ranges.sorters_.size(); ++i) {
    const EntrySorter& sorter = *ranges.sorters_[i];
    add(sorter, ranges.places_[range][i], ranges.places_[range + 1][i]);
    if (ranges.size() == 1) add(sorter, sorter.runs_.size());
  }
  begin();
}

SortedEntries::SortedEntries(const EntrySorter& sorter, std::size_t runs) {
  add(sorter, runs);
  begin();
}

SortedEntries::~SortedEntries() = default;

void SortedEntries::add(const EntrySorter& sorter, std::size_t first, std::size_t end) {
  KITH_ASSERT(first <= end && end <= sorter.items_.size());
  if (first == end) return;
  sources_.push_back(std::make_unique<Source>());
  Source& source = *sources_.back();
  source.sorter = &sorter;
  source.in_memory = true;
  source.place = first;
  source.place_end = end;
}

void SortedEntries::add(const EntrySorter& sorter, std::size_t runs) {
  for (std::size_t i = 0; i < runs; ++i) {
    const EntrySorter::Run& run = sorter.runs_[i];
    sources_.push_back(std::make_unique<Source>());
    Source& source = *sources_.back();
    source.sorter = &sorter;
    source.at = run.offset;
    source.end = run.offset + run.bytes;
    if (!sorter.options_.budget) continue;
    source.memory = Reservation(*sorter.options_.budget, kWho);
    source.memory.resize_anyway(std::min<std::uint64_t>(run.bytes, kReadBytes));
  }
}

void SortedEntries::begin() {
  std::erase_if(sources_, [](const auto& source) { return !source->next(); });
  std::make_heap(sources_.begin(), sources_.end(), kGreaterFirst);
}

bool SortedEntries::peek(std::string_view& entry, bool& present) {
  if (sources_.empty()) return false;
  entry = sources_.front()->entry;
  present = true;
  return true;
}

void SortedEntries::next() {
  KITH_ASSERT(!sources_.empty());
  if (!sources_.front()->next()) {
    std::pop_heap(sources_.begin(), sources_.end(), kGreaterFirst);
    return sources_.pop_back();
  }
  // The top goes down to its place; mostly it stays.
  for (std::size_t at = 0;;) {
    std::size_t least = 2 * at + 1;
    if (least >= sources_.size()) return;
    if (least + 1 < sources_.size() && kGreaterFirst(sources_[least], sources_[least + 1])) ++least;
    if (!kGreaterFirst(sources_[at], sources_[least])) return;
    std::swap(sources_[at], sources_[least]);
    at = least;
  }
}

EntryRanges::EntryRanges(const EntrySorters& sorters) : sorters_(sorters) {
  Places end;
  std::size_t count = 0, cut = 0;
  bool in_memory = true;
  for (const auto& sorter : sorters) {
    end.push_back(sorter->items_.size());
    count += end.back();
    in_memory = in_memory && sorter->runs_.empty();
  }
  places_.emplace_back(sorters.size(), 0);
  for (std::size_t rank = kEntries; in_memory && rank + kEntries <= count; rank += kEntries) {
    const Places places = places_of_key(key_of_entry(first_entry(places_of_head(head_at(rank)))));
    const std::size_t before = std::accumulate(places.begin(), places.end(), std::size_t{0});
    // A range is long enough for several pages of a tree.
    if (before < cut + kEntries / 2 || count - before < kEntries / 2) continue;
    cut = before;
    places_.push_back(places);
  }
  places_.push_back(std::move(end));
}

// The head of the entry before which there are `rank`.
std::uint64_t EntryRanges::head_at(std::size_t rank) const {
  std::uint64_t low = 0, high = UINT64_MAX;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const Places above = places_of_head(middle + 1);
    if (std::accumulate(above.begin(), above.end(), std::size_t{0}) > rank)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

EntryRanges::Places EntryRanges::places_of_head(std::uint64_t head) const {
  Places places;
  for (const auto& sorter : sorters_) {
    const auto& items = sorter->items_;
    const auto at =
        std::lower_bound(items.begin(), items.end(), head,
                         [](const auto& item, std::uint64_t h) { return item.head < h; });
    places.push_back(static_cast<std::size_t>(at - items.begin()));
  }
  return places;
}

// A key is the beginning of its entries.
EntryRanges::Places EntryRanges::places_of_key(std::string_view key) const {
  Places places;
  for (const auto& sorter : sorters_) {
    const auto& items = sorter->items_;
    const auto at = std::lower_bound(
        items.begin(), items.end(), key,
        [&](const auto& item, std::string_view k) { return sorter->text(item) < k; });
    places.push_back(static_cast<std::size_t>(at - items.begin()));
  }
  return places;
}

std::string_view EntryRanges::first_entry(const Places& places) const {
  std::string_view first;
  for (std::size_t i = 0; i < sorters_.size(); ++i) {
    const EntrySorter& sorter = *sorters_[i];
    if (places[i] == sorter.items_.size()) continue;
    const std::string_view text = sorter.text(sorter.items_[places[i]]);
    if (first.empty() || text < first) first = text;
  }
  KITH_ASSERT(!first.empty());
  return first;
}

std::string_view EntryRanges::last_entry_before(const Places& places) const {
  std::string_view last;
  for (std::size_t i = 0; i < sorters_.size(); ++i)
    if (places[i] > 0) last = std::max(last, sorters_[i]->text(sorters_[i]->items_[places[i] - 1]));
  KITH_ASSERT(!last.empty());
  return last;
}

std::string EntryRanges::low(std::size_t range) const {
  KITH_ASSERT(range < size());
  if (range == 0) return {};
  return separator_between(last_entry_before(places_[range]), first_entry(places_[range]));
}

}  // namespace kith::storage
