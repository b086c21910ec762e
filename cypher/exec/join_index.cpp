// cypher/exec/join_index.cpp: hashed in pieces, spread by parts of the buckets, filled part by
// part.
#include "cypher/exec/join_index.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "cypher/exec/group_table.hpp"

namespace kith::exec {

namespace {

constexpr std::uint64_t kBucketsOfPart = 16 * 1024, kMostParts = 256, kFewestBuckets = 16;
constexpr std::size_t kKeysOfSieveWord = 4;  // at most: 16 bits or more for each key

struct SpreadRow {
  std::uint64_t hash, word;
  std::uint32_t number;
};

// With no values yet.
template <class T>
std::unique_ptr<T[]> make_array(std::size_t count) {
  auto array = std::make_unique_for_overwrite<T[]>(count);
  prefer_large_pages(array.get(), count * sizeof(T));
  return array;
}

}  // namespace

class JoinIndexBuilder {
 public:
  JoinIndexBuilder(JoinIndex& index, std::span<Cell* const> rows, std::size_t keys,
                   std::uint32_t workers, Execution& execution)
      : index_(index), rows_(rows), keys_(keys), workers_(workers), execution_(execution) {
    KITH_ASSERT(rows.size() < UINT32_MAX && workers > 0);
    pieces_ = rows.size() / kRowsOfPiece + 1;
    buckets_ = std::max(kFewestBuckets, std::bit_ceil(std::uint64_t{rows.size()}));
    parts_ = std::clamp(buckets_ / kBucketsOfPart, std::uint64_t{1}, kMostParts);
    part_shift_ = shift_between(buckets_, parts_);
    sieve_words_ = std::max(parts_, std::bit_ceil(rows.size() / kKeysOfSieveWord + 1));
    KITH_ASSERT(sieve_words_ <= buckets_);
    index_.bucket_mask_ = buckets_ - 1;
    index_.sieve_shift_ = shift_between(buckets_, sieve_words_);
  }

  void run() {
    hashes_ = make_array<std::uint64_t>(rows_.size());
    places_.resize(pieces_ * parts_);
    find_plain();
    each(pieces_, [this](std::size_t piece) { hash(piece); });
    if (mixed_) index_.plain_ = Kind::Null;
    find_places();
    spread_ = make_array<SpreadRow>(rows_.size());
    each(pieces_, [this](std::size_t piece) { spread(piece); });
    hashes_.reset();
    index_.begins_ = make_array<std::uint32_t>(buckets_ + 1);
    index_.begins_[0] = 0;
    index_.entries_ = make_array<JoinIndex::Entry>(rows_.size());
    index_.sieve_ = make_array<std::uint64_t>(sieve_words_);
    each(parts_, [this](std::size_t part) { fill(part); });
    KITH_ASSERT(index_.begins_[buckets_] == rows_.size());
  }

 private:
  static unsigned shift_between(std::uint64_t larger, std::uint64_t smaller) {
    return static_cast<unsigned>(std::countr_zero(larger) - std::countr_zero(smaller));
  }

  template <class Work>
  void each(std::size_t count, const Work& work) {
    on_all(workers_, count, execution_, work);
  }

  std::pair<std::size_t, std::size_t> rows_of(std::size_t piece) const {
    return {piece * kRowsOfPiece, std::min(rows_.size(), (piece + 1) * kRowsOfPiece)};
  }
  std::size_t part_of(std::uint64_t hash) const { return index_.bucket_of(hash) >> part_shift_; }

  // What all keys are, if they are as the first.
  void find_plain() {
    const Kind first = rows_.empty() || keys_ != 1 ? Kind::Null : rows_[0][0].kind;
    const bool plain = first == Kind::Integer || first == Kind::Node || first == Kind::Relationship;
    index_.plain_ = plain ? first : Kind::Null;
  }

