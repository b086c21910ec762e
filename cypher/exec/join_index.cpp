// cypher/exec/join_index.cpp: hashed in pieces, spread by parts of the buckets, filled part by
// part.
#include "cypher/exec/join_index.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "core/compare.hpp"
#include "core/page_memory.hpp"
#include "cypher/exec/in_pieces.hpp"

namespace kith::exec {

namespace {

constexpr std::uint64_t kBucketsOfPart = 16 * 1024, kMostParts = 256, kFewestBuckets = 16;
constexpr std::size_t kKeysOfSieveWord = 4;  // at most: 16 bits or more for each key
constexpr std::uint64_t kDirectPerRow = 4;   // buckets, at most, where each key has its own

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

Kind JoinIndex::kind_of_words(VectorType type) {
  const bool words =
      type == VectorType::Integer || type == VectorType::Node || type == VectorType::Relationship;
  return words ? kind_of(type) : Kind::Null;
}

class JoinIndexBuilder {
 public:
  JoinIndexBuilder(JoinIndex& index, std::span<const Vector> keys, std::uint32_t workers,
                   Execution& execution)
      : index_(index), count_(keys[0].rows()), workers_(workers), execution_(execution) {
    KITH_ASSERT(count_ > 0 && count_ < UINT32_MAX && workers > 0);
    for (const Vector& key : keys) index_.keys_.push_back({&key});
    pieces_ = count_ / kRowsOfPiece + 1;
  }

  void run() {
    choose_form();
    size_buckets();
    hashes_ = make_array<std::uint64_t>(count_);
    if (index_.form_ == JoinIndex::Form::Packed) words_ = make_array<std::uint64_t>(count_);
    places_.resize(pieces_ * parts_);
    each(pieces_, [this](std::size_t piece) { hash(piece); });
    find_places();
    spread_ = make_array<SpreadRow>(count_);
    each(pieces_, [this](std::size_t piece) { spread(piece); });
    hashes_.reset();
    words_.reset();
    index_.begins_ = make_array<std::uint32_t>(buckets_ + 1);
    index_.begins_[0] = 0;
    index_.entries_ = make_array<JoinIndex::Entry>(count_);
    if (!is_direct()) index_.sieve_ = make_array<std::uint64_t>(sieve_words_);
    each(parts_, [this](std::size_t part) { fill(part); });
    KITH_ASSERT(index_.begins_[buckets_] == count_);
  }

 private:
  static unsigned shift_between(std::uint64_t larger, std::uint64_t smaller) {
    return static_cast<unsigned>(std::countr_zero(larger) - std::countr_zero(smaller));
  }
  bool is_direct() const { return index_.form_ == JoinIndex::Form::Direct; }

  template <class Work>
  void each(std::size_t count, const Work& work) {
    on_all(workers_, count, execution_, work);
  }

  std::pair<std::size_t, std::size_t> rows_of(std::size_t piece) const {
    return {std::min(count_, piece * kRowsOfPiece), std::min(count_, (piece + 1) * kRowsOfPiece)};
  }
  std::size_t part_of(std::uint64_t hash) const { return index_.bucket_of(hash) >> part_shift_; }

  void choose_form() {
    const bool are_words = std::ranges::all_of(index_.keys_, [](const JoinIndex::Key& key) {
      return key.kind() != Kind::Null && !key.values->may_have_nulls();
    });
    if (!are_words) return;
    index_.form_ = JoinIndex::Form::Words;
    unsigned bits = 0;
    for (JoinIndex::Key& key : index_.keys_) {
      measure(key);
      key.shift = bits;
      bits += static_cast<unsigned>(std::bit_width(key.range));
    }
    if (bits > 64) return;
    index_.form_ = JoinIndex::Form::Packed;
    if (bits < 32 && std::uint64_t{1} << bits <= std::max(kFewestBuckets, kDirectPerRow * count_)) {
      index_.form_ = JoinIndex::Form::Direct;
      buckets_ = std::max(kFewestBuckets, std::uint64_t{1} << bits);
    }
    // A key of one value alone has no bits.
    for (JoinIndex::Key& key : index_.keys_) key.shift = std::min(key.shift, 63u);
  }

  // The least value and the distance to the greatest.
  void measure(JoinIndex::Key& key) {
    const auto* values = key.values->data<std::int64_t>();
    std::vector<std::pair<std::int64_t, std::int64_t>> found(pieces_, {values[0], values[0]});
    each(pieces_, [&](std::size_t piece) {
      const auto [begin, end] = rows_of(piece);
      std::int64_t least = values[0], most = values[0];
      for (std::size_t i = begin; i < end; ++i) {
        least = std::min(least, values[i]);
        most = std::max(most, values[i]);
      }
      found[piece] = {least, most};
    });
    auto [least, most] = found[0];
    for (const auto& [low, high] : found) {
      least = std::min(least, low);
      most = std::max(most, high);
    }
    key.least = static_cast<std::uint64_t>(least);
    key.range = static_cast<std::uint64_t>(most) - key.least;
  }

