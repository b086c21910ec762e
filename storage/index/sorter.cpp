// storage/index/sorter.cpp: runs in memory and in files, merged by a heap.
#include "storage/index/sorter.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include "core/assert.hpp"

namespace kith::storage {

namespace {

constexpr std::size_t kWriteBytes = 256 * 1024;
constexpr std::size_t kReadBytes = 64 * 1024;
// Offsets are 32 bits.
constexpr std::uint64_t kMostText = std::uint64_t{1} << 31;

std::uint64_t head_of(std::string_view entry) {
  std::uint64_t head = 0;
  for (std::size_t i = 0; i < 8; ++i)
    head = head << 8 | (i < entry.size() ? static_cast<unsigned char>(entry[i]) : 0u);
  return head;
}

}  // namespace

EntrySorter::EntrySorter(const SortOptions& options)
    : options_(options),
      limit_(std::min(options.make_file ? options.memory_bytes : kMostText, kMostText)) {}

void EntrySorter::add(std::string_view entry) {
  KITH_ASSERT(!entry.empty() && entry.size() <= kMaxEntryBytes);
  const std::uint64_t used = text_.size() + items_.size() * sizeof(Item);
  if (used + entry.size() + sizeof(Item) > limit_ && options_.make_file && !items_.empty()) spill();
  KITH_ASSERT(text_.size() + entry.size() <= UINT32_MAX);
  items_.push_back({head_of(entry), static_cast<std::uint32_t>(text_.size()),
                    static_cast<std::uint32_t>(entry.size())});
  text_.append(entry);
}

void EntrySorter::sort() {
  std::sort(items_.begin(), items_.end(), [this](const Item& a, const Item& b) {
    if (a.head != b.head) return a.head < b.head;
    return text(a) < text(b);
  });
}

void EntrySorter::finish() {
  if (runs_.empty()) return sort();
  spill();  // one kind of run is enough when there are files
  std::vector<Item>().swap(items_);
  std::string().swap(text_);
}

void EntrySorter::spill() {
  if (items_.empty()) return;
  sort();
  if (!file_) file_ = options_.make_file();
  Run run{file_bytes_, 0};
  std::string buffer;
  const auto flush = [&] {
    file_->write(file_bytes_, std::as_bytes(std::span(buffer.data(), buffer.size())));
    file_bytes_ += buffer.size();
    buffer.clear();
  };
  for (const Item& item : items_) {
    const auto bytes = static_cast<std::uint16_t>(item.bytes);
    char length[sizeof bytes];
    std::memcpy(length, &bytes, sizeof bytes);
    buffer.append(length, sizeof length).append(text(item));
    if (buffer.size() >= kWriteBytes) flush();
  }
  flush();
  run.bytes = file_bytes_ - run.offset;
  runs_.push_back(run);
  items_.clear();
  text_.clear();
}

// One run: the items in memory of a sorter, or a part of its file.
struct SortedEntries::Source {
  const EntrySorter* sorter = nullptr;
  bool in_memory = false;
  std::size_t place = 0;          // of the item
  std::uint64_t at = 0, end = 0;  // of the file
  std::string buffer;
  std::size_t used = 0;  // of the buffer
  std::string_view entry;

  bool next() {
    if (in_memory) {
      if (place == sorter->items_.size()) return false;
      entry = sorter->text(sorter->items_[place++]);
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
      sorter->file_->read(at, std::as_writable_bytes(std::span(buffer.data() + before, more)));
    at += more;
    return buffer.size() >= wanted;
  }
};

namespace {

constexpr auto kGreaterFirst = [](const auto& a, const auto& b) { return a->entry > b->entry; };

}  // namespace

SortedEntries::SortedEntries(std::vector<std::unique_ptr<EntrySorter>>& sorters) {
  for (const auto& sorter : sorters) {
    if (!sorter->items_.empty()) {
      KITH_ASSERT(sorter->runs_.empty());
      sources_.push_back(std::make_unique<Source>());
      sources_.back()->sorter = sorter.get();
      sources_.back()->in_memory = true;
    }
    for (const EntrySorter::Run& run : sorter->runs_) {
      sources_.push_back(std::make_unique<Source>());
      sources_.back()->sorter = sorter.get();
      sources_.back()->at = run.offset;
      sources_.back()->end = run.offset + run.bytes;
    }
  }
  std::erase_if(sources_, [](const auto& source) { return !source->next(); });
  std::make_heap(sources_.begin(), sources_.end(), kGreaterFirst);
}

SortedEntries::~SortedEntries() = default;

bool SortedEntries::peek(std::string_view& entry, bool& present) {
  if (sources_.empty()) return false;
  entry = sources_.front()->entry;
  present = true;
  return true;
}

void SortedEntries::next() {
  KITH_ASSERT(!sources_.empty());
  std::pop_heap(sources_.begin(), sources_.end(), kGreaterFirst);
  if (sources_.back()->next()) {
    std::push_heap(sources_.begin(), sources_.end(), kGreaterFirst);
  } else {
    sources_.pop_back();
  }
}

}  // namespace kith::storage
