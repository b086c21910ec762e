// cypher/exec/join_probe.cpp: keys of a batch in the form that the kept side has them in.
#include "cypher/exec/join_probe.hpp"

#include <algorithm>
#include <numeric>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/group_table.hpp"
#include "cypher/exec/spilled_join.hpp"

namespace kith::exec {

namespace {

bool are_texts(const Column& column, const Vector& kept) {
  return column.vector->type() == VectorType::String && !column.vector->may_have_nulls() &&
         kept.type() == VectorType::String && !kept.may_have_nulls();
}

bool texts_are_equal(const Column& column, std::uint32_t row, const Cell& kept) {
  return column.vector->data<Cell>()[column.at(row)].string() == kept.string();
}

}  // namespace

void JoinProbe::begin(const JoinIndex& index, std::span<const Column> keys, std::uint32_t rows) {
  KITH_ASSERT(keys.size() == index.keys().size());
  rows_ = rows;
  columns_.assign(keys.begin(), keys.end());
  has_texts_ = index.form() == JoinIndex::Form::Cells &&
               are_texts(columns_.front(), *index.keys().front().values);
  words_ = nullptr;
  hopeless_.assign(rows, 0);
  switch (index.form()) {
    case JoinIndex::Form::Cells:
      hash_rows(columns_, rows, hashes_);
      words_ = hashes_.data();
      break;
    case JoinIndex::Form::Words:
      read_words(index);
      combine();
      words_ = hashes_.data();
      break;
    case JoinIndex::Form::Packed:
    case JoinIndex::Form::Direct:
      read_words(index);
      pack(index);
      break;
  }
  find_candidates(index);
}

// The keys as words of the kept side's kinds.
void JoinProbe::read_words(const JoinIndex& index) {
  key_words_.resize(columns_.size());
  for (std::size_t k = 0; k < columns_.size(); ++k) {
    const JoinIndex::Key& key = index.keys()[k];
    const Column& column = columns_[k];
    key_words_[k].resize(rows_);
    std::uint64_t* out = key_words_[k].data();
    if (column.vector->type() != key.values->type() || column.vector->may_have_nulls()) {
      read_other_words(key, column, out);
      continue;
    }
    const auto* values = column.vector->data<std::uint64_t>();
    if (column.constant) {
      std::fill_n(out, rows_, values[0]);
    } else if (column.index == nullptr) {
      std::copy_n(values, rows_, out);
    } else {
      for (std::uint32_t i = 0; i < rows_; ++i) out[i] = values[column.index[i]];
    }
  }
}

void JoinProbe::read_other_words(const JoinIndex::Key& key, const Column& column,
                                 std::uint64_t* out) {
  const Kind kind = key.kind();
  for (std::uint32_t i = 0; i < rows_; ++i) {
    const Cell cell = column.cell(i);
    out[i] = cell.word;
    if (cell.kind == kind) continue;
    out[i] = 0;
    const auto integer = kind == Kind::Integer ? as_integer(cell) : std::nullopt;
    if (integer) {
      out[i] = static_cast<std::uint64_t>(*integer);
    } else {
      hopeless_[i] = 1;
    }
  }
}

void JoinProbe::pack(const JoinIndex& index) {
  packed_.assign(rows_, 0);
  for (std::size_t k = 0; k < columns_.size(); ++k) {
    const JoinIndex::Key& key = index.keys()[k];
    const std::uint64_t* words = key_words_[k].data();
    for (std::uint32_t i = 0; i < rows_; ++i) {
      const std::uint64_t distance = words[i] - key.least;
      const bool outside = distance > key.range;
      hopeless_[i] |= static_cast<std::uint8_t>(outside);
      packed_[i] |= (outside ? 0 : distance) << key.shift;
    }
  }
  if (index.form() == JoinIndex::Form::Direct) {
    hashes_.swap(packed_);
    return;
  }
  words_ = packed_.data();
  hashes_.resize(rows_);
  for (std::uint32_t i = 0; i < rows_; ++i) {
    hashes_[i] = JoinIndex::hash_of_packed(packed_[i]);
  }
}

void JoinProbe::combine() {
  hashes_.assign(rows_, 0);
  for (const auto& words : key_words_) {
    for (std::uint32_t i = 0; i < rows_; ++i) {
      hashes_[i] = JoinIndex::hash_of_words(hashes_[i], words[i]);
    }
  }
}

// Where most rows have a match, it does not pay to ask the sieve.
void JoinProbe::find_candidates(const JoinIndex& index) {
  constexpr std::uint64_t kAsked = 8 * std::uint64_t{kBatchRows};
  candidates_.resize(rows_);
  const bool asks = sieved_ < kAsked || passed_ <= sieved_ / 2;
  std::size_t count = 0;  // no branches: which rows pass is hard to foresee
  if (asks) {
    for (std::uint32_t row = 0; row < rows_; ++row) {
      candidates_[count] = row;
      count += (hopeless_[row] ^ 1u) & static_cast<std::size_t>(index.may_match(hashes_[row]));
    }
    sieved_ += rows_;
    passed_ += count;
  } else {
    for (std::uint32_t row = 0; row < rows_; ++row) {
      candidates_[count] = row;
      count += hopeless_[row] ^ 1u;
    }
  }
  candidates_.resize(count);
}

bool JoinProbe::keys_match(const JoinIndex& index, std::uint32_t row, std::uint32_t kept) const {
  const bool are_words = index.form() == JoinIndex::Form::Words;
  for (std::size_t k = 0; k < columns_.size(); ++k) {
    const Vector& values = *index.keys()[k].values;
    const bool same = are_words ? key_words_[k][row] == values.data<std::uint64_t>()[kept]
                      : are_texts(columns_[k], values)
                          ? texts_are_equal(columns_[k], row, values.data<Cell>()[kept])
                          : keys_are_equal(columns_[k].cell(row), values.cell(kept));
    if (!same) return false;
  }
  return true;
}

void JoinProbe::prefetch_key(const JoinIndex& index, const JoinIndex::Entry& entry) const {
  __builtin_prefetch(index.keys().front().values->data<Cell>() + entry.row);
}

void JoinProbe::prefetch_text(const JoinIndex& index, const JoinIndex::Entry& entry) const {
  __builtin_prefetch(index.keys().front().values->data<Cell>()[entry.row].string().data());
}

}  // namespace kith::exec