  void hash(std::size_t piece) {
    constexpr std::size_t kAhead = 16;
    std::uint32_t* counts = &places_[piece * parts_];
    const auto [begin, end] = rows_of(piece);
    bool mixed = false;
    for (std::size_t i = begin; i < end; ++i) {
      if (i + kAhead < end) __builtin_prefetch(rows_[i + kAhead]);
      hashes_[i] = hash_key({rows_[i], keys_});
      ++counts[part_of(hashes_[i])];
      mixed |= rows_[i][0].kind != index_.plain_;
    }
    if (mixed) mixed_.store(true, std::memory_order_relaxed);
  }

  // From how many rows of a piece are of a part, to where they go.
  void find_places() {
    part_begins_.resize(parts_ + 1);
    std::uint32_t at = 0;
    for (std::size_t part = 0; part < parts_; ++part) {
      part_begins_[part] = at;
      for (std::size_t piece = 0; piece < pieces_; ++piece) {
        at += std::exchange(places_[piece * parts_ + part], at);
      }
    }
    part_begins_[parts_] = at;
    KITH_ASSERT(at == rows_.size());
  }

  void spread(std::size_t piece) {
    constexpr std::size_t kAhead = 16;
    std::uint32_t* places = &places_[piece * parts_];
    const bool plain = index_.plain_ != Kind::Null;
    const auto [begin, end] = rows_of(piece);
    for (std::size_t i = begin; i < end; ++i) {
      if (plain && i + kAhead < end) __builtin_prefetch(rows_[i + kAhead]);
      const std::uint64_t hash = hashes_[i];
      spread_[places[part_of(hash)]++] = {hash, plain ? rows_[i][0].word : hash,
                                          static_cast<std::uint32_t>(i)};
    }
  }

  void fill(std::size_t part) {
    const std::size_t buckets = buckets_ / parts_, words = sieve_words_ / parts_;
    const std::size_t first = part * buckets;
    std::uint32_t* begins = index_.begins_.get();  // one further on, until all entries are there
    std::fill_n(begins + first + 1, buckets, 0u);
    std::fill_n(&index_.sieve_[part * words], words, std::uint64_t{0});
    const std::span<const SpreadRow> rows(spread_.get() + part_begins_[part],
                                          spread_.get() + part_begins_[part + 1]);
    for (const SpreadRow& row : rows) {
      const std::uint32_t bucket = index_.bucket_of(row.hash);
      ++begins[bucket + 1];
      index_.sieve_[bucket >> index_.sieve_shift_] |= JoinIndex::sieve_bits(row.hash);
    }
    std::uint32_t at = part_begins_[part];
    for (std::size_t i = 1; i <= buckets; ++i) at += std::exchange(begins[first + i], at);
    KITH_ASSERT(at == part_begins_[part + 1]);
    for (const SpreadRow& row : rows) {
      index_.entries_[begins[index_.bucket_of(row.hash) + 1]++] = {row.word, row.number};
    }
  }

  JoinIndex& index_;
  std::span<Cell* const> rows_;
  std::size_t keys_;
  std::uint32_t workers_;
  Execution& execution_;
  std::size_t pieces_ = 1;
  std::uint64_t buckets_ = 0, parts_ = 1, sieve_words_ = 1;
  unsigned part_shift_ = 0;
  std::atomic<bool> mixed_{false};
  std::unique_ptr<std::uint64_t[]> hashes_;
  std::vector<std::uint32_t> places_;  // by piece and part
  std::vector<std::uint32_t> part_begins_;
  std::unique_ptr<SpreadRow[]> spread_;
};

JoinIndex::JoinIndex(std::span<Cell* const> rows, std::size_t keys, std::uint32_t workers,
                     Execution& execution) {
  JoinIndexBuilder(*this, rows, keys, workers, execution).run();
}

std::uint64_t JoinIndex::bytes_per_row() {
  constexpr std::uint64_t kBegins = 2 * sizeof(std::uint32_t), kSieve = sizeof(std::uint64_t);
  return sizeof(Entry) + sizeof(SpreadRow) + sizeof(std::uint64_t) + kBegins + kSieve;
}

}  // namespace kith::exec
