// cypher/exec/prefix_sort.cpp: radix sorts of prefixes, level by level.
#include "cypher/exec/prefix_sort.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <utility>

#include "core/page_memory.hpp"
#include "core/radix_sort.hpp"

namespace kith::exec {

namespace {

struct Entry {
  std::uint64_t prefix;
  Cell* row;
};

constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;
constexpr std::uint64_t kGreatest = ~std::uint64_t{0};
constexpr std::size_t kPrefixBytes = 8;
constexpr std::size_t kAhead = 24;  // rows that memory is asked for early

// What rows are sorted by: a key, of texts from some byte on; after the keys the sequence of the
// position, and its number in that.
struct Level {
  std::size_t key = 0;
  std::size_t offset = 0;
};

bool has_prefix(Kind kind) {
  return kind == Kind::Integer || kind == Kind::Date || kind == Kind::Float || kind == Kind::String;
}

// For a < b of one such kind: prefix(a) <= prefix(b). Null, the greatest value, has the greatest
// prefix; so have NaN and a few others.
std::uint64_t prefix_of(const Cell& cell, std::size_t offset) {
  switch (cell.kind) {
    case Kind::Integer:
    case Kind::Date:
      return cell.word ^ kSignBit;
    case Kind::Float: {
      if (cell.real != cell.real) return kGreatest;
      const double value = cell.real == 0 ? 0.0 : cell.real;  // -0.0 beside 0.0
      const auto bits = std::bit_cast<std::uint64_t>(value);
      return (bits & kSignBit) != 0 ? ~bits : bits | kSignBit;
    }
    case Kind::String:
      return text_prefix(cell.string().substr(std::min(offset, cell.string().size())));
    default:
      return kGreatest;
  }
}

// What some rows have as a key.
struct Facts {
  Kind kind = Kind::Null;  // of all that are not null, if `one_kind`
  bool one_kind = true;
  std::size_t common = 0;  // of texts: bytes that all have in common, from the level's offset on
  std::string_view text;

  bool sorts() const { return one_kind && (kind == Kind::Null || has_prefix(kind)); }
  void see(const Cell& cell, std::size_t offset) {
    if (cell.is_null()) return;
    if (kind == Kind::Null) {
      kind = cell.kind;
      if (kind != Kind::String) return;
      text = cell.string();
      common = text.size() - std::min(offset, text.size());
    }
    one_kind = one_kind && kind == cell.kind;
    if (one_kind && kind == Kind::String && common != 0) meet(cell.string(), offset);
  }
  void see(const Facts& other, std::size_t offset) {
    if (other.kind == Kind::Null) return;
    if (kind == Kind::Null) {
      *this = other;
      return;
    }
    one_kind = one_kind && other.one_kind && kind == other.kind;
    common = std::min(common, other.common);
    if (one_kind && kind == Kind::String && common != 0) meet(other.text, offset);
  }

 private:
  void meet(std::string_view other, std::size_t offset) {
    const std::string_view mine = text.substr(std::min(offset, text.size()));
    other = other.substr(std::min(offset, other.size()));
    const std::size_t most = std::min({common, mine.size(), other.size()});
    std::size_t same = 0;
    while (same < most && mine[same] == other[same]) ++same;
    common = same;
  }
};

class Sorter {
 public:
  explicit Sorter(const SortOrder& order) : order_(order) {}

  Facts facts_of(std::span<const Entry> entries, Level level) const {
    Facts facts;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (i + kAhead < entries.size()) __builtin_prefetch(entries[i + kAhead].row + level.key);
      facts.see(entries[i].row[level.key], level.offset);
    }
    return facts;
  }

  void set_prefixes(std::span<Entry> entries, Level level) const {
    const bool ascending = order_.ascending(level.key);
    for (Entry& entry : entries) {
      const std::uint64_t prefix = prefix_of(entry.row[level.key], level.offset);
      entry.prefix = ascending ? prefix : ~prefix;
    }
  }

  void sort(std::span<Entry> entries, Level level) {
    if (level.key >= order_.keys()) return sort_by_position(entries);
    const Facts facts = facts_of(entries, level);
    if (!facts.sorts()) return compare(entries);
    if (facts.kind == Kind::Null) return sort(entries, {level.key + 1, 0});
    if (facts.kind == Kind::String) level.offset += facts.common;
    set_prefixes(entries, level);
    sort_prefixed(entries, level, facts.kind);
  }

