// cypher/exec/join_index.hpp: the hash table of the kept side of a join.
//
// Rows are spread by the first bits of their bucket's number; each part of the buckets is then
// filled by one worker, in its caches. In a bucket rows have their own order, so nothing depends on
// the number of workers.
//
// Keys that are all integers, nodes or relationships are words. Where the values of each lie so
// close together that their distances from the least ones fit into 64 bits, these bits are the
// packed key: equal packed keys are equal keys. Where there are not many more packed keys than
// rows, each has a bucket of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/hash.hpp"
#include "core/vector.hpp"
#include "cypher/exec/context.hpp"

namespace kith::exec {

class JoinIndex {
 public:
  enum class Form : std::uint8_t {
    Cells,   // keys are compared as cells
    Words,   // … as words, one by one
    Packed,  // … as one word
    Direct,  // which is also the number of the bucket
  };

  struct Entry {
    std::uint64_t word;  // the packed key, if there is one; else the hash
    std::uint32_t row;
  };

  // A key of kept rows, and how it is packed.
  struct Key {
    const Vector* values = nullptr;
    std::uint64_t least = 0, range = 0;
    unsigned shift = 0;

    Kind kind() const { return kind_of_words(values->type()); }
  };
  // What the words of such a vector are; Null: they are not compared as words.
  static Kind kind_of_words(VectorType type);

  // Of `rows` rows, one or more, with these keys; the vectors outlive it. What it takes for a while
  // is counted in bytes_per_row().
  JoinIndex() = default;
  JoinIndex(std::span<const Vector> keys, std::uint32_t workers, Execution& execution);
  static std::uint64_t bytes_per_row();

  Form form() const { return form_; }
  std::span<const Key> keys() const { return keys_; }
  static std::uint64_t hash_of_packed(std::uint64_t packed) {
    return mix_bits(packed + kPackedSalt);
  }
  static std::uint64_t hash_of_words(std::uint64_t before, std::uint64_t word) {
    return combine_hashes(before, word);
  }

  // Two bits of one word for each key that there is: a row whose bits are not there has no match.
  // If the form is Direct: whether there is an entry.
  bool may_match(std::uint64_t hash) const {
    if (form_ == Form::Direct) return begins_[hash] != begins_[hash + 1];
    const std::uint64_t bits = sieve_bits(hash);
    return (sieve_[bucket_of(hash) >> sieve_shift_] & bits) == bits;
  }
  // `hash`: if the form is Direct, the packed key.
  std::uint32_t bucket_of(std::uint64_t hash) const {
    return static_cast<std::uint32_t>(hash & bucket_mask_);
  }
  // Entries of a bucket are those from its begin to the next one's, in the order of their rows.
  const std::uint32_t* begin_of(std::uint32_t bucket) const { return begins_.get() + bucket; }
  const Entry* entry(std::uint32_t i) const { return entries_.get() + i; }

 private:
  friend class JoinIndexBuilder;
  static constexpr std::uint64_t kPackedSalt = 0x2545f4914f6cdd1d;

  // Of a hash whose lowest bits say which bucket and which word of the sieve.
  static std::uint64_t sieve_bits(std::uint64_t hash) {
    return std::uint64_t{1} << (hash >> 48 & 63) | std::uint64_t{1} << (hash >> 56 & 63);
  }

  Form form_ = Form::Cells;
  std::vector<Key> keys_;
  std::uint64_t bucket_mask_ = 0;
  unsigned sieve_shift_ = 0;                 // from the number of a bucket to that of its word
  std::unique_ptr<std::uint32_t[]> begins_;  // one more than buckets, a power of two
  std::unique_ptr<Entry[]> entries_;
  std::unique_ptr<std::uint64_t[]> sieve_;
};

}  // namespace kith::exec