  void size_buckets() {
    if (!is_direct()) buckets_ = std::max(kFewestBuckets, std::bit_ceil(std::uint64_t{count_}));
    parts_ = std::clamp(buckets_ / kBucketsOfPart, std::uint64_t{1}, kMostParts);
    part_shift_ = shift_between(buckets_, parts_);
    index_.bucket_mask_ = buckets_ - 1;
    if (is_direct()) return;
    sieve_words_ = std::max(parts_, std::bit_ceil(count_ / kKeysOfSieveWord + 1));
    KITH_ASSERT(sieve_words_ <= buckets_);
    index_.sieve_shift_ = shift_between(buckets_, sieve_words_);
  }

  void hash(std::size_t piece) {
    const auto [begin, end] = rows_of(piece);
    std::uint64_t* hashes = hashes_.get();
    switch (index_.form_) {
      case JoinIndex::Form::Cells:
        hash_cells(begin, end);
        break;
      case JoinIndex::Form::Words:
        std::fill(hashes + begin, hashes + end, std::uint64_t{0});
        for (const JoinIndex::Key& key : index_.keys_) {
          const auto* values = key.values->data<std::uint64_t>();
          for (std::size_t i = begin; i < end; ++i) {
            hashes[i] = JoinIndex::hash_of_words(hashes[i], values[i]);
          }
        }
        break;
      case JoinIndex::Form::Packed:
        pack(begin, end, words_.get());
        for (std::size_t i = begin; i < end; ++i) hashes[i] = JoinIndex::hash_of_packed(words_[i]);
        break;
      case JoinIndex::Form::Direct:
        pack(begin, end, hashes);
        break;
    }
    std::uint32_t* counts = &places_[piece * parts_];
    for (std::size_t i = begin; i < end; ++i) ++counts[part_of(hashes[i])];
  }

  void pack(std::size_t begin, std::size_t end, std::uint64_t* out) {
    std::fill(out + begin, out + end, std::uint64_t{0});
    for (const JoinIndex::Key& key : index_.keys_) {
      const auto* values = key.values->data<std::uint64_t>();
      for (std::size_t i = begin; i < end; ++i) out[i] |= (values[i] - key.least) << key.shift;
    }
  }

  // As hash_rows() does.
  void hash_cells(std::size_t begin, std::size_t end) {
    bool is_first = true;
    for (const JoinIndex::Key& key : index_.keys_) {
      for (std::size_t i = begin; i < end; ++i) {
        const std::uint64_t mine = kith::hash(key.values->cell(static_cast<std::uint32_t>(i)));
        hashes_[i] = is_first ? mine : combine_hashes(hashes_[i], mine);
      }
      is_first = false;
    }
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
    KITH_ASSERT(at == count_);
  }

  void spread(std::size_t piece) {
    std::uint32_t* places = &places_[piece * parts_];
    const std::uint64_t* words = words_ ? words_.get() : hashes_.get();
    const auto [begin, end] = rows_of(piece);
    for (std::size_t i = begin; i < end; ++i) {
      const std::uint64_t hash = hashes_[i];
      spread_[places[part_of(hash)]++] = {hash, words[i], static_cast<std::uint32_t>(i)};
    }
  }

  void fill(std::size_t part) {
    const std::size_t buckets = buckets_ / parts_, words = sieve_words_ / parts_;
    const std::size_t first = part * buckets;
    std::uint32_t* begins = index_.begins_.get();  // one further on, until all entries are there
    std::fill_n(begins + first + 1, buckets, 0u);
    const std::span<const SpreadRow> rows(spread_.get() + part_begins_[part],
                                          spread_.get() + part_begins_[part + 1]);
    for (const SpreadRow& row : rows) ++begins[index_.bucket_of(row.hash) + 1];
    if (!is_direct()) {
      std::fill_n(&index_.sieve_[part * words], words, std::uint64_t{0});
      for (const SpreadRow& row : rows) {
        index_.sieve_[index_.bucket_of(row.hash) >> index_.sieve_shift_] |=
            JoinIndex::sieve_bits(row.hash);
      }
    }
    std::uint32_t at = part_begins_[part];
    for (std::size_t i = 1; i <= buckets; ++i) at += std::exchange(begins[first + i], at);
    KITH_ASSERT(at == part_begins_[part + 1]);
    for (const SpreadRow& row : rows) {
      index_.entries_[begins[index_.bucket_of(row.hash) + 1]++] = {row.word, row.number};
    }
  }

  JoinIndex& index_;
  std::size_t count_;
  std::uint32_t workers_;
  Execution& execution_;
  std::size_t pieces_ = 1;
  std::uint64_t buckets_ = 0, parts_ = 1, sieve_words_ = 1;
  unsigned part_shift_ = 0;
  std::unique_ptr<std::uint64_t[]> hashes_, words_;  // packed keys, if they are not the hashes
  std::vector<std::uint32_t> places_;                // by piece and part
  std::vector<std::uint32_t> part_begins_;
  std::unique_ptr<SpreadRow[]> spread_;
};

JoinIndex::JoinIndex(std::span<const Vector> keys, std::uint32_t workers, Execution& execution) {
  JoinIndexBuilder(*this, keys, workers, execution).run();
}

std::uint64_t JoinIndex::bytes_per_row() {
  // Where buckets are fewer there is a sieve, and that is no more.
  constexpr std::uint64_t kBuckets = kDirectPerRow * sizeof(std::uint32_t);
  return sizeof(Entry) + sizeof(SpreadRow) + 2 * sizeof(std::uint64_t) + kBuckets;
}

}  // namespace kith::exec