  // With prefixes of a level set, of this kind.
  void sort_prefixed(std::span<Entry> entries, Level level, Kind kind) {
    by_prefix(entries);
    for_each_run(entries, [&](std::span<Entry> run) { refine(run, level, kind); });
  }

  void compare(std::span<Entry> entries) const {
    std::sort(entries.begin(), entries.end(),
              [this](const Entry& a, const Entry& b) { return order_.less(a.row, b.row); });
  }

 private:
  static constexpr std::size_t kFew = 24, kWorthRadix = 512;

  void by_prefix(std::span<Entry> entries) {
    if (entries.size() >= kWorthRadix) {
      return radix_sort(entries, scratch_, [](const Entry& entry) { return entry.prefix; });
    }
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.prefix < b.prefix; });
  }

  // Calls see(entries) for those with one prefix, two or more.
  template <class See>
  static void for_each_run(std::span<Entry> entries, See see) {
    for (std::size_t begin = 0; begin < entries.size();) {
      std::size_t end = begin + 1;
      while (end < entries.size() && entries[end].prefix == entries[begin].prefix) ++end;
      if (end - begin > 1) see(entries.subspan(begin, end - begin));
      begin = end;
    }
  }

  // Rows with one prefix.
  void refine(std::span<Entry> run, Level level, Kind kind) {
    const std::uint64_t prefix = order_.ascending(level.key) ? run[0].prefix : ~run[0].prefix;
    if (run.size() <= kFew) return compare(run);
    if (prefix == kGreatest) {
      const bool all_null = std::ranges::all_of(
          run, [&](const Entry& entry) { return entry.row[level.key].is_null(); });
      return all_null ? sort(run, {level.key + 1, 0}) : compare(run);
    }
    if (kind != Kind::String) return sort(run, {level.key + 1, 0});
    const std::size_t end = level.offset + kPrefixBytes;
    const std::size_t size = run[0].row[level.key].string().size();
    bool ends = true, equal = true;
    for (const Entry& entry : run) {
      const std::size_t mine = entry.row[level.key].string().size();
      ends = ends && mine <= end;
      equal = equal && mine == size;
    }
    if (!ends) return sort(run, {level.key, end});
    if (!equal) return compare(run);
    sort(run, {level.key + 1, 0});
  }

  void sort_by_position(std::span<Entry> entries) {
    for (Entry& entry : entries) entry.prefix = order_.position(entry.row).word;
    by_prefix(entries);
    for_each_run(entries, [&](std::span<Entry> run) {
      for (Entry& entry : run) entry.prefix = order_.position(entry.row).aux;
      by_prefix(run);
    });
  }

  const SortOrder& order_;
  std::vector<Entry> scratch_;
};

std::vector<Entry> entries_of(std::span<Cell* const> rows) {
  std::vector<Entry> entries;
  reserve_large(entries, rows.size());
  for (Cell* row : rows) entries.push_back({0, row});
  return entries;
}

// Cuts entries at some prefixes, so that each piece can be sorted alone, and all are in order then.
class Pieces {
 public:
  Pieces(std::span<Entry> entries, std::uint32_t threads, Scheduler& scheduler)
      : entries_(entries), threads_(threads), scheduler_(scheduler) {
    choose();
    split();
  }
  std::size_t size() const { return ends_.size(); }
  std::span<Entry> piece(std::size_t i) {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::span(sorted_).subspan(begin, ends_[i] - begin);
  }

 private:
  static constexpr std::size_t kPiecesOfThread = 8, kSamplesOfPiece = 32;

  std::span<Entry> slice(std::uint32_t thread) const {
    const std::size_t begin = entries_.size() * thread / threads_;
    return entries_.subspan(begin, entries_.size() * (thread + 1) / threads_ - begin);
  }

