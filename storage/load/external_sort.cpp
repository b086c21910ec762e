// storage/load/external_sort.cpp: runs made in parallel, merged through a heap.
#include "storage/load/external_sort.hpp"

#include <algorithm>
#include <cstring>

#include "core/assert.hpp"
#include "core/parallel.hpp"

namespace kith::storage {

namespace {

constexpr std::string_view kWho = "the sorting of relationships";
constexpr std::size_t kFirstEntries = 256;
// Parts smaller than this are not worth a thread and a run of their own.
constexpr std::size_t kLeastPart = 4096;

}  // namespace

class ExternalSort::EntrySource final : public SpoolSource {
 public:
  explicit EntrySource(std::span<const Entry> entries) : entries_(entries) {}
  bool next(SpoolRow& row) override {
    if (entries_.empty()) return false;
    const Entry& entry = entries_.front();
    row = {entry.major, entry.minor, entry.order, payload_of(entry)};
    entries_ = entries_.subspan(1);
    return true;
  }

 private:
  std::span<const Entry> entries_;
};

ExternalSort::ExternalSort(Spool& spool, Scheduler& scheduler, MemoryBudget& budget,
                           std::uint64_t share)
    : spool_(spool), scheduler_(scheduler), share_(share), memory_(budget, kWho) {}

ExternalSort::~ExternalSort() = default;

std::uint64_t ExternalSort::bytes() const {
  return entries_.capacity() * sizeof(Entry) + payloads_.bytes();
}

// It is within its share; if others have more than was thought, it is counted all the same.
void ExternalSort::count() {
  if (bytes() != memory_.bytes()) memory_.resize_anyway(bytes());
}

std::string_view ExternalSort::payload_of(const Entry& entry) {
  if (!entry.payload) return {};
  std::uint64_t size = 0;
  std::memcpy(&size, entry.payload, sizeof size);
  return {entry.payload + sizeof size, size};
}

void ExternalSort::add(std::uint64_t major, std::uint64_t minor, std::uint64_t order,
                       std::string_view payload) {
  KITH_ASSERT(heads_.empty() && sources_.empty());
  if (entries_.size() == entries_.capacity()) {
    // Old and new array are there together while it grows.
    const std::size_t grown = std::max(kFirstEntries, 2 * entries_.capacity());
    const std::uint64_t wanted = bytes() + grown * sizeof(Entry);
    if (wanted > share_ && entries_.size() >= kLeastPart) {
      spill();
    } else {
      entries_.reserve(grown);
    }
  }
  const char* kept = nullptr;
  if (const std::uint64_t size = payload.size(); size > 0) {
    auto* to = static_cast<char*>(payloads_.allocate(sizeof size + size));
    std::memcpy(to, &size, sizeof size);
    std::memcpy(to + sizeof size, payload.data(), size);
    kept = to;
  }
  entries_.push_back({major, minor, order, kept});
  ++rows_;
  count();
  if (bytes() > share_ && entries_.size() >= kLeastPart) spill();
}

std::vector<std::span<ExternalSort::Entry>> ExternalSort::sort_parts() {
  const std::size_t most = std::max<std::size_t>(1, entries_.size() / kLeastPart);
  const std::size_t count = std::min<std::size_t>(std::max(1u, scheduler_.threads()), most);
  std::vector<std::span<Entry>> parts;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = entries_.size() * i / count;
    parts.push_back(std::span(entries_).subspan(begin, entries_.size() * (i + 1) / count - begin));
  }
  for_each_item(scheduler_, count, [&](std::uint64_t i, std::uint32_t) {
    std::sort(parts[i].begin(), parts[i].end(), [](const Entry& a, const Entry& b) {
      return std::tie(a.major, a.minor, a.order) < std::tie(b.major, b.minor, b.order);
    });
  });
  return parts;
}

void ExternalSort::spill() {
  if (entries_.empty()) return;
  const std::vector<std::span<Entry>> parts = sort_parts();
  std::vector<SpoolRun> written(parts.size());
  for_each_item(scheduler_, parts.size(), [&](std::uint64_t i, std::uint32_t) {
    SpoolRunWriter writer(spool_);
    for (const Entry& entry : parts[i])
      writer.add({entry.major, entry.minor, entry.order, payload_of(entry)});
    written[i] = writer.finish();
  });
  for (SpoolRun& run : written) runs_.push_back(std::move(run));
  std::vector<Entry>().swap(entries_);
  payloads_ = Arena();
  count();
}

// Merges the first runs into one, until there are at most `most`.
void ExternalSort::merge_down(std::size_t most) {
  KITH_ASSERT(most >= 2);
  while (runs_.size() > most) {
    const std::size_t together = std::min(most, runs_.size() - most + 1);
    std::vector<std::unique_ptr<SpoolSource>> sources;
    for (std::size_t i = 0; i < together; ++i)
      sources.push_back(std::make_unique<SpoolRunReader>(spool_, std::move(runs_[i])));
    runs_.erase(runs_.begin(), runs_.begin() + static_cast<std::ptrdiff_t>(together));
    open(std::move(sources));
    SpoolRunWriter writer(spool_);
    SpoolRow row;
    while (next(row)) writer.add(row);
    runs_.push_back(writer.finish());
    sources_.clear();
  }
}

void ExternalSort::finish() {
  std::vector<std::unique_ptr<SpoolSource>> sources;
  if (runs_.empty()) {
    for (const std::span<Entry> part : sort_parts())
      sources.push_back(std::make_unique<EntrySource>(part));
  } else {
    spill();
    merge_down(std::clamp<std::size_t>(share_ / (2 * kSpoolPageBytes), 4, 256));
    for (SpoolRun& run : runs_)
      sources.push_back(std::make_unique<SpoolRunReader>(spool_, std::move(run)));
    memory_.resize_anyway(sources.size() * kSpoolPageBytes);
  }
  open(std::move(sources));
}

void ExternalSort::open(std::vector<std::unique_ptr<SpoolSource>> sources) {
  sources_ = std::move(sources);
  heads_.clear();
  given_ = false;
  for (const auto& source : sources_) {
    Head head{{}, source.get()};
    if (source->next(head.row)) heads_.push_back(head);
  }
  for (std::size_t at = heads_.size() / 2; at-- > 0;) sift(at);
}

// The head at `at` may be greater than those below it.
void ExternalSort::sift(std::size_t at) {
  for (;;) {
    std::size_t least = at;
    for (std::size_t child = 2 * at + 1; child <= 2 * at + 2 && child < heads_.size(); ++child)
      if (heads_[child].row < heads_[least].row) least = child;
    if (least == at) return;
    std::swap(heads_[at], heads_[least]);
    at = least;
  }
}

bool ExternalSort::next(SpoolRow& row) {
  if (given_) {
    Head& first = heads_.front();
    if (!first.source->next(first.row)) {
      first = heads_.back();
      heads_.pop_back();
    }
    if (!heads_.empty()) sift(0);
  }
  given_ = !heads_.empty();
  if (given_) row = heads_.front().row;
  return given_;
}

}  // namespace kith::storage
