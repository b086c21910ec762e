// cypher/exec/join_probe.hpp: the rows of a batch looked up in the kept side of a join: which may
// have a match, in which bucket, and whether an entry there is one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cypher/exec/join_index.hpp"

namespace kith::exec {

class JoinProbe {
 public:
  // Forgets what was seen of other batches.
  void restart() { sieved_ = passed_ = 0; }
  // Looks at the rows of a batch. `keys` are kept until the next call.
  void begin(const JoinIndex& index, std::span<const Column> keys, std::uint32_t rows);
  // No row has a match.
  void begin_none() { candidates_.clear(); }

  // Rows that may have a match, in their order.
  std::span<const std::uint32_t> candidates() const { return candidates_; }
  std::uint32_t bucket_of(const JoinIndex& index, std::uint32_t row) const {
    return index.bucket_of(hashes_[row]);
  }
  // An entry of the row's bucket.
  bool matches(const JoinIndex& index, std::uint32_t row, const JoinIndex::Entry& entry) const {
    if (index.form() == JoinIndex::Form::Direct) return true;
    if (words_[row] != entry.word) return false;
    return index.form() == JoinIndex::Form::Packed || keys_match(index, row, entry.row);
  }

  // Whether the first key is a text on both sides: then an entry's is asked for ahead in two steps.
  bool has_texts() const { return has_texts_; }
  void prefetch_key(const JoinIndex& index, const JoinIndex::Entry& entry) const;
  void prefetch_text(const JoinIndex& index, const JoinIndex::Entry& entry) const;

 private:
  void read_words(const JoinIndex& index);
  void read_other_words(const JoinIndex::Key& key, const Column& column, std::uint64_t* out);
  void pack(const JoinIndex& index);
  void combine();
  void find_candidates(const JoinIndex& index);
  bool keys_match(const JoinIndex& index, std::uint32_t row, std::uint32_t kept) const;

  std::uint32_t rows_ = 0;
  bool has_texts_ = false;
  std::vector<Column> columns_;
  std::vector<std::vector<std::uint64_t>> key_words_;  // by key
  std::vector<std::uint8_t> hopeless_;                 // rows with keys that no kept row can have
  std::vector<std::uint64_t> hashes_, packed_;
  const std::uint64_t* words_ = nullptr;  // what entries have: one of these; null if not compared
  std::vector<std::uint32_t> candidates_;
  std::uint64_t sieved_ = 0, passed_ = 0;  // rows
};

}  // namespace kith::exec