  void choose() {
    const std::size_t pieces = threads_ * kPiecesOfThread, samples = pieces * kSamplesOfPiece;
    std::vector<std::uint64_t> sample;
    for (std::size_t i = 0; i < samples; ++i) {
      sample.push_back(entries_[entries_.size() / samples * i].prefix);
    }
    std::sort(sample.begin(), sample.end());
    for (std::size_t i = kSamplesOfPiece; i < samples; i += kSamplesOfPiece) {
      if (cuts_.empty() || cuts_.back() != sample[i]) cuts_.push_back(sample[i]);
    }
  }
  std::size_t piece_of(std::uint64_t prefix) const {
    return static_cast<std::size_t>(std::upper_bound(cuts_.begin(), cuts_.end(), prefix) -
                                    cuts_.begin());
  }

  // Each thread counts its slice, and then moves it to where those counts say.
  void split() {
    const std::size_t pieces = cuts_.size() + 1;
    std::vector<std::vector<std::size_t>> places(threads_, std::vector<std::size_t>(pieces));
    scheduler_.run(threads_, [&](std::uint32_t thread) {
      for (const Entry& entry : slice(thread)) ++places[thread][piece_of(entry.prefix)];
    });
    std::size_t at = 0;
    for (std::size_t piece = 0; piece < pieces; ++piece) {
      for (auto& counts : places) at += std::exchange(counts[piece], at);
      ends_.push_back(at);
    }
    reserve_large(sorted_, entries_.size());
    sorted_.resize(entries_.size());
    scheduler_.run(threads_, [&](std::uint32_t thread) {
      for (const Entry& entry : slice(thread)) {
        sorted_[places[thread][piece_of(entry.prefix)]++] = entry;
      }
    });
  }

  std::span<Entry> entries_;
  std::uint32_t threads_;
  Scheduler& scheduler_;
  std::vector<std::uint64_t> cuts_;  // where the next piece begins
  std::vector<std::size_t> ends_;
  std::vector<Entry> sorted_;
};

// Keys that no prefix stands for: halves, merged.
void compare_in_parts(std::span<Entry> all, const SortOrder& order, std::uint32_t threads,
                      Scheduler& scheduler) {
  const auto before = [&](const Entry& a, const Entry& b) { return order.less(a.row, b.row); };
  const auto bound = [&](std::size_t part) {
    return all.begin() + static_cast<std::ptrdiff_t>(all.size() * part / threads);
  };
  scheduler.run(threads,
                [&](std::uint32_t part) { std::sort(bound(part), bound(part + 1), before); });
  for (std::size_t done = 1; done < threads; ++done) {
    std::inplace_merge(all.begin(), bound(done), bound(done + 1), before);
  }
}

}  // namespace

void sort_by_prefixes(std::vector<Cell*>& rows, const SortOrder& order) {
  auto all = entries_of(rows);
  Sorter(order).sort(all, {});
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = all[i].row;
}

void sort_by_prefixes(std::vector<Cell*>& rows, const SortOrder& order, std::uint32_t threads,
                      Scheduler& scheduler) {
  KITH_ASSERT(threads > 1);
  if (order.keys() == 0) return sort_by_prefixes(rows, order);
  auto all = entries_of(rows);
  const auto slice = [&](std::size_t part) {
    const std::size_t begin = all.size() * part / threads;
    return std::span(all).subspan(begin, all.size() * (part + 1) / threads - begin);
  };
  Level level;
  std::vector<Facts> found(threads);
  scheduler.run(threads, [&](std::uint32_t part) {
    found[part] = Sorter(order).facts_of(slice(part), level);
  });
  Facts facts;
  for (const Facts& some : found) facts.see(some, level.offset);
  if (!facts.sorts() || facts.kind == Kind::Null) {
    compare_in_parts(all, order, threads, scheduler);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = all[i].row;
    return;
  }
  if (facts.kind == Kind::String) level.offset = facts.common;
  scheduler.run(threads,
                [&](std::uint32_t part) { Sorter(order).set_prefixes(slice(part), level); });
  Pieces pieces(all, threads, scheduler);
  std::atomic<std::size_t> taken{0};
  scheduler.run(threads, [&](std::uint32_t) {
    Sorter sorter(order);
    for (std::size_t i = taken++; i < pieces.size(); i = taken++) {
      sorter.sort_prefixed(pieces.piece(i), level, facts.kind);
    }
  });
  std::size_t at = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    for (const Entry& entry : pieces.piece(i)) rows[at++] = entry.row;
  }
}

}  // namespace kith::exec
