// cypher/exec/same_texts.hpp: what was found for a text, for the next row that has the same bytes.
//
// Rows of a column that the file keeps as a dictionary point to its entries, so equal texts of a
// segment lie at one place. Whoever asks something of texts, and costs more than a look, asks once
// for each place. As long as a batch lives only: then other texts may lie there.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "core/assert.hpp"
#include "core/vector.hpp"

namespace kith::exec {

class SameTexts {
 public:
  // A column of texts of which many lie at the same place: then it is worth it.
  static bool are_many_in(const Column& column, std::uint32_t rows) {
    if (column.vector->type() != VectorType::String) return false;
    if (column.constant || column.index != nullptr || column.vector->may_have_nulls()) return false;
    return are_many({column.vector->data<Cell>(), rows});
  }
  static bool are_many(std::span<const Cell> texts) {
    constexpr std::size_t kSample = 256;
    SameTexts seen;
    std::size_t same = 0;
    texts = texts.first(std::min(kSample, texts.size()));
    for (const Cell& text : texts) {
      bool is_new = false;
      seen.find(text, [&] {
        is_new = true;
        return 0;
      });
      same += is_new ? 0 : 1;
    }
    return same > texts.size() / 4;
  }

  // compute()'s answer, or the one it gave for the same bytes.
  template <class Compute>
  std::uint32_t find(const Cell& text, Compute&& compute) {
    KITH_ASSERT(text.kind == Kind::String);
    const auto at = reinterpret_cast<std::uintptr_t>(text.text);
    Entry& entry = entries_[(at ^ at >> 8) % kEntries];
    if (entry.text == text.text && entry.size == text.aux) return entry.found;
    entry = {text.text, text.aux, static_cast<std::uint32_t>(compute())};
    return entry.found;
  }

 private:
  static constexpr std::size_t kEntries = 512;
  struct Entry {
    const char* text = nullptr;
    std::uint32_t size = UINT32_MAX;  // no text that lies nowhere has this size
    std::uint32_t found = 0;
  };
  std::array<Entry, kEntries> entries_;
};

}  // namespace kith::exec
