// cypher/exec/join_index.hpp: the hash table of the kept side of a join.
//
// Rows are spread by the first bits of their bucket's number; each part of the buckets is then
// filled by one worker, in its caches. In a bucket rows have their own order, so nothing depends on
// the number of workers.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/cell.hpp"
#include "core/page_memory.hpp"
#include "cypher/exec/context.hpp"

namespace kith::exec {

// Calls work(i) for each i below `count`, on so many threads.
template <class Work>
void on_all(std::uint32_t workers, std::size_t count, Execution& execution, const Work& work) {
  std::atomic<std::size_t> next{0};
  const auto some = [&](std::uint32_t) {
    for (std::size_t i = next++; i < count; i = next++) {
      execution.poll();
      work(i);
    }
  };
  if (workers == 1 || count <= 1) return some(0);
  execution.scheduler.run(workers, some);
}

// Of rows that are worked on at once.
inline constexpr std::size_t kRowsOfPiece = 32 * 1024;

class JoinIndex {
 public:
  struct Entry {
    std::uint64_t word;  // of the key, if all keys are plain; else its hash
    std::uint32_t row;
  };

  // Of rows that begin with `keys` keys. What it takes for a while is counted in bytes_per_row().
  JoinIndex() = default;
  JoinIndex(std::span<Cell* const> rows, std::size_t keys, std::uint32_t workers,
            Execution& execution);
  static std::uint64_t bytes_per_row();

  // There is one key, and it is an integer, node or relationship in all rows: this one.
  Kind plain() const { return plain_; }

  // Two bits of one word for each key that there is: a row whose bits are not there has no match.
  bool may_match(std::uint64_t hash) const {
    const std::uint64_t bits = sieve_bits(hash);
    return (sieve_[bucket_of(hash) >> sieve_shift_] & bits) == bits;
  }
  std::uint32_t bucket_of(std::uint64_t hash) const {
    return static_cast<std::uint32_t>(hash & bucket_mask_);
  }
  // Entries of a bucket are those from its begin to the next one's, in the order of their rows.
  const std::uint32_t* begin_of(std::uint32_t bucket) const { return begins_.get() + bucket; }
  const Entry* entry(std::uint32_t i) const { return entries_.get() + i; }

 private:
  friend class JoinIndexBuilder;
  // Of a hash whose lowest bits say which bucket and which word of the sieve.
  static std::uint64_t sieve_bits(std::uint64_t hash) {
    return std::uint64_t{1} << (hash >> 48 & 63) | std::uint64_t{1} << (hash >> 56 & 63);
  }

  Kind plain_ = Kind::Null;
  std::uint64_t bucket_mask_ = 0;
  unsigned sieve_shift_ = 0;                 // from the number of a bucket to that of its word
  std::unique_ptr<std::uint32_t[]> begins_;  // one more than buckets, a power of two
  std::unique_ptr<Entry[]> entries_;
  std::unique_ptr<std::uint64_t[]> sieve_;
};

}  // namespace kith::exec
