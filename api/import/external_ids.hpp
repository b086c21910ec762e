// api/import/external_ids.hpp: from the ids of the files to nodes, in memory.
//
// One table an id space, of integers or of text, open addressing with linear probing. Text lies
// once in an arena. id_space.hpp puts on disk what is too much.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/arena.hpp"
#include "core/hash.hpp"
#include "core/page_memory.hpp"

namespace kith::import {

// An id as it is looked up: the hash of a text and the text, or an integer.
struct ExternalId {
  std::uint64_t word = 0;
  std::string_view text;
};

// The hash that ids are told apart by: of integers it is unique.
inline std::uint64_t hash_of(const ExternalId& id, bool integers) {
  return integers ? mix_bits(id.word) : id.word;
}

class ExternalIds {
 public:
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};

  explicit ExternalIds(bool integers) : integers_(integers) {}
  bool integers() const { return integers_; }

  // Makes room for so many more: until the next reserve() places stay where they are.
  void reserve(std::uint64_t more);
  // The place for the node of a new id, to be filled in by the caller; nullptr if it is there.
  std::uint64_t* add(const ExternalId& id);
  std::uint64_t find(const ExternalId& id) const;  // kNone if there is none
  // Says that `id` will be asked for soon.
  void prefetch(const ExternalId& id) const;

  std::uint64_t size() const { return size_; }
  std::uint64_t bytes() const {
    return numbers_.capacity() * sizeof(Number) + texts_.capacity() * sizeof(Text) + arena_.bytes();
  }
  // What reserve(more) needs besides: the table moves when it grows.
  std::uint64_t bytes_to_grow(std::uint64_t more) const;

  // Calls give(hash, node, text) for all, in ascending order of hashes; the text of an integer is
  // empty. Then there are none.
  template <class Give>
  void drain(Give&& give) {
    if (integers_) {
      const auto used = occupied(numbers_);
      std::sort(numbers_.begin(), used, [](const Number& a, const Number& b) {
        return mix_bits(a.word) < mix_bits(b.word);
      });
      for (auto at = numbers_.begin(); at != used; ++at)
        give(mix_bits(at->word), at->node, std::string_view());
    } else {
      const auto used = occupied(texts_);
      std::sort(texts_.begin(), used, [](const Text& a, const Text& b) { return a.word < b.word; });
      for (auto at = texts_.begin(); at != used; ++at) give(at->word, at->node, at->view());
    }
    *this = ExternalIds(integers_);
  }

 private:
  struct Number {
    std::uint64_t word = 0, node = kNone;
    bool is(const ExternalId& id) const { return word == id.word; }
  };
  struct Text {
    std::uint64_t word = 0, node = kNone;
    const char* text = nullptr;  // its length in front
    std::string_view view() const;
    bool is(const ExternalId& id) const { return word == id.word && view() == id.text; }
  };
  static constexpr std::uint64_t kTaken = kNone - 1;  // has a place, but no node yet

  template <class Entry>
  using Table = std::vector<Entry, LargePages<Entry>>;

  template <class Entry>
  static typename Table<Entry>::iterator occupied(Table<Entry>& table) {
    return std::partition(table.begin(), table.end(),
                          [](const Entry& entry) { return entry.node != kNone; });
  }
  template <class Entry>
  void grow(Table<Entry>& table, std::size_t entries);
  template <class Entry>
  std::size_t slot_for(const Table<Entry>& table, const ExternalId& id) const;
  std::size_t table_size() const { return integers_ ? numbers_.size() : texts_.size(); }
  std::size_t size_for(std::uint64_t ids) const;

  bool integers_;
  Table<Number> numbers_;  // one of the two
  Table<Text> texts_;
  std::uint64_t size_ = 0;
  Arena arena_;
};

}  // namespace kith::import
